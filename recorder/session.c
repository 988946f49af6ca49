// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/checkpoint.h"
#include "common/message.h"
#include "common/clock.h"
#include "recorder/output.h"
#include "recorder/preamble.h"
#include "recorder/record.h"
#include "recorder/recording_files.h"
#include "recorder/report.h"
#include "recorder/session.h"
#include "recorder/signals.h"
#include "recorder/thread.h"
#include "recorder/tracer.h"

/*
 * How long a call may lie in a batch: with that much again for the reader to be scheduled, it is in
 * the log well within 200 ms.
 */
#define TICK_MS 40
#define NS_PER_MS 1000000ULL

/* How long to wait for an exec to succeed or be followed by another call, before asking. */
#define EXEC_PATIENCE_NS (60 * NS_PER_MS)

/* A reader that is stopped or starved for long finds the ring full; then it takes several rounds.
 */
#define FLUSH_ROUNDS_MAX 100

/*
 * A checkpoint says of all before it that it is as it was written. So often that damage is located
 * well, and so seldom that one line in some hundred thousand is the price of it.
 */
#define CHECKPOINT_LINES 65536
#define CHECKPOINT_NS (1000 * NS_PER_MS)

struct session {
	const struct options *options;
	struct tracer *tracer;
	struct merge *merge;
	struct recording_files files;
	struct output output;
	struct report report;
	struct report before; /* what is in earlier files, before a rotation */
	struct status_line status_line;
	uint64_t next_tick_ns;
	uint64_t checkpoint_lines; /* of the log, at the last checkpoint */
	uint64_t checkpoint_ns;
};

/* --- setting up ------------------------------------------------------------------------------- */

static struct tracer *new_tracer(const struct options *options)
{
	struct tracer_config config = {
		.programs = options->programs,
		.program_cnt = options->program_cnt,
		.pids = options->pids,
		.pid_cnt = options->pid_cnt,
		.ring_bytes = options->ring_bytes,
		.process_max = options->process_max,
		.record_all = options->record_all,
		.follow = options->follow,
		.threads = options->threads,
		.running = options->running,
		.has_command = options->command,
		.verbose = options->verbose,
		.give_up = signals__wants_give_up,
	};

	return tracer__new(&config);
}

/* All memory that the outputs take; no file is touched yet. */
static int new_outputs(struct session *session)
{
	int err = recording_files__new(&session->files, session->options);

	if (err)
		return err;
	session->output.ids = id_log__new(session->files.log, session->files.copy);
	session->output.events = event_log__new(session->files.events);
	session->output.threads = session->options->threads;
	if (session->output.ids && session->output.events)
		return 0;
	message__error("no memory to set up the recording");
	return -ENOMEM;
}

static void write_start(struct session *session, uint64_t time_ns)
{
	json_t *event = event_log__begin(session->output.events, "recording_start", time_ns, 1);

	preamble__fill(event, session->options);
	event_log__write(session->output.events, event);
}

struct session *session__new(const struct options *options)
{
	struct session *session = calloc(1, sizeof(*session));
	struct process_output output;

	if (!session) {
		message__error("no memory to set up the recording");
		return NULL;
	}
	session->options = options;
	status_line__init(&session->status_line, options->quiet, options->program_cnt,
			  options->record_all);
	session->tracer = new_tracer(options);
	if (!session->tracer)
		goto fail;
	output = output__of(&session->output);
	session->merge = merge__new(options->process_max, options->threads, &output);
	if (session->merge)
		return session;
	message__error("no memory to set up the recording");
fail:
	session__free(session);
	return NULL;
}

void session__free(struct session *session)
{
	if (!session)
		return;
	tracer__free(session->tracer);
	merge__free(session->merge);
	id_log__free(session->output.ids);
	event_log__free(session->output.events);
	recording_files__close(&session->files);
	free(session);
}

static void follow_kernel_clock(struct session *session)
{
	uint64_t before_ns = clock__now_ns(), stamp = tracer__clock(session->tracer);

	/* Of the stamp's nanoseconds, any. */
	if (stamp)
		clock__follow_kernel(before_ns, (stamp + 1) * STAMP_NS - 1);
}

int session__attach(struct session *session)
{
	uint32_t missing_pid = 0;
	uint64_t start_ns;
	int err;

	follow_kernel_clock(session);
	start_ns = clock__now_ns();
	err = tracer__attach(session->tracer);
	if (!err)
		err = tracer__attach_running(session->tracer, &missing_pid);
	if (err)
		return err;
	if (missing_pid) {
		message__error("--pid: there is no process %u that could be recorded", missing_pid);
		return -ESRCH;
	}
	/* Only now: a recording that can't start leaves the files of the last one alone. */
	err = new_outputs(session);
	if (!err)
		err = recording_files__check(&session->files);
	if (!err)
		err = recording_files__make(&session->files);
	if (err)
		return err;
	recording_files__begin(&session->files);
	write_start(session, start_ns);
	session->checkpoint_ns = start_ns;
	return 0;
}

/* --- while it runs ---------------------------------------------------------------------------- */

static void receive(void *context, const struct submit_info *record, uint32_t sz)
{
	struct session *session = context;

	if (record__dispatch(session->merge, record, sz))
		session->report.bad_records++;
}

static void end_orphan(void *context, const struct tracer_process *process)
{
	struct session *session = context;

	if (record__end_unseen(session->merge, process->instance, process->tgid, process->lost,
			       tracer__clock(session->tracer)))
		session->report.bad_records++;
}

static void note_error(struct session *session, struct output_file *file)
{
	if (!file || session->report.error || !output_file__error(file))
		return;
	session->report.error = output_file__error(file);
	status_line__end(&session->status_line);
	message__error("cannot write %s: %s: the recording ends here",
		       strcmp(output_file__path(file), "-")
			       ? message__quote(output_file__path(file))
			       : "standard output",
		       strerror(-session->report.error));
}

static void note_harm(struct session *session, struct output_file *file)
{
	enum output_harm harm = output_file__find_harm(file);
	const char *path;

	if (harm == OUTPUT_UNHARMED)
		return;
	status_line__end(&session->status_line);
	path = message__quote(output_file__path(file));
	if (harm == OUTPUT_DELETED) {
		session->report.deleted_files++;
		message__warning("%s was deleted, and what is written to it with it: SIGHUP begins "
				 "a new file",
				 path);
	} else {
		session->report.altered_files++;
		message__warning("%s was cut or written to by somebody else: SIGHUP begins a new "
				 "file",
				 path);
	}
}

/* Lines before events: what an event says of the log shall be there. */
static void write_out(struct session *session)
{
	struct output_file *files[] = {session->files.log, session->files.copy,
				       session->files.events};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (!files[i])
			continue;
		output_file__flush(files[i]);
		note_error(session, files[i]);
		note_harm(session, files[i]);
	}
}

/* merge.h says what a round is. 0: it is complete; one that was given up proves nothing. */
static int run_round(struct session *session)
{
	int err, read_err;

	err = tracer__read(session->tracer, receive, session);
	if (err)
		return err;
	merge__begin_round(session->merge, tracer__clock(session->tracer));
	err = tracer__flush(session->tracer, receive, session);
	read_err = tracer__read(session->tracer, receive, session);
	if (!err)
		err = read_err;
	if (!err)
		merge__end_round(session->merge);
	return err;
}

static void update_report(struct session *session)
{
	session->report.totals = merge__totals(session->merge);
	session->report.lines = id_log__total(session->output.ids);
	session->report.losses = tracer__losses(session->tracer);
	session->report.unwritten_events = event_log__dropped(session->output.events);
}

/* --- checksums -------------------------------------------------------------------------------- */

static void set_checksums(struct session *session, json_t *event)
{
	char text[CHECKPOINT_HASH_SZ];

	if (!event)
		return;
	event_log__set_int(event, "bytes", output_file__bytes(session->files.log));
	checkpoint__format_hash(text, output_file__hash(session->files.log, NULL, 0));
	event_log__set_text(event, "log_xxh3", text);
}

static bool is_checkpoint_due(const struct session *session, uint64_t now_ns)
{
	uint64_t lines = id_log__lines(session->output.ids) - session->checkpoint_lines;

	/* What was not written is the affair of the recording's end. */
	if (!session->files.events || session->report.error)
		return false;
	return lines >= CHECKPOINT_LINES ||
	       (lines && now_ns - session->checkpoint_ns >= CHECKPOINT_NS);
}

/* Everything so far is in the files. */
static void write_checkpoint(struct session *session, uint64_t now_ns)
{
	uint64_t lines = id_log__lines(session->output.ids);
	json_t *event = event_log__begin(session->output.events, "checkpoint", now_ns, lines + 1);

	if (!event)
		return;
	set_checksums(session, event);
	if (event_log__write_sealed(session->output.events, event)) {
		note_error(session, session->files.events);
		return;
	}
	/* Only now: one that did not get into the file does not end a stretch. */
	output_file__restart_hash(session->files.log);
	session->checkpoint_lines = lines;
	session->checkpoint_ns = now_ns;
}

static void tick(struct session *session, uint64_t now_ns)
{
	run_round(session);
	if (merge__has_open_exec(session->merge, now_ns, EXEC_PATIENCE_NS)) {
		tracer__check_execs(session->tracer);
		tracer__read(session->tracer, receive, session);
	}
	tracer__collect_orphans(session->tracer, end_orphan, session);
	write_out(session);
	if (is_checkpoint_due(session, now_ns))
		write_checkpoint(session, now_ns);
	if (session->status_line.is_on) {
		update_report(session);
		status_line__show(&session->status_line, &session->report, now_ns);
	}
}

void session__step(struct session *session)
{
	struct pollfd ring = {.fd = tracer__ring_fd(session->tracer), .events = POLLIN};
	uint64_t now_ns = clock__now_ns();

	if (now_ns < session->next_tick_ns) {
		poll(&ring, 1, (session->next_tick_ns - now_ns + NS_PER_MS - 1) / NS_PER_MS);
		now_ns = clock__now_ns();
	}
	tracer__read(session->tracer, receive, session);
	if (now_ns >= session->next_tick_ns) {
		tick(session, now_ns);
		session->next_tick_ns = clock__now_ns() + TICK_MS * NS_PER_MS;
	}
}

bool session__has_failed(const struct session *session)
{
	return session->report.error;
}

bool session__has_family(const struct session *session)
{
	return tracer__family_live(session->tracer) > 0;
}

static json_t *new_end(struct session *session, const char *reason)
{
	struct report report = report__since(&session->report, &session->before);
	json_t *event = event_log__begin(session->output.events, "recording_end", 0,
					 id_log__lines(session->output.ids) + 1);

	event_log__set_int(event, "lines", report.lines);
	event_log__set_int(event, "processes", report.totals.processes);
	event_log__set_int(event, "calls_lost", report.totals.lost);
	event_log__set(event, "records_lost", report__records_lost(&report));
	event_log__set_bool(event, "complete", report__is_complete(&report));
	event_log__set_text(event, "reason", reason);
	set_checksums(session, event);
	return event;
}

/* --- privileges ------------------------------------------------------------------------------- */

uint64_t session__needed_capabilities(void *context)
{
	struct session *session = context;
	uint64_t needed = recording_files__needed_capabilities(&session->files);

	/*
	 * Without it, where kernel.unprivileged_bpf_disabled is set, bpf(2) did nothing
	 * before 5.19, and loads no programs since (c8644cd0efe7); we have none to load.
	 */
	if (tracer__rehearse(session->tracer) == -EPERM)
		needed |= 1ULL << CAP_BPF;
	return needed;
}

/* --- log rotation ----------------------------------------------------------------------------- */

/* Each file pair is a recording of its own: the process begins in it as one that runs already. */
static void write_running(void *context, struct process *process)
{
	struct session *session = context;

	process->lines = process->lost_here = 0;
	output__write_running(&session->output, process);
}

static void end_by(struct session *session, int err, const char *what)
{
	session->report.error = err;
	status_line__end(&session->status_line);
	message__error("%s: the recording ends here", what);
}

void session__rotate(struct session *session)
{
	int err;

	write_out(session);
	if (session->report.error)
		return;
	/* Before the end is written: if they can't be had, it is in the events that we have. */
	err = recording_files__make(&session->files);
	if (err) {
		end_by(session, err, "no new files can be begun");
		return;
	}
	update_report(session);
	err = event_log__write_sealed(session->output.events, new_end(session, "rotation"));
	/* Where there is no memory for it, the next files count it among what they miss. */
	if (err)
		note_error(session, session->files.events);
	if (session->report.error) {
		recording_files__drop(&session->files);
		return;
	}
	err = recording_files__begin(&session->files);
	if (err)
		end_by(session, err, "the files before these cannot be closed");
	id_log__restart(session->output.ids);
	session->output.last_line = 0;
	session->checkpoint_lines = 0;
	session->checkpoint_ns = clock__now_ns();
	write_start(session, 0);
	merge__for_each(session->merge, write_running, session);
	session->before = session->report;
}

/* --- ending ----------------------------------------------------------------------------------- */

static void set_lost(void *context, const struct tracer_process *process)
{
	struct session *session = context;

	merge__set_lost(session->merge, process->instance, process->tgid, process->lost);
}

/* Everything that was collected before the detach; and what is open then, is closed. */
static void drain(struct session *session)
{
	int rounds = 0;

	tracer__read(session->tracer, receive, session);
	tracer__for_each(session->tracer, set_lost, session);
	tracer__collect_orphans(session->tracer, end_orphan, session);
	while (run_round(session)) {
		if (signals__wants_give_up() || ++rounds == FLUSH_ROUNDS_MAX) {
			session->report.gave_up = true;
			break;
		}
	}
	merge__close(session->merge);
}

int session__finish(struct session *session, const char *reason, int err)
{
	if (err)
		session->report.error = err;
	tracer__detach(session->tracer);
	drain(session);
	write_out(session);
	update_report(session);
	if (session->report.error)
		reason = strerror(-session->report.error);
	/* The last word is worth a try, even on the disk that is full. */
	if (session->report.error && session->files.events)
		output_file__clear_error(session->files.events);
	if (event_log__write_sealed(session->output.events, new_end(session, reason)))
		note_error(session, session->files.events);
	/* It may be an event that is missing itself. */
	update_report(session);
	status_line__end(&session->status_line);
	report__print_summary(&session->report, session->options->output, session->before.lines);
	return report__exit_status(&session->report);
}
