// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "common/events_path.h"

static void the_events_lie_beside_the_log(void **state)
{
	static const char *const pairs[][2] = {
		{"trace.log", "trace.jsonl"}, {"/tmp/a.b/x", "/tmp/a.b/x.jsonl"},
		{".log", ".jsonl"},           {"trace.log.old", "trace.jsonl.old"},
		{"x.old", "x.jsonl.old"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		char *path = events_path__beside(pairs[i][0]);

		assert_string_equal(path, pairs[i][1]);
		free(path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_events_lie_beside_the_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
