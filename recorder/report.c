// SPDX-License-Identifier: BSD-2-Clause
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/message.h"
#include "recorder/report.h"

#define STATUS_INTERVAL_NS 500000000ULL
#define NS_PER_S 1e9

/* Everything that can be missing besides calls; one line for a new counter. */
struct loss {
	const char *name;
	const char *text;
	uint64_t cnt;
};

#define LOSS_KINDS 10

static void list_losses(const struct report *report, struct loss losses[LOSS_KINDS])
{
	const struct loss all[LOSS_KINDS] = {
		{"processes_not_taken_in",
		 "processes could not be recorded: --max-processes is too small",
		 report->losses.processes_not_taken_in},
		{"process_records", "events of processes found no room in the ring buffer",
		 report->losses.process_records},
		{"execs_not_remembered",
		 "execs may stand in the wrong place: there was no room to remember them",
		 report->losses.execs_not_remembered},
		{"execs_not_awaited",
		 "execs may stand in the wrong place: too much waited for them",
		 report->totals.execs_not_awaited},
		{"unwritten_events", "events were left out: no memory", report->unwritten_events},
		{"skipped_runs", "runs of a BPF program were skipped by the kernel",
		 report->losses.skipped_runs},
		{"bad_records", "records could not be used: no memory, or a defect",
		 report->bad_records},
		{"unwritten_calls", "calls were recorded and could not be written",
		 report->totals.calls - report->lines},
		{"deleted_files", "output files were deleted while they were written",
		 report->deleted_files},
		{"altered_files", "output files were cut or written to by others",
		 report->altered_files},
	};

	memcpy(losses, all, sizeof(all));
}

struct report report__since(const struct report *report, const struct report *earlier)
{
	struct report since = *report;

	since.lines -= earlier->lines;
	since.bad_records -= earlier->bad_records;
	since.totals.calls -= earlier->totals.calls;
	since.totals.lost -= earlier->totals.lost;
	since.totals.execs_not_awaited -= earlier->totals.execs_not_awaited;
	since.totals.misplaced -= earlier->totals.misplaced;
	/* Of one that was not awaited before, it may be told now that it has succeeded. */
	if (since.totals.execs_not_awaited < since.totals.misplaced)
		since.totals.execs_not_awaited = since.totals.misplaced;
	since.totals.processes -= earlier->totals.processes - earlier->totals.live;
	since.losses.processes_not_taken_in -= earlier->losses.processes_not_taken_in;
	since.losses.process_records -= earlier->losses.process_records;
	since.unwritten_events -= earlier->unwritten_events;
	since.deleted_files -= earlier->deleted_files;
	since.altered_files -= earlier->altered_files;
	since.losses.execs_not_remembered -= earlier->losses.execs_not_remembered;
	since.losses.skipped_runs -= earlier->losses.skipped_runs;
	since.totals.unstarted -= earlier->totals.unstarted;
	/* A start that was lost before may be missed only by what comes out now. */
	if (since.losses.process_records < since.totals.unstarted)
		since.losses.process_records = since.totals.unstarted;
	return since;
}

bool report__is_complete(const struct report *report)
{
	struct loss losses[LOSS_KINDS];

	list_losses(report, losses);
	for (int i = 0; i < LOSS_KINDS; i++)
		if (losses[i].cnt)
			return false;
	return !report->totals.lost && !report->error && !report->gave_up;
}

int report__exit_status(const struct report *report)
{
	if (report->error)
		return REPORT_FAILED;
	return report__is_complete(report) ? REPORT_COMPLETE : REPORT_INCOMPLETE;
}

json_t *report__records_lost(const struct report *report)
{
	struct loss losses[LOSS_KINDS];
	json_t *object = json_object();

	list_losses(report, losses);
	for (int i = 0; i < LOSS_KINDS; i++) {
		if (json_object_set_new(object, losses[i].name, json_integer(losses[i].cnt))) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

void report__print_summary(const struct report *report, const char *log_path, bool was_rotated)
{
	const struct merge_totals *totals = &report->totals;
	struct loss losses[LOSS_KINDS];

	list_losses(report, losses);
	message__notice("%" PRIu64 " call%s of %" PRIu64 " process%s in %s%s, %s", report->lines,
			report->lines == 1 ? "" : "s", totals->processes,
			totals->processes == 1 ? "" : "es",
			strcmp(log_path, "-") ? message__quote(log_path) : "standard output",
			was_rotated ? " and the files before it" : "",
			report__is_complete(report) ? "nothing lost" : "INCOMPLETE:");
	if (totals->lost)
		message__notice("  %" PRIu64 " calls lost: a larger --buffer may help",
				totals->lost);
	for (int i = 0; i < LOSS_KINDS; i++)
		if (losses[i].cnt)
			message__notice("  %" PRIu64 " %s", losses[i].cnt, losses[i].text);
	if (report->gave_up)
		message__notice("  stopped by a second signal before everything was read");
	if (report->error)
		message__notice("  ended by an error: %s", strerror(-report->error));
}

void status_line__init(struct status_line *line, bool quiet, size_t program_cnt, bool all_programs)
{
	*line = (struct status_line){.is_on = !quiet && isatty(STDERR_FILENO),
				     .program_cnt = program_cnt,
				     .all_programs = all_programs};
}

void status_line__show(struct status_line *line, const struct report *report, uint64_t now_ns)
{
	const struct merge_totals *totals = &report->totals;
	double seconds = (now_ns - line->shown_at_ns) / NS_PER_S;
	char programs[32];

	if (!line->is_on || now_ns - line->shown_at_ns < STATUS_INTERVAL_NS)
		return;
	if (line->all_programs)
		snprintf(programs, sizeof(programs), "all");
	else
		snprintf(programs, sizeof(programs), "%zu", line->program_cnt);
	fprintf(stderr,
		"\r%s programs, %" PRIu64 " processes, %" PRIu64 " calls, %.0f calls/s, %" PRIu64
		" lost\033[K",
		programs, totals->live, totals->calls, (totals->calls - line->calls) / seconds,
		totals->lost);
	line->is_shown = true;
	line->shown_at_ns = now_ns;
	line->calls = totals->calls;
}

void status_line__end(struct status_line *line)
{
	if (line->is_shown)
		fputc('\n', stderr);
	line->is_shown = false;
}
