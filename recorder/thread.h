/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RECORDER_THREAD_H
#define RECORDER_THREAD_H

#include <stdint.h>

/* Without memory an entry is left out, not the process ended. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "recorder/process.h"

/*
 * Who holds a pid in the log. A process that got the pid of one whose last calls are still on their
 * way has to wait until these are written: otherwise the log would mix the two. The same goes for
 * tids in a log that has these; otherwise a process is entered with its first thread alone.
 */
struct thread {
	uint32_t tid;
	char comm[COMM_SZ]; /* when it was entered; ends in NUL */
	struct process *process;
	struct thread *next, **at; /* list of the process's */
	UT_hash_handle hh;         /* by tid */
};

/* NULL: nobody holds it. */
struct thread *thread__find(struct thread *table, uint32_t tid);

/* Enters it, with the process's others; nobody may hold the tid. NULL: no memory. */
struct thread *thread__start(struct thread **table, struct process *process, uint32_t tid,
			     const char *comm);

/* Takes it out and frees it. */
void thread__end(struct thread **table, struct thread *thread);

#endif
