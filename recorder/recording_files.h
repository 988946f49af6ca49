/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RECORDER_RECORDING_FILES_H
#define RECORDER_RECORDING_FILES_H

#include <stdint.h>

#include "recorder/options.h"
#include "recorder/output_file.h"

/*
 * The files of one recording, which are begun together, at its start and at each log rotation.
 * copy and events are NULL where the options want none.
 */
struct recording_files {
	struct output_file *log, *copy, *events;
};

/*
 * All memory that they take, and checksums of what will be written; no file is touched yet. 0, or
 * a negative errno after a message. Either way recording_files__close() is to be called.
 */
int recording_files__new(struct recording_files *files, const struct options *options);
void recording_files__close(struct recording_files *files);

/*
 * Looks whether the files could be made, and touches nothing: 0, or a negative errno after a
 * message.
 */
int recording_files__check(const struct recording_files *files);

/*
 * The log and the events that are to be written next are there, with their names; or, after a
 * message and with a negative errno, neither is and all is as it was.
 */
int recording_files__make(struct recording_files *files);
/* Undoes that. */
void recording_files__drop(struct recording_files *files);
/* What is written from here on goes there. 0, or a negative errno: of closing those before them. */
int recording_files__begin(struct recording_files *files);

/* As output_file__needed_capabilities(), of them all. */
uint64_t recording_files__needed_capabilities(const struct recording_files *files);

#endif
