// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "splitter/telling_calls.h"

static packed_id pack(const char *text)
{
	return stream__pack_id(text, strlen(text));
}

static void each_is_known_in_all_of_its_spellings(void **state)
{
	static const struct {
		enum telling_call call;
		const char *spellings[SPELLING_CNT];
	} cases[] = {
		{CALL_EXECVE, {"59", "10011", "execve", "ia32.execve"}},
		{CALL_EXECVEAT, {"322", "10358", "execveat", "ia32.execveat"}},
		{CALL_EXIT, {"60", "10001", "exit", "ia32.exit"}},
		{CALL_PRCTL, {"157", "10172", "prctl", "ia32.prctl"}},
	};
	struct telling_calls calls;

	(void)state;
#ifndef __x86_64__
	skip();
#endif
	telling_calls__init(&calls);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (size_t j = 0; j < SPELLING_CNT; j++)
			assert_true(telling_calls__is(&calls, pack(cases[i].spellings[j]),
						      cases[i].call));
}

static void others_that_begin_alike_are_none(void **state)
{
	static const char *const others[] = {
		"231",
		"10252",
		"exit_group",
		"ia32.exit_group",
		"ia32.prlimit",
		"ia32.pread64",
		"ia32.execv",
		"execveat2",
		"600",
		"5",
		"",
		"ia32.exi",
		"ia32.prof",
		"ia32.profil",
		"100010000000001",
		"99999999999999999999",
	};
	struct telling_calls calls;

	(void)state;
	telling_calls__init(&calls);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		for (int call = 0; call < TELLING_CALL_CNT; call++)
			assert_false(telling_calls__is(&calls, pack(others[i]), call));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_known_in_all_of_its_spellings),
		cmocka_unit_test(others_that_begin_alike_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
