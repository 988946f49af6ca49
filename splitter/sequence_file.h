/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SPLITTER_SEQUENCE_FILE_H
#define SPLITTER_SEQUENCE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "splitter/grouping.h"
#include "splitter/output_dir.h"
#include "splitter/sequence_store.h"

/* With its NUL; why no name is longer is told by tests/unit/test_sequence_file.c. */
#define SEQUENCE_NAME_SIZE 80

/*
 * bash:1042.log, bash:1042.2.log, and by pid 1042.log, by comm bash.log. Two sequences never have
 * the same name: what stands between the last colon and .log is numbers and dots only.
 */
void sequence_file__name(char name[SEQUENCE_NAME_SIZE], enum grouping grouping,
			 const struct sequence_store *store, const struct sequence *sequence);

struct sequence_files {
	struct output_dir *dir;
	struct sequence_store *store;
	enum grouping grouping;
	unsigned int jobs;
};

/*
 * Each of these does its work for all sequences and returns 0 or a negative errno, -EINTR when
 * interrupted. Errors are reported, with the name of the file.
 *
 * __check: is any of the names taken? __write: write what text is in memory, and with last set the
 * newline at the end. __publish: move them to their place. Sequences must have been numbered.
 */
int sequence_file__check(const struct sequence_files *files);
int sequence_file__write(const struct sequence_files *files, bool last);
int sequence_file__publish(const struct sequence_files *files);

#endif
