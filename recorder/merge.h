/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RECORDER_MERGE_H
#define RECORDER_MERGE_H

#include <stdbool.h>
#include <stdint.h>

#include "recorder/process.h"

/*
 * All recorded processes: finds the one that a record is about, and decides when what has
 * arrived can be put out, because nothing that belongs before it can arrive any more.
 *
 * That is so when a round has passed it by. A round begins with the time, merge__begin_round();
 * then every CPU's batch is submitted and read. A call or event that another one made possible had
 * left its program before that other one had its stamp: so once the round has ended,
 * merge__end_round(), all that what is stamped before its beginning can depend on is there. The
 * clock only ever says "before", never "long enough", so a slow machine loses nothing.
 */
struct merge;

/*
 * What may wait in memory while there are execs that have neither succeeded nor failed: a program
 * can hold up its own for as long as it likes. Beyond that they count as failed, beginning with
 * the process that most waits in.
 */
#define MERGE_WAITING_BYTES_MAX (64 << 20)

/* Of all processes, ended ones included. */
struct merge_totals {
	uint64_t calls; /* written */
	uint64_t lost;
	uint64_t processes; /* that anything has come out of */
	uint64_t live;
	uint64_t unstarted;         /* processes that began with something else than their start */
	uint64_t execs_not_awaited; /* that were open when MERGE_WAITING_BYTES_MAX was reached */
	uint64_t misplaced;         /* of these, that have succeeded since */
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
int merge__add_failed_exec(struct merge *merge, uint64_t instance, uint64_t call_stamp);

/* How many calls of the process have been lost in all: the recording is over. */
void merge__set_lost(struct merge *merge, uint64_t instance, uint32_t tgid, uint64_t lost);

/* stamp: of now. */
void merge__begin_round(struct merge *merge, uint64_t stamp);
void merge__end_round(struct merge *merge);

/* An exec has been waited for since before the time (CLOCK_MONOTONIC): ask the kernel about it. */
bool merge__has_open_exec(struct merge *merge, uint64_t now_ns, uint64_t patience_ns);

/*
 * The recording is over, after a last round: execs that are still open count as failed, and nobody
 * waits for a pid any more.
 */
void merge__close(struct merge *merge);

struct merge_totals merge__totals(const struct merge *merge);

/* Calls visit for each process of which something is out and that goes on, in no certain order. */
void merge__for_each(struct merge *merge, void (*visit)(void *context, struct process *process),
		     void *context);

#endif
