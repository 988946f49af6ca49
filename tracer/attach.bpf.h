/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef TRACER_ATTACH_BPF_H
#define TRACER_ATTACH_BPF_H

/*
 * Takes in processes that run already. The recorder lets this run over all tasks, again and again
 * until a run finds nothing new: a process forked by one that was not yet taken in may have come to
 * lie behind the iterator. Before each run that takes in there are some that only mark threads,
 * until one finds none without a mark: so a process that is taken in has all of its threads marked.
 */

/* The recorder sets it for the runs that only mark. */
bool is_marking;

/*
 * Threads that the last run marked; processes that it took in, or found no room for. The recorder
 * reads and clears them.
 */
__u64 marked_cnt;
__u64 attached_cnt;
__u64 not_attached_cnt;

/* A function of its own for the sake of the stack, which has room for one key. */
static __noinline bool is_listed_comm(struct task_struct *task)
{
	struct prog_key key = {};

	key.words[0] = ((const __u64 *)task->group_leader->comm)[0];
	key.words[1] = ((const __u64 *)task->group_leader->comm)[1];
	return is_listed(&key);
}

/* By its file, or, for a script, the comm: nothing else is left of the name given to exec. */
static __always_inline bool is_listed_task(struct task_struct *task)
{
	return is_listed_name(task->mm->exe_file->f_path.dentry->d_name.name) ||
	       is_listed_comm(task);
}

static __always_inline bool wants_task(struct task_struct *task, __u32 tgid)
{
	return bpf_map_lookup_elem(&attach_tgids, &tgid) ||
	       (record_all && !is_recorder(task, task->mm->exe_file)) ||
	       (attach_by_name && is_listed_task(task));
}

static __always_inline void note_found(__u32 tgid)
{
	__u32 *found = bpf_map_lookup_elem(&attach_tgids, &tgid);

	if (found)
		*found = true;
}

/* False: it has its mark already, or will make no call. */
static __always_inline bool mark_running(struct task_struct *task)
{
	return !(task->flags & (PF_EXITING | PF_IO_WORKER)) && mark_task(task);
}

/* Too large for the stack, and one will do: only the recorder lets this run, once at a time. */
struct {
	struct exec_record exec;
	char file[PROG_NAME_SZ];
} attach_record;

static __always_inline void report_attach(struct process_slot *process, struct task_struct *task)
{
	struct exec_record *exec = &attach_record.exec;
	long file_sz;

	fill_process_record(&exec->process, SUBMIT_ATTACH, sizeof(attach_record), process, task);
	exec->call_stamp = NO_CALL;
	/* Before all its calls: other threads may have made some by now. */
	exec->process.stamp = 0;
	file_sz = bpf_probe_read_kernel_str(attach_record.file, sizeof(attach_record.file),
					    task->mm->exe_file->f_path.dentry->d_name.name);
	exec->file_sz = file_sz > 0 ? file_sz : 0;
	if (submit_record(&attach_record, sizeof(attach_record)))
		count_loss(LOSS_PROCESS_RECORDS);
}

/* For each thread, since a process's first one may have ended and left the others behind. */
SEC("iter/task")
int on_attach(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct process_slot *process;
	bool is_new = false, is_new_mark;
	__u32 tgid, flags;

	/*
	 * The end of the run: a rename that was under way when its process was taken in has not
	 * been told of, and is done now.
	 */
	if (!task) {
		end_shared_epoch();
		return 0;
	}
	if ((task->flags & PF_KTHREAD) || !task->mm || (__u32)task->tgid == self_tgid ||
	    task->signal->live.counter == 0)
		return 0;
	tgid = task->tgid;
	process = find_process(tgid, &flags);
	if (!process && !wants_task(task, tgid))
		return 0;
	is_new_mark = mark_running(task);
	marked_cnt += is_new_mark;
	if (is_marking)
		return 0;
	note_found(tgid);
	/* A thread that was not marked by now: its process may have others. */
	if (process || is_new_mark)
		return 0;
	process = take_in(tgid, 0, task, &is_new);
	if (!process && task->pid == task->tgid)
		__sync_fetch_and_add(&not_attached_cnt, 1);
	if (!process || !is_new)
		return 0;
	__sync_fetch_and_add(&attached_cnt, 1);
	report_attach(process, task);
	/*
	 * It may have passed on_exit() while it had no entry yet. take_in() has a full barrier, as
	 * has do_exit()'s count-down: either that saw the entry, or this sees 0.
	 */
	if (task->signal->live.counter == 0)
		end_process(task, process, 0);
	return 0;
}

#endif
