/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SPLITTER_EVENT_FIELDS_H
#define SPLITTER_EVENT_FIELDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Those members of an event that tell something about a process or thread. A recording has two or
 * three events per process, so where processes are short, reading them is what takes the time:
 * event_fields__scan() reads what the recorder writes some ten times as fast as a JSON library
 * does, since it makes no tree. It knows only a part of JSON: what else an event may hold is left
 * to the library and comes by event_fields__from_json().
 *
 * In the order of the lengths of their names, which find_name() relies on.
 */
enum field_name {
	FIELD_PID,
	FIELD_TID,
	FIELD_EXE,
	FIELD_LINE,
	FIELD_COMM,
	FIELD_PPID,
	FIELD_FILE,
	FIELD_LOST,
	FIELD_CALLS,
	FIELD_LINES,
	FIELD_BYTES,
	FIELD_SIGNAL,
	FIELD_STARTED,
	FIELD_RECORDED,
	FIELD_LOG_XXH3,
	FIELD_MISPLACED,
	FIELD_EVENT_TYPE,
	FIELD_EVENTS_XXH3,
	FIELD_CNT,
};

enum field_type {
	FIELD_MISSING,
	FIELD_NUMBER, /* an integer */
	FIELD_FLAG,
	FIELD_TEXT,
	FIELD_OTHER, /* it is there, but as something else */
};

struct field {
	enum field_type type;
	int64_t number;   /* of a flag: 0 or 1 */
	const char *text; /* decoded; in the scanned line or the JSON object; no NUL behind it */
	size_t len;
};

struct event_fields {
	struct field fields[FIELD_CNT + 1]; /* the last one stands for all other members */
};

/*
 * Reads one line. False if it is not of the simple kind, whether it is JSON or not: an object
 * without spaces between its tokens, of integers, booleans, null, ASCII strings and arrays of them.
 * Where it succeeds, a JSON parser would find the same.
 */
bool event_fields__scan(struct event_fields *fields, const char *line, size_t len);

/* The object must live as long as the fields are used. */
void event_fields__from_json(struct event_fields *fields, const json_t *object);

#endif
