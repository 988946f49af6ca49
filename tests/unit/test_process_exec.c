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

	exec_at(scene, 2, 1, false);
	segment(scene, 0, TGID, "sh", WORDS(12, EXEC, EXECVE));
	segment(scene, 2, TGID, "ls", WORDS(21));
	expect(scene, "42:12:sh\n42 exec ls\n42:59:ls\n42:21:ls\n");
	assert_int_equal(scene->process->calls, 3);
}

static void an_exec_is_held_until_its_success_arrives(void **state)
{
	struct scene *scene = *state;

	segment(scene, 0, TGID, "sh", WORDS(12, EXEC, EXECVE));
	expect(scene, "42:12:sh\n");
	assert_true(scene->process->is_held);
	exec_at(scene, 2, 1, false);
	expect(scene, "42 exec ls\n42:59:ls\n");
	assert_false(scene->process->is_held);
	assert_false(process__is_waiting(scene->process));
}

static void a_held_exec_holds_the_later_calls_of_all_threads(void **state)
{
	struct scene *scene = *state;

	segment(scene, 1, SIBLING, "worker", WORDS(1, SKIP(1), 3));
	segment(scene, 0, TGID, "sh", WORDS(EXEC, EXECVE));
	segment(scene, 2, SIBLING, "other", WORDS(2));
	/* Nothing of this is lost, however many rounds pass. */
	lost_below(scene, 4);
	expect(scene, "");
	/* The call moves to the event, behind what the others did meanwhile. */
	exec_at(scene, 4, 0, false);
	expect(scene, "42:1:worker\n42:2:other\n42:3:worker\n42 exec ls\n42:59:ls\n");
}

static void an_exec_by_another_thread_makes_it_the_first_thread(void **state)
{
	struct scene *scene = *state;

	segment(scene, 0, SIBLING, "worker", WORDS(EXEC, 322));
	exec_at(scene, 1, 0, false);
	segment(scene, 1, TGID, "ls", WORDS(12));
	expect(scene, "42 exec ls\n42:322:ls\n42:12:ls\n");
}

static void an_exec_with_a_wide_id_keeps_it(void **state)
{
	struct scene *scene = *state;

	segment(scene, 0, TGID, "x32", WORDS(EXEC, WIDE(0x40000000 + 520)));
	exec_at(scene, 1, 0, false);
	expect(scene, "42 exec ls\n42:1073742344:ls\n");
}

static void the_comm_of_the_new_program_is_escaped(void **state)
{
	struct scene *scene = *state;
	struct event like = {
		.settles_call = 0,
		.record = make_record(SUBMIT_EXEC, INSTANCE(1, 0), TGID, TGID, "a\n1:2:b%", 1),
	};

	segment(scene, 0, TGID, "sh", WORDS(EXEC, EXECVE));
	event(scene, &like);
	expect(scene, "42 exec a\n1:2:b%\n42:59:a%0A1:2:b%25\n");
}

static void an_exec_that_leaves_the_recording_is_the_last_call_of_the_old_program(void **state)
{
	struct scene *scene = *state;

	segment(scene, 0, TGID, "sh", WORDS(12, EXEC, EXECVE));
	exec_at(scene, 2, 1, true);
	expect(scene, "42:12:sh\n42:59:sh\n42 exec ls\n");
	assert_true(scene->process->has_ended);
	assert_int_equal(scene->process->calls, 2);
}

static void an_exec_that_leaves_comes_after_what_other_threads_did_meanwhile(void **state)
{
	struct scene *scene = *state;

	exec_at(scene, 2, 0, true);
	segment(scene, 0, TGID, "sh", WORDS(EXEC, EXECVE));
	expect(scene, "");
	segment(scene, 1, SIBLING, "worker", WORDS(1));
	expect(scene, "42:1:worker\n42:59:sh\n42 exec ls\n");
}

static void an_exec_whose_call_was_lost_has_no_call(void **state)
{
	struct scene *scene = *state;

	segment(scene, 0, TGID, "sh", WORDS(12));
	exec_at(scene, 2, 1, false);
	expect(scene, "42:12:sh\n");
	lost_below(scene, 2);
	expect(scene, "42 lost 1 before 2\n42 exec ls\n");
}

static void an_exec_from_before_the_recording_has_no_call(void **state)
{
	struct scene *scene = *state;

	exec_at(scene, 0, NO_CALL, false);
	segment(scene, 0, TGID, "ls", WORDS(12));
	expect(scene, "42 exec ls\n42:12:ls\n");
}

static void two_execs_in_a_row_each_keep_their_call(void **state)
{
	struct scene *scene = *state;

	exec_at(scene, 1, 0, false);
	exec_at(scene, 2, 1, false);
	segment(scene, 0, TGID, "sh", WORDS(EXEC, EXECVE));
	segment(scene, 1, TGID, "ls", WORDS(EXEC, 322));
	expect(scene, "42 exec ls\n42:59:ls\n42 exec ls\n42:322:ls\n");
}

/* --- an event that is its own call ------------------------------------------------------------ */

static void exec_call_at(struct scene *scene, uint64_t seq, bool leaves)
{
	event(scene,
	      &(struct event){
		      .settles_call = NO_CALL,
		      .is_call = true,
		      .has_call = true,
		      .call_id = EXECVE,
		      .ends = leaves,
		      .record = make_record(SUBMIT_EXEC, INSTANCE(1, 0), TGID, TGID, "ls", seq),
	      });
}

static void an_exec_that_starts_the_recording_is_its_first_call(void **state)
{
	struct scene *scene = *state;

	exec_call_at(scene, 0, false);
	expect(scene, "42 exec ls\n42:59:ls\n");
	segment(scene, 1, TGID, "ls", WORDS(12));
	expect(scene, "42:12:ls\n");
	assert_int_equal(scene->process->calls, 2);
	assert_int_equal(scene->process->next_seq, 2);
}

static void an_exec_that_is_a_call_has_its_number_among_the_others(void **state)
{
	struct scene *scene = *state;

	segment(scene, 3, TGID, "ls", WORDS(12));
	exec_call_at(scene, 2, false);
	segment(scene, 0, SIBLING, "sh", WORDS(0));
	expect(scene, "42:0:sh\n");
	lost_below(scene, 4);
	expect(scene, "42 lost 1 before 2\n42 exec ls\n42:59:ls\n42:12:ls\n");
	assert_int_equal(scene->process->calls + scene->process->lost, 4);
}

static void an_exec_that_is_a_call_is_not_itself_lost(void **state)
{
	struct scene *scene = *state;

	exec_call_at(scene, 1, false);
	assert_int_equal(scene->process->known_end, 2);
	lost_below(scene, 2);
	expect(scene, "42 lost 1 before 1\n42 exec ls\n42:59:ls\n");
	assert_int_equal(scene->process->lost, 1);
}

/* --- failure ---------------------------------------------------------------------------------- */

static void a_later_call_in_the_segment_shows_that_the_exec_failed(void **state)
{
	struct scene *scene = *state;

	segment(scene, 0, TGID, "sh",
		WORDS(EXEC, EXECVE, EXEC, EXECVE, SKIP(1), 12, EXEC, WIDE(-1), 1));
	expect(scene, "42:59:sh\n42:59:sh\n");
	segment(scene, 2, SIBLING, "b", WORDS(2));
	expect(scene, "42:2:b\n42:12:sh\n42:-1:sh\n42:1:sh\n");
}

static void a_later_call_in_another_segment_shows_that_the_exec_failed(void **state)
{
	struct scene *scene = *state;

	segment(scene, 0, TGID, "sh", WORDS(EXEC, EXECVE));
	segment(scene, 1, SIBLING, "worker", WORDS(1));
	expect(scene, "");
	segment(scene, 3, TGID, "renamed", WORDS(3));
	expect(scene, "42:59:sh\n42:1:worker\n");
	segment(scene, 2, SIBLING, "worker", WORDS(2));
	expect(scene, "42:2:worker\n42:3:renamed\n");
}

static void an_earlier_call_of_the_thread_shows_nothing(void **state)
{
	struct scene *scene = *state;

	/* The thread moved to another CPU for its exec; the first CPU's batch comes later. */
	segment(scene, 1, TGID, "sh", WORDS(EXEC, EXECVE));
	segment(scene, 0, TGID, "sh", WORDS(12));
	expect(scene, "42:12:sh\n");
	assert_true(scene->process->is_held);
	exec_at(scene, 2, 1, false);
	expect(scene, "42 exec ls\n42:59:ls\n");
}

static void the_kernel_says_that_the_exec_failed(void **state)
{
	struct scene *scene = *state;

	segment(scene, 0, TGID, "sh", WORDS(EXEC, EXECVE));
	segment(scene, 1, SIBLING, "worker", WORDS(1));
	exec_failed(scene, 7);
	expect(scene, "");
	exec_failed(scene, 0);
	expect(scene, "42:59:sh\n42:1:worker\n");
	/* Said once more, it changes nothing. */
	exec_failed(scene, 0);
	expect(scene, "");
}

static void the_end_of_the_process_shows_that_the_exec_failed(void **state)
{
	struct scene *scene = *state;

	segment(scene, 0, TGID, "sh", WORDS(12, EXEC, EXECVE));
	expect(scene, "42:12:sh\n");
	exit_at(scene, 2);
	expect(scene, "42:59:sh\n42 exit sh\n");
	assert_true(scene->process->has_ended);
}

/* fs/exec.c, de_thread(): the exec that succeeds kills all other threads, those in exec too. */
static void another_threads_success_shows_that_the_exec_failed(void **state)
{
	struct scene *scene = *state;

	segment(scene, 0, SIBLING, "worker", WORDS(EXEC, 322));
	segment(scene, 1, TGID, "sh", WORDS(EXEC, EXECVE));
	expect(scene, "");
	exec_at(scene, 2, 1, false);
	expect(scene, "42:322:worker\n42 exec ls\n42:59:ls\n");
}

static void an_exec_that_leaves_shows_that_another_threads_exec_failed(void **state)
{
	struct scene *scene = *state;

	segment(scene, 0, SIBLING, "worker", WORDS(EXEC, 322));
	segment(scene, 1, TGID, "sh", WORDS(EXEC, EXECVE));
	exec_at(scene, 2, 1, true);
	expect(scene, "42:322:worker\n42:59:sh\n42 exec ls\n");
}

static void at_the_end_of_the_recording_execs_that_are_held_have_failed(void **state)
{
	struct scene *scene = *state;

	segment(scene, 0, TGID, "sh", WORDS(EXEC, EXECVE));
	segment(scene, 1, SIBLING, "worker", WORDS(EXEC, 322));
	expect(scene, "");
	process__release_execs(scene->process, &scene->output);
	expect(scene, "42:59:sh\n42:322:worker\n");
	assert_false(process__is_waiting(scene->process));
	assert_int_equal(scene->process->calls, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_exec_that_succeeded_is_the_first_call_of_the_new_program),
		TEST(an_exec_is_held_until_its_success_arrives),
		TEST(a_held_exec_holds_the_later_calls_of_all_threads),
		TEST(an_exec_by_another_thread_makes_it_the_first_thread),
		TEST(an_exec_with_a_wide_id_keeps_it),
		TEST(the_comm_of_the_new_program_is_escaped),
		TEST(an_exec_that_leaves_the_recording_is_the_last_call_of_the_old_program),
		TEST(an_exec_that_leaves_comes_after_what_other_threads_did_meanwhile),
		TEST(an_exec_whose_call_was_lost_has_no_call),
		TEST(an_exec_from_before_the_recording_has_no_call),
		TEST(two_execs_in_a_row_each_keep_their_call),
		TEST(an_exec_that_starts_the_recording_is_its_first_call),
		TEST(an_exec_that_is_a_call_has_its_number_among_the_others),
		TEST(an_exec_that_is_a_call_is_not_itself_lost),
		TEST(a_later_call_in_the_segment_shows_that_the_exec_failed),
		TEST(a_later_call_in_another_segment_shows_that_the_exec_failed),
		TEST(an_earlier_call_of_the_thread_shows_nothing),
		TEST(the_kernel_says_that_the_exec_failed),
		TEST(the_end_of_the_process_shows_that_the_exec_failed),
		TEST(another_threads_success_shows_that_the_exec_failed),
		TEST(an_exec_that_leaves_shows_that_another_threads_exec_failed),
		TEST(at_the_end_of_the_recording_execs_that_are_held_have_failed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
