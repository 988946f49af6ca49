/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SPLITTER_SPLIT_H
#define SPLITTER_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "splitter/complaints.h"
#include "splitter/history.h"
#include "splitter/sequence_file.h"
#include "splitter/syscall_names.h"

/* What is common to all logs of a run. */
struct split_config {
	struct sequence_files files;
	struct strings *strings;
	const struct syscall_names *names; /* or NULL */
	size_t memory_bytes;
	unsigned int jobs;
};

struct split_result {
	uint64_t line_cnt;
	struct complaints complaints; /* of lines; file and what are the caller's to set */
};

/*
 * Takes one log apart into the sequence store, and writes out what does not fit into memory. The
 * blocks of the log are parsed by several threads and put together in their order, so the result is
 * always the same.
 *
 * 0 or a negative errno: -EINTR when interrupted, -ENOBUFS when there are more sequences than
 * memory_bytes allow. Failures to write are reported here and come as -EIO; others are not
 * reported.
 */
int split__log(const struct split_config *config, int fd, const struct history *history,
	       uint32_t life_base, struct split_result *result);

/* Writes all text in memory. last: the sequences end here. Makes the files on the first call. */
int split__write_out(const struct split_config *config, bool last);

#endif
