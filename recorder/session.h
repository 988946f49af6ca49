/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RECORDER_SESSION_H
#define RECORDER_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "recorder/options.h"

/*
 * One recording: the kernel side, the merge and the outputs, wired together, and what is done with
 * them at each tick and at the end. Functions give 0 or a negative errno, after a message.
 */
struct session;

/* Loads the kernel side; nothing is recorded yet. NULL after a message. */
struct session *session__new(const struct options *options);
void session__free(struct session *session);

/*
 * From here on processes are recorded; makes the files. After an error there is nothing to finish.
 */
int session__attach(struct session *session);

/*
 * For privileges__drop(); context is the session: the capabilities without which it could not go
 * on, as far as that shows while none is in effect.
 */
uint64_t session__needed_capabilities(void *context);

/* Waits for records or the next tick, and does what is due then. */
void session__step(struct session *session);

/* Closes the files and begins anew, as log rotation wants it. */
void session__rotate(struct session *session);

/* An output or the recorder itself has failed: there is no point in going on. */
bool session__has_failed(const struct session *session);

/* Recorded processes that descend from COMMAND are still there. */
bool session__has_family(const struct session *session);

/*
 * Detaches, reads everything, closes what is open, writes recording_end and the summary. reason is
 * what recording_end says, unless there was an error: err, a negative errno, or the session's own.
 * Returns the exit status: report.h.
 */
int session__finish(struct session *session, const char *reason, int err);

#endif
