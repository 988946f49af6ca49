// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/escape.h"
#include "recorder/process.h"
#include "recorder/run.h"

static uint64_t min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
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
	while (process->events) {
		struct event *event = process->events;

		process->events = event->next;
		free(event);
	}
	run_heap__clear(&process->runs);
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
	return process->runs.cnt || process->events || process->gap_cnt;
}

size_t process__stuck_bytes(const struct process *process)
{
	const struct run *run = run_heap__top(&process->runs);
	const struct event *event = process->events;

	if ((!run || run->stamp >= process->due) && (!event || event->stamp >= process->due))
		return 0;
	return process->runs.bytes + process->event_bytes;
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

/* --- execs ------------------------------------------------------------------------------------ */

static struct event *find_success(const struct process *process, const struct run *run)
{
	if (!process->turn_cnt)
		return NULL;
	for (struct event *event = process->events; event; event = event->next)
		if (event->settles_call == run->stamp && event->record.tid == run->caller.tid)
			return event;
	return NULL;
}

static bool is_known_failure(const struct process *process, uint64_t call_stamp)
{
	if (call_stamp < process->given_up_below)
		return true;
	for (size_t i = 0; i < process->failed_cnt; i++)
		if (process->failed_execs[i] == call_stamp)
			return true;
	return false;
}

/* A thread in exec makes no other call: one that it made later tells that the exec came back. */
static bool has_later_call(const struct process *process, const struct run *run, uint32_t next)
{
	if (next < run->cnt)
		return true;
	for (size_t i = 0; i < process->runs.cnt; i++)
		if (process->runs.runs[i]->caller.tid == run->caller.tid &&
		    process->runs.runs[i]->stamp > run->stamp)
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
		if (event->ends || (event->ends_threads && event->stamp > run->stamp))
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
	struct event *success = find_success(process, run);

	if (success) {
		success->has_call = true;
		success->call_id = run__read_id(run, &next);
		success->caller = run->caller;
		return EXEC_SUCCEEDED;
	}
	if (is_known_failure(process, run->stamp) || has_later_call(process, run, next) ||
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

/* Puts out the run's calls below limit. */
static void take_calls(struct process *process, struct run *run, uint64_t limit,
		       const struct process_output *output)
{
	int64_t ids[IDS_AT_ONCE];
	size_t cnt = 0;

	while (run->at < run->cnt && run->stamp < limit) {
		uint32_t next;
		int64_t id;

		/* Nearly always: a plain ID, and another one behind it. */
		if (run->words[run->at] < WORD_SKIP) {
			ids[cnt++] = run->words[run->at++];
			run->stamp++;
			if (run->at < run->cnt && run->words[run->at] >= WORD_SKIP)
				run__normalize(run);
		} else {
			id = run__read_id(run, &next);
			if (run__is_at_exec(run)) {
				enum exec_outcome outcome = exec_outcome(process, run, next);

				process->is_held = outcome == EXEC_OPEN;
				if (outcome == EXEC_OPEN)
					break;
				if (outcome == EXEC_FAILED)
					ids[cnt++] = id;
			} else {
				ids[cnt++] = id;
			}
			run__pass_call(run, next);
		}
		if (cnt == IDS_AT_ONCE) {
			put_ids(process, &run->caller, ids, cnt, output);
			cnt = 0;
		}
	}
	put_ids(process, &run->caller, ids, cnt, output);
}

/* So many calls have been lost up to here, as whoever lost them has counted. */
static void count_lost(struct process *process, uint64_t lost, const struct process_output *output)
{
	uint64_t cnt = lost - process->lost;

	if (lost <= process->lost)
		return;
	process->lost = lost;
	process->lost_here += cnt;
	output->lost(output->context, process, cnt);
}

void process__lose_rest(struct process *process, const struct process_output *output)
{
	count_lost(process, process->lost_in_all, output);
}

/* There are calls that we had no memory for, and the first of them comes before all that is left.
 */
static bool is_at_gap(const struct process *process)
{
	const struct event *event = process->events;

	if (!process->gap_cnt)
		return false;
	if (event && event->stamp < process->due && event->ends)
		return true;
	return process->gap_stamp < process->due && (!event || process->gap_stamp < event->stamp);
}

static void put_gap(struct process *process, const struct process_output *output)
{
	uint64_t cnt = process->gap_cnt;

	process->gap_cnt = 0;
	process->lost_here += cnt;
	output->lost(output->context, process, cnt);
}

static void put_event(struct process *process, const struct process_output *output)
{
	struct event *event = process->events;
	const char *comm = event->record.comm;

	process->events = event->next;
	process->turn_cnt -= is_turn(event);
	process->event_bytes -= event__bytes(event->record.info.sz);
	event->is_misplaced = !event->has_call && event->settles_call < process->given_up_below;
	if (event->has_call && event->ends)
		put_ids(process, &event->caller, &event->call_id, 1, output);
	output->event(output->context, process, event);
	if (event->has_call && !event->ends) {
		event->caller.tid = event->caller.log_pid = event->record.tgid;
		event->caller.comm_len =
			escape__comm(event->caller.comm, comm, strnlen(comm, COMM_SZ - 1));
		put_ids(process, &event->caller, &event->call_id, 1, output);
	}
	process->has_ended = event->ends;
	free(event);
}

/* One step; false when nothing can be put out now. */
static bool step(struct process *process, const struct process_output *output)
{
	struct event *event = process->events;
	struct run *run = run_heap__top(&process->runs);
	uint64_t limit = min(process->due, event ? event->stamp : UINT64_MAX);

	/* Whatever its stamp, nothing of a process comes after its end. */
	if (event && event->ends && event->stamp < process->due)
		limit = UINT64_MAX;
	if (process->gap_cnt)
		limit = min(limit, process->gap_stamp);

	if (run && run->stamp < limit) {
		/* The one of two threads that counted later may have been stamped earlier. */
		int32_t lost = run->lost - (uint32_t)process->lost;

		if (lost > 0)
			count_lost(process, process->lost + lost, output);
		take_calls(process, run, min(limit, run_heap__turn(&process->runs)), output);
		run_heap__settle(&process->runs);
		return !process->is_held;
	}
	if (is_at_gap(process)) {
		put_gap(process, output);
		return true;
	}
	if (!event || event->stamp >= process->due)
		return false;
	if (event->takes_tid && !output->can_start(output->context, process, event))
		return false;
	count_lost(process, event->record.lost, output);
	put_event(process, output);
	return !process->has_ended;
}

/* All calls below that are out. */
static uint64_t out_below(const struct process *process)
{
	const struct run *run = run_heap__top(&process->runs);

	return min(process->due, run ? run->stamp : UINT64_MAX);
}

static void forget_failed_execs(struct process *process)
{
	uint64_t out = out_below(process);
	size_t kept = 0;

	for (size_t i = 0; i < process->failed_cnt; i++)
		if (process->failed_execs[i] >= out)
			process->failed_execs[kept++] = process->failed_execs[i];
	process->failed_cnt = kept;
}

void process__advance(struct process *process, const struct process_output *output)
{
	process->is_held = false;
	while (!process->has_ended && step(process, output))
		;
	if (!process->is_held)
		process->held_since_ns = 0;
	forget_failed_execs(process);
}

/* --- taking in -------------------------------------------------------------------------------- */

static int lose_segment(struct process *process, const struct segment *segment)
{
	if (!process->gap_cnt || segment->stamp < process->gap_stamp)
		process->gap_stamp = segment->stamp;
	process->gap_cnt += run__count_calls((const uint16_t *)(segment + 1), segment->word_cnt);
	return -ENOMEM;
}

int process__add_calls(struct process *process, const struct segment *segment,
		       const struct caller *caller)
{
	struct run *run = run__new(segment, caller);

	if (!run)
		return lose_segment(process, segment);
	if (run__is_over(run)) {
		free(run);
		return 0;
	}
	if (run_heap__push(&process->runs, run)) {
		free(run);
		return lose_segment(process, segment);
	}
	return 0;
}

/* Nearly always behind all others: only threads that run at once report out of order. */
void process__add_event(struct process *process, struct event *event)
{
	struct event **place = &process->events;

	if (process->events && process->last_event->stamp <= event->stamp)
		place = &process->last_event->next;
	while (*place && (*place)->stamp <= event->stamp)
		place = &(*place)->next;
	event->next = *place;
	*place = event;
	if (!event->next)
		process->last_event = event;
	process->turn_cnt += is_turn(event);
	process->event_bytes += event__bytes(event->record.info.sz);
}

int process__add_failed_exec(struct process *process, uint64_t call_stamp,
			     const struct process_output *output)
{
	if (call_stamp < out_below(process) || is_known_failure(process, call_stamp))
		return 0;
	if (process->failed_cnt == process->failed_room) {
		size_t room = process->failed_room ? 2 * process->failed_room : 4;
		uint64_t *calls = reallocarray(process->failed_execs, room, sizeof(*calls));

		if (!calls)
			return -ENOMEM;
		process->failed_execs = calls;
		process->failed_room = room;
	}
	process->failed_execs[process->failed_cnt++] = call_stamp;
	process__advance(process, output);
	return 0;
}

uint64_t process__release_execs(struct process *process, const struct process_output *output)
{
	uint64_t cnt = 0;

	for (; process->is_held; cnt++) {
		process->given_up_below = run_heap__top(&process->runs)->stamp + 1;
		process__advance(process, output);
	}
	return cnt;
}
