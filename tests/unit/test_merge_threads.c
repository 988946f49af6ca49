// SPDX-License-Identifier: BSD-2-Clause
#include "tests/unit/merge_scene.h"

/* A log of threads: when each starts and ends, and who waits for whose tid. */

#define A INSTANCE(1, 0)
#define B INSTANCE(1, 1)
#define C INSTANCE(1, 2)

static void lines_have_tids_and_every_thread_starts_before_its_first_line(void **state)
{
	struct scene *scene = *state;

	happens(scene, SUBMIT_FORK, A, 42, 42, "sh", 0);
	calls(scene, A, 42, 42, "sh", 1, WORDS(56));
	happens(scene, SUBMIT_THREAD_START, A, 42, 43, "sh", 2);
	calls(scene, A, 42, 43, "worker", 3, WORDS(1));
	happens(scene, SUBMIT_THREAD_EXIT, A, 42, 43, "worker", 4);
	calls(scene, A, 42, 42, "sh", 5, WORDS(2));
	happens(scene, SUBMIT_THREAD_EXIT, A, 42, 42, "sh", 6);
	happens(scene, SUBMIT_EXIT, A, 42, 42, "sh", 6);
	round_of(scene, 100);
	expect(scene, "42 fork sh\n42 +42 sh\n42:56:sh\n"
		      "42 thread_start sh\n42 +43 sh\n43:1:worker\n"
		      "42 -43 worker\n42 thread_exit worker\n42:2:sh\n"
		      "42 -42 sh\n42 thread_exit sh\n42 exit sh\n");
}

static void the_calls_of_two_threads_interleave_by_stamp_each_with_its_own_tid(void **state)
{
	struct scene *scene = *state;

	calls(scene, A, 42, 42, "sh", 10, WORDS(0, SKIP(1), 2, LONG_SKIP(5000), 4));
	calls(scene, A, 42, 43, "worker", 11, WORDS(1, LONG_SKIP(4999), 3, SKIP(2), 5));
	round_of(scene, 10000);
	expect(scene, "42 +42 sh\n42:0:sh\n42 +43 worker\n43:1:worker\n"
		      "42:2:sh\n43:3:worker\n42:4:sh\n43:5:worker\n");
}

static void a_thread_that_was_not_seen_to_start_does_so_with_its_first_call(void **state)
{
	struct scene *scene = *state;

	calls(scene, A, 42, 43, "x%", 10, WORDS(0, 1));
	calls(scene, A, 42, 42, "sh", 20, WORDS(2));
	calls(scene, A, 42, 43, "renamed", 30, WORDS(3));
	round_of(scene, 100);
	expect(scene, "42 +43 x%\n43:0:x%25\n43:1:x%25\n42 +42 sh\n42:2:sh\n43:3:renamed\n");
}

static void a_thread_starts_once(void **state)
{
	struct scene *scene = *state;

	happens(scene, SUBMIT_THREAD_START, A, 42, 43, "sh", 10);
	happens(scene, SUBMIT_THREAD_START, A, 42, 43, "sh", 12);
	calls(scene, A, 42, 43, "sh", 11, WORDS(0, 1));
	round_of(scene, 100);
	expect(scene, "42 thread_start sh\n42 +43 sh\n43:0:sh\n42 thread_start sh\n43:1:sh\n");
}

static void a_thread_whose_tid_is_used_again_starts_again(void **state)
{
	struct scene *scene = *state;

	calls(scene, A, 42, 43, "one", 10, WORDS(0));
	happens(scene, SUBMIT_THREAD_EXIT, A, 42, 43, "one", 11);
	/* The start of the second one was lost in the ring. */
	calls(scene, A, 42, 43, "two", 12, WORDS(1));
	round_of(scene, 100);
	expect(scene, "42 +43 one\n43:0:one\n42 -43 one\n42 thread_exit one\n"
		      "42 +43 two\n43:1:two\n");
}

static void threads_end_in_any_order(void **state)
{
	struct scene *scene = *state;

	for (uint32_t tid = 42; tid < 46; tid++)
		happens(scene, SUBMIT_THREAD_START, A, 42, tid, "a", 10);
	round_of(scene, 11);
	transcript__clear(&scene->shown);
	happens(scene, SUBMIT_THREAD_EXIT, A, 42, 45, "a", 20);
	happens(scene, SUBMIT_THREAD_EXIT, A, 42, 43, "a", 20);
	happens(scene, SUBMIT_THREAD_EXIT, A, 42, 44, "a", 20);
	happens(scene, SUBMIT_EXIT, A, 42, 42, "a", 20);
	round_of(scene, 100);
	expect(scene, "42 -45 a\n42 thread_exit a\n42 -43 a\n42 thread_exit a\n"
		      "42 -44 a\n42 thread_exit a\n42 -42 a\n42 exit a\n");
}

static void with_the_process_all_its_threads_end(void **state)
{
	struct scene *scene = *state;

	calls(scene, A, 42, 42, "a", 10, WORDS(0));
	calls(scene, A, 42, 43, "b", 11, WORDS(1));
	happens(scene, SUBMIT_EXIT, A, 42, 42, "a", 12);
	round_of(scene, 100);
	expect(scene, "42 +42 a\n42:0:a\n42 +43 b\n43:1:b\n42 -43 b\n42 -42 a\n42 exit a\n");
}

static void an_exec_ends_all_threads_but_the_first(void **state)
{
	struct scene *scene = *state;

	calls(scene, A, 42, 42, "a", 10, WORDS(0));
	calls(scene, A, 42, 43, "b", 11, WORDS(1, EXEC, 59));
	execs(scene, A, 42, 43, "ls", 20, 12, EXEC_RECORDED);
	calls(scene, A, 42, 42, "ls", 21, WORDS(12));
	round_of(scene, 100);
	/* The call is the new program's, which has the process's own pid. */
	expect(scene, "42 +42 a\n42:0:a\n42 +43 b\n43:1:b\n"
		      "42 -43 b\n42 exec ls\n42:59:ls\n42:12:ls\n");
}

/* As the kernel has it: the first thread ends, and the one in exec takes over its tid. */
static void an_exec_by_another_thread_takes_over_the_first_ones_tid(void **state)
{
	struct scene *scene = *state;

	calls(scene, A, 42, 42, "a", 10, WORDS(0));
	calls(scene, A, 42, 43, "b", 11, WORDS(1, EXEC, 59));
	happens(scene, SUBMIT_THREAD_EXIT, A, 42, 42, "a", 19);
	execs(scene, A, 42, 43, "ls", 20, 12, EXEC_RECORDED);
	calls(scene, A, 42, 42, "ls", 21, WORDS(12));
	round_of(scene, 100);
	expect(scene, "42 +42 a\n42:0:a\n42 +43 b\n43:1:b\n42 -42 a\n42 thread_exit a\n"
		      "42 -43 b\n42 exec ls\n42 +42 ls\n42:59:ls\n42:12:ls\n");
}

static void an_exec_that_leaves_ends_all_threads(void **state)
{
	struct scene *scene = *state;

	calls(scene, A, 42, 42, "a", 10, WORDS(0));
	calls(scene, A, 42, 43, "b", 11, WORDS(EXEC, 59));
	execs(scene, A, 42, 43, "ls", 20, 11, 0);
	round_of(scene, 100);
	expect(scene, "42 +42 a\n42:0:a\n42 +43 b\n43:59:b\n42 -43 b\n42 -42 a\n42 exec ls\n");
}

static void a_late_end_of_a_thread_of_a_process_that_has_ended_is_dropped(void **state)
{
	struct scene *scene = *state;

	calls(scene, A, 42, 42, "a", 10, WORDS(0));
	happens(scene, SUBMIT_EXIT, A, 42, 42, "a", 11);
	/* In time to be taken in, but behind the end. */
	happens(scene, SUBMIT_THREAD_EXIT, A, 42, 42, "a", 12);
	round_of(scene, 100);
	expect(scene, "42 +42 a\n42:0:a\n42 -42 a\n42 exit a\n");
	happens(scene, SUBMIT_THREAD_EXIT, A, 42, 43, "b", 11);
	round_of(scene, 200);
	expect(scene, "");
	assert_int_equal(merge__totals(scene->merge).processes, 1);
	assert_int_equal(merge__totals(scene->merge).live, 0);
}

static void the_end_of_a_thread_that_never_showed_ends_nothing(void **state)
{
	struct scene *scene = *state;

	calls(scene, B, 52, 52, "b", 10, WORDS(0));
	calls(scene, A, 42, 42, "a", 10, WORDS(0));
	happens(scene, SUBMIT_THREAD_EXIT, A, 42, 43, "a", 11);
	/* Another process's thread is not this one's to end. */
	happens(scene, SUBMIT_THREAD_EXIT, A, 42, 52, "a", 11);
	round_of(scene, 100);
	expect(scene, "52 +52 b\n52:0:b\n42 +42 a\n42:0:a\n42 thread_exit a\n42 thread_exit a\n");
}

/* --- who holds a tid -------------------------------------------------------------------------- */

static void a_thread_waits_until_the_one_that_had_its_tid_is_out(void **state)
{
	struct scene *scene = *state;

	calls(scene, A, 42, 43, "old", 10, WORDS(0));
	calls(scene, A, 42, 42, "a", 11, WORDS(EXEC, 59));
	happens(scene, SUBMIT_THREAD_EXIT, A, 42, 43, "old", 12);
	calls(scene, B, 52, 52, "new", 20, WORDS(56));
	happens(scene, SUBMIT_THREAD_START, B, 52, 43, "new", 21);
	calls(scene, B, 52, 43, "new", 22, WORDS(1));
	round_of(scene, 30);
	expect(scene, "42 +43 old\n43:0:old\n52 +52 new\n52:56:new\n");
	calls(scene, A, 42, 42, "a", 31, WORDS(1));
	round_of(scene, 40);
	expect(scene, "42 +42 a\n42:59:a\n42 -43 old\n42 thread_exit old\n42:1:a\n"
		      "52 thread_start new\n52 +43 new\n43:1:new\n");
}

static void a_process_waits_until_the_thread_that_had_its_pid_is_out(void **state)
{
	struct scene *scene = *state;

	calls(scene, A, 42, 43, "old", 10, WORDS(0, EXEC, 59));
	happens(scene, SUBMIT_FORK, B, 43, 43, "new", 30);
	happens(scene, SUBMIT_EXIT, A, 42, 42, "a", 40);
	round_of(scene, 35);
	expect(scene, "42 +43 old\n43:0:old\n43:59:old\n");
	round_of(scene, 41);
	expect(scene, "42 -43 old\n42 exit a\n43 fork new\n43 +43 new\n");
}

/*
 * A thread's end goes into the ring before its tid can be had again. Where it has not come, the
 * ring was full, and nobody will ever tell of it.
 */
static void a_thread_whose_end_was_lost_ends_when_another_gets_its_tid(void **state)
{
	struct scene *scene = *state;

	calls(scene, A, 42, 43, "old", 10, WORDS(0));
	calls(scene, B, 52, 52, "new", 20, WORDS(56));
	happens(scene, SUBMIT_THREAD_START, B, 52, 43, "new", 21);
	calls(scene, B, 52, 43, "new", 22, WORDS(1));
	round_of(scene, 100);
	expect(scene, "42 +43 old\n43:0:old\n52 +52 new\n52:56:new\n"
		      "52 thread_start new\n42 -43 old\n52 +43 new\n43:1:new\n");
	happens(scene, SUBMIT_EXIT, A, 42, 42, "old", 101);
	round_of(scene, 200);
	expect(scene, "42 exit old\n");
}

/* The first thread's pid is the process's: that it has ended is told in any case, by its slot. */
static void a_process_whose_end_was_lost_is_waited_for(void **state)
{
	struct scene *scene = *state;

	happens(scene, SUBMIT_FORK, A, 42, 42, "old", 10);
	happens(scene, SUBMIT_FORK, B, 42, 42, "new", 20);
	calls(scene, B, 42, 42, "new", 21, WORDS(1));
	calls(scene, A, 42, 42, "old", 11, WORDS(0));
	round_of(scene, 30);
	expect(scene, "42 fork old\n42 +42 old\n42:0:old\n");
	assert_int_equal(record__end_unseen(scene->merge, A, 42, 3, 31), 0);
	round_of(scene, 40);
	/* Such an end is a record of no kind, and without a name. */
	expect(scene, "42 lost 3 before 2\n42 -42 old\n42 calls \n"
		      "42 fork new\n42 +42 new\n42:1:new\n");
}

static void at_the_end_of_the_recording_nobody_waits_for_a_pid(void **state)
{
	struct scene *scene = *state;

	happens(scene, SUBMIT_FORK, A, 42, 42, "old", 10);
	happens(scene, SUBMIT_FORK, B, 42, 42, "new", 20);
	calls(scene, B, 42, 42, "new", 21, WORDS(0, EXEC, 59));
	round_of(scene, 30);
	expect(scene, "42 fork old\n42 +42 old\n");
	merge__close(scene->merge);
	expect(scene, "42 fork new\n42 -42 old\n42 +42 new\n42:0:new\n42:59:new\n");
}

/* A waits for 52, which B holds, and B for 72, which C holds. */
static void who_waits_for_one_that_waits_goes_on_with_it(void **state)
{
	struct scene *scene = *state;

	calls(scene, A, 42, 42, "a", 10, WORDS(0));
	happens(scene, SUBMIT_FORK, B, 52, 52, "b", 10);
	happens(scene, SUBMIT_FORK, C, 72, 72, "c", 10);
	round_of(scene, 11);
	expect(scene, "42 +42 a\n42:0:a\n52 fork b\n52 +52 b\n72 fork c\n72 +72 c\n");
	happens(scene, SUBMIT_THREAD_START, A, 42, 52, "a", 20);
	happens(scene, SUBMIT_THREAD_START, B, 52, 72, "b", 18);
	happens(scene, SUBMIT_EXIT, B, 52, 52, "b", 19);
	round_of(scene, 30);
	expect(scene, "");
	happens(scene, SUBMIT_EXIT, C, 72, 72, "c", 17);
	round_of(scene, 31);
	expect(scene, "72 -72 c\n72 exit c\n"
		      "52 thread_start b\n52 +72 b\n52 -72 b\n52 -52 b\n52 exit b\n"
		      "42 thread_start a\n42 +52 a\n");
}

/* What a held exec held up may hold an exec itself. */
static void at_the_end_of_the_recording_nothing_waits_for_a_held_exec(void **state)
{
	struct scene *scene = *state;

	happens(scene, SUBMIT_THREAD_START, A, 42, 43, "a", 10);
	calls(scene, A, 42, 42, "a", 11, WORDS(EXEC, 59));
	happens(scene, SUBMIT_THREAD_EXIT, A, 42, 43, "a", 12);
	happens(scene, SUBMIT_THREAD_START, B, 52, 43, "b", 20);
	calls(scene, B, 52, 43, "b", 21, WORDS(EXEC, 322));
	calls(scene, B, 52, 52, "b", 22, WORDS(1));
	round_of(scene, 30);
	expect(scene, "42 thread_start a\n42 +43 a\n");
	merge__close(scene->merge);
	expect(scene, "42 +42 a\n42:59:a\n42 -43 a\n42 thread_exit a\n"
		      "52 thread_start b\n52 +43 b\n43:322:b\n52 +52 b\n52:1:b\n");
}

/* --- without --threads ------------------------------------------------------------------------ */

static void without_threads_lines_have_the_process_and_no_thread_is_told_of(void **state)
{
	struct scene *scene = *state;

	happens(scene, SUBMIT_FORK, A, 42, 42, "sh", 0);
	calls(scene, A, 42, 42, "sh", 1, WORDS(0));
	calls(scene, A, 42, 43, "worker", 2, WORDS(1, EXEC, 59));
	execs(scene, A, 42, 43, "ls", 10, 3, EXEC_RECORDED);
	happens(scene, SUBMIT_EXIT, A, 42, 42, "ls", 11);
	round_of(scene, 100);
	expect(scene, "42 fork sh\n42:0:sh\n42:1:worker\n42 exec ls\n42:59:ls\n42 exit ls\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		THREADS_TEST(lines_have_tids_and_every_thread_starts_before_its_first_line),
		THREADS_TEST(the_calls_of_two_threads_interleave_by_stamp_each_with_its_own_tid),
		THREADS_TEST(a_thread_that_was_not_seen_to_start_does_so_with_its_first_call),
		THREADS_TEST(a_thread_starts_once),
		THREADS_TEST(a_thread_whose_tid_is_used_again_starts_again),
		THREADS_TEST(threads_end_in_any_order),
		THREADS_TEST(with_the_process_all_its_threads_end),
		THREADS_TEST(an_exec_ends_all_threads_but_the_first),
		THREADS_TEST(an_exec_by_another_thread_takes_over_the_first_ones_tid),
		THREADS_TEST(an_exec_that_leaves_ends_all_threads),
		THREADS_TEST(a_late_end_of_a_thread_of_a_process_that_has_ended_is_dropped),
		THREADS_TEST(the_end_of_a_thread_that_never_showed_ends_nothing),
		THREADS_TEST(a_thread_waits_until_the_one_that_had_its_tid_is_out),
		THREADS_TEST(a_process_waits_until_the_thread_that_had_its_pid_is_out),
		THREADS_TEST(a_thread_whose_end_was_lost_ends_when_another_gets_its_tid),
		THREADS_TEST(a_process_whose_end_was_lost_is_waited_for),
		THREADS_TEST(at_the_end_of_the_recording_nobody_waits_for_a_pid),
		THREADS_TEST(who_waits_for_one_that_waits_goes_on_with_it),
		THREADS_TEST(at_the_end_of_the_recording_nothing_waits_for_a_held_exec),
		TEST(without_threads_lines_have_the_process_and_no_thread_is_told_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
