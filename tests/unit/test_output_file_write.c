// SPDX-License-Identifier: BSD-2-Clause
#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <xxhash.h>

#include "tests/unit/files.h"

/* Writing lines, and what is left where that fails. */

/* --- writing ---------------------------------------------------------------------------------- */

static void lines_are_in_the_file_after_a_flush(void **state)
{
	struct output_file *file = opened("log");

	(void)state;
	put(file, "a\n");
	put(file, "b\n");
	assert_string_equal(text_of("log"), "");
	assert_int_equal(output_file__flush(file), 0);
	assert_string_equal(text_of("log"), "a\nb\n");
	/* More was reserved than is used. */
	assert_non_null(output_file__reserve(file, 1000));
	output_file__commit(file, 0);
	put(file, "c\n");
	assert_int_equal(output_file__close(file), 0);
	assert_string_equal(text_of("log"), "a\nb\nc\n");
}

static void more_lines_than_fit_into_memory_are_all_in_the_file(void **state)
{
	struct output_file *file = opened("log");
	char line[32];
	const char *at;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		snprintf(line, sizeof(line), "line %d\n", i);
		put(file, line);
	}
	assert_int_equal(output_file__close(file), 0);
	at = text_of("log");
	for (int i = 0; i < 200000; i++) {
		int n = snprintf(line, sizeof(line), "line %d\n", i);

		assert_memory_equal(at, line, n);
		at += n;
	}
	assert_string_equal(at, "");
}

static void standard_output_is_written_to_where_it_stands(void **state)
{
	struct diversion diversion;
	struct output_file *file;

	(void)state;
	write_text("out", "before\n");
	diversion = divert(STDOUT_FILENO, "out");
	file = output_file__open("-", never);
	undo(diversion);
	assert_non_null(file);
	put(file, "a\n");
	assert_int_equal(begin_anew(file), 0);
	put(file, "b\n");
	assert_int_equal(output_file__close(file), 0);
	assert_string_equal(text_of("out"), "before\na\nb\n");
	/* It is a copy: the process keeps its own. */
	assert_true(fcntl(STDOUT_FILENO, F_GETFD) >= 0);
}

/* As the first event of a recording of many programs may be. */
static void a_line_that_is_longer_than_all_others_is_written_whole(void **state)
{
	const size_t len = 3 * 1024 * 1024;
	struct output_file *file = opened("log");
	char *at;

	(void)state;
	put(file, "before\n");
	at = output_file__reserve(file, len);
	assert_non_null(at);
	memset(at, 'x', len - 1);
	at[len - 1] = '\n';
	output_file__commit(file, len);
	put(file, "after\n");
	assert_int_equal(output_file__close(file), 0);
	assert_int_equal(strlen(text_of("log")), len + strlen("before\nafter\n"));
	assert_memory_equal(text_of("log"), "before\nx", 8);
	assert_string_equal(text_of("log") + 7 + len - 2, "x\nafter\n");
}

/* --- errors ----------------------------------------------------------------------------------- */

static void a_full_disk_is_an_error_that_stays(void **state)
{
	struct output_file *file = opened(memory_device(7));

	(void)state;
	put(file, "a\nb\nc\n");
	assert_int_equal(output_file__error(file), 0);
	assert_int_equal(output_file__flush(file), -ENOSPC);
	assert_int_equal(output_file__error(file), -ENOSPC);
	assert_int_equal(output_file__dropped_lines(file), 3);
	assert_null(output_file__reserve(file, 1));
	assert_int_equal(output_file__flush(file), -ENOSPC);
	assert_int_equal(output_file__dropped_lines(file), 3);
	assert_int_equal(output_file__close(file), -ENOSPC);
}

/* The file takes limit bytes and no more. */
static void limit_files(rlim_t limit)
{
	struct rlimit rlimit;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &rlimit);
	rlimit.rlim_cur = limit == RLIM_INFINITY ? rlimit.rlim_max : limit;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &rlimit), 0);
}

static int unlimit_and_leave(void **state)
{
	limit_files(RLIM_INFINITY);
	return leave_folder(state);
}

static void a_write_that_fails_half_way_leaves_whole_lines(void **state)
{
	struct output_file *file = opened("log");

	(void)state;
	put(file, "first\n");
	assert_int_equal(output_file__flush(file), 0);
	put(file, "second\nthird\nfourth\nfifth\n");
	limit_files(6 + 7 + 6 + 3);
	assert_int_equal(output_file__flush(file), -EFBIG);
	assert_string_equal(text_of("log"), "first\nsecond\nthird\n");
	assert_int_equal(output_file__dropped_lines(file), 2);
	limit_files(RLIM_INFINITY);
	assert_int_equal(output_file__close(file), -EFBIG);
	assert_string_equal(text_of("log"), "first\nsecond\nthird\n");
}

static void a_write_that_fails_at_the_end_of_a_line_cuts_nothing(void **state)
{
	struct output_file *file = opened("log");

	(void)state;
	put(file, "first\nsecond\n");
	limit_files(6);
	assert_int_equal(output_file__flush(file), -EFBIG);
	assert_string_equal(text_of("log"), "first\n");
	assert_int_equal(output_file__dropped_lines(file), 1);
	output_file__close(file);
}

static void a_write_that_fails_in_its_first_line_leaves_what_was_there(void **state)
{
	struct output_file *file = opened("log");

	(void)state;
	put(file, "first\n");
	output_file__flush(file);
	put(file, "second\nthird\n");
	limit_files(9);
	assert_int_equal(output_file__flush(file), -EFBIG);
	assert_string_equal(text_of("log"), "first\n");
	assert_int_equal(output_file__dropped_lines(file), 2);
	output_file__close(file);
}

/* Others may write to it too: what follows is not ours to cut. */
static void standard_output_is_not_cut_after_an_error(void **state)
{
	struct diversion diversion = divert(STDOUT_FILENO, "out");
	struct output_file *file = output_file__open("-", never);

	(void)state;
	undo(diversion);
	assert_non_null(file);
	put(file, "first\nsecond\n");
	limit_files(9);
	assert_int_equal(output_file__flush(file), -EFBIG);
	assert_string_equal(text_of("out"), "first\nsec");
	assert_int_equal(output_file__dropped_lines(file), 1);
	output_file__close(file);
}

static void after_an_error_a_last_line_can_be_tried(void **state)
{
	struct output_file *file = opened("log");

	(void)state;
	put(file, "first\nsecond\n");
	limit_files(8);
	assert_int_equal(output_file__flush(file), -EFBIG);
	limit_files(RLIM_INFINITY);
	output_file__clear_error(file);
	put(file, "last\n");
	assert_int_equal(output_file__flush(file), 0);
	assert_string_equal(text_of("log"), "first\nlast\n");
	assert_int_equal(output_file__close(file), 0);
}

static void a_closed_pipe_is_an_error(void **state)
{
	struct output_file *file;
	int reader;

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(mkfifo("fifo", 0600), 0);
	reader = open("fifo", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	file = opened("fifo");
	close(reader);
	put(file, "a\n");
	assert_int_equal(output_file__flush(file), -EPIPE);
	assert_int_equal(output_file__dropped_lines(file), 1);
	output_file__close(file);
}

static bool at_once(void)
{
	return true;
}

static void wake(int signal)
{
	(void)signal;
}

/* More than a pipe holds, and nobody reads it. */
static void a_signal_ends_a_write_that_cannot_go_on(void **state)
{
	const struct sigaction action = {.sa_handler = wake};
	/* Again and again: the first may come before the write. */
	const struct itimerval soon = {.it_value = {.tv_usec = 20000},
				       .it_interval = {.tv_usec = 20000}};
	const struct itimerval off = {0};
	struct output_file *file;
	int reader;

	(void)state;
	sigaction(SIGALRM, &action, NULL);
	assert_int_equal(mkfifo("fifo", 0600), 0);
	reader = open("fifo", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	file = output_file__open("fifo", at_once);
	assert_non_null(file);
	for (int i = 0; i < 200000; i++)
		put(file, "x\n");
	setitimer(ITIMER_REAL, &soon, NULL);
	assert_int_equal(output_file__flush(file), -EINTR);
	setitimer(ITIMER_REAL, &off, NULL);
	assert_int_equal(output_file__dropped_lines(file), 200000 - 65536 / 2);
	close(reader);
	output_file__close(file);
}

/* --- the hash --------------------------------------------------------------------------------- */

static void expect_hash_of(const struct output_file *file, const char *text)
{
	assert_int_equal(output_file__hash(file, NULL, 0), XXH3_64bits(text, strlen(text)));
}

static void the_hash_is_of_what_is_in_the_file(void **state)
{
	struct output_file *file = opened("log");

	(void)state;
	assert_int_equal(output_file__keep_hash(file), 0);
	expect_hash_of(file, "");
	put(file, "a\n");
	expect_hash_of(file, "");
	output_file__flush(file);
	expect_hash_of(file, "a\n");
	put(file, "b\n");
	output_file__flush(file);
	expect_hash_of(file, "a\nb\n");
	assert_int_equal(output_file__hash(file, "c", 1), XXH3_64bits("a\nb\nc", 5));
	expect_hash_of(file, "a\nb\n");
	output_file__restart_hash(file);
	expect_hash_of(file, "");
	assert_int_equal(output_file__bytes(file), 4);
	put(file, "d\n");
	assert_int_equal(begin_anew(file), 0);
	expect_hash_of(file, "");
	assert_int_equal(output_file__bytes(file), 0);
	output_file__close(file);
}

static void what_was_not_written_or_cut_off_again_is_not_in_the_hash(void **state)
{
	struct output_file *file = opened("log");

	(void)state;
	assert_int_equal(output_file__keep_hash(file), 0);
	put(file, "first\nsecond\nthird\n");
	limit_files(6 + 7 + 3);
	assert_int_equal(output_file__flush(file), -EFBIG);
	assert_string_equal(text_of("log"), "first\nsecond\n");
	expect_hash_of(file, "first\nsecond\n");
	assert_int_equal(output_file__bytes(file), 13);
	/* A file that can't be had in place of this one changes nothing. */
	assert_int_equal(begin_anew(file), -EFBIG);
	expect_hash_of(file, "first\nsecond\n");
	output_file__close(file);
}

/* What is in the one speaks of what is in the other. */
static void a_file_is_written_after_the_one_it_speaks_of(void **state)
{
	struct output_file *log = opened("log"), *events = opened("events");

	(void)state;
	output_file__write_after(events, log);
	put(log, "a line\n");
	put(events, "an event\n");
	assert_int_equal(output_file__flush(events), 0);
	assert_string_equal(text_of("log"), "a line\n");
	output_file__close(events);
	output_file__close(log);
}

#define LIMIT_TEST(name) cmocka_unit_test_setup_teardown(name, enter_folder, unlimit_and_leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(lines_are_in_the_file_after_a_flush),
		FOLDER_TEST(more_lines_than_fit_into_memory_are_all_in_the_file),
		FOLDER_TEST(standard_output_is_written_to_where_it_stands),
		FOLDER_TEST(a_full_disk_is_an_error_that_stays),
		LIMIT_TEST(a_write_that_fails_half_way_leaves_whole_lines),
		LIMIT_TEST(a_write_that_fails_at_the_end_of_a_line_cuts_nothing),
		LIMIT_TEST(a_write_that_fails_in_its_first_line_leaves_what_was_there),
		LIMIT_TEST(standard_output_is_not_cut_after_an_error),
		LIMIT_TEST(after_an_error_a_last_line_can_be_tried),
		FOLDER_TEST(a_closed_pipe_is_an_error),
		FOLDER_TEST(a_signal_ends_a_write_that_cannot_go_on),
		FOLDER_TEST(a_line_that_is_longer_than_all_others_is_written_whole),
		FOLDER_TEST(the_hash_is_of_what_is_in_the_file),
		LIMIT_TEST(what_was_not_written_or_cut_off_again_is_not_in_the_hash),
		FOLDER_TEST(a_file_is_written_after_the_one_it_speaks_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
