/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SPLITTER_DAMAGE_H
#define SPLITTER_DAMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "splitter/checkpoints.h"
#include "splitter/stretches.h"

/* What is said of a stretch of the log that is not as it was recorded; all of it as it was then. */

/* "lines 65537 to 131072 (bytes 812345 to 1623999)" */
void damage__describe_place(char *text, size_t size, const struct stretch *stretch);

/*
 * "2 lines are missing". lines: that it has now; log_bytes: that the log has now; last: checkpoint.
 */
void damage__describe(char *text, size_t size, const struct stretch *stretch, uint64_t lines,
		      uint64_t log_bytes, const struct checkpoint *last);

#endif
