/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_SUPPORT_H
#define TESTS_UNIT_SUPPORT_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/process.h"
#include "recorder/thread.h"
#include "shared.h"

/*
 * Segments and records as the kernel side makes them, and an output that writes down what it is
 * told, one line each:
 *
 *     42:59:bash              a call, as the log has it
 *     42 exec bash            an event: process, kind, comm of its record
 *     42 lost 3 before 5      calls that were lost before the process's 5th line
 *     42 +43 bash             thread 43 of process 42 starts (with threads only), and ends: -43
 */

/* --- words of a segment: WORDS(0, SKIP(2), EXEC, 59, LONG_SKIP(5000), WIDE(-1)) ----------------
 */

/* Stamps that the call behind it is further on: SKIP() up to SHORT_SKIP_MAX. */
#define SKIP(cnt) (WORD_SKIP + (cnt)-1)
#define LONG_SKIP(cnt) (uint16_t)(WORD_LONG_SKIP + (((cnt)-1) >> 16)), (uint16_t)((cnt)-1)
#define EXEC WORD_EXEC
#define PART_OF(id, part) (uint16_t)((uint64_t)(int64_t)(id) >> 16 * (part))
#define WIDE(id) WORD_WIDE, PART_OF(id, 0), PART_OF(id, 1), PART_OF(id, 2), PART_OF(id, 3)

/* Two arguments of a function: the words, and how many. */
#define WORDS(...) \
	(const uint16_t[]){__VA_ARGS__}, sizeof((const uint16_t[]){__VA_ARGS__}) / sizeof(uint16_t)

#define INSTANCE(generation, slot) ((uint64_t)(generation) << 32 | (slot))

static inline void *need(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

/* Of exactly its size, so that the sanitizer sees who reads beyond it; the caller frees it. */
static inline struct segment *make_segment(uint64_t instance, uint32_t tgid, uint32_t tid,
					   const char *comm, uint64_t stamp, const uint16_t *words,
					   size_t word_cnt)
{
	struct segment *segment = need(malloc(sizeof(*segment) + word_cnt * sizeof(*words)));

	*segment = (struct segment){
		.instance = instance,
		.stamp = stamp,
		.tgid = tgid,
		.tid = tid,
		.word_cnt = word_cnt,
	};
	snprintf(segment->comm, sizeof(segment->comm), "%s", comm);
	memcpy(segment + 1, words, word_cnt * sizeof(*words));
	return segment;
}

/* --- records ---------------------------------------------------------------------------------- */

static inline struct process_record make_record(enum submit_kind kind, uint64_t instance,
						uint32_t tgid, uint32_t tid, const char *comm,
						uint64_t stamp)
{
	struct process_record record = {
		.info = {.kind = kind, .sz = sizeof(record)},
		.instance = instance,
		.stamp = stamp,
		.tgid = tgid,
		.tid = tid,
		.ppid = 1,
	};

	snprintf(record.comm, sizeof(record.comm), "%s", comm);
	return record;
}

/* Without strings. */
static inline struct exec_record make_exec(uint64_t instance, uint32_t tgid, uint32_t tid,
					   const char *comm, uint64_t stamp, uint64_t call_stamp,
					   uint32_t flags)
{
	struct exec_record record = {
		.process = make_record(SUBMIT_EXEC, instance, tgid, tid, comm, stamp),
		.call_stamp = call_stamp,
		.call_id = 59,
		.flags = flags,
	};

	record.process.info.sz = sizeof(record);
	return record;
}

/* --- what comes out --------------------------------------------------------------------------- */

struct transcript {
	char *text;
	size_t len, room;
};

static inline void __attribute__((format(printf, 2, 3)))
transcript__add(struct transcript *transcript, const char *format, ...)
{
	va_list args;
	int n;

	if (transcript->room - transcript->len < 256) {
		transcript->room = 2 * transcript->room + 4096;
		transcript->text = need(realloc(transcript->text, transcript->room));
	}
	va_start(args, format);
	n = vsnprintf(transcript->text + transcript->len, 256, format, args);
	va_end(args);
	assert_in_range(n, 0, 255);
	transcript->len += n;
}

static inline void transcript__clear(struct transcript *transcript)
{
	transcript->len = 0;
	if (transcript->text)
		transcript->text[0] = '\0';
}

static inline const char *transcript__text(const struct transcript *transcript)
{
	return transcript->text ? transcript->text : "";
}

static inline const char *kind_name(uint32_t kind)
{
	static const char *const names[] = {
#define KIND(constant, name) [constant] = #name,
		SUBMIT_KINDS(KIND)
#undef KIND
	};

	return kind < SUBMIT_KIND_CNT ? names[kind] : "?";
}

static inline void tell_calls(void *context, struct process *process, const struct caller *caller,
			      const int64_t *ids, size_t cnt)
{
	(void)process;
	assert_int_equal(caller->comm_len, strlen(caller->comm));
	for (size_t i = 0; i < cnt; i++)
		transcript__add(context, "%u:%lld:%s\n", caller->log_pid, (long long)ids[i],
				caller->comm);
}

static inline void tell_event(void *context, struct process *process, const struct event *event)
{
	transcript__add(context, "%u %s %s\n", process->tgid, kind_name(event->record.info.kind),
			event->record.comm);
}

static inline void tell_lost(void *context, struct process *process, uint64_t cnt)
{
	transcript__add(context, "%u lost %llu before %llu\n", process->tgid,
			(unsigned long long)cnt, (unsigned long long)process->lines + 1);
}

static inline void tell_thread(void *context, struct process *process, const struct thread *thread,
			       bool starts, uint64_t time_ns)
{
	(void)time_ns;
	transcript__add(context, "%u %c%u %s\n", process->tgid, starts ? '+' : '-', thread->tid,
			thread->comm);
}

static inline struct process_output output_to(struct transcript *transcript)
{
	return (struct process_output){
		.calls = tell_calls,
		.event = tell_event,
		.lost = tell_lost,
		.thread = tell_thread,
		.context = transcript,
	};
}

/* What has come out since the last look is exactly this. */
static inline void shows(struct transcript *transcript, const char *expected)
{
	assert_string_equal(transcript__text(transcript), expected);
	transcript__clear(transcript);
}

#endif
