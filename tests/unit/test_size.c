// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>

#include "common/size.h"
#include "tests/unit/support.h"

static void is_size(const char *text, uint64_t expected)
{
	uint64_t bytes = 77;

	if (size__parse(text, &bytes) || bytes != expected)
		print_error("\"%s\"\n", text);
	assert_int_equal(size__parse(text, &bytes), 0);
	assert_int_equal(bytes, expected);
}

static void is_error(const char *text, int expected)
{
	uint64_t bytes = 77;
	int err = size__parse(text, &bytes);

	if (err != expected)
		print_error("\"%s\"\n", text);
	assert_int_equal(err, expected);
	assert_int_equal(bytes, 77);
}

static void a_plain_number_is_bytes(void **state)
{
	(void)state;
	is_size("0", 0);
	is_size("1", 1);
	is_size("4096", 4096);
	is_size("007", 7);
	is_size("18446744073709551615", UINT64_MAX);
	is_size("12B", 12);
	is_size("12b", 12);
}

static void suffixes_are_powers_of_1024(void **state)
{
	(void)state;
	is_size("1K", 1024);
	is_size("3k", 3 * 1024);
	is_size("16M", 16 * 1024 * 1024);
	is_size("16m", 16 * 1024 * 1024);
	is_size("2G", 2ULL * 1024 * 1024 * 1024);
	is_size("1KB", 1024);
	is_size("1KiB", 1024);
	is_size("1kib", 1024);
	is_size("5MB", 5 * 1024 * 1024);
	is_size("5MiB", 5 * 1024 * 1024);
	is_size("1GiB", 1024 * 1024 * 1024);
	is_size("0G", 0);
}

static void what_is_no_size_is_refused(void **state)
{
	static const char *const texts[] = {
		"",     "K",   "M",     "-1",  "+1",  " 1",   "1 ",   "1 K", "1.5M",
		"0x10", "1KK", "1KiC",  "1iB", "1Ki", "1KBs", "1T",   "1P",  "16MM",
		"M16",  "1e3", "1,000", "inf", "-1K", "1\n",  "1K\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		is_error(texts[i], -EINVAL);
}

static void what_does_not_fit_is_refused_as_such(void **state)
{
	(void)state;
	is_error("18446744073709551616", -ERANGE);
	is_error("99999999999999999999999999", -ERANGE);
	is_error("18014398509481984K", -ERANGE);
	is_size("18014398509481983K", 18014398509481983ULL * 1024);
	is_error("17592186044416M", -ERANGE);
	is_size("17592186044415M", 17592186044415ULL * 1024 * 1024);
	is_error("17179869184G", -ERANGE);
	is_size("17179869183G", 17179869183ULL * 1024 * 1024 * 1024);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_number_is_bytes),
		cmocka_unit_test(suffixes_are_powers_of_1024),
		cmocka_unit_test(what_is_no_size_is_refused),
		cmocka_unit_test(what_does_not_fit_is_refused_as_such),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
