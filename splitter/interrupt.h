/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SPLITTER_INTERRUPT_H
#define SPLITTER_INTERRUPT_H

#include <stdbool.h>

/*
 * SIGINT, SIGTERM and SIGHUP: the first one is noticed here, so that temporary files are taken away
 * before the program ends; a second one ends it at once.
 */

/* 0 or a negative errno. */
int interrupt__catch(void);

bool interrupt__pending(void);

/* Waits until fd can be read without blocking. 0, -EINTR if interrupted, or a negative errno. */
int interrupt__wait_readable(int fd);

/* Ends the program as the caught signal would have; does nothing if there was none. */
void interrupt__raise(void);

#endif
