/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef TRACER_EXEC_BPF_H
#define TRACER_EXEC_BPF_H

/* Exec decides whether a process is recorded from here on; both outcomes of it are reported. */

#define STRINGS_SZ (EXE_SZ + PROG_NAME_SZ + ARGV_SZ)

struct exec_scratch {
	struct exec_record record;
	char strings[STRINGS_SZ];
};

/*
 * Too large for the stack. One per CPU for each of the two programs: neither nests in itself nor
 * migrates, but where programs can be preempted, the second runs while the first is at work.
 */
enum exec_scratch_user { ON_EXEC, ON_EXEC_AGAIN, EXEC_SCRATCH_CNT };

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, EXEC_SCRATCH_CNT);
	__type(key, __u32);
	__type(value, struct exec_scratch);
} exec_scratches SEC(".maps");

/*
 * As given to exec, as the first line of a script names its interpreter, or as the file that really
 * runs is called (it differs for symlinks, scripts and fexecve).
 */
static __always_inline bool is_listed_exec(struct linux_binprm *bprm, struct path_buffer *buffer)
{
	if (is_listed_name(bprm->file->f_path.dentry->d_name.name) ||
	    is_listed_path(bprm->filename, buffer))
		return true;
	return bprm->interp != bprm->filename && is_listed_path(bprm->interp, buffer);
}

/* buffer: to work in. */
static __always_inline bool wants_program(struct linux_binprm *bprm, __u32 pid_flags,
					  struct path_buffer *buffer)
{
	if (record_all && !is_recorder(bpf_get_current_task_btf(), bprm->file))
		return true;
	if (record_family && (pid_flags & PID_FAMILY))
		return true;
	if (follow && (pid_flags & PID_RECORDED))
		return true;
	return is_listed_exec(bprm, buffer);
}

/* Strings stand one behind the other: the path as given, the file's name, argv. */
static __always_inline __u32 fill_strings(struct exec_scratch *scratch, struct linux_binprm *bprm,
					  struct task_struct *task)
{
	struct exec_record *record = &scratch->record;
	__u64 arg_start = task->mm->arg_start, arg_len = task->mm->arg_end - arg_start;
	__u64 argv_sz = arg_len;
	long exe_sz, file_sz;

	/* For the verifier: the compiler would check one register and use a copy of another. */
	barrier_var(argv_sz);
	if (argv_sz > ARGV_SZ)
		argv_sz = ARGV_SZ;
	exe_sz = bpf_probe_read_kernel_str(scratch->strings, EXE_SZ, bprm->filename);
	if (exe_sz < 0 || exe_sz > EXE_SZ)
		exe_sz = 0;
	file_sz = bpf_probe_read_kernel_str(scratch->strings + exe_sz, PROG_NAME_SZ,
					    bprm->file->f_path.dentry->d_name.name);
	if (file_sz < 0 || file_sz > PROG_NAME_SZ)
		file_sz = 0;
	/*
	 * Of the new program, in memory that exec has just written and that the program has not yet
	 * run in. Fails where the page is swapped out again.
	 */
	if (bpf_probe_read_user(scratch->strings + exe_sz + file_sz, argv_sz, (void *)arg_start))
		argv_sz = 0;
	record->argc = bprm->argc;
	record->argv_full_len = arg_len;
	record->exe_sz = exe_sz;
	record->file_sz = file_sz;
	record->argv_sz = argv_sz;
	return exe_sz + file_sz + argv_sz;
}

/* Arguments that find no room are left out before the whole record is. */
static __always_inline bool submit_exec(struct exec_scratch *scratch, __u32 strings_sz)
{
	struct exec_record *record = &scratch->record;

	if (strings_sz > STRINGS_SZ)
		strings_sz = STRINGS_SZ;
	record->process.info.sz = sizeof(*record) + strings_sz;
	if (!submit_record(record, sizeof(*record) + strings_sz))
		return true;
	record->exe_sz = record->file_sz = record->argv_sz = 0;
	record->process.info.sz = sizeof(*record);
	if (!submit_record(record, sizeof(*record)))
		return true;
	count_loss(LOSS_PROCESS_RECORDS);
	return false;
}

static __always_inline bool report_exec(struct process_slot *process, struct linux_binprm *bprm,
					struct exec_scratch *scratch, struct exec_call *call,
					__u32 old_tid, __u32 flags)
{
	struct task_struct *task = bpf_get_current_task_btf();

	fill_process_record(&scratch->record.process, SUBMIT_EXEC, 0, process, task);
	scratch->record.process.tid = old_tid;
	scratch->record.call_stamp = flags & EXEC_IS_CALL ? NO_CALL : call->stamp;
	scratch->record.call_id = call->id;
	scratch->record.flags = flags;
	return submit_exec(scratch, fill_strings(scratch, bprm, task));
}

/* The new program is not recorded. */
static __always_inline void let_go(struct process_slot *process, __u32 tgid, __u32 pid_flags,
				   bool is_told)
{
	retire_process(process, pid_flags, is_told);
	if (pid_flags & PID_FAMILY)
		watch(tgid, pid_flags);
	else
		bpf_map_delete_elem(&pids, &tgid);
}

static __always_inline int exec_program(struct task_struct *task, int old_tid,
					struct linux_binprm *bprm, enum exec_scratch_user user)
{
	__u32 tgid = task->tgid, place = user, pid_flags, flags = EXEC_RECORDED;
	struct exec_call call;
	bool has_call = recall_exec(old_tid, &call), is_new = false;
	struct exec_scratch *scratch = bpf_map_lookup_elem(&exec_scratches, &place);
	struct process_slot *process = find_process(tgid, &pid_flags);
	bool wanted, is_told;

	if (!scratch || tgid == self_tgid)
		return 0;
	wanted = wants_program(bprm, pid_flags, (void *)scratch->strings);
	if (wanted)
		mark_task(task);
	else
		unmark_unless_attaching(task);
	if (!process && (!wanted || is_detaching))
		return 0;
	if (!process) {
		process = take_in_marked(task, pid_flags, &is_new);
		if (!process)
			return 0;
		if (is_new)
			flags |= EXEC_STARTED;
	} else if (!wanted) {
		stop_recording(process);
		flags = 0;
	}
	/*
	 * Its call is in no batch, because the process was not yet recorded when it made it, or not
	 * even we were attached. A usermode helper's exec is the kernel's own and no call at all.
	 */
	if (!has_call)
		has_call = !(task->real_parent->flags & PF_KTHREAD);
	if (wanted && has_call && call.stamp == NO_CALL)
		flags |= EXEC_IS_CALL;
	/* The calls of the new program come after the record that this submits. */
	close_segments_of(process);
	/* The other threads have ended, and this one now has the tgid: de_thread() in fs/exec.c. */
	process->is_shared = false;
	is_told = report_exec(process, bprm, scratch, &call, old_tid, flags);
	if (!wanted)
		let_go(process, tgid, pid_flags, is_told);
	if ((flags & EXEC_IS_CALL) && !is_told)
		__sync_fetch_and_add(&process->lost, 1);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, int old_tid, struct linux_binprm *bprm)
{
	exec_program(task, old_tid, bprm, ON_EXEC);
	if (has_exec_again)
		mark_told_exec(task->tgid);
	return 0;
}

/*
 * Where programs can be preempted, this comes after on_exec() and makes up for it where it was
 * skipped: then the exec is not marked. What it does not make up for has been missed. The event
 * that is told with preemption off, as for the others, does not say enough.
 */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec_again, struct task_struct *task, int old_tid, struct linux_binprm *bprm)
{
	if (is_told_exec(task->tgid))
		return 0;
	__sync_fetch_and_add(&execs_made_up, 1);
	return exec_program(task, old_tid, bprm, ON_EXEC_AGAIN);
}

/*
 * An exec that fails leaves no trace but its return value. The thread's next call tells, or, where
 * that does not come soon, this: the recorder runs it over all tasks when it has waited for a
 * while. The registers that a thread was last interrupted or entered the kernel with still show an
 * exec as long as that goes on; back in user space the next tick overwrites them.
 */
SEC("iter/task")
int on_check_execs(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct exec_failed_record record;
	struct exec_call *call;
	struct process_slot *process;
	__u32 flags, tid;

	if (!task)
		return 0;
	tid = task->pid;
	call = bpf_map_lookup_elem(&exec_calls, &tid);
	if (!call)
		return 0;
	/* Read first: what the registers then show can only be the same exec or a later entry. */
	record.call_stamp = *(volatile __u64 *)&call->stamp;
	barrier();
	if (record.call_stamp == NO_CALL || is_exec_nr(entry_nr(task)))
		return 0;
	process = find_process(task->tgid, &flags);
	if (!process)
		return 0;
	fill_process_record(&record.process, SUBMIT_EXEC_FAILED, sizeof(record), process, task);
	/* Not a loss where it finds no room: the recorder asks again. */
	submit_record(&record, sizeof(record));
	return 0;
}

#endif
