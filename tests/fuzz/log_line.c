// SPDX-License-Identifier: BSD-2-Clause
#include "common/log_line.h"
#include "tests/fuzz/grammar.h"

/* The parser takes what the grammar allows and nothing else, and the writer writes the same again.
 */

static void check(const char *text, size_t len)
{
	struct plain_line plain;
	struct log_line line;
	char again[LOG_LINE_MAX];
	const char *wrong = log_line__parse(&line, text, len);

	must((wrong == NULL) == plain_line__read(&plain, text, len));
	if (wrong)
		return;
	must(line.pid == plain.pid && line.syscall_nr == plain.id && line.nr_len == plain.id_len);
	must(line.comm == plain.comm && line.comm_len == plain.comm_len);
	must(log_line__put(again, line.pid, line.syscall_nr, line.comm, line.comm_len) == len + 1);
	must(memcmp(again, text, len) == 0 && again[len] == '\n');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A line holds no newline. */
	const uint8_t *newline = memchr(data, '\n', size);
	size_t len = newline ? (size_t)(newline - data) : size;
	char *text = exact_copy(data, len);

	check(text, len);
	free(text);
	return 0;
}
