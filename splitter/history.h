/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SPLITTER_HISTORY_H
#define SPLITTER_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "splitter/grouping.h"
#include "splitter/strings.h"

/*
 * What the events of one recording say about its processes and threads: when each began and ended,
 * what it executed, what it lost.
 *
 * A *life* is the stretch of the log in which a number (pid, or tid) means one process (or thread).
 * It begins with an event that says so and lasts, as far as lines are concerned, until the next
 * life of that number begins.
 */

enum event_kind {
	EVENT_EXEC,
	EVENT_FORK,
	EVENT_ATTACH,
	EVENT_EXIT,
	EVENT_END_UNSEEN,
	EVENT_THREAD_START,
	EVENT_THREAD_EXIT,
	EVENT_LOST,
};

struct event {
	uint64_t line;  /* it stands before this line of the log, counted from 1 */
	uint64_t calls; /* exit, end unseen, exec: recorded; lost: how many */
	uint64_t lost;  /* exit, end unseen, exec: lost in the whole life */
	uint32_t pid;
	uint32_t ppid;
	uint32_t tid;
	uint32_t comm;    /* id in strings, escaped as in the log */
	uint32_t program; /* id in strings: exec's exe, attach's file; escaped likewise */
	uint32_t order;   /* its place among all events; set by history__add(), as life is */
	uint32_t life;    /* index of the process's life it belongs to */
	enum event_kind kind : 8;
	bool started : 1;   /* exec: brought the process into the recording */
	bool recorded : 1;  /* exec: the new program is recorded */
	bool misplaced : 1; /* exec: its call stands further up, as one that has failed */
	bool signalled : 1;
	bool has_totals : 1; /* calls and lost are given */
};

#define LIFE_OPEN UINT32_MAX /* end_order of a life whose end is not known */
#define NO_LIFE UINT32_MAX

enum life_end { LIFE_END_UNKNOWN, LIFE_END_EXIT, LIFE_END_SIGNAL, LIFE_END_EXEC };
enum life_start { LIFE_START_UNKNOWN, LIFE_START_EXEC, LIFE_START_FORK, LIFE_START_ATTACH };

struct life {
	uint64_t from_line; /* of its first event */
	uint64_t end_line;
	uint64_t calls, lost; /* as its last event has them, if has_totals */
	uint32_t number;      /* the pid or tid */
	uint32_t tgid;        /* the process, which for a process is number again */
	uint32_t process;     /* threads: index of the life of their process, or NO_LIFE */
	uint32_t comm;        /* at the start */
	uint32_t program;     /* at the start; a fork child has its parent's */
	uint32_t current_program;
	uint32_t start_order, end_order;
	uint32_t event, event_cnt; /* its part of the sorted events (processes only) */
	enum life_start start : 8;
	enum life_end end : 8;
	bool has_totals : 1;
	bool has_misplaced : 1; /* an exec's call */
};

struct history;

/* Keeps strings for the comms and programs; does not own it. NULL without memory. */
struct history *history__new(struct strings *strings);
void history__free(struct history *history);

struct strings *history__strings(const struct history *history);

/* Events come in the order of the file; their lines never fall. 0 or -ENOMEM. */
int history__add(struct history *history, const struct event *event);

/* The recording's own facts. */
struct recording {
	bool started;      /* there is a recording_start */
	bool ended;        /* there is a recording_end */
	bool threads;      /* the log has tids */
	bool complete;     /* the recording_end says so */
	bool records_lost; /* the recording_end says so: records of the kernel side's are missing */
	bool uncounted_calls; /* calls may be missing that no process has counted */
	bool repaired; /* the recording_end is not the recorder's: it was cut off before that */
	bool has_line_cnt;
	bool has_counts;    /* the recording_end has processes and calls_lost */
	bool is_disordered; /* the first event is no recording_start, or not the only one, or the
			       recording_end is not the last */
	uint64_t last_line; /* of all events but the recording_end */
	uint64_t bad_line;  /* of the event before the first malformed one, 0 if there is none */
	/* What the recording_end says: */
	uint64_t line_cnt;                /* of the log, if has_line_cnt */
	uint64_t process_cnt, calls_lost; /* if has_counts */
	uint64_t unwritten_calls;         /* recorded, and no place in the log */
	uint32_t reason;                  /* id in strings */
	uint32_t loss;                    /* likewise, if records_lost: "COUNTER: N", the first */
	uint32_t losses;                  /* likewise: all counters that are not 0, as JSON */
};
struct recording *history__recording(struct history *history);

/* To be called once, after the last event: from here on the lives can be asked for. 0 or -ENOMEM.
 */
int history__finish(struct history *history, enum grouping grouping);

/* Whether history__find() needs true line numbers; else any line will do. */
bool history__needs_lines(const struct history *history);

struct place {
	uint64_t until; /* first line at which this is no longer the answer */
	uint32_t pid;   /* the number the sequence is named after */
	uint32_t life;  /* 0 if the events know nothing of it, else 1 + its index */
};

/* What the number in this line of the log stands for. */
void history__find(const struct history *history, uint32_t number, uint64_t line,
		   struct place *place);

/* The life in place.life, or NULL for 0; and the process a thread's life belongs to, or NULL. */
const struct life *history__life(const struct history *history, uint32_t life);
const struct life *history__process_of(const struct history *history, const struct life *life);
bool history__is_thread(const struct history *history, const struct life *life);

/* The i-th of the life->event_cnt events of a process's life, in order. */
const struct event *history__event(const struct history *history, const struct life *life,
				   uint32_t i);

/* All events of processes, in the order of the file. */
const struct event *history__events(const struct history *history, size_t *cnt);

/*
 * The first line of the log from which on lines may be known to be a thread's by a later event
 * only, its end; UINT64_MAX if there is none.
 */
uint64_t history__guessed_from(const struct history *history);

/* No later life of a process has the same pid. */
bool history__is_latest(const struct history *history, const struct life *life);

/* How many events there are that a sequence may begin or end with: execs and losses. */
size_t history__mark_cnt(const struct history *history);

size_t history__life_cnt(const struct history *history);

/* How many bytes all of this holds, and the verdict on it takes: so many for each mark. */
#define HISTORY_MARK_BYTES 24
size_t history__bytes(const struct history *history);

#endif
