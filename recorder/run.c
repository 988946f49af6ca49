// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/run.h"

struct run *run__new(const struct segment *segment, const struct caller *caller)
{
	size_t words_sz = segment->word_cnt * sizeof(uint16_t);
	struct run *run = malloc(sizeof(*run) + words_sz);

	if (!run)
		return NULL;
	*run = (struct run){
		.stamp = segment->stamp,
		.lost = segment->lost,
		.cnt = segment->word_cnt,
		.caller = *caller,
	};
	memcpy(run->words, segment + 1, words_sz);
	run__normalize(run);
	return run;
}

int64_t run__read_id(const struct run *run, uint32_t *next)
{
	uint32_t at = run->at + run__is_at_exec(run);
	const uint16_t *words = run->words + at;

	if (words[0] != WORD_WIDE) {
		*next = at + 1;
		return words[0];
	}
	*next = at + WORDS_PER_WIDE;
	return (int64_t)(words[1] | (uint64_t)words[2] << 16 | (uint64_t)words[3] << 32 |
			 (uint64_t)words[4] << 48);
}

void run__pass_call(struct run *run, uint32_t next)
{
	run->at = next;
	run->stamp++;
	run__normalize(run);
}

uint64_t run__count_calls(const uint16_t *words, uint32_t cnt)
{
	uint64_t calls = 0;

	for (uint32_t at = 0; at < cnt;) {
		if (words[at] == WORD_WIDE) {
			at += WORDS_PER_WIDE;
			calls++;
		} else if (words[at] < WORD_SKIP) {
			at++;
			calls++;
		} else {
			at += words[at] >= WORD_LONG_SKIP && words[at] < WORD_EXEC ? 2 : 1;
		}
	}
	return calls;
}

/* --- the heap --------------------------------------------------------------------------------- */

static void swap_runs(struct run **runs, size_t a, size_t b)
{
	struct run *run = runs[a];

	runs[a] = runs[b];
	runs[b] = run;
}

/* The top has grown: down with it. */
static void sift_down(struct run_heap *heap)
{
	struct run **runs = heap->runs;
	size_t at = 0;

	for (;;) {
		size_t least = at, child = 2 * at + 1;

		if (child < heap->cnt && runs[child]->stamp < runs[least]->stamp)
			least = child;
		if (child + 1 < heap->cnt && runs[child + 1]->stamp < runs[least]->stamp)
			least = child + 1;
		if (least == at)
			return;
		swap_runs(runs, at, least);
		at = least;
	}
}

static size_t bytes_of(const struct run *run)
{
	return sizeof(*run) + run->cnt * sizeof(run->words[0]);
}

void run_heap__clear(struct run_heap *heap)
{
	for (size_t i = 0; i < heap->cnt; i++)
		free(heap->runs[i]);
	free(heap->runs);
	*heap = (struct run_heap){0};
}

int run_heap__push(struct run_heap *heap, struct run *run)
{
	size_t at = heap->cnt;

	if (at == heap->room) {
		size_t room = at ? 2 * at : 4;
		struct run **runs = reallocarray(heap->runs, room, sizeof(*runs));

		if (!runs)
			return -ENOMEM;
		heap->runs = runs;
		heap->room = room;
	}
	heap->runs[heap->cnt++] = run;
	heap->bytes += bytes_of(run);
	while (at && heap->runs[at]->stamp < heap->runs[(at - 1) / 2]->stamp) {
		swap_runs(heap->runs, at, (at - 1) / 2);
		at = (at - 1) / 2;
	}
	return 0;
}

uint64_t run_heap__turn(const struct run_heap *heap)
{
	uint64_t turn = UINT64_MAX;

	for (size_t child = 1; child <= 2 && child < heap->cnt; child++)
		if (heap->runs[child]->stamp < turn)
			turn = heap->runs[child]->stamp + 1;
	return turn;
}

void run_heap__settle(struct run_heap *heap)
{
	if (run__is_over(heap->runs[0])) {
		heap->bytes -= bytes_of(heap->runs[0]);
		free(heap->runs[0]);
		heap->runs[0] = heap->runs[--heap->cnt];
	}
	sift_down(heap);
}
