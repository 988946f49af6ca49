/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RECORDER_RUNNING_H
#define RECORDER_RUNNING_H

#include <stdint.h>

#include "recorder/tracer.h"

/* What runs already: BPF programs that the kernel lets run over all tasks. */
struct bpf_link;
struct tracer_bpf;

/* Lets the program run over all tasks. 0 or a negative errno. */
int running__iterate(struct bpf_link *iterator);

/* Can all processes that the configuration speaks of be found from here? 0, or -EINVAL after a
 * message. */
int running__check(const struct tracer_config *config);

/* tracer__attach_running() */
int running__take_in(const struct tracer_config *config, struct tracer_bpf *skel,
		     uint32_t *missing_pid);

#endif
