// SPDX-License-Identifier: BSD-2-Clause
#include "tests/unit/process_scene.h"

/*
 * Where the call of an exec stands: with the new program where it succeeded, in its place where it
 * failed; and how it shows which of the two it was.
 */

#define EXECVE 59

/* --- success ---------------------------------------------------------------------------------- */

static void an_exec_that_succeeded_is_the_first_call_of_the_new_program(void **state)
{
	struct scene *scene = *state;

	exec_at(scene, 20, 11, false);
	segment(scene, 10, TGID, "sh", WORDS(12, EXEC, EXECVE));
	segment(scene, 21, TGID, "ls", WORDS(21));
	round_of(scene, 100);
	expect(scene, "42:12:sh\n42 exec ls\n42:59:ls\n42:21:ls\n");
	assert_int_equal(scene->process->calls, 3);
}

static void an_exec_is_held_until_its_success_arrives(void **state)
{
	struct scene *scene = *state;

	segment(scene, 10, TGID, "sh", WORDS(12, EXEC, EXECVE));
	round_of(scene, 20);
	expect(scene, "42:12:sh\n");
	assert_true(scene->process->is_held);
	round_of(scene, 25);
	expect(scene, "");
	exec_at(scene, 30, 11, false);
	/* How it ended is known now, and what came between may still arrive. */
	round_of(scene, 30);
	expect(scene, "");
	assert_false(scene->process->is_held);
	round_of(scene, 31);
	expect(scene, "42 exec ls\n42:59:ls\n");
	assert_false(process__is_waiting(scene->process));
}

static void an_exec_that_is_not_yet_due_is_not_held(void **state)
{
	struct scene *scene = *state;

	segment(scene, 10, TGID, "sh", WORDS(12, EXEC, EXECVE));
	round_of(scene, 11);
	expect(scene, "42:12:sh\n");
	assert_false(scene->process->is_held);
	round_of(scene, 12);
	assert_true(scene->process->is_held);
}

static void a_held_exec_holds_the_later_calls_of_all_threads(void **state)
{
	struct scene *scene = *state;

	segment(scene, 11, SIBLING, "worker", WORDS(1, SKIP(1), 3));
	segment(scene, 10, TGID, "sh", WORDS(EXEC, EXECVE));
	segment_after(scene, 2, 12, SIBLING, "other", WORDS(2));
	fork_at(scene, 14);
	round_of(scene, 100);
	expect(scene, "");
	/* The call moves to the event, behind what the others did meanwhile. */
	exec_at(scene, 104, 10, false);
	round_of(scene, 105);
	expect(scene, "42:1:worker\n42 lost 2 before 2\n42:2:other\n42:3:worker\n42 fork sh\n"
		      "42 exec ls\n42:59:ls\n");
}

static void what_was_lost_before_an_exec_is_told_while_it_is_held(void **state)
{
	struct scene *scene = *state;

	segment_after(scene, 2, 10, TGID, "sh", WORDS(EXEC, EXECVE));
	round_of(scene, 20);
	expect(scene, "42 lost 2 before 1\n");
	exec_at(scene, 30, 10, false);
	round_of(scene, 40);
	expect(scene, "42 exec ls\n42:59:ls\n");
}

static void an_exec_by_another_thread_makes_it_the_first_thread(void **state)
{
	struct scene *scene = *state;

	segment(scene, 10, SIBLING, "worker", WORDS(EXEC, 322));
	exec_of(scene, SIBLING, 20, 10, false);
	segment(scene, 21, TGID, "ls", WORDS(12));
	round_of(scene, 100);
	expect(scene, "42 exec ls\n42:322:ls\n42:12:ls\n");
}

static void an_exec_in_the_middle_of_a_segment_has_the_stamp_that_its_skip_gives(void **state)
{
	struct scene *scene = *state;

	segment(scene, 10, TGID, "sh", WORDS(12, LONG_SKIP(70000), EXEC, EXECVE));
	exec_at(scene, 80000, 11 + 70000, false);
	round_of(scene, 90000);
	expect(scene, "42:12:sh\n42 exec ls\n42:59:ls\n");
}

/* Of two threads at one time: which of them succeeded is known by the thread. */
static void another_threads_exec_with_the_same_stamp_is_not_taken_for_it(void **state)
{
	struct scene *scene = *state;

	segment(scene, 10, TGID, "sh", WORDS(EXEC, EXECVE));
	segment(scene, 10, SIBLING, "worker", WORDS(EXEC, 322));
	exec_of(scene, SIBLING, 20, 10, false);
	round_of(scene, 100);
	expect(scene, "42:59:sh\n42 exec ls\n42:322:ls\n");
}

static void an_exec_with_a_wide_id_keeps_it(void **state)
{
	struct scene *scene = *state;

	segment(scene, 10, TGID, "x32", WORDS(EXEC, WIDE(0x40000000 + 520)));
	exec_at(scene, 11, 10, false);
	round_of(scene, 100);
	expect(scene, "42 exec ls\n42:1073742344:ls\n");
}

static void the_comm_of_the_new_program_is_escaped(void **state)
{
	struct scene *scene = *state;
	struct event like = {
		.settles_call = 10,
		.record = record_after(SUBMIT_EXEC, 0, TGID, "a\n1:2:b%", 20),
	};

	segment(scene, 10, TGID, "sh", WORDS(EXEC, EXECVE));
	event(scene, &like);
	round_of(scene, 100);
	expect(scene, "42 exec a\n1:2:b%\n42:59:a%0A1:2:b%25\n");
}

static void an_exec_that_leaves_the_recording_is_the_last_call_of_the_old_program(void **state)
{
	struct scene *scene = *state;

	segment(scene, 10, TGID, "sh", WORDS(12, EXEC, EXECVE));
	exec_at(scene, 20, 11, true);
	round_of(scene, 100);
	expect(scene, "42:12:sh\n42:59:sh\n42 exec ls\n");
	assert_true(scene->process->has_ended);
	assert_int_equal(scene->process->calls, 2);
}

static void an_exec_that_leaves_comes_after_what_other_threads_did_meanwhile(void **state)
{
	struct scene *scene = *state;

	exec_at(scene, 20, 10, true);
	segment(scene, 10, TGID, "sh", WORDS(EXEC, EXECVE));
	round_of(scene, 15);
	expect(scene, "");
	segment(scene, 16, SIBLING, "worker", WORDS(1));
	round_of(scene, 100);
	expect(scene, "42:1:worker\n42:59:sh\n42 exec ls\n");
}

static void an_exec_whose_call_was_lost_has_no_call(void **state)
{
	struct scene *scene = *state;
	struct event like = {
		.settles_call = 15,
		.ends_threads = true,
		.record = record_after(SUBMIT_EXEC, 1, TGID, "ls", 20),
	};

	segment(scene, 10, TGID, "sh", WORDS(12));
	event(scene, &like);
	round_of(scene, 100);
	expect(scene, "42:12:sh\n42 lost 1 before 2\n42 exec ls\n");
}

static void an_exec_from_before_the_recording_has_no_call(void **state)
{
	struct scene *scene = *state;

	exec_at(scene, 10, NO_CALL, false);
	segment(scene, 11, TGID, "ls", WORDS(12));
	round_of(scene, 100);
	expect(scene, "42 exec ls\n42:12:ls\n");
}

static void two_execs_in_a_row_each_keep_their_call(void **state)
{
	struct scene *scene = *state;

	exec_at(scene, 11, 10, false);
	exec_at(scene, 21, 20, false);
	segment(scene, 10, TGID, "sh", WORDS(EXEC, EXECVE));
	segment(scene, 20, TGID, "ls", WORDS(EXEC, 322));
	round_of(scene, 100);
	expect(scene, "42 exec ls\n42:59:ls\n42 exec ls\n42:322:ls\n");
}

/* --- an event that is its own call ------------------------------------------------------------ */

static void exec_call_after(struct scene *scene, uint64_t lost, uint64_t stamp)
{
	event(scene, &(struct event){
			     .settles_call = NO_CALL,
			     .has_call = true,
			     .call_id = EXECVE,
			     .record = record_after(SUBMIT_EXEC, lost, TGID, "ls", stamp),
		     });
}

static void an_exec_that_starts_the_recording_is_its_first_call(void **state)
{
	struct scene *scene = *state;

	exec_call_after(scene, 0, 10);
	segment(scene, 11, TGID, "ls", WORDS(12));
	round_of(scene, 11);
	expect(scene, "42 exec ls\n42:59:ls\n");
	round_of(scene, 12);
	expect(scene, "42:12:ls\n");
	assert_int_equal(scene->process->calls, 2);
	assert_int_equal(scene->process->lines, 2);
}

static void an_exec_that_is_a_call_stands_among_the_others_and_behind_what_was_lost(void **state)
{
	struct scene *scene = *state;

	segment_after(scene, 3, 30, TGID, "ls", WORDS(12));
	exec_call_after(scene, 1, 20);
	segment(scene, 10, SIBLING, "sh", WORDS(0));
	round_of(scene, 100);
	expect(scene, "42:0:sh\n42 lost 1 before 2\n42 exec ls\n42:59:ls\n"
		      "42 lost 2 before 3\n42:12:ls\n");
	assert_int_equal(scene->process->calls + scene->process->lost, 6);
}

/* --- failure ---------------------------------------------------------------------------------- */

static void a_later_call_in_the_segment_shows_that_the_exec_failed(void **state)
{
	struct scene *scene = *state;

	segment(scene, 10, TGID, "sh",
		WORDS(EXEC, EXECVE, EXEC, EXECVE, SKIP(1), 12, EXEC, WIDE(-1), 1));
	segment(scene, 12, SIBLING, "b", WORDS(2));
	round_of(scene, 100);
	expect(scene, "42:59:sh\n42:59:sh\n42:2:b\n42:12:sh\n42:-1:sh\n42:1:sh\n");
}

static void a_later_call_in_another_segment_shows_that_the_exec_failed(void **state)
{
	struct scene *scene = *state;

	segment(scene, 10, TGID, "sh", WORDS(EXEC, EXECVE));
	segment(scene, 20, SIBLING, "worker", WORDS(1));
	round_of(scene, 30);
	expect(scene, "");
	segment(scene, 30, TGID, "renamed", WORDS(3));
	segment(scene, 25, SIBLING, "worker", WORDS(2));
	round_of(scene, 100);
	expect(scene, "42:59:sh\n42:1:worker\n42:2:worker\n42:3:renamed\n");
}

static void a_later_call_shows_so_before_it_is_due_itself(void **state)
{
	struct scene *scene = *state;

	segment(scene, 10, TGID, "sh", WORDS(EXEC, EXECVE));
	segment(scene, 50, TGID, "sh", WORDS(12));
	round_of(scene, 20);
	expect(scene, "42:59:sh\n");
	assert_false(scene->process->is_held);
}

static void an_earlier_call_of_the_thread_shows_nothing(void **state)
{
	struct scene *scene = *state;

	/* The thread moved to another CPU for its exec; the first CPU's batch comes later. */
	segment(scene, 20, TGID, "sh", WORDS(EXEC, EXECVE));
	segment(scene, 10, TGID, "sh", WORDS(12));
	round_of(scene, 100);
	expect(scene, "42:12:sh\n");
	assert_true(scene->process->is_held);
	exec_at(scene, 101, 20, false);
	round_of(scene, 102);
	expect(scene, "42 exec ls\n42:59:ls\n");
}

static void a_call_of_another_thread_shows_nothing(void **state)
{
	struct scene *scene = *state;

	segment(scene, 10, TGID, "sh", WORDS(EXEC, EXECVE));
	segment(scene, 11, SIBLING, "sh", WORDS(1, 2));
	round_of(scene, 100);
	expect(scene, "");
	assert_true(scene->process->is_held);
}

static void the_kernel_says_that_the_exec_failed(void **state)
{
	struct scene *scene = *state;

	segment(scene, 10, TGID, "sh", WORDS(EXEC, EXECVE));
	segment(scene, 11, SIBLING, "worker", WORDS(1));
	round_of(scene, 20);
	exec_failed(scene, 7);
	expect(scene, "");
	exec_failed(scene, 10);
	expect(scene, "42:59:sh\n42:1:worker\n");
	/* Said once more, it changes nothing. */
	exec_failed(scene, 10);
	expect(scene, "");
	assert_int_equal(scene->process->failed_cnt, 0);
}

static void the_kernel_may_say_so_before_the_call_is_due(void **state)
{
	struct scene *scene = *state;

	segment(scene, 10, TGID, "sh", WORDS(EXEC, EXECVE));
	exec_failed(scene, 10);
	expect(scene, "");
	round_of(scene, 20);
	expect(scene, "42:59:sh\n");
	assert_false(scene->process->is_held);
}

static void answers_about_execs_that_are_out_are_not_kept(void **state)
{
	struct scene *scene = *state;

	segment(scene, 10, TGID, "sh", WORDS(EXEC, 59, 12));
	segment(scene, 1000, TGID, "sh", WORDS(13));
	round_of(scene, 100);
	expect(scene, "42:59:sh\n42:12:sh\n");
	/* Of the one that is out, and of one that has not yet arrived. */
	exec_failed(scene, 10);
	exec_failed(scene, 500);
	assert_int_equal(scene->process->failed_cnt, 1);
	round_of(scene, 600);
	assert_int_equal(scene->process->failed_cnt, 0);
}

static void the_end_of_the_process_shows_that_the_exec_failed(void **state)
{
	struct scene *scene = *state;

	segment(scene, 10, TGID, "sh", WORDS(12, EXEC, EXECVE));
	round_of(scene, 20);
	expect(scene, "42:12:sh\n");
	exit_at(scene, 30);
	round_of(scene, 100);
	expect(scene, "42:59:sh\n42 exit sh\n");
	assert_true(scene->process->has_ended);
}

/* fs/exec.c, de_thread(): the exec that succeeds kills all other threads, those in exec too. */
static void another_threads_success_shows_that_the_exec_failed(void **state)
{
	struct scene *scene = *state;

	segment(scene, 10, SIBLING, "worker", WORDS(EXEC, 322));
	segment(scene, 11, TGID, "sh", WORDS(EXEC, EXECVE));
	round_of(scene, 20);
	expect(scene, "");
	exec_at(scene, 30, 11, false);
	round_of(scene, 100);
	expect(scene, "42:322:worker\n42 exec ls\n42:59:ls\n");
}

static void an_exec_that_leaves_shows_that_another_threads_exec_failed(void **state)
{
	struct scene *scene = *state;

	segment(scene, 10, SIBLING, "worker", WORDS(EXEC, 322));
	segment(scene, 11, TGID, "sh", WORDS(EXEC, EXECVE));
	exec_at(scene, 30, 11, true);
	round_of(scene, 100);
	expect(scene, "42:322:worker\n42:59:sh\n42 exec ls\n");
}

static void at_the_end_of_the_recording_execs_that_are_held_have_failed(void **state)
{
	struct scene *scene = *state;

	segment(scene, 10, TGID, "sh", WORDS(EXEC, EXECVE));
	segment(scene, 11, SIBLING, "worker", WORDS(EXEC, 322));
	round_of(scene, 100);
	expect(scene, "");
	process__release_execs(scene->process, &scene->output);
	expect(scene, "42:59:sh\n42:322:worker\n");
	assert_false(process__is_waiting(scene->process));
	assert_int_equal(scene->process->calls, 2);
}

/* A call that came late stands before the exec, and is not what is held. */
static void at_the_end_of_the_recording_a_late_call_does_not_keep_the_exec(void **state)
{
	struct scene *scene = *state;

	segment(scene, 10, TGID, "sh", WORDS(EXEC, EXECVE));
	round_of(scene, 100);
	segment(scene, 5, SIBLING, "worker", WORDS(1));
	process__release_execs(scene->process, &scene->output);
	expect(scene, "42:1:worker\n42:59:sh\n");
	assert_false(process__is_waiting(scene->process));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_exec_that_succeeded_is_the_first_call_of_the_new_program),
		TEST(an_exec_is_held_until_its_success_arrives),
		TEST(an_exec_that_is_not_yet_due_is_not_held),
		TEST(a_held_exec_holds_the_later_calls_of_all_threads),
		TEST(what_was_lost_before_an_exec_is_told_while_it_is_held),
		TEST(an_exec_by_another_thread_makes_it_the_first_thread),
		TEST(an_exec_in_the_middle_of_a_segment_has_the_stamp_that_its_skip_gives),
		TEST(another_threads_exec_with_the_same_stamp_is_not_taken_for_it),
		TEST(an_exec_with_a_wide_id_keeps_it),
		TEST(the_comm_of_the_new_program_is_escaped),
		TEST(an_exec_that_leaves_the_recording_is_the_last_call_of_the_old_program),
		TEST(an_exec_that_leaves_comes_after_what_other_threads_did_meanwhile),
		TEST(an_exec_whose_call_was_lost_has_no_call),
		TEST(an_exec_from_before_the_recording_has_no_call),
		TEST(two_execs_in_a_row_each_keep_their_call),
		TEST(an_exec_that_starts_the_recording_is_its_first_call),
		TEST(an_exec_that_is_a_call_stands_among_the_others_and_behind_what_was_lost),
		TEST(a_later_call_in_the_segment_shows_that_the_exec_failed),
		TEST(a_later_call_in_another_segment_shows_that_the_exec_failed),
		TEST(a_later_call_shows_so_before_it_is_due_itself),
		TEST(an_earlier_call_of_the_thread_shows_nothing),
		TEST(a_call_of_another_thread_shows_nothing),
		TEST(the_kernel_says_that_the_exec_failed),
		TEST(the_kernel_may_say_so_before_the_call_is_due),
		TEST(answers_about_execs_that_are_out_are_not_kept),
		TEST(the_end_of_the_process_shows_that_the_exec_failed),
		TEST(another_threads_success_shows_that_the_exec_failed),
		TEST(an_exec_that_leaves_shows_that_another_threads_exec_failed),
		TEST(at_the_end_of_the_recording_execs_that_are_held_have_failed),
		TEST(at_the_end_of_the_recording_a_late_call_does_not_keep_the_exec),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
