/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef TRACER_KERNEL_TYPES_H
#define TRACER_KERNEL_TYPES_H

/*
 * The members of kernel structs that the program reads, and no others. CO-RE finds each by name in
 * the BTF of the kernel that runs, so order and offsets here mean nothing, and the build needs no
 * BTF of any kernel.
 */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct qstr {
	const unsigned char *name;
};

struct dentry {
	struct qstr d_name;
};

struct path {
	struct dentry *dentry;
};

struct super_block {
	unsigned int s_dev;
};

struct inode {
	unsigned long i_ino;
	struct super_block *i_sb;
};

struct file {
	struct path f_path;
	struct inode *f_inode;
};

struct mm_struct {
	unsigned long arg_start;
	unsigned long arg_end;
	struct file *exe_file;
};

struct linux_binprm {
	struct file *file;    /* what really runs: for a script its interpreter */
	const char *filename; /* as given to exec */
	const char *interp;   /* as the script's first line has it; else filename */
	int argc;
};

typedef struct {
	int counter;
} atomic_t;

struct signal_struct {
	atomic_t live;  /* threads that are not yet in do_exit(), kernel/exit.c */
	int nr_threads; /* that have not been released, ended ones included */
	unsigned int flags;
	int group_exit_code;
};

struct thread_info {
	__u32 status; /* x86: TS_COMPAT during a call through the ia32 ABI */
};

struct ns_common {
	unsigned int inum;
};

struct user_namespace {
	struct ns_common ns;
};

struct cred {
	struct user_namespace *user_ns;
	struct {
		__u32 val;
	} euid;
	struct {
		__u64 bits; /* two halves of 32 bits before 6.3: on a little-endian machine the same
			     */
	} cap_effective;
};

struct task_struct {
	struct thread_info thread_info;
	unsigned int flags;
	int pid;
	int tgid;
	int exit_code;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	struct mm_struct *mm;
	struct signal_struct *signal;
	const struct cred *cred;
	char comm[16];
};

struct pt_regs {
#if defined(__TARGET_ARCH_x86)
	unsigned long orig_ax;
#else
	int syscallno; /* arm64 */
#endif
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

/* What programs on events get: the fields that /sys/kernel/tracing/events/.../format lists. */
struct trace_event_raw_sys_enter {
	long id;
};

struct trace_event_raw_task_rename {
	int pid;
};

struct trace_event_raw_sched_process_fork {
	int child_pid;
};

#pragma clang attribute pop

/* include/linux/sched.h */
#define PF_EXITING 0x00000004
#define PF_IO_WORKER 0x00000010
#define PF_KTHREAD 0x00200000

/* include/linux/sched/signal.h, since 5.17 and 5.16's stable tree; SIGNAL_GROUP_EXIT before too */
#define SIGNAL_GROUP_EXIT 0x00000004

/* include/uapi/linux/capability.h */
#define CAP_SYS_ADMIN 21
#define CAP_BPF 39

/* arch/x86/include/asm/thread_info.h */
#define TS_COMPAT 0x0002

#endif
