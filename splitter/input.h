/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SPLITTER_INPUT_H
#define SPLITTER_INPUT_H

/* The files of a recording: each function gives 0, or a negative errno after a message. */

/* "-" is the standard input, which stays open; anything else is the caller's to close. */
int input__open_log(const char *log, int *fd);

/*
 * given is what --events says, or NULL. *fd is -1 where there are no events; *path, their name, is
 * to be freed, and may be NULL.
 */
int input__open_events(const char *log, const char *given, char **path, int *fd);

/* "cannot WHAT PATH: ...": the message, and -EIO. */
int input__fail(const char *what, const char *path, int err);

#endif
