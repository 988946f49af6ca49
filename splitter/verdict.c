// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>

#include "splitter/telling_calls.h"
#include "splitter/verdict.h"

/* One life and the sequences of it, by their first lines. */
struct scene {
	struct telling_calls calls;
	const struct sequence_store *store;
	struct history *history;
	enum grouping grouping;
	const struct life *life;    /* the one sequences are of, a thread's or a process's */
	const struct life *process; /* the process of it, maybe the same; or NULL */
	bool other_thread;          /* a thread that is not its process's first */
	bool whole;                 /* the members are all there is of the process */
	uint32_t *members;          /* indices into store, part of one array for all scenes */
	size_t member_cnt;
	uint64_t *max_last;         /* by member: greatest last line up to it */
	const struct event **execs; /* of recorded programs, in order */
	size_t exec_cnt;
	const struct event **losts;
	uint64_t *lost_sums; /* by lost event: calls lost before it; one more entry for all */
	size_t lost_cnt;
	uint64_t call_cnt; /* in all members */
};

/* What the end and the start of a sequence are known by. */
struct bounds {
	bool start_by_order, end_by_order;
	uint64_t start,
		end; /* an event's order, or a line of the log: losses behind it, up to it */
};

static struct sequence *member(const struct scene *scene, size_t i)
{
	return sequence_store__get(scene->store, scene->members[i]);
}

/* --- looking things up by line ---------------------------------------------------------------- */

static uint64_t line_of(const struct event *event)
{
	return event->line;
}

static uint64_t order_of(const struct event *event)
{
	return event->order;
}

/* How many of the events stand at or before the place, a line or an order by what key says. */
static size_t cnt_upto(const struct event *const *events, size_t cnt, uint64_t place,
		       uint64_t (*key)(const struct event *))
{
	size_t low = 0;

	while (low < cnt) {
		size_t middle = low + (cnt - low) / 2;

		if (key(events[middle]) <= place)
			low = middle + 1;
		else
			cnt = middle;
	}
	return low;
}

static const struct event *exec_before(const struct scene *scene, uint64_t line)
{
	size_t cnt = cnt_upto(scene->execs, scene->exec_cnt, line, line_of);

	return cnt ? scene->execs[cnt - 1] : NULL;
}

static const struct event *exec_after(const struct scene *scene, uint64_t line)
{
	size_t cnt = cnt_upto(scene->execs, scene->exec_cnt, line, line_of);

	return cnt < scene->exec_cnt ? scene->execs[cnt] : NULL;
}

/* The first line behind the given one that starts another member; UINT64_MAX if there is none. */
static uint64_t next_first_line(const struct scene *scene, uint64_t line)
{
	size_t low = 0, high = scene->member_cnt;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (member(scene, middle)->first_line <= line)
			low = middle + 1;
		else
			high = middle;
	}
	return low < scene->member_cnt ? member(scene, low)->first_line : UINT64_MAX;
}

/* Whether another member has lines both before and behind the last line of this one. */
static bool is_outlived(const struct scene *scene, const struct sequence *sequence)
{
	size_t low = 0, high = scene->member_cnt;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (member(scene, middle)->first_line < sequence->last_line)
			low = middle + 1;
		else
			high = middle;
	}
	return low && scene->max_last[low - 1] > sequence->last_line;
}

/* --- start ------------------------------------------------------------------------------------ */

static enum sequence_start start_of_life(const struct scene *scene)
{
	static const enum sequence_start starts[] = {
		[LIFE_START_UNKNOWN] = START_UNKNOWN,
		[LIFE_START_EXEC] = START_EXEC,
		[LIFE_START_FORK] = START_FORK,
		[LIFE_START_ATTACH] = START_ATTACH,
	};

	return starts[scene->life->start];
}

/*
 * Of a program that does not begin with the exec's own call: that was lost, and what tells of it
 * stands before the exec, with no line between. The order of whatever comes last before that: lines
 * up to the given one, or another exec.
 */
static uint32_t order_before(const struct scene *scene, const struct event *exec, uint64_t line)
{
	size_t losts = cnt_upto(scene->losts, scene->lost_cnt, line, line_of);
	size_t execs = cnt_upto(scene->execs, scene->exec_cnt, exec->order, order_of);
	uint32_t lost_order = losts ? scene->losts[losts - 1]->order : 0;
	uint32_t exec_order = execs > 1 ? scene->execs[execs - 2]->order : 0;

	return lost_order > exec_order ? lost_order : exec_order;
}

static void judge_start(const struct scene *scene, size_t i, struct bounds *bounds)
{
	struct sequence *sequence = member(scene, i);
	const struct event *exec = exec_before(scene, sequence->first_line);
	uint64_t before = i ? scene->max_last[i - 1] : 0;

	sequence->program = exec ? exec->program : scene->life->program;
	if (exec && scene->other_thread)
		exec = NULL;
	bounds->start_by_order = true;
	if (sequence->first_line < scene->life->from_line) {
		sequence->start = START_UNKNOWN;
		sequence->program = 0;
	} else if (scene->grouping == GROUPING_PID) {
		sequence->start = start_of_life(scene);
		sequence->program = scene->life->program;
		bounds->start = scene->life->start_order;
		return;
	} else if (exec && exec->comm == sequence->comm) {
		sequence->start = START_EXEC;
		bounds->start = exec->order;
		if (!telling_calls__is_exec(&scene->calls, sequence->first_id) &&
		    before < sequence->first_line)
			bounds->start = order_before(scene, exec, before);
		return;
	} else if (!exec && start_of_life(scene) != START_UNKNOWN &&
		   scene->life->comm == sequence->comm) {
		sequence->start = start_of_life(scene);
		bounds->start = scene->life->start_order;
		return;
	} else if (exec || scene->life->start == LIFE_START_FORK ||
		   (before && before < sequence->first_line)) {
		sequence->start = START_RENAME;
	}
	bounds->start_by_order = false;
	bounds->start = before < sequence->first_line ? before : sequence->first_line - 1;
}

/* --- end -------------------------------------------------------------------------------------- */

/* How a sequence ended that nothing of its own life came behind, but maybe an exec. */
static void judge_end_with_life(const struct scene *scene, struct sequence *sequence,
				const struct event *exec, struct bounds *bounds)
{
	static const enum sequence_end ends[] = {
		[LIFE_END_UNKNOWN] = END_UNKNOWN,
		[LIFE_END_EXIT] = END_EXIT,
		[LIFE_END_SIGNAL] = END_SIGNAL,
		[LIFE_END_EXEC] = END_EXEC,
	};
	const struct life *life = scene->life;

	bounds->end_by_order = true;
	bounds->end = UINT64_MAX;
	if (scene->other_thread && life->end_order == LIFE_OPEN && scene->process)
		life = scene->process;
	if (exec && !(scene->other_thread && scene->life->end_order != LIFE_OPEN)) {
		sequence->end = END_EXEC;
		bounds->end = exec->order;
	} else if (life->end_order == LIFE_OPEN) {
		sequence->end =
			history__recording(scene->history)->ended ? END_RECORDING_END : END_UNKNOWN;
	} else if (sequence->last_line < life->end_line) {
		sequence->end = ends[life->end];
	}
}

static void judge_end(const struct scene *scene, size_t i, struct bounds *bounds)
{
	struct sequence *sequence = member(scene, i);
	const struct event *exec = exec_after(scene, sequence->last_line);
	uint64_t next = next_first_line(scene, sequence->last_line);
	bool outlived = is_outlived(scene, sequence);

	if (scene->grouping == GROUPING_PID)
		exec = NULL;
	if (!outlived && (next == UINT64_MAX || (exec && next >= exec->line))) {
		judge_end_with_life(scene, sequence, exec, bounds);
		return;
	}
	/* The process lived on under other comms: was it one of its threads, or a new name? */
	if (telling_calls__is(&scene->calls, sequence->last_id, CALL_EXIT)) {
		sequence->end = END_EXIT;
	} else if (outlived && scene->life == scene->process &&
		   !telling_calls__is(&scene->calls, sequence->last_id, CALL_PRCTL)) {
		judge_end_with_life(scene, sequence, exec, bounds);
		return;
	} else {
		sequence->end = END_RENAME;
	}
	bounds->end_by_order = false;
	bounds->end = outlived ? sequence->last_line + 1 : next;
}

/* --- losses and completeness -------------------------------------------------------------------
 */

static uint64_t lost_between(const struct scene *scene, const struct bounds *bounds)
{
	size_t start = cnt_upto(scene->losts, scene->lost_cnt, bounds->start,
				bounds->start_by_order ? order_of : line_of);
	size_t end = cnt_upto(scene->losts, scene->lost_cnt, bounds->end,
			      bounds->end_by_order ? order_of : line_of);

	return start < end ? scene->lost_sums[end] - scene->lost_sums[start] : 0;
}

static void judge_losses(const struct scene *scene, struct sequence *sequence,
			 const struct bounds *bounds)
{
	const struct life *process = scene->process;
	uint64_t located = scene->lost_cnt ? scene->lost_sums[scene->lost_cnt] : 0;

	sequence->lost = lost_between(scene, bounds);
	sequence->lost_known = process != NULL;
	if (!process || !process->has_totals || process->lost <= located)
		return;
	/* The process lost more than its events locate. */
	if (scene->member_cnt == 1 && scene->whole)
		sequence->lost += process->lost - located;
	else
		sequence->lost_known = false;
}

/* -1: the process's own count is not known or not comparable, else whether it is right. */
static int count_is_right(const struct scene *scene)
{
	if (!scene->whole || !scene->process->has_totals)
		return -1;
	return scene->process->calls == scene->call_cnt;
}

static enum completeness judge_completeness(const struct scene *scene,
					    const struct sequence *sequence)
{
	int right = count_is_right(scene);

	if (sequence->lost > 0 || sequence->start == START_ATTACH ||
	    sequence->end == END_RECORDING_END)
		return COMPLETE_NO;
	/* An exec does not stand where it belongs, and maybe in another sequence. */
	if (scene->process && scene->process->has_misplaced)
		return COMPLETE_NO;
	if (right == 0 && scene->member_cnt == 1)
		return COMPLETE_NO;
	if (sequence->start == START_UNKNOWN || sequence->end == END_UNKNOWN ||
	    !sequence->lost_known || right == 0)
		return COMPLETE_UNKNOWN;
	/* A new name is no event: what was lost before it may be told by an event that was cut off.
	 */
	if (sequence->end == END_RENAME && scene->life->end_order == LIFE_OPEN &&
	    !history__recording(scene->history)->ended)
		return COMPLETE_UNKNOWN;
	if (history__recording(scene->history)->uncounted_calls)
		return COMPLETE_UNKNOWN;
	/* Records of any kind are missing: only a process whose own count is right is safe. */
	if (right < 0 && history__recording(scene->history)->records_lost)
		return COMPLETE_UNKNOWN;
	return COMPLETE_YES;
}

/* --- scenes ----------------------------------------------------------------------------------- */

static void gather_events(struct scene *scene)
{
	uint32_t cnt = scene->process ? scene->process->event_cnt : 0;

	scene->exec_cnt = 0;
	scene->lost_cnt = 0;
	scene->lost_sums[0] = 0;
	for (uint32_t i = 0; i < cnt; i++) {
		const struct event *event = history__event(scene->history, scene->process, i);

		if (event->kind == EVENT_EXEC && event->recorded) {
			scene->execs[scene->exec_cnt++] = event;
		} else if (event->kind == EVENT_LOST) {
			size_t lost = scene->lost_cnt++;

			scene->losts[lost] = event;
			scene->lost_sums[lost + 1] = scene->lost_sums[lost] + event->calls;
		}
	}
}

static void set_scene(struct scene *scene, const struct life *life)
{
	const struct life *process = history__process_of(scene->history, life);
	bool is_thread = history__is_thread(scene->history, life);
	uint64_t max_last = 0;

	scene->other_thread = is_thread && life->number != life->tgid;
	/* The first thread begins and ends with its process. */
	scene->life = is_thread && !scene->other_thread && process ? process : life;
	scene->process = process;
	scene->whole = !is_thread;
	scene->call_cnt = 0;
	for (size_t i = 0; i < scene->member_cnt; i++) {
		const struct sequence *sequence = member(scene, i);

		if (sequence->last_line > max_last)
			max_last = sequence->last_line;
		scene->max_last[i] = max_last;
		scene->call_cnt += sequence->call_cnt;
	}
}

static void play(struct scene *scene, const struct life *life)
{
	set_scene(scene, life);
	gather_events(scene);
	for (size_t i = 0; i < scene->member_cnt; i++) {
		struct sequence *sequence = member(scene, i);
		struct bounds bounds = {0};

		judge_start(scene, i, &bounds);
		judge_end(scene, i, &bounds);
		judge_losses(scene, sequence, &bounds);
		sequence->complete = judge_completeness(scene, sequence);
	}
}

/* By counting: where the sequences of each life begin, then each to its place. */
static void count_into(uint32_t *members, uint32_t *places, const struct sequence_store *store,
		       size_t from, size_t life_cnt, uint32_t life_base)
{
	size_t end = sequence_store__cnt(store);

	for (size_t i = from; i < end; i++)
		places[sequence_store__get(store, i)->life - life_base + 1]++;
	for (size_t i = 0; i <= life_cnt; i++)
		places[i + 1] += places[i];
	for (size_t i = from; i < end; i++)
		members[places[sequence_store__get(store, i)->life - life_base]++] = i;
}

/* The sequences from that one on, side by side by life; within one they keep their order. */
static uint32_t *sort_by_life(const struct sequence_store *store, size_t from, size_t life_cnt,
			      uint32_t life_base)
{
	uint32_t *members = calloc(sequence_store__cnt(store) - from + 1, sizeof(*members));
	uint32_t *places = calloc(life_cnt + 2, sizeof(*places));

	if (members && places) {
		count_into(members, places, store, from, life_cnt, life_base);
		free(places);
		return members;
	}
	free(places);
	free(members);
	return NULL;
}

static void play_all(struct scene *scene, uint32_t *members, size_t cnt, uint32_t life_base)
{
	size_t end;

	for (size_t i = 0; i < cnt; i = end) {
		uint32_t life = sequence_store__get(scene->store, members[i])->life;

		end = i + 1;
		while (end < cnt && sequence_store__get(scene->store, members[end])->life == life)
			end++;
		if (life == life_base)
			continue; /* the events know nothing of these */
		scene->members = members + i;
		scene->member_cnt = end - i;
		play(scene, history__life(scene->history, life - life_base));
	}
}

int verdict__reach(const struct sequence_store *store, size_t from, struct history *history,
		   uint32_t life_base, enum grouping grouping)
{
	struct scene scene = {.store = store, .history = history, .grouping = grouping};
	size_t cnt = sequence_store__cnt(store) - from;
	size_t mark_cnt = history__mark_cnt(history);
	uint32_t *members;
	int err = -ENOMEM;

	/* Sequences of one comm are of no life in particular. */
	if (grouping == GROUPING_COMM)
		return 0;
	telling_calls__init(&scene.calls);
	members = sort_by_life(store, from, history__life_cnt(history), life_base);
	scene.max_last = malloc((cnt + 1) * sizeof(*scene.max_last));
	scene.execs = malloc((mark_cnt + 1) * sizeof(*scene.execs));
	scene.losts = malloc((mark_cnt + 1) * sizeof(*scene.losts));
	scene.lost_sums = malloc((mark_cnt + 1) * sizeof(*scene.lost_sums));
	if (members && scene.max_last && scene.execs && scene.losts && scene.lost_sums) {
		play_all(&scene, members, cnt, life_base);
		err = 0;
	}
	free(scene.lost_sums);
	free(scene.losts);
	free(scene.execs);
	free(scene.max_last);
	free(members);
	return err;
}
