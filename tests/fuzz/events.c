// SPDX-License-Identifier: BSD-2-Clause
#include "splitter/event_fields.h"
#include "splitter/events.h"
#include "tests/fuzz/splitting.h"

/*
 * Events, line by line. What the light scan takes, the JSON library takes as well, and both find
 * the same. Any lines can be read, and then asked about.
 */

static bool same_field(const struct field *scanned, const struct field *parsed)
{
	if (scanned->type != parsed->type)
		return false;
	if (scanned->type == FIELD_NUMBER || scanned->type == FIELD_FLAG)
		return scanned->number == parsed->number;
	return scanned->type != FIELD_TEXT ||
	       (scanned->len == parsed->len && !memcmp(scanned->text, parsed->text, parsed->len));
}

static void check_line(const char *text, size_t len)
{
	char *line = exact_copy(text, len);
	struct event_fields scanned, parsed;

	if (event_fields__scan(&scanned, line, len)) {
		json_t *object = need(json_loadb(line, len, 0, NULL));

		must(json_is_object(object));
		event_fields__from_json(&parsed, object);
		for (int i = 0; i < FIELD_CNT; i++)
			must(same_field(&scanned.fields[i], &parsed.fields[i]));
		json_decref(object);
	}
	free(line);
}

static void check_lines(const char *text, size_t len)
{
	const char *end = text + len;

	while (text < end) {
		const char *newline = memchr(text, '\n', end - text);

		check_line(text, (newline ? newline : end) - text);
		text = newline ? newline + 1 : end;
	}
}

/* Each place says until where it is good, and that is behind the line. */
static void ask(const struct history *history)
{
	for (uint32_t number = 1; number < 8; number++) {
		struct place place = {0};

		for (uint64_t line = 1; line < 24; line++) {
			history__find(history, number, line, &place);
			must(place.until > line);
			must(place.life <= history__life_cnt(history));
		}
	}
}

static void check_history(const char *text, size_t len, enum grouping grouping)
{
	struct complaints complaints = {.file = "events", .what = "event"};
	struct strings *strings = need(strings__new());
	struct history *history = need(history__new(strings));
	int fd = memory_file(text, len);

	must(events__read(history, fd, (size_t)1 << 30, &complaints) == 0);
	must(history__finish(history, grouping) == 0);
	if (grouping != GROUPING_COMM)
		ask(history);
	history__free(history);
	strings__free(strings);
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzzed input = {data, data + size};
	enum grouping grouping = fuzzed__byte(&input) % (GROUPING_COMM + 1);

	check_lines((const char *)input.at, fuzzed__left(&input));
	check_history((const char *)input.at, fuzzed__left(&input), grouping);
	return 0;
}
