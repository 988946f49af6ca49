// SPDX-License-Identifier: BSD-2-Clause
#include <stdio.h>
#include <stdlib.h>

#include "recorder/thread.h"

struct thread *thread__find(struct thread *table, uint32_t tid)
{
	struct thread *thread;

	HASH_FIND(hh, table, &tid, sizeof(tid), thread);
	return thread;
}

struct thread *thread__start(struct thread **table, struct process *process, uint32_t tid,
			     const char *comm)
{
	struct thread *thread = calloc(1, sizeof(*thread));

	if (!thread)
		return NULL;
	thread->tid = tid;
	snprintf(thread->comm, sizeof(thread->comm), "%.*s", COMM_SZ - 1, comm);
	thread->process = process;
	HASH_ADD(hh, *table, tid, sizeof(thread->tid), thread);
	if (!thread->hh.tbl) {
		free(thread);
		return NULL;
	}
	thread->next = process->threads;
	thread->at = &process->threads;
	if (thread->next)
		thread->next->at = &thread->next;
	process->threads = thread;
	return thread;
}

void thread__end(struct thread **table, struct thread *thread)
{
	HASH_DEL(*table, thread);
	*thread->at = thread->next;
	if (thread->next)
		thread->next->at = thread->at;
	free(thread);
}
