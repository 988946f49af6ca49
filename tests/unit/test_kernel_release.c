// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>

#include "recorder/kernel_release.h"
#include "tests/unit/support.h"

static void is_release(const char *text, unsigned long major, unsigned long minor)
{
	struct kernel_release release;

	assert_int_equal(kernel_release__parse(&release, text), 0);
	assert_int_equal(release.major, major);
	assert_int_equal(release.minor, minor);
	assert_string_equal(release.text, text);
}

static void a_release_begins_with_two_numbers(void **state)
{
	(void)state;
	is_release("5.15", 5, 15);
	is_release("6.1.0-50-amd64", 6, 1);
	is_release("7.2.12+deb13-rt-amd64", 7, 2);
	is_release("10.0-rc1", 10, 0);
	is_release("6.19rc", 6, 19);
}

static void anything_else_is_none(void **state)
{
	static const char *const others[] = {
		"",     "6",    "6.",
		".1",   "x6.1", "-6.1",
		" 6.1", "6.-1", "6. 1",
		"6.x",  "6-1",  "99999999999999999999.1",
		"+6.1", "6..1", "6.99999999999999999999",
	};
	struct kernel_release release;

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (kernel_release__parse(&release, others[i]) != -EINVAL)
			fail_msg("\"%s\" is taken for a release", others[i]);
}

static void releases_are_compared_as_numbers(void **state)
{
	struct kernel_release release;

	(void)state;
	assert_int_equal(kernel_release__parse(&release, "5.15.0"), 0);
	assert_false(kernel_release__is_before(&release, 5, 2));
	assert_false(kernel_release__is_before(&release, 5, 15));
	assert_true(kernel_release__is_before(&release, 5, 16));
	assert_true(kernel_release__is_before(&release, 6, 0));
	assert_false(kernel_release__is_before(&release, 4, 20));
}

static void this_kernel_has_one(void **state)
{
	struct kernel_release release;

	(void)state;
	assert_int_equal(kernel_release__get(&release), 0);
	assert_true(release.major >= 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_release_begins_with_two_numbers),
		cmocka_unit_test(anything_else_is_none),
		cmocka_unit_test(releases_are_compared_as_numbers),
		cmocka_unit_test(this_kernel_has_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
