// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "splitter/recording_events.h"

/* Of counters of losses: a recorder has some ten, with names of some twenty bytes. */
#define LOSS_NAME_MAX 64
#define LOSSES_MAX 64

void recording_events__read_start(struct event_reader *reader)
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

static void read_counts(struct event_reader *reader, struct recording *recording)
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
	if (text.text) {
		uint32_t id = event_reader__text(reader, &text, 1 << 10, NULL);

		/* For people only, as a program's name: one that is too long is as good as none. */
		recording->reason = id == STRINGS_FAILED ? 0 : id;
	}
}

static void take_loss(struct event_reader *reader, const char *name, json_int_t cnt)
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

/* Names are the file's own: what is too long, or one too many, goes under one name. */
static void add_loss(json_t *losses, const char *name, json_int_t cnt)
{
	if (strlen(name) > LOSS_NAME_MAX || json_object_size(losses) >= LOSSES_MAX)
		name = "others";
	json_object_set_new(losses, name, json_integer(cnt));
}

static void keep_losses(struct event_reader *reader, const json_t *losses)
{
	struct recording *recording = history__recording(reader->history);
	char *text = json_dumps(losses, JSON_COMPACT);

	recording->losses = STRINGS_FAILED;
	if (text)
		recording->losses =
			strings__intern(history__strings(reader->history), text, strlen(text));
	if (recording->losses == STRINGS_FAILED)
		reader->err = -ENOMEM;
	free(text);
}

void recording_events__read_end(struct event_reader *reader)
{
	struct recording *recording = history__recording(reader->history);
	json_t *counters = json_object_get(reader->object, "records_lost");
	const char *name;
	json_t *counter, *losses = json_object();

	recording->ended = true;
	recording->complete = json_is_true(json_object_get(reader->object, "complete"));
	json_object_foreach (counters, name, counter) {
		if (json_integer_value(counter) <= 0)
			continue;
		take_loss(reader, name, json_integer_value(counter));
		add_loss(losses, name, json_integer_value(counter));
		recording->uncounted_calls |=
			!strcmp(name, "skipped_runs") || !strcmp(name, "bad_records");
		if (!strcmp(name, "unwritten_calls"))
			recording->unwritten_calls = json_integer_value(counter);
	}
	if (recording->records_lost)
		keep_losses(reader, losses);
	json_decref(losses);
	read_counts(reader, recording);
	recording->has_line_cnt = event_reader__get(reader, FIELD_LINES)->type != FIELD_MISSING;
	if (recording->has_line_cnt)
		recording->line_cnt = event_reader__number(reader, FIELD_LINES, 0, INT64_MAX,
							   "lines of the event is not a number");
}
