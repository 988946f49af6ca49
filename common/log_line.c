// SPDX-License-Identifier: BSD-2-Clause
#include <stdbool.h>

#include "common/log_line.h"

const char log_line_digit_pairs[200] = {
	"00010203040506070809101112131415161718192021222324252627282930313233343536373839"
	"40414243444546474849505152535455565758596061626364656667686970717273747576777879"
	"8081828384858687888990919293949596979899"};

#define NR_DIGITS_MAX 19 /* of INT64_MAX and INT64_MIN */

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

/* The decimal number at text, at most max_digits long, no leading zero; its length, or 0. */
static size_t parse_number(uint64_t *value, const char *text, size_t len, size_t max_digits)
{
	uint64_t sum = 0;
	size_t i = 0;

	while (i < len && is_digit(text[i]) && i < max_digits)
		sum = sum * 10 + (text[i++] - '0');
	if (i > 1 && text[0] == '0')
		return 0;
	*value = sum;
	return i;
}

/* The field at text ends in a colon: the length of both, or 0 with *error set. */
static size_t parse_pid(struct log_line *line, const char *text, size_t len, const char **error)
{
	uint64_t pid;
	size_t n = parse_number(&pid, text, len, 8);

	if (n > 0 && n == len) {
		*error = "the line ends within the pid";
		return 0;
	}
	if (n == 0 || (text[n] != ':' && !is_digit(text[n]))) {
		*error = "the pid is not a plain decimal number";
		return 0;
	}
	if (pid < 1 || pid > LOG_LINE_PID_MAX || text[n] != ':') {
		*error = "the pid is not between 1 and 4194304";
		return 0;
	}
	line->pid = pid;
	return n + 1;
}

static size_t parse_syscall(struct log_line *line, const char *text, size_t len, const char **error)
{
	bool negative = len > 0 && text[0] == '-';
	uint64_t limit = negative ? (uint64_t)INT64_MAX + 1 : INT64_MAX;
	uint64_t magnitude;
	size_t n = parse_number(&magnitude, text + negative, len - negative, NR_DIGITS_MAX);
	size_t end = n + negative;

	if (end == len) {
		*error = "the line ends before the comm";
		return 0;
	}
	if (n == 0 || text[end] != ':' || (negative && magnitude == 0)) {
		*error = n == NR_DIGITS_MAX && is_digit(text[end])
				 ? "the syscall number does not fit 64 bits"
				 : "the syscall is not a plain decimal number";
		return 0;
	}
	if (magnitude > limit) {
		*error = "the syscall number does not fit 64 bits";
		return 0;
	}
	line->syscall_nr = negative ? (int64_t)-magnitude : (int64_t)magnitude;
	return end + 1;
}

static int upper_hex(char digit)
{
	if (is_digit(digit))
		return digit - '0';
	return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

static bool must_be_escaped(unsigned char byte)
{
	return byte < 0x20 || byte == 0x7f || byte == '%';
}

const char *log_line__check_comm(const char *comm, size_t len)
{
	size_t bytes = 0;

	for (size_t i = 0; i < len; i++) {
		int high, low;

		if (++bytes > LOG_LINE_COMM_BYTES)
			return "the comm is longer than 15 bytes";
		if (!must_be_escaped(comm[i]))
			continue;
		if (comm[i] == '\r' && i + 1 == len)
			return "the line ends in CR LF, and lines of a log end in LF";
		if (comm[i] != '%')
			return "the comm holds a control character";
		high = len - i > 2 ? upper_hex(comm[i + 1]) : -1;
		low = len - i > 2 ? upper_hex(comm[i + 2]) : -1;
		if (high < 0 || low < 0)
			return "the comm holds a % without two upper-case hexadecimal digits";
		if (!must_be_escaped(high * 16 + low))
			return "the comm escapes a character that needs none";
		i += 2;
	}
	return NULL;
}

const char *log_line__parse(struct log_line *line, const char *text, size_t len)
{
	const char *error = NULL;
	size_t pid_len, nr_len;

	if (len == 0)
		return "the line is empty";
	if (len >= LOG_LINE_MAX)
		return "the line is longer than any line of a log";
	pid_len = parse_pid(line, text, len, &error);
	if (error)
		return error;
	nr_len = parse_syscall(line, text + pid_len, len - pid_len, &error);
	if (error)
		return error;
	line->nr_len = nr_len - 1;
	line->comm = text + pid_len + nr_len;
	line->comm_len = len - pid_len - nr_len;
	return log_line__check_comm(line->comm, line->comm_len);
}
