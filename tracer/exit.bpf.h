/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef TRACER_EXIT_BPF_H
#define TRACER_EXIT_BPF_H

/*
 * Runs in do_exit() of each thread, after signal->live was counted down: a thread that finds 0
 * there knows that no other makes calls any more. Two threads that end at once may both find 0; the
 * one that deletes the pid entry is the one that reports.
 */

/* The status that wait(2) gives. */
static __always_inline __s32 exit_status(struct task_struct *task)
{
	if (task->signal->flags & SIGNAL_GROUP_EXIT)
		return task->signal->group_exit_code;
	return task->group_leader->exit_code;
}

static __always_inline void end_process(struct task_struct *task, struct process_slot *process,
					__u32 pid_flags)
{
	__u32 tgid = task->tgid;
	bool is_told;

	/*
	 * Before the entry goes: the end of a thread that finds none leaves its segment as it is.
	 * Nobody can open one any more.
	 */
	if (process) {
		close_segments_of(process);
		full_barrier(process);
	}
	if (bpf_map_delete_elem(&pids, &tgid) || !process)
		return;
	stop_recording(process);
	/* Looked at after live: where no thread was left before it was set, no call is missing. */
	if (is_detaching)
		return;
	is_told =
		submit_process_record(SUBMIT_EXIT, process, task->group_leader, exit_status(task));
	retire_process(process, pid_flags, is_told);
}

static __always_inline int exit_thread(struct task_struct *task)
{
	__u32 pid_flags;
	struct process_slot *process = find_process(task->tgid, &pid_flags);

	forget_exec(task->pid);
	unmark_task(task);
	if (!pid_flags)
		return 0;
	if (thread_records && process && !is_detaching)
		submit_process_record(SUBMIT_THREAD_EXIT, process, task, 0);
	if (task->signal->live.counter == 0)
		end_process(task, process, pid_flags);
	else if (process)
		close_segments_of(process);
	return 0;
}

/* One of the two, as with on_sys_enter(). */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	return exit_thread(task);
}

SEC("tp/sched/sched_process_exit")
int on_exit_event(void *event)
{
	(void)event;
	return exit_thread(bpf_get_current_task_btf());
}

#endif
