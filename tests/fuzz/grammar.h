/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_FUZZ_GRAMMAR_H
#define TESTS_FUZZ_GRAMMAR_H

#include <errno.h>
#include <stdio.h>

#include "common/escape.h"
#include "tests/fuzz/fuzz.h"

/*
 * The grammar of a line of the log once more, as docs/formats.md says it and in the plainest way:
 * what the parser of the programs is compared with.
 */

struct plain_line {
	uint32_t pid;
	int64_t id;
	const char *id_text, *comm; /* in the line; the comm is escaped */
	size_t id_len, comm_len;
};

/* A number has one spelling: it is the one that printf() gives it. */
static inline bool plain_line__number(const char *text, size_t len, int64_t *number)
{
	char copy[32] = "", again[32];

	if (len == 0 || len >= sizeof(copy) || memchr(text, '\0', len))
		return false;
	memcpy(copy, text, len);
	errno = 0;
	*number = strtoll(copy, NULL, 10);
	snprintf(again, sizeof(again), "%lld", (long long)*number);
	return !errno && !strcmp(copy, again);
}

/* So has a comm: that of its bytes. */
static inline bool plain_line__comm(const char *text, size_t len)
{
	char bytes[64], again[3 * sizeof(bytes) + 1];
	size_t bytes_len;

	if (len >= sizeof(bytes))
		return false;
	bytes_len = escape__decode(bytes, text, len);
	return bytes_len <= 15 && escape__comm(again, bytes, bytes_len) == len &&
	       memcmp(again, text, len) == 0;
}

static inline bool plain_line__read(struct plain_line *line, const char *text, size_t len)
{
	const char *first = memchr(text, ':', len), *second;
	int64_t pid;

	if (!first)
		return false;
	second = memchr(first + 1, ':', text + len - first - 1);
	if (!second || !plain_line__number(text, first - text, &pid) || pid < 1 || pid > 4194304)
		return false;
	line->pid = pid;
	line->id_text = first + 1;
	line->id_len = second - line->id_text;
	line->comm = second + 1;
	line->comm_len = text + len - line->comm;
	return plain_line__number(line->id_text, line->id_len, &line->id) &&
	       plain_line__comm(line->comm, line->comm_len);
}

#endif
