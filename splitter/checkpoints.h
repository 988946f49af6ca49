/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SPLITTER_CHECKPOINTS_H
#define SPLITTER_CHECKPOINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The checkpoints of a recording, in their order: `checkpoint` events and `recording_end`, where
 * they have checksums. Each ends a *stretch* of the log and one of the events.
 */
struct checkpoint {
	uint64_t line;  /* of the log, the one that comes next */
	uint64_t bytes; /* of the log up to there */
	uint64_t log_xxh3;
	uint64_t events_xxh3;
	uint64_t event_line;  /* of the events, its own */
	uint64_t event_bytes; /* of the events up to there, its own line included */
	bool is_end;          /* a recording_end: nothing follows */
	bool events_good;     /* its stretch of the events has this hash */
};

struct checkpoints;

/* NULL without memory. */
struct checkpoints *checkpoints__new(void);
void checkpoints__free(struct checkpoints *checkpoints);

/* A line of the events as it stands in the file, that is no checkpoint. */
void checkpoints__pass_line(struct checkpoints *checkpoints, const char *text, size_t len,
			    bool has_newline);

/*
 * Likewise, with what it says: line to events_xxh3 and is_end are given, the rest is found out. Its
 * line and bytes may not be below those of the one before. 0 or -ENOMEM.
 */
int checkpoints__add(struct checkpoints *checkpoints, const struct checkpoint *given,
		     const char *text, size_t len, bool has_newline);

size_t checkpoints__cnt(const struct checkpoints *checkpoints);
const struct checkpoint *checkpoints__get(const struct checkpoints *checkpoints, size_t i);
/* NULL: there is none yet. */
const struct checkpoint *checkpoints__last(const struct checkpoints *checkpoints);

/* Of the events behind the last checkpoint, and of len bytes more, which then count as passed. */
uint64_t checkpoints__hash_rest(struct checkpoints *checkpoints, const char *more, size_t len);

/* Lines and bytes of the events that were passed. */
uint64_t checkpoints__event_lines(const struct checkpoints *checkpoints);
uint64_t checkpoints__event_bytes(const struct checkpoints *checkpoints);

/* What all of this holds. */
size_t checkpoints__bytes(const struct checkpoints *checkpoints);

#endif
