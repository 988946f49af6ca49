/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef TRACER_RENAME_BPF_H
#define TRACER_RENAME_BPF_H

/*
 * Runs in __set_task_comm() (fs/exec.c), before the comm changes. A thread's comm is changed by
 * exec, by itself, or by another thread of its process (comm_write() in fs/proc/base.c). Where the
 * thread does it itself, its next call comes after the change. Where another one does, a call may
 * come before the change and after this; so from then on each call of the process looks at its
 * comm. A new thread that its maker names has made no call yet; kernel threads make none.
 */
static __always_inline int rename_thread(struct task_struct *current, int renamed_tid)
{
	struct process_slot *process;
	__u32 flags;

	if (!is_recorded(current->tgid))
		return 0;
	process = find_process(current->tgid, &flags);
	if (!process)
		return 0;
	if (!process->is_shared) {
		close_lone_segment(process);
		return 0;
	}
	if (renamed_tid != current->pid)
		process->is_renamed = true;
	/* A full barrier too: who sees the new epoch sees is_renamed. */
	end_shared_epoch();
	return 0;
}

/* One of the two, as with on_sys_enter(). */
SEC("tp_btf/task_rename")
int BPF_PROG(on_rename, struct task_struct *task)
{
	return rename_thread(bpf_get_current_task_btf(), task->pid);
}

SEC("tp/task/task_rename")
int on_rename_event(struct trace_event_raw_task_rename *event)
{
	return rename_thread(bpf_get_current_task_btf(), event->pid);
}

#endif
