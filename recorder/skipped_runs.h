/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RECORDER_SKIPPED_RUNS_H
#define RECORDER_SKIPPED_RUNS_H

#include <stdbool.h>
#include <stdint.h>

struct tracer_bpf;

/*
 * Runs of BPF programs that the kernel has skipped, by its recursion check: each may have been a
 * call or an event. Those that another program has made up for do not count; docs/design.md,
 * "Preemption".
 */
struct skipped_runs {
	uint64_t missed_execs;
	uint64_t others;
	bool is_unknown; /* the kernel did not say once */
};

/* What is known now. Once the tracer detaches, execs that nobody looks for are not missed. */
void skipped_runs__update(struct skipped_runs *skipped, const struct tracer_bpf *skel);

/* How many. Where nobody can say that none was, that counts as one. */
uint64_t skipped_runs__cnt(const struct skipped_runs *skipped);

/*
 * Execs that were missed, where on_exec() was skipped first times and on_exec_again() second times,
 * and that has made up for the other so often.
 */
uint64_t skipped_runs__missed_execs(uint64_t first, uint64_t second, uint64_t made_up);

#endif
