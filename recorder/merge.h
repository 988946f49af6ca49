/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RECORDER_MERGE_H
#define RECORDER_MERGE_H

#include <stdbool.h>
#include <stdint.h>

#include "recorder/process.h"

/*
 * All recorded processes: finds the one that a record is about, and decides when a call that has
 * not arrived is lost.
 *
 * It is lost when a round has passed it by. A round begins when everything in the ring was read:
 * merge__begin_round() notes which calls must have been made. Then every CPU's batch is submitted
 * and read; merge__end_round() may then say that what was noted and has not come will never come.
 * No clock is in that, so a slow machine loses nothing.
 */
struct merge;

/* Of all processes, ended ones included. */
struct merge_totals {
	uint64_t calls; /* written */
	uint64_t lost;
	uint64_t late;      /* see struct process */
	uint64_t processes; /* taken in */
	uint64_t live;
};

/*
 * slot_cnt: slots in the kernel's map of processes. threads: lines and pids are the threads'.
 * output is copied; its can_start is merge.c's own. NULL: no memory.
 */
struct merge *merge__new(uint32_t slot_cnt, bool threads, const struct process_output *output);
void merge__free(struct merge *merge);

/* The segment is in memory that may be gone afterwards. 0 or -ENOMEM. */
int merge__add_calls(struct merge *merge, const struct segment *segment);

/*
 * A new event for a record of sz bytes, which is copied into it. The caller fills in the rest and
 * hands it to merge__add_event(), which takes it over. NULL: no memory.
 */
struct event *merge__new_event(const struct process_record *record, size_t sz);

/* 0 or -ENOMEM. */
int merge__add_event(struct merge *merge, struct event *event);

/* An event that is of interest only as long as the process is known: otherwise it is dropped. */
int merge__add_late_event(struct merge *merge, struct event *event);

/* An exec came back to its caller. */
int merge__add_failed_exec(struct merge *merge, uint64_t instance, uint64_t call_seq);

/* All calls of the process below end have been made, and no more will be: the recording is over. */
void merge__set_end(struct merge *merge, uint64_t instance, uint32_t tgid, uint64_t end);

void merge__begin_round(struct merge *merge);
void merge__end_round(struct merge *merge);

/* An exec has been waited for since before the time (CLOCK_MONOTONIC): ask the kernel about it. */
bool merge__has_open_exec(struct merge *merge, uint64_t now_ns, uint64_t patience_ns);

/*
 * The recording is over, after a last round: execs that are still open count as failed, and nobody
 * waits for a pid any more.
 */
void merge__close(struct merge *merge);

struct merge_totals merge__totals(const struct merge *merge);

/* Calls visit for each process that is being recorded, in no certain order. */
void merge__for_each(struct merge *merge, void (*visit)(void *context, struct process *process),
		     void *context);

#endif
