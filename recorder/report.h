/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RECORDER_REPORT_H
#define RECORDER_REPORT_H

#include <jansson.h>
#include <stdbool.h>

#include "recorder/merge.h"
#include "recorder/tracer.h"

/*
 * What a recording comes to: every counter of both sides, as the events, the summary and the exit
 * status tell it.
 */
struct report {
	struct merge_totals totals;
	struct tracer_losses losses;
	uint64_t lines;            /* in the log, all files of a rotation together */
	uint64_t bad_records;      /* that came through the ring and could not be used */
	uint64_t unwritten_events; /* for want of memory */
	uint64_t deleted_files;    /* by others, while we wrote them */
	uint64_t altered_files;    /* likewise */
	int error;                 /* negative errno: of an output, or of ourselves */
	bool gave_up;              /* a second signal came before all was read */
};

enum { REPORT_COMPLETE = 0, REPORT_FAILED = 1, REPORT_INCOMPLETE = 3 };

/*
 * What has come since an earlier report, as the events of a rotated pair of files tell it:
 * processes that lived then are counted again.
 */
struct report report__since(const struct report *report, const struct report *earlier);

/* Nothing is missing, as far as anybody can know. */
bool report__is_complete(const struct report *report);

/* One of the above. */
int report__exit_status(const struct report *report);

/* The object `records_lost` of recording_end: every counter by its name, zero or not. NULL: no
 * memory. */
json_t *report__records_lost(const struct report *report);

/*
 * On stderr, after the recording:
 *
 *     loader_and_logger: 48213 calls of 12 processes in trace.log, nothing lost
 */
void report__print_summary(const struct report *report, const char *log_path, bool was_rotated);

/*
 * On stderr if that is a terminal, in place of the one before; at most a few times a second:
 *
 *     2 programs, 12 processes, 48213 calls, 9120 calls/s, 0 lost
 */
struct status_line {
	bool is_on;
	bool is_shown;
	uint64_t shown_at_ns;
	uint64_t calls;
	size_t program_cnt;
	bool all_programs;
};

void status_line__init(struct status_line *line, bool quiet, size_t program_cnt, bool all_programs);
void status_line__show(struct status_line *line, const struct report *report, uint64_t now_ns);
/* Leaves the line, so that what follows does not stand behind it. */
void status_line__end(struct status_line *line);

#endif
