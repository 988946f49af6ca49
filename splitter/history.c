// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "splitter/history.h"

/* All lives of processes, or all lives of threads. */
struct lives {
	struct life *all; /* in the order in which they began */
	size_t cnt, size;
	uint32_t *latest; /* by number: 1 + index of the life that began last, 0 for none */
	size_t number_cnt;
	uint32_t *sorted; /* made by index_lives(): indices, those of a number side by side */
	uint32_t *first;  /* likewise, by number: place of its first life in sorted */
	uint32_t *end;    /* likewise, by number: place behind its last life, 0 for none */
	bool reused;      /* a number has two lives */
};

struct history {
	struct strings *strings;
	struct recording recording;
	struct event *events; /* in the order of the file */
	size_t event_cnt, event_size;
	uint32_t *sorted; /* made by history__finish(): their indices by life */
	size_t mark_cnt;
	uint32_t order; /* events seen, those of threads included */
	struct lives processes;
	struct lives threads;
	bool by_thread;   /* sequences are named after tids */
	bool map_to_tgid; /* the log has tids, sequences are named after processes */
};

struct history *history__new(struct strings *strings)
{
	struct history *history = calloc(1, sizeof(*history));

	if (history)
		history->strings = strings;
	return history;
}

static void free_lives(struct lives *lives)
{
	free(lives->all);
	free(lives->latest);
	free(lives->sorted);
	free(lives->first);
	free(lives->end);
}

void history__free(struct history *history)
{
	if (!history)
		return;
	free(history->events);
	free(history->sorted);
	free_lives(&history->processes);
	free_lives(&history->threads);
	free(history);
}

struct strings *history__strings(const struct history *history)
{
	return history->strings;
}

struct recording *history__recording(struct history *history)
{
	return &history->recording;
}

static int reserve_number(struct lives *lives, uint32_t number)
{
	size_t cnt = lives->number_cnt ? lives->number_cnt : 1024;
	uint32_t *latest;

	if (number < lives->number_cnt)
		return 0;
	while (cnt <= number)
		cnt *= 2;
	latest = realloc(lives->latest, cnt * sizeof(*latest));
	if (!latest)
		return -ENOMEM;
	memset(latest + lives->number_cnt, 0, (cnt - lives->number_cnt) * sizeof(*latest));
	lives->latest = latest;
	lives->number_cnt = cnt;
	return 0;
}

static struct life *latest_life(const struct lives *lives, uint32_t number)
{
	if (number >= lives->number_cnt || !lives->latest[number])
		return NULL;
	return &lives->all[lives->latest[number] - 1];
}

static struct life *begin_life(struct lives *lives, uint32_t number, uint64_t line)
{
	struct life *life;

	if (reserve_number(lives, number))
		return NULL;
	if (lives->cnt == lives->size) {
		size_t size = lives->size ? 2 * lives->size : 64;
		struct life *all = realloc(lives->all, size * sizeof(*all));

		if (!all)
			return NULL;
		lives->all = all;
		lives->size = size;
	}
	if (lives->latest[number])
		lives->reused = true;
	life = &lives->all[lives->cnt++];
	lives->latest[number] = lives->cnt;
	*life = (struct life){
		.number = number,
		.tgid = number,
		.from_line = line,
		.process = NO_LIFE,
		.end_order = LIFE_OPEN,
	};
	return life;
}

/* The life an event tells of that began one, or one whose beginning no event told. */
static struct life *life_of(struct lives *lives, uint32_t number)
{
	struct life *life = latest_life(lives, number);

	if (life && life->end_order == LIFE_OPEN)
		return life;
	return begin_life(lives, number, life ? life->end_line : 0);
}

static uint32_t program_of(const struct history *history, uint32_t pid)
{
	const struct life *life = latest_life(&history->processes, pid);

	return life ? life->current_program : 0;
}

static struct life *start_process(struct history *history, const struct event *event)
{
	static const enum life_start starts[] = {
		[EVENT_EXEC] = LIFE_START_EXEC,
		[EVENT_FORK] = LIFE_START_FORK,
		[EVENT_ATTACH] = LIFE_START_ATTACH,
	};
	uint32_t program = event->program;
	struct life *life;

	if (event->kind == EVENT_FORK)
		program = program_of(history, event->ppid);
	life = begin_life(&history->processes, event->pid, event->line);
	if (!life)
		return NULL;
	life->start = starts[event->kind];
	life->start_order = event->order;
	life->comm = event->comm;
	life->program = program;
	life->current_program = program;
	return life;
}

static void end_life(struct life *life, const struct event *event, enum life_end end)
{
	life->end = end;
	life->end_line = event->line;
	life->end_order = event->order;
	life->calls = event->calls;
	life->lost = event->lost;
	life->has_totals = event->has_totals;
}

static struct life *note_process_event(struct history *history, const struct event *event)
{
	struct life *life;

	if (event->kind == EVENT_FORK || event->kind == EVENT_ATTACH ||
	    (event->kind == EVENT_EXEC && event->started))
		return start_process(history, event);
	if (event->kind == EVENT_LOST && latest_life(&history->processes, event->pid))
		return latest_life(&history->processes, event->pid);
	life = life_of(&history->processes, event->pid);
	if (!life)
		return NULL;
	life->has_misplaced |= event->misplaced;
	if (event->kind == EVENT_EXIT)
		end_life(life, event, event->signalled ? LIFE_END_SIGNAL : LIFE_END_EXIT);
	else if (event->kind == EVENT_END_UNSEEN)
		end_life(life, event, LIFE_END_UNKNOWN);
	else if (event->kind == EVENT_EXEC && !event->recorded)
		end_life(life, event, LIFE_END_EXEC);
	else if (event->kind == EVENT_EXEC)
		life->current_program = event->program;
	return life;
}

static int start_thread(struct history *history, const struct event *event)
{
	struct life *life = begin_life(&history->threads, event->tid, event->line);

	if (!life)
		return -ENOMEM;
	life->tgid = event->pid;
	life->start = LIFE_START_FORK;
	life->start_order = event->order;
	life->comm = event->comm;
	return 0;
}

static int note_thread_event(struct history *history, const struct event *event)
{
	struct life *life;

	if (event->kind == EVENT_THREAD_START)
		return start_thread(history, event);
	life = life_of(&history->threads, event->tid);
	/* One of another process has begun unseen. */
	if (life && life->start != LIFE_START_UNKNOWN && life->tgid != event->pid)
		life = begin_life(&history->threads, event->tid, event->line);
	if (!life)
		return -ENOMEM;
	life->tgid = event->pid;
	end_life(life, event, LIFE_END_EXIT);
	return 0;
}

static int keep_event(struct history *history, const struct event *event)
{
	if (history->event_cnt == history->event_size) {
		size_t size = history->event_size ? 2 * history->event_size : 64;
		struct event *events = realloc(history->events, size * sizeof(*events));

		if (!events)
			return -ENOMEM;
		history->events = events;
		history->event_size = size;
	}
	history->events[history->event_cnt++] = *event;
	history->mark_cnt += event->kind == EVENT_EXEC || event->kind == EVENT_LOST;
	return 0;
}

int history__add(struct history *history, const struct event *event)
{
	struct event own = *event;
	struct life *life;

	own.order = history->order++;
	if (own.kind == EVENT_THREAD_START || own.kind == EVENT_THREAD_EXIT)
		return note_thread_event(history, &own);
	life = note_process_event(history, &own);
	if (!life)
		return -ENOMEM;
	own.life = life - history->processes.all;
	return keep_event(history, &own);
}

/* Counting keeps the order of the events of one life; the events stay where they are. */
static int sort_events(struct history *history)
{
	struct life *lives = history->processes.all;
	uint32_t next = 0;

	if (history->event_cnt == 0)
		return 0;
	history->sorted = malloc(history->event_cnt * sizeof(*history->sorted));
	if (!history->sorted)
		return -ENOMEM;
	for (size_t i = 0; i < history->event_cnt; i++)
		lives[history->events[i].life].event_cnt++;
	for (size_t i = 0; i < history->processes.cnt; i++) {
		lives[i].event = next;
		next += lives[i].event_cnt;
		lives[i].event_cnt = 0;
	}
	for (size_t i = 0; i < history->event_cnt; i++) {
		struct life *life = &lives[history->events[i].life];

		history->sorted[life->event + life->event_cnt++] = i;
	}
	return 0;
}

/* Puts the lives of a number side by side, by beginning; again by counting. */
static int index_lives(struct lives *lives)
{
	uint32_t next = 0;

	if (lives->cnt == 0)
		return 0;
	lives->sorted = malloc(lives->cnt * sizeof(*lives->sorted));
	lives->first = calloc(lives->number_cnt, sizeof(*lives->first));
	lives->end = calloc(lives->number_cnt, sizeof(*lives->end));
	if (!lives->sorted || !lives->first || !lives->end)
		return -ENOMEM;
	for (size_t i = 0; i < lives->cnt; i++)
		lives->end[lives->all[i].number]++;
	for (size_t i = 0; i < lives->cnt; i++) {
		uint32_t number = lives->all[i].number;
		uint32_t cnt = lives->end[number];

		if (lives->latest[number] != i + 1)
			continue; /* each number once, and only those that there are */
		lives->first[number] = next;
		lives->end[number] = next;
		next += cnt;
	}
	for (size_t i = 0; i < lives->cnt; i++)
		lives->sorted[lives->end[lives->all[i].number]++] = i;
	return 0;
}

/* The life of the number that covers the line, and where the next one begins. */
static const struct life *find_life(const struct lives *lives, uint32_t number, uint64_t line,
				    uint64_t *until)
{
	size_t low, high;

	*until = UINT64_MAX;
	if (number >= lives->number_cnt || !lives->latest[number])
		return NULL;
	low = lives->first[number];
	high = lives->end[number];
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (lives->all[lives->sorted[middle]].from_line <= line) {
			low = middle;
		} else {
			high = middle;
			*until = lives->all[lives->sorted[middle]].from_line;
		}
	}
	return &lives->all[lives->sorted[low]];
}

/* Only now, as the events of a thread's start and of its process's may come in any order. */
static void link_threads(struct history *history)
{
	for (size_t i = 0; i < history->threads.cnt; i++) {
		struct life *thread = &history->threads.all[i];
		uint64_t line = thread->start == LIFE_START_UNKNOWN ? thread->end_line - 1
								    : thread->from_line;
		uint64_t until;
		const struct life *process =
			find_life(&history->processes, thread->tgid, line, &until);

		if (!process)
			continue;
		thread->process = process - history->processes.all;
		thread->program = process->program;
		/* The threads an attached process has already are reported together with it. */
		if (process->start == LIFE_START_ATTACH && thread->start == LIFE_START_FORK &&
		    process->from_line == thread->from_line)
			thread->start = LIFE_START_ATTACH;
	}
}

int history__finish(struct history *history, enum grouping grouping)
{
	bool threads = history->recording.threads;

	history->by_thread =
		threads && (grouping == GROUPING_DEFAULT || grouping == GROUPING_COMM_TID);
	history->map_to_tgid =
		threads && (grouping == GROUPING_COMM_PID || grouping == GROUPING_PID);
	if (sort_events(history) || index_lives(&history->processes) ||
	    index_lives(&history->threads))
		return -ENOMEM;
	link_threads(history);
	return 0;
}

static const struct lives *used_lives(const struct history *history)
{
	return history->by_thread || history->map_to_tgid ? &history->threads : &history->processes;
}

bool history__needs_lines(const struct history *history)
{
	return used_lives(history)->reused;
}

void history__find(const struct history *history, uint32_t number, uint64_t line,
		   struct place *place)
{
	const struct lives *lives = used_lives(history);
	const struct life *life = find_life(lives, number, line, &place->until);

	place->pid = number;
	place->life = 0;
	if (!life)
		return;
	if (!history->map_to_tgid) {
		place->life = life - lives->all + 1;
		return;
	}
	place->pid = life->tgid;
	if (life->process != NO_LIFE)
		place->life = life->process + 1;
}

bool history__is_thread(const struct history *history, const struct life *life)
{
	return history->threads.cnt && life >= history->threads.all &&
	       life < history->threads.all + history->threads.cnt;
}

const struct life *history__life(const struct history *history, uint32_t life)
{
	if (life == 0)
		return NULL;
	return history->by_thread ? &history->threads.all[life - 1]
				  : &history->processes.all[life - 1];
}

const struct life *history__process_of(const struct history *history, const struct life *life)
{
	if (!history__is_thread(history, life))
		return life;
	return life->process == NO_LIFE ? NULL : &history->processes.all[life->process];
}

const struct event *history__event(const struct history *history, const struct life *life,
				   uint32_t i)
{
	return &history->events[history->sorted[life->event + i]];
}

const struct event *history__events(const struct history *history, size_t *cnt)
{
	*cnt = history->event_cnt;
	return history->events;
}

/* A thread that only its end tells of has lines of another one, or, without it, of no process. */
static uint64_t guessed_from(const struct history *history, const struct life *thread)
{
	const struct life *process = history__process_of(history, thread);

	if (thread->start != LIFE_START_UNKNOWN)
		return UINT64_MAX;
	if (thread->from_line)
		return thread->from_line;
	/* Behind the process's end, which counts them. */
	return process && process->end_order < thread->end_order ? process->end_line - 1
								 : UINT64_MAX;
}

uint64_t history__guessed_from(const struct history *history)
{
	uint64_t first = UINT64_MAX;

	for (size_t i = 0; i < history->threads.cnt; i++) {
		uint64_t from = guessed_from(history, &history->threads.all[i]);

		if (from < first)
			first = from;
	}
	return first;
}

bool history__is_latest(const struct history *history, const struct life *life)
{
	return latest_life(&history->processes, life->number) == life;
}

size_t history__mark_cnt(const struct history *history)
{
	return history->mark_cnt;
}

size_t history__life_cnt(const struct history *history)
{
	return history->by_thread ? history->threads.cnt : history->processes.cnt;
}

/* Of arrays that grow, the part that is used: what was never written to takes no memory. */
static size_t lives_bytes(const struct lives *lives)
{
	return lives->cnt * (sizeof(*lives->all) + sizeof(*lives->sorted)) +
	       lives->number_cnt *
		       (sizeof(*lives->latest) + sizeof(*lives->first) + sizeof(*lives->end));
}

size_t history__bytes(const struct history *history)
{
	return history->event_cnt * (sizeof(*history->events) + sizeof(*history->sorted)) +
	       history->mark_cnt * HISTORY_MARK_BYTES + lives_bytes(&history->processes) +
	       lives_bytes(&history->threads);
}
