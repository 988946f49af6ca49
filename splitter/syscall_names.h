/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SPLITTER_SYSCALL_NAMES_H
#define SPLITTER_SYSCALL_NAMES_H

#include <stddef.h>
#include <stdint.h>

/*
 * Names of the log's syscall numbers, on the machine this runs on: 59 is "execve"; 10011, a call
 * of the ia32 ABI, is "ia32.execve"; 1073742344, one of x32, is "x32.execve". A number that has no
 * name is its own name.
 */
struct syscall_names;

/* The longest there is; a name of the kernel's is far shorter. */
#define SYSCALL_NAME_MAX 47

struct syscall_names *syscall_names__new(void);
void syscall_names__free(struct syscall_names *names);

/* The name, and its length in *len, up to SYSCALL_NAME_MAX; buffer must hold that many and a NUL.
 */
const char *syscall_names__find(const struct syscall_names *names, int64_t syscall_nr, char *buffer,
				size_t *len);

#endif
