/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RECORDER_PRIVILEGES_H
#define RECORDER_PRIVILEGES_H

#include <stdint.h>

/*
 * Gives up every capability that the recorder has no use for once it is attached, and the way to
 * get new ones (no_new_privs, and the bounding set where we may). find_needed is asked while none
 * is in effect, and answers with those that it can't do without, bit n for capability n; they stay,
 * as far as we had them. 0, or a negative errno after a message.
 */
int privileges__drop(uint64_t (*find_needed)(void *context), void *context);

#endif
