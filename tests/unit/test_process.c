// SPDX-License-Identifier: BSD-2-Clause
#include "tests/unit/process_scene.h"

/* One process alone: which of its calls and events come out, and in what order. */

/* --- calls ------------------------------------------------------------------------------------ */

static void nothing_comes_out_before_a_round_has_passed(void **state)
{
	struct scene *scene = *state;

	segment(scene, 1, TGID, "sh", WORDS(12, 21));
	process__advance(scene->process, &scene->output);
	expect(scene, "");
	assert_true(process__is_waiting(scene->process));
	round_of(scene, 10);
	expect(scene, "42:12:sh\n42:21:sh\n");
	assert_false(process__is_waiting(scene->process));
	assert_int_equal(scene->process->calls, 2);
	assert_int_equal(scene->process->lost, 0);
}

static void calls_come_out_up_to_the_time_that_the_round_began(void **state)
{
	struct scene *scene = *state;

	segment(scene, 10, TGID, "sh", WORDS(1, 2, 3, 4));
	round_of(scene, 10);
	expect(scene, "");
	round_of(scene, 12);
	expect(scene, "42:1:sh\n42:2:sh\n");
	round_of(scene, 13);
	expect(scene, "42:3:sh\n");
	round_of(scene, 14);
	expect(scene, "42:4:sh\n");
}

static void segments_of_two_cpus_come_out_by_stamp(void **state)
{
	struct scene *scene = *state;

	segment(scene, 40, SIBLING, "worker", WORDS(4, 5));
	segment(scene, 20, TGID, "sh", WORDS(2, 3));
	segment(scene, 60, TGID, "sh", WORDS(6));
	segment(scene, 10, SIBLING, "worker", WORDS(0, 1));
	round_of(scene, 100);
	expect(scene, "42:0:worker\n42:1:worker\n"
		      "42:2:sh\n42:3:sh\n"
		      "42:4:worker\n42:5:worker\n"
		      "42:6:sh\n");
	assert_false(process__is_waiting(scene->process));
}

static void segments_that_interleave_by_skips_come_out_by_stamp(void **state)
{
	struct scene *scene = *state;

	segment(scene, 0, TGID, "a", WORDS(100, SKIP(1), 102, SKIP(2), 105));
	segment(scene, 1, SIBLING, "b", WORDS(201, SKIP(1), 203, 204, SKIP(1), 206));
	round_of(scene, 5);
	expect(scene, "42:100:a\n42:201:b\n42:102:a\n42:203:b\n42:204:b\n");
	round_of(scene, 7);
	expect(scene, "42:105:a\n42:206:b\n");
}

/* The lowest stamp is now the one's, now the other's, and the third comes in between. */
static void three_segments_interleave_call_by_call(void **state)
{
	struct scene *scene = *state;

	segment(scene, 0, TGID, "a", WORDS(0, SKIP(3), 4, SKIP(3), 8));
	segment(scene, 2, SIBLING, "b", WORDS(2, SKIP(3), 6, SKIP(3), 10));
	segment(scene, 1, SIBLING + 1, "c",
		WORDS(1, SKIP(1), 3, SKIP(1), 5, SKIP(1), 7, SKIP(1), 9));
	round_of(scene, 11);
	expect(scene, "42:0:a\n42:1:c\n42:2:b\n42:3:c\n42:4:a\n42:5:c\n42:6:b\n42:7:c\n"
		      "42:8:a\n42:9:c\n42:10:b\n");
}

static void calls_of_two_threads_with_one_stamp_each_come_out_once(void **state)
{
	struct scene *scene = *state;
	const char *shown;

	segment(scene, 5, TGID, "a", WORDS(1));
	segment(scene, 5, SIBLING, "b", WORDS(2));
	round_of(scene, 5);
	expect(scene, "");
	round_of(scene, 6);
	shown = transcript__text(&scene->shown);
	assert_true(!strcmp(shown, "42:1:a\n42:2:b\n") || !strcmp(shown, "42:2:b\n42:1:a\n"));
	assert_false(process__is_waiting(scene->process));
}

static void a_call_that_arrives_after_its_round_still_comes_out_and_once(void **state)
{
	struct scene *scene = *state;

	segment(scene, 10, TGID, "a", WORDS(10));
	round_of(scene, 20);
	expect(scene, "42:10:a\n");
	segment(scene, 5, SIBLING, "b", WORDS(5, SKIP(20), 26));
	process__advance(scene->process, &scene->output);
	expect(scene, "42:5:b\n");
	round_of(scene, 30);
	expect(scene, "42:26:b\n");
	assert_int_equal(scene->process->calls, 3);
}

/* --- skips ------------------------------------------------------------------------------------ */

/* The process's next call has exactly the stamp. */
static void next_is_at(struct scene *scene, uint64_t stamp, const char *expected)
{
	round_of(scene, stamp);
	expect(scene, "");
	round_of(scene, stamp + 1);
	expect(scene, expected);
}

static void a_short_skip_reaches_as_far_as_it_says(void **state)
{
	struct scene *scene = *state;

	segment(scene, 0, TGID, "a", WORDS(1, SKIP(1), 2, SKIP(2), 3, SKIP(SHORT_SKIP_MAX), 4, 5));
	next_is_at(scene, 0, "42:1:a\n");
	next_is_at(scene, 2, "42:2:a\n");
	next_is_at(scene, 5, "42:3:a\n");
	next_is_at(scene, 6 + 2048, "42:4:a\n");
	next_is_at(scene, 7 + 2048, "42:5:a\n");
	assert_int_equal(SHORT_SKIP_MAX, 2048);
}

static void a_long_skip_reaches_as_far_as_it_says(void **state)
{
	struct scene *scene = *state;

	segment(scene, 0, TGID, "a",
		WORDS(1, LONG_SKIP(1), 2, LONG_SKIP(2049), 3, LONG_SKIP(65536), 4, LONG_SKIP(65537),
		      5, LONG_SKIP(SKIP_MAX), 6, 7));
	next_is_at(scene, 0, "42:1:a\n");
	next_is_at(scene, 2, "42:2:a\n");
	next_is_at(scene, 3 + 2049, "42:3:a\n");
	next_is_at(scene, 4 + 2049 + 65536, "42:4:a\n");
	next_is_at(scene, 5 + 2049 + 65536 + 65537, "42:5:a\n");
	next_is_at(scene, 6 + 2049 + 65536 + 65537 + 134086656, "42:6:a\n");
	next_is_at(scene, 7 + 2049 + 65536 + 65537 + 134086656, "42:7:a\n");
	assert_int_equal(SKIP_MAX, 134086656);
}

/* The longest is just below the word that stands for something else. */
static void the_longest_skip_is_a_skip(void **state)
{
	static const uint16_t longest[] = {LONG_SKIP(SKIP_MAX)};
	(void)state;

	assert_int_equal(longest[0], WORD_EXEC - 1);
	assert_int_equal(longest[1], 0xFFFF);
}

static void the_second_word_of_a_long_skip_may_be_any(void **state)
{
	struct scene *scene = *state;

	segment(scene, 0, TGID, "a",
		WORDS(1, WORD_LONG_SKIP, WORD_EXEC, 2, WORD_LONG_SKIP, WORD_WIDE, 3, WORD_LONG_SKIP,
		      WORD_SKIP, 4, WORD_LONG_SKIP, WORD_LONG_SKIP, 5, WORD_LONG_SKIP, 0, 6));
	next_is_at(scene, 0, "42:1:a\n");
	next_is_at(scene, 1 + 0xFFFF, "42:2:a\n");
	next_is_at(scene, 2 + 0xFFFF + 0x10000, "42:3:a\n");
	next_is_at(scene, 3 + 0xFFFF + 0x10000 + 0xF001, "42:4:a\n");
	next_is_at(scene, 4 + 0xFFFF + 0x10000 + 0xF001 + 0xF801, "42:5:a\n");
	next_is_at(scene, 5 + 0xFFFF + 0x10000 + 0xF001 + 0xF801 + 1, "42:6:a\n");
}

static void skips_add_up_and_may_stand_anywhere(void **state)
{
	struct scene *scene = *state;

	segment(scene, 0, TGID, "a",
		WORDS(SKIP(7), SKIP(3), 1, SKIP(2048), LONG_SKIP(70000), SKIP(1), WIDE(-1),
		      LONG_SKIP(5), 2, SKIP(9), LONG_SKIP(70000)));
	next_is_at(scene, 10, "42:1:a\n");
	next_is_at(scene, 11 + 72049, "42:-1:a\n");
	next_is_at(scene, 12 + 72049 + 5, "42:2:a\n");
	assert_false(process__is_waiting(scene->process));
}

/* --- ids -------------------------------------------------------------------------------------- */

static void ids_that_fit_no_word_come_out_whole(void **state)
{
	struct scene *scene = *state;

	segment(scene, 0, TGID, "odd",
		WORDS(WIDE(-1), WIDE(0x7fffffff), WIDE(0x40000000 + 1), 10011, 0xEFFF, WIDE(0xF000),
		      SKIP(1), WIDE(INT64_MIN), 0));
	segment(scene, 6, SIBLING, "odd", WORDS(WIDE(INT64_MAX)));
	round_of(scene, 9);
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
	round_of(scene, BATCH_WORDS);
	expect(scene, expected.text);
	free(expected.text);
}

static void many_segments_come_out_by_stamp_however_they_arrived(void **state)
{
	struct scene *scene = *state;
	struct transcript expected = {0};

	/* 37 and 256 have no common factor, so each number is there once. */
	for (uint32_t i = 0; i < 256; i++) {
		segment(scene, i * 37 % 256, TGID + i % 3, "a", WORDS(i * 37 % 256));
		transcript__add(&expected, "42:%u:a\n", i);
	}
	round_of(scene, 256);
	expect(scene, expected.text);
	free(expected.text);
}

static void an_empty_segment_is_nothing(void **state)
{
	struct scene *scene = *state;
	const uint16_t words[1] = {0};

	segment(scene, 0, TGID, "a", words, 0);
	segment_after(scene, 3, 7, TGID, "a", words, 0);
	segment_after(scene, 3, 7, TGID, "a", WORDS(SKIP(2), LONG_SKIP(3)));
	assert_false(process__is_waiting(scene->process));
	round_of(scene, 100);
	expect(scene, "");
}

/* --- events ----------------------------------------------------------------------------------- */

static void an_event_stands_between_the_calls_before_and_after_it(void **state)
{
	struct scene *scene = *state;

	fork_at(scene, 20);
	segment(scene, 30, TGID, "a", WORDS(2, 3));
	segment(scene, 10, SIBLING, "b", WORDS(0, 1));
	round_of(scene, 20);
	expect(scene, "42:0:b\n42:1:b\n");
	round_of(scene, 21);
	expect(scene, "42 fork sh\n");
	round_of(scene, 100);
	expect(scene, "42:2:a\n42:3:a\n");
}

static void an_event_stands_in_the_middle_of_a_segment(void **state)
{
	struct scene *scene = *state;

	fork_at(scene, 1);
	exit_at(scene, 3);
	segment(scene, 0, TGID, "a", WORDS(0, 1, 2));
	round_of(scene, 100);
	expect(scene, "42:0:a\n42 fork sh\n42:1:a\n42:2:a\n42 exit sh\n");
}

static void an_event_stands_before_the_calls_with_its_stamp(void **state)
{
	struct scene *scene = *state;

	segment(scene, 5, TGID, "a", WORDS(5));
	segment(scene, 4, SIBLING, "b", WORDS(4, 6));
	fork_at(scene, 5);
	round_of(scene, 6);
	/* Which of the two calls at 5 is first, the threads themselves can't tell. */
	assert_memory_equal(transcript__text(&scene->shown), "42:4:b\n42 fork sh\n", 18);
}

static void events_come_out_by_stamp_however_they_arrived(void **state)
{
	struct scene *scene = *state;

	exit_at(scene, 40);
	fork_at(scene, 10);
	exec_at(scene, 30, NO_CALL, false);
	fork_at(scene, 20);
	segment(scene, 25, TGID, "a", WORDS(0));
	round_of(scene, 100);
	expect(scene, "42 fork sh\n42 fork sh\n42:0:a\n42 exec ls\n42 exit sh\n");
}

static void events_with_one_stamp_come_out_as_they_arrived(void **state)
{
	struct scene *scene = *state;

	exit_at(scene, 2);
	fork_at(scene, 1);
	exec_at(scene, 1, NO_CALL, false);
	segment(scene, 0, TGID, "a", WORDS(0));
	round_of(scene, 100);
	expect(scene, "42:0:a\n42 fork sh\n42 exec ls\n42 exit sh\n");
}

static void what_has_arrived_comes_out_before_the_end_whatever_its_stamp(void **state)
{
	struct scene *scene = *state;

	segment(scene, 10, TGID, "a", WORDS(1));
	exit_at(scene, 20);
	segment(scene, 30, SIBLING, "b", WORDS(2));
	round_of(scene, 25);
	expect(scene, "42:1:a\n42:2:b\n42 exit sh\n");
}

static void a_process_waits_for_its_pid_with_everything_it_has(void **state)
{
	struct scene *scene = *state;

	scene->pid_is_free = false;
	fork_at(scene, 0);
	segment(scene, 1, TGID, "a", WORDS(0));
	exit_at(scene, 2);
	round_of(scene, 100);
	expect(scene, "");
	scene->pid_is_free = true;
	process__advance(scene->process, &scene->output);
	expect(scene, "42 fork sh\n42:0:a\n42 exit sh\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_comes_out_before_a_round_has_passed),
		TEST(calls_come_out_up_to_the_time_that_the_round_began),
		TEST(segments_of_two_cpus_come_out_by_stamp),
		TEST(segments_that_interleave_by_skips_come_out_by_stamp),
		TEST(three_segments_interleave_call_by_call),
		TEST(calls_of_two_threads_with_one_stamp_each_come_out_once),
		TEST(a_call_that_arrives_after_its_round_still_comes_out_and_once),
		TEST(a_short_skip_reaches_as_far_as_it_says),
		TEST(a_long_skip_reaches_as_far_as_it_says),
		TEST(the_longest_skip_is_a_skip),
		TEST(the_second_word_of_a_long_skip_may_be_any),
		TEST(skips_add_up_and_may_stand_anywhere),
		TEST(ids_that_fit_no_word_come_out_whole),
		TEST(many_calls_come_out_whole_and_in_order),
		TEST(many_segments_come_out_by_stamp_however_they_arrived),
		TEST(an_empty_segment_is_nothing),
		TEST(an_event_stands_between_the_calls_before_and_after_it),
		TEST(an_event_stands_in_the_middle_of_a_segment),
		TEST(an_event_stands_before_the_calls_with_its_stamp),
		TEST(events_come_out_by_stamp_however_they_arrived),
		TEST(events_with_one_stamp_come_out_as_they_arrived),
		TEST(what_has_arrived_comes_out_before_the_end_whatever_its_stamp),
		TEST(a_process_waits_for_its_pid_with_everything_it_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
