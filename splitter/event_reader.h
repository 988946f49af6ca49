/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SPLITTER_EVENT_READER_H
#define SPLITTER_EVENT_READER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "splitter/checkpoints.h"
#include "splitter/event_fields.h"
#include "splitter/history.h"

/* Takes members out of one event, and remembers what is wrong with one of them. */
struct event_reader {
	struct history *history;
	struct checkpoint checkpoint;
	bool has_checkpoint;
	uint64_t max_line; /* 0, or what is behind it is not wanted, nor is the recording_end */
	struct event_fields fields;
	json_t *object;    /* the same as a tree, events.c's: only where the fields don't do */
	const char *wrong; /* NULL: nothing */
	int err;           /* 0 or -ENOMEM */
};

static inline const struct field *event_reader__get(const struct event_reader *reader,
						    enum field_name name)
{
	return &reader->fields.fields[name];
}

static inline bool event_reader__is_number(const struct event_reader *reader, enum field_name name)
{
	return event_reader__get(reader, name)->type == FIELD_NUMBER;
}

/* min where it is no such number, and wrong is remembered. */
uint64_t event_reader__number(struct event_reader *reader, enum field_name name, uint64_t min,
			      uint64_t max, const char *wrong);

/*
 * Text as the log spells it, as an id in the history's strings. STRINGS_FAILED where it is longer,
 * and wrong is remembered, or where there is no memory.
 */
uint32_t event_reader__text(struct event_reader *reader, const struct field *field,
			    size_t max_bytes, const char *wrong);

#endif
