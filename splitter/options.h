/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SPLITTER_OPTIONS_H
#define SPLITTER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "splitter/grouping.h"

struct options {
	char **logs; /* paths, "-" is stdin; points into argv */
	unsigned int log_cnt;
	const char *output;
	const char *events; /* NULL: the file beside the log; "none": no events */
	enum grouping grouping;
	unsigned int jobs;
	size_t memory_bytes;
	bool names;
	bool force;
	bool quiet;
	bool verify; /* check the recordings, and write nothing */
	bool repair; /* write a recording of what is sound */
};

/*
 * Fills *options from argv. Does not return on --help, --usage, --version (exit status 0) and on
 * usage errors (a message, exit status 2), as argp does it.
 */
void options__parse(struct options *options, int argc, char **argv);

#endif
