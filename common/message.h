/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef COMMON_MESSAGE_H
#define COMMON_MESSAGE_H

/*
 * Errors, warnings and notices to stderr, one line each, headed by the program's name:
 *
 *     formatter: trace.log:17: the pid is not a number
 *
 * What comes from outside (comms, paths, lines of a log) must go through message__quote() first:
 * a terminal obeys control characters.
 */

/* The name every message starts with; program is kept, not copied. Call it first in main(). */
void message__init(const char *program);

void message__error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void message__warning(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Plain line of information, without the word "warning"; a no-op after message__silence(). */
void message__notice(const char *format, ...) __attribute__((format(printf, 1, 2)));
void message__silence(void);

/*
 * "cannot WHAT PATH: ..." as an error; err is a negative errno. Returns -EIO. An interrupt was the
 * user's wish: of -EINTR nothing is said, and it is returned.
 */
int message__fail(const char *what, const char *path, int err);

/*
 * text with every byte outside printable ASCII as \xHH, cut with "..." at 200 bytes. Returns one of
 * four static buffers in turn: good for the arguments of one message.
 */
const char *message__quote(const char *text);

#endif
