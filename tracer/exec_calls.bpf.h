/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef TRACER_EXEC_CALLS_BPF_H
#define TRACER_EXEC_CALLS_BPF_H

/*
 * Which call an exec came from. Its ID is known at sys_enter, whether it succeeds only later; and
 * the registers don't keep it: SET_PERSONALITY overwrites orig_ax (arch/x86/kernel/process_64.c).
 * So a thread's exec is remembered from its entry until it is over.
 */

/* The mark of an exec that was told; no exec has this number. */
#define TOLD_ID (-1)

struct exec_call {
	__u64 stamp; /* or NO_CALL */
	__s64 id;    /* or TOLD_ID */
};

/*
 * By tid. Not task storage: that allocates, which a program may not be able to, and while a task is
 * preempted in it everyone else on that CPU is refused. Everything here is there beforehand; an
 * entry is in use from an exec's entry until it succeeds, its thread makes another one, or ends.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, __u32);
	__type(value, struct exec_call);
} exec_calls SEC(".maps");

/* stamp: NO_CALL where the process is not recorded; it may be once the exec has succeeded. */
static __noinline void remember_exec(struct task_struct *task, long nr, __u64 stamp)
{
	__u32 tid = task->pid;
	struct exec_call call = {
		.stamp = stamp,
		.id = is_ia32_call(task) ? IA32_ID_BASE + nr : nr,
	};

	/* No room: the exec then stands twice, as a call and as what comes of it. */
	if (bpf_map_update_elem(&exec_calls, &tid, &call, BPF_ANY))
		count_loss(LOSS_EXECS_NOT_REMEMBERED);
}

/*
 * The exec that the thread is in, which had that tid when it made it; it is forgotten with that.
 * False: none is remembered, and a plain execve is as good a guess as any.
 */
static __always_inline bool recall_exec(__u32 tid, struct exec_call *found)
{
	struct exec_call *call = bpf_map_lookup_elem(&exec_calls, &tid);

	found->stamp = NO_CALL;
	found->id = NR_EXECVE;
	if (!call || call->id == TOLD_ID)
		return false;
	*found = *call;
	bpf_map_delete_elem(&exec_calls, &tid);
	return true;
}

/*
 * For on_exec_again(): on_exec() has told it. The thread has its tgid as its tid by then. A mark
 * that stays, since on_exec_again() was skipped, goes with the process's next exec or its end.
 */
static __always_inline void mark_told_exec(__u32 tgid)
{
	struct exec_call mark = {.stamp = NO_CALL, .id = TOLD_ID};

	/* No room: the exec is told twice. */
	if (bpf_map_update_elem(&exec_calls, &tgid, &mark, BPF_ANY))
		count_loss(LOSS_EXECS_NOT_REMEMBERED);
}

/* The mark is gone then. */
static __always_inline bool is_told_exec(__u32 tgid)
{
	struct exec_call *call = bpf_map_lookup_elem(&exec_calls, &tgid);

	if (!call || call->id != TOLD_ID)
		return false;
	bpf_map_delete_elem(&exec_calls, &tgid);
	return true;
}

static __always_inline void forget_exec(__u32 tid)
{
	bpf_map_delete_elem(&exec_calls, &tid);
}

#endif
