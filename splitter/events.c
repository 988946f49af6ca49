// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <string.h>

#include "common/checkpoint.h"
#include "common/log_line.h"
#include "splitter/event_lines.h"
#include "splitter/event_reader.h"
#include "splitter/events.h"
#include "splitter/json_tree.h"
#include "splitter/recording_events.h"

/* What events may hold, however small --memory is. */
#define MEMORY_MIN ((size_t)48 << 20)

static uint32_t get_pid(struct event_reader *reader, enum field_name name, const char *wrong)
{
	return event_reader__number(reader, name, 1, LOG_LINE_PID_MAX, wrong);
}

static uint32_t get_comm(struct event_reader *reader)
{
	const struct field *comm = event_reader__get(reader, FIELD_COMM);
	const char *wrong = "the event has no comm of up to 15 bytes";

	if (comm->type != FIELD_TEXT) {
		reader->wrong = wrong;
		return 0;
	}
	return event_reader__text(reader, comm, LOG_LINE_COMM_BYTES, wrong);
}

/* The program's name is for people only: where it is missing or odd, it is unknown. */
static uint32_t get_program(struct event_reader *reader, enum field_name name)
{
	const struct field *program = event_reader__get(reader, name);
	uint32_t id;

	if (program->type != FIELD_TEXT)
		return 0;
	id = event_reader__text(reader, program, 1 << 16, NULL);
	return id == STRINGS_FAILED ? 0 : id;
}

static bool get_flag(const struct event_reader *reader, enum field_name name, bool otherwise)
{
	const struct field *flag = event_reader__get(reader, name);

	return flag->type == FIELD_FLAG ? flag->number != 0 : otherwise;
}

static void get_totals(struct event_reader *reader, struct event *event)
{
	const char *wrong = "calls and lost of the event are not both numbers";

	if (reader->wrong)
		return;
	event->calls = event_reader__number(reader, FIELD_CALLS, 0, INT64_MAX, wrong);
	event->lost = event_reader__number(reader, FIELD_LOST, 0, INT64_MAX, wrong);
	event->has_totals = true;
}

static void read_exec(struct event_reader *reader, struct event *event)
{
	event->tid = event->pid;
	if (event_reader__get(reader, FIELD_TID)->type != FIELD_MISSING)
		event->tid = get_pid(reader, FIELD_TID, "the event's tid is no thread's number");
	event->comm = get_comm(reader);
	event->program = get_program(reader, FIELD_EXE);
	event->started = get_flag(reader, FIELD_STARTED, false);
	event->recorded = get_flag(reader, FIELD_RECORDED, true);
	event->misplaced = get_flag(reader, FIELD_MISPLACED, false);
	if (!event->recorded)
		get_totals(reader, event);
}

static void read_fork(struct event_reader *reader, struct event *event)
{
	event->comm = get_comm(reader);
	if (event_reader__is_number(reader, FIELD_PPID))
		event->ppid = event_reader__number(reader, FIELD_PPID, 0, LOG_LINE_PID_MAX,
						   "the event's ppid is no process's number");
}

static void read_attach(struct event_reader *reader, struct event *event)
{
	event->comm = get_comm(reader);
	event->program = get_program(reader, FIELD_FILE);
}

static void read_end(struct event_reader *reader, struct event *event)
{
	event->signalled = event_reader__is_number(reader, FIELD_SIGNAL);
	get_totals(reader, event);
}

static void read_thread(struct event_reader *reader, struct event *event)
{
	event->tid = get_pid(reader, FIELD_TID, "the event has no tid");
	event->comm = get_comm(reader);
}

static void read_lost(struct event_reader *reader, struct event *event)
{
	event->calls =
		event_reader__number(reader, FIELD_CALLS, 0, INT64_MAX, "the event has no calls");
}

static const struct {
	const char *type;
	enum event_kind kind;
	void (*read)(struct event_reader *, struct event *);
} kinds[] = {
	{"process_exec", EVENT_EXEC, read_exec},
	{"process_fork", EVENT_FORK, read_fork},
	{"process_attach", EVENT_ATTACH, read_attach},
	{"process_exit", EVENT_EXIT, read_end},
	{"process_end_unseen", EVENT_END_UNSEEN, read_end},
	{"thread_start", EVENT_THREAD_START, read_thread},
	{"thread_exit", EVENT_THREAD_EXIT, read_thread},
	{"lost", EVENT_LOST, read_lost},
};

static uint64_t get_hash(struct event_reader *reader, enum field_name name)
{
	const struct field *field = event_reader__get(reader, name);
	uint64_t hash;

	if (field->type != FIELD_TEXT || !checkpoint__parse_hash(&hash, field->text, field->len)) {
		reader->wrong = "the event has no checksum of 16 hexadecimal digits";
		return 0;
	}
	return hash;
}

/* Both kinds of event that have checksums; a recording_end of former times has none. */
static void read_checksums(struct event_reader *reader, uint64_t line, bool is_end)
{
	struct checkpoint *checkpoint = &reader->checkpoint;

	checkpoint->is_end = is_end;
	checkpoint->line = line;
	checkpoint->bytes = event_reader__number(reader, FIELD_BYTES, 0, INT64_MAX,
						 "bytes of the event is not a number");
	checkpoint->log_xxh3 = get_hash(reader, FIELD_LOG_XXH3);
	checkpoint->events_xxh3 = get_hash(reader, FIELD_EVENTS_XXH3);
	reader->has_checkpoint = !reader->wrong;
}

static bool is_type(const struct event_reader *reader, const char *type)
{
	const struct field *field = event_reader__get(reader, FIELD_EVENT_TYPE);

	return field->type == FIELD_TEXT && strlen(type) == field->len &&
	       memcmp(field->text, type, field->len) == 0;
}

static void read_event(struct event_reader *reader, uint64_t line)
{
	struct event event = {.line = line};
	size_t i = 0;

	while (i < sizeof(kinds) / sizeof(*kinds) && !is_type(reader, kinds[i].type))
		i++;
	if (i == sizeof(kinds) / sizeof(*kinds))
		return;
	event.kind = kinds[i].kind;
	event.pid = get_pid(reader, FIELD_PID, "the event has no pid");
	kinds[i].read(reader, &event);
	if (!reader->wrong && !reader->err)
		reader->err = history__add(reader->history, &event);
}

/* Calls that were not written may have had events behind them: only the end knows better. */
static bool may_fall(const struct event_reader *reader)
{
	return history__recording(reader->history)->unwritten_calls;
}

/* Whether it has any of them; then it is to have them all, and to be of a type that has checksums.
 */
static bool has_checksums(const struct event_reader *reader)
{
	return event_reader__get(reader, FIELD_BYTES)->type != FIELD_MISSING ||
	       event_reader__get(reader, FIELD_LOG_XXH3)->type != FIELD_MISSING ||
	       event_reader__get(reader, FIELD_EVENTS_XXH3)->type != FIELD_MISSING;
}

static void read_fields(struct event_reader *reader, uint64_t *last_line)
{
	struct recording *recording = history__recording(reader->history);
	bool is_end, is_sealed;
	uint64_t line;

	if (event_reader__get(reader, FIELD_EVENT_TYPE)->type != FIELD_TEXT) {
		reader->wrong = "the event has no event_type";
		return;
	}
	line = event_reader__number(reader, FIELD_LINE, 1, INT64_MAX, "the event has no line");
	if (reader->wrong)
		return;
	is_end = is_type(reader, "recording_end");
	is_sealed = has_checksums(reader) || is_type(reader, "checkpoint");
	if (is_sealed && !is_end && !is_type(reader, "checkpoint")) {
		reader->wrong = "the event has checksums, and is no checkpoint or recording_end";
		return;
	}
	/* An end without checksums is not known to be that of these lines. */
	if (reader->max_line && ((is_end && !is_sealed) || line > reader->max_line)) {
		reader->wrong = "the event is not wanted";
		return;
	}
	recording->is_disordered |= recording->ended;
	if (is_end)
		recording_events__read_end(reader);
	if (line < *last_line && !(is_end && may_fall(reader))) {
		reader->wrong = "the event's line is before that of the event before it";
		return;
	}
	*last_line = line;
	if (is_type(reader, "recording_start"))
		recording_events__read_start(reader);
	else if (!is_end)
		read_event(reader, line);
	if (!is_end)
		recording->last_line = line;
	if (is_sealed)
		read_checksums(reader, line, is_end);
}

/* There are two of these in a file, and what they tell is in members of their own. */
static bool needs_object(const struct event_reader *reader)
{
	return is_type(reader, "recording_start") || is_type(reader, "recording_end");
}

static void read_line(struct event_reader *reader, const char *text, size_t len,
		      uint64_t *last_line)
{
	bool is_object = event_fields__scan(&reader->fields, text, len);

	if (!is_object || needs_object(reader)) {
		reader->object = json_tree__load(text, len, &reader->wrong);
		event_fields__from_json(&reader->fields, reader->object);
		is_object = json_is_object(reader->object);
	}
	if (is_object)
		read_fields(reader, last_line);
	else if (!reader->wrong)
		reader->wrong = "the event is not a JSON object";
	json_decref(reader->object);
}

const char *events__read_line(struct history *history, const char *text, size_t len,
			      uint64_t *last_line, int *err)
{
	struct event_reader reader = {.history = history};

	read_line(&reader, text, len, last_line);
	*err = reader.err;
	return reader.wrong;
}

static const char *check_order(const struct event_reader *reader,
			       const struct checkpoints *checkpoints)
{
	const struct checkpoint *last = checkpoints__last(checkpoints);

	if (last &&
	    (reader->checkpoint.bytes < last->bytes || reader->checkpoint.line < last->line))
		return "the checkpoint is before the one before it";
	return NULL;
}

static int pass(struct event_reader *reader, struct checkpoints *checkpoints,
		const struct event_line *line)
{
	if (reader->has_checkpoint)
		reader->wrong = check_order(reader, checkpoints);
	if (reader->has_checkpoint && !reader->wrong)
		return checkpoints__add(checkpoints, &reader->checkpoint, line->text, line->len,
					line->has_newline);
	checkpoints__pass_line(checkpoints, line->text, line->len, line->has_newline);
	return 0;
}

/* checkpoints may be NULL. NULL, or what is wrong with the line. */
static const char *take_line(struct history *history, struct checkpoints *checkpoints,
			     const struct event_line *line, uint64_t *last_line, int *err)
{
	struct recording *recording = history__recording(history);
	struct event_reader reader = {.history = history};

	/* The recorder was killed while it wrote this, or the end was cut off. */
	if (checkpoints && !line->has_newline) {
		recording->is_disordered |= recording->ended;
		checkpoints__pass_line(checkpoints, line->text, line->len, false);
		return NULL;
	}
	if (line->is_too_long)
		reader.wrong = "the event is longer than 16 MiB";
	else
		read_line(&reader, line->text, line->len, last_line);
	*err = reader.err;
	if (checkpoints && !reader.err)
		*err = pass(&reader, checkpoints, line);
	if (reader.wrong && !recording->bad_line)
		recording->bad_line = *last_line;
	return reader.wrong;
}

static size_t held_bytes(const struct history *history, const struct checkpoints *checkpoints)
{
	return history__bytes(history) + strings__bytes(history__strings(history)) +
	       (checkpoints ? checkpoints__bytes(checkpoints) : 0);
}

int events__read_checkpoints(struct history *history, struct checkpoints *checkpoints, int fd,
			     size_t memory_bytes, struct complaints *complaints)
{
	struct event_lines *lines = event_lines__new(fd);
	struct event_line line;
	uint64_t last_line = 1;
	int err = lines ? 0 : -ENOMEM;

	if (memory_bytes < MEMORY_MIN)
		memory_bytes = MEMORY_MIN;
	while (!err) {
		const char *wrong;
		int got = event_lines__next(lines, &line);

		if (got <= 0) {
			err = got;
			break;
		}
		wrong = take_line(history, checkpoints, &line, &last_line, &err);
		if (wrong && !err)
			complaints__add(complaints, line.number, wrong);
		if (!err && held_bytes(history, checkpoints) > memory_bytes)
			err = -ENOBUFS;
	}
	event_lines__free(lines);
	return err;
}

int events__read_first(struct history *history, struct checkpoints *checkpoints, int fd,
		       uint64_t max_events, uint64_t max_line)
{
	struct event_lines *lines = event_lines__new(fd);
	struct event_line line;
	uint64_t last_line = 1;
	int err = lines ? 0 : -ENOMEM;

	while (!err) {
		struct event_reader reader = {.history = history, .max_line = max_line};
		int got = event_lines__next(lines, &line);

		if (got <= 0)
			err = got;
		if (got <= 0 || line.number > max_events || !line.has_newline || line.is_too_long)
			break;
		read_line(&reader, line.text, line.len, &last_line);
		if (reader.wrong)
			break;
		err = reader.err ? reader.err : pass(&reader, checkpoints, &line);
	}
	event_lines__free(lines);
	return err;
}

int events__read(struct history *history, int fd, size_t memory_bytes,
		 struct complaints *complaints)
{
	return events__read_checkpoints(history, NULL, fd, memory_bytes, complaints);
}
