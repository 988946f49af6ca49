/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RECORDER_RUNNING_H
#define RECORDER_RUNNING_H

#include <stdint.h>

#include "recorder/tracer.h"

/* BPF programs that the kernel lets run over all tasks, and what they are for: what runs already.
 */
struct bpf_link;
struct tracer_bpf;

/* Lets the program run over all tasks. 0 or a negative errno. */
int running__iterate(struct bpf_link *iterator);

/* Can what runs already, and is wanted, be found from here? 0, or -EINVAL after a message. */
int running__check(const struct tracer_config *config);

/* tracer__attach_running() */
int running__take_in(const struct tracer_config *config, struct tracer_bpf *skel,
		     uint32_t *missing_pid);

#endif
