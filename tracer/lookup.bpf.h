/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef TRACER_LOOKUP_BPF_H
#define TRACER_LOOKUP_BPF_H

/* Is a process recorded, and which slot is its? processes.bpf.h changes that. */

static __always_inline __u64 *recorded_word(__u32 tgid)
{
	/* The mask is for the verifier: a tgid is below PIDS_LIMIT. */
	return &recorded_tgids[(tgid / 64) & (PIDS_LIMIT / 64 - 1)];
}

static __always_inline bool is_recorded(__u32 tgid)
{
	return *recorded_word(tgid) >> (tgid % 64) & 1;
}

static __always_inline struct process_slot *process_of(__u64 instance)
{
	__u32 slot = instance;
	struct process_slot *process = bpf_map_lookup_elem(&processes, &slot);

	return process && process->instance == instance && !process->is_orphan ? process : NULL;
}

/* By tgid; NULL: it is not recorded. *flags: of its pid entry, 0 where it has none. */
static __always_inline struct process_slot *find_process(__u32 tgid, __u32 *flags)
{
	struct pid_entry *entry = bpf_map_lookup_elem(&pids, &tgid);

	*flags = entry ? entry->flags : 0;
	return entry && entry->instance ? process_of(entry->instance) : NULL;
}

#endif
