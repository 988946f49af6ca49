// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>

#include "common/escape.h"
#include "splitter/event_reader.h"

uint64_t event_reader__number(struct event_reader *reader, enum field_name name, uint64_t min,
			      uint64_t max, const char *wrong)
{
	int64_t number = event_reader__get(reader, name)->number;

	if (!event_reader__is_number(reader, name) || number < 0 || (uint64_t)number < min ||
	    (uint64_t)number > max) {
		reader->wrong = wrong;
		return min;
	}
	return number;
}

static uint32_t intern(struct event_reader *reader, const char *text, size_t len)
{
	uint32_t id = strings__intern(history__strings(reader->history), text, len);

	if (id == STRINGS_FAILED)
		reader->err = -ENOMEM;
	return id;
}

/* Text of the events -> bytes -> text as the log spells it. */
static uint32_t intern_escaped(struct event_reader *reader, const struct field *field,
			       size_t max_bytes, const char *wrong)
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

uint32_t event_reader__text(struct event_reader *reader, const struct field *field,
			    size_t max_bytes, const char *wrong)
{
	if (field->len <= max_bytes && is_plain(field))
		return intern(reader, field->text, field->len);
	return intern_escaped(reader, field, max_bytes, wrong);
}
