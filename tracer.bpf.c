// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The kernel side: decides which processes are recorded, stamps their calls, collects them per CPU
 * and submits whole batches; reports forks, execs and exits; and counts what it has to leave out.
 * What is done with all that is the recorder's affair. docs/design.md explains the why.
 *
 * Each file in tracer/ has one job and, but for the common ones that come first, its programs.
 */
#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <asm/errno.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "shared.h"

#include "tracer/kernel_types.h"
#include "tracer/maps.bpf.h"
#include "tracer/ring.bpf.h"
#include "tracer/abi.bpf.h"
#include "tracer/marks.bpf.h"
#include "tracer/lookup.bpf.h"
#include "tracer/exec_calls.bpf.h"
#include "tracer/segment_task.bpf.h"

#include "tracer/recorders.bpf.h"
#include "tracer/segments.bpf.h"
#include "tracer/calls.bpf.h"
#include "tracer/processes.bpf.h"
#include "tracer/selection.bpf.h"
#include "tracer/fork.bpf.h"
#include "tracer/exec.bpf.h"
#include "tracer/exit.bpf.h"
#include "tracer/rename.bpf.h"
#include "tracer/attach.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
