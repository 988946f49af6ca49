/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RECORDER_PROG_TABLE_H
#define RECORDER_PROG_TABLE_H

#include <stddef.h>

#include "shared.h"

/*
 * Places names in the kernel's hash table `progs` of PROG_PLACES entries, and tries seeds until
 * none lies further than PROG_PROBES_MAX from its own place, which bounds what an exec costs. Equal
 * names take one place. Returns the seed. cnt is at most PROGS_MAX; with that many the table is
 * half full, and a seed is found within a few tries.
 */
__u32 prog_table__fill(struct prog table[PROG_PLACES], const char *const *names, size_t cnt);

#endif
