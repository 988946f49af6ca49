// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/prog_hash.h"
#include "recorder/prog_table.h"

static bool place(struct prog_table *table, const char *name)
{
	__u64 words[PROG_NAME_SZ / sizeof(__u64)] = {0};
	__u32 at;

	memcpy(words, name, strlen(name));
	at = prog_hash(words, table->seed);
	for (int i = 0; i < PROG_PROBES_MAX; i++, at++) {
		struct prog *prog = &table->places[at & (table->place_cnt - 1)];

		if (prog->name[0] && memcmp(prog->name, words, sizeof(words)))
			continue;
		memcpy(prog->name, words, sizeof(words));
		return true;
	}
	return false;
}

static bool place_all(struct prog_table *table, const char *const *names, size_t cnt)
{
	memset(table->places, 0, table->place_cnt * sizeof(*table->places));
	for (size_t i = 0; i < cnt; i++)
		if (!place(table, names[i]))
			return false;
	return true;
}

int prog_table__init(struct prog_table *table, const char *const *names, size_t cnt)
{
	*table = (struct prog_table){.place_cnt = PROG_PROBES_MAX};
	while (table->place_cnt < 4 * cnt)
		table->place_cnt *= 2;
	table->places = calloc(table->place_cnt, sizeof(*table->places));
	if (!table->places)
		return -ENOMEM;
	/* A quarter full, nearly every seed will do. */
	while (!place_all(table, names, cnt))
		table->seed++;
	return 0;
}

void prog_table__free(struct prog_table *table)
{
	free(table->places);
	table->places = NULL;
}
