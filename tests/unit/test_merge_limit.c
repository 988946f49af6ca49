// SPDX-License-Identifier: BSD-2-Clause
#include "tests/unit/merge_scene.h"

/* What may wait in memory for execs that are open for long. */

#define A INSTANCE(1, 0)
#define B INSTANCE(1, 1)

/* Words that take much memory and make one line. */
#define LONG_WAY 30000
#define LONG_WAY_BYTES (LONG_WAY * sizeof(uint16_t))
#define ENOUGH (MERGE_WAITING_BYTES_MAX / LONG_WAY_BYTES + 1)

/* A round with much of the thread in it; returns the next stamp. */
static uint64_t much(struct scene *scene, uint64_t instance, uint32_t tgid, uint32_t tid,
		     uint64_t stamp)
{
	static uint16_t words[LONG_WAY];

	for (size_t i = 0; i < LONG_WAY - 1; i++)
		words[i] = SKIP(1);
	words[LONG_WAY - 1] = 39;
	calls(scene, instance, tgid, tid, "a", stamp, words, LONG_WAY);
	round_of(scene, stamp + LONG_WAY);
	return stamp + LONG_WAY;
}

static uint64_t given_up(struct scene *scene)
{
	return merge__totals(scene->merge).execs_not_awaited;
}

static void what_waits_for_an_open_exec_has_a_limit(void **state)
{
	struct scene *scene = *state;
	uint64_t stamp = 100;
	size_t cnt = 0;

	calls(scene, A, 42, 42, "a", 10, WORDS(EXEC, 59));
	while (!merge__totals(scene->merge).calls) {
		assert_true(cnt++ < ENOUGH);
		stamp = much(scene, A, 42, 43, stamp);
	}
	assert_true(cnt > ENOUGH - 10);
	assert_int_equal(given_up(scene), 1);
	assert_int_equal(merge__totals(scene->merge).calls, 1 + cnt);
	assert_memory_equal(scene->shown.text, "42:59:a\n42:39:a\n", 16);
	transcript__clear(&scene->shown);
	/* It succeeds after all, and is not told twice. */
	execs(scene, A, 42, 42, "ls", stamp + 1, 10, EXEC_RECORDED);
	round_of(scene, stamp + 10);
	expect(scene, "42 exec ls\n");
	assert_int_equal(merge__totals(scene->merge).misplaced, 1);
	/* Nor is that held against the next one. */
	calls(scene, A, 42, 42, "ls", stamp + 11, WORDS(EXEC, 59));
	round_of(scene, stamp + 20);
	expect(scene, "");
}

static void nobody_else_pays_for_it(void **state)
{
	struct scene *scene = *state;
	uint64_t stamp = 100;

	calls(scene, A, 42, 42, "a", 10, WORDS(EXEC, 59));
	calls(scene, B, 52, 52, "b", 11, WORDS(EXEC, 59));
	calls(scene, B, 52, 53, "b", 12, WORDS(2));
	while (!given_up(scene))
		stamp = much(scene, A, 42, 43, stamp);
	transcript__clear(&scene->shown);
	execs(scene, B, 52, 52, "c", stamp + 2, 11, EXEC_RECORDED);
	round_of(scene, stamp + 10);
	expect(scene, "52:2:b\n52 exec c\n52:59:c\n");
	assert_int_equal(given_up(scene), 1);
	assert_int_equal(merge__totals(scene->merge).misplaced, 0);
}

static void what_no_longer_waits_does_not_count(void **state)
{
	struct scene *scene = *state;
	uint64_t stamp = 100;

	/* One exec fails, and the next one is open already. */
	for (size_t i = 0; i < 2 * ENOUGH; i++) {
		calls(scene, A, 42, 42, "a", stamp, WORDS(EXEC, 59));
		stamp = much(scene, A, 42, 43, stamp + 1);
	}
	assert_int_equal(given_up(scene), 0);
	assert_int_equal(merge__totals(scene->merge).calls, 4 * ENOUGH - 2);
}

static void what_is_not_yet_due_does_not_count(void **state)
{
	struct scene *scene = *state;
	static uint16_t words[LONG_WAY];

	for (size_t i = 0; i < LONG_WAY; i++)
		words[i] = 39;
	calls(scene, B, 52, 52, "b", 10, WORDS(EXEC, 59));
	for (size_t i = 0; i <= ENOUGH; i++)
		calls(scene, A, 42, 42, "a", 100 + i * LONG_WAY, words, LONG_WAY);
	round_of(scene, 50);
	assert_int_equal(given_up(scene), 0);
}

static void who_waits_for_the_pid_of_a_thread_behind_an_open_exec_counts(void **state)
{
	struct scene *scene = *state;
	uint64_t stamp = 100;

	calls(scene, A, 42, 43, "a", 9, WORDS(1));
	round_of(scene, 20);
	calls(scene, A, 42, 42, "a", 20, WORDS(EXEC, 59));
	happens(scene, SUBMIT_THREAD_EXIT, A, 42, 43, "a", 30);
	happens(scene, SUBMIT_FORK, B, 43, 43, "b", 40);
	for (size_t i = 0; i <= ENOUGH; i++)
		stamp = much(scene, B, 43, 43, stamp);
	assert_int_equal(given_up(scene), 1);
	assert_int_equal(merge__totals(scene->merge).calls, 2 + ENOUGH + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_waits_for_an_open_exec_has_a_limit),
		TEST(nobody_else_pays_for_it),
		TEST(what_no_longer_waits_does_not_count),
		TEST(what_is_not_yet_due_does_not_count),
		THREADS_TEST(who_waits_for_the_pid_of_a_thread_behind_an_open_exec_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
