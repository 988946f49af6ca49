/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RECORDER_RUN_H
#define RECORDER_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/log_line.h"
#include "shared.h"

/* Segments as they wait for their turn: what is left of each, and which of them is next. */

/* The thread that a stretch of calls is of, as the log names it. */
struct caller {
	uint32_t tid;
	uint32_t log_pid;  /* the first field of its lines */
	uint32_t comm_len; /* of the escaped comm */
	char comm[LOG_LINE_COMM_MAX + 1];
};

/* A segment's calls that are not yet out, and where we are in them. */
struct run {
	uint64_t stamp; /* of the call at words[at] */
	uint32_t lost;  /* of the process, before the run; counted mod 2^32 */
	uint32_t at, cnt;
	struct caller caller;
	uint16_t words[]; /* shared.h; that they end with a whole call has been checked */
};

/* A copy of the segment, at its first call: for free(). NULL: no memory. */
struct run *run__new(const struct segment *segment, const struct caller *caller);

static inline bool run__is_over(const struct run *run)
{
	return run->at == run->cnt;
}

static inline bool run__is_at_exec(const struct run *run)
{
	return run->words[run->at] == WORD_EXEC;
}

/* Past skips, so that stamp is that of the call at words[at]. Inline: threads need it at each call.
 */
static inline void run__normalize(struct run *run)
{
	while (run->at < run->cnt && run->words[run->at] >= WORD_SKIP &&
	       run->words[run->at] < WORD_EXEC) {
		uint32_t word = run->words[run->at++];

		if (word < WORD_LONG_SKIP)
			run->stamp += word - WORD_SKIP + 1;
		else
			run->stamp += ((word - WORD_LONG_SKIP) << 16 | run->words[run->at++]) + 1;
	}
}

/* The ID at the cursor of a run that is not over; *next: behind it. */
int64_t run__read_id(const struct run *run, uint32_t *next);

/* On to the call at next, which comes from run__read_id(). */
void run__pass_call(struct run *run, uint32_t next);

/* Of a segment's words: each call has one ID. */
uint64_t run__count_calls(const uint16_t *words, uint32_t cnt);

/* The one with the lowest stamp at the top. All zero: empty. */
struct run_heap {
	struct run **runs;
	size_t cnt, room;
	size_t bytes; /* of the runs */
};

void run_heap__clear(struct run_heap *heap);

/* Takes the run, which is not over. 0 or -ENOMEM: it is the caller's still. */
int run_heap__push(struct run_heap *heap, struct run *run);

/* NULL: there is none. */
static inline struct run *run_heap__top(const struct run_heap *heap)
{
	return heap->cnt ? heap->runs[0] : NULL;
}

/* Below this stamp the top comes before all other runs. */
uint64_t run_heap__turn(const struct run_heap *heap);

/* The top has moved on: it finds its new place, or, where it is over, is freed. */
void run_heap__settle(struct run_heap *heap);

#endif
