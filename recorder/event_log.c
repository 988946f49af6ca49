// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/checkpoint.h"
#include "common/escape.h"
#include "common/clock.h"
#include "recorder/event_log.h"

/* An event that lacks it lacks some member, for want of memory, and is not written. */
#define TYPE "event_type"

struct event_log {
	struct output_file *file;
	uint64_t dropped;
};

struct event_log *event_log__new(struct output_file *file)
{
	struct event_log *log = calloc(1, sizeof(*log));

	if (log)
		log->file = file;
	return log;
}

void event_log__free(struct event_log *log)
{
	free(log);
}

json_t *event_log__begin(struct event_log *log, const char *type, uint64_t monotonic_ns,
			 uint64_t line)
{
	char time[CLOCK_TEXT_SZ];
	json_t *event;

	if (!log->file)
		return NULL;
	event = json_object();
	log->dropped += !event;
	clock__format(time, monotonic_ns);
	event_log__set(event, TYPE, json_string(type));
	event_log__set(event, "timestamp", json_string(time));
	event_log__set(event, "line", json_integer(line));
	return event;
}

void event_log__set(json_t *event, const char *name, json_t *value)
{
	if (!event)
		json_decref(value);
	else if (json_object_set_new(event, name, value))
		json_object_del(event, TYPE);
}

void event_log__set_int(json_t *event, const char *name, int64_t value)
{
	event_log__set(event, name, json_integer(value));
}

void event_log__set_bool(json_t *event, const char *name, bool value)
{
	event_log__set(event, name, json_boolean(value));
}

json_t *event_log__bytes(const char *bytes, size_t len)
{
	char *text = malloc(3 * len + 1);
	json_t *string;

	if (!text)
		return NULL;
	string = json_stringn(text, escape__json_text(text, bytes, len));
	free(text);
	return string;
}

void event_log__set_bytes(json_t *event, const char *name, const char *bytes, size_t len)
{
	if (event)
		event_log__set(event, name, event_log__bytes(bytes, len));
}

void event_log__set_text(json_t *event, const char *name, const char *text)
{
	if (event)
		event_log__set_bytes(event, name, text, strlen(text));
}

uint64_t event_log__dropped(const struct event_log *log)
{
	return log->dropped;
}

void event_log__set_strings(json_t *event, const char *name, const char *strings, size_t sz)
{
	json_t *array;

	if (!event)
		return;
	array = json_array();
	for (size_t at = 0; at < sz;) {
		size_t len = strnlen(strings + at, sz - at);

		if (json_array_append_new(array, event_log__bytes(strings + at, len))) {
			json_decref(array);
			array = NULL;
		}
		at += len + 1;
	}
	event_log__set(event, name, array);
}

#define DUMP_FLAGS JSON_COMPACT

/* The event as text in the file's buffer, with room behind it, or NULL. The event is used up. */
static char *dump(struct event_log *log, json_t *event, size_t room, size_t *len)
{
	char *at = NULL;

	/* Once for the length, once for the text: into the file's own buffer. */
	*len = json_object_get(event, TYPE) ? json_dumpb(event, NULL, 0, DUMP_FLAGS) : 0;
	if (*len)
		at = output_file__reserve(log->file, *len + room);
	if (at)
		*len = json_dumpb(event, at, *len, DUMP_FLAGS);
	log->dropped += !*len;
	json_decref(event);
	return *len ? at : NULL;
}

void event_log__write(struct event_log *log, json_t *event)
{
	size_t len;
	char *at = event ? dump(log, event, 1, &len) : NULL;

	if (!at)
		return;
	at[len] = '\n';
	output_file__commit(log->file, len + 1);
}

/* Nothing of it may be left in a buffer: the hash is of what is in the file. */
int event_log__write_sealed(struct event_log *log, json_t *event)
{
	struct output_file *file = log->file;
	size_t len;
	char *at;

	if (!event)
		return file ? -ENOMEM : 0;
	output_file__flush(file);
	at = dump(log, event, CHECKPOINT_SEAL_LEN + 1, &len);
	if (at) {
		len = checkpoint__seal(at, len, output_file__hash(file, at, len - 1));
		at[len] = '\n';
		output_file__commit(file, len + 1);
		if (!output_file__flush(file))
			output_file__restart_hash(file);
	}
	if (output_file__error(file))
		return output_file__error(file);
	return at ? 0 : -ENOMEM;
}
