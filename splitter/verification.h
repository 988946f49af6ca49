/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SPLITTER_VERIFICATION_H
#define SPLITTER_VERIFICATION_H

#include "splitter/census.h"
#include "splitter/checkpoints.h"
#include "splitter/input.h"
#include "splitter/log_reader.h"
#include "splitter/verify.h"

/*
 * Of verify.c, verify_events.c and verify_log.c alone: one recording on its way to a verdict, its
 * events first, then its log, then both together.
 */
struct verify {
	struct input input;
	uint64_t log_bytes;
	struct strings *strings;
	struct history *history;
	struct checkpoints *checkpoints;
	struct census *census;
	struct block_parser *parser;
	struct block block;
	struct complaints bad_lines, bad_events;
	uint64_t line_cnt;      /* of the log as it is */
	struct ranges damaged;  /* lines of the log */
	struct ranges untold;   /* lines of the log whose events are not as they were */
	uint64_t unsound_line;  /* from this line of the log on, or UINT64_MAX */
	uint64_t unsound_event; /* likewise of the events */
	bool ends_within_line;
	size_t place_cnt;                      /* that are damaged */
	size_t process_cnt[GRADE_DAMAGED + 1]; /* by grade */
	struct verify_result *verdict;
};

/* Makes the verdict on the whole as bad as grade. */
void verify__note(struct verify *verify, enum grade grade, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Damage in a place of file, one of the input's: told at once, and noted. */
void verify__report(struct verify *verify, const char *file, const char *where, const char *what);

/* What is sound ends before value at the latest. */
void verify__lower(uint64_t *bound, uint64_t value);

/*
 * Each of these reads one file, or judges what was read. 0 or a negative errno; -EIO is reported.
 * The log is read when the events are judged: they tell where it should be what.
 */
int verify_events__read(struct verify *verify, size_t memory_bytes);
int verify_events__judge(struct verify *verify);
int verify_log__read(struct verify *verify);
void verify_log__judge(struct verify *verify);

#endif
