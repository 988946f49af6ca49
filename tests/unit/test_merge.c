// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>

#include "tests/unit/merge_scene.h"

/* All processes: when a call comes out, who waits for whose pid, and what is counted. */

#define A INSTANCE(1, 0)
#define B INSTANCE(1, 1)
#define A_AGAIN INSTANCE(2, 0) /* the same slot, used again */

/* --- rounds ----------------------------------------------------------------------------------- */

static void a_call_comes_out_when_a_round_that_began_after_it_ends(void **state)
{
	struct scene *scene = *state;

	calls(scene, A, 42, 42, "a", 10, WORDS(1, 2));
	happens(scene, SUBMIT_FORK, A, 42, 42, "a", 9);
	expect(scene, "");
	merge__begin_round(scene->merge, 20);
	expect(scene, "");
	merge__end_round(scene->merge);
	expect(scene, "42 fork a\n42:1:a\n42:2:a\n");
	round_of(scene, 30);
	expect(scene, "");
	assert_int_equal(merge__totals(scene->merge).calls, 2);
	assert_int_equal(merge__totals(scene->merge).lost, 0);
}

static void what_arrives_during_the_round_finds_its_place(void **state)
{
	struct scene *scene = *state;

	calls(scene, A, 42, 42, "a", 12, WORDS(2));
	merge__begin_round(scene->merge, 20);
	calls(scene, A, 42, 43, "b", 11, WORDS(1));
	calls(scene, A, 42, 43, "b", 13, WORDS(3));
	merge__end_round(scene->merge);
	expect(scene, "42:1:b\n42:2:a\n42:3:b\n");
}

static void what_is_made_during_the_round_waits_for_the_next(void **state)
{
	struct scene *scene = *state;

	merge__begin_round(scene->merge, 20);
	/* Another CPU's batch; the one with 20 and 21 is still to be submitted. */
	calls(scene, A, 42, 42, "a", 18, WORDS(18, 19, SKIP(2), 22, 23));
	happens(scene, SUBMIT_EXIT, A, 42, 42, "a", 24);
	merge__end_round(scene->merge);
	expect(scene, "42:18:a\n42:19:a\n");
	merge__begin_round(scene->merge, 30);
	calls(scene, A, 42, 43, "b", 20, WORDS(20, 21));
	merge__end_round(scene->merge);
	expect(scene, "42:20:b\n42:21:b\n42:22:a\n42:23:a\n42 exit a\n");
}

static void a_process_that_shows_during_the_round_has_its_part_in_it(void **state)
{
	struct scene *scene = *state;

	calls(scene, A, 42, 42, "a", 10, WORDS(1));
	merge__begin_round(scene->merge, 20);
	calls(scene, B, 52, 52, "b", 19, WORDS(1, 2));
	merge__end_round(scene->merge);
	expect(scene, "42:1:a\n52:1:b\n");
	round_of(scene, 21);
	expect(scene, "52:2:b\n");
}

static void a_round_that_is_given_up_puts_nothing_out(void **state)
{
	struct scene *scene = *state;

	calls(scene, A, 42, 42, "a", 10, WORDS(1));
	merge__begin_round(scene->merge, 20);
	calls(scene, A, 42, 43, "b", 25, WORDS(3));
	expect(scene, "");
	/* The batch that the first one did not get at. */
	merge__begin_round(scene->merge, 30);
	calls(scene, A, 42, 42, "a", 15, WORDS(2));
	calls(scene, A, 42, 42, "a", 35, WORDS(4));
	merge__end_round(scene->merge);
	expect(scene, "42:1:a\n42:2:a\n42:3:b\n");
}

/* What a complete one has shown is not taken back. */
static void a_round_that_is_given_up_leaves_the_last_one_as_it_was(void **state)
{
	struct scene *scene = *state;

	calls(scene, A, 42, 42, "a", 10, WORDS(EXEC, 59));
	calls(scene, A, 42, 43, "b", 15, WORDS(1, SKIP(20), 2));
	round_of(scene, 20);
	merge__begin_round(scene->merge, 50);
	assert_int_equal(merge__add_failed_exec(scene->merge, A, 10), 0);
	expect(scene, "42:59:a\n42:1:b\n");
}

static void a_call_that_arrives_after_its_round_comes_out_with_the_next_and_once(void **state)
{
	struct scene *scene = *state;

	calls(scene, A, 42, 42, "a", 10, WORDS(10));
	round_of(scene, 20);
	expect(scene, "42:10:a\n");
	calls(scene, A, 42, 43, "b", 5, WORDS(5));
	round_of(scene, 30);
	expect(scene, "42:5:b\n");
	round_of(scene, 40);
	merge__close(scene->merge);
	expect(scene, "");
	assert_int_equal(merge__totals(scene->merge).calls, 2);
}

static void processes_that_begin_without_their_start_are_counted(void **state)
{
	struct scene *scene = *state;

	happens(scene, SUBMIT_FORK, A, 42, 42, "a", 10);
	calls(scene, A, 42, 42, "a", 11, WORDS(1));
	execs(scene, B, 52, 52, "b", 10, NO_CALL, EXEC_STARTED | EXEC_RECORDED);
	round_of(scene, 20);
	assert_int_equal(merge__totals(scene->merge).unstarted, 0);
	happens(scene, SUBMIT_EXIT, A, 42, 42, "a", 20);
	execs(scene, B, 52, 52, "c", 21, NO_CALL, EXEC_RECORDED);
	calls(scene, A_AGAIN, 42, 42, "a", 25, WORDS(2));
	round_of(scene, 30);
	assert_int_equal(merge__totals(scene->merge).unstarted, 1);
	assert_int_equal(merge__totals(scene->merge).processes, 3);
}

/* --- losses ----------------------------------------------------------------------------------- */

static void lost_calls_are_told_in_their_place_and_counted(void **state)
{
	struct scene *scene = *state;

	calls(scene, A, 42, 42, "a", 10, WORDS(1));
	calls_after(scene, 3, A, 42, 42, "a", 20, WORDS(2));
	calls_after(scene, 1, B, 52, 52, "b", 15, WORDS(3));
	happens_after(scene, 5, SUBMIT_EXIT, A, 42, 42, "a", 30);
	round_of(scene, 15);
	expect(scene, "42:1:a\n");
	assert_int_equal(merge__totals(scene->merge).lost, 0);
	round_of(scene, 40);
	expect(scene, "42 lost 3 before 2\n42:2:a\n42 lost 2 before 3\n42 exit a\n"
		      "52 lost 1 before 1\n52:3:b\n");
	assert_int_equal(merge__totals(scene->merge).lost, 6);
	assert_int_equal(merge__totals(scene->merge).calls, 3);
	assert_int_equal(merge__totals(scene->merge).live, 1);
}

static void calls_lost_after_the_last_one_are_told_at_the_end_of_the_recording(void **state)
{
	struct scene *scene = *state;

	calls_after(scene, 1, A, 42, 42, "a", 10, WORDS(0));
	merge__set_lost(scene->merge, A, 42, 2);
	merge__set_lost(scene->merge, A, 42, 3);
	round_of(scene, 20);
	expect(scene, "42 lost 1 before 1\n42:0:a\n");
	merge__close(scene->merge);
	expect(scene, "42 lost 2 before 2\n");
	merge__close(scene->merge);
	expect(scene, "");
	assert_int_equal(merge__totals(scene->merge).lost, 3);
}

static void a_process_of_which_nothing_arrived_but_a_loss_is_told_of(void **state)
{
	struct scene *scene = *state;

	merge__set_lost(scene->merge, A, 42, 2);
	merge__set_lost(scene->merge, B, 52, 0);
	merge__set_lost(scene->merge, INSTANCE(1, SLOTS), 62, 2);
	round_of(scene, 20);
	expect(scene, "");
	assert_int_equal(merge__totals(scene->merge).processes, 0);
	merge__close(scene->merge);
	expect(scene, "42 lost 2 before 1\n");
	assert_int_equal(merge__totals(scene->merge).lost, 2);
	assert_int_equal(merge__totals(scene->merge).processes, 1);
	assert_int_equal(merge__totals(scene->merge).live, 1);
}

static void a_loss_that_was_told_is_not_told_again_at_the_end_of_the_recording(void **state)
{
	struct scene *scene = *state;

	calls_after(scene, 3, A, 42, 42, "a", 10, WORDS(0));
	merge__set_lost(scene->merge, A, 42, 3);
	merge__set_lost(scene->merge, B, 52, 2);
	happens_after(scene, 2, SUBMIT_EXIT, B, 52, 52, "b", 10);
	round_of(scene, 20);
	expect(scene, "42 lost 3 before 1\n42:0:a\n52 lost 2 before 1\n52 exit b\n");
	merge__close(scene->merge);
	expect(scene, "");
}

static void a_process_whose_end_was_not_seen_ends_with_what_it_has(void **state)
{
	struct scene *scene = *state;

	calls(scene, A, 42, 42, "a", 10, WORDS(0));
	assert_int_equal(record__end_unseen(scene->merge, A, 42, 2, 15), 0);
	round_of(scene, 15);
	expect(scene, "42:0:a\n");
	round_of(scene, 16);
	/* Such an end is a record of no kind, and without a name. */
	expect(scene, "42 lost 2 before 2\n42 calls \n");
	assert_int_equal(merge__totals(scene->merge).live, 0);
	assert_int_equal(merge__totals(scene->merge).lost, 2);
}

/* --- execs ------------------------------------------------------------------------------------ */

static void an_exec_is_held_until_its_outcome_is_known(void **state)
{
	struct scene *scene = *state;

	calls(scene, A, 42, 42, "a", 10, WORDS(12, EXEC, 59));
	calls(scene, B, 52, 52, "b", 10, WORDS(EXEC, 59));
	calls(scene, B, 52, 53, "c", 15, WORDS(1));
	round_of(scene, 20);
	expect(scene, "42:12:a\n");
	round_of(scene, 30);
	expect(scene, "");
	execs(scene, A, 42, 42, "ls", 31, 11, EXEC_RECORDED);
	calls(scene, B, 52, 52, "b", 35, WORDS(2));
	round_of(scene, 40);
	expect(scene, "42 exec ls\n42:59:ls\n52:59:b\n52:1:c\n52:2:b\n");
}

static void an_open_exec_is_asked_about_once_it_has_been_waited_for(void **state)
{
	struct scene *scene = *state;

	assert_false(merge__has_open_exec(scene->merge, 1000, 60));
	calls(scene, A, 42, 42, "a", 10, WORDS(EXEC, 59));
	/* It may yet turn out that others come first: nothing waits for it. */
	assert_false(merge__has_open_exec(scene->merge, 900, 60));
	round_of(scene, 20);
	assert_false(merge__has_open_exec(scene->merge, 1000, 60));
	round_of(scene, 30);
	assert_false(merge__has_open_exec(scene->merge, 1059, 60));
	assert_true(merge__has_open_exec(scene->merge, 1060, 60));
	assert_int_equal(merge__add_failed_exec(scene->merge, B, 10), 0);
	expect(scene, "");
	assert_int_equal(merge__add_failed_exec(scene->merge, A, 10), 0);
	expect(scene, "42:59:a\n");
	/* The next one has its own time. */
	calls(scene, A, 42, 42, "a", 31, WORDS(EXEC, 59));
	round_of(scene, 40);
	assert_false(merge__has_open_exec(scene->merge, 2000, 60));
}

static void execs_still_held_at_the_end_of_the_recording_have_failed(void **state)
{
	struct scene *scene = *state;

	calls(scene, A, 42, 42, "a", 10, WORDS(EXEC, 59));
	calls_after(scene, 2, A, 42, 43, "b", 13, WORDS(3));
	calls_after(scene, 1, B, 52, 52, "c", 11, WORDS(EXEC, 59));
	round_of(scene, 20);
	expect(scene, "52 lost 1 before 1\n");
	merge__close(scene->merge);
	expect(scene, "42:59:a\n42 lost 2 before 2\n42:3:b\n52:59:c\n");
}

static void an_exec_that_leaves_ends_the_process(void **state)
{
	struct scene *scene = *state;

	calls(scene, A, 42, 42, "a", 10, WORDS(12, EXEC, 59));
	execs(scene, A, 42, 42, "b", 20, 11, 0);
	round_of(scene, 30);
	expect(scene, "42:12:a\n42:59:a\n42 exec b\n");
	assert_int_equal(merge__totals(scene->merge).live, 0);
	/* It comes back, in the same slot, by a later exec. */
	execs(scene, A_AGAIN, 42, 42, "a", 40, NO_CALL,
	      EXEC_STARTED | EXEC_RECORDED | EXEC_IS_CALL);
	calls(scene, A_AGAIN, 42, 42, "a", 41, WORDS(1));
	round_of(scene, 50);
	expect(scene, "42 exec a\n42:59:a\n42:1:a\n");
	assert_int_equal(merge__totals(scene->merge).processes, 2);
	assert_int_equal(merge__totals(scene->merge).live, 1);
}

/* --- who holds a pid -------------------------------------------------------------------------- */

/* What the old one still has to tell is stamped lower, but its exec has no outcome yet. */
static void a_process_waits_until_the_one_that_had_its_pid_is_out(void **state)
{
	struct scene *scene = *state;

	happens(scene, SUBMIT_FORK, A, 42, 42, "old", 10);
	calls(scene, A, 42, 42, "old", 11, WORDS(0, EXEC, 59));
	happens(scene, SUBMIT_FORK, B, 42, 42, "new", 20);
	calls(scene, B, 42, 42, "new", 21, WORDS(0));
	happens(scene, SUBMIT_EXIT, B, 42, 42, "new", 22);
	round_of(scene, 30);
	expect(scene, "42 fork old\n42:0:old\n");
	happens(scene, SUBMIT_EXIT, A, 42, 42, "old", 15);
	round_of(scene, 31);
	expect(scene, "42:59:old\n42 exit old\n"
		      "42 fork new\n42:0:new\n42 exit new\n");
	assert_int_equal(merge__totals(scene->merge).live, 0);
}

static void a_process_that_waits_for_its_pid_goes_on_in_the_round_that_frees_it(void **state)
{
	struct scene *scene = *state;

	/* The new one is looked at first. */
	execs(scene, B, 42, 42, "new", 20, NO_CALL, EXEC_STARTED | EXEC_RECORDED | EXEC_IS_CALL);
	happens(scene, SUBMIT_FORK, A, 42, 42, "old", 10);
	round_of(scene, 15);
	expect(scene, "42 fork old\n");
	happens_after(scene, 2, SUBMIT_EXIT, A, 42, 42, "old", 19);
	round_of(scene, 30);
	expect(scene, "42 lost 2 before 1\n42 exit old\n42 exec new\n42:59:new\n");
}

static void of_two_processes_in_one_slot_the_older_comes_first(void **state)
{
	struct scene *scene = *state;

	happens(scene, SUBMIT_FORK, A, 42, 42, "old", 10);
	round_of(scene, 11);
	happens(scene, SUBMIT_FORK, A_AGAIN, 42, 42, "new", 20);
	calls(scene, A_AGAIN, 42, 42, "new", 21, WORDS(20));
	calls(scene, A, 42, 42, "old", 12, WORDS(10));
	happens(scene, SUBMIT_EXIT, A, 42, 42, "old", 13);
	round_of(scene, 30);
	expect(scene, "42 fork old\n42:10:old\n42 exit old\n42 fork new\n42:20:new\n");
}

static void three_processes_with_one_pid_come_out_one_after_the_other(void **state)
{
	struct scene *scene = *state;

	for (uint32_t i = 0; i < 3; i++) {
		happens(scene, SUBMIT_FORK, INSTANCE(1, i), 42, 42, "p", 10 * i);
		happens(scene, SUBMIT_EXIT, INSTANCE(1, i), 42, 42, "p", 10 * i + 5);
	}
	calls(scene, INSTANCE(1, 2), 42, 42, "p", 21, WORDS(2));
	calls(scene, INSTANCE(1, 1), 42, 42, "p", 11, WORDS(1));
	calls(scene, INSTANCE(1, 0), 42, 42, "p", 1, WORDS(0));
	round_of(scene, 2);
	expect(scene, "42 fork p\n42:0:p\n");
	round_of(scene, 100);
	expect(scene, "42 exit p\n42 fork p\n42:1:p\n42 exit p\n42 fork p\n42:2:p\n42 exit p\n");
}

static void a_process_that_was_attached_waits_for_its_pid_too(void **state)
{
	struct scene *scene = *state;
	struct exec_record attach = make_exec(B, 42, 42, "new", 20, NO_CALL, 0);

	attach.process.info.kind = SUBMIT_ATTACH;
	happens(scene, SUBMIT_FORK, A, 42, 42, "old", 10);
	record(scene, &attach, sizeof(attach));
	round_of(scene, 30);
	expect(scene, "42 fork old\n");
	happens_after(scene, 1, SUBMIT_EXIT, A, 42, 42, "old", 15);
	round_of(scene, 31);
	expect(scene, "42 lost 1 before 1\n42 exit old\n42 attach new\n");
}

static void processes_with_different_pids_do_not_wait_for_each_other(void **state)
{
	struct scene *scene = *state;

	happens(scene, SUBMIT_FORK, A, 42, 42, "a", 10);
	calls(scene, A, 42, 42, "a", 11, WORDS(EXEC, 59));
	happens(scene, SUBMIT_FORK, B, 52, 52, "b", 12);
	round_of(scene, 20);
	expect(scene, "42 fork a\n52 fork b\n");
}

/* --- records that can't be right -------------------------------------------------------------- */

static void calls_of_a_process_that_has_ended_are_an_error_and_make_no_new_one(void **state)
{
	struct scene *scene = *state;
	struct segment *late = make_segment(A, 42, 42, "a", 30, WORDS(1));

	happens(scene, SUBMIT_EXIT, A, 42, 42, "a", 10);
	round_of(scene, 20);
	expect(scene, "42 exit a\n");
	assert_true(merge__add_calls(scene->merge, late) < 0);
	round_of(scene, 40);
	expect(scene, "");
	assert_int_equal(merge__totals(scene->merge).live, 0);
	free(late);
}

static void a_slot_that_does_not_exist_is_an_error(void **state)
{
	struct scene *scene = *state;
	struct segment *segment = make_segment(INSTANCE(1, SLOTS), 42, 42, "a", 10, WORDS(1));
	struct process_record fork =
		make_record(SUBMIT_FORK, INSTANCE(1, UINT32_MAX), 42, 42, "a", 10);

	assert_true(merge__add_calls(scene->merge, segment) < 0);
	assert_true(record__dispatch(scene->merge, &fork.info, sizeof(fork)) < 0);
	assert_int_equal(merge__add_failed_exec(scene->merge, INSTANCE(1, SLOTS), 0), 0);
	round_of(scene, 20);
	expect(scene, "");
	free(segment);
}

/* --- counting --------------------------------------------------------------------------------- */

static void sum_up(void *context, struct process *process)
{
	*(uint64_t *)context += process->tgid;
}

static void every_process_that_goes_on_is_visited(void **state)
{
	struct scene *scene = *state;
	uint64_t sum = 0;

	calls(scene, A, 42, 42, "a", 10, WORDS(0));
	calls(scene, A_AGAIN, 100, 100, "a", 10, WORDS(0));
	calls(scene, B, 1000, 1000, "b", 10, WORDS(0));
	calls(scene, INSTANCE(1, 2), 10000, 10000, "b", 10, WORDS(0));
	happens(scene, SUBMIT_EXIT, INSTANCE(1, 2), 10000, 10000, "b", 11);
	round_of(scene, 20);
	merge__for_each(scene->merge, sum_up, &sum);
	assert_int_equal(sum, 42 + 100 + 1000);
	assert_int_equal(merge__totals(scene->merge).processes, 4);
	assert_int_equal(merge__totals(scene->merge).live, 3);
}

static void a_process_counts_with_the_first_that_comes_out_of_it(void **state)
{
	struct scene *scene = *state;
	uint64_t sum = 0;

	calls(scene, A, 42, 42, "a", 10, WORDS(0));
	happens(scene, SUBMIT_FORK, B, 100, 100, "b", 20);
	calls_after(scene, 1, INSTANCE(1, 2), 1000, 1000, "c", 30, WORDS(EXEC, 59));
	merge__for_each(scene->merge, sum_up, &sum);
	assert_int_equal(sum, 0);
	assert_int_equal(merge__totals(scene->merge).processes, 0);
	round_of(scene, 11);
	merge__for_each(scene->merge, sum_up, &sum);
	assert_int_equal(sum, 42);
	round_of(scene, 21);
	assert_int_equal(merge__totals(scene->merge).processes, 2);
	/* Be it that something was lost. */
	round_of(scene, 31);
	expect(scene, "42:0:a\n100 fork b\n1000 lost 1 before 1\n");
	assert_int_equal(merge__totals(scene->merge).processes, 3);
	assert_int_equal(merge__totals(scene->merge).live, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_call_comes_out_when_a_round_that_began_after_it_ends),
		TEST(what_arrives_during_the_round_finds_its_place),
		TEST(what_is_made_during_the_round_waits_for_the_next),
		TEST(a_process_that_shows_during_the_round_has_its_part_in_it),
		TEST(a_round_that_is_given_up_puts_nothing_out),
		TEST(a_round_that_is_given_up_leaves_the_last_one_as_it_was),
		TEST(a_call_that_arrives_after_its_round_comes_out_with_the_next_and_once),
		TEST(processes_that_begin_without_their_start_are_counted),
		TEST(lost_calls_are_told_in_their_place_and_counted),
		TEST(calls_lost_after_the_last_one_are_told_at_the_end_of_the_recording),
		TEST(a_process_of_which_nothing_arrived_but_a_loss_is_told_of),
		TEST(a_loss_that_was_told_is_not_told_again_at_the_end_of_the_recording),
		TEST(a_process_whose_end_was_not_seen_ends_with_what_it_has),
		TEST(an_exec_is_held_until_its_outcome_is_known),
		TEST(an_open_exec_is_asked_about_once_it_has_been_waited_for),
		TEST(execs_still_held_at_the_end_of_the_recording_have_failed),
		TEST(an_exec_that_leaves_ends_the_process),
		TEST(a_process_waits_until_the_one_that_had_its_pid_is_out),
		TEST(a_process_that_waits_for_its_pid_goes_on_in_the_round_that_frees_it),
		TEST(of_two_processes_in_one_slot_the_older_comes_first),
		TEST(three_processes_with_one_pid_come_out_one_after_the_other),
		TEST(a_process_that_was_attached_waits_for_its_pid_too),
		TEST(processes_with_different_pids_do_not_wait_for_each_other),
		TEST(calls_of_a_process_that_has_ended_are_an_error_and_make_no_new_one),
		TEST(a_slot_that_does_not_exist_is_an_error),
		TEST(every_process_that_goes_on_is_visited),
		TEST(a_process_counts_with_the_first_that_comes_out_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
