// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "common/escape.h"

static void a_comm_loses_its_control_characters_and_percent_signs(void **state)
{
	char text[64];

	(void)state;
	assert_int_equal(escape__comm(text, "a\n1:2%\x7f/\xff", 9), 15);
	assert_string_equal(text, "a%0A1:2%25%7F/\xff");
	assert_int_equal(escape__comm(text, "\0x", 2), 4);
	assert_string_equal(text, "%00x");
	assert_int_equal(escape__comm(text, "", 0), 0);
	assert_string_equal(text, "");
}

static void a_file_name_has_no_slash_on_top_of_that(void **state)
{
	char text[64];

	(void)state;
	escape__file_name(text, "../%0A/x", 8);
	assert_string_equal(text, "..%2F%0A%2Fx");
}

static void json_text_is_utf8_whatever_the_bytes_are(void **state)
{
	static const struct {
		const char *bytes, *text;
	} cases[] = {
		{"plain", "plain"},
		{"100%", "100%25"},
		{"\xc3\xa4", "\xc3\xa4"},
		{"\xc3", "%C3"},
		{"\xff", "%FF"},
		{"\xc0\xaf", "%C0%AF"},
		{"\xed\xa0\x80", "%ED%A0%80"},
		{"\xf4\x90\x80\x80", "%F4%90%80%80"},
		{"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
		{"\n", "\n"},
	};
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		escape__json_text(text, cases[i].bytes, strlen(cases[i].bytes));
		assert_string_equal(text, cases[i].text);
	}
}

static void decoding_undoes_every_escaping(void **state)
{
	char bytes[256], text[3 * 256 + 1], back[3 * 256 + 1];

	(void)state;
	for (int i = 0; i < 256; i++)
		bytes[i] = i;
	assert_int_equal(escape__decode(back, text, escape__comm(text, bytes, 256)), 256);
	assert_memory_equal(back, bytes, 256);
	assert_int_equal(escape__decode(back, text, escape__json_text(text, bytes, 256)), 256);
	assert_memory_equal(back, bytes, 256);
}

static void a_percent_sign_without_digits_stays_when_decoded(void **state)
{
	char text[16];

	(void)state;
	assert_int_equal(escape__decode(text, "%", 1), 1);
	assert_int_equal(escape__decode(text, "%4", 2), 2);
	escape__decode(text, "%zz%41", 6);
	assert_string_equal(text, "%zzA");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_comm_loses_its_control_characters_and_percent_signs),
		cmocka_unit_test(a_file_name_has_no_slash_on_top_of_that),
		cmocka_unit_test(json_text_is_utf8_whatever_the_bytes_are),
		cmocka_unit_test(decoding_undoes_every_escaping),
		cmocka_unit_test(a_percent_sign_without_digits_stays_when_decoded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
