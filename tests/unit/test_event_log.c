// SPDX-License-Identifier: BSD-2-Clause
#include <time.h>

#include "common/escape.h"
#include "common/clock.h"
#include "recorder/event_log.h"
#include <xxhash.h>

#include "tests/unit/files.h"

/* The JSON text of one string. */
static void shows_bytes(const char *bytes, size_t len, const char *expected)
{
	json_t *string = event_log__bytes(bytes, len);
	char *text = json_dumps(string, JSON_ENCODE_ANY | JSON_COMPACT);

	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
	json_decref(string);
}

#define SHOWS_BYTES(literal, expected) shows_bytes(literal, sizeof(literal) - 1, expected)

/* --- strings and bytes ------------------------------------------------------------------------ */

static void text_stands_as_it_is(void **state)
{
	(void)state;
	SHOWS_BYTES("", "\"\"");
	SHOWS_BYTES("bash", "\"bash\"");
	SHOWS_BYTES("a:b/c d", "\"a:b/c d\"");
	SHOWS_BYTES("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\xa7",
		    "\"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\xa7\"");
}

static void percent_signs_are_escaped(void **state)
{
	(void)state;
	SHOWS_BYTES("100%", "\"100%25\"");
	SHOWS_BYTES("%41", "\"%2541\"");
}

static void json_escapes_what_it_has_to(void **state)
{
	(void)state;
	SHOWS_BYTES("a\nb\tc", "\"a\\nb\\tc\"");
	SHOWS_BYTES("\"\\", "\"\\\"\\\\\"");
	SHOWS_BYTES("\x01\x1f", "\"\\u0001\\u001F\"");
	SHOWS_BYTES("x\0y", "\"x\\u0000y\"");
}

static void bytes_that_are_not_utf8_are_escaped(void **state)
{
	(void)state;
	SHOWS_BYTES("\xff", "\"%FF\"");
	SHOWS_BYTES("a\x80z", "\"a%80z\"");
	/* cut short */
	SHOWS_BYTES("\xc3", "\"%C3\"");
	SHOWS_BYTES("\xe2\x82", "\"%E2%82\"");
	SHOWS_BYTES("\xf0\x9f\x90", "\"%F0%9F%90\"");
	SHOWS_BYTES("\xe2\x82x", "\"%E2%82x\"");
	/* overlong, a surrogate, above U+10FFFF */
	SHOWS_BYTES("\xc0\xaf", "\"%C0%AF\"");
	SHOWS_BYTES("\xe0\x80\xaf", "\"%E0%80%AF\"");
	SHOWS_BYTES("\xf0\x80\x80\xaf", "\"%F0%80%80%AF\"");
	SHOWS_BYTES("\xed\xa0\x80", "\"%ED%A0%80\"");
	SHOWS_BYTES("\xf4\x90\x80\x80", "\"%F4%90%80%80\"");
	SHOWS_BYTES("\xf8\x88\x80\x80\x80", "\"%F8%88%80%80%80\"");
}

/* As docs/formats.md says: decode the JSON string, then each %HH. */
static void comes_back(const char *bytes, size_t len)
{
	json_t *string = event_log__bytes(bytes, len), *parsed;
	char *text = json_dumps(string, JSON_ENCODE_ANY | JSON_COMPACT);
	char *decoded;

	assert_non_null(text);
	parsed = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	assert_true(json_is_string(parsed));
	decoded = need(malloc(json_string_length(parsed) + 1));
	assert_int_equal(
		escape__decode(decoded, json_string_value(parsed), json_string_length(parsed)),
		len);
	assert_memory_equal(decoded, bytes, len);
	free(decoded);
	free(text);
	json_decref(parsed);
	json_decref(string);
}

static void any_bytes_come_back_from_json(void **state)
{
	/* Bytes between which the meaning changes, more often than others. */
	static const unsigned char edges[] = {'%',  '2',  '5',  0x00, 0x7f, 0x80, 0x9f, 0xa0,
					      0xbf, 0xc1, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0,
					      0xf4, 0xf5, 0xff, '"',  '\\', '\n'};
	uint32_t random = 1;
	char *bytes;

	(void)state;
	for (int turn = 0; turn < 50000; turn++) {
		size_t len = turn % 24;

		/* Of exactly its size, so that the sanitizer sees who reads beyond it. */
		bytes = need(malloc(len + !len));
		for (size_t i = 0; i < len; i++) {
			random = random * 1664525 + 1013904223;
			bytes[i] = turn % 2 ? random >> 24 : edges[(random >> 16) % sizeof(edges)];
		}
		comes_back(bytes, len);
		free(bytes);
	}
}

static size_t put_utf8(char *at, uint32_t c)
{
	char *start = at;

	if (c < 0x80) {
		*at = c;
		return 1;
	}
	if (c < 0x800) {
		*at++ = 0xc0 | c >> 6;
	} else if (c < 0x10000) {
		*at++ = 0xe0 | c >> 12;
		*at++ = 0x80 | (c >> 6 & 0x3f);
	} else {
		*at++ = 0xf0 | c >> 18;
		*at++ = 0x80 | (c >> 12 & 0x3f);
		*at++ = 0x80 | (c >> 6 & 0x3f);
	}
	*at++ = 0x80 | (c & 0x3f);
	return at - start;
}

static void every_character_of_unicode_stays_as_it_is(void **state)
{
	(void)state;
	for (uint32_t c = 1; c <= 0x10ffff; c++) {
		char bytes[4];
		size_t len = put_utf8(bytes, c);
		json_t *string;

		if ((c >= 0xd800 && c <= 0xdfff) || c == '%')
			continue;
		string = event_log__bytes(bytes, len);
		assert_int_equal(json_string_length(string), len);
		assert_memory_equal(json_string_value(string), bytes, len);
		json_decref(string);
	}
}

/* --- events ----------------------------------------------------------------------------------- */

struct log {
	struct output_file *file;
	struct event_log *events;
};

static struct log open_log(void)
{
	struct log log = {.file = output_file__open("events", never)};

	assert_non_null(log.file);
	log.events = need(event_log__new(log.file));
	return log;
}

/* What was written, with the first timestamp replaced by T. */
static void wrote(struct log *log, const char *expected)
{
	char *text, *time, *end;

	event_log__free(log->events);
	assert_int_equal(output_file__close(log->file), 0);
	text = need(strdup(text_of("events")));
	time = strstr(text, "\"timestamp\":\"");
	assert_non_null(time);
	time += strlen("\"timestamp\":\"");
	end = strchr(time, '"');
	assert_int_equal(end - time, strlen("2026-03-01T12:00:00.123456789Z"));
	*time++ = 'T';
	memmove(time, end, strlen(end) + 1);
	assert_string_equal(text, expected);
	free(text);
}

static void an_event_is_one_line(void **state)
{
	struct log log = open_log();
	json_t *event = event_log__begin(log.events, "process_exec", 0, 17);

	(void)state;
	event_log__set_int(event, "pid", 4242);
	event_log__set_int(event, "least", INT64_MIN);
	event_log__set_bool(event, "yes", true);
	event_log__set_bool(event, "no", false);
	event_log__set_text(event, "comm", "a\n%\xff");
	event_log__set_bytes(event, "exe", "/bin/x and more", 6);
	event_log__set_strings(event, "argv", "ls\0\0-l\0", 7);
	event_log__set_strings(event, "none", "", 0);
	event_log__set_strings(event, "cut", "ls\0-", 4);
	event_log__set(event, "own", json_object());
	event_log__write(log.events, event);
	wrote(&log, "{\"event_type\":\"process_exec\",\"timestamp\":\"T\",\"line\":17,"
		    "\"pid\":4242,\"least\":-9223372036854775808,\"yes\":true,\"no\":false,"
		    "\"comm\":\"a\\n%25%FF\",\"exe\":\"/bin/x\",\"argv\":[\"ls\",\"\",\"-l\"],"
		    "\"none\":[],\"cut\":[\"ls\",\"-\"],\"own\":{}}\n");
}

static void the_bytes_of_all_values_round_trip_through_a_file(void **state)
{
	struct log log = open_log();
	char all[255], decoded[256];
	json_t *event = event_log__begin(log.events, "process_fork", 0, 1), *parsed, *value;

	(void)state;
	for (int i = 0; i < 255; i++)
		all[i] = i + 1;
	event_log__set_bytes(event, "comm", all, sizeof(all));
	event_log__write(log.events, event);
	assert_int_equal(output_file__flush(log.file), 0);
	assert_ptr_equal(strchr(text_of("events"), '\n') + 1, strchr(text_of("events"), '\0'));
	parsed = json_loads(text_of("events"), 0, NULL);
	assert_non_null(parsed);
	value = json_object_get(parsed, "comm");
	assert_int_equal(
		escape__decode(decoded, json_string_value(value), json_string_length(value)), 255);
	assert_memory_equal(decoded, all, sizeof(all));
	json_decref(parsed);
	event_log__free(log.events);
	output_file__close(log.file);
}

/* A recording of 2,048 programs with long names has its command line in its first event. */
static void an_event_of_any_size_is_written(void **state)
{
	struct log log = open_log();
	size_t len = 1536 * 1024;
	char *long_text = need(malloc(len));
	json_t *event = event_log__begin(log.events, "recording_start", 0, 1), *parsed;

	(void)state;
	memset(long_text, 'x', len);
	event_log__set_bytes(event, "command_line", long_text, len);
	event_log__write(log.events, event);
	free(long_text);
	event_log__free(log.events);
	assert_int_equal(output_file__close(log.file), 0);
	parsed = json_loads(text_of("events"), 0, NULL);
	assert_non_null(parsed);
	assert_int_equal(json_string_length(json_object_get(parsed, "command_line")), len);
	json_decref(parsed);
}

/* The seal of the line at text: of everything from start up to its comma. */
static void expect_sealed(const char *start, const char *line)
{
	const char *seal = strstr(line, ",\"events_xxh3\":\"");
	char expected[64];

	assert_non_null(seal);
	snprintf(expected, sizeof(expected), ",\"events_xxh3\":\"%016lx\"}\n",
		 (unsigned long)XXH3_64bits(start, seal - start));
	assert_memory_equal(seal, expected, strlen(expected));
}

static void a_sealed_event_ends_with_the_hash_of_everything_since_the_last_one(void **state)
{
	struct log log = open_log();
	const char *text, *first, *second;

	(void)state;
	assert_int_equal(output_file__keep_hash(log.file), 0);
	event_log__write(log.events, event_log__begin(log.events, "one", 0, 1));
	assert_int_equal(
		event_log__write_sealed(log.events, event_log__begin(log.events, "first", 0, 2)),
		0);
	event_log__write(log.events, event_log__begin(log.events, "two", 0, 3));
	assert_int_equal(
		event_log__write_sealed(log.events, event_log__begin(log.events, "second", 0, 4)),
		0);
	text = text_of("events");
	first = strstr(text, "{\"event_type\":\"first\"");
	second = strstr(text, "{\"event_type\":\"second\"");
	assert_non_null(first);
	assert_non_null(second);
	expect_sealed(text, first);
	expect_sealed(strchr(first, '\n') + 1, second);
	event_log__free(log.events);
	output_file__close(log.file);
}

/* As one that a member could not be set of. */
static json_t *incomplete(struct log *log)
{
	json_t *event = event_log__begin(log->events, "incomplete", 0, 2);

	assert_int_equal(json_object_del(event, "event_type"), 0);
	return event;
}

static void a_sealed_event_that_is_left_out_is_an_error_and_ends_no_stretch(void **state)
{
	struct log log = open_log();
	const char *text;

	(void)state;
	assert_int_equal(output_file__keep_hash(log.file), 0);
	event_log__write(log.events, event_log__begin(log.events, "one", 0, 1));
	assert_int_equal(event_log__write_sealed(log.events, incomplete(&log)), -ENOMEM);
	assert_int_equal(event_log__write_sealed(log.events, NULL), -ENOMEM);
	assert_int_equal(event_log__dropped(log.events), 1);
	assert_int_equal(
		event_log__write_sealed(log.events, event_log__begin(log.events, "last", 0, 3)), 0);
	text = text_of("events");
	expect_sealed(text, strstr(text, "{\"event_type\":\"last\""));
	event_log__free(log.events);
	output_file__close(log.file);
}

static void where_events_go_nowhere_all_of_it_does_nothing(void **state)
{
	struct event_log *events = need(event_log__new(NULL));
	json_t *event = event_log__begin(events, "process_fork", 0, 1);

	(void)state;
	assert_null(event);
	event_log__set_int(event, "pid", 1);
	event_log__set_bool(event, "pid", true);
	event_log__set_text(event, "comm", "a");
	event_log__set_bytes(event, "comm", "a", 1);
	event_log__set_strings(event, "argv", "a", 2);
	event_log__set(event, "own", json_object());
	event_log__write(events, event);
	assert_int_equal(event_log__write_sealed(events, event), 0);
	event_log__free(events);
}

/* --- time ------------------------------------------------------------------------------------- */

static int64_t seconds_of(const char *text)
{
	struct tm utc = {0};
	char rest[32] = "";

	assert_int_equal(sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d%31s", &utc.tm_year, &utc.tm_mon,
				&utc.tm_mday, &utc.tm_hour, &utc.tm_min, &utc.tm_sec, rest),
			 7);
	assert_int_equal(strlen(rest), strlen(".123456789Z"));
	assert_int_equal(rest[0], '.');
	assert_int_equal(strspn(rest + 1, "0123456789"), 9);
	assert_string_equal(rest + 10, "Z");
	utc.tm_year -= 1900;
	utc.tm_mon--;
	return timegm(&utc);
}

static void times_are_wall_clock_times_in_utc(void **state)
{
	char now[CLOCK_TEXT_SZ], then[CLOCK_TEXT_SZ];
	uint64_t now_ns = clock__now_ns();
	int64_t before = time(NULL);

	(void)state;
	setenv("TZ", "XYZ-13", 1);
	tzset();
	clock__format(now, 0);
	clock__format(then, now_ns + 3600 * 1000000000ULL);
	unsetenv("TZ");
	tzset();
	assert_in_range(seconds_of(now), before - 1, time(NULL) + 1);
	assert_in_range(seconds_of(then), before + 3600 - 1, time(NULL) + 3600 + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_stands_as_it_is),
		cmocka_unit_test(percent_signs_are_escaped),
		cmocka_unit_test(json_escapes_what_it_has_to),
		cmocka_unit_test(bytes_that_are_not_utf8_are_escaped),
		cmocka_unit_test(any_bytes_come_back_from_json),
		cmocka_unit_test(every_character_of_unicode_stays_as_it_is),
		FOLDER_TEST(an_event_is_one_line),
		FOLDER_TEST(the_bytes_of_all_values_round_trip_through_a_file),
		FOLDER_TEST(an_event_of_any_size_is_written),
		FOLDER_TEST(a_sealed_event_ends_with_the_hash_of_everything_since_the_last_one),
		FOLDER_TEST(a_sealed_event_that_is_left_out_is_an_error_and_ends_no_stretch),
		cmocka_unit_test(where_events_go_nowhere_all_of_it_does_nothing),
		cmocka_unit_test(times_are_wall_clock_times_in_utc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
