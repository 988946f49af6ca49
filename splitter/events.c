// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/escape.h"
#include "common/log_line.h"
#include "splitter/events.h"
#include "splitter/interrupt.h"

/* A command line of the kernel's greatest size, each byte of it escaped, would fit. */
#define EVENT_LINE_MAX ((size_t)16 << 20)
#define READ_SIZE ((size_t)64 << 10)

/* Takes members out of one event; the first one that is missing or wrong is remembered. */
struct reader {
	struct history *history;
	const json_t *object;
	const char *wrong;
	int err;
};

static uint64_t get_number(struct reader *reader, const char *key, uint64_t min, uint64_t max,
			   const char *wrong)
{
	const json_t *value = json_object_get(reader->object, key);
	json_int_t number = json_integer_value(value);

	if (!json_is_integer(value) || number < 0 || (uint64_t)number < min ||
	    (uint64_t)number > max) {
		reader->wrong = wrong;
		return min;
	}
	return number;
}

static uint32_t get_pid(struct reader *reader, const char *key, const char *wrong)
{
	return get_number(reader, key, 1, LOG_LINE_PID_MAX, wrong);
}

/* Text of the events -> bytes -> text as the log spells it. */
static uint32_t intern_escaped(struct reader *reader, const char *text, size_t max_bytes,
			       const char *wrong)
{
	size_t len = strlen(text);
	char *bytes = malloc(len + 1);
	char *escaped = malloc(3 * len + 1);
	uint32_t id = STRINGS_FAILED;

	if (!bytes || !escaped) {
		reader->err = -ENOMEM;
		goto cleanup;
	}
	len = escape__decode(bytes, text, len);
	if (len > max_bytes) {
		reader->wrong = wrong;
		goto cleanup;
	}
	len = escape__comm(escaped, bytes, len);
	id = strings__intern(history__strings(reader->history), escaped, len);
	if (id == STRINGS_FAILED)
		reader->err = -ENOMEM;
cleanup:
	free(escaped);
	free(bytes);
	return id;
}

static uint32_t get_comm(struct reader *reader)
{
	const char *text = json_string_value(json_object_get(reader->object, "comm"));
	const char *wrong = "the event has no comm of up to 15 bytes";

	if (!text) {
		reader->wrong = wrong;
		return 0;
	}
	return intern_escaped(reader, text, LOG_LINE_COMM_BYTES, wrong);
}

/* The program's name is for people only: where it is missing or odd, it is unknown. */
static uint32_t get_program(struct reader *reader, const char *key)
{
	const char *text = json_string_value(json_object_get(reader->object, key));
	uint32_t id;

	if (!text)
		return 0;
	id = intern_escaped(reader, text, 1 << 16, NULL);
	return id == STRINGS_FAILED ? 0 : id;
}

static bool get_flag(const struct reader *reader, const char *key, bool otherwise)
{
	const json_t *value = json_object_get(reader->object, key);

	return json_is_boolean(value) ? json_is_true(value) : otherwise;
}

static void get_totals(struct reader *reader, struct event *event)
{
	const char *wrong = "calls and lost of the event are not both numbers";

	if (reader->wrong)
		return;
	event->calls = get_number(reader, "calls", 0, INT64_MAX, wrong);
	event->lost = get_number(reader, "lost", 0, INT64_MAX, wrong);
	event->has_totals = true;
}

static void read_exec(struct reader *reader, struct event *event)
{
	event->tid = event->pid;
	if (json_object_get(reader->object, "tid"))
		event->tid = get_pid(reader, "tid", "the event's tid is no thread's number");
	event->comm = get_comm(reader);
	event->program = get_program(reader, "exe");
	event->started = get_flag(reader, "started", false);
	event->recorded = get_flag(reader, "recorded", true);
	if (!event->recorded)
		get_totals(reader, event);
}

static void read_fork(struct reader *reader, struct event *event)
{
	event->comm = get_comm(reader);
	if (json_is_integer(json_object_get(reader->object, "ppid")))
		event->ppid = get_number(reader, "ppid", 0, LOG_LINE_PID_MAX,
					 "the event's ppid is no process's number");
}

static void read_attach(struct reader *reader, struct event *event)
{
	event->comm = get_comm(reader);
	event->program = get_program(reader, "file");
}

static void read_end(struct reader *reader, struct event *event)
{
	event->signalled = json_is_integer(json_object_get(reader->object, "signal"));
	get_totals(reader, event);
}

static void read_thread(struct reader *reader, struct event *event)
{
	event->tid = get_pid(reader, "tid", "the event has no tid");
	event->comm = get_comm(reader);
}

static void read_lost(struct reader *reader, struct event *event)
{
	event->calls = get_number(reader, "calls", 0, INT64_MAX, "the event has no calls");
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

static void read_recording_start(struct reader *reader)
{
	struct recording *recording = history__recording(reader->history);
	const json_t *options = json_object_get(reader->object, "options");
	const json_t *version = json_object_get(reader->object, "format_version");

	if (json_is_integer(version) && json_integer_value(version) != 1)
		reader->wrong = "the events are of a format version other than 1";
	recording->started = true;
	recording->threads = json_is_true(json_object_get(options, "threads"));
}

static void read_recording_end(struct reader *reader)
{
	struct recording *recording = history__recording(reader->history);
	json_t *counters = json_object_get(reader->object, "records_lost");
	const char *name;
	json_t *counter;

	recording->ended = true;
	recording->complete = get_flag(reader, "complete", false);
	json_object_foreach (counters, name, counter) {
		if (json_integer_value(counter) <= 0)
			continue;
		recording->records_lost = 1;
		recording->skipped_runs |= !strcmp(name, "skipped_runs");
	}
	recording->has_line_cnt = json_object_get(reader->object, "lines");
	if (recording->has_line_cnt)
		recording->line_cnt = get_number(reader, "lines", 0, INT64_MAX,
						 "lines of the event is not a number");
}

static void read_event(struct reader *reader, const char *type, uint64_t line)
{
	struct event event = {.line = line};
	size_t i = 0;

	while (i < sizeof(kinds) / sizeof(*kinds) && strcmp(type, kinds[i].type) != 0)
		i++;
	if (i == sizeof(kinds) / sizeof(*kinds))
		return;
	event.kind = kinds[i].kind;
	event.pid = get_pid(reader, "pid", "the event has no pid");
	kinds[i].read(reader, &event);
	if (!reader->wrong && !reader->err)
		reader->err = history__add(reader->history, &event);
}

const char *events__read_line(struct history *history, const char *text, size_t len,
			      uint64_t *last_line, int *err)
{
	json_t *object = json_loadb(text, len, 0, NULL);
	struct reader reader = {.history = history, .object = object};
	const char *type = json_string_value(json_object_get(object, "event_type"));
	uint64_t line = get_number(&reader, "line", 1, INT64_MAX, "the event has no line");

	if (!json_is_object(object)) {
		reader.wrong = "the event is not a JSON object";
	} else if (!type) {
		reader.wrong = "the event has no event_type";
	} else if (!reader.wrong && line < *last_line) {
		reader.wrong = "the event's line is before that of the event before it";
	} else if (!reader.wrong) {
		*last_line = line;
		if (strcmp(type, "recording_start") == 0)
			read_recording_start(&reader);
		else if (strcmp(type, "recording_end") == 0)
			read_recording_end(&reader);
		else
			read_event(&reader, type, line);
	}
	json_decref(object);
	*err = reader.err;
	return reader.wrong;
}

/* The bytes that were read and not yet taken as lines. */
struct text {
	char *bytes;
	size_t used, size;
	uint64_t line; /* of the file, the last one taken */
	bool overlong; /* dropping the rest of a line that is too long */
};

static int read_more(struct text *text, int fd)
{
	ssize_t n;

	if (text->size - text->used < READ_SIZE) {
		size_t size = text->size ? 2 * text->size : 2 * READ_SIZE;
		char *bytes = realloc(text->bytes, size);

		if (!bytes)
			return -ENOMEM;
		text->bytes = bytes;
		text->size = size;
	}
	do {
		if (interrupt__pending())
			return -EINTR;
		n = read(fd, text->bytes + text->used, text->size - text->used);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	text->used += n;
	return n > 0;
}

/* Takes every whole line, and at the end of the file what is left. 0 or a negative errno. */
static int take_lines(struct text *text, bool at_end, struct history *history, uint64_t *last_line,
		      struct complaints *complaints)
{
	size_t start = 0;

	while (start < text->used) {
		char *newline = memchr(text->bytes + start, '\n', text->used - start);
		size_t end = newline ? (size_t)(newline - text->bytes) : text->used;
		const char *wrong;
		int err = 0;

		if (!newline && !at_end)
			break;
		text->line++;
		wrong = text->overlong ? "the event is longer than 16 MiB"
				       : events__read_line(history, text->bytes + start,
							   end - start, last_line, &err);
		if (err)
			return err;
		if (wrong)
			complaints__add(complaints, text->line, wrong);
		text->overlong = false;
		start = end + (newline != NULL);
	}
	memmove(text->bytes, text->bytes + start, text->used - start);
	text->used -= start;
	if (text->used > EVENT_LINE_MAX) {
		text->overlong = true;
		text->used = 1;
	}
	return 0;
}

int events__read(struct history *history, int fd, size_t memory_bytes,
		 struct complaints *complaints)
{
	struct text text = {0};
	uint64_t last_line = 1;
	int err;

	do {
		int more = read_more(&text, fd);

		err = more < 0 ? more : take_lines(&text, !more, history, &last_line, complaints);
		if (!more)
			break;
		if (!err && history__bytes(history) + strings__bytes(history__strings(history)) >
				    memory_bytes)
			err = -ENOBUFS;
	} while (!err);
	free(text.bytes);
	return err;
}
