// SPDX-License-Identifier: BSD-2-Clause
#include <string.h>

#include "splitter/event_fields.h"
#include "splitter/scan.h"

/* More digits might not fit an int64_t. */
#define DIGITS_MAX 18

static const struct {
	const char *text;
	size_t len;
} names[FIELD_CNT] = {
#define NAME(text)                     \
	{                              \
		text, sizeof(text) - 1 \
	}
	[FIELD_PID] = NAME("pid"),
	[FIELD_TID] = NAME("tid"),
	[FIELD_EXE] = NAME("exe"),
	[FIELD_LINE] = NAME("line"),
	[FIELD_COMM] = NAME("comm"),
	[FIELD_PPID] = NAME("ppid"),
	[FIELD_FILE] = NAME("file"),
	[FIELD_LOST] = NAME("lost"),
	[FIELD_CALLS] = NAME("calls"),
	[FIELD_LINES] = NAME("lines"),
	[FIELD_BYTES] = NAME("bytes"),
	[FIELD_SIGNAL] = NAME("signal"),
	[FIELD_STARTED] = NAME("started"),
	[FIELD_RECORDED] = NAME("recorded"),
	[FIELD_LOG_XXH3] = NAME("log_xxh3"),
	[FIELD_MISPLACED] = NAME("misplaced"),
	[FIELD_EVENT_TYPE] = NAME("event_type"),
	[FIELD_EVENTS_XXH3] = NAME("events_xxh3"),
#undef NAME
};

/* The fields with names of that length: from first to before end. */
static const struct {
	uint8_t first, end;
} of_length[] = {
	[3] = {FIELD_PID, FIELD_LINE},
	[4] = {FIELD_LINE, FIELD_CALLS},
	[5] = {FIELD_CALLS, FIELD_SIGNAL},
	[6] = {FIELD_SIGNAL, FIELD_STARTED},
	[7] = {FIELD_STARTED, FIELD_RECORDED},
	[8] = {FIELD_RECORDED, FIELD_MISPLACED},
	[9] = {FIELD_MISPLACED, FIELD_EVENT_TYPE},
	[10] = {FIELD_EVENT_TYPE, FIELD_EVENTS_XXH3},
	[11] = {FIELD_EVENTS_XXH3, FIELD_CNT},
};

/* FIELD_CNT for a member that nobody asks for. */
static enum field_name find_name(const char *text, size_t len)
{
	int i;

	if (len >= sizeof(of_length) / sizeof(of_length[0]))
		return FIELD_CNT;
	for (i = of_length[len].first; i < of_length[len].end; i++)
		if (*text == *names[i].text && memcmp(text, names[i].text, len) == 0)
			return i;
	return FIELD_CNT;
}

/* --- the scan: each function takes one thing from the line, or says that it is not there -------
 */

struct cursor {
	const char *at, *end;
};

static bool take(struct cursor *cursor, char wanted)
{
	if (cursor->at == cursor->end || *cursor->at != wanted)
		return false;
	cursor->at++;
	return true;
}

static bool take_word(struct cursor *cursor, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(cursor->end - cursor->at) < len || memcmp(cursor->at, word, len) != 0)
		return false;
	cursor->at += len;
	return true;
}

/* Behind the backslash. \u is left to the library. */
static bool is_escape(char byte)
{
	return byte && strchr("\"\\/bfnrt", byte);
}

static inline const char *skip_plain(const char *at, const char *end)
{
	for (; end - at >= 16; at += 16) {
		uint32_t special = scan__special16(at);

		if (special)
			return at + __builtin_ctz(special);
	}
	return at;
}

/* Behind the first quotation mark. A text with an escape in it is not decoded, but FIELD_OTHER. */
static bool take_string(struct cursor *cursor, struct field *field)
{
	const char *start = cursor->at, *at = start, *end = cursor->end;
	enum field_type type = FIELD_TEXT;

	for (;;) {
		unsigned char byte;

		at = skip_plain(at, end);
		if (at == end)
			return false;
		byte = *at++;
		if (byte == '"')
			break;
		if (byte < 0x20 || byte > 0x7f)
			return false;
		if (byte != '\\')
			continue;
		type = FIELD_OTHER;
		if (at == end || !is_escape(*at++))
			return false;
	}
	*field = (struct field){.type = type, .text = start, .len = at - 1 - start};
	cursor->at = at;
	return true;
}

static bool take_number(struct cursor *cursor, struct field *field)
{
	const char *start = cursor->at, *at = start, *end = cursor->end;
	int64_t number = 0;
	size_t len;

	if (end - start > DIGITS_MAX)
		end = start + DIGITS_MAX;
	while (at < end && *at >= '0' && *at <= '9')
		number = 10 * number + (*at++ - '0');
	len = at - start;
	cursor->at = at;
	*field = (struct field){.type = FIELD_NUMBER, .number = number};
	/* More digits, a fraction or an exponent: the caller stops there, who expects a comma. */
	return len >= 1 && (*start != '0' || len == 1);
}

static bool take_flag(struct cursor *cursor, struct field *field)
{
	bool value = *cursor->at == 't';

	*field = (struct field){.type = FIELD_FLAG, .number = value};
	return take_word(cursor, value ? "true" : "false");
}

static bool take_scalar(struct cursor *cursor, struct field *field)
{
	if (take(cursor, '"'))
		return take_string(cursor, field);
	if (cursor->at == cursor->end)
		return false;
	if (*cursor->at == 't' || *cursor->at == 'f')
		return take_flag(cursor, field);
	if (*cursor->at != 'n')
		return take_number(cursor, field);
	*field = (struct field){.type = FIELD_OTHER};
	return take_word(cursor, "null");
}

/* Behind the bracket. */
static bool take_array(struct cursor *cursor, struct field *field)
{
	bool good = take(cursor, ']');

	while (!good && take_scalar(cursor, field)) {
		good = take(cursor, ']');
		if (!good && !take(cursor, ','))
			return false;
	}
	*field = (struct field){.type = FIELD_OTHER};
	return good;
}

static bool take_member(struct cursor *cursor, struct event_fields *fields)
{
	struct field key, *field;

	if (!take(cursor, '"') || !take_string(cursor, &key) || key.type != FIELD_TEXT ||
	    !take(cursor, ':'))
		return false;
	field = &fields->fields[find_name(key.text, key.len)];
	if (take(cursor, '['))
		return take_array(cursor, field);
	return take_scalar(cursor, field);
}

/* Text that is asked for has to be decoded, and that is the library's to do. */
static bool has_escaped_text(const struct event_fields *fields)
{
	for (int i = 0; i < FIELD_CNT; i++) {
		if (fields->fields[i].type == FIELD_OTHER && fields->fields[i].text)
			return true;
	}
	return false;
}

bool event_fields__scan(struct event_fields *fields, const char *line, size_t len)
{
	struct cursor cursor = {.at = line, .end = line + len};

	memset(fields, 0, sizeof(*fields));
	if (!take(&cursor, '{'))
		return false;
	do {
		if (!take_member(&cursor, fields))
			return false;
	} while (take(&cursor, ','));
	return take(&cursor, '}') && cursor.at == cursor.end && !has_escaped_text(fields);
}

/* --- from the library's tree --------------------------------------------------------------------
 */

static struct field field_of(const json_t *value)
{
	struct field field = {.type = value ? FIELD_OTHER : FIELD_MISSING};

	if (json_is_integer(value)) {
		field.type = FIELD_NUMBER;
		field.number = json_integer_value(value);
	} else if (json_is_boolean(value)) {
		field.type = FIELD_FLAG;
		field.number = json_is_true(value);
	} else if (json_is_string(value)) {
		field.type = FIELD_TEXT;
		field.text = json_string_value(value);
		field.len = json_string_length(value);
	}
	return field;
}

void event_fields__from_json(struct event_fields *fields, const json_t *object)
{
	for (int i = 0; i < FIELD_CNT; i++)
		fields->fields[i] = field_of(json_object_get(object, names[i].text));
}
