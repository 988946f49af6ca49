// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/checkpoint.h"
#include "common/escape.h"
#include "common/log_line.h"
#include "splitter/event_fields.h"
#include "splitter/event_lines.h"
#include "splitter/events.h"
#include "splitter/json_tree.h"

/* What events may hold, however small --memory is. */
#define MEMORY_MIN ((size_t)48 << 20)

/* Takes members out of one event; the first one that is missing or wrong is remembered. */
struct reader {
	struct history *history;
	struct checkpoint checkpoint;
	bool has_checkpoint;
	uint64_t max_line; /* 0, or what is behind it is not wanted, nor is the recording_end */
	struct event_fields fields;
	json_t *object; /* the same as a tree: made only where the fields alone don't do */
	const char *wrong;
	int err;
};

static const struct field *get(const struct reader *reader, enum field_name name)
{
	return &reader->fields.fields[name];
}

static bool is_number(const struct reader *reader, enum field_name name)
{
	return get(reader, name)->type == FIELD_NUMBER;
}

static uint64_t get_number(struct reader *reader, enum field_name name, uint64_t min, uint64_t max,
			   const char *wrong)
{
	int64_t number = get(reader, name)->number;

	if (!is_number(reader, name) || number < 0 || (uint64_t)number < min ||
	    (uint64_t)number > max) {
		reader->wrong = wrong;
		return min;
	}
	return number;
}

static uint32_t get_pid(struct reader *reader, enum field_name name, const char *wrong)
{
	return get_number(reader, name, 1, LOG_LINE_PID_MAX, wrong);
}

static uint32_t intern(struct reader *reader, const char *text, size_t len)
{
	uint32_t id = strings__intern(history__strings(reader->history), text, len);

	if (id == STRINGS_FAILED)
		reader->err = -ENOMEM;
	return id;
}

/* Text of the events -> bytes -> text as the log spells it. */
static uint32_t intern_escaped(struct reader *reader, const struct field *field, size_t max_bytes,
			       const char *wrong)
{
	char *bytes = malloc(field->len + 1);
	char *escaped = malloc(3 * field->len + 1);
	uint32_t id = STRINGS_FAILED;
	size_t len;

	if (!bytes || !escaped) {
		reader->err = -ENOMEM;
		goto cleanup;
	}
	len = escape__decode(bytes, field->text, field->len);
	if (len > max_bytes)
		reader->wrong = reader->wrong ? reader->wrong : wrong;
	else
		id = intern(reader, escaped, escape__comm(escaped, bytes, len));
cleanup:
	free(escaped);
	free(bytes);
	return id;
}

/* Spelt alike in events and log, as nearly all text is. */
static bool is_plain(const struct field *field)
{
	for (size_t i = 0; i < field->len; i++) {
		unsigned char byte = field->text[i];

		if (byte < 0x20 || byte == 0x7f || byte == '%')
			return false;
	}
	return true;
}

static uint32_t get_text(struct reader *reader, const struct field *field, size_t max_bytes,
			 const char *wrong)
{
	if (field->len <= max_bytes && is_plain(field))
		return intern(reader, field->text, field->len);
	return intern_escaped(reader, field, max_bytes, wrong);
}

static uint32_t get_comm(struct reader *reader)
{
	const struct field *comm = get(reader, FIELD_COMM);
	const char *wrong = "the event has no comm of up to 15 bytes";

	if (comm->type != FIELD_TEXT) {
		reader->wrong = wrong;
		return 0;
	}
	return get_text(reader, comm, LOG_LINE_COMM_BYTES, wrong);
}

/* The program's name is for people only: where it is missing or odd, it is unknown. */
static uint32_t get_program(struct reader *reader, enum field_name name)
{
	const struct field *program = get(reader, name);
	uint32_t id;

	if (program->type != FIELD_TEXT)
		return 0;
	id = get_text(reader, program, 1 << 16, NULL);
	return id == STRINGS_FAILED ? 0 : id;
}

static bool get_flag(const struct reader *reader, enum field_name name, bool otherwise)
{
	const struct field *flag = get(reader, name);

	return flag->type == FIELD_FLAG ? flag->number != 0 : otherwise;
}

static void get_totals(struct reader *reader, struct event *event)
{
	const char *wrong = "calls and lost of the event are not both numbers";

	if (reader->wrong)
		return;
	event->calls = get_number(reader, FIELD_CALLS, 0, INT64_MAX, wrong);
	event->lost = get_number(reader, FIELD_LOST, 0, INT64_MAX, wrong);
	event->has_totals = true;
}

static void read_exec(struct reader *reader, struct event *event)
{
	event->tid = event->pid;
	if (get(reader, FIELD_TID)->type != FIELD_MISSING)
		event->tid = get_pid(reader, FIELD_TID, "the event's tid is no thread's number");
	event->comm = get_comm(reader);
	event->program = get_program(reader, FIELD_EXE);
	event->started = get_flag(reader, FIELD_STARTED, false);
	event->recorded = get_flag(reader, FIELD_RECORDED, true);
	if (!event->recorded)
		get_totals(reader, event);
}

static void read_fork(struct reader *reader, struct event *event)
{
	event->comm = get_comm(reader);
	if (is_number(reader, FIELD_PPID))
		event->ppid = get_number(reader, FIELD_PPID, 0, LOG_LINE_PID_MAX,
					 "the event's ppid is no process's number");
}

static void read_attach(struct reader *reader, struct event *event)
{
	event->comm = get_comm(reader);
	event->program = get_program(reader, FIELD_FILE);
}

static void read_end(struct reader *reader, struct event *event)
{
	event->signalled = is_number(reader, FIELD_SIGNAL);
	get_totals(reader, event);
}

static void read_thread(struct reader *reader, struct event *event)
{
	event->tid = get_pid(reader, FIELD_TID, "the event has no tid");
	event->comm = get_comm(reader);
}

static void read_lost(struct reader *reader, struct event *event)
{
	event->calls = get_number(reader, FIELD_CALLS, 0, INT64_MAX, "the event has no calls");
}

static const struct {
	const char *type;
	enum event_kind kind;
	void (*read)(struct reader *, struct event *);
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

static uint64_t get_hash(struct reader *reader, enum field_name name)
{
	const struct field *field = get(reader, name);
	uint64_t hash;

	if (field->type != FIELD_TEXT || !checkpoint__parse_hash(&hash, field->text, field->len)) {
		reader->wrong = "the event has no checksum of 16 hexadecimal digits";
		return 0;
	}
	return hash;
}

/* Both kinds of event that have checksums; a recording_end of former times has none. */
static void read_checksums(struct reader *reader, uint64_t line, bool is_end)
{
	struct checkpoint *checkpoint = &reader->checkpoint;

	checkpoint->is_end = is_end;
	checkpoint->line = line;
	checkpoint->bytes =
		get_number(reader, FIELD_BYTES, 0, INT64_MAX, "bytes of the event is not a number");
	checkpoint->log_xxh3 = get_hash(reader, FIELD_LOG_XXH3);
	checkpoint->events_xxh3 = get_hash(reader, FIELD_EVENTS_XXH3);
	reader->has_checkpoint = !reader->wrong;
}

static void read_recording_start(struct reader *reader)
{
	struct recording *recording = history__recording(reader->history);
	const json_t *options = json_object_get(reader->object, "options");
	const json_t *version = json_object_get(reader->object, "format_version");

	if (json_is_integer(version) && json_integer_value(version) != 1)
		reader->wrong = "the events are of a format version other than 1";
	recording->is_disordered |= recording->started || recording->last_line;
	recording->started = true;
	recording->threads = json_is_true(json_object_get(options, "threads"));
}

static void read_counts(struct reader *reader, struct recording *recording)
{
	const json_t *processes = json_object_get(reader->object, "processes");
	const json_t *calls_lost = json_object_get(reader->object, "calls_lost");
	const json_t *reason = json_object_get(reader->object, "reason");
	const struct field text = {.text = json_string_value(reason),
				   .len = json_string_length(reason)};

	recording->has_counts = json_is_integer(processes) && json_is_integer(calls_lost);
	recording->process_cnt = json_integer_value(processes);
	recording->calls_lost = json_integer_value(calls_lost);
	recording->repaired = text.text && !strcmp(text.text, "repaired");
	if (text.text)
		recording->reason = get_text(reader, &text, 1 << 10, NULL);
}

static void take_loss(struct reader *reader, const char *name, json_int_t cnt)
{
	struct recording *recording = history__recording(reader->history);
	char text[128];
	int len = snprintf(text, sizeof(text), "%.64s: %" JSON_INTEGER_FORMAT, name, cnt);

	if (recording->records_lost)
		return;
	recording->records_lost = true;
	recording->loss = strings__intern(history__strings(reader->history), text, len);
	if (recording->loss == STRINGS_FAILED)
		reader->err = -ENOMEM;
}

static void read_recording_end(struct reader *reader)
{
	struct recording *recording = history__recording(reader->history);
	json_t *counters = json_object_get(reader->object, "records_lost");
	const char *name;
	json_t *counter;

	recording->ended = true;
	recording->complete = json_is_true(json_object_get(reader->object, "complete"));
	json_object_foreach (counters, name, counter) {
		if (json_integer_value(counter) <= 0)
			continue;
		take_loss(reader, name, json_integer_value(counter));
		recording->uncounted_calls |=
			!strcmp(name, "skipped_runs") || !strcmp(name, "bad_records");
		if (!strcmp(name, "unwritten_calls"))
			recording->unwritten_calls = json_integer_value(counter);
	}
	read_counts(reader, recording);
	recording->has_line_cnt = get(reader, FIELD_LINES)->type != FIELD_MISSING;
	if (recording->has_line_cnt)
		recording->line_cnt = get_number(reader, FIELD_LINES, 0, INT64_MAX,
						 "lines of the event is not a number");
}

static bool is_type(const struct reader *reader, const char *type)
{
	const struct field *field = get(reader, FIELD_EVENT_TYPE);

	return field->type == FIELD_TEXT && strlen(type) == field->len &&
	       memcmp(field->text, type, field->len) == 0;
}

static void read_event(struct reader *reader, uint64_t line)
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
static bool may_fall(const struct reader *reader)
{
	return history__recording(reader->history)->unwritten_calls;
}

/* Whether it has any of them; then it is to have them all, and to be of a type that has checksums.
 */
static bool has_checksums(const struct reader *reader)
{
	return get(reader, FIELD_BYTES)->type != FIELD_MISSING ||
	       get(reader, FIELD_LOG_XXH3)->type != FIELD_MISSING ||
	       get(reader, FIELD_EVENTS_XXH3)->type != FIELD_MISSING;
}

static void read_fields(struct reader *reader, uint64_t *last_line)
{
	struct recording *recording = history__recording(reader->history);
	bool is_end, is_sealed;
	uint64_t line;

	if (get(reader, FIELD_EVENT_TYPE)->type != FIELD_TEXT) {
		reader->wrong = "the event has no event_type";
		return;
	}
	line = get_number(reader, FIELD_LINE, 1, INT64_MAX, "the event has no line");
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
		read_recording_end(reader);
	if (line < *last_line && !(is_end && may_fall(reader))) {
		reader->wrong = "the event's line is before that of the event before it";
		return;
	}
	*last_line = line;
	if (is_type(reader, "recording_start"))
		read_recording_start(reader);
	else if (!is_end)
		read_event(reader, line);
	if (!is_end)
		recording->last_line = line;
	if (is_sealed)
		read_checksums(reader, line, is_end);
}

/* There are two of these in a file, and what they tell is in members of their own. */
static bool needs_object(const struct reader *reader)
{
	return is_type(reader, "recording_start") || is_type(reader, "recording_end");
}

static void read_line(struct reader *reader, const char *text, size_t len, uint64_t *last_line)
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
	struct reader reader = {.history = history};

	read_line(&reader, text, len, last_line);
	*err = reader.err;
	return reader.wrong;
}

static const char *check_order(const struct reader *reader, const struct checkpoints *checkpoints)
{
	const struct checkpoint *last = checkpoints__last(checkpoints);

	if (last &&
	    (reader->checkpoint.bytes < last->bytes || reader->checkpoint.line < last->line))
		return "the checkpoint is before the one before it";
	return NULL;
}

static int pass(struct reader *reader, struct checkpoints *checkpoints,
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
	struct reader reader = {.history = history};

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
		struct reader reader = {.history = history, .max_line = max_line};
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
