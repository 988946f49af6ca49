/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef BENCH_NAIVE_H
#define BENCH_NAIVE_H

#include <linux/types.h>

/* Everything about one call, as a recorder that does not think about its cost would send it. */
struct naive_record {
	__u64 time_ns;
	__s64 syscall_nr;
	__u64 arguments[6];
	__u64 uid_gid;
	__u32 kind;
	__u32 cpu;
	__u32 tgid;
	__u32 tid;
	char comm[16];
};

_Static_assert(sizeof(struct naive_record) == 104, "what the comparison says");

#endif
