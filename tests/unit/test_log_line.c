// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "common/escape.h"
#include "common/log_line.h"

static const char *parse(struct log_line *line, const char *text)
{
	return log_line__parse(line, text, strlen(text));
}

static void assert_put(const char *expected, uint32_t pid, int64_t syscall_nr, const char *comm)
{
	char text[LOG_LINE_MAX + 1];
	size_t len = log_line__put(text, pid, syscall_nr, comm, strlen(comm));

	text[len] = '\0';
	assert_string_equal(text, expected);
}

static void a_line_is_written_as_the_format_says(void **state)
{
	(void)state;
	assert_put("1042:59:bash\n", 1042, 59, "bash");
	assert_put("1:0:\n", 1, 0, "");
	assert_put("4194304:-1:a:b/c d\n", 4194304, -1, "a:b/c d");
	assert_put("7:1073742344:x%0A\n", 7, 1073742344, "x%0A");
	assert_put("7:9223372036854775807:x\n", 7, INT64_MAX, "x");
	assert_put("7:-9223372036854775808:x\n", 7, INT64_MIN, "x");
}

static void the_longest_line_has_the_length_that_is_promised(void **state)
{
	char comm[LOG_LINE_COMM_MAX + 1];
	char text[LOG_LINE_MAX + 1];

	(void)state;
	escape__comm(comm, "\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1", LOG_LINE_COMM_BYTES);
	assert_int_equal(strlen(comm), LOG_LINE_COMM_MAX);
	assert_int_equal(log_line__put(text, LOG_LINE_PID_MAX, INT64_MIN, comm, strlen(comm)),
			 LOG_LINE_MAX);
}

static void what_is_written_is_read_back(void **state)
{
	static const uint32_t pids[] = {1,    9,     10,    99,     100,    999,     1000,
					9999, 10000, 99999, 100000, 999999, 1000000, 4194304};
	static const int64_t numbers[] = {0,
					  1,
					  9,
					  10,
					  59,
					  99,
					  100,
					  335,
					  999,
					  1000,
					  9999,
					  10000,
					  10384,
					  99999999,
					  100000000,
					  1073742344,
					  99999999999999,
					  -1,
					  -59,
					  -9999,
					  -10000,
					  INT32_MIN,
					  UINT32_MAX,
					  INT64_MAX,
					  INT64_MIN};

	(void)state;
	for (size_t i = 0; i < 14 * 25 * 46; i++) {
		uint32_t pid = pids[i % 14];
		int64_t number = numbers[i / 14 % 25];
		size_t comm_len = i / (14 * 25) % (LOG_LINE_COMM_BYTES + 1);
		const char *comm = "abc:d/e f\xff:1:2:sshd" + comm_len % 3;
		char text[LOG_LINE_MAX];
		struct log_line line;
		size_t len = log_line__put(text, pid, number, comm, comm_len);

		assert_int_equal(text[len - 1], '\n');
		assert_null(log_line__parse(&line, text, len - 1));
		assert_int_equal(line.pid, pid);
		assert_int_equal(line.syscall_nr, number);
		assert_int_equal(line.comm_len, comm_len);
		assert_memory_equal(line.comm, comm, comm_len);
	}
}

static void any_comm_survives_escaping_writing_reading_and_decoding(void **state)
{
	(void)state;
	srand(1);
	for (int round = 0; round < 20000; round++) {
		char comm[LOG_LINE_COMM_BYTES], escaped[LOG_LINE_COMM_MAX + 1];
		char text[LOG_LINE_MAX], decoded[LOG_LINE_COMM_MAX + 1];
		size_t comm_len = rand() % (LOG_LINE_COMM_BYTES + 1);
		struct log_line line;
		size_t len;

		for (size_t i = 0; i < comm_len; i++)
			comm[i] = rand() % 3 ? rand() % 256 : rand() % 48;
		len = escape__comm(escaped, comm, comm_len);
		len = log_line__put(text, 1, 2, escaped, len);
		assert_null(memchr(text, '\n', len - 1));
		assert_null(log_line__parse(&line, text, len - 1));
		assert_int_equal(escape__decode(decoded, line.comm, line.comm_len), comm_len);
		assert_memory_equal(decoded, comm, comm_len);
	}
}

static void lines_that_are_none_are_told_what_is_wrong(void **state)
{
	static const struct {
		const char *text, *error;
	} wrong[] = {
		{"", "the line is empty"},
		{"17", "the line ends within the pid"},
		{":1:a", "the pid is not a plain decimal number"},
		{"a:1:a", "the pid is not a plain decimal number"},
		{"+1:1:a", "the pid is not a plain decimal number"},
		{"-1:1:a", "the pid is not a plain decimal number"},
		{" 1:1:a", "the pid is not a plain decimal number"},
		{"01:1:a", "the pid is not a plain decimal number"},
		{"0:1:a", "the pid is not between 1 and 4194304"},
		{"4194305:1:a", "the pid is not between 1 and 4194304"},
		{"18446744073709551617:1:a", "the pid is not between 1 and 4194304"},
		{"1:", "the line ends before the comm"},
		{"1:5", "the line ends before the comm"},
		{"1::a", "the syscall is not a plain decimal number"},
		{"1:-:a", "the syscall is not a plain decimal number"},
		{"1:-0:a", "the syscall is not a plain decimal number"},
		{"1:00:a", "the syscall is not a plain decimal number"},
		{"1:1 :a", "the syscall is not a plain decimal number"},
		{"1:0x1:a", "the syscall is not a plain decimal number"},
		{"1:9223372036854775808:a", "the syscall number does not fit 64 bits"},
		{"1:-9223372036854775809:a", "the syscall number does not fit 64 bits"},
		{"1:99999999999999999999999:a", "the syscall number does not fit 64 bits"},
		{"1:1:0123456789abcdef", "the comm is longer than 15 bytes"},
		{"1:1:a\r", "the line ends in CR LF, and lines of a log end in LF"},
		{"1:1:a\rb", "the comm holds a control character"},
		{"1:1:a\x7f", "the comm holds a control character"},
		{"1:1:%", "the comm holds a % without two upper-case hexadecimal digits"},
		{"1:1:%0", "the comm holds a % without two upper-case hexadecimal digits"},
		{"1:1:%0a", "the comm holds a % without two upper-case hexadecimal digits"},
		{"1:1:%2F", "the comm escapes a character that needs none"},
	};
	struct log_line line;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_string_equal(parse(&line, wrong[i].text), wrong[i].error);
	assert_string_equal(log_line__parse(&line, "1:1:a\0b", 7),
			    "the comm holds a control character");
}

static void a_line_too_long_to_be_one_is_not_even_looked_at(void **state)
{
	char text[LOG_LINE_MAX + 1];
	struct log_line line;

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_string_equal(log_line__parse(&line, text, LOG_LINE_MAX),
			    "the line is longer than any line of a log");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_written_as_the_format_says),
		cmocka_unit_test(the_longest_line_has_the_length_that_is_promised),
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(any_comm_survives_escaping_writing_reading_and_decoding),
		cmocka_unit_test(lines_that_are_none_are_told_what_is_wrong),
		cmocka_unit_test(a_line_too_long_to_be_one_is_not_even_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
