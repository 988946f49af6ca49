// SPDX-License-Identifier: BSD-2-Clause
#include "tests/unit/process_scene.h"

/* One process alone: which of its calls and events come out, and in what order. */

/* --- calls ------------------------------------------------------------------------------------ */

static void calls_come_out_at_once_when_nothing_is_missing_before_them(void **state)
{
	struct scene *scene = *state;

	segment(scene, 0, TGID, "sh", WORDS(12, 21));
	expect(scene, "42:12:sh\n42:21:sh\n");
	segment(scene, 2, TGID, "sh", WORDS(257));
	expect(scene, "42:257:sh\n");
	assert_false(process__is_waiting(scene->process));
	assert_int_equal(scene->process->calls, 3);
	assert_int_equal(scene->process->lost, 0);
}

static void segments_of_two_cpus_come_out_by_number(void **state)
{
	struct scene *scene = *state;

	segment(scene, 4, SIBLING, "worker", WORDS(4, 5));
	segment(scene, 2, TGID, "sh", WORDS(2, 3));
	segment(scene, 6, TGID, "sh", WORDS(6));
	expect(scene, "");
	assert_true(process__is_waiting(scene->process));
	segment(scene, 0, SIBLING, "worker", WORDS(0, 1));
	expect(scene, "42:0:worker\n42:1:worker\n"
		      "42:2:sh\n42:3:sh\n"
		      "42:4:worker\n42:5:worker\n"
		      "42:6:sh\n");
	assert_false(process__is_waiting(scene->process));
}

static void segments_that_interleave_by_skips_come_out_by_number(void **state)
{
	struct scene *scene = *state;

	segment(scene, 0, TGID, "a", WORDS(100, SKIP(1), 102, SKIP(2), 105));
	expect(scene, "42:100:a\n");
	segment(scene, 1, SIBLING, "b", WORDS(201, SKIP(1), 203, 204, SKIP(1), 206));
	expect(scene, "42:201:b\n42:102:a\n42:203:b\n42:204:b\n42:105:a\n42:206:b\n");
}

static void skips_add_up_and_reach_over_a_whole_skip_word(void **state)
{
	struct scene *scene = *state;

	segment(scene, 0, TGID, "a", WORDS(1, SKIP(WORD_SKIP_MAX), SKIP(2), 2));
	expect(scene, "42:1:a\n");
	lost_below(scene, WORD_SKIP_MAX + 3);
	expect(scene, "42 lost 4096 before 2\n42:2:a\n");
	assert_int_equal(WORD_SKIP_MAX, 4094);
}

static void ids_that_fit_no_word_come_out_whole(void **state)
{
	struct scene *scene = *state;

	segment(scene, 0, TGID, "odd",
		WORDS(WIDE(-1), WIDE(0x7fffffff), WIDE(0x40000000 + 1), 10011, 0xEFFF, WIDE(0xF000),
		      SKIP(1), WIDE(INT64_MIN), 0));
	segment(scene, 6, SIBLING, "odd", WORDS(WIDE(INT64_MAX)));
	expect(scene, "42:-1:odd\n42:2147483647:odd\n42:1073741825:odd\n42:10011:odd\n"
		      "42:61439:odd\n42:61440:odd\n42:9223372036854775807:odd\n"
		      "42:-9223372036854775808:odd\n42:0:odd\n");
}

static void many_calls_come_out_whole_and_in_order(void **state)
{
	struct scene *scene = *state;
	struct transcript expected = {0};
	uint16_t words[BATCH_WORDS];

	for (int i = 0; i < BATCH_WORDS; i++) {
		words[i] = i;
		transcript__add(&expected, "42:%d:a\n", i);
	}
	segment(scene, 1024, TGID, "a", words + 1024, 1024);
	segment(scene, 0, TGID, "a", words, 1024);
	expect(scene, expected.text);
	free(expected.text);
}

static void an_empty_segment_is_nothing(void **state)
{
	struct scene *scene = *state;
	const uint16_t words[1] = {0};

	segment(scene, 0, TGID, "a", words, 0);
	segment(scene, 7, TGID, "a", words, 0);
	assert_false(process__is_waiting(scene->process));
	expect(scene, "");
}

/* --- losses ----------------------------------------------------------------------------------- */

static void a_hole_stays_open_until_it_is_said_to_be_lost(void **state)
{
	struct scene *scene = *state;

	segment(scene, 0, TGID, "a", WORDS(0, SKIP(3), 4, SKIP(1), 6));
	process__advance(scene->process, &scene->output);
	expect(scene, "42:0:a\n");
	lost_below(scene, 5);
	expect(scene, "42 lost 3 before 2\n42:4:a\n");
	lost_below(scene, 7);
	expect(scene, "42 lost 1 before 3\n42:6:a\n");
	assert_int_equal(scene->process->calls, 3);
	assert_int_equal(scene->process->lost, 4);
}

static void what_fills_a_part_of_a_hole_is_not_lost(void **state)
{
	struct scene *scene = *state;

	segment(scene, 4, TGID, "a", WORDS(4));
	segment(scene, 1, SIBLING, "b", WORDS(1, SKIP(1), 3));
	lost_below(scene, 5);
	expect(scene, "42 lost 1 before 1\n42:1:b\n42 lost 1 before 2\n42:3:b\n42:4:a\n");
}

static void a_call_that_comes_after_it_was_lost_is_counted_as_late(void **state)
{
	struct scene *scene = *state;

	segment(scene, 3, TGID, "a", WORDS(3));
	lost_below(scene, 4);
	expect(scene, "42 lost 3 before 1\n42:3:a\n");
	segment(scene, 1, SIBLING, "b", WORDS(1, EXEC, 59, SKIP(1), 4));
	expect(scene, "42:4:b\n");
	assert_int_equal(scene->process->late, 2);
	assert_int_equal(scene->process->lost, 3);
}

static void calls_missing_at_the_end_are_lost_before_it(void **state)
{
	struct scene *scene = *state;

	segment(scene, 0, TGID, "a", WORDS(0, 1));
	exit_at(scene, 4);
	expect(scene, "42:0:a\n42:1:a\n");
	lost_below(scene, 4);
	expect(scene, "42 lost 2 before 3\n42 exit sh\n");
	assert_true(scene->process->has_ended);
}

/* --- events ----------------------------------------------------------------------------------- */

static void an_event_stands_between_the_calls_before_and_after_it(void **state)
{
	struct scene *scene = *state;

	fork_at(scene, 2);
	expect(scene, "");
	segment(scene, 2, TGID, "a", WORDS(2, 3));
	segment(scene, 0, SIBLING, "b", WORDS(0, 1));
	expect(scene, "42:0:b\n42:1:b\n42 fork sh\n42:2:a\n42:3:a\n");
}

static void an_event_stands_in_the_middle_of_a_segment(void **state)
{
	struct scene *scene = *state;

	fork_at(scene, 1);
	exit_at(scene, 3);
	segment(scene, 0, TGID, "a", WORDS(0, 1, 2));
	expect(scene, "42:0:a\n42 fork sh\n42:1:a\n42:2:a\n42 exit sh\n");
}

static void events_with_one_number_come_out_as_they_arrived(void **state)
{
	struct scene *scene = *state;

	fork_at(scene, 1);
	exec_at(scene, 1, NO_CALL, false);
	exit_at(scene, 1);
	segment(scene, 0, TGID, "a", WORDS(0));
	expect(scene, "42:0:a\n42 fork sh\n42 exec ls\n42 exit sh\n");
}

static void an_event_in_a_hole_tells_what_was_lost_before_and_after_it(void **state)
{
	struct scene *scene = *state;

	fork_at(scene, 2);
	segment(scene, 5, TGID, "a", WORDS(5));
	lost_below(scene, 6);
	expect(scene, "42 lost 2 before 1\n42 fork sh\n42 lost 3 before 1\n42:5:a\n");
}

static void a_process_waits_for_its_pid_with_everything_it_has(void **state)
{
	struct scene *scene = *state;

	scene->pid_is_free = false;
	fork_at(scene, 0);
	segment(scene, 0, TGID, "a", WORDS(0));
	exit_at(scene, 1);
	lost_below(scene, 1);
	expect(scene, "");
	scene->pid_is_free = true;
	process__advance(scene->process, &scene->output);
	expect(scene, "42 fork sh\n42:0:a\n42 exit sh\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(calls_come_out_at_once_when_nothing_is_missing_before_them),
		TEST(segments_of_two_cpus_come_out_by_number),
		TEST(segments_that_interleave_by_skips_come_out_by_number),
		TEST(skips_add_up_and_reach_over_a_whole_skip_word),
		TEST(ids_that_fit_no_word_come_out_whole),
		TEST(many_calls_come_out_whole_and_in_order),
		TEST(an_empty_segment_is_nothing),
		TEST(a_hole_stays_open_until_it_is_said_to_be_lost),
		TEST(what_fills_a_part_of_a_hole_is_not_lost),
		TEST(a_call_that_comes_after_it_was_lost_is_counted_as_late),
		TEST(calls_missing_at_the_end_are_lost_before_it),
		TEST(an_event_stands_between_the_calls_before_and_after_it),
		TEST(an_event_stands_in_the_middle_of_a_segment),
		TEST(events_with_one_number_come_out_as_they_arrived),
		TEST(an_event_in_a_hole_tells_what_was_lost_before_and_after_it),
		TEST(a_process_waits_for_its_pid_with_everything_it_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
