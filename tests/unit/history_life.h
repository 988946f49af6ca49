/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_HISTORY_LIFE_H
#define TESTS_UNIT_HISTORY_LIFE_H

#include "tests/unit/history_world.h"

/* One process on those CPUs, whose threads do anything at random, and which writes it all down. */

static inline uint32_t log_pid(const struct world *world, const struct thread_state *thread)
{
	return world->with_threads ? thread->tid : TGID;
}

static inline void make_call(struct world *world, struct thread_state *thread, bool is_exec)
{
	static const int64_t odd[] = {-1, 0x7fffffff, 0x40000001, 10011, WORD_SKIP, WORD_SKIP - 1};
	int64_t id = chance(world, 10) ? odd[below(world, 6)] : below(world, 450);
	uint64_t stamp = time_passes(world);
	bool is_stored = batch_call(world, thread, id, is_exec);
	struct item *item =
		note(world, "%u:%lld:%s\n", log_pid(world, thread), (long long)id, thread->comm);

	world->calls++;
	item->is_lost = !is_stored;
	item->has_line = is_stored;
	thread->in_exec = is_exec;
	if (!is_exec)
		return;
	thread->had_exec = true;
	thread->is_exec_lost = !is_stored;
	thread->exec_item = world->item_cnt - 1;
	thread->exec_id = id;
	thread->exec_stamp = stamp;
}

static inline struct process_record record_now(struct world *world, enum submit_kind kind,
					       uint32_t tid, const char *comm)
{
	struct process_record record =
		make_record(kind, PROCESS, TGID, tid, comm, time_passes(world));

	record.lost = world->lost;
	return record;
}

static inline void thread_begins(struct world *world, uint32_t place, const char *comm)
{
	struct thread_state *thread = &world->threads[place];

	*thread = (struct thread_state){
		.is_alive = true,
		.tid = TGID + place,
		.cpu = below(world, CPUS),
	};
	snprintf(thread->comm, sizeof(thread->comm), "%s", comm);
	memcpy(thread->first_comm, thread->comm, COMM_SZ);
}

static inline void start_thread(struct world *world, const struct thread_state *parent)
{
	char comm[COMM_SZ];
	struct process_record record;
	uint32_t place = 1 + below(world, THREADS - 1);

	if (world->threads[place].is_alive)
		return;
	memcpy(comm, parent->comm, COMM_SZ);
	close_lone_segments(world);
	world->is_shared = true;
	thread_begins(world, place, comm);
	if (!world->with_threads)
		return;
	record = record_now(world, SUBMIT_THREAD_START, TGID + place, comm);
	put_in_ring(world, &record, sizeof(record));
	note(world, "42 thread_start %s\n42 +%u %s\n", comm, TGID + place, comm);
}

static inline void exit_thread(struct world *world, struct thread_state *thread)
{
	struct process_record record;

	thread->is_alive = false;
	if (!world->with_threads)
		return;
	record = record_now(world, SUBMIT_THREAD_EXIT, thread->tid, thread->comm);
	put_in_ring(world, &record, sizeof(record));
	note(world, "42 -%u %s\n42 thread_exit %s\n", thread->tid, thread->comm, thread->comm);
}

static inline void exit_all_threads_but(struct world *world, const struct thread_state *last)
{
	for (int i = 0; i < THREADS; i++)
		if (world->threads[i].is_alive && &world->threads[i] != last)
			exit_thread(world, &world->threads[i]);
}

static inline void submit_exec(struct world *world, uint32_t tid, const char *comm,
			       uint64_t call_stamp, int64_t call_id, uint32_t flags)
{
	struct exec_record exec = {
		.process = record_now(world, SUBMIT_EXEC, tid, comm),
		.call_stamp = call_stamp,
		.call_id = call_id,
		.flags = flags,
	};

	exec.process.info.sz = sizeof(exec);
	put_in_ring(world, &exec, sizeof(exec));
}

/* The thread that is in exec has the tid TGID from here on, if it had another one. */
static inline void note_exec(struct world *world, const struct thread_state *thread,
			     const char *comm)
{
	bool takes_over = world->with_threads && thread->tid != TGID;
	char ends[32] = "", starts[32] = "", call[64] = "";
	struct item *item;

	if (takes_over) {
		snprintf(ends, sizeof(ends), "42 -%u %s\n", thread->tid, thread->first_comm);
		snprintf(starts, sizeof(starts), "42 +42 %s\n", comm);
	}
	if (!thread->is_exec_lost)
		snprintf(call, sizeof(call), "42:%lld:%s\n", (long long)thread->exec_id, comm);
	item = note(world, "%s42 exec %s\n%s%s", ends, comm, starts, call);
	item->has_line = !thread->is_exec_lost;
}

static inline void note_exec_that_leaves(struct world *world, const struct thread_state *thread,
					 const char *comm)
{
	const char *call =
		thread->is_exec_lost ? "" : strdupa(world->items[thread->exec_item].text);
	struct item *item;

	if (world->with_threads)
		item = note(world, "%s42 -%u %s\n42 exec %s\n", call, thread->tid,
			    thread->first_comm, comm);
	else
		item = note(world, "%s42 exec %s\n", call, comm);
	item->has_line = !thread->is_exec_lost;
}

/* The exec that the thread is in succeeds: it alone goes on, with the process's own pid. Others
 * that are in exec too have failed. */
static inline void succeed(struct world *world, struct thread_state *thread, bool leaves)
{
	char comm[COMM_SZ], first_comm[COMM_SZ];

	snprintf(comm, sizeof(comm), "prog%u", below(world, 1000));
	exit_all_threads_but(world, thread);
	close_lone_segments(world);
	submit_exec(world, thread->tid, comm, thread->exec_stamp, thread->exec_id,
		    leaves ? 0 : EXEC_RECORDED);
	world->is_shared = false;
	world->items[thread->exec_item].is_moved = !thread->is_exec_lost;
	world->has_ended = leaves;
	if (leaves) {
		note_exec_that_leaves(world, thread, comm);
		return;
	}
	note_exec(world, thread, comm);
	memcpy(first_comm, thread->tid == TGID ? thread->first_comm : comm, COMM_SZ);
	thread->is_alive = false;
	thread_begins(world, 0, comm);
	memcpy(world->threads[0].first_comm, first_comm, COMM_SZ);
}

/* The kernel may be asked about an exec when that is over already, and more than once. */
static inline void come_back(struct world *world, struct thread_state *thread)
{
	struct exec_failed_record record = {
		.process = record_now(world, SUBMIT_EXEC_FAILED, thread->tid, thread->comm),
		.call_stamp = thread->exec_stamp,
	};

	thread->in_exec = false;
	if (chance(world, 50))
		return;
	record.process.info.sz = sizeof(record);
	put_in_ring(world, &record, sizeof(record));
}

static inline void exit_process(struct world *world)
{
	struct process_record record;

	exit_all_threads_but(world, NULL);
	record = record_now(world, SUBMIT_EXIT, TGID, "end");
	put_in_ring(world, &record, sizeof(record));
	note(world, "42 exit end\n");
	world->has_ended = true;
}

static inline void fork_process(struct world *world)
{
	struct process_record record = record_now(world, SUBMIT_FORK, TGID, "sh");

	put_in_ring(world, &record, sizeof(record));
	note(world, world->with_threads ? "42 fork sh\n42 +42 sh\n" : "42 fork sh\n");
}

/* By an exec of a process that was not recorded: no batch has its call. */
static inline void exec_process(struct world *world)
{
	submit_exec(world, TGID, "sh", NO_CALL, 59, EXEC_STARTED | EXEC_RECORDED | EXEC_IS_CALL);
	note(world,
	     world->with_threads ? "42 exec sh\n42 +42 sh\n42:59:sh\n" : "42 exec sh\n42:59:sh\n")
		->has_line = true;
	world->calls++;
}

/* A log of threads says when the first one starts; another one may go without. */
static inline void begin(struct world *world)
{
	thread_begins(world, 0, "sh");
	if (chance(world, 40))
		exec_process(world);
	else if (world->with_threads || chance(world, 50))
		fork_process(world);
}

static inline struct thread_state *any_thread(struct world *world)
{
	struct thread_state *thread;

	do
		thread = &world->threads[below(world, THREADS)];
	while (!thread->is_alive);
	return thread;
}

static inline bool is_last(const struct world *world, const struct thread_state *thread)
{
	for (int i = 0; i < THREADS; i++)
		if (world->threads[i].is_alive && &world->threads[i] != thread)
			return false;
	return true;
}

static inline void something_happens(struct world *world)
{
	struct thread_state *thread = any_thread(world);

	world->is_ring_full = chance(world, world->drop_percent);
	if (chance(world, 15))
		thread->cpu = below(world, CPUS);
	if (thread->in_exec && chance(world, 40)) {
		succeed(world, thread, chance(world, 5));
	} else if (thread->had_exec && chance(world, 10)) {
		come_back(world, thread);
	} else if (chance(world, 3)) {
		snprintf(thread->comm, sizeof(thread->comm), "name%u", below(world, 10));
		make_call(world, thread, false);
	} else if (chance(world, 5)) {
		make_call(world, thread, true);
	} else if (chance(world, 5)) {
		start_thread(world, thread);
	} else if (!thread->in_exec && !is_last(world, thread) && chance(world, 3)) {
		exit_thread(world, thread);
	} else {
		for (uint32_t i = 1 + below(world, 6); i; i--)
			make_call(world, thread, false);
	}
	if (chance(world, 8))
		submit_batch(world, &world->cpus[below(world, CPUS)]);
}

#endif
