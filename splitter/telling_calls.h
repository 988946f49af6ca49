/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SPLITTER_TELLING_CALLS_H
#define SPLITTER_TELLING_CALLS_H

#include <stdbool.h>

#include "splitter/stream.h"

/*
 * Calls that tell how a sequence began or ended, by their IDs as a sequence may spell them: number,
 * or, with --names, name, of the machine's own ABI or of ia32.
 */
enum telling_call { CALL_EXECVE, CALL_EXECVEAT, CALL_EXIT, CALL_PRCTL, TELLING_CALL_CNT };

#define SPELLING_CNT 4

struct telling_calls {
	packed_id ids[TELLING_CALL_CNT][SPELLING_CNT];
};

void telling_calls__init(struct telling_calls *calls);

bool telling_calls__is(const struct telling_calls *calls, packed_id id, enum telling_call call);

/* Any of those that execute a program. */
bool telling_calls__is_exec(const struct telling_calls *calls, packed_id id);

#endif
