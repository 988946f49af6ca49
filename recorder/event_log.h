/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RECORDER_EVENT_LOG_H
#define RECORDER_EVENT_LOG_H

#include <jansson.h>
#include <stdint.h>

#include "recorder/output_file.h"

/*
 * The events: JSON Lines about everything that is not a call. docs/formats.md has the members.
 *
 *     {"event_type":"process_fork","timestamp":"...","line":17,"pid":4242,"ppid":4100,"comm":"bash"}
 */
struct event_log;

/* file stays the caller's; NULL: events go nowhere. NULL: no memory. */
struct event_log *event_log__new(struct output_file *file);
void event_log__free(struct event_log *log);

/*
 * A new event, to be filled in with event_log__set_...() and handed to event_log__write(). NULL
 * where events go nowhere; everything takes that. monotonic_ns: when it happened, 0 for now.
 */
json_t *event_log__begin(struct event_log *log, const char *type, uint64_t monotonic_ns,
			 uint64_t line);
void event_log__set_int(json_t *event, const char *name, int64_t value);
void event_log__set_bool(json_t *event, const char *name, bool value);
/* Bytes from outside, as docs/formats.md says under "Strings and bytes". */
void event_log__set_bytes(json_t *event, const char *name, const char *bytes, size_t len);
void event_log__set_text(json_t *event, const char *name, const char *text);
/* An array of strings: sz bytes, each string with its NUL. */
void event_log__set_strings(json_t *event, const char *name, const char *strings, size_t sz);
/* Takes value over. */
void event_log__set(json_t *event, const char *name, json_t *value);
/* Events that were left out for want of memory. */
uint64_t event_log__dropped(const struct event_log *log);
/* Frees the event. Errors are the file's: output_file__error(). */
void event_log__write(struct event_log *log, json_t *event);

/*
 * The same with a seal: common/checkpoint.h. It is in the file at once, with everything before it;
 * the file must keep a hash. 0, also where events go nowhere; -ENOMEM where it was left out; or
 * another negative errno, of the file's.
 */
int event_log__write_sealed(struct event_log *log, json_t *event);

/* The JSON string for bytes from outside. */
json_t *event_log__bytes(const char *bytes, size_t len);

#endif
