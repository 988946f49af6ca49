/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RECORDER_LOAD_ERROR_H
#define RECORDER_LOAD_ERROR_H

#include <stdint.h>

/* The one message that says why the kernel would not have us, and what to do. */

/* Before anything is tried: 0, or a negative errno after a message. */
int load_error__check(void);

/* After err, a negative errno, of what ("load the BPF programs"). */
void load_error__explain(int err, const char *what, uint64_t ring_bytes);

#endif
