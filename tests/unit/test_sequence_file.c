// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <limits.h>
#include <cmocka.h>

#include "common/escape.h"
#include "common/log_line.h"
#include "splitter/index.h"
#include "splitter/sequence_file.h"

struct fixture {
	struct strings *strings;
	struct sequence_store *store;
};

static int set_up(void **state)
{
	static struct fixture fixture;

	fixture.strings = strings__new();
	fixture.store = sequence_store__new(fixture.strings);
	*state = &fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	sequence_store__free(fixture->store);
	strings__free(fixture->strings);
	return 0;
}

static struct sequence make(struct fixture *fixture, const char *comm, uint32_t pid,
			    uint32_t instance)
{
	return (struct sequence){
		.comm = strings__intern(fixture->strings, comm, strlen(comm)),
		.comm_len = strlen(comm),
		.pid = pid,
		.instance = instance,
	};
}

static const char *name_of(struct fixture *fixture, enum grouping grouping, const char *comm,
			   uint32_t pid, uint32_t instance)
{
	static char name[SEQUENCE_NAME_SIZE];
	struct sequence sequence = make(fixture, comm, pid, instance);

	sequence_file__name(name, grouping, fixture->store, &sequence);
	return name;
}

static void a_name_is_comm_and_pid_and_from_the_second_on_the_instance(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(name_of(f, GROUPING_DEFAULT, "bash", 1042, 1), "bash:1042.log");
	assert_string_equal(name_of(f, GROUPING_COMM_TID, "bash", 1042, 2), "bash:1042.2.log");
	assert_string_equal(name_of(f, GROUPING_PID, "", 1042, 1), "1042.log");
	assert_string_equal(name_of(f, GROUPING_PID, "", 1042, 13), "1042.13.log");
	assert_string_equal(name_of(f, GROUPING_COMM, "bash", 0, 1), "bash.log");
}

static void no_name_leaves_the_directory(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(name_of(f, GROUPING_COMM, "/etc/passwd", 0, 1), "%2Fetc%2Fpasswd.log");
	assert_string_equal(name_of(f, GROUPING_COMM, "..", 0, 1), "...log");
	assert_string_equal(name_of(f, GROUPING_COMM, "", 0, 1), ".log");
	assert_string_equal(name_of(f, GROUPING_DEFAULT, "../x", 1, 1), "..%2Fx:1.log");
}

/*
 * A comm has at most 15 bytes (TASK_COMM_LEN less its NUL). Each becomes at most 3, in the log or
 * for its slash in the name: '%' is escaped in the log, so nothing is escaped twice. A pid has 7
 * digits, an instance no more than 10, and the rest is ":" "." ".log": 45 + 7 + 10 + 6 = 68.
 */
static void no_name_is_longer_than_68_of_the_255_bytes_there_may_be(void **state)
{
	static const char *const worst[] = {"\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1", "///////////////",
					    "%%%%%%%%%%%%%%%", "\1/%\1/%\1/%\1/%\1/%"};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(worst) / sizeof(*worst); i++) {
		char comm[LOG_LINE_COMM_MAX + 1];
		const char *name;

		assert_int_equal(strlen(worst[i]), LOG_LINE_COMM_BYTES);
		escape__comm(comm, worst[i], LOG_LINE_COMM_BYTES);
		name = name_of(f, GROUPING_DEFAULT, comm, LOG_LINE_PID_MAX, UINT32_MAX);
		assert_int_equal(strlen(name), 68);
	}
	assert_true(68 < SEQUENCE_NAME_SIZE && 68 <= NAME_MAX);
}

static void comms_that_look_like_other_names_do_not_meet_them(void **state)
{
	struct fixture *f = *state;
	char one[SEQUENCE_NAME_SIZE];

	strcpy(one, name_of(f, GROUPING_DEFAULT, "a:1.2", 3, 1));
	assert_string_not_equal(one, name_of(f, GROUPING_DEFAULT, "a", 1, 2));
	strcpy(one, name_of(f, GROUPING_DEFAULT, "a:1", 2, 1));
	assert_string_not_equal(one, name_of(f, GROUPING_DEFAULT, "a", 1, 2));
	/* "%2F" as a comm is "%252F" in the log. */
	strcpy(one, name_of(f, GROUPING_DEFAULT, "%252F", 1, 1));
	assert_string_not_equal(one, name_of(f, GROUPING_DEFAULT, "/", 1, 1));
}

static void a_row_of_the_index_is_csv(void **state)
{
	struct fixture *f = *state;
	struct sequence_files files = {.store = f->store, .grouping = GROUPING_DEFAULT};
	struct sequence sequence = make(f, "say \"a,b\"", 7, 2);
	char row[1024];

	sequence.program = strings__intern(f->strings, "/bin/say", 8);
	sequence.start = START_EXEC;
	sequence.end = END_RECORDING_END;
	sequence.call_cnt = 12345678901;
	sequence.complete = COMPLETE_NO;
	row[index__put_row(row, &files, &sequence, f->strings)] = '\0';
	assert_string_equal(row, "\"say \"\"a,b\"\":7.2.log\",\"say \"\"a,b\"\"\",7,2,/bin/say,"
				 "exec,recording_end,12345678901,,no\r\n");
	sequence.lost_known = true;
	sequence.lost = 3;
	files.grouping = GROUPING_COMM;
	row[index__put_row(row, &files, &sequence, f->strings)] = '\0';
	assert_string_equal(row, "\"say \"\"a,b\"\".log\",\"say \"\"a,b\"\"\",,2,/bin/say,"
				 "exec,recording_end,12345678901,3,no\r\n");
	assert_true(strlen(row) < index__row_size(f->store, &sequence, f->strings));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_comm_and_pid_and_from_the_second_on_the_instance),
		cmocka_unit_test(no_name_leaves_the_directory),
		cmocka_unit_test(no_name_is_longer_than_68_of_the_255_bytes_there_may_be),
		cmocka_unit_test(comms_that_look_like_other_names_do_not_meet_them),
		cmocka_unit_test(a_row_of_the_index_is_csv),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
