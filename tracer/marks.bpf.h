/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef TRACER_MARKS_BPF_H
#define TRACER_MARKS_BPF_H

/*
 * Which threads are recorded, as a call can tell it before it even asks which thread it is of: that
 * is a call into the kernel, and the most that the calls of all others would pay for. A tracepoint
 * of a call comes with the thread's registers, which the kernel has saved at the top of the
 * thread's stack (task_pt_regs()); no two threads that live have the same stack. So a thread that
 * is recorded, or soon will be, has a mark under its stack's address.
 *
 * A mark too many costs time: recorded_tgids has the last word. One too few would be calls that are
 * lost in silence, so whoever takes a thread in marks it before, and whoever a marked thread makes
 * is marked before it can run. Its mark goes when the thread ends, or execs a program that is not
 * recorded.
 */

/* Stacks have that size or more (THREAD_SIZE, asm/page_64_types.h), and are aligned to it. */
#define STACK_SHIFT 14

/* What lies in between are 32 - STACK_SHIFT bits of the address. Those above them are the mark. */
#define MARK_PLACES (1U << (32 - STACK_SHIFT))
#define MARK_SET 0x80000000U
/* Two stacks with the same place: who has it can't be told any more. It stays so. */
#define MARK_MIXED 1U

__u32 marks[MARK_PLACES];

/* A call was looked at because of a mark, and was of no process that is recorded. */
bool has_stray_call;

/*
 * The recorder sets it when all that ran before it is taken in. Until then a thread that is not
 * recorded may have its mark because it is about to be.
 */
bool is_attached;

/*
 * The address, as its distance from another one: the verifier lets nobody calculate with addresses
 * of the kernel, but gives the difference of two to who may see them.
 */
static __always_inline __u64 stack_of(struct pt_regs *regs)
{
	__u64 stack = (__u64)regs;

	asm volatile("%0 -= %1" : "+r"(stack) : "r"(marks));
	return stack;
}

/* Looked at first, since a line that is written by all CPUs is what costs most. */
static __always_inline void note_stray_call(void)
{
	if (!has_stray_call)
		has_stray_call = true;
}

static __always_inline __u32 *mark_at(__u64 stack)
{
	return &marks[(__u32)stack >> STACK_SHIFT];
}

static __always_inline __u32 mark_for(__u64 stack)
{
	return MARK_SET | stack >> 32;
}

static __always_inline __u64 stack_of_task(struct task_struct *task)
{
	return stack_of((struct pt_regs *)bpf_task_pt_regs(task));
}

static __always_inline bool is_marked(struct task_struct *task)
{
	__u64 stack = stack_of_task(task);
	__u32 mark = *mark_at(stack);

	return mark == mark_for(stack) || mark == MARK_MIXED;
}

/* False: it was marked before. */
static __always_inline bool mark_task(struct task_struct *task)
{
	__u64 stack = stack_of_task(task);
	__u32 *mark = mark_at(stack), mine = mark_for(stack);
	__u32 old = __sync_val_compare_and_swap(mark, 0, mine);

	if (old == mine || old == MARK_MIXED)
		return false;
	if (old)
		*mark = MARK_MIXED;
	return true;
}

static __always_inline void unmark_task(struct task_struct *task)
{
	__u64 stack = stack_of_task(task);
	__u32 *mark = mark_at(stack), mine = mark_for(stack);

	if (*mark == mine)
		__sync_val_compare_and_swap(mark, mine, 0);
}

/* It is not recorded now; see is_attached. */
static __always_inline void unmark_unless_attaching(struct task_struct *task)
{
	if (is_attached)
		unmark_task(task);
}

#endif
