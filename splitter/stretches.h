/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SPLITTER_STRETCHES_H
#define SPLITTER_STRETCHES_H

#include <stdint.h>

#include "splitter/checkpoints.h"

/*
 * Looks where in a log the stretches are that the checkpoints speak of. A log that is whole has
 * them one after the other. After lines were put in or taken out, those behind are found again by
 * what the whole log is longer or shorter than it should be, if the recording has an end.
 */
enum stretch_state {
	STRETCH_GOOD,      /* as it was recorded */
	STRETCH_UNCOVERED, /* behind the last checkpoint */
	STRETCH_UNKNOWN,   /* the checkpoints that speak of it are damaged themselves */
	STRETCH_DAMAGED,
};

/* What follows each other in the file, from its beginning to its end. */
struct stretch {
	enum stretch_state state;
	uint64_t from, to; /* bytes of the file as it is; to >= from */
	/* As it was recorded: bytes, and the line that it begins with and the one behind it. */
	uint64_t was_from, was_to;
	uint64_t line, next_line; /* next_line is 0 for STRETCH_UNCOVERED */
};

/*
 * fd can seek; its position is not used. take is called for each stretch in order, and may end it
 * all with a negative errno. 0 or a negative errno.
 */
int stretches__walk(const struct checkpoints *checkpoints, int fd, uint64_t file_bytes,
		    int (*take)(void *context, const struct stretch *stretch), void *context);

#endif
