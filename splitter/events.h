/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SPLITTER_EVENTS_H
#define SPLITTER_EVENTS_H

#include <stddef.h>

#include "splitter/checkpoints.h"
#include "splitter/complaints.h"
#include "splitter/history.h"

/*
 * Reads the events (JSON Lines, docs/formats.md) from fd into history. A line that is no event is
 * reported to complaints and ignored; event types this program does not know are ignored. Stops
 * with -ENOBUFS where history holds more than memory_bytes, which are taken for some 50 MiB where
 * they are less: a few events must find room in any case.
 *
 * 0 or a negative errno.
 */
int events__read(struct history *history, int fd, size_t memory_bytes,
		 struct complaints *complaints);

/* The same, and the checkpoints with it. */
int events__read_checkpoints(struct history *history, struct checkpoints *checkpoints, int fd,
			     size_t memory_bytes, struct complaints *complaints);

/*
 * The first events of a file, whole lines, and no more than so many: up to the first that is
 * malformed, names a line of the log behind max_line, or is a recording_end
 * without checksums.
 */
int events__read_first(struct history *history, struct checkpoints *checkpoints, int fd,
		       uint64_t max_events, uint64_t max_line);

/* Reads one line. NULL, or what is wrong with it; *err is set where it is memory that is wrong. */
const char *events__read_line(struct history *history, const char *text, size_t len,
			      uint64_t *last_line, int *err);

#endif
