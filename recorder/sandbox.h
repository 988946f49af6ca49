/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RECORDER_SANDBOX_H
#define RECORDER_SANDBOX_H

/*
 * A seccomp filter for what the recorder does once it is attached: read the ring, ask the BPF
 * programs, write files, wait. All other calls fail with ENOSYS; some that only a stranger's code
 * would make end the process (SIGSYS).
 */

/* Whether the kernel has such filters: 0, or a negative errno after a message. */
int sandbox__check(void);

/* From here on it holds, for good. 0, or a negative errno after a message. */
int sandbox__enter(void);

#endif
