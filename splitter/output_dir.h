/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SPLITTER_OUTPUT_DIR_H
#define SPLITTER_OUTPUT_DIR_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

/*
 * The directory the files go to. They are written into a temporary directory with a name like
 * .formatter-1b2c3d, under their final names, and moved to their place when all of them are
 * complete:
 *
 * - into a DIR that was there before, one by one; so the temporary directory lies in it
 * - as a whole if there was no DIR: then the temporary directory lies beside it, and becomes it
 *
 * Names are single components; no symbolic link is followed, and nothing is replaced unless force
 * was given. Under sudo the files belong to the user who called it.
 */
struct output_dir;

/*
 * mode: of the files, the umask applies to it, too. Nothing is made yet. NULL after a message of
 * its own.
 */
struct output_dir *output_dir__open(const char *path, mode_t mode, bool force);

/* Removes what was not published. Accepts NULL. */
void output_dir__close(struct output_dir *dir);

/* May a file of that name be made? 0, -EEXIST, -EBUSY if it is an input, or a negative errno. */
int output_dir__check(const struct output_dir *dir, const char *name);

/* Whether there was no DIR, and all files are published by output_dir__finish() at once. */
bool output_dir__is_new(const struct output_dir *dir);

/* Whether no name can be taken, so that there is nothing to check. */
bool output_dir__is_empty(const struct output_dir *dir);

/* The open file fd, an input, must not be replaced, force or not. 0 or a negative errno. */
int output_dir__protect(struct output_dir *dir, int fd);

/* To be called once before the first output_dir__write(). 0 or a negative errno. */
int output_dir__prepare(struct output_dir *dir);
bool output_dir__is_prepared(const struct output_dir *dir);

/*
 * Appends to the temporary file of that name, which is made if first is set. iov is used up.
 * Threads may write different files at once. 0 or a negative errno.
 */
int output_dir__write(const struct output_dir *dir, const char *name, bool first, struct iovec *iov,
		      size_t iov_cnt);

/* Moves one file to its place, if that is not done by output_dir__finish() for all at once. */
int output_dir__publish(const struct output_dir *dir, const char *name);

/* After all files were published. 0 or a negative errno. */
int output_dir__finish(struct output_dir *dir);

#endif
