/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RECORDER_OUTPUT_H
#define RECORDER_OUTPUT_H

#include "recorder/event_log.h"
#include "recorder/id_log.h"
#include "recorder/process.h"

/* Where everything goes that the merge has put in order: the log, and the events. */
struct output {
	struct id_log *ids;
	struct event_log *events;
	bool threads; /* the log has tids */
	/*
	 * Of the last event of a process. Lines that could not be written after all are none:
	 * events that were made before that was known name later lines than those after it would.
	 */
	uint64_t last_line;
};

/* The merge's output, with an output as its context. */
struct process_output output__of(struct output *output);

/* An event of the process at the log's next line: event_log__begin() with the pid set. */
json_t *output__begin_event(struct output *output, const char *type,
			    const struct process_record *record);

/* What every record of a process has: output__begin_event() with ppid and comm set. */
json_t *output__begin_process_event(struct output *output, const char *type,
				    const struct process_record *record);

/* Calls recorded and lost, as the event of a process's end has them. */
void output__set_counts(json_t *event, const struct process *process);

/* What is being recorded when a recording goes on in new files. */
void output__write_running(struct output *output, const struct process *process);

#endif
