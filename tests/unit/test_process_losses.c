// SPDX-License-Identifier: BSD-2-Clause
#include "tests/unit/process_scene.h"

/* One process alone: the calls that it lost are told, each number once and in its place. */

static void what_was_lost_before_a_segment_is_told_before_its_first_call(void **state)
{
	struct scene *scene = *state;

	segment(scene, 0, TGID, "a", WORDS(0, 1));
	segment_after(scene, 3, 10, TGID, "a", WORDS(4));
	segment_after(scene, 4, 20, TGID, "a", WORDS(6));
	round_of(scene, 10);
	expect(scene, "42:0:a\n42:1:a\n");
	round_of(scene, 11);
	expect(scene, "42 lost 3 before 3\n42:4:a\n");
	round_of(scene, 21);
	expect(scene, "42 lost 1 before 4\n42:6:a\n");
	assert_int_equal(scene->process->calls, 4);
	assert_int_equal(scene->process->lost, 4);
	assert_int_equal(scene->process->lost_here, 4);
}

static void a_loss_stands_between_the_calls_of_two_threads(void **state)
{
	struct scene *scene = *state;

	segment(scene, 10, TGID, "a", WORDS(10, SKIP(19), 30));
	segment_after(scene, 2, 20, SIBLING, "b", WORDS(20));
	round_of(scene, 100);
	expect(scene, "42:10:a\n42 lost 2 before 2\n42:20:b\n42:30:a\n");
}

/* However often the others' calls come between. */
static void a_loss_is_told_once(void **state)
{
	struct scene *scene = *state;

	segment_after(scene, 2, 10, TGID, "a", WORDS(10, SKIP(1), 12, SKIP(1), 14));
	segment_after(scene, 2, 11, SIBLING, "b", WORDS(11, SKIP(1), 13));
	round_of(scene, 13);
	round_of(scene, 100);
	expect(scene, "42 lost 2 before 1\n42:10:a\n42:11:b\n42:12:a\n42:13:b\n42:14:a\n");
	assert_int_equal(scene->process->lost, 2);
}

/* Of two threads at one time, the one that counted later may have been stamped earlier. */
static void a_count_that_goes_back_among_threads_at_one_time_changes_nothing(void **state)
{
	struct scene *scene = *state;

	segment_after(scene, 2, 10, TGID, "a", WORDS(10));
	segment_after(scene, 1, 11, SIBLING, "b", WORDS(11));
	segment_after(scene, 3, 12, SIBLING + 1, "c", WORDS(12));
	round_of(scene, 100);
	expect(scene, "42 lost 2 before 1\n42:10:a\n42:11:b\n42 lost 1 before 3\n42:12:c\n");
	assert_int_equal(scene->process->lost, 3);
}

/* A segment has its low half alone. */
static void the_count_of_lost_calls_goes_beyond_32_bits(void **state)
{
	struct scene *scene = *state;

	fork_after(scene, 0xFFFFFFFE, 1);
	segment_after(scene, 0xFFFFFFFF, 2, TGID, "a", WORDS(2));
	segment_after(scene, 1, 3, TGID, "a", WORDS(3));
	segment_after(scene, 0xFFFFFFFF, 4, SIBLING, "late", WORDS(4));
	exit_after(scene, 0x100000004, 5);
	round_of(scene, 100);
	expect(scene, "42 lost 4294967294 before 1\n42 fork sh\n"
		      "42 lost 1 before 1\n42:2:a\n"
		      "42 lost 2 before 2\n42:3:a\n"
		      "42:4:late\n"
		      "42 lost 3 before 4\n42 exit sh\n");
	assert_true(scene->process->lost == 0x100000004);
}

static void what_was_lost_before_an_event_is_told_before_it(void **state)
{
	struct scene *scene = *state;

	fork_after(scene, 2, 10);
	segment_after(scene, 5, 20, TGID, "a", WORDS(5));
	exit_after(scene, 6, 30);
	round_of(scene, 100);
	expect(scene, "42 lost 2 before 1\n42 fork sh\n"
		      "42 lost 3 before 1\n42:5:a\n"
		      "42 lost 1 before 2\n42 exit sh\n");
	assert_true(scene->process->has_ended);
}

static void a_loss_that_an_event_has_told_is_not_told_again(void **state)
{
	struct scene *scene = *state;

	segment_after(scene, 1, 10, TGID, "a", WORDS(1));
	fork_after(scene, 1, 20);
	fork_after(scene, 3, 30);
	segment_after(scene, 3, 40, TGID, "a", WORDS(2));
	exit_after(scene, 2, 50);
	round_of(scene, 100);
	expect(scene, "42 lost 1 before 1\n42:1:a\n42 fork sh\n"
		      "42 lost 2 before 2\n42 fork sh\n42:2:a\n42 exit sh\n");
	assert_int_equal(scene->process->lost, 3);
}

static void a_loss_waits_for_what_it_stands_before(void **state)
{
	struct scene *scene = *state;

	scene->pid_is_free = false;
	fork_after(scene, 2, 10);
	segment_after(scene, 3, 20, TGID, "a", WORDS(1));
	round_of(scene, 10);
	expect(scene, "");
	round_of(scene, 100);
	expect(scene, "");
	scene->pid_is_free = true;
	process__advance(scene->process, &scene->output);
	expect(scene, "42 lost 2 before 1\n42 fork sh\n42 lost 1 before 1\n42:1:a\n");
}

static void what_was_lost_after_the_last_call_is_told_at_the_end(void **state)
{
	struct scene *scene = *state;

	segment_after(scene, 1, 10, TGID, "a", WORDS(1));
	scene->process->lost_in_all = 4;
	round_of(scene, 100);
	expect(scene, "42 lost 1 before 1\n42:1:a\n");
	process__lose_rest(scene->process, &scene->output);
	expect(scene, "42 lost 3 before 2\n");
	process__lose_rest(scene->process, &scene->output);
	expect(scene, "");
	assert_int_equal(scene->process->lost, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_lost_before_a_segment_is_told_before_its_first_call),
		TEST(a_loss_stands_between_the_calls_of_two_threads),
		TEST(a_loss_is_told_once),
		TEST(a_count_that_goes_back_among_threads_at_one_time_changes_nothing),
		TEST(the_count_of_lost_calls_goes_beyond_32_bits),
		TEST(what_was_lost_before_an_event_is_told_before_it),
		TEST(a_loss_that_an_event_has_told_is_not_told_again),
		TEST(a_loss_waits_for_what_it_stands_before),
		TEST(what_was_lost_after_the_last_call_is_told_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
