// SPDX-License-Identifier: BSD-2-Clause
#include "tests/unit/record_scene.h"

/* From a record to its event, as docs/formats.md has it. */

/* --- events ----------------------------------------------------------------------------------- */

static void the_life_of_a_process_is_told_in_order(void **state)
{
	struct recording *recording = *state;
	struct exec_with_strings exec =
		make_strings(SUBMIT_EXEC, 20, 11, EXEC_RECORDED, ls_strings, 8, 3, 6);

	assert_int_equal(happens(recording, SUBMIT_FORK, 42, "sh", 0, 0), 0);
	assert_int_equal(calls(recording, 10, WORDS(12, EXEC, 59)), 0);
	assert_int_equal(dispatch_strings(recording, &exec), 0);
	assert_int_equal(calls(recording, 21, WORDS(231)), 0);
	assert_int_equal(happens(recording, SUBMIT_EXIT, 42, "ls", 30, 7 << 8), 0);
	round_of(recording, 100);
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
	round_of(recording, 100);
	lines(recording, "42:59:ls\n");
	events(recording,
	       "{\"event_type\":\"process_exec\",\"line\":1,\"pid\":42,\"ppid\":1,\"comm\":\"ls\","
	       "\"tid\":42,\"exe\":\"/bin/ls\",\"file\":\"ls\",\"argc\":2,\"argv\":[\"ls\",\"-l\"],"
	       "\"argv_cut\":false,\"started\":true,\"recorded\":true}\n");
}

static void an_exec_that_leaves_has_the_counts_of_the_process(void **state)
{
	struct recording *recording = *state;
	struct exec_with_strings exec = make_strings(SUBMIT_EXEC, 30, 20, 0, ls_strings, 8, 3, 6);

	assert_int_equal(calls(recording, 10, WORDS(12)), 0);
	assert_int_equal(calls_after(recording, 1, 20, WORDS(EXEC, 59)), 0);
	assert_int_equal(dispatch_strings(recording, &exec), 0);
	round_of(recording, 100);
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

	assert_int_equal(happens(recording, SUBMIT_EXIT, 42, "sh", 10, 9), 0);
	round_of(recording, 20);
	events(recording, "{\"event_type\":\"process_exit\",\"line\":1,\"pid\":42,\"ppid\":1,"
			  "\"comm\":\"sh\",\"signal\":9,\"calls\":0,\"lost\":0}\n");
}

static void a_signal_that_dumped_core_is_told_by_its_number(void **state)
{
	struct recording *recording = *state;

	assert_int_equal(happens(recording, SUBMIT_EXIT, 42, "sh", 10, 0x80 | 11), 0);
	round_of(recording, 20);
	events(recording, "{\"event_type\":\"process_exit\",\"line\":1,\"pid\":42,\"ppid\":1,"
			  "\"comm\":\"sh\",\"signal\":11,\"calls\":0,\"lost\":0}\n");
}

static void an_end_that_was_not_seen_has_the_counts(void **state)
{
	struct recording *recording = *state;

	assert_int_equal(calls(recording, 10, WORDS(12, 13)), 0);
	assert_int_equal(record__end_unseen(recording->merge, A, 42, 3, 20), 0);
	round_of(recording, 100);
	events(recording,
	       "{\"event_type\":\"lost\",\"line\":3,\"pid\":42,\"calls\":3,\"process_line\":3}\n"
	       "{\"event_type\":\"process_end_unseen\",\"line\":3,\"pid\":42,"
	       "\"calls\":2,\"lost\":3}\n");
}

static void an_attached_process_has_its_file(void **state)
{
	struct recording *recording = *state;
	struct exec_with_strings attach = make_strings(SUBMIT_ATTACH, 0, NO_CALL, 0, "ls", 0, 3, 0);

	assert_int_equal(dispatch_strings(recording, &attach), 0);
	round_of(recording, 100);
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
	round_of(recording, 100);
	events(recording,
	       "{\"event_type\":\"process_exec\",\"line\":1,\"pid\":42,\"ppid\":1,\"comm\":\"ls\","
	       "\"tid\":42,\"exe\":\"\",\"file\":\"\",\"argc\":17,\"argv\":[\"ls\",\"-l\"],"
	       "\"argv_cut\":true,\"started\":false,\"recorded\":true}\n");
}

static void threads_start_and_end_with_their_names(void **state)
{
	struct recording *recording = *state;

	assert_int_equal(happens(recording, SUBMIT_THREAD_START, 43, "sh", 0, 0), 0);
	assert_int_equal(happens(recording, SUBMIT_THREAD_EXIT, 43, "a%", 10, 0), 0);
	assert_int_equal(calls(recording, 20, WORDS(12)), 0);
	round_of(recording, 100);
	lines(recording, "42:12:sh\n");
	events(recording, "{\"event_type\":\"thread_start\",\"line\":1,\"pid\":42,\"tid\":43,"
			  "\"comm\":\"sh\"}\n"
			  "{\"event_type\":\"thread_exit\",\"line\":1,\"pid\":42,\"tid\":43,"
			  "\"comm\":\"a%25\"}\n"
			  "{\"event_type\":\"thread_start\",\"line\":1,\"pid\":42,\"tid\":42,"
			  "\"comm\":\"sh\"}\n");
}

/* --- the kernel's answer about an exec -----------------------------------------------------------
 */

static void an_exec_that_came_back_stands_in_its_place(void **state)
{
	struct recording *recording = *state;
	struct exec_failed_record failed = {
		.process = make_record(SUBMIT_EXEC_FAILED, A, 42, 42, "sh", 30),
		.call_stamp = 10,
	};

	failed.process.info.sz = sizeof(failed);
	assert_int_equal(calls(recording, 10, WORDS(EXEC, 59)), 0);
	round_of(recording, 20);
	lines(recording, "");
	assert_int_equal(dispatch(recording, &failed, sizeof(failed)), 0);
	lines(recording, "42:59:sh\n");
	events(recording, "");
}

/* --- rotation --------------------------------------------------------------------------------- */

static void write_running(void *context, struct process *process)
{
	output__write_running(context, process);
}

static void what_runs_at_a_rotation_is_attached_with_its_name_and_threads(void **state)
{
	struct recording *recording = *state;
	struct exec_with_strings exec =
		make_strings(SUBMIT_EXEC, 0, NO_CALL, EXEC_RECORDED, ls_strings, 8, 3, 6);

	assert_int_equal(dispatch_strings(recording, &exec), 0);
	assert_int_equal(happens(recording, SUBMIT_THREAD_START, 43, "a%", 10, 0), 0);
	round_of(recording, 100);
	assert_int_equal(begin_anew(recording->event_file), 0);
	merge__for_each(recording->merge, write_running, &recording->output);
	events(recording, "{\"event_type\":\"process_attach\",\"line\":1,\"pid\":42,\"ppid\":1,"
			  "\"comm\":\"ls\",\"file\":\"ls\"}\n"
			  "{\"event_type\":\"thread_start\",\"line\":1,\"pid\":42,\"tid\":43,"
			  "\"comm\":\"a%25\"}\n"
			  "{\"event_type\":\"thread_start\",\"line\":1,\"pid\":42,\"tid\":42,"
			  "\"comm\":\"ls\"}\n");
}

static void without_threads_a_rotation_tells_of_processes_alone(void **state)
{
	struct recording *recording = *state;

	assert_int_equal(happens(recording, SUBMIT_FORK, 42, "sh", 0, 0), 0);
	round_of(recording, 100);
	assert_int_equal(begin_anew(recording->event_file), 0);
	merge__for_each(recording->merge, write_running, &recording->output);
	events(recording, "{\"event_type\":\"process_attach\",\"line\":1,\"pid\":42,\"ppid\":1,"
			  "\"comm\":\"sh\",\"file\":\"\"}\n");
}

static void what_has_only_arrived_at_a_rotation_begins_behind_it(void **state)
{
	struct recording *recording = *state;

	assert_int_equal(happens(recording, SUBMIT_FORK, 42, "sh", 10, 0), 0);
	assert_int_equal(begin_anew(recording->event_file), 0);
	merge__for_each(recording->merge, write_running, &recording->output);
	events(recording, "");
	round_of(recording, 100);
	events(recording, "{\"event_type\":\"process_fork\",\"line\":1,\"pid\":42,\"ppid\":1,"
			  "\"comm\":\"sh\"}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_life_of_a_process_is_told_in_order),
		TEST(an_exec_that_starts_the_recording_says_so),
		TEST(an_exec_that_leaves_has_the_counts_of_the_process),
		TEST(a_signal_that_killed_is_told_instead_of_an_exit_code),
		TEST(a_signal_that_dumped_core_is_told_by_its_number),
		TEST(an_end_that_was_not_seen_has_the_counts),
		TEST(an_attached_process_has_its_file),
		TEST(arguments_that_did_not_fit_are_left_out_whole),
		THREADS_TEST(threads_start_and_end_with_their_names),
		TEST(an_exec_that_came_back_stands_in_its_place),
		THREADS_TEST(what_runs_at_a_rotation_is_attached_with_its_name_and_threads),
		TEST(without_threads_a_rotation_tells_of_processes_alone),
		TEST(what_has_only_arrived_at_a_rotation_begins_behind_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
