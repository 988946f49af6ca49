// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>

#include "tests/unit/merge_scene.h"

/* All processes: when a call is lost, who waits for whose pid, and what is counted. */

#define A INSTANCE(1, 0)
#define B INSTANCE(1, 1)
#define A_AGAIN INSTANCE(2, 0) /* the same slot, used again */

/* --- rounds ----------------------------------------------------------------------------------- */

static void a_call_is_lost_when_a_round_has_passed_it_by(void **state)
{
	struct scene *scene = *state;

	calls(scene, A, 42, 42, "a", 0, WORDS(0, SKIP(3), 4));
	expect(scene, "42:0:a\n");
	merge__begin_round(scene->merge);
	expect(scene, "");
	merge__end_round(scene->merge);
	expect(scene, "42 lost 3 before 2\n42:4:a\n");
	round_passes(scene);
	expect(scene, "");
	assert_int_equal(merge__totals(scene->merge).lost, 3);
	assert_int_equal(merge__totals(scene->merge).calls, 2);
}

static void what_arrives_during_the_round_is_not_lost(void **state)
{
	struct scene *scene = *state;

	calls(scene, A, 42, 42, "a", 2, WORDS(2));
	merge__begin_round(scene->merge);
	calls(scene, A, 42, 43, "b", 1, WORDS(1));
	expect(scene, "");
	merge__end_round(scene->merge);
	expect(scene, "42 lost 1 before 1\n42:1:b\n42:2:a\n");
}

static void a_hole_that_shows_during_the_round_stays_open_until_the_next(void **state)
{
	struct scene *scene = *state;

	calls(scene, A, 42, 42, "a", 1, WORDS(1));
	merge__begin_round(scene->merge);
	/* Another CPU's batch; the one with 2 and 3 is still to be submitted. */
	calls(scene, A, 42, 42, "a", 4, WORDS(4));
	merge__end_round(scene->merge);
	expect(scene, "42 lost 1 before 1\n42:1:a\n");
	merge__begin_round(scene->merge);
	calls(scene, A, 42, 43, "b", 2, WORDS(2));
	merge__end_round(scene->merge);
	expect(scene, "42:2:b\n42 lost 1 before 3\n42:4:a\n");
}

static void a_process_that_shows_during_the_round_keeps_its_hole(void **state)
{
	struct scene *scene = *state;

	merge__begin_round(scene->merge);
	calls(scene, A, 42, 42, "a", 1, WORDS(1));
	merge__end_round(scene->merge);
	expect(scene, "");
	calls(scene, A, 42, 42, "a", 0, WORDS(0));
	expect(scene, "42:0:a\n42:1:a\n");
}

static void a_round_of_one_process_takes_nothing_from_another(void **state)
{
	struct scene *scene = *state;

	calls(scene, A, 42, 42, "a", 1, WORDS(1));
	merge__begin_round(scene->merge);
	calls(scene, B, 52, 52, "b", 1, WORDS(1));
	merge__end_round(scene->merge);
	expect(scene, "42 lost 1 before 1\n42:1:a\n");
	round_passes(scene);
	expect(scene, "52 lost 1 before 1\n52:1:b\n");
}

static void calls_missing_before_the_exit_are_lost(void **state)
{
	struct scene *scene = *state;

	calls(scene, A, 42, 42, "a", 0, WORDS(0));
	happens(scene, SUBMIT_EXIT, A, 42, 42, "a", 3);
	expect(scene, "42:0:a\n");
	merge__begin_round(scene->merge);
	calls(scene, A, 42, 42, "a", 1, WORDS(1));
	merge__end_round(scene->merge);
	expect(scene, "42:1:a\n42 lost 1 before 3\n42 exit a\n");
	assert_int_equal(merge__totals(scene->merge).live, 0);
}

static void calls_missing_at_the_end_of_the_recording_are_lost(void **state)
{
	struct scene *scene = *state;

	calls(scene, A, 42, 42, "a", 0, WORDS(0));
	merge__set_end(scene->merge, A, 42, 3);
	/* Of this one nothing has arrived but that it made calls. */
	merge__set_end(scene->merge, B, 52, 2);
	merge__set_end(scene->merge, INSTANCE(1, SLOTS), 62, 2);
	expect(scene, "42:0:a\n");
	round_passes(scene);
	assert_int_equal(merge__totals(scene->merge).lost, 4);
	round_passes(scene);
	assert_int_equal(merge__totals(scene->merge).lost, 4);
}

static void a_process_whose_end_was_not_seen_ends_with_what_it_has(void **state)
{
	struct scene *scene = *state;

	calls(scene, A, 42, 42, "a", 0, WORDS(0));
	assert_int_equal(record__end_unseen(scene->merge, A, 42, 2), 0);
	round_passes(scene);
	assert_int_equal(merge__totals(scene->merge).live, 0);
	assert_int_equal(merge__totals(scene->merge).lost, 1);
}

static void calls_that_came_too_late_are_counted(void **state)
{
	struct scene *scene = *state;

	calls(scene, A, 42, 42, "a", 1, WORDS(1));
	round_passes(scene);
	calls(scene, A, 42, 42, "a", 0, WORDS(0));
	assert_int_equal(merge__totals(scene->merge).late, 1);
	happens(scene, SUBMIT_EXIT, A, 42, 42, "a", 2);
	assert_int_equal(merge__totals(scene->merge).late, 1);
}

/* --- execs ------------------------------------------------------------------------------------ */

static void an_open_exec_is_asked_about_once_it_has_been_waited_for(void **state)
{
	struct scene *scene = *state;

	assert_false(merge__has_open_exec(scene->merge, 1000, 60));
	calls(scene, A, 42, 42, "a", 0, WORDS(EXEC, 59));
	assert_false(merge__has_open_exec(scene->merge, 1000, 60));
	round_passes(scene);
	assert_false(merge__has_open_exec(scene->merge, 1059, 60));
	assert_true(merge__has_open_exec(scene->merge, 1060, 60));
	assert_int_equal(merge__add_failed_exec(scene->merge, B, 0), 0);
	expect(scene, "");
	assert_int_equal(merge__add_failed_exec(scene->merge, A, 0), 0);
	expect(scene, "42:59:a\n");
	/* The next one has its own time. */
	calls(scene, A, 42, 42, "a", 1, WORDS(EXEC, 59));
	assert_false(merge__has_open_exec(scene->merge, 2000, 60));
}

static void execs_still_held_at_the_end_of_the_recording_have_failed(void **state)
{
	struct scene *scene = *state;

	calls(scene, A, 42, 42, "a", 0, WORDS(EXEC, 59));
	calls(scene, A, 42, 43, "b", 3, WORDS(3));
	calls(scene, B, 52, 52, "c", 1, WORDS(EXEC, 59));
	round_passes(scene);
	expect(scene, "52 lost 1 before 1\n");
	merge__close(scene->merge);
	expect(scene, "42:59:a\n42 lost 2 before 2\n42:3:b\n52:59:c\n");
}

static void an_exec_that_leaves_ends_the_process(void **state)
{
	struct scene *scene = *state;

	calls(scene, A, 42, 42, "a", 0, WORDS(12, EXEC, 59));
	execs(scene, A, 42, 42, "b", 2, 1, 0);
	expect(scene, "42:12:a\n42:59:a\n42 exec b\n");
	assert_int_equal(merge__totals(scene->merge).live, 0);
	/* It comes back, in the same slot, by a later exec. */
	execs(scene, A_AGAIN, 42, 42, "a", 0, NO_CALL, EXEC_STARTED | EXEC_RECORDED | EXEC_IS_CALL);
	calls(scene, A_AGAIN, 42, 42, "a", 1, WORDS(1));
	expect(scene, "42 exec a\n42:59:a\n42:1:a\n");
	assert_int_equal(merge__totals(scene->merge).processes, 2);
	assert_int_equal(merge__totals(scene->merge).live, 1);
}

/* --- who holds a pid -------------------------------------------------------------------------- */

static void a_process_waits_until_the_one_that_had_its_pid_is_out(void **state)
{
	struct scene *scene = *state;

	happens(scene, SUBMIT_FORK, A, 42, 42, "old", 0);
	happens(scene, SUBMIT_EXIT, A, 42, 42, "old", 2);
	happens(scene, SUBMIT_FORK, B, 42, 42, "new", 0);
	calls(scene, B, 42, 42, "new", 0, WORDS(0));
	happens(scene, SUBMIT_EXIT, B, 42, 42, "new", 1);
	expect(scene, "42 fork old\n");
	calls(scene, A, 42, 42, "old", 0, WORDS(0, 1));
	expect(scene, "42:0:old\n42:1:old\n42 exit old\n"
		      "42 fork new\n42:0:new\n42 exit new\n");
	assert_int_equal(merge__totals(scene->merge).live, 0);
}

static void a_process_waits_for_the_lost_calls_of_the_one_that_had_its_pid(void **state)
{
	struct scene *scene = *state;

	happens(scene, SUBMIT_FORK, A, 42, 42, "old", 0);
	happens(scene, SUBMIT_EXIT, A, 42, 42, "old", 2);
	execs(scene, B, 42, 42, "new", 0, NO_CALL, EXEC_STARTED | EXEC_RECORDED | EXEC_IS_CALL);
	expect(scene, "42 fork old\n");
	round_passes(scene);
	expect(scene, "42 lost 2 before 1\n42 exit old\n42 exec new\n42:59:new\n");
}

static void of_two_processes_in_one_slot_the_older_comes_first(void **state)
{
	struct scene *scene = *state;

	happens(scene, SUBMIT_FORK, A, 42, 42, "old", 0);
	happens(scene, SUBMIT_EXIT, A, 42, 42, "old", 1);
	happens(scene, SUBMIT_FORK, A_AGAIN, 42, 42, "new", 0);
	calls(scene, A_AGAIN, 42, 42, "new", 0, WORDS(20));
	expect(scene, "42 fork old\n");
	calls(scene, A, 42, 42, "old", 0, WORDS(10));
	expect(scene, "42:10:old\n42 exit old\n42 fork new\n42:20:new\n");
}

static void three_processes_with_one_pid_come_out_one_after_the_other(void **state)
{
	struct scene *scene = *state;

	for (uint32_t i = 0; i < 3; i++) {
		happens(scene, SUBMIT_FORK, INSTANCE(1, i), 42, 42, "p", 0);
		happens(scene, SUBMIT_EXIT, INSTANCE(1, i), 42, 42, "p", 1);
	}
	calls(scene, INSTANCE(1, 2), 42, 42, "p", 0, WORDS(2));
	calls(scene, INSTANCE(1, 1), 42, 42, "p", 0, WORDS(1));
	expect(scene, "42 fork p\n");
	calls(scene, INSTANCE(1, 0), 42, 42, "p", 0, WORDS(0));
	expect(scene, "42:0:p\n42 exit p\n42 fork p\n42:1:p\n42 exit p\n42 fork p\n42:2:p\n42 "
		      "exit p\n");
}

static void a_process_that_was_attached_waits_for_its_pid_too(void **state)
{
	struct scene *scene = *state;
	struct exec_record attach = make_exec(B, 42, 42, "new", 0, NO_CALL, 0);

	attach.process.info.kind = SUBMIT_ATTACH;
	happens(scene, SUBMIT_FORK, A, 42, 42, "old", 0);
	happens(scene, SUBMIT_EXIT, A, 42, 42, "old", 1);
	record(scene, &attach, sizeof(attach));
	expect(scene, "42 fork old\n");
	round_passes(scene);
	expect(scene, "42 lost 1 before 1\n42 exit old\n42 attach new\n");
}

static void processes_with_different_pids_do_not_wait_for_each_other(void **state)
{
	struct scene *scene = *state;

	happens(scene, SUBMIT_FORK, A, 42, 42, "a", 0);
	happens(scene, SUBMIT_EXIT, A, 42, 42, "a", 1);
	happens(scene, SUBMIT_FORK, B, 52, 52, "b", 0);
	expect(scene, "42 fork a\n52 fork b\n");
}

/* --- records that can't be right -------------------------------------------------------------- */

static void a_slot_that_does_not_exist_is_an_error(void **state)
{
	struct scene *scene = *state;
	struct segment *segment = make_segment(INSTANCE(1, SLOTS), 42, 42, "a", 0, WORDS(1));
	struct process_record fork =
		make_record(SUBMIT_FORK, INSTANCE(1, UINT32_MAX), 42, 42, "a", 0);

	assert_true(merge__add_calls(scene->merge, segment) < 0);
	assert_true(record__dispatch(scene->merge, &fork.info, sizeof(fork)) < 0);
	assert_int_equal(merge__add_failed_exec(scene->merge, INSTANCE(1, SLOTS), 0), 0);
	expect(scene, "");
	free(segment);
}

/* --- counting --------------------------------------------------------------------------------- */

static void count(void *context, struct process *process)
{
	*(uint64_t *)context += process->tgid;
}

static void every_process_that_is_recorded_is_visited(void **state)
{
	struct scene *scene = *state;
	uint64_t sum = 0;

	calls(scene, A, 42, 42, "a", 1, WORDS(0));
	calls(scene, A_AGAIN, 100, 100, "a", 0, WORDS(0));
	calls(scene, B, 1000, 1000, "b", 0, WORDS(0));
	calls(scene, INSTANCE(1, 2), 10000, 10000, "b", 0, WORDS(0));
	happens(scene, SUBMIT_EXIT, INSTANCE(1, 2), 10000, 10000, "b", 1);
	merge__for_each(scene->merge, count, &sum);
	assert_int_equal(sum, 42 + 100 + 1000);
	assert_int_equal(merge__totals(scene->merge).processes, 4);
	assert_int_equal(merge__totals(scene->merge).live, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_call_is_lost_when_a_round_has_passed_it_by),
		TEST(what_arrives_during_the_round_is_not_lost),
		TEST(a_hole_that_shows_during_the_round_stays_open_until_the_next),
		TEST(a_process_that_shows_during_the_round_keeps_its_hole),
		TEST(a_round_of_one_process_takes_nothing_from_another),
		TEST(calls_missing_before_the_exit_are_lost),
		TEST(calls_missing_at_the_end_of_the_recording_are_lost),
		TEST(a_process_whose_end_was_not_seen_ends_with_what_it_has),
		TEST(calls_that_came_too_late_are_counted),
		TEST(an_open_exec_is_asked_about_once_it_has_been_waited_for),
		TEST(execs_still_held_at_the_end_of_the_recording_have_failed),
		TEST(an_exec_that_leaves_ends_the_process),
		TEST(a_process_waits_until_the_one_that_had_its_pid_is_out),
		TEST(a_process_waits_for_the_lost_calls_of_the_one_that_had_its_pid),
		TEST(of_two_processes_in_one_slot_the_older_comes_first),
		TEST(three_processes_with_one_pid_come_out_one_after_the_other),
		TEST(a_process_that_was_attached_waits_for_its_pid_too),
		TEST(processes_with_different_pids_do_not_wait_for_each_other),
		TEST(a_slot_that_does_not_exist_is_an_error),
		TEST(every_process_that_is_recorded_is_visited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
