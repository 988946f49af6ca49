/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef COMMON_FOLDER_H
#define COMMON_FOLDER_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Opens the folder at path as a place to find and make names in (O_PATH). A program with the
 * privileges of root must not be led astray: a symbolic link on the way, the last component
 * included, is followed only if the link and the folder that it lies in belong to those whom
 * folder__trusts(). Others are refused whatever they do to the path meanwhile, since each component
 * is opened by itself, and looked at once it is open. An ordinary user follows all links.
 *
 * A descriptor or a negative errno; -EPERM is such a link.
 */
int folder__open(const char *path);

/* What an errno of folder__open() means. */
const char *folder__strerror(int err);

/* Root's word is taken, and that of the user who called sudo. An ordinary user takes everybody's.
 */
bool folder__trusts(uid_t uid);

#endif
