// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "splitter/events.h"
#include "splitter/options.h"

static void sizes_take_binary_suffixes(void **state)
{
	size_t size;

	(void)state;
	assert_int_equal(options__parse_size(&size, "1000"), 0);
	assert_int_equal(size, 1000);
	assert_int_equal(options__parse_size(&size, "64K"), 0);
	assert_int_equal(size, 65536);
	assert_int_equal(options__parse_size(&size, "512m"), 0);
	assert_int_equal(size, (size_t)512 << 20);
	assert_int_equal(options__parse_size(&size, "3G"), 0);
	assert_int_equal(size, (size_t)3 << 30);
}

static void sizes_that_are_none_are_refused(void **state)
{
	size_t size;

	(void)state;
	assert_int_equal(options__parse_size(&size, ""), -EINVAL);
	assert_int_equal(options__parse_size(&size, "-1"), -EINVAL);
	assert_int_equal(options__parse_size(&size, "G"), -EINVAL);
	assert_int_equal(options__parse_size(&size, "1X"), -EINVAL);
	assert_int_equal(options__parse_size(&size, "1GB"), -EINVAL);
	assert_int_equal(options__parse_size(&size, "0"), -ERANGE);
	assert_int_equal(options__parse_size(&size, "99999999999G"), -ERANGE);
	assert_int_equal(options__parse_size(&size, "99999999999999999999"), -ERANGE);
}

static void the_events_lie_beside_the_log(void **state)
{
	static const char *const pairs[][2] = {
		{"trace.log", "trace.jsonl"},
		{"/tmp/a.b/x", "/tmp/a.b/x.jsonl"},
		{".log", ".jsonl"},
		{"trace.log.old", "trace.log.old.jsonl"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		char *path = events__path_beside(pairs[i][0]);

		assert_string_equal(path, pairs[i][1]);
		free(path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_take_binary_suffixes),
		cmocka_unit_test(sizes_that_are_none_are_refused),
		cmocka_unit_test(the_events_lie_beside_the_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
