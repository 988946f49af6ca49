// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The naive way to record calls: one record each, through the ring buffer, with its default
 * wake-ups. A process is recorded if its tgid is in a hash map; a fork puts the child's there.
 */
#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "bench/naive.h"
#include "tracer/kernel_types.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 * 1024 * 1024);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, __u32);
	__type(value, __u8);
} tgids SEC(".maps");

__u64 drop_cnt;

static __always_inline void fill(struct naive_record *record, __u64 pid_tgid, long syscall_nr)
{
	record->time_ns = bpf_ktime_get_ns();
	record->syscall_nr = syscall_nr;
	record->uid_gid = bpf_get_current_uid_gid();
	record->kind = 0;
	record->cpu = bpf_get_smp_processor_id();
	record->tgid = pid_tgid >> 32;
	record->tid = (__u32)pid_tgid;
	bpf_get_current_comm(record->comm, sizeof(record->comm));
}

/* A reserved record for this call, but for its arguments; NULL: not wanted, or no room. */
static __always_inline struct naive_record *begin(long syscall_nr)
{
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	__u32 tgid = pid_tgid >> 32;
	struct naive_record *record;

	if (!bpf_map_lookup_elem(&tgids, &tgid))
		return NULL;
	record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);
	if (!record) {
		__sync_fetch_and_add(&drop_cnt, 1);
		return NULL;
	}
	fill(record, pid_tgid, syscall_nr);
	return record;
}

/* What the tracepoint hands over: include/trace/events/syscalls.h. */
struct sys_enter_args {
	__u64 common;
	long syscall_nr;
	unsigned long arguments[6];
};

SEC("tp/raw_syscalls/sys_enter")
int on_sys_enter_tp(struct sys_enter_args *ctx)
{
	struct naive_record *record = begin(ctx->syscall_nr);

	if (!record)
		return 0;
	for (int i = 0; i < 6; i++)
		record->arguments[i] = ctx->arguments[i];
	bpf_ringbuf_submit(record, 0);
	return 0;
}

/* Where tracefs is not to be had: the same from the raw tracepoint, arguments from the registers.
 */
SEC("raw_tp/sys_enter")
int on_sys_enter_raw(struct bpf_raw_tracepoint_args *ctx)
{
	struct naive_record *record = begin(ctx->args[1]);

	if (!record)
		return 0;
	bpf_probe_read_kernel(record->arguments, sizeof(record->arguments), (void *)ctx->args[0]);
	bpf_ringbuf_submit(record, 0);
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	__u32 tgid = parent->tgid, child_tgid = child->tgid;
	__u8 yes = 1;

	if (child_tgid != tgid && bpf_map_lookup_elem(&tgids, &tgid))
		bpf_map_update_elem(&tgids, &child_tgid, &yes, BPF_ANY);
	return 0;
}
