/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_RECORD_SCENE_H
#define TESTS_UNIT_RECORD_SCENE_H

#include "recorder/output.h"
#include "recorder/record.h"
#include "tests/unit/files.h"

/* A recording from the ring to its two files, of process 42 named sh. */

#define A INSTANCE(1, 0)

struct recording {
	struct output output;
	struct output_file *log_file, *event_file;
	struct merge *merge;
	char *folder;
};

static inline int set_up_with(void **state, bool threads)
{
	struct recording *recording = need(calloc(1, sizeof(*recording)));
	struct process_output output = output__of(&recording->output);
	void *folder;

	if (enter_folder(&folder))
		return -1;
	recording->folder = folder;
	recording->log_file = need(output_file__open("log", never));
	recording->event_file = need(output_file__open("events", never));
	recording->output.ids = need(id_log__new(recording->log_file, NULL));
	recording->output.events = need(event_log__new(recording->event_file));
	recording->output.threads = threads;
	recording->merge = need(merge__new(4, threads, &output));
	*state = recording;
	return 0;
}

static inline int set_up(void **state)
{
	return set_up_with(state, false);
}

static inline int set_up_threads(void **state)
{
	return set_up_with(state, true);
}

static inline int tear_down(void **state)
{
	struct recording *recording = *state;
	void *folder = recording->folder;

	merge__free(recording->merge);
	id_log__free(recording->output.ids);
	event_log__free(recording->output.events);
	output_file__close(recording->log_file);
	output_file__close(recording->event_file);
	free(recording);
	return leave_folder(&folder);
}

/* --- what arrives ----------------------------------------------------------------------------- */

/* The record lies in memory of exactly sz bytes. */
static inline int dispatch(struct recording *recording, const void *record, size_t sz)
{
	struct submit_info *copy = need(malloc(sz));
	int err;

	memcpy(copy, record, sz);
	err = record__dispatch(recording->merge, copy, sz);
	free(copy);
	return err;
}

static inline int happens(struct recording *recording, enum submit_kind kind, uint32_t tid,
			  const char *comm, uint64_t stamp, int exit_code)
{
	struct process_record record = make_record(kind, A, 42, tid, comm, stamp);

	record.exit_code = exit_code;
	return dispatch(recording, &record, sizeof(record));
}

/* lost: so many of the process's calls were lost before it. */
static inline int calls_after(struct recording *recording, uint32_t lost, uint64_t stamp,
			      const uint16_t *words, size_t word_cnt)
{
	struct segment *segment = make_segment(A, 42, 42, "sh", stamp, words, word_cnt);
	size_t segment_sz = sizeof(*segment) + word_cnt * sizeof(*words);
	char record[sizeof(struct submit_info) + 1024];
	struct submit_info info = {.kind = SUBMIT_CALLS, .sz = sizeof(info) + segment_sz};

	assert_true(segment_sz <= 1024);
	segment->lost = lost;
	memcpy(record, &info, sizeof(info));
	memcpy(record + sizeof(info), segment, segment_sz);
	free(segment);
	return dispatch(recording, record, info.sz);
}

static inline int calls(struct recording *recording, uint64_t stamp, const uint16_t *words,
			size_t word_cnt)
{
	return calls_after(recording, 0, stamp, words, word_cnt);
}

/* One that began at this time. */
static inline void round_of(struct recording *recording, uint64_t stamp)
{
	merge__begin_round(recording->merge, stamp);
	merge__end_round(recording->merge);
}

/* An exec, or an attach, with its strings behind it: exe, file and argv in one. */
struct exec_with_strings {
	struct exec_record exec;
	char strings[256];
};

static inline struct exec_with_strings make_strings(enum submit_kind kind, uint64_t stamp,
						    uint64_t call_stamp, uint32_t flags,
						    const char *strings, uint32_t exe_sz,
						    uint32_t file_sz, uint32_t argv_sz)
{
	struct exec_with_strings record = {
		.exec = make_exec(A, 42, 42, "ls", stamp, call_stamp, flags)};

	record.exec.process.info.kind = kind;
	record.exec.process.info.sz = sizeof(record.exec) + exe_sz + file_sz + argv_sz;
	record.exec.exe_sz = exe_sz;
	record.exec.file_sz = file_sz;
	record.exec.argv_sz = record.exec.argv_full_len = argv_sz;
	record.exec.argc = 2;
	memcpy(record.strings, strings, exe_sz + file_sz + argv_sz);
	return record;
}

static inline int dispatch_strings(struct recording *recording,
				   const struct exec_with_strings *record)
{
	return dispatch(recording, record, record->exec.process.info.sz);
}

/* "/bin/ls" NUL "ls" NUL "ls" NUL "-l" NUL */
static const char ls_strings[] = "/bin/ls\0ls\0ls\0-l";

/* --- what comes out --------------------------------------------------------------------------- */

/* Every event's timestamp is left out. */
static inline void events(struct recording *recording, const char *expected)
{
	struct transcript shown = {0};
	char *text, *line;

	assert_int_equal(output_file__flush(recording->event_file), 0);
	text = need(strdup(text_of("events")));
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		char *time = strstr(line, "\"timestamp\":\"");
		char *behind = strchr(time + strlen("\"timestamp\":\""), '"') + 2;

		memmove(time, behind, strlen(behind) + 1);
		for (; *line; line += strnlen(line, 200))
			transcript__add(&shown, "%.200s", line);
		transcript__add(&shown, "\n");
	}
	shows(&shown, expected);
	free(shown.text);
	free(text);
}

static inline void lines(struct recording *recording, const char *expected)
{
	assert_int_equal(output_file__flush(recording->log_file), 0);
	assert_string_equal(text_of("log"), expected);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define THREADS_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_threads, tear_down)

#endif
