// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The least that any BPF program can cost a call: it does nothing. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("tp_btf/sys_enter")
int on_sys_enter(void *ctx)
{
	(void)ctx;
	return 0;
}
