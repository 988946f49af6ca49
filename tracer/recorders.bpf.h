/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef TRACER_RECORDERS_BPF_H
#define TRACER_RECORDERS_BPF_H

/*
 * Which processes are recorders: this one, and others that run at the same time. With '*' two of
 * them would otherwise record each other's writing, and so make each other write more.
 */

/* The file that the recorder runs, and its user namespace. */
struct {
	__u64 inode_nr;
	__u32 device;
	__u32 user_ns;
} self;

static __always_inline __u32 user_ns_of(const struct cred *cred)
{
	return cred->user_ns->ns.inum;
}

/*
 * Whoever may not load BPF programs can run the recorder's file and yet be something else, by
 * LD_PRELOAD for instance: that is no way out of a recording. A recorder of root's gives up its
 * capabilities when it is attached, and keeps its user ID. One that a user runs who was given the
 * capabilities can't be told any more then.
 */
static __always_inline bool may_record(const struct cred *cred)
{
	__u64 bits = 0;

	bpf_probe_read_kernel(&bits, sizeof(bits), &cred->cap_effective);
	return user_ns_of(cred) == self.user_ns &&
	       (cred->euid.val == 0 || (bits & (1ULL << CAP_BPF | 1ULL << CAP_SYS_ADMIN)));
}

/* Another recorder: it runs the same file, with the privilege to record. */
static __always_inline bool is_recorder(struct task_struct *task, struct file *exe)
{
	return exe->f_inode->i_ino == self.inode_nr && exe->f_inode->i_sb->s_dev == self.device &&
	       may_record(task->cred);
}

/*
 * The recorder's first word, in its own context: from here on it is known, by its tgid in the
 * numbers of the initial pid namespace, wherever it runs itself. It is marked, so that it can see
 * by has_stray_call that marks are found.
 */
SEC("raw_tp")
int on_hello(void *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();

	(void)ctx;
	self_tgid = task->tgid;
	self.inode_nr = task->mm->exe_file->f_inode->i_ino;
	self.device = task->mm->exe_file->f_inode->i_sb->s_dev;
	self.user_ns = user_ns_of(task->cred);
	mark_task(task);
	return 0;
}

#endif
