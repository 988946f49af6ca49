// SPDX-License-Identifier: BSD-2-Clause
#include "tests/unit/record_scene.h"

/* Records that can't be right are refused, and what they say of sizes is not believed. */

/* Nothing of it comes out, and a good one is taken all the same. */
static void still_works(struct recording *recording)
{
	struct process_record exit = make_record(SUBMIT_EXIT, INSTANCE(9, 3), 52, 52, "sh", 0);

	assert_int_equal(dispatch(recording, &exit, sizeof(exit)), 0);
	round_of(recording, 100);
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
		assert_int_equal(dispatch(recording, &info, sz), -EBADMSG);
	assert_int_equal(dispatch(recording, &info, sizeof(info)), 0);
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

static void a_skip_that_is_cut_short_is_refused(void **state)
{
	struct recording *recording = *state;

	assert_int_equal(calls(recording, 0, WORDS(WORD_LONG_SKIP)), -EBADMSG);
	assert_int_equal(calls(recording, 0, WORDS(WORD_EXEC - 1)), -EBADMSG);
	assert_int_equal(calls(recording, 0, WORDS(12, SKIP(2048), WORD_LONG_SKIP)), -EBADMSG);
	assert_int_equal(calls(recording, 0, WORDS(LONG_SKIP(70000), WORD_LONG_SKIP + 7)),
			 -EBADMSG);
	/* What follows it belongs to it, whatever it looks like. */
	assert_int_equal(calls(recording, 0, WORDS(WORD_LONG_SKIP, WORD_WIDE, WORD_WIDE)),
			 -EBADMSG);
	assert_int_equal(calls(recording, 0, WORDS(WORD_LONG_SKIP, WORD_LONG_SKIP, EXEC)),
			 -EBADMSG);
	still_works(recording);
}

static void a_skip_that_is_whole_is_taken(void **state)
{
	struct recording *recording = *state;

	assert_int_equal(calls(recording, 0,
			       WORDS(LONG_SKIP(SKIP_MAX), 12, WORD_LONG_SKIP, WORD_WIDE, 13,
				     WORD_LONG_SKIP, EXEC, 14, SKIP(1), LONG_SKIP(1))),
			 0);
	round_of(recording, 2 * SKIP_MAX);
	lines(recording, "42:12:sh\n42:13:sh\n42:14:sh\n");
}

/* It would be read as that ID, and its second word as something else, of whatever length. */
static void an_exec_without_an_id_is_refused(void **state)
{
	struct recording *recording = *state;

	assert_int_equal(calls(recording, 0, WORDS(EXEC, LONG_SKIP(1))), -EBADMSG);
	assert_int_equal(calls(recording, 0, WORDS(EXEC, WORD_LONG_SKIP, WORD_WIDE)), -EBADMSG);
	assert_int_equal(calls(recording, 0, WORDS(EXEC, WORD_LONG_SKIP, WORD_LONG_SKIP)),
			 -EBADMSG);
	assert_int_equal(calls(recording, 0, WORDS(EXEC, WORD_LONG_SKIP, EXEC)), -EBADMSG);
	still_works(recording);
}

/* No line of a log could say it. */
static void a_pid_that_there_is_not_is_refused(void **state)
{
	static const uint32_t wrong[] = {0, PIDS_LIMIT + 1, 100000000, UINT32_MAX};
	struct recording *recording = *state;
	struct {
		struct submit_info info;
		struct segment segment;
		uint16_t words[4];
	} record = {.info = {.kind = SUBMIT_CALLS, .sz = sizeof(record)},
		    .segment = {.instance = A, .comm = "sh", .word_cnt = 1}};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct process_record fork = make_record(SUBMIT_FORK, A, wrong[i], 42, "sh", 0);

		assert_int_equal(dispatch(recording, &fork, sizeof(fork)), -EBADMSG);
		fork.tgid = 42;
		fork.tid = wrong[i];
		assert_int_equal(dispatch(recording, &fork, sizeof(fork)), -EBADMSG);
		record.segment.tgid = wrong[i];
		record.segment.tid = 42;
		assert_int_equal(dispatch(recording, &record, sizeof(record)), -EBADMSG);
		record.segment.tgid = 42;
		record.segment.tid = wrong[i];
		assert_int_equal(dispatch(recording, &record, sizeof(record)), -EBADMSG);
	}
	still_works(recording);
}

/* It would wait for a round that never comes, or for a stamp above the highest. */
static void a_stamp_that_no_clock_gives_is_refused(void **state)
{
	struct recording *recording = *state;
	struct process_record exit =
		make_record(SUBMIT_EXIT, A, 42, 42, "sh", UINT64_MAX / STAMP_NS + 1);

	assert_int_equal(dispatch(recording, &exit, sizeof(exit)), -EBADMSG);
	assert_int_equal(calls(recording, exit.stamp, WORDS(12)), -EBADMSG);
	assert_int_equal(calls(recording, UINT64_MAX, WORDS(12)), -EBADMSG);
	still_works(recording);
}

static void numbers_that_no_event_can_have_are_refused(void **state)
{
	struct recording *recording = *state;
	struct process_record exit = make_record(SUBMIT_EXIT, A, 42, 42, "sh", 0);

	exit.lost = (uint64_t)INT64_MAX + 1;
	assert_int_equal(dispatch(recording, &exit, sizeof(exit)), -EBADMSG);
	exit.lost = 0;
	exit.ppid = PIDS_LIMIT + 1;
	assert_int_equal(dispatch(recording, &exit, sizeof(exit)), -EBADMSG);
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

/* Its line would have neither pid nor comm. */
static void an_exec_that_stands_for_a_call_of_nobody_is_refused(void **state)
{
	struct recording *recording = *state;
	struct exec_record exec = make_exec(A, 42, 42, "sh", 0, NO_CALL, EXEC_IS_CALL);

	assert_int_equal(dispatch(recording, &exec, sizeof(exec)), -EBADMSG);
	still_works(recording);
}

static void an_argv_without_its_end_is_no_argument(void **state)
{
	struct recording *recording = *state;
	struct exec_with_strings exec =
		make_strings(SUBMIT_EXEC, 0, NO_CALL, EXEC_RECORDED, "endless", 0, 0, 7);

	assert_int_equal(dispatch_strings(recording, &exec), 0);
	round_of(recording, 100);
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
	round_of(recording, 100);
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
	round_of(recording, 100);
	events(recording, "{\"event_type\":\"process_fork\",\"line\":1,\"pid\":42,\"ppid\":1,"
			  "\"comm\":\"xxxxxxxxxxxxxxx\"}\n"
			  "{\"event_type\":\"thread_start\",\"line\":1,\"pid\":42,\"tid\":42,"
			  "\"comm\":\"xxxxxxxxxxxxxxx\"}\n"
			  "{\"event_type\":\"thread_exit\",\"line\":1,\"pid\":42,\"tid\":42,"
			  "\"comm\":\"xxxxxxxxxxxxxxx\"}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_record_of_any_kind_that_is_too_short_is_refused),
		TEST(a_record_without_a_head_is_refused),
		TEST(a_record_that_says_to_be_longer_than_it_is_is_refused),
		TEST(a_kind_that_does_not_exist_is_refused),
		TEST(a_segment_that_is_cut_short_is_refused),
		TEST(words_beyond_the_record_are_refused),
		TEST(an_id_that_is_cut_short_is_refused),
		TEST(a_skip_that_is_cut_short_is_refused),
		TEST(a_skip_that_is_whole_is_taken),
		TEST(an_exec_without_an_id_is_refused),
		TEST(a_pid_that_there_is_not_is_refused),
		TEST(a_stamp_that_no_clock_gives_is_refused),
		TEST(numbers_that_no_event_can_have_are_refused),
		TEST(strings_beyond_the_record_are_refused),
		TEST(an_exec_that_stands_for_a_call_of_nobody_is_refused),
		TEST(an_argv_without_its_end_is_no_argument),
		TEST(a_path_without_its_end_ends_with_its_size),
		THREADS_TEST(a_comm_without_its_end_ends_with_its_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
