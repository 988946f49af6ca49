/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_FUZZ_LINES_H
#define TESTS_FUZZ_LINES_H

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/*
 * For a harness whose input is lines that speak of each other: every other input is changed by
 * whole lines, or a number in one. Changed byte by byte, it is nearly always a line that is none.
 */

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);

struct line {
	size_t at, len; /* its newline included */
};

static struct line pick_line(const uint8_t *data, size_t size, unsigned int *seed)
{
	size_t at = rand_r(seed) % size, end = at;

	while (at && data[at - 1] != '\n')
		at--;
	while (end < size && data[end++] != '\n')
		;
	return (struct line){at, end - at};
}

static size_t remove_line(uint8_t *data, size_t size, struct line line)
{
	memmove(data + line.at, data + line.at + line.len, size - line.at - line.len);
	return size - line.len;
}

/* In front of another one. */
static size_t repeat_line(uint8_t *data, size_t size, struct line line, size_t to)
{
	size_t from = line.at < to ? line.at : line.at + line.len;

	memmove(data + to + line.len, data + to, size - to);
	memmove(data + to, data + from, line.len);
	return size + line.len;
}

/* The first digit behind a random place. */
static void change_digit(uint8_t *data, struct line line, unsigned int *seed)
{
	for (size_t at = line.at + rand_r(seed) % line.len; at < line.at + line.len; at++) {
		if (isdigit(data[at])) {
			data[at] = '0' + rand_r(seed) % 10;
			return;
		}
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed);

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed)
{
	struct line line, other;
	int way = rand_r(&seed) % 6;

	if (!size || way > 2)
		return LLVMFuzzerMutate(data, size, max);
	line = pick_line(data, size, &seed);
	other = pick_line(data, size, &seed);
	if (way == 0)
		return remove_line(data, size, line);
	if (way == 1 && size + line.len <= max)
		return repeat_line(data, size, line, other.at);
	change_digit(data, line, &seed);
	return size;
}

#endif
