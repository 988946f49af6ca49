/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SPLITTER_RANGES_H
#define SPLITTER_RANGES_H

#include <stddef.h>
#include <stdint.h>

/* Stretches of lines, in ascending order; those that touch are one. */
struct range {
	uint64_t first, last;
};

struct ranges {
	struct range *all;
	size_t cnt, size;
};

/* first must not be below that of the range before. 0 or -ENOMEM. */
int ranges__add(struct ranges *ranges, uint64_t first, uint64_t last);
void ranges__free(struct ranges *ranges);

/* One that has lines of first to last, or NULL. */
const struct range *ranges__meet(const struct ranges *ranges, uint64_t first, uint64_t last);

#endif
