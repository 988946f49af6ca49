/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RECORDER_PROCESS_H
#define RECORDER_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recorder/run.h"
#include "shared.h"

/*
 * One recorded process as the recorder sees it: what of its calls and events has arrived, and how
 * far it is written. Everything has a stamp and comes out in the order of these, as soon as nothing
 * with a lower one can arrive any more: merge.h decides when that is.
 */

struct event;
struct process;
struct thread;

/*
 * What comes out, in order. Nothing here may call back into the process. can_start(): may the event
 * be handled yet, or does another process still hold the pid that it takes?
 */
struct process_output {
	void (*calls)(void *context, struct process *process, const struct caller *caller,
		      const int64_t *ids, size_t cnt);
	void (*event)(void *context, struct process *process, const struct event *event);
	void (*lost)(void *context, struct process *process, uint64_t cnt);
	bool (*can_start)(void *context, struct process *process, const struct event *event);
	/* Only with --threads; comm ends in NUL, time_ns is 0 where it is not known. */
	void (*thread)(void *context, struct process *process, const struct thread *thread,
		       bool starts, uint64_t time_ns);
	void *context;
};

/* Something that happened to a process, between two of its calls. */
struct event {
	struct event *next;
	uint64_t stamp;        /* it comes after the calls with lower ones */
	uint64_t settles_call; /* stamp of the exec that this is the success of, or NO_CALL */
	uint32_t takes_tid;    /* a pid or tid that nobody else may hold any more, or 0 */
	uint32_t gives_tid;    /* one that is free after this, or 0 */
	bool starts;           /* it has brought the process into the recording */
	bool ends;             /* nothing of the process comes after it */
	bool ends_threads;     /* all of them but the one whose tid is the tgid */
	bool is_misplaced;     /* an exec whose call is out already, as one that has failed */
	/*
	 * The exec's own call, which moves here from its place among the others: it is the first of
	 * the new program, or, where that is not recorded, the last of the old one. Where it was
	 * lost, there is none.
	 */
	bool has_call;
	int64_t call_id;
	struct caller caller; /* who made it, under the comm of that time */
	void (*emit)(void *output, struct process *process, const struct event *event);
	struct process_record record; /* the whole record follows where it is longer */
};

/* The memory that an event of a record of that size takes. */
static inline size_t event__bytes(size_t record_sz)
{
	return sizeof(struct event) - sizeof(struct process_record) + record_sz;
}

struct process {
	uint64_t instance;
	uint32_t tgid;
	bool has_begun;         /* something of it is out */
	bool has_ended;         /* its last event is out: merge.c frees it */
	bool is_held;           /* at an exec that may still succeed or fail */
	uint64_t held_since_ns; /* CLOCK_MONOTONIC; 0: not yet looked at */
	uint64_t due;           /* everything with a lower stamp has arrived */
	uint64_t calls;         /* written */
	uint64_t lost;          /* up to here, as struct process_slot counts */
	uint64_t lost_in_all;   /* at the end of the recording */
	uint64_t lines;         /* written since the output files were opened */
	uint64_t lost_here;     /* likewise */
	uint64_t gap_cnt;       /* calls that there was no memory for, and that are not yet told */
	uint64_t gap_stamp;     /* the lowest of theirs, which is where they will be told */

	struct run_heap runs;
	struct event *events, *last_event; /* by stamp */
	size_t turn_cnt;                   /* of these, execs and ends */
	size_t event_bytes;                /* memory of them all */
	uint64_t *failed_execs;            /* stamps of calls that are not out */
	size_t failed_cnt, failed_room;
	uint64_t given_up_below; /* stamps of the execs that process__release_execs() let go */

	/* As the last event told it; for the files of a log rotation. */
	uint32_t ppid;
	char comm[COMM_SZ];
	char *file; /* allocated; NULL: not known */

	/* merge.c's */
	struct process *older; /* same slot */
	bool is_waiting;       /* on the list of those that wait for something */
	struct process *prev, *next;
	uint32_t last_tid;      /* of the calls that came out last, 0 after an event */
	struct thread *threads; /* that hold a tid: with --threads all, else the first alone */
};

/* NULL: no memory. */
struct process *process__new(uint64_t instance, uint32_t tgid);
void process__free(struct process *process);

/*
 * Take over what arrived; it is put out by process__advance(). The segment may be gone after the
 * call, the event is freed by the process. Return 0 or -ENOMEM; calls are then lost, and will be
 * told as such at their place.
 */
int process__add_calls(struct process *process, const struct segment *segment,
		       const struct caller *caller);
void process__add_event(struct process *process, struct event *event);

/* The exec with that stamp came back: what has waited for that goes on. 0 or -ENOMEM. */
int process__add_failed_exec(struct process *process, uint64_t call_stamp,
			     const struct process_output *output);

/* Puts out what can be; to be called when due or an answer of can_start() has changed. */
void process__advance(struct process *process, const struct process_output *output);

/* The recording is over and all is out: says what was lost after that. */
void process__lose_rest(struct process *process, const struct process_output *output);

/* Keeps what the record tells of the process; file_len 0: it tells nothing of the file. */
void process__describe(struct process *process, const struct process_record *record,
		       const char *file, size_t file_len);

/*
 * Nobody waits for their outcome any longer: execs that are held count as failed. Returns how many
 * those were.
 */
uint64_t process__release_execs(struct process *process, const struct process_output *output);

/* One of its events, not yet out, gives the tid free. */
bool process__will_give(const struct process *process, uint32_t tid);

/* Something has arrived that can't be put out yet. */
bool process__is_waiting(const struct process *process);

/*
 * The memory of that, without what malloc adds, where some of it is due: it waits for an exec, or
 * for the pid of another process. Else 0.
 */
size_t process__stuck_bytes(const struct process *process);

#endif
