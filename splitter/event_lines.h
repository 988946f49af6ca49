/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SPLITTER_EVENT_LINES_H
#define SPLITTER_EVENT_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Cuts a file of events into its lines. */
struct event_lines;

struct event_line {
	const char *text; /* good until the next one is asked for */
	size_t len;       /* without the newline */
	uint64_t number;  /* from 1 */
	bool has_newline; /* only the last one may lack it */
	bool is_too_long; /* text and len are of no use */
};

/* fd stays the caller's. NULL without memory. */
struct event_lines *event_lines__new(int fd);
void event_lines__free(struct event_lines *lines);

/* 1, 0 at the end, or a negative errno (-EINTR when interrupted). */
int event_lines__next(struct event_lines *lines, struct event_line *line);

#endif
