// SPDX-License-Identifier: BSD-2-Clause
#include <stdbool.h>
#include <string.h>

#include "common/prog_hash.h"
#include "recorder/prog_table.h"

static bool place(struct prog table[PROG_PLACES], const char *name, __u32 seed)
{
	__u64 words[PROG_NAME_SZ / sizeof(__u64)] = {0};
	__u32 at;

	memcpy(words, name, strlen(name));
	at = prog_hash(words, seed);
	for (int i = 0; i < PROG_PROBES_MAX; i++, at++) {
		struct prog *prog = &table[at % PROG_PLACES];

		if (prog->name[0] && memcmp(prog->name, words, sizeof(words)))
			continue;
		memcpy(prog->name, words, sizeof(words));
		return true;
	}
	return false;
}

static bool place_all(struct prog table[PROG_PLACES], const char *const *names, size_t cnt,
		      __u32 seed)
{
	memset(table, 0, PROG_PLACES * sizeof(*table));
	for (size_t i = 0; i < cnt; i++)
		if (!place(table, names[i], seed))
			return false;
	return true;
}

__u32 prog_table__fill(struct prog table[PROG_PLACES], const char *const *names, size_t cnt)
{
	__u32 seed = 0;

	while (!place_all(table, names, cnt, seed))
		seed++;
	return seed;
}
