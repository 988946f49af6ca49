// SPDX-License-Identifier: BSD-2-Clause
#include "common/prog_hash.h"
#include "recorder/prog_table.h"
#include "tests/unit/support.h"

/* The kernel side finds every name that was put into the table, and no other, in a few looks. */

/* As the kernel side looks: selection.bpf.h. */
static bool is_found(const struct prog_table *table, const char *name)
{
	__u64 words[PROG_NAME_SZ / sizeof(__u64)] = {0};
	__u32 at;

	memcpy(words, name, strlen(name));
	at = prog_hash(words, table->seed);
	for (int i = 0; i < PROG_PROBES_MAX; i++, at++) {
		const struct prog *prog = &table->places[at & (table->place_cnt - 1)];

		if (!prog->name[0])
			return false;
		if (!memcmp(prog->name, words, sizeof(words)))
			return true;
	}
	return false;
}

struct names {
	char text[PROGS_MAX][PROG_NAME_SZ];
	const char *list[PROGS_MAX];
};

static void check_names(const struct names *names, size_t cnt)
{
	struct prog_table table;
	size_t used = 0;

	assert_int_equal(prog_table__init(&table, names->list, cnt), 0);
	assert_true(table.place_cnt >= 4 * cnt);
	assert_true(table.place_cnt <= 8 * PROGS_MAX);
	assert_int_equal(table.place_cnt & (table.place_cnt - 1), 0);
	for (size_t i = 0; i < cnt; i++)
		assert_true(is_found(&table, names->list[i]));
	for (size_t i = 0; i < table.place_cnt; i++)
		used += table.places[i].name[0] != '\0';
	assert_int_equal(used, cnt);
	assert_false(is_found(&table, "not one of them"));
	prog_table__free(&table);
	prog_table__free(&table);
}

static int set_up(void **state)
{
	struct names *names = need(calloc(1, sizeof(*names)));

	for (size_t i = 0; i < PROGS_MAX; i++)
		names->list[i] = names->text[i];
	*state = names;
	return 0;
}

static int tear_down(void **state)
{
	free(*state);
	return 0;
}

static void every_count_of_names_is_found(void **state)
{
	struct names *names = *state;

	for (size_t i = 0; i < PROGS_MAX; i++)
		snprintf(names->text[i], PROG_NAME_SZ, "p%zu", i + 1);
	for (size_t cnt = 1; cnt <= PROGS_MAX; cnt += cnt < 80 ? 1 : 123)
		check_names(names, cnt);
	check_names(names, PROGS_MAX);
}

static void names_that_differ_in_the_last_of_255_bytes_are_found(void **state)
{
	struct names *names = *state;

	for (size_t i = 0; i < PROGS_MAX; i++) {
		memset(names->text[i], 'x', PROG_NAME_SZ - 1);
		snprintf(names->text[i] + PROG_NAME_SZ - 5, 5, "%04zu", i);
		assert_int_equal(strlen(names->text[i]), 255);
	}
	check_names(names, PROGS_MAX);
}

static void names_that_differ_in_one_bit_or_in_length_are_found(void **state)
{
	struct names *names = *state;
	size_t cnt = 0;

	/* Lengths 1 to 255 of one byte, and each bit of each byte of a name of 200 turned. */
	for (size_t len = 1; len < PROG_NAME_SZ; len++)
		memset(names->text[cnt++], 'a', len);
	for (size_t bit = 0; bit < 8 * 200 && cnt < PROGS_MAX; bit++) {
		memset(names->text[cnt], 'b', 200);
		names->text[cnt][bit / 8] ^= 1 << bit % 8;
		cnt++;
	}
	check_names(names, cnt);
}

/* A hash that only adds words up, or looks at the first or the last alone, has them all in one. */
static void names_of_the_same_words_in_another_order_are_found(void **state)
{
	struct names *names = *state;

	for (size_t i = 0; i < PROGS_MAX; i++)
		for (size_t word = 0; word < 11; word++)
			memcpy(names->text[i] + 8 * word, i >> word & 1 ? "aaaaaaaa" : "bbbbbbbb",
			       8);
	check_names(names, PROGS_MAX);
}

static void names_of_any_bytes_are_found(void **state)
{
	struct names *names = *state;
	uint32_t random = 1;

	for (size_t i = 0; i < PROGS_MAX; i++)
		for (size_t at = 0; at < 8 + i % 248; at++) {
			random = random * 1664525 + 1013904223;
			names->text[i][at] = (random >> 24) % 255 + 1;
		}
	check_names(names, PROGS_MAX);
}

/* Under the seed 0 all of them belong in one place: more than the kernel side would look at. */
static void names_that_collide_are_found_by_another_seed(void **state)
{
	struct names *names = *state;
	size_t cnt = 0;

	for (uint32_t i = 0; cnt < 2 * PROG_PROBES_MAX; i++) {
		__u64 words[PROG_NAME_SZ / sizeof(__u64)] = {0};

		memset(names->text[cnt], 0, PROG_NAME_SZ);
		snprintf(names->text[cnt], PROG_NAME_SZ, "name-%u", i);
		memcpy(words, names->text[cnt], sizeof(words));
		cnt += prog_hash(words, 0) % 128 == 77;
	}
	check_names(names, cnt);
}

static void equal_names_take_one_place(void **state)
{
	struct prog_table table;
	const char *names[PROGS_MAX];
	size_t used = 0;

	(void)state;
	for (size_t i = 0; i < PROGS_MAX; i++)
		names[i] = i % 2 ? "bash" : "sh";
	assert_int_equal(prog_table__init(&table, names, PROGS_MAX), 0);
	for (size_t i = 0; i < table.place_cnt; i++)
		used += table.places[i].name[0] != '\0';
	assert_int_equal(used, 2);
	assert_true(is_found(&table, "bash"));
	assert_true(is_found(&table, "sh"));
	assert_false(is_found(&table, "bas"));
	assert_false(is_found(&table, "bashh"));
	prog_table__free(&table);
}

static void without_names_nothing_is_found(void **state)
{
	struct prog_table table;

	(void)state;
	assert_int_equal(prog_table__init(&table, NULL, 0), 0);
	assert_true(table.place_cnt > 0);
	assert_false(is_found(&table, "bash"));
	prog_table__free(&table);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_count_of_names_is_found),
		TEST(names_that_differ_in_the_last_of_255_bytes_are_found),
		TEST(names_that_differ_in_one_bit_or_in_length_are_found),
		TEST(names_of_the_same_words_in_another_order_are_found),
		TEST(names_of_any_bytes_are_found),
		TEST(names_that_collide_are_found_by_another_seed),
		cmocka_unit_test(equal_names_take_one_place),
		cmocka_unit_test(without_names_nothing_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
