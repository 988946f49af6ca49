/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RECORDER_PROG_TABLE_H
#define RECORDER_PROG_TABLE_H

#include <stddef.h>

#include "shared.h"

/* The kernel's hash table of program names, shared.h. */
struct prog_table {
	struct prog *places;
	__u32 place_cnt; /* a power of two */
	__u32 seed;
};

/* cnt is at most PROGS_MAX; equal names take one place. 0 or -ENOMEM. */
int prog_table__init(struct prog_table *table, const char *const *names, size_t cnt);
void prog_table__free(struct prog_table *table);

#endif
