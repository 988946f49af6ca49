/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef TRACER_CALLS_BPF_H
#define TRACER_CALLS_BPF_H

/*
 * The hot path: a call of a recorded process becomes a 16-bit word in its CPU's batch.
 *
 * Who may touch a batch: only programs that run on its CPU, and of these only on_sys_enter() and
 * on_flush(). The first runs with preemption off or, on kernels where it does not, is kept from
 * nesting by the kernel's own recursion check; the second comes by interrupt. Between the two,
 * batch->busy decides, and since both are on one CPU plain stores in program order are enough.
 */

static __always_inline bool is_recorded(__u32 tgid)
{
	/* The mask is for the verifier: a tgid is below PIDS_LIMIT. */
	return recorded_tgids[(tgid / 64) & (PIDS_LIMIT / 64 - 1)] >> (tgid % 64) & 1;
}

static __always_inline struct process_slot *process_of(__u64 instance)
{
	__u32 slot = instance;
	struct process_slot *process = bpf_map_lookup_elem(&processes, &slot);

	return process && process->instance == instance ? process : NULL;
}

/* By tgid; NULL: it is not recorded. *flags: of its pid entry, 0 where it has none. */
static __always_inline struct process_slot *find_process(__u32 tgid, __u32 *flags)
{
	struct pid_entry *entry = bpf_map_lookup_elem(&pids, &tgid);

	*flags = entry ? entry->flags : 0;
	return entry && entry->instance ? process_of(entry->instance) : NULL;
}

static __always_inline struct batch *this_cpu_batch(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&batches, &cpu);
}

static __always_inline void close_segment(struct batch *batch)
{
	/* The mask is for the verifier: segment_start is an index that open_segment() checked. */
	struct segment *segment = (void *)&batch->words[batch->segment_start & (BATCH_WORDS - 1)];

	if (!batch->is_open)
		return;
	segment->word_cnt = batch->word_cnt - batch->segment_start - SEGMENT_WORDS;
	batch->is_open = false;
	/* The next segment must start 8-byte aligned. */
	batch->word_cnt = (batch->word_cnt + 3) & ~3U;
}

/*
 * Hands the batch over and empties it: 0, or a negative errno where the ring has no room, and then
 * the batch stays as it is, closed.
 */
static __noinline int submit_batch(struct batch *batch)
{
	__u64 available = bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA);
	__u64 ring_sz = bpf_ringbuf_query(&ring, BPF_RB_RING_SIZE);
	__u32 word_cnt;
	int err;

	close_segment(batch);
	word_cnt = batch->word_cnt;
	/* For the verifier: on_sys_enter() never fills more than that. */
	if (word_cnt > BATCH_WORDS + WORDS_PER_CALL_MAX)
		word_cnt = BATCH_WORDS + WORDS_PER_CALL_MAX;
	if (available + word_cnt * sizeof(__u16) + ring_reserve > ring_sz)
		return -1;
	batch->info.kind = SUBMIT_CALLS;
	batch->info.sz = sizeof(struct submit_info) + word_cnt * sizeof(__u16);
	err = bpf_ringbuf_output(&ring, &batch->info,
				 sizeof(struct submit_info) + word_cnt * sizeof(__u16),
				 wakeup_flags(available));
	if (!err)
		batch->word_cnt = 0;
	return err;
}

/*
 * Does the open segment go on with this call? The same tid and comm are enough, also where the tid
 * is another thread's by now: then the segment would say the same of both; and of another
 * process's, the instance tells. Comms are compared as two 8-byte halves.
 */
static __always_inline bool segment_is_of(struct batch *batch, struct task_struct *task)
{
	const __u64 *comm = (const __u64 *)task->comm;
	const __u64 *open = (const __u64 *)batch->comm;

	return batch->tid == (__u32)task->pid && batch->tgid == (__u32)task->tgid &&
	       open[0] == comm[0] && open[1] == comm[1] && batch->is_open;
}

/* A new segment for the task, whose first call will be number seq. */
static __always_inline void open_segment(struct batch *batch, struct task_struct *task,
					 __u64 instance, __u64 seq)
{
	const __u64 *comm = (const __u64 *)task->comm;
	__u64 *open = (__u64 *)batch->comm;
	struct segment *segment;

	close_segment(batch);
	batch->segment_start = batch->word_cnt & (BATCH_WORDS - 1);
	segment = (void *)&batch->words[batch->segment_start];
	batch->word_cnt = batch->segment_start + SEGMENT_WORDS;
	batch->tgid = task->tgid;
	batch->tid = task->pid;
	batch->instance = instance;
	batch->next_seq = seq;
	open[0] = comm[0];
	open[1] = comm[1];
	segment->instance = instance;
	segment->seq = seq;
	segment->tgid = batch->tgid;
	segment->tid = batch->tid;
	((__u64 *)segment->comm)[0] = open[0];
	((__u64 *)segment->comm)[1] = open[1];
	segment->unused = 0;
	batch->is_open = true;
}

/* The batch has room for WORDS_PER_CALL_MAX words, and seq - next_seq fits a skip. */
static __always_inline void append_call(struct batch *batch, __u64 seq, __s64 id, bool is_exec)
{
	__u32 skipped = seq - batch->next_seq;
	__u32 at = batch->word_cnt & (BATCH_WORDS - 1);
	__u16 *words = &batch->words[at];

	if (skipped) {
		*words++ = WORD_SKIP + skipped - 1;
		at++;
	}
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
	batch->next_seq = seq + 1;
}

/* Only a process that has had a second thread can be in two calls at once. */
static __always_inline __u64 take_seq(struct process_slot *process)
{
	if (process->is_shared)
		return __sync_fetch_and_add(&process->seq, 1);
	return process->seq++;
}

/*
 * The process of the task's call, if it is recorded: through the open segment, or else by its tgid.
 * *is_open tells which.
 */
static __always_inline struct process_slot *find_caller(struct batch *batch,
							struct task_struct *task, bool *is_open)
{
	struct process_slot *process = NULL;
	__u32 flags;

	*is_open = false;
	if (segment_is_of(batch, task))
		process = process_of(batch->instance);
	if (process) {
		*is_open = true;
		return process;
	}
	return find_process(task->tgid, &flags);
}

/* Room for one call, a segment head included; submits the batch where there is none. */
static __always_inline bool make_room(struct batch *batch, bool *is_open)
{
	if (batch->word_cnt + SEGMENT_WORDS + WORDS_PER_CALL_MAX <= batch_words)
		return true;
	*is_open = false;
	return submit_batch(batch) == 0;
}

/*
 * A call that finds no room takes its number all the same: the hole that it leaves is what tells
 * the recorder where in the process's sequence calls are missing, and how many.
 */
static __always_inline __u64 store_call(struct batch *batch, struct task_struct *task, __s64 id,
					bool is_exec)
{
	bool is_open;
	struct process_slot *process = find_caller(batch, task, &is_open);
	__u64 seq;

	if (!process)
		return NO_CALL;
	if (!make_room(batch, &is_open)) {
		seq = take_seq(process);
		__sync_fetch_and_add(&process->lost, 1);
		return seq;
	}
	seq = take_seq(process);
	if (!is_open || seq - batch->next_seq > WORD_SKIP_MAX)
		open_segment(batch, task, process->instance, seq);
	append_call(batch, seq, id, is_exec);
	return seq;
}

/* As store_call(), where the batch is being worked on below us: only the number can be taken. */
static __noinline __u64 lose_call(struct task_struct *task)
{
	__u32 flags;
	struct process_slot *process = find_process(task->tgid, &flags);

	if (!process)
		return NO_CALL;
	__sync_fetch_and_add(&process->lost, 1);
	return take_seq(process);
}

static __always_inline __u64 record_call(struct task_struct *task, __s64 id, bool is_exec)
{
	struct batch *batch = this_cpu_batch();
	__u64 seq;

	/* NULL can't be: the map has a place for each possible CPU. */
	if (!batch || batch->busy)
		return lose_call(task);
	/* The compiler must not move the batch's stores out of the stretch that busy marks. */
	batch->busy = true;
	barrier();
	seq = store_call(batch, task, id, is_exec);
	barrier();
	batch->busy = false;
	return seq;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(on_sys_enter, struct pt_regs *regs, long nr)
{
	struct task_struct *task = bpf_get_current_task_btf();
	bool is_exec = is_exec_nr(nr) && is_exec_of_abi(task, nr);
	__u64 seq = NO_CALL;
	__s64 id = nr;

	if (is_recorded(task->tgid)) {
		if (is_ia32_call(task))
			id += IA32_ID_BASE;
		seq = record_call(task, id, is_exec);
	}
	if (is_exec)
		remember_exec(task, nr, seq);
	return 0;
}

/*
 * Submits what lies in this CPU's batch. The recorder runs it on each CPU in turn
 * (BPF_PROG_TEST_RUN with BPF_F_TEST_RUN_ON_CPU, since 5.10), where it comes as an interrupt: it
 * may find the batch in the middle of a call, and then says so and is run again. 0: the batch is
 * empty.
 */
SEC("raw_tp")
int on_flush(void *ctx)
{
	struct batch *batch = this_cpu_batch();

	(void)ctx;
	if (!batch || batch->word_cnt == 0)
		return batch && batch->busy;
	if (batch->busy)
		return 1;
	return submit_batch(batch) ? 2 : 0;
}

#endif
