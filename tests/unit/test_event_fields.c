// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "splitter/event_fields.h"

/* In memory of just its size, so that a sanitizer sees what is read behind it. */
static bool scan(struct event_fields *fields, char **line, const char *text)
{
	size_t len = strlen(text);

	*line = malloc(len + !len);
	assert_non_null(*line);
	memcpy(*line, text, len);
	return event_fields__scan(fields, *line, len);
}

static void assert_same_field(const struct field *a, const struct field *b)
{
	assert_int_equal(a->type, b->type);
	assert_int_equal(a->number, b->number);
	assert_int_equal(a->len, b->len);
	if (a->len)
		assert_memory_equal(a->text, b->text, a->len);
}

/* The scan finds what the library finds. */
static void assert_scanned(const char *text)
{
	json_t *object = json_loads(text, 0, NULL);
	struct event_fields scanned, expected;
	char *line;

	assert_non_null(object);
	assert_true(scan(&scanned, &line, text));
	event_fields__from_json(&expected, object);
	for (int i = 0; i < FIELD_CNT; i++)
		assert_same_field(&scanned.fields[i], &expected.fields[i]);
	free(line);
	json_decref(object);
}

static void assert_left_to_library(const char *text)
{
	struct event_fields fields;
	char *line;

	if (scan(&fields, &line, text))
		fail_msg("scanned: %s", text);
	free(line);
}

static void events_of_the_recorder_are_scanned(void **state)
{
	(void)state;
	assert_scanned("{\"event_type\":\"process_exec\",\"timestamp\":\"2026-03-01T12:00:00."
		       "123456789Z\",\"line\":153,\"pid\":13373,\"ppid\":13372,\"comm\":\"sort\","
		       "\"tid\":13373,\"exe\":\"/usr/bin/sort\",\"file\":\"sort\",\"argc\":2,"
		       "\"argv\":[\"sort\",\"words\"],\"argv_cut\":false,\"started\":false,"
		       "\"recorded\":true}");
	assert_scanned("{\"event_type\":\"process_fork\",\"line\":2,\"pid\":1,\"ppid\":0,"
		       "\"comm\":\"a%0Ab\"}");
	assert_scanned("{\"event_type\":\"process_exit\",\"line\":9,\"pid\":7,\"ppid\":6,"
		       "\"comm\":\"\",\"signal\":9,\"calls\":999999999999999999,\"lost\":0}");
	assert_scanned("{\"event_type\":\"process_exec\",\"pid\":1,\"comm\":\"sh\",\"argv\":["
		       "\"sh\",\"-c\",\"echo \\\"a\\\\b\\\"\\n\"]}");
}

static void odd_members_are_told_apart(void **state)
{
	(void)state;
	assert_scanned("{\"tid\":null,\"pid\":\"7\",\"comm\":7,\"exe\":true,\"line\":[1,\"a\"],"
		       "\"argv\":[],\"lost\":0}");
	/* Of two members with one name the last one counts. */
	assert_scanned("{\"pid\":1,\"pid\":2,\"comm\":\"a\",\"comm\":null}");
}

static void what_is_not_simple_is_left_to_the_library(void **state)
{
	static const char *const lines[] = {
		"",
		"{",
		"{}",
		"[]",
		"7",
		"{\"pid\":1",
		"{\"pid\":1}}",
		"{\"pid\":1,}",
		"{\"pid\":}",
		"{\"pid\"1}",
		"{pid:1}",
		"{\"pid\": 1}",
		"{\"pid\":1}\r",
		"{\"pid\":-1}",
		"{\"pid\":01}",
		"{\"pid\":1.0}",
		"{\"pid\":1e3}",
		"{\"pid\":1234567890123456789}",
		"{\"pid\":99999999999999999999}",
		"{\"pid\":999999999999999999999999999999999}",
		"{\"pid\":tru}",
		"{\"pid\":nul",
		"{\"pid\":[1,]}",
		"{\"pid\":[1",
		"{\"pid\":[[1]]}",
		"{\"pid\":{}}",
		"{\"comm\":\"a}",
		"{\"comm\":\"a\\",
		"{\"comm\":\"a\\q\"}",
		"{\"comm\":\"a\\n\"}",
		"{\"comm\":\"a\\u0041\"}",
		"{\"comm\":\"a\tb\"}",
		"{\"comm\":\"caf\xc3\xa9\"}",
		"{\"argv\":[\"an argument of some length, \xff\"]}",
		"{\"c\\u006fmm\":\"a\"}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		assert_left_to_library(lines[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_of_the_recorder_are_scanned),
		cmocka_unit_test(odd_members_are_told_apart),
		cmocka_unit_test(what_is_not_simple_is_left_to_the_library),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
