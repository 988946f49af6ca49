/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef TRACER_PROCESSES_BPF_H
#define TRACER_PROCESSES_BPF_H

/* Taking processes into the recording and letting them go: slots, pid entries, bits. */

static __always_inline bool take_slot(__u32 *slot)
{
	if (!bpf_map_pop_elem(&free_slots, slot))
		return true;
	if (slots_used >= process_max)
		return false;
	*slot = __sync_fetch_and_add(&slots_used, 1);
	return *slot < process_max;
}

static __always_inline struct process_slot *new_process(__u32 tgid)
{
	struct process_slot *process;
	__u32 slot;

	if (!take_slot(&slot))
		return NULL;
	process = bpf_map_lookup_elem(&processes, &slot);
	if (!process)
		return NULL;
	process->generation++;
	process->lost = 0;
	process->tgid = tgid;
	process->is_shared = false;
	process->is_renamed = false;
	process->is_orphan = 0;
	process->cpu = 0;
	process->instance = (__u64)process->generation << 32 | slot;
	return process;
}

/* Where the queue does not take the slot (it may not, since 6.15), the recorder gives it back. */
static __always_inline void free_process(struct process_slot *process)
{
	__u32 slot = process->instance;

	process->instance = 0;
	if (!bpf_map_push_elem(&free_slots, &slot, 0))
		return;
	process->is_orphan = 1;
	__sync_fetch_and_add(&orphan_cnt, 1);
}

/* Of a process that has an entry already: an attach run may come between a fork and on_fork(). */
static __always_inline struct process_slot *known_process(__u32 tgid, __u32 pid_flags)
{
	struct pid_entry *entry = bpf_map_lookup_elem(&pids, &tgid);

	if (!entry || !entry->instance)
		return NULL;
	entry->flags |= pid_flags;
	return process_of(entry->instance);
}

/* An atomic whose result is used is one, on all architectures. */
static __always_inline void full_barrier(struct process_slot *process)
{
	__u64 lost = __sync_fetch_and_add(&process->lost, 0);

	barrier_var(lost);
}

/*
 * Gives the process its entry, or its place in the one that watch() has made. 0; -EEXIST where it
 * has one that is taken; another negative errno where there is no room.
 */
static __always_inline int enter(__u32 tgid, __u32 pid_flags, __u64 instance)
{
	struct pid_entry entry = {.instance = instance, .flags = pid_flags | PID_RECORDED};
	struct pid_entry *watched = bpf_map_lookup_elem(&pids, &tgid);

	if (!watched)
		return bpf_map_update_elem(&pids, &tgid, &entry, BPF_NOEXIST);
	if (__sync_val_compare_and_swap(&watched->instance, 0, instance))
		return -EEXIST;
	watched->flags |= entry.flags;
	return 0;
}

/*
 * Records the process from now on. NULL: there is no room for it, which the caller counts. running:
 * a task of it where it is not one that only just begins.
 * *is_new: false where somebody else has just taken it in, and has told the recorder.
 */
static __noinline struct process_slot *take_in(__u32 tgid, __u32 pid_flags,
					       struct task_struct *running, bool *is_new)
{
	struct process_slot *process;
	int err; /* 32 bits: before 6.4 the upper ones of what map helpers return mean nothing */

	if (is_new)
		*is_new = false;
	process = known_process(tgid, pid_flags);
	if (process)
		return process;
	process = new_process(tgid);
	if (!process)
		return NULL;
	err = enter(tgid, pid_flags, process->instance);
	if (err) {
		free_process(process);
		return err == -EEXIST ? known_process(tgid, pid_flags) : NULL;
	}
	if (pid_flags & PID_FAMILY)
		__sync_fetch_and_add(&family_live, 1);
	/* The entry is there before anything is read of the task: here, and in on_attach(). */
	full_barrier(process);
	/*
	 * A thread that is being made is counted before on_fork() looks for the entry: one of the
	 * two sees the other.
	 */
	if (running && running->signal->nr_threads != 1)
		process->is_shared = true;
	/* Last: from here on its calls are recorded. */
	__sync_fetch_and_or(recorded_word(tgid), 1ULL << (tgid % 64));
	if (is_new)
		*is_new = true;
	return process;
}

/* Of a task that only just begins, and has its mark. NULL: that is counted, and the mark gone. */
static __always_inline struct process_slot *take_in_marked(struct task_struct *task,
							   __u32 pid_flags, bool *is_new)
{
	struct process_slot *process = take_in(task->tgid, pid_flags, NULL, is_new);

	if (!process) {
		count_loss(LOSS_PROCESSES_NOT_TAKEN_IN);
		unmark_unless_attaching(task);
	}
	return process;
}

/* Keep an eye on it without recording it: its descendants belong to COMMAND's family. */
static __always_inline void watch(__u32 tgid, __u32 pid_flags)
{
	struct pid_entry entry = {.flags = pid_flags & ~PID_RECORDED};

	if (bpf_map_update_elem(&pids, &tgid, &entry, BPF_ANY))
		count_loss(LOSS_PROCESSES_NOT_TAKEN_IN);
}

/*
 * Its calls are recorded no more, once its segments are closed too: the fast ways don't look at the
 * bit. What is left is to tell the recorder, then retire_process().
 */
static __always_inline void stop_recording(struct process_slot *process)
{
	__sync_fetch_and_and(recorded_word(process->tgid), ~(1ULL << (process->tgid % 64)));
}

/*
 * The slot is free again, or, where the ring had no room for the record that says why, an orphan:
 * the recorder then finds it by itself and gives it back.
 */
static __always_inline void retire_process(struct process_slot *process, __u32 pid_flags,
					   bool is_told)
{
	if (is_told) {
		free_process(process);
	} else {
		process->is_orphan = 1;
		__sync_fetch_and_add(&orphan_cnt, 1);
	}
	/* After the record: when the count is 0, all records are in the ring. */
	if (pid_flags & PID_FAMILY)
		__sync_fetch_and_add(&family_live, -1);
}

static __always_inline void fill_process_record(struct process_record *record, __u32 kind, __u32 sz,
						struct process_slot *process,
						struct task_struct *task)
{
	record->info.kind = kind;
	record->info.sz = sz;
	record->instance = process->instance;
	record->time_ns = bpf_ktime_get_ns();
	record->stamp = record->time_ns / STAMP_NS;
	record->lost = process->lost;
	record->tgid = task->tgid;
	record->tid = task->pid;
	record->ppid = task->real_parent->tgid;
	record->exit_code = 0;
	((__u64 *)record->comm)[0] = ((const __u64 *)task->comm)[0];
	((__u64 *)record->comm)[1] = ((const __u64 *)task->comm)[1];
}

/* A record that is nothing but a process record. False: it was lost, and that is counted. */
static __noinline bool submit_process_record(__u32 kind, struct process_slot *process,
					     struct task_struct *task, __s32 exit_code)
{
	struct process_record record;

	if (!process || !task)
		return false;
	fill_process_record(&record, kind, sizeof(record), process, task);
	record.exit_code = exit_code;
	if (!submit_record(&record, sizeof(record)))
		return true;
	count_loss(LOSS_PROCESS_RECORDS);
	return false;
}

#endif
