// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "recorder/report.h"

static void what_was_lost_before_a_rotation_is_not_lost_again(void **state)
{
	const struct report earlier = {.losses.process_records = 3, .totals.unstarted = 1};
	struct report since = report__since(&earlier, &earlier);

	(void)state;
	assert_true(report__is_complete(&since));
}

static void
a_start_that_was_lost_before_it_is_missed_in_the_files_that_the_process_is_in(void **state)
{
	const struct report earlier = {.losses.process_records = 3, .totals.unstarted = 1};
	const struct report now = {.losses.process_records = 3, .totals.unstarted = 3};
	struct report since = report__since(&now, &earlier);

	(void)state;
	assert_int_equal(since.losses.process_records, 2);
	assert_int_equal(report__exit_status(&since), REPORT_INCOMPLETE);
}

static void one_that_was_lost_behind_it_counts_once(void **state)
{
	const struct report earlier = {.losses.process_records = 3, .totals.unstarted = 1};
	const struct report now = {.losses.process_records = 5, .totals.unstarted = 2};

	(void)state;
	assert_int_equal(report__since(&now, &earlier).losses.process_records, 2);
}

static void
an_exec_that_succeeds_after_it_was_not_awaited_any_more_counts_where_that_is_told(void **state)
{
	const struct report earlier = {.totals.execs_not_awaited = 2};
	const struct report now = {.totals.execs_not_awaited = 2, .totals.misplaced = 1};
	struct report since = report__since(&now, &earlier);

	(void)state;
	assert_int_equal(since.totals.execs_not_awaited, 1);
	assert_int_equal(report__exit_status(&since), REPORT_INCOMPLETE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_lost_before_a_rotation_is_not_lost_again),
		cmocka_unit_test(
			a_start_that_was_lost_before_it_is_missed_in_the_files_that_the_process_is_in),
		cmocka_unit_test(one_that_was_lost_behind_it_counts_once),
		cmocka_unit_test(
			an_exec_that_succeeds_after_it_was_not_awaited_any_more_counts_where_that_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
