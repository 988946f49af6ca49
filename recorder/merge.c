// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/escape.h"
#include "recorder/merge.h"
#include "recorder/thread.h"

struct merge {
	struct process **by_slot; /* newest first, through process->older */
	uint32_t *ended;          /* by slot: the highest generation that has ended */
	uint32_t slot_cnt;
	bool with_threads;
	struct process_output output;
	struct process_output next; /* who gets what comes out */
	struct thread *threads;     /* by tid */
	/* process__is_waiting(), in the order in which they began to */
	struct process *waiting;
	bool is_blocked; /* somebody waits for a pid ... */
	bool is_over;    /* ... and need not any more */
	uint64_t round_stamp;
	struct merge_totals totals;
};

/* --- who holds which pid ---------------------------------------------------------------------- */

/* comm: what it is called at its end, NULL where that is not known. */
static void end_thread(struct merge *merge, struct thread *thread, const char *comm,
		       uint64_t time_ns)
{
	if (comm)
		snprintf(thread->comm, sizeof(thread->comm), "%.*s", COMM_SZ - 1, comm);
	if (merge->with_threads)
		merge->next.thread(merge->next.context, thread->process, thread, false, time_ns);
	thread__end(&merge->threads, thread);
}

static void start_thread(struct merge *merge, struct process *process, uint32_t tid,
			 const char *comm, uint64_t time_ns)
{
	struct thread *thread = thread__find(merge->threads, tid);

	if (thread && thread->process == process)
		return;
	if (thread)
		end_thread(merge, thread, NULL, time_ns);
	thread = thread__start(&merge->threads, process, tid, comm);
	if (thread && merge->with_threads)
		merge->next.thread(merge->next.context, process, thread, true, time_ns);
}

static void end_threads_but(struct merge *merge, struct process *process, uint32_t tid,
			    uint64_t time_ns)
{
	struct thread *thread, *next;

	for (thread = process->threads; thread; thread = next) {
		next = thread->next;
		if (thread->tid != tid)
			end_thread(merge, thread, NULL, time_ns);
	}
}

static bool can_start(void *context, struct process *process, const struct event *event)
{
	struct merge *merge = context;
	struct thread *thread = thread__find(merge->threads, event->takes_tid);

	if (!thread || thread->process == process || merge->is_over)
		return true;
	/*
	 * A thread's end goes into the ring before its tid can be had again: if it is not there, it
	 * was lost. A process's end is told in any case, if need be as that of an orphan.
	 */
	if (thread->tid != thread->process->tgid &&
	    !process__will_give(thread->process, thread->tid))
		return true;
	merge->is_blocked = true;
	return false;
}

/* With the first thing of it that comes out, whatever that is: is it what has brought it in? */
static void begin(struct merge *merge, struct process *process, bool is_start)
{
	if (process->has_begun)
		return;
	process->has_begun = true;
	merge->totals.processes++;
	merge->totals.live++;
	merge->totals.unstarted += !is_start;
}

/* --- what comes out --------------------------------------------------------------------------- */

static void pass_calls(void *context, struct process *process, const struct caller *caller,
		       const int64_t *ids, size_t cnt)
{
	struct merge *merge = context;

	begin(merge, process, false);
	/* A thread that was there before the recording, or whose start was lost. */
	if (merge->with_threads && process->last_tid != caller->tid) {
		char comm[LOG_LINE_COMM_MAX + 1];

		escape__decode(comm, caller->comm, caller->comm_len);
		start_thread(merge, process, caller->tid, comm, 0);
		process->last_tid = caller->tid;
	}
	merge->totals.calls += cnt;
	merge->next.calls(merge->next.context, process, caller, ids, cnt);
}

static void pass_event(void *context, struct process *process, const struct event *event)
{
	struct merge *merge = context;
	const struct process_record *record = &event->record;
	struct thread *thread = thread__find(merge->threads, event->gives_tid);

	begin(merge, process, event->starts);
	merge->totals.misplaced += event->is_misplaced;
	if (thread && thread->process == process)
		end_thread(merge, thread, record->comm, record->time_ns);
	if (event->ends || event->ends_threads)
		end_threads_but(merge, process, event->ends ? 0 : process->tgid, record->time_ns);
	merge->next.event(merge->next.context, process, event);
	if (event->takes_tid)
		start_thread(merge, process, event->takes_tid, record->comm, record->time_ns);
	process->last_tid = 0;
}

static void pass_lost(void *context, struct process *process, uint64_t cnt)
{
	struct merge *merge = context;

	begin(merge, process, false);
	merge->totals.lost += cnt;
	merge->next.lost(merge->next.context, process, cnt);
}

/* --- the table of processes ------------------------------------------------------------------- */

struct merge *merge__new(uint32_t slot_cnt, bool threads, const struct process_output *output)
{
	struct merge *merge = calloc(1, sizeof(*merge));

	if (!merge)
		return NULL;
	merge->by_slot = calloc(slot_cnt, sizeof(struct process *));
	merge->ended = calloc(slot_cnt, sizeof(uint32_t));
	if (!merge->by_slot || !merge->ended) {
		merge__free(merge);
		return NULL;
	}
	merge->slot_cnt = slot_cnt;
	merge->with_threads = threads;
	merge->next = *output;
	merge->output = (struct process_output){
		.calls = pass_calls,
		.event = pass_event,
		.lost = pass_lost,
		.can_start = can_start,
		.context = merge,
	};
	return merge;
}

void merge__free(struct merge *merge)
{
	if (!merge)
		return;
	for (uint32_t slot = 0; slot < merge->slot_cnt; slot++) {
		while (merge->by_slot[slot]) {
			struct process *process = merge->by_slot[slot];

			merge->by_slot[slot] = process->older;
			while (process->threads)
				thread__end(&merge->threads, process->threads);
			process__free(process);
		}
	}
	free(merge->by_slot);
	free(merge->ended);
	free(merge);
}

static struct process **place_of(struct merge *merge, uint64_t instance)
{
	struct process **place;

	if ((uint32_t)instance >= merge->slot_cnt)
		return NULL;
	place = &merge->by_slot[(uint32_t)instance];
	while (*place && (*place)->instance != instance)
		place = &(*place)->older;
	return place;
}

static struct process *find_process(struct merge *merge, uint64_t instance)
{
	struct process **place = place_of(merge, instance);

	return place ? *place : NULL;
}

static struct process *find_or_make(struct merge *merge, uint64_t instance, uint32_t tgid)
{
	struct process *process = find_process(merge, instance);

	if (process || (uint32_t)instance >= merge->slot_cnt)
		return process;
	/* What comes after the end is not taken for another process: it is a record in vain. */
	if (instance >> 32 <= merge->ended[(uint32_t)instance])
		return NULL;
	process = process__new(instance, tgid);
	if (!process)
		return NULL;
	process->older = merge->by_slot[(uint32_t)instance];
	merge->by_slot[(uint32_t)instance] = process;
	return process;
}

static void stop_waiting(struct merge *merge, struct process *process)
{
	if (process->is_waiting)
		DL_DELETE(merge->waiting, process);
	process->is_waiting = false;
}

static void start_waiting(struct merge *merge, struct process *process)
{
	if (!process->is_waiting)
		DL_APPEND(merge->waiting, process);
	process->is_waiting = true;
}

static void remove_process(struct merge *merge, struct process *process)
{
	struct process **place = place_of(merge, process->instance);
	uint32_t slot = process->instance, generation = process->instance >> 32;

	if (generation > merge->ended[slot])
		merge->ended[slot] = generation;
	*place = process->older;
	stop_waiting(merge, process);
	while (process->threads)
		thread__end(&merge->threads, process->threads);
	merge->totals.live -= process->has_begun;
	process__free(process);
}

/* Whether it goes, stays on the list, or comes off it, after it was advanced. */
static void sort_out(struct merge *merge, struct process *process)
{
	if (process->has_ended)
		remove_process(merge, process);
	else if (process__is_waiting(process))
		start_waiting(merge, process);
	else
		stop_waiting(merge, process);
}

/* Those that waited for a pid try again, in order; each that ends may let another one on. */
static void unblock(struct merge *merge)
{
	bool has_ended = true;

	while (merge->is_blocked && has_ended) {
		struct process *process, *next;

		merge->is_blocked = has_ended = false;
		DL_FOREACH_SAFE (merge->waiting, process, next) {
			if (!process->events || !process->events->takes_tid)
				continue;
			process__advance(process, &merge->output);
			has_ended |= process->has_ended;
			sort_out(merge, process);
		}
	}
}

/* After anything was done with the process. */
static void settle(struct merge *merge, struct process *process)
{
	bool has_ended = process->has_ended;

	sort_out(merge, process);
	if (has_ended || merge->with_threads)
		unblock(merge);
}

/* --- what arrives ----------------------------------------------------------------------------- */

int merge__add_calls(struct merge *merge, const struct segment *segment)
{
	struct process *process = find_or_make(merge, segment->instance, segment->tgid);
	struct caller caller = {
		.tid = segment->tid,
		.log_pid = merge->with_threads ? segment->tid : segment->tgid,
	};
	int err;

	if (!process)
		return -ENOMEM;
	caller.comm_len =
		escape__comm(caller.comm, segment->comm, strnlen(segment->comm, COMM_SZ - 1));
	err = process__add_calls(process, segment, &caller);
	sort_out(merge, process);
	return err;
}

struct event *merge__new_event(const struct process_record *record, size_t sz)
{
	struct event *event = calloc(1, event__bytes(sz));

	if (!event)
		return NULL;
	memcpy(&event->record, record, sz);
	event->stamp = record->stamp;
	event->settles_call = NO_CALL;
	return event;
}

int merge__add_event(struct merge *merge, struct event *event)
{
	struct process *process = find_or_make(merge, event->record.instance, event->record.tgid);

	if (!process) {
		free(event);
		return -ENOMEM;
	}
	process__add_event(process, event);
	sort_out(merge, process);
	return 0;
}

int merge__add_late_event(struct merge *merge, struct event *event)
{
	if (find_process(merge, event->record.instance))
		return merge__add_event(merge, event);
	free(event);
	return 0;
}

int merge__add_failed_exec(struct merge *merge, uint64_t instance, uint64_t call_stamp)
{
	struct process *process = find_process(merge, instance);
	int err;

	if (!process)
		return 0;
	err = process__add_failed_exec(process, call_stamp, &merge->output);
	settle(merge, process);
	return err;
}

void merge__set_lost(struct merge *merge, uint64_t instance, uint32_t tgid, uint64_t lost)
{
	struct process *process = find_or_make(merge, instance, tgid);

	if (process)
		process->lost_in_all = lost;
}

/* --- rounds ----------------------------------------------------------------------------------- */

void merge__begin_round(struct merge *merge, uint64_t stamp)
{
	merge->round_stamp = stamp;
}

/* Lets each that waits go on as far as it can. */
static void advance_all(struct merge *merge)
{
	struct process *process, *next;

	DL_FOREACH_SAFE (merge->waiting, process, next) {
		process__advance(process, &merge->output);
		sort_out(merge, process);
	}
	unblock(merge);
}

/* Of the processes with an open exec that in which most waits; NULL: there is none. */
static struct process *most_held(const struct merge *merge)
{
	struct process *process, *most = NULL;

	DL_FOREACH (merge->waiting, process)
		if (process->is_held &&
		    (!most || process__stuck_bytes(process) > process__stuck_bytes(most)))
			most = process;
	return most;
}

static size_t stuck_bytes(const struct merge *merge)
{
	struct process *process;
	size_t bytes = 0;

	DL_FOREACH (merge->waiting, process)
		bytes += process__stuck_bytes(process);
	return bytes;
}

/* Others may wait for the one with the exec, for its pid: what waits there counts, too. */
static void limit_waiting(struct merge *merge)
{
	struct process *process;

	while (stuck_bytes(merge) > MERGE_WAITING_BYTES_MAX && (process = most_held(merge))) {
		merge->totals.execs_not_awaited += process__release_execs(process, &merge->output);
		settle(merge, process);
	}
}

void merge__end_round(struct merge *merge)
{
	struct process *process;

	DL_FOREACH (merge->waiting, process)
		process->due = merge->round_stamp;
	advance_all(merge);
	limit_waiting(merge);
}

bool merge__has_open_exec(struct merge *merge, uint64_t now_ns, uint64_t patience_ns)
{
	struct process *process;
	bool found = false;

	DL_FOREACH (merge->waiting, process) {
		if (!process->is_held)
			continue;
		if (!process->held_since_ns)
			process->held_since_ns = now_ns;
		found |= now_ns - process->held_since_ns >= patience_ns;
	}
	return found;
}

/* True where any was held: what comes after it may be held again. */
static bool release_execs(struct merge *merge)
{
	struct process *process;
	bool found = false;

	DL_FOREACH (merge->waiting, process)
		found |= process__release_execs(process, &merge->output) > 0;
	advance_all(merge);
	return found;
}

static void lose_rest(struct merge *merge)
{
	for (uint32_t slot = 0; slot < merge->slot_cnt; slot++)
		for (struct process *process = merge->by_slot[slot]; process;
		     process = process->older)
			process__lose_rest(process, &merge->output);
}

void merge__close(struct merge *merge)
{
	struct process *process;

	/* Nothing more will arrive, also where the last rounds were given up. */
	DL_FOREACH (merge->waiting, process)
		process->due = UINT64_MAX;
	advance_all(merge);
	while (release_execs(merge))
		;
	/* Whoever still waits for a pid, waits for a process that goes on. */
	merge->is_over = true;
	do
		advance_all(merge);
	while (release_execs(merge));
	lose_rest(merge);
}

struct merge_totals merge__totals(const struct merge *merge)
{
	return merge->totals;
}

void merge__for_each(struct merge *merge, void (*visit)(void *context, struct process *process),
		     void *context)
{
	for (uint32_t slot = 0; slot < merge->slot_cnt; slot++)
		for (struct process *process = merge->by_slot[slot]; process;
		     process = process->older)
			if (process->has_begun)
				visit(context, process);
}
