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

#endif
