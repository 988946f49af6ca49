/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef TRACER_ABI_BPF_H
#define TRACER_ABI_BPF_H

/* What differs between architectures: other ABIs than the native one, and the numbers of exec. */

#if defined(__TARGET_ARCH_x86)

#define HAS_IA32_CALLS true

static __always_inline bool is_ia32_call(struct task_struct *task)
{
	return task->thread_info.status & TS_COMPAT;
}

/* The call that the task entered the kernel with; something negative where it was no call. */
static __always_inline long entry_nr(struct task_struct *task)
{
	return (int)((struct pt_regs *)bpf_task_pt_regs(task))->orig_ax;
}

/* arch/x86/entry/syscalls/syscall_64.tbl and syscall_32.tbl */
#define NR_EXECVE 59
#define NR_EXECVEAT 322
#define NR_X32_EXECVE (0x40000000 | 520)
#define NR_X32_EXECVEAT (0x40000000 | 545)
#define NR_IA32_EXECVE 11
#define NR_IA32_EXECVEAT 358

static __always_inline bool is_native_exec(long nr)
{
	return nr == NR_EXECVE || nr == NR_EXECVEAT || nr == NR_X32_EXECVE || nr == NR_X32_EXECVEAT;
}

static __always_inline bool is_ia32_exec(long nr)
{
	return nr == NR_IA32_EXECVE || nr == NR_IA32_EXECVEAT;
}

#else

#define HAS_IA32_CALLS false

static __always_inline bool is_ia32_call(struct task_struct *task)
{
	(void)task;
	return false;
}

static __always_inline long entry_nr(struct task_struct *task)
{
	return ((struct pt_regs *)bpf_task_pt_regs(task))->syscallno;
}

/* include/uapi/asm-generic/unistd.h */
#define NR_EXECVE 221
#define NR_EXECVEAT 281

static __always_inline bool is_native_exec(long nr)
{
	return nr == NR_EXECVE || nr == NR_EXECVEAT;
}

static __always_inline bool is_ia32_exec(long nr)
{
	(void)nr;
	return false;
}

#endif

/*
 * May it be an exec? One byte for all calls whose numbers are alike in these bits, since comparing
 * with each of the numbers is too much for the path of every call of every process.
 */
#define EXEC_HINTS 1024
#define HINT(nr) [(nr) & (EXEC_HINTS - 1)] = 1

#if defined(__TARGET_ARCH_x86)
const volatile __u8 exec_hints[EXEC_HINTS] = {
	HINT(NR_EXECVE),       HINT(NR_EXECVEAT),    HINT(NR_X32_EXECVE),
	HINT(NR_X32_EXECVEAT), HINT(NR_IA32_EXECVE), HINT(NR_IA32_EXECVEAT),
};
#else
const volatile __u8 exec_hints[EXEC_HINTS] = {HINT(NR_EXECVE), HINT(NR_EXECVEAT)};
#endif

#undef HINT

/* Not 0: it may be. */
static __always_inline __u32 exec_hint(long nr)
{
	return exec_hints[nr & (EXEC_HINTS - 1)];
}

/* Of any ABI. */
static __always_inline bool is_exec_nr(long nr)
{
	return is_native_exec(nr) || is_ia32_exec(nr);
}

static __always_inline bool is_exec(struct task_struct *task, long nr)
{
	return is_ia32_call(task) ? is_ia32_exec(nr) : is_native_exec(nr);
}

#endif
