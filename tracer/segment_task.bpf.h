/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef TRACER_SEGMENT_TASK_BPF_H
#define TRACER_SEGMENT_TASK_BPF_H

/*
 * Whose the open segment of each CPU is, by the address of its task. Kept, since asking for the
 * current task is a call into the kernel. Not in struct batch: through an address that the recorder
 * could change, whoever got hold of it could read the kernel's memory bit by bit.
 */
struct segment_task {
	__u64 address;
	__u64 unused[7]; /* a cache line each: it is read at each call */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_RDONLY); /* for user space */
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct segment_task);
} segment_tasks SEC(".maps");

static __always_inline struct segment_task *this_cpu_segment_task(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&segment_tasks, &cpu);
}

static __always_inline void keep_segment_task(struct task_struct *task)
{
	struct segment_task *kept = this_cpu_segment_task();

	if (kept)
		kept->address = (__u64)task;
}

/*
 * Since 6.2, commit a35b9af4ec2c. The verifier makes no call of it. Weak: where it is not there,
 * the programs that name it are not loaded.
 */
extern void *bpf_rdonly_cast(const void *pointer, __u32 type_id) __ksym __weak;

/* For reading. */
static __always_inline struct task_struct *segment_task(void)
{
	struct segment_task *kept = this_cpu_segment_task();

	return bpf_rdonly_cast(kept ? (const void *)kept->address : NULL,
			       bpf_core_type_id_kernel(struct task_struct));
}

#endif
