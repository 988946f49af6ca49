/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef TRACER_FORK_BPF_H
#define TRACER_FORK_BPF_H

/*
 * A child is taken in before it can run: the tracepoint lies between copy_process() and
 * wake_up_new_task() (kernel/fork.c). `parent` is the task that called, also for CLONE_PARENT.
 */

static __always_inline void start_thread(struct task_struct *child)
{
	__u32 flags;
	struct process_slot *process = find_process(child->tgid, &flags);

	if (!process)
		return;
	mark_task(child);
	/* From here on its calls have stamps of their own. */
	close_lone_segment(process);
	process->is_shared = true;
	if (thread_records)
		submit_process_record(SUBMIT_THREAD_START, process, child, 0);
}

/* What a new process inherits; PID_RECORDED among the flags: it is to be recorded. */
static __always_inline __u32 inherited_flags(__u32 parent_tgid)
{
	struct pid_entry *entry;

	/* The recorder's child is COMMAND, which counts from its exec on. */
	if (parent_tgid == self_tgid)
		return has_command ? PID_FAMILY : 0;
	entry = bpf_map_lookup_elem(&pids, &parent_tgid);
	return (entry ? entry->flags : 0) | (record_all ? PID_RECORDED : 0);
}

static __always_inline int begin_task(struct task_struct *parent, struct task_struct *child)
{
	struct process_slot *process;
	__u32 flags;
	bool is_new;

	/*
	 * The child of a kernel thread that is none itself (so since 5.19) is to run a program for
	 * the kernel: it makes no call before that exec, which is none either and brings it in.
	 */
	if ((child->flags | parent->flags) & PF_KTHREAD)
		return 0;
	/* Also while an attach run is still looking for threads: marks.bpf.h. */
	if (is_marked(parent))
		mark_task(child);
	if (child->tgid == parent->tgid) {
		start_thread(child);
		return 0;
	}
	if (is_detaching)
		return 0;
	flags = inherited_flags(parent->tgid);
	if (flags & PID_RECORDED) {
		mark_task(child);
		process = take_in_marked(child, flags, &is_new);
		if (process && is_new)
			submit_process_record(SUBMIT_FORK, process, child, 0);
	} else if (flags) {
		watch(child->tgid, flags);
	}
	return 0;
}

/* One of the two, as with on_sys_enter(). */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	return begin_task(parent, child);
}

/* Both since 6.2. */
extern struct task_struct *bpf_task_from_pid(int pid) __ksym __weak;
extern void bpf_task_release(struct task_struct *task) __ksym __weak;

SEC("tp/sched/sched_process_fork")
int on_fork_event(struct trace_event_raw_sched_process_fork *event)
{
	struct task_struct *child = bpf_task_from_pid(event->child_pid);

	/* It has its pid, and nobody knows of it who could end it. */
	if (!child)
		return 0;
	begin_task(bpf_get_current_task_btf(), child);
	bpf_task_release(child);
	return 0;
}

#endif
