// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "recorder/attachment.h"
#include "recorder/load_error.h"

/* Where the kernel can't tell when the last program has run. */
#define DETACH_WAIT_US 100000

int attachment__attach(const struct attachment *order, size_t cnt, uint64_t ring_bytes)
{
	for (size_t i = 0; i < cnt; i++) {
		*order[i].link = bpf_program__attach(order[i].program);
		if (!*order[i].link) {
			int err = -errno;

			load_error__explain(err, "attach the BPF programs", ring_bytes);
			return err;
		}
	}
	return 0;
}

/*
 * The tracepoints are unhooked at once, but a CPU may still be in a program, or about to be: the
 * barrier waits for a grace period of RCU, under which tracepoints call their programs.
 */
void attachment__detach(struct bpf_object_skeleton *skeleton, struct bpf_link **const *first,
			size_t cnt)
{
	for (size_t i = 0; i < cnt; i++) {
		bpf_link__destroy(*first[i]);
		*first[i] = NULL;
	}
	bpf_object__detach_skeleton(skeleton);
	/* Kernels with nohz_full CPUs don't have it. Programs run for microseconds. */
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		usleep(DETACH_WAIT_US);
}
