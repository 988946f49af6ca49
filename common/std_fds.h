/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef COMMON_STD_FDS_H
#define COMMON_STD_FDS_H

/*
 * To be called before any file is opened: a program may be started with standard input, output or
 * error closed, and the next file would take their place, and get what is written there. They
 * become descriptors that fail instead. What is left in stdout at the end and can't be written
 * makes the exit status 1.
 */
void std_fds__secure(void);

#endif
