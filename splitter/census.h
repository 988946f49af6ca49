/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SPLITTER_CENSUS_H
#define SPLITTER_CENSUS_H

#include <stdbool.h>
#include <stdint.h>

#include "splitter/block_parser.h"
#include "splitter/history.h"
#include "splitter/ranges.h"
#include "splitter/soundness.h"

/*
 * The lines of each process, counted, and held against what its events say: how many they are, how
 * many calls were lost, that none stands before its start or behind its end, that each exec stands
 * at its own line.
 */
struct census;

/* The history must be finished, by process; it is kept, not owned. NULL without memory. */
struct census *census__new(const struct history *history);
void census__free(struct census *census);

/*
 * A block of the log, parsed. damaged_from: the block is of a stretch that begins with this line
 * and is not as it was recorded, so that its lines can be counted, but not placed; 0 if it is. 0 or
 * -ENOMEM.
 */
int census__add_block(struct census *census, const struct block *block,
		      const struct parsed_block *parsed, uint64_t damaged_from);

/* What is known when all lines are counted. */
struct census_facts {
	const struct recording *recording;
	const struct ranges *damaged; /* lines of the log that are not as recorded */
	const struct ranges *untold;  /* lines whose events are not as recorded */
	uint64_t line_cnt;            /* of the log */
};

/* One process after the other, those that the events know first, by their beginning. */
struct census_process {
	uint32_t pid;
	uint32_t comm;              /* id in strings */
	bool contradicts_end;       /* the recording_end leaves no room for what is known of it */
	bool is_contradicted;       /* its own lines and events do not fit */
	struct range contradiction; /* the first lines of the log that show it; may begin with 0 */
	struct soundness soundness;
};

/* *next is 0 for the first process; false: there is none left. */
bool census__next(const struct census *census, const struct census_facts *facts, size_t *next,
		  struct census_process *process);

/* Lives that were taken in, calls that lost events tell of. */
uint64_t census__taken_in(const struct census *census);
uint64_t census__calls_lost(const struct census *census);

#endif
