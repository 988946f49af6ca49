// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>
#include <string.h>

#include "common/checkpoint.h"
#include "common/escape.h"
#include "recorder/clock.h"
#include "recorder/event_log.h"

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
	json_object_set_new(event, "event_type", json_string(type));
	json_object_set_new(event, "timestamp", json_string(time));
	json_object_set_new(event, "line", json_integer(line));
	return event;
}

void event_log__set(json_t *event, const char *name, json_t *value)
{
	if (event)
		json_object_set_new(event, name, value);
	else
		json_decref(value);
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

		json_array_append_new(array, event_log__bytes(strings + at, len));
		at += len + 1;
	}
	event_log__set(event, name, array);
}

#define DUMP_FLAGS JSON_COMPACT

void event_log__write(struct event_log *log, json_t *event)
{
	size_t len;
	char *at;

	if (!event)
		return;
	/* Once for the length, once for the text: into the file's own buffer. */
	len = json_dumpb(event, NULL, 0, DUMP_FLAGS);
	at = output_file__reserve(log->file, len + 1);
	if (at) {
		json_dumpb(event, at, len, DUMP_FLAGS);
		at[len] = '\n';
		output_file__commit(log->file, len + 1);
	}
	json_decref(event);
}

/* Nothing of it may be left in a buffer: the hash is of what is in the file. */
int event_log__write_sealed(struct event_log *log, json_t *event)
{
	struct output_file *file = log->file;
	size_t len;
	char *at;

	if (!event)
		return 0;
	output_file__flush(file);
	len = json_dumpb(event, NULL, 0, DUMP_FLAGS);
	at = output_file__reserve(file, len + CHECKPOINT_SEAL_LEN + 1);
	if (at) {
		json_dumpb(event, at, len, DUMP_FLAGS);
		len = checkpoint__seal(at, len, output_file__hash(file, at, len - 1));
		at[len] = '\n';
		output_file__commit(file, len + 1);
		if (!output_file__flush(file))
			output_file__restart_hash(file);
	}
	json_decref(event);
	return output_file__error(file);
}
