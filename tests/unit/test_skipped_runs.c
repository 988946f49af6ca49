// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "recorder/skipped_runs.h"

static void an_exec_is_missed_where_both_programs_were_skipped(void **state)
{
	(void)state;
	assert_int_equal(skipped_runs__missed_execs(0, 0, 0), 0);
	assert_int_equal(skipped_runs__missed_execs(3, 2, 1), 2);
	assert_int_equal(skipped_runs__missed_execs(1, 5, 0), 1);
}

static void one_that_the_second_has_told_is_not_missed(void **state)
{
	(void)state;
	assert_int_equal(skipped_runs__missed_execs(3, 2, 3), 0);
	assert_int_equal(skipped_runs__missed_execs(3, 2, 2), 1);
}

static void one_that_it_may_still_tell_is_not_missed_yet(void **state)
{
	(void)state;
	assert_int_equal(skipped_runs__missed_execs(1, 0, 0), 0);
	assert_int_equal(skipped_runs__missed_execs(4, 1, 2), 1);
}

static void execs_that_were_told_twice_are_not_taken_off(void **state)
{
	(void)state;
	assert_int_equal(skipped_runs__missed_execs(1, 1, 2), 0);
	assert_int_equal(skipped_runs__missed_execs(0, 0, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_exec_is_missed_where_both_programs_were_skipped),
		cmocka_unit_test(one_that_the_second_has_told_is_not_missed),
		cmocka_unit_test(one_that_it_may_still_tell_is_not_missed_yet),
		cmocka_unit_test(execs_that_were_told_twice_are_not_taken_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
