/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RECORDER_HOOKS_H
#define RECORDER_HOOKS_H

/* Where the BPF programs are hooked in: at tracepoints, or, where they could be preempted there, at
 * the events of the same tracepoints. docs/design.md, "Preemption". */

#include <stdbool.h>
#include <stdint.h>

#include "recorder/attachment.h"

struct tracer_bpf;

/* Of programs that do the same, the one that is used. */
struct hooks {
	struct attachment call, fork, rename, exit;
	bool by_mark;            /* calls are known by tracer/marks.bpf.h */
	const char *description; /* behind "calls are told by": a text for people */
};

/* Between open and load; the programs that are not used will not be loaded. */
void hooks__choose(struct hooks *hooks, struct tracer_bpf *skel);

/*
 * Execs that were missed where on_exec() was skipped first times, on_exec_again() second times, and
 * that has made up for so many. is_over: nothing is under way.
 */
uint64_t hooks__missed_execs(uint64_t first, uint64_t second, uint64_t made_up, bool is_over);

/*
 * Runs that the kernel has skipped, but those that another program has made up for. *cnt is what
 * this gave last and never falls. 0, or a negative errno where the kernel does not say; *cnt stays
 * then.
 */
int hooks__count_skipped_runs(const struct tracer_bpf *skel, uint64_t *cnt);

#endif
