// SPDX-License-Identifier: BSD-2-Clause
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "tests/unit/files.h"

/* Outputs in a folder where others make names, too. */

#define STRANGER 12345

static const char *const precious = "precious\n";

/* What is said goes to the file messages. */
static struct output_file *open_quietly(const char *path)
{
	struct diversion diversion = divert(STDERR_FILENO, "messages");
	struct output_file *file = output_file__open(path, never);

	undo(diversion);
	return file;
}

static void a_planted_hard_link_loses_its_name_and_nothing_else(void **state)
{
	struct output_file *file;

	(void)state;
	write_text("victim", precious);
	assert_int_equal(link("victim", "log"), 0);
	assert_int_equal(link("victim", "log.old"), 0);
	file = opened("log");
	put(file, "a\n");
	assert_int_equal(begin_anew(file), 0);
	put(file, "b\n");
	assert_int_equal(output_file__close(file), 0);
	assert_string_equal(text_of("victim"), precious);
	assert_string_equal(text_of("log"), "b\n");
	assert_string_equal(text_of("log.old"), "a\n");
}

static void a_fifo_of_another_user_is_refused(void **state)
{
	int reader;

	(void)state;
	if (geteuid())
		skip();
	assert_int_equal(mkfifo("log", 0666), 0);
	assert_int_equal(chown("log", STRANGER, -1), 0);
	reader = open("log", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_null(open_quietly("log"));
	assert_non_null(strstr(text_of("messages"), "log is a FIFO of another user"));
	assert_int_equal(setenv("SUDO_UID", "12345", 1) || setenv("SUDO_GID", "12345", 1), 0);
	output_file__close(opened("log"));
	unsetenv("SUDO_UID");
	unsetenv("SUDO_GID");
	close(reader);
}

static void a_folder_that_is_moved_keeps_its_output(void **state)
{
	struct output_file *file;

	(void)state;
	assert_int_equal(mkdir("folder", 0700), 0);
	assert_int_equal(mkdir("victim", 0700), 0);
	write_text("victim/log", precious);
	file = opened("folder/log");
	put(file, "a\n");
	assert_int_equal(rename("folder", "moved"), 0);
	assert_int_equal(symlink("victim", "folder"), 0);
	assert_int_equal(begin_anew(file), 0);
	put(file, "b\n");
	assert_int_equal(output_file__close(file), 0);
	assert_string_equal(text_of("victim/log"), precious);
	assert_false(exists("victim/log.old"));
	assert_string_equal(text_of("moved/log"), "b\n");
	assert_string_equal(text_of("moved/log.old"), "a\n");
}

static void a_folder_that_a_stranger_leads_elsewhere_is_refused(void **state)
{
	(void)state;
	if (geteuid())
		skip();
	assert_int_equal(mkdir("victim", 0700), 0);
	assert_int_equal(symlink("victim", "folder"), 0);
	assert_int_equal(lchown("folder", STRANGER, -1), 0);
	assert_null(open_quietly("folder/log"));
	assert_non_null(
		strstr(text_of("messages"), "cannot create \"folder/log\": a symbolic link"));
	assert_false(exists("victim/log"));
}

/* The name is a device, then a hard link to the victim, and so on. */
static void replace_forever(void)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL))
		_exit(1);
	for (;;) {
		unlink("new");
		if (link("device", "new") || rename("new", "log"))
			_exit(1);
		unlink("new");
		if (link("victim", "new") || rename("new", "log"))
			_exit(1);
	}
}

/* One message of the last open_quietly(). */
static bool has_said(const char *text)
{
	bool has = strstr(text_of("messages"), text);

	unlink("messages");
	return has;
}

/* The time between is short: it is tried until the replacement came in it once. */
static void what_comes_between_the_look_and_the_opening_is_not_written_to(void **state)
{
	bool was_replaced = false;
	pid_t replacer;

	(void)state;
	if (geteuid())
		skip();
	memory_device(3);
	write_text("victim", precious);
	assert_int_equal(link("device", "log"), 0);
	replacer = fork();
	if (replacer == 0)
		replace_forever();
	for (int i = 0; i < 1000000 && !was_replaced; i++) {
		struct output_file *file = open_quietly("log");

		if (file) {
			put(file, "overwritten\n");
			output_file__close(file);
		} else {
			was_replaced = has_said("log was replaced while it was opened");
		}
		assert_string_equal(text_of("victim"), precious);
	}
	assert_true(was_replaced);
	kill(replacer, SIGKILL);
	waitpid(replacer, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(a_planted_hard_link_loses_its_name_and_nothing_else),
		FOLDER_TEST(a_fifo_of_another_user_is_refused),
		FOLDER_TEST(a_folder_that_is_moved_keeps_its_output),
		FOLDER_TEST(a_folder_that_a_stranger_leads_elsewhere_is_refused),
		FOLDER_TEST(what_comes_between_the_look_and_the_opening_is_not_written_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
