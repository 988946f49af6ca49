// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/escape.h"
#include "recorder/process.h"

/* A segment's calls that are not yet out, and where we are in them. */
struct run {
	uint64_t seq; /* number of the call at words[at] */
	uint32_t at, cnt;
	const uint16_t *words;
	struct caller caller;
	uint16_t copy[]; /* what words points to, once the batch is gone */
};

static uint64_t min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t max(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

struct process *process__new(uint64_t instance, uint32_t tgid)
{
	struct process *process = calloc(1, sizeof(*process));

	if (!process)
		return NULL;
	process->instance = instance;
	process->tgid = tgid;
	return process;
}

void process__free(struct process *process)
{
	if (!process)
		return;
	for (size_t i = 0; i < process->run_cnt; i++)
		free(process->runs[i]);
	while (process->events) {
		struct event *event = process->events;

		process->events = event->next;
		free(event);
	}
	free(process->runs);
	free(process->failed_execs);
	free(process->file);
	free(process);
}

void process__describe(struct process *process, const struct process_record *record,
		       const char *file, size_t file_len)
{
	process->ppid = record->ppid;
	memcpy(process->comm, record->comm, COMM_SZ);
	if (!file_len)
		return;
	free(process->file);
	process->file = strndup(file, file_len);
}

bool process__is_waiting(const struct process *process)
{
	return process->run_cnt || process->events || process->known_end > process->next_seq;
}

/* An exec or the process's end. There are few of them among what may be thousands of others. */
static bool is_turn(const struct event *event)
{
	return event->ends || event->ends_threads || event->settles_call != NO_CALL;
}

bool process__will_give(const struct process *process, uint32_t tid)
{
	if (process->turn_cnt)
		return true;
	for (struct event *event = process->events; event; event = event->next)
		if (event->gives_tid == tid)
			return true;
	return false;
}

/* --- the heap of runs: smallest next number at the top ---------------------------------------- */

static void swap_runs(struct run **runs, size_t a, size_t b)
{
	struct run *run = runs[a];

	runs[a] = runs[b];
	runs[b] = run;
}

/* The top has grown: down with it. */
static void sift_down(struct process *process)
{
	struct run **runs = process->runs;
	size_t at = 0;

	for (;;) {
		size_t least = at, child = 2 * at + 1;

		if (child < process->run_cnt && runs[child]->seq < runs[least]->seq)
			least = child;
		if (child + 1 < process->run_cnt && runs[child + 1]->seq < runs[least]->seq)
			least = child + 1;
		if (least == at)
			return;
		swap_runs(runs, at, least);
		at = least;
	}
}

static int push_run(struct process *process, struct run *run)
{
	size_t at = process->run_cnt;

	if (at == process->run_room) {
		size_t room = at ? 2 * at : 4;
		struct run **runs = reallocarray(process->runs, room, sizeof(*runs));

		if (!runs)
			return -ENOMEM;
		process->runs = runs;
		process->run_room = room;
	}
	process->runs[process->run_cnt++] = run;
	while (at && process->runs[at]->seq < process->runs[(at - 1) / 2]->seq) {
		swap_runs(process->runs, at, (at - 1) / 2);
		at = (at - 1) / 2;
	}
	return 0;
}

static void pop_run(struct process *process)
{
	free(process->runs[0]);
	process->runs[0] = process->runs[--process->run_cnt];
	sift_down(process);
}

/* --- reading a run ---------------------------------------------------------------------------- */

/* Past skips, so that seq is the number of the call at words[at]. */
static void normalize(struct run *run)
{
	while (run->at < run->cnt && run->words[run->at] >= WORD_SKIP &&
	       run->words[run->at] < WORD_EXEC)
		run->seq += run->words[run->at++] - WORD_SKIP + 1;
}

static bool is_at_exec(const struct run *run)
{
	return run->words[run->at] == WORD_EXEC;
}

/* The ID at the cursor, and *next behind it; the number of words left has been checked. */
static int64_t read_id(const struct run *run, uint32_t *next)
{
	uint32_t at = run->at + is_at_exec(run);
	const uint16_t *words = run->words + at;

	if (words[0] != WORD_WIDE) {
		*next = at + 1;
		return words[0];
	}
	*next = at + WORDS_PER_WIDE;
	return (int64_t)(words[1] | (uint64_t)words[2] << 16 | (uint64_t)words[3] << 32 |
			 (uint64_t)words[4] << 48);
}

static void pass_call(struct run *run, uint32_t next)
{
	run->at = next;
	run->seq++;
	normalize(run);
}

/* One more than the number of the last call. */
static uint64_t end_of(const struct run *run)
{
	struct run cursor = *run;

	while (cursor.at < cursor.cnt) {
		uint32_t next;

		read_id(&cursor, &next);
		pass_call(&cursor, next);
	}
	return cursor.seq;
}

/* --- execs ------------------------------------------------------------------------------------ */

static struct event *find_success(const struct process *process, uint64_t call_seq)
{
	if (!process->turn_cnt)
		return NULL;
	for (struct event *event = process->events; event; event = event->next)
		if (event->settles_call == call_seq)
			return event;
	return NULL;
}

static bool is_known_failure(const struct process *process, uint64_t call_seq)
{
	for (size_t i = 0; i < process->failed_cnt; i++)
		if (process->failed_execs[i] == call_seq)
			return true;
	return false;
}

/* A thread in exec makes no other call: one that it made later tells that the exec came back. */
static bool has_later_call(const struct process *process, const struct run *run, uint32_t next)
{
	if (next < run->cnt)
		return true;
	for (size_t i = 0; i < process->run_cnt; i++)
		if (process->runs[i]->caller.tid == run->caller.tid &&
		    process->runs[i]->seq > run->seq)
			return true;
	return false;
}

/*
 * The process has ended, or another thread's exec has succeeded: that has killed the others, also
 * in the middle of an exec of their own.
 */
static bool has_end(const struct process *process, const struct run *run)
{
	if (!process->turn_cnt)
		return false;
	for (struct event *event = process->events; event; event = event->next)
		if (event->ends || (event->ends_threads && event->seq > run->seq))
			return true;
	return false;
}

enum exec_outcome { EXEC_OPEN, EXEC_FAILED, EXEC_SUCCEEDED };

/*
 * Of the exec at the run's cursor. A success's event has always arrived before any later call of
 * the thread, because it goes into the ring at once and calls go in batches.
 */
static enum exec_outcome exec_outcome(struct process *process, const struct run *run, uint32_t next)
{
	struct event *success = find_success(process, run->seq);

	if (success) {
		success->has_call = true;
		success->call_id = read_id(run, &next);
		success->caller = run->caller;
		return EXEC_SUCCEEDED;
	}
	if (is_known_failure(process, run->seq) || has_later_call(process, run, next) ||
	    has_end(process, run))
		return EXEC_FAILED;
	return EXEC_OPEN;
}

/* --- putting out ------------------------------------------------------------------------------ */

#define IDS_AT_ONCE 512

static void put_ids(struct process *process, const struct caller *caller, const int64_t *ids,
		    size_t cnt, const struct process_output *output)
{
	if (!cnt)
		return;
	process->calls += cnt;
	process->lines += cnt;
	output->calls(output->context, process, caller, ids, cnt);
}

/* Puts out the run's calls as long as they are next and below limit. */
static void take_calls(struct process *process, struct run *run, uint64_t limit,
		       const struct process_output *output)
{
	int64_t ids[IDS_AT_ONCE];
	size_t cnt = 0;

	while (run->at < run->cnt && run->seq == process->next_seq && run->seq < limit) {
		uint32_t next;
		int64_t id;

		/* Nearly always: a plain ID, and another one behind it. */
		if (run->words[run->at] < WORD_SKIP) {
			ids[cnt++] = run->words[run->at++];
			run->seq++;
			if (run->at < run->cnt && run->words[run->at] >= WORD_SKIP)
				normalize(run);
		} else {
			id = read_id(run, &next);
			if (is_at_exec(run)) {
				enum exec_outcome outcome = exec_outcome(process, run, next);

				process->is_held = outcome == EXEC_OPEN;
				if (outcome == EXEC_OPEN)
					break;
				if (outcome == EXEC_FAILED)
					ids[cnt++] = id;
			} else {
				ids[cnt++] = id;
			}
			pass_call(run, next);
		}
		process->next_seq++;
		if (cnt == IDS_AT_ONCE) {
			put_ids(process, &run->caller, ids, cnt, output);
			cnt = 0;
		}
	}
	put_ids(process, &run->caller, ids, cnt, output);
}

/*
 * Calls that were given up as lost and have come all the same. That can't be, by the way the rounds
 * of merge.c work; were it so, it must not go unseen.
 */
static void pass_late_calls(struct process *process, struct run *run)
{
	while (run->at < run->cnt && run->seq < process->next_seq) {
		uint32_t next;

		read_id(run, &next);
		pass_call(run, next);
		process->late++;
	}
}

/* The calls below end that have not come are lost. */
static void lose_calls(struct process *process, uint64_t end, const struct process_output *output)
{
	uint64_t cnt = end - process->next_seq;

	process->next_seq = end;
	process->lost += cnt;
	process->lost_here += cnt;
	output->lost(output->context, process, cnt);
}

static void put_event(struct process *process, const struct process_output *output)
{
	struct event *event = process->events;
	const char *comm = event->record.comm;

	process->events = event->next;
	process->turn_cnt -= is_turn(event);
	if (event->has_call && event->ends)
		put_ids(process, &event->caller, &event->call_id, 1, output);
	output->event(output->context, process, event);
	if (event->has_call && !event->ends) {
		event->caller.tid = event->caller.log_pid = event->record.tgid;
		event->caller.comm_len =
			escape__comm(event->caller.comm, comm, strnlen(comm, COMM_SZ - 1));
		put_ids(process, &event->caller, &event->call_id, 1, output);
	}
	if (event->is_call)
		process->next_seq = max(process->next_seq, event->seq + 1);
	process->has_ended = event->ends;
	free(event);
}

/* One step; false when nothing can be put out now. */
static bool step(struct process *process, const struct process_output *output)
{
	struct event *event = process->events;
	struct run *run = process->run_cnt ? process->runs[0] : NULL;
	uint64_t event_seq = event ? event->seq : UINT64_MAX;
	uint64_t hole_end;

	if (event && event_seq <= process->next_seq) {
		if (event->takes_tid && !output->can_start(output->context, process, event))
			return false;
		put_event(process, output);
		return !process->has_ended;
	}
	if (run && run->seq <= process->next_seq) {
		pass_late_calls(process, run);
		take_calls(process, run, event_seq, output);
		if (run->at == run->cnt)
			pop_run(process);
		else
			sift_down(process);
		return !process->is_held;
	}
	hole_end = min(process->lost_below, min(event_seq, run ? run->seq : UINT64_MAX));
	if (hole_end <= process->next_seq)
		return false;
	lose_calls(process, hole_end, output);
	return true;
}

void process__advance(struct process *process, const struct process_output *output)
{
	process->is_held = false;
	while (!process->has_ended && step(process, output))
		;
	if (!process->is_held)
		process->held_since_ns = 0;
	if (process->failed_cnt && !process->run_cnt)
		process->failed_cnt = 0;
}

/* --- taking in -------------------------------------------------------------------------------- */

static int keep_rest(struct process *process, const struct run *rest)
{
	size_t words_sz = (rest->cnt - rest->at) * sizeof(*rest->words);
	struct run *run = malloc(sizeof(*run) + words_sz);
	int err;

	if (!run)
		return -ENOMEM;
	*run = *rest;
	memcpy(run->copy, rest->words + rest->at, words_sz);
	run->words = run->copy;
	run->cnt = rest->cnt - rest->at;
	run->at = 0;
	process->known_end = max(process->known_end, end_of(run));
	err = push_run(process, run);
	if (err)
		free(run);
	return err;
}

int process__add_calls(struct process *process, const struct segment *segment,
		       const struct caller *caller, const struct process_output *output)
{
	struct run run = {
		.seq = segment->seq,
		.cnt = segment->word_cnt,
		.words = (const uint16_t *)(segment + 1),
		.caller = *caller,
	};
	int err;

	normalize(&run);
	/* In the usual case nothing waits, and the calls go out straight from the ring. */
	if (!process->run_cnt && !process->events)
		take_calls(process, &run, UINT64_MAX, output);
	if (run.at < run.cnt) {
		err = keep_rest(process, &run);
		if (err)
			return err;
		process__advance(process, output);
	}
	return 0;
}

/* Nearly always behind all others: only threads that run at once report out of order. */
static void insert_event(struct process *process, struct event *event)
{
	struct event **place = &process->events;

	if (process->events && process->last_event->seq <= event->seq)
		place = &process->last_event->next;
	while (*place && (*place)->seq <= event->seq)
		place = &(*place)->next;
	event->next = *place;
	*place = event;
	if (!event->next)
		process->last_event = event;
	process->turn_cnt += is_turn(event);
}

int process__add_event(struct process *process, struct event *event,
		       const struct process_output *output)
{
	insert_event(process, event);
	process->known_end = max(process->known_end, event->seq + event->is_call);
	process__advance(process, output);
	return 0;
}

int process__add_failed_exec(struct process *process, uint64_t call_seq,
			     const struct process_output *output)
{
	if (call_seq < process->next_seq || is_known_failure(process, call_seq))
		return 0;
	if (process->failed_cnt == process->failed_room) {
		size_t room = process->failed_room ? 2 * process->failed_room : 4;
		uint64_t *calls = reallocarray(process->failed_execs, room, sizeof(*calls));

		if (!calls)
			return -ENOMEM;
		process->failed_execs = calls;
		process->failed_room = room;
	}
	process->failed_execs[process->failed_cnt++] = call_seq;
	process__advance(process, output);
	return 0;
}

void process__release_execs(struct process *process, const struct process_output *output)
{
	while (process->is_held)
		if (process__add_failed_exec(process, process->next_seq, output))
			return;
}
