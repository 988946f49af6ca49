/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef TRACER_EXEC_CALLS_BPF_H
#define TRACER_EXEC_CALLS_BPF_H

/*
 * Which call an exec came from. Its ID is known at sys_enter, whether it succeeds only later; and
 * the registers don't keep it: SET_PERSONALITY overwrites orig_ax (arch/x86/kernel/process_64.c).
 * So a thread's exec is remembered from its entry until it is over.
 */

struct exec_call {
	__u64 stamp; /* or NO_CALL */
	__s64 id;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct exec_call);
} exec_calls SEC(".maps");

/* stamp: NO_CALL where the process is not recorded; it may be once the exec has succeeded. */
static __noinline void remember_exec(struct task_struct *task, long nr, __u64 stamp)
{
	struct exec_call *call =
		bpf_task_storage_get(&exec_calls, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	/* NULL: no memory. The exec then stands twice, as a call and as what comes of it. */
	if (!call) {
		count_loss(LOSS_EXECS_NOT_REMEMBERED);
		return;
	}
	call->stamp = stamp;
	call->id = is_ia32_call(task) ? IA32_ID_BASE + nr : nr;
}

/* The exec that the thread is in; it is forgotten with that. False: none is remembered, and a plain
 * execve is as good a guess as any. */
static __always_inline bool recall_exec(struct task_struct *task, struct exec_call *found)
{
	struct exec_call *call = bpf_task_storage_get(&exec_calls, task, 0, 0);

	found->stamp = NO_CALL;
	found->id = NR_EXECVE;
	if (!call)
		return false;
	*found = *call;
	bpf_task_storage_delete(&exec_calls, task);
	return true;
}

#endif
