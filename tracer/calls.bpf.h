/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef TRACER_CALLS_BPF_H
#define TRACER_CALLS_BPF_H

/*
 * The hot path: a call of a recorded process becomes a 16-bit word in its CPU's batch.
 *
 * What makes it fast: a process with one thread can make no other call than the next one, so as
 * long as its segment is open, on this CPU, a call is its ID and nothing else. Whatever ends that
 * (a call on another CPU, a new comm, an exec, a second thread, the process's end) is done by the
 * thread itself, and calls close_lone_segment(). So lone_thread alone tells.
 *
 * A thread is told from all others that live by its stack, which a call shows without being asked
 * (marks.bpf.h), or, in the programs that are not shown it, by its tid. The next thread may well
 * get the same stack, so a segment must be closed before its thread has ended: on_exit().
 */

/* --- the slow way: whatever is not simply the next word --------------------------------------- */

/* Moves the stamp of the next word forward by skipped, which is at most SKIP_MAX. */
static __always_inline __u32 append_skip(struct batch *batch, __u32 at, __u32 skipped)
{
	__u16 *words = &batch->words[at];

	if (skipped <= SHORT_SKIP_MAX) {
		words[0] = WORD_SKIP + skipped - 1;
		return at + 1;
	}
	words[0] = WORD_LONG_SKIP + ((skipped - 1) >> 16);
	words[1] = skipped - 1;
	return at + 2;
}

/* The batch has room for WORDS_PER_CALL_MAX words. */
static __always_inline void append_call(struct batch *batch, __u32 skipped, __s64 id, bool is_exec)
{
	__u32 at = batch->word_cnt & (BATCH_WORDS - 1);
	__u16 *words;

	if (skipped)
		at = append_skip(batch, at, skipped);
	words = &batch->words[at];
	if (is_exec) {
		*words++ = WORD_EXEC;
		at++;
	}
	if ((__u64)id < WORD_SKIP) {
		words[0] = id;
		at++;
	} else {
		words[0] = WORD_WIDE;
		words[1] = id;
		words[2] = id >> 16;
		words[3] = id >> 32;
		words[4] = id >> 48;
		at += WORDS_PER_WIDE;
	}
	batch->word_cnt = at;
}

/* Room for one call, a segment head included; submits the batch where there is none. */
static __always_inline bool make_room(struct batch *batch)
{
	return batch->word_cnt + SEGMENT_WORDS + WORDS_PER_CALL_MAX <= batch_words ||
	       submit_batch(batch) == 0;
}

/* The process of the task's call, if it is recorded: by the open segment, or else by its tgid. */
static __always_inline struct process_slot *find_caller(struct batch *batch,
							struct task_struct *task)
{
	struct process_slot *process = NULL;
	__u32 flags;

	if (is_of_thread(batch, task))
		process = process_of(batch->instance);
	return process ? process : find_process(task->tgid, &flags);
}

/*
 * A call of one of several threads. Between two of its calls other threads may have made some, on
 * other CPUs; so each has its own stamp, read from the clock. Returns the stamp.
 */
static __always_inline __u64 append_shared(struct batch *batch, __u64 thread,
					   struct task_struct *task, struct process_slot *process,
					   __s64 id, bool is_exec)
{
	/* Read before what it covers: the atomic is there for its order. */
	__u32 epoch = __sync_fetch_and_add(&shared_epoch.value, 0);
	__u64 stamp = now_stamp();
	bool is_open = batch->shared_thread == thread && is_of_thread(batch, task) &&
		       batch->instance == process->instance && batch->lost == (__u32)process->lost;

	if (is_open && stamp < batch->next_stamp)
		stamp = batch->next_stamp;
	if (!is_open || stamp - batch->next_stamp > SKIP_MAX)
		open_segment(batch, task, process, stamp);
	append_call(batch, stamp - batch->next_stamp, id, is_exec);
	batch->shared_thread = thread;
	/* An epoch that is over, where the comm is to be looked at each time: see on_rename(). */
	batch->shared_epoch = process->is_renamed ? epoch - 1 : epoch;
	batch->next_stamp = stamp + 1;
	return stamp;
}

/* A call of a process's only thread. Returns the stamp, which is exact for an exec. */
static __always_inline __u64 append_lone(struct batch *batch, __u64 thread,
					 struct task_struct *task, struct process_slot *process,
					 __s64 id, bool is_exec)
{
	__u64 stamp = 0;

	if (is_exec || batch->lone_thread != thread) {
		__u32 cpu = bpf_get_smp_processor_id();

		stamp = now_stamp();
		if (process->cpu != cpu)
			close_lone_segment(process);
		process->cpu = cpu;
		open_segment(batch, task, process, stamp);
		batch->lone_thread = thread;
	}
	append_call(batch, 0, id, is_exec);
	return stamp;
}

static __always_inline __s64 id_of(struct task_struct *task, long nr)
{
	return is_ia32_call(task) ? IA32_ID_BASE + nr : nr;
}

/* The call's stamp where it is an exec, or NO_CALL where the process is not recorded. */
static __always_inline __u64 record_slowly(struct batch *batch, __u64 thread,
					   struct task_struct *task, __s64 id, bool is_exec)
{
	struct process_slot *process = find_caller(batch, task);

	if (!process)
		return NO_CALL;
	if (!make_room(batch)) {
		count_lost_call(process);
		return now_stamp();
	}
	if (process->is_shared)
		return append_shared(batch, thread, task, process, id, is_exec);
	return append_lone(batch, thread, task, process, id, is_exec);
}

/* Where the batch is being worked on below us: the call can only be counted. */
static __noinline __u64 lose_call(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 flags;
	struct process_slot *process = NULL;

	if (is_recorded(task->tgid))
		process = find_process(task->tgid, &flags);
	if (!process)
		return NO_CALL;
	count_lost_call(process);
	return now_stamp();
}

/* --- the fast way ----------------------------------------------------------------------------- */

/* Of bpf_helpers.h since libbpf 1.5: what is likely stands in one piece. */
#ifndef unlikely
#define unlikely(condition) (__builtin_expect(!!(condition), 0))
#endif

/*
 * Who makes a call, as the fast way needs to know it. What is constant here is so when the compiler
 * has inlined it all: a program that asks for the task has no trace of the cast, which older
 * kernels would refuse to load.
 */
struct caller {
	__u64 thread; /* the key of a segment: its stack, or its tid */
	bool has_task;
	struct task_struct *task; /* if has_task */
};

/* Of the thread whose segment is open. */
static __always_inline bool is_foreign_call(struct caller caller)
{
	return HAS_IA32_CALLS && is_ia32_call(caller.has_task ? caller.task : segment_task());
}

static __always_inline bool append_next(struct batch *batch, struct caller caller, __s64 id)
{
	__u32 at;

	if (unlikely(batch->lone_thread != caller.thread || batch->word_cnt >= batch->word_limit ||
		     (__u64)id >= WORD_SKIP || is_foreign_call(caller)))
		return false;
	/* Read again: kept over the helpers' calls, it took a register that all calls save. */
	at = batch->word_cnt & (BATCH_WORDS - 1);
	batch->words[at] = id;
	batch->word_cnt = at + 1;
	return true;
}

/*
 * Likewise for one of several threads: the segment goes on if it is the thread's, nothing that
 * shared_epoch tells of has happened since, and it is not long ago.
 */
static __always_inline bool append_stamped(struct batch *batch, struct caller caller, __s64 id)
{
	__u64 stamp, skipped;
	__u32 at;

	if (batch->shared_thread != caller.thread || batch->shared_epoch != shared_epoch.value ||
	    batch->word_cnt + 1 >= batch->word_limit || (__u64)id >= WORD_SKIP ||
	    is_foreign_call(caller))
		return false;
	stamp = now_stamp();
	skipped = stamp - batch->next_stamp;
	if (skipped - 1 >= SHORT_SKIP_MAX)
		return false;
	at = batch->word_cnt & (BATCH_WORDS - 1);
	batch->words[at] = WORD_SKIP - 1 + skipped;
	batch->words[at + 1] = id;
	batch->word_cnt = at + 2;
	batch->next_stamp = stamp + 1;
	return true;
}

/* Whatever is not the fast way; ends the stretch that busy marks. */
static __noinline int record_call(struct batch *batch, __u64 thread, long nr)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (!batch)
		return 0;
	if (is_recorded(task->tgid))
		record_slowly(batch, thread, task, id_of(task, nr), false);
	else
		note_stray_call();
	barrier();
	batch->busy = false;
	return 0;
}

/* An exec of any process: whether the new program is recorded shows only later. */
static __always_inline void record_exec(__u64 thread, struct task_struct *task, long nr)
{
	struct batch *batch = this_cpu_batch();
	__u64 stamp = NO_CALL;

	if (!is_recorded(task->tgid)) {
		remember_exec(task, nr, NO_CALL);
		return;
	}
	if (!batch || batch->taken) {
		stamp = lose_call();
	} else {
		batch->busy = true;
		barrier();
		stamp = record_slowly(batch, thread, task, id_of(task, nr), true);
		barrier();
		batch->busy = false;
	}
	remember_exec(task, nr, stamp);
}

/* A call that may be an exec. True: it is none, and to be recorded like any other. */
static __noinline bool pass_exec(__u64 thread, long nr)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (!is_exec(task, nr))
		return is_recorded(task->tgid);
	record_exec(thread, task, nr);
	return false;
}

/* A call of a thread that may be recorded. */
static __always_inline int enter_call(struct caller caller, long nr)
{
	struct batch *batch = this_cpu_batch();

	/* NULL can't be: the map has a place for each possible CPU. */
	if (unlikely(!batch || batch->taken)) {
		lose_call();
		return 0;
	}
	/* The compiler must not move the batch's stores out of the stretch that busy marks. */
	batch->busy = true;
	barrier();
	if (!append_next(batch, caller, nr) && !append_stamped(batch, caller, nr))
		return record_call(batch, caller.thread, nr);
	barrier();
	batch->busy = false;
	return 0;
}

/* False: neither a marked thread's nor an exec, as most calls are; or an exec, and done with. */
static __always_inline bool is_marked_call(__u64 stack, long nr)
{
	__u32 hint = exec_hint(nr);

	/* All that calls of threads that are not recorded pay for, with one branch. */
	if (!(*mark_at(stack) | hint))
		return false;
	return !unlikely(hint) || pass_exec(stack, nr);
}

/* Where there are no marks that one could rely on. */
static __always_inline int enter_call_by_tgid(long nr)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct caller caller = {.thread = task->pid, .has_task = true, .task = task};
	__u32 hint = exec_hint(nr);

	if (!is_recorded(task->tgid) && !hint)
		return 0;
	if (unlikely(hint) && !pass_exec(caller.thread, nr))
		return 0;
	return enter_call(caller, nr);
}

/* The loader takes one of these four: see recorder/hooks.c. */
SEC("tp_btf/sys_enter")
int BPF_PROG(on_sys_enter, struct pt_regs *regs, long nr)
{
	struct caller caller = {.thread = stack_of(regs)};

	return is_marked_call(caller.thread, nr) ? enter_call(caller, nr) : 0;
}

/* Where there is no bpf_rdonly_cast(). */
SEC("tp_btf/sys_enter")
int BPF_PROG(on_sys_enter_asking, struct pt_regs *regs, long nr)
{
	struct caller caller = {.thread = stack_of(regs), .has_task = true};

	if (!is_marked_call(caller.thread, nr))
		return 0;
	caller.task = bpf_get_current_task_btf();
	return enter_call(caller, nr);
}

/* Not a branch of the above: its registers would be saved there, too. */
SEC("tp_btf/sys_enter")
int BPF_PROG(on_sys_enter_by_tgid, struct pt_regs *regs, long nr)
{
	return enter_call_by_tgid(nr);
}

SEC("tp/raw_syscalls/sys_enter")
int on_sys_enter_event(struct trace_event_raw_sys_enter *event)
{
	return enter_call_by_tgid(event->id);
}

#endif
