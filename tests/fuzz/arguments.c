// SPDX-License-Identifier: BSD-2-Clause
#include <ctype.h>

#include "common/events_path.h"
#include "common/message.h"
#include "common/prog_hash.h"
#include "common/size.h"
#include "recorder/prog_table.h"
#include "tests/fuzz/fuzz.h"

/* What a word on the command line may be: a size, the path of a log, names of programs. */

/* As text of the digits, so that nothing can overflow: 12K is 12 shifted by 10. */
static void check_size(const char *word)
{
	uint64_t bytes = 0;
	size_t digits = strspn(word, "0123456789");
	unsigned __int128 expected = 0;

	if (size__parse(word, &bytes))
		return;
	must(digits > 0 && strlen(word) - digits <= 3);
	for (size_t i = 0; i < digits; i++)
		expected = expected * 10 + (word[i] - '0');
	switch (toupper((unsigned char)word[digits])) {
	case 'G':
		expected <<= 10;
		/* fall through */
	case 'M':
		expected <<= 10;
		/* fall through */
	case 'K':
		expected <<= 10;
	}
	must(bytes == expected);
}

static void check_events_path(const char *word)
{
	char *path = need(events_path__beside(word));

	must(strcmp(path, word) != 0 && strstr(path, ".jsonl"));
	free(path);
}

static void check_quote(const char *word)
{
	for (const char *quoted = message__quote(word); *quoted; quoted++)
		must(isprint((unsigned char)*quoted));
}

/* As the kernel side looks: tracer/exec.bpf.h. */
static bool finds(const struct prog_table *table, const char *name)
{
	__u64 words[PROG_NAME_SZ / sizeof(__u64)] = {0};
	uint32_t at;

	memcpy(words, name, strlen(name));
	at = prog_hash(words, table->seed);
	for (int i = 0; i < PROG_PROBES_MAX; i++, at++)
		if (!memcmp(table->places[at & (table->place_cnt - 1)].name, words, PROG_NAME_SZ))
			return true;
	return false;
}

static void check_prog_table(const char *const *names, size_t cnt)
{
	struct prog_table table;

	must(prog_table__init(&table, names, cnt) == 0);
	for (size_t i = 0; i < cnt; i++)
		must(finds(&table, names[i]));
	prog_table__free(&table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *names[PROGS_MAX];
	char *words = need(strndup((const char *)data, size)), *state;
	size_t cnt = 0;

	for (char *word = strtok_r(words, "\n", &state); word;
	     word = strtok_r(NULL, "\n", &state)) {
		check_size(word);
		check_events_path(word);
		check_quote(word);
		if (strlen(word) < PROG_NAME_SZ && cnt < PROGS_MAX)
			names[cnt++] = word;
	}
	check_prog_table(names, cnt);
	free(words);
	return 0;
}
