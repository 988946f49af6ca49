/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef COMMON_LOG_LINE_H
#define COMMON_LOG_LINE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * The one grammar of a line of the log, writer and parser:
 *
 *     1042:59:bash\n        pid ':' syscall ':' comm
 *
 * The pid is the process (the kernel's tgid), and in a log made with --threads the thread. The comm
 * is escaped as escape__comm() does: no raw control byte, '%' only as the start of %HH, and %HH
 * only for a byte that has to be escaped, so that one comm has one spelling.
 */

#define LOG_LINE_PID_MAX 4194304 /* PID_MAX_LIMIT of the kernel's linux/threads.h */
#define LOG_LINE_COMM_BYTES 15   /* TASK_COMM_LEN of linux/sched.h without the NUL */
#define LOG_LINE_COMM_MAX (3 * LOG_LINE_COMM_BYTES)

/* What stands in the log of a call through the ia32 ABI is this and its number: shared.h has it. */
#define LOG_LINE_IA32_BASE 10000

/* The longest line there is, with its newline: 4194304:-9223372036854775808:%01%01...\n */
#define LOG_LINE_MAX (7 + 1 + 20 + 1 + LOG_LINE_COMM_MAX + 1)

struct log_line {
	uint32_t pid;
	uint16_t nr_len; /* of the syscall's text, which ends one byte before comm */
	uint16_t comm_len;
	int64_t syscall_nr;
	const char *comm; /* escaped, as it stands in the text; does not end in NUL */
};

/*
 * Reads one line of len bytes, newline excluded. Returns NULL, or what is wrong with it as a text
 * for people ("the pid is not a number"); *line is then not to be used.
 */
const char *log_line__parse(struct log_line *line, const char *text, size_t len);

/* Checks an escaped comm alone: NULL, or what is wrong with it. */
const char *log_line__check_comm(const char *comm, size_t len);

/* "00" "01" ... "99" */
extern const char log_line_digit_pairs[200];

static inline char *log_line__put_pair(char *dst, uint32_t value)
{
	return (char *)memcpy(dst, log_line_digit_pairs + 2 * value, 2) + 2;
}

/* value < 10000 without leading zeros: nearly every syscall number, and the top of a pid. */
static inline char *log_line__put_small(char *dst, uint32_t value)
{
	if (value < 10) {
		*dst = '0' + value;
		return dst + 1;
	}
	if (value < 100)
		return log_line__put_pair(dst, value);
	if (value < 1000) {
		*dst = '0' + value / 100;
		return log_line__put_pair(dst + 1, value % 100);
	}
	return log_line__put_pair(log_line__put_pair(dst, value / 100), value % 100);
}

static inline char *log_line__put_unsigned(char *dst, uint64_t value)
{
	if (value < 10000)
		return log_line__put_small(dst, value);
	dst = log_line__put_unsigned(dst, value / 10000);
	value %= 10000;
	return log_line__put_pair(log_line__put_pair(dst, value / 100), value % 100);
}

static inline char *log_line__put_pid(char *dst, uint32_t pid)
{
	if (pid < 10000)
		return log_line__put_small(dst, pid);
	dst = log_line__put_small(dst, pid / 10000);
	pid %= 10000;
	return log_line__put_pair(log_line__put_pair(dst, pid / 100), pid % 100);
}

/* Copies of fixed size that overlap: a call of memcpy() would cost more than all the rest. */
static inline char *log_line__put_comm(char *dst, const char *comm, size_t len)
{
	if (len > 16) {
		memcpy(dst, comm, len);
	} else if (len >= 8) {
		memcpy(dst, comm, 8);
		memcpy(dst + len - 8, comm + len - 8, 8);
	} else if (len >= 4) {
		memcpy(dst, comm, 4);
		memcpy(dst + len - 4, comm + len - 4, 4);
	} else if (len) {
		dst[0] = comm[0];
		dst[len / 2] = comm[len / 2];
		dst[len - 1] = comm[len - 1];
	}
	return dst + len;
}

/*
 * Writes one line to dst, which must have room for LOG_LINE_MAX bytes, and returns its length with
 * the newline; no NUL is added. The pid must be below 100,000,000, escaped_comm at most
 * LOG_LINE_COMM_MAX bytes and escaped. Here in the header because the recorder's throughput is
 * the speed of this function.
 */
static inline size_t log_line__put(char *dst, uint32_t pid, int64_t syscall_nr,
				   const char *escaped_comm, size_t comm_len)
{
	char *start = dst;
	uint64_t magnitude = syscall_nr;

	dst = log_line__put_pid(dst, pid);
	*dst++ = ':';
	if (syscall_nr < 0) {
		*dst++ = '-';
		magnitude = -magnitude;
	}
	dst = log_line__put_unsigned(dst, magnitude);
	*dst++ = ':';
	dst = log_line__put_comm(dst, escaped_comm, comm_len);
	*dst++ = '\n';
	return dst - start;
}

#endif
