/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SPLITTER_COMPLAINTS_H
#define SPLITTER_COMPLAINTS_H

#include <stdint.h>

/* What is wrong with the lines of one file: the first ten are named, the rest are counted. */
#define COMPLAINTS_NAMED 10

struct complaints {
	const char *file; /* as the user knows it */
	const char *what; /* "malformed line" */
	uint64_t cnt;
	uint64_t first; /* line of the first one */
};

void complaints__add(struct complaints *complaints, uint64_t line, const char *reason);

/* Prints the count, if it says more than the lines that were named. */
void complaints__summarize(const struct complaints *complaints);

#endif
