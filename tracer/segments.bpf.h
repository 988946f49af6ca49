/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef TRACER_SEGMENTS_BPF_H
#define TRACER_SEGMENTS_BPF_H

/*
 * Each CPU's batch, and the segments in it: opened, closed and submitted here, filled by
 * calls.bpf.h.
 *
 * Who may touch a batch: only programs that run on its CPU, and of these only on_sys_enter() and
 * on_flush(). The first runs with preemption off or, where it has to run with preemption on, is
 * kept from nesting by the kernel's own recursion check; the second comes by interrupt. Between the
 * two, batch->busy decides, and since both are on one CPU plain stores in program order are enough.
 * The one exception is lone_thread, which other CPUs may set to 0: that only sends a call the slow
 * way.
 */

static __always_inline struct batch *this_cpu_batch(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&batches, &cpu);
}

static __always_inline __u64 now_stamp(void)
{
	return bpf_ktime_get_ns() / STAMP_NS;
}

/* --- segments --------------------------------------------------------------------------------- */

/* Each thread that has a segment open looks again whether that goes on. */
static __always_inline void end_shared_epoch(void)
{
	__u32 epoch = __sync_fetch_and_add(&shared_epoch.value, 1);

	/* Used, so that the atomic orders: what has changed is seen by who sees the new epoch. */
	barrier_var(epoch);
}

/* The next call of the process, which has one thread, opens a segment. */
static __always_inline void close_lone_segment(struct process_slot *process)
{
	__u32 cpu = process->cpu;
	struct batch *batch = bpf_map_lookup_elem(&batches, &cpu);

	if (batch && batch->tgid == process->tgid)
		batch->lone_thread = 0;
}

/* Whichever of its threads makes the next call, it opens a segment. */
static __always_inline void close_segments_of(struct process_slot *process)
{
	if (process->is_shared)
		end_shared_epoch();
	else
		close_lone_segment(process);
}

/* The next call that is stored opens a segment, whose head tells of it. */
static __always_inline void count_lost_call(struct process_slot *process)
{
	__sync_fetch_and_add(&process->lost, 1);
	close_segments_of(process);
}

static __always_inline void close_segment(struct batch *batch)
{
	/* The mask is for the verifier: segment_start is an index that open_segment() checked. */
	struct segment *segment = (void *)&batch->words[batch->segment_start & (BATCH_WORDS - 1)];

	batch->lone_thread = batch->shared_thread = 0;
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

/* The open segment is of this thread, under this comm. Comms are compared as 8-byte halves. */
static __always_inline bool has_comm(const struct batch *batch, struct task_struct *task)
{
	const __u64 *comm = (const __u64 *)task->comm;
	const __u64 *open = (const __u64 *)batch->comm;

	return open[0] == comm[0] && open[1] == comm[1];
}

static __always_inline bool is_of_thread(const struct batch *batch, struct task_struct *task)
{
	return batch->is_open && batch->tid == (__u32)task->pid &&
	       batch->tgid == (__u32)task->tgid && has_comm(batch, task);
}

/* A new segment for the task, whose first call will have the stamp. */
static __always_inline void open_segment(struct batch *batch, struct task_struct *task,
					 struct process_slot *process, __u64 stamp)
{
	const __u64 *comm = (const __u64 *)task->comm;
	__u64 *open = (__u64 *)batch->comm;
	struct segment *segment;

	close_segment(batch);
	batch->segment_start = batch->word_cnt & (BATCH_WORDS - 1);
	segment = (void *)&batch->words[batch->segment_start];
	batch->word_cnt = batch->segment_start + SEGMENT_WORDS;
	batch->word_limit = batch_words;
	if (HAS_IA32_CALLS)
		keep_segment_task(task);
	batch->tgid = task->tgid;
	batch->tid = task->pid;
	batch->instance = process->instance;
	batch->lost = process->lost;
	batch->next_stamp = stamp;
	open[0] = comm[0];
	open[1] = comm[1];
	segment->instance = batch->instance;
	segment->stamp = stamp;
	segment->tgid = batch->tgid;
	segment->tid = batch->tid;
	((__u64 *)segment->comm)[0] = open[0];
	((__u64 *)segment->comm)[1] = open[1];
	segment->lost = batch->lost;
	batch->is_open = true;
}

/* --- the recorder's programs ------------------------------------------------------------------ */

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
		return batch && batch->taken;
	if (batch->taken)
		return 1;
	return submit_batch(batch) ? 2 : 0;
}

/* What the time is: the recorder asks before it lets batches be submitted. */
SEC("raw_tp")
int on_clock(void *ctx)
{
	(void)ctx;
	clock_stamp = now_stamp();
	return 0;
}

#endif
