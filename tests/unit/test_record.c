// SPDX-License-Identifier: BSD-2-Clause
#include "recorder/output.h"
#include "recorder/record.h"
#include "tests/unit/files.h"

/* From a record to its event, as docs/formats.md has it; and records that can't be right. */

#define A INSTANCE(1, 0)

struct recording {
	struct output output;
	struct output_file *log_file, *event_file;
	struct merge *merge;
	char *folder;
};

static int set_up_with(void **state, bool threads)
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

static int set_up(void **state)
{
	return set_up_with(state, false);
}

static int set_up_threads(void **state)
{
	return set_up_with(state, true);
}

static int tear_down(void **state)
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
static int dispatch(struct recording *recording, const void *record, size_t sz)
{
	struct submit_info *copy = need(malloc(sz));
	int err;

	memcpy(copy, record, sz);
	err = record__dispatch(recording->merge, copy, sz);
	free(copy);
	return err;
}

static int happens(struct recording *recording, enum submit_kind kind, uint32_t tid,
		   const char *comm, uint64_t seq, int exit_code)
{
	struct process_record record = make_record(kind, A, 42, tid, comm, seq);

	record.exit_code = exit_code;
	return dispatch(recording, &record, sizeof(record));
}

static int calls(struct recording *recording, uint64_t seq, const uint16_t *words, size_t word_cnt)
{
	struct segment *segment = make_segment(A, 42, 42, "sh", seq, words, word_cnt);
	size_t segment_sz = sizeof(*segment) + word_cnt * sizeof(*words);
	char record[sizeof(struct submit_info) + 1024];
	struct submit_info info = {.kind = SUBMIT_CALLS, .sz = sizeof(info) + segment_sz};

	assert_true(segment_sz <= 1024);
	memcpy(record, &info, sizeof(info));
	memcpy(record + sizeof(info), segment, segment_sz);
	free(segment);
	return dispatch(recording, record, info.sz);
}

/* An exec, or an attach, with its strings behind it: exe, file and argv in one. */
struct exec_with_strings {
	struct exec_record exec;
	char strings[256];
};

static struct exec_with_strings make_strings(enum submit_kind kind, uint64_t seq, uint64_t call_seq,
					     uint32_t flags, const char *strings, uint32_t exe_sz,
					     uint32_t file_sz, uint32_t argv_sz)
{
	struct exec_with_strings record = {
		.exec = make_exec(A, 42, 42, "ls", seq, call_seq, flags)};

	record.exec.process.info.kind = kind;
	record.exec.process.info.sz = sizeof(record.exec) + exe_sz + file_sz + argv_sz;
	record.exec.exe_sz = exe_sz;
	record.exec.file_sz = file_sz;
	record.exec.argv_sz = record.exec.argv_full_len = argv_sz;
	record.exec.argc = 2;
	memcpy(record.strings, strings, exe_sz + file_sz + argv_sz);
	return record;
}

static int dispatch_strings(struct recording *recording, const struct exec_with_strings *record)
{
	return dispatch(recording, record, record->exec.process.info.sz);
}

/* "/bin/ls" NUL "ls" NUL "ls" NUL "-l" NUL */
static const char ls_strings[] = "/bin/ls\0ls\0ls\0-l";

/* --- what comes out --------------------------------------------------------------------------- */

/* Every event's timestamp is left out. */
static void events(struct recording *recording, const char *expected)
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

static void lines(struct recording *recording, const char *expected)
{
	assert_int_equal(output_file__flush(recording->log_file), 0);
	assert_string_equal(text_of("log"), expected);
}

/* --- events ----------------------------------------------------------------------------------- */

static void the_life_of_a_process_is_told_in_order(void **state)
{
	struct recording *recording = *state;
	struct exec_with_strings exec =
		make_strings(SUBMIT_EXEC, 2, 1, EXEC_RECORDED, ls_strings, 8, 3, 6);

	assert_int_equal(happens(recording, SUBMIT_FORK, 42, "sh", 0, 0), 0);
	assert_int_equal(calls(recording, 0, WORDS(12, EXEC, 59)), 0);
	assert_int_equal(dispatch_strings(recording, &exec), 0);
	assert_int_equal(calls(recording, 2, WORDS(231)), 0);
	assert_int_equal(happens(recording, SUBMIT_EXIT, 42, "ls", 3, 7 << 8), 0);
	lines(recording, "42:12:sh\n42:59:ls\n42:231:sh\n");
	events(recording,
	       "{\"event_type\":\"process_fork\",\"line\":1,\"pid\":42,\"ppid\":1,\"comm\":\"sh\"}"
	       "\n"
	       "{\"event_type\":\"process_exec\",\"line\":2,\"pid\":42,\"ppid\":1,\"comm\":\"ls\","
	       "\"tid\":42,\"exe\":\"/bin/ls\",\"file\":\"ls\",\"argc\":2,\"argv\":[\"ls\",\"-l\"],"
	       "\"argv_cut\":false,\"started\":false,\"recorded\":true}\n"
	       "{\"event_type\":\"process_exit\",\"line\":4,\"pid\":42,\"ppid\":1,\"comm\":\"ls\","
	       "\"exit_code\":7,\"calls\":3,\"lost\":0}\n");
}

static void an_exec_that_starts_the_recording_says_so(void **state)
{
	struct recording *recording = *state;
	struct exec_with_strings exec =
		make_strings(SUBMIT_EXEC, 0, NO_CALL, EXEC_STARTED | EXEC_RECORDED | EXEC_IS_CALL,
			     ls_strings, 8, 3, 6);

	assert_int_equal(dispatch_strings(recording, &exec), 0);
	lines(recording, "42:59:ls\n");
	events(recording,
	       "{\"event_type\":\"process_exec\",\"line\":1,\"pid\":42,\"ppid\":1,\"comm\":\"ls\","
	       "\"tid\":42,\"exe\":\"/bin/ls\",\"file\":\"ls\",\"argc\":2,\"argv\":[\"ls\",\"-l\"],"
	       "\"argv_cut\":false,\"started\":true,\"recorded\":true}\n");
}

static void an_exec_that_leaves_has_the_counts_of_the_process(void **state)
{
	struct recording *recording = *state;
	struct exec_with_strings exec = make_strings(SUBMIT_EXEC, 3, 2, 0, ls_strings, 8, 3, 6);

	assert_int_equal(calls(recording, 0, WORDS(12, SKIP(1), EXEC, 59)), 0);
	assert_int_equal(dispatch_strings(recording, &exec), 0);
	merge__begin_round(recording->merge);
	merge__end_round(recording->merge);
	lines(recording, "42:12:sh\n42:59:sh\n");
	events(recording,
	       "{\"event_type\":\"lost\",\"line\":2,\"pid\":42,\"calls\":1,\"process_line\":2}\n"
	       "{\"event_type\":\"process_exec\",\"line\":3,\"pid\":42,\"ppid\":1,\"comm\":\"ls\","
	       "\"tid\":42,\"exe\":\"/bin/ls\",\"file\":\"ls\",\"argc\":2,\"argv\":[\"ls\",\"-l\"],"
	       "\"argv_cut\":false,\"started\":false,\"recorded\":false,\"calls\":2,\"lost\":1}\n");
}

static void a_signal_that_killed_is_told_instead_of_an_exit_code(void **state)
{
	struct recording *recording = *state;

	assert_int_equal(happens(recording, SUBMIT_EXIT, 42, "sh", 0, 9), 0);
	assert_int_equal(happens(recording, SUBMIT_EXIT, 42, "sh", 0, 0x80 | 11), 0);
	events(recording, "{\"event_type\":\"process_exit\",\"line\":1,\"pid\":42,\"ppid\":1,"
			  "\"comm\":\"sh\",\"signal\":9,\"calls\":0,\"lost\":0}\n"
			  "{\"event_type\":\"process_exit\",\"line\":1,\"pid\":42,\"ppid\":1,"
			  "\"comm\":\"sh\",\"signal\":11,\"calls\":0,\"lost\":0}\n");
}

static void an_end_that_was_not_seen_has_the_counts(void **state)
{
	struct recording *recording = *state;

	assert_int_equal(calls(recording, 0, WORDS(12, 13)), 0);
	assert_int_equal(record__end_unseen(recording->merge, A, 42, 2), 0);
	events(recording, "{\"event_type\":\"process_end_unseen\",\"line\":3,\"pid\":42,"
			  "\"calls\":2,\"lost\":0}\n");
}

static void an_attached_process_has_its_file(void **state)
{
	struct recording *recording = *state;
	struct exec_with_strings attach = make_strings(SUBMIT_ATTACH, 0, NO_CALL, 0, "ls", 0, 3, 0);

	assert_int_equal(dispatch_strings(recording, &attach), 0);
	events(recording, "{\"event_type\":\"process_attach\",\"line\":1,\"pid\":42,\"ppid\":1,"
			  "\"comm\":\"ls\",\"file\":\"ls\"}\n");
}

static void arguments_that_did_not_fit_are_left_out_whole(void **state)
{
	struct recording *recording = *state;
	struct exec_with_strings exec =
		make_strings(SUBMIT_EXEC, 0, NO_CALL, EXEC_RECORDED, "ls\0-l\0--al", 0, 0, 10);

	exec.exec.argc = 17;
	exec.exec.argv_full_len = 5000;
	assert_int_equal(dispatch_strings(recording, &exec), 0);
	events(recording,
	       "{\"event_type\":\"process_exec\",\"line\":1,\"pid\":42,\"ppid\":1,\"comm\":\"ls\","
	       "\"tid\":42,\"exe\":\"\",\"file\":\"\",\"argc\":17,\"argv\":[\"ls\",\"-l\"],"
	       "\"argv_cut\":true,\"started\":false,\"recorded\":true}\n");
}

static void threads_start_and_end_with_their_names(void **state)
{
	struct recording *recording = *state;

	assert_int_equal(happens(recording, SUBMIT_THREAD_START, 43, "sh", 0, 0), 0);
	assert_int_equal(happens(recording, SUBMIT_THREAD_EXIT, 43, "a%", 0, 0), 0);
	assert_int_equal(calls(recording, 0, WORDS(12)), 0);
	lines(recording, "42:12:sh\n");
	events(recording, "{\"event_type\":\"thread_start\",\"line\":1,\"pid\":42,\"tid\":43,"
			  "\"comm\":\"sh\"}\n"
			  "{\"event_type\":\"thread_exit\",\"line\":1,\"pid\":42,\"tid\":43,"
			  "\"comm\":\"a%25\"}\n"
			  "{\"event_type\":\"thread_start\",\"line\":1,\"pid\":42,\"tid\":42,"
			  "\"comm\":\"sh\"}\n");
}

/* --- records that can't be right -------------------------------------------------------------- */

/* Nothing of it comes out, and a good one is taken all the same. */
static void still_works(struct recording *recording)
{
	struct process_record exit = make_record(SUBMIT_EXIT, INSTANCE(9, 3), 52, 52, "sh", 0);

	assert_int_equal(dispatch(recording, &exit, sizeof(exit)), 0);
	lines(recording, "");
	events(recording, "{\"event_type\":\"process_exit\",\"line\":1,\"pid\":52,\"ppid\":1,"
			  "\"comm\":\"sh\",\"exit_code\":0,\"calls\":0,\"lost\":0}\n");
}

static void a_record_of_any_kind_that_is_too_short_is_refused(void **state)
{
	static const size_t min_sz[SUBMIT_KIND_CNT] = {
		[SUBMIT_CALLS] = sizeof(struct submit_info),
		[SUBMIT_FORK] = sizeof(struct process_record),
		[SUBMIT_EXEC] = sizeof(struct exec_record),
		[SUBMIT_EXEC_FAILED] = sizeof(struct exec_failed_record),
		[SUBMIT_ATTACH] = sizeof(struct exec_record),
		[SUBMIT_EXIT] = sizeof(struct process_record),
		[SUBMIT_THREAD_START] = sizeof(struct process_record),
		[SUBMIT_THREAD_EXIT] = sizeof(struct process_record),
	};
	struct recording *recording = *state;
	char zeros[256] = {0};

	for (uint32_t kind = 0; kind < SUBMIT_KIND_CNT; kind++)
		for (uint32_t sz = 0; sz < min_sz[kind]; sz++) {
			struct submit_info info = {.kind = kind, .sz = sz};

			memcpy(zeros, &info, sizeof(info));
			/* As long as it says, and longer. */
			assert_int_equal(dispatch(recording, zeros, sz < 8 ? 8 : sz), -EBADMSG);
			assert_int_equal(dispatch(recording, zeros, sizeof(zeros)), -EBADMSG);
		}
	still_works(recording);
}

static void a_record_without_a_head_is_refused(void **state)
{
	struct recording *recording = *state;
	struct submit_info info = {.kind = SUBMIT_CALLS, .sz = 8};

	for (uint32_t sz = 0; sz < sizeof(info); sz++)
		assert_int_equal(record__dispatch(recording->merge, &info, sz), -EBADMSG);
	assert_int_equal(record__dispatch(recording->merge, &info, sizeof(info)), 0);
	still_works(recording);
}

static void a_record_that_says_to_be_longer_than_it_is_is_refused(void **state)
{
	struct recording *recording = *state;
	struct process_record fork = make_record(SUBMIT_FORK, A, 42, 42, "sh", 0);

	fork.info.sz++;
	assert_int_equal(dispatch(recording, &fork, sizeof(fork)), -EBADMSG);
	fork.info.sz = UINT32_MAX;
	assert_int_equal(dispatch(recording, &fork, sizeof(fork)), -EBADMSG);
	still_works(recording);
}

static void a_kind_that_does_not_exist_is_refused(void **state)
{
	static const uint32_t wrong[] = {SUBMIT_KIND_CNT, SUBMIT_KIND_CNT + 1, INT32_MAX,
					 (uint32_t)INT32_MIN, UINT32_MAX};
	struct recording *recording = *state;
	struct process_record fork = make_record(SUBMIT_FORK, A, 42, 42, "sh", 0);

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		fork.info.kind = wrong[i];
		assert_int_equal(dispatch(recording, &fork, sizeof(fork)), -EBADMSG);
	}
	still_works(recording);
}

static void a_segment_that_is_cut_short_is_refused(void **state)
{
	struct recording *recording = *state;
	char record[sizeof(struct submit_info) + sizeof(struct segment)] = {0};

	for (uint32_t sz = sizeof(struct submit_info) + 1; sz < sizeof(record); sz++) {
		struct submit_info info = {.kind = SUBMIT_CALLS, .sz = sz};

		memcpy(record, &info, sizeof(info));
		assert_int_equal(dispatch(recording, record, sz), -EBADMSG);
	}
	still_works(recording);
}

static void words_beyond_the_record_are_refused(void **state)
{
	static const uint32_t wrong[] = {4, 5, 0x7fffffff, 0x80000000, 0x80000003, UINT32_MAX};
	struct recording *recording = *state;
	struct {
		struct submit_info info;
		struct segment segment;
		uint16_t words[3];
	} __attribute__((packed)) record = {
		.info = {.kind = SUBMIT_CALLS, .sz = sizeof(record)},
		.segment = {.instance = A, .tgid = 42, .tid = 42, .comm = "sh"},
		.words = {12, 13, 14},
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		record.segment.word_cnt = wrong[i];
		assert_int_equal(dispatch(recording, &record, sizeof(record)), -EBADMSG);
	}
	still_works(recording);
}

static void an_id_that_is_cut_short_is_refused(void **state)
{
	struct recording *recording = *state;

	assert_int_equal(calls(recording, 0, WORDS(WORD_WIDE)), -EBADMSG);
	assert_int_equal(calls(recording, 0, WORDS(WORD_WIDE, 1, 2, 3)), -EBADMSG);
	assert_int_equal(calls(recording, 0, WORDS(EXEC)), -EBADMSG);
	assert_int_equal(calls(recording, 0, WORDS(EXEC, WORD_WIDE, 1, 2, 3)), -EBADMSG);
	still_works(recording);
}

static void strings_beyond_the_record_are_refused(void **state)
{
	static const uint32_t sizes[][3] = {
		{9, 3, 6},          {8, 4, 6},          {8, 3, 7},
		{UINT32_MAX, 1, 0}, {UINT32_MAX, 0, 1}, {0x80000000, 0x80000000, 1},
		{0, 0, UINT32_MAX}, {0, UINT32_MAX, 0}, {UINT32_MAX, UINT32_MAX, UINT32_MAX},
	};
	struct recording *recording = *state;
	struct exec_with_strings exec =
		make_strings(SUBMIT_EXEC, 0, NO_CALL, EXEC_RECORDED, ls_strings, 8, 3, 6);

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		exec.exec.exe_sz = sizes[i][0];
		exec.exec.file_sz = sizes[i][1];
		exec.exec.argv_sz = sizes[i][2];
		exec.exec.process.info.kind = SUBMIT_EXEC;
		assert_int_equal(dispatch_strings(recording, &exec), -EBADMSG);
		exec.exec.process.info.kind = SUBMIT_ATTACH;
		assert_int_equal(dispatch_strings(recording, &exec), -EBADMSG);
	}
	still_works(recording);
}

static void an_argv_without_its_end_is_no_argument(void **state)
{
	struct recording *recording = *state;
	struct exec_with_strings exec =
		make_strings(SUBMIT_EXEC, 0, NO_CALL, EXEC_RECORDED, "endless", 0, 0, 7);

	assert_int_equal(dispatch_strings(recording, &exec), 0);
	events(recording,
	       "{\"event_type\":\"process_exec\",\"line\":1,\"pid\":42,\"ppid\":1,\"comm\":\"ls\","
	       "\"tid\":42,\"exe\":\"\",\"file\":\"\",\"argc\":2,\"argv\":[],\"argv_cut\":true,"
	       "\"started\":false,\"recorded\":true}\n");
}

static void a_path_without_its_end_ends_with_its_size(void **state)
{
	struct recording *recording = *state;
	struct exec_with_strings exec =
		make_strings(SUBMIT_EXEC, 0, NO_CALL, EXEC_RECORDED, "/bin/lsfile", 7, 4, 0);

	assert_int_equal(dispatch_strings(recording, &exec), 0);
	events(recording,
	       "{\"event_type\":\"process_exec\",\"line\":1,\"pid\":42,\"ppid\":1,\"comm\":\"ls\","
	       "\"tid\":42,\"exe\":\"/bin/ls\",\"file\":\"file\",\"argc\":2,\"argv\":[],"
	       "\"argv_cut\":false,\"started\":false,\"recorded\":true}\n");
}

/* The kernel ends it with a NUL, always. */
static void a_comm_without_its_end_ends_with_its_size(void **state)
{
	struct recording *recording = *state;
	struct process_record fork = make_record(SUBMIT_FORK, A, 42, 42, "", 0);

	memset(fork.comm, 'x', sizeof(fork.comm));
	assert_int_equal(dispatch(recording, &fork, sizeof(fork)), 0);
	fork.info.kind = SUBMIT_THREAD_EXIT;
	assert_int_equal(dispatch(recording, &fork, sizeof(fork)), 0);
	events(recording, "{\"event_type\":\"process_fork\",\"line\":1,\"pid\":42,\"ppid\":1,"
			  "\"comm\":\"xxxxxxxxxxxxxxx\"}\n"
			  "{\"event_type\":\"thread_start\",\"line\":1,\"pid\":42,\"tid\":42,"
			  "\"comm\":\"xxxxxxxxxxxxxxx\"}\n"
			  "{\"event_type\":\"thread_exit\",\"line\":1,\"pid\":42,\"tid\":42,"
			  "\"comm\":\"xxxxxxxxxxxxxxx\"}\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define THREADS_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_threads, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_life_of_a_process_is_told_in_order),
		TEST(an_exec_that_starts_the_recording_says_so),
		TEST(an_exec_that_leaves_has_the_counts_of_the_process),
		TEST(a_signal_that_killed_is_told_instead_of_an_exit_code),
		TEST(an_end_that_was_not_seen_has_the_counts),
		TEST(an_attached_process_has_its_file),
		TEST(arguments_that_did_not_fit_are_left_out_whole),
		THREADS_TEST(threads_start_and_end_with_their_names),
		TEST(a_record_of_any_kind_that_is_too_short_is_refused),
		TEST(a_record_without_a_head_is_refused),
		TEST(a_record_that_says_to_be_longer_than_it_is_is_refused),
		TEST(a_kind_that_does_not_exist_is_refused),
		TEST(a_segment_that_is_cut_short_is_refused),
		TEST(words_beyond_the_record_are_refused),
		TEST(an_id_that_is_cut_short_is_refused),
		TEST(strings_beyond_the_record_are_refused),
		TEST(an_argv_without_its_end_is_no_argument),
		TEST(a_path_without_its_end_ends_with_its_size),
		THREADS_TEST(a_comm_without_its_end_ends_with_its_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
