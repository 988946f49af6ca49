// SPDX-License-Identifier: BSD-2-Clause
#include <dirent.h>

#include "tests/unit/files.h"

/* Opening an output, opening it again, and what must not be opened. */

/* There is one line on standard error, which holds the text. */
static void is_refused(const char *path, const char *message)
{
	struct diversion diversion = divert(STDERR_FILENO, "messages");
	struct output_file *file = output_file__open(path, never);

	undo(diversion);
	assert_null(file);
	assert_non_null(strstr(text_of("messages"), message));
	assert_ptr_equal(strchr(text_of("messages"), '\n') + 1, strchr(text_of("messages"), '\0'));
	unlink("messages");
}

/* How many names are in the folder. */
static int entries_of(const char *folder)
{
	DIR *stream = opendir(folder);
	int cnt = -2; /* . and .. */

	assert_non_null(stream);
	while (readdir(stream))
		cnt++;
	closedir(stream);
	return cnt;
}

/* --- opening ---------------------------------------------------------------------------------- */

static void a_new_file_is_its_owners_alone(void **state)
{
	mode_t mask = umask(0);
	struct output_file *file = opened("log");
	struct stat status;

	(void)state;
	umask(mask);
	assert_int_equal(stat("log", &status), 0);
	assert_int_equal(status.st_mode, S_IFREG | 0600);
	assert_string_equal(output_file__path(file), "log");
	assert_int_equal(output_file__close(file), 0);
}

static void an_existing_file_is_renamed_with_what_it_holds(void **state)
{
	(void)state;
	write_text("log", "yesterday\n");
	write_text("log.old", "the day before\n");
	output_file__close(opened("log"));
	assert_string_equal(text_of("log"), "");
	assert_string_equal(text_of("log.old"), "yesterday\n");
}

static void a_symbolic_link_is_refused_and_its_target_left_alone(void **state)
{
	(void)state;
	write_text("target", "precious\n");
	assert_int_equal(symlink("target", "log"), 0);
	is_refused("log", "symbolic link, which is not followed");
	assert_string_equal(text_of("target"), "precious\n");
	assert_false(exists("log.old"));
	assert_false(exists("target.old"));
}

static void a_symbolic_link_to_nothing_creates_nothing(void **state)
{
	(void)state;
	assert_int_equal(symlink("target", "log"), 0);
	is_refused("log", "symbolic link, which is not followed");
	assert_false(exists("target"));
}

static void a_symbolic_link_on_the_way_is_followed(void **state)
{
	struct output_file *file;

	(void)state;
	assert_int_equal(mkdir("folder", 0700), 0);
	assert_int_equal(symlink("folder", "link"), 0);
	file = opened("link/log");
	put(file, "a\n");
	assert_int_equal(output_file__close(file), 0);
	assert_string_equal(text_of("folder/log"), "a\n");
}

static void a_fifo_is_used_as_it_is(void **state)
{
	struct output_file *file;
	struct stat status;
	char text[16] = "";
	int reader;

	(void)state;
	assert_int_equal(mkfifo("fifo", 0600), 0);
	reader = open("fifo", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(reader >= 0);
	file = opened("fifo");
	put(file, "a\nb\n");
	assert_int_equal(output_file__flush(file), 0);
	assert_int_equal(read(reader, text, sizeof(text)), 4);
	assert_string_equal(text, "a\nb\n");
	assert_int_equal(output_file__close(file), 0);
	close(reader);
	assert_int_equal(stat("fifo", &status), 0);
	assert_true(S_ISFIFO(status.st_mode));
	assert_false(exists("fifo.old"));
}

static void a_device_is_used_as_it_is(void **state)
{
	const char *device = memory_device(3);
	struct output_file *file = opened(device);
	struct stat status;

	(void)state;
	put(file, "a\n");
	assert_int_equal(output_file__close(file), 0);
	assert_int_equal(stat(device, &status), 0);
	assert_true(S_ISCHR(status.st_mode));
	assert_false(exists("device.old"));
}

static void what_cannot_be_opened_is_told(void **state)
{
	(void)state;
	assert_int_equal(mkdir("folder", 0700), 0);
	is_refused("folder", "folder");
	is_refused("missing/log", "missing/log");
	is_refused("", "No such file");
	write_text("log", "precious\n");
	assert_int_equal(mkdir("log.old", 0700), 0);
	is_refused("log", "log.old");
	assert_string_equal(text_of("log"), "precious\n");
}

static void under_sudo_the_file_is_the_invoking_users(void **state)
{
	struct stat status;

	(void)state;
	if (geteuid())
		skip();
	setenv("SUDO_UID", "12345", 1);
	setenv("SUDO_GID", "54321", 1);
	output_file__close(opened("log"));
	setenv("SUDO_UID", "12345x", 1);
	output_file__close(opened("other"));
	unsetenv("SUDO_UID");
	unsetenv("SUDO_GID");
	assert_int_equal(stat("log", &status), 0);
	assert_int_equal(status.st_uid, 12345);
	assert_int_equal(status.st_gid, 54321);
	assert_int_equal(stat("other", &status), 0);
	assert_int_equal(status.st_uid, 0);
}

/* --- rotation --------------------------------------------------------------------------------- */

static void a_file_that_is_reopened_begins_anew(void **state)
{
	struct output_file *file = opened("log");
	struct stat status;

	(void)state;
	put(file, "old\n");
	assert_int_equal(begin_anew(file), 0);
	put(file, "new\n");
	assert_int_equal(output_file__close(file), 0);
	assert_string_equal(text_of("log.old"), "old\n");
	assert_string_equal(text_of("log"), "new\n");
	assert_int_equal(stat("log", &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
}

static void a_file_that_was_moved_away_is_made_again(void **state)
{
	struct output_file *file = opened("log");

	(void)state;
	put(file, "old\n");
	/* As logrotate does, before it sends SIGHUP. */
	assert_int_equal(rename("log", "log.1"), 0);
	assert_int_equal(begin_anew(file), 0);
	put(file, "new\n");
	assert_int_equal(output_file__close(file), 0);
	assert_string_equal(text_of("log.1"), "old\n");
	assert_string_equal(text_of("log"), "new\n");
	assert_false(exists("log.old"));
}

static void where_no_next_file_can_be_made_it_goes_on_in_the_one_that_it_has(void **state)
{
	struct output_file *file = opened("log");
	struct diversion diversion;
	int err;

	(void)state;
	put(file, "old\n");
	assert_int_equal(rename("log", "log.1"), 0);
	assert_int_equal(symlink("target", "log"), 0);
	diversion = divert(STDERR_FILENO, "messages");
	err = begin_anew(file);
	undo(diversion);
	assert_int_equal(err, -ELOOP);
	assert_non_null(strstr(text_of("messages"), "symbolic link"));
	assert_false(exists("target"));
	/* It goes on where it was. */
	put(file, "more\n");
	assert_int_equal(output_file__close(file), 0);
	assert_string_equal(text_of("log.1"), "old\nmore\n");
}

static void a_file_that_cannot_take_its_name_leaves_it_to_the_old_one(void **state)
{
	struct output_file *file;
	struct diversion diversion;
	char aside[32];

	(void)state;
	write_text("log", "yesterday\n");
	file = need(output_file__new("log", never));
	assert_int_equal(output_file__make_next(file), 0);
	/* It has no name that it could be renamed from. */
	snprintf(aside, sizeof(aside), "log.%d", getpid());
	assert_int_equal(unlink(aside), 0);
	diversion = divert(STDERR_FILENO, "messages");
	assert_int_equal(output_file__name_next(file), -ENOENT);
	undo(diversion);
	output_file__close(file);
	assert_string_equal(text_of("log"), "yesterday\n");
	assert_false(exists("log.old"));
}

static void a_next_file_that_is_not_begun_leaves_all_as_it_was(void **state)
{
	struct output_file *file, *fresh;

	(void)state;
	write_text("log", "yesterday\n");
	for (int named = 0; named < 2; named++) {
		file = need(output_file__new("log", never));
		fresh = need(output_file__new("fresh", never));
		assert_int_equal(output_file__make_next(file), 0);
		assert_int_equal(output_file__make_next(fresh), 0);
		if (named)
			assert_int_equal(output_file__name_next(file), 0);
		output_file__drop_next(file);
		/* Closing does it, too. */
		output_file__close(file);
		output_file__close(fresh);
		assert_string_equal(text_of("log"), "yesterday\n");
		assert_int_equal(entries_of("."), 1);
	}
}

static void reopening_leaks_no_descriptor(void **state)
{
	struct output_file *file = opened("log");
	int before = dup(0), after;

	(void)state;
	close(before);
	for (int i = 0; i < 10; i++)
		assert_int_equal(begin_anew(file), 0);
	after = dup(0);
	close(after);
	assert_true(after <= before);
	output_file__close(file);
}

/* --- two outputs ------------------------------------------------------------------------------ */

static void outputs_clash_where_one_would_take_the_other_away(void **state)
{
	(void)state;
	assert_int_equal(mkdir("folder", 0700), 0);
	assert_int_equal(symlink("folder", "link"), 0);
	assert_true(output_file__would_clash("log", "log"));
	assert_true(output_file__would_clash("log", "./log"));
	assert_true(output_file__would_clash("folder/log", "link/log"));
	assert_true(output_file__would_clash("log", "folder/../log"));
	/* Renamed to it, now or at the next rotation. */
	assert_true(output_file__would_clash("log", "log.old"));
	assert_true(output_file__would_clash("link/log.old", "folder/log"));
	assert_true(output_file__would_clash("-", "-"));
}

static void outputs_that_have_nothing_to_do_with_each_other_do_not_clash(void **state)
{
	(void)state;
	assert_int_equal(mkdir("folder", 0700), 0);
	assert_false(output_file__would_clash("log", "events"));
	assert_false(output_file__would_clash("log", "folder/log"));
	assert_false(output_file__would_clash("log", "log.older"));
	assert_false(output_file__would_clash("log", "log.old.old"));
	assert_false(output_file__would_clash("log", "lo"));
	assert_false(output_file__would_clash("-", "log"));
	assert_false(output_file__would_clash("missing/log", "gone/log"));
	/* Nothing is renamed there. */
	assert_false(output_file__would_clash("/dev/null", "/dev/null"));
}

static void closing_nothing_is_no_error(void **state)
{
	(void)state;
	assert_int_equal(output_file__close(NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(a_new_file_is_its_owners_alone),
		FOLDER_TEST(an_existing_file_is_renamed_with_what_it_holds),
		FOLDER_TEST(a_symbolic_link_is_refused_and_its_target_left_alone),
		FOLDER_TEST(a_symbolic_link_to_nothing_creates_nothing),
		FOLDER_TEST(a_symbolic_link_on_the_way_is_followed),
		FOLDER_TEST(a_fifo_is_used_as_it_is),
		FOLDER_TEST(a_device_is_used_as_it_is),
		FOLDER_TEST(what_cannot_be_opened_is_told),
		FOLDER_TEST(under_sudo_the_file_is_the_invoking_users),
		FOLDER_TEST(a_file_that_is_reopened_begins_anew),
		FOLDER_TEST(a_file_that_was_moved_away_is_made_again),
		FOLDER_TEST(where_no_next_file_can_be_made_it_goes_on_in_the_one_that_it_has),
		FOLDER_TEST(a_file_that_cannot_take_its_name_leaves_it_to_the_old_one),
		FOLDER_TEST(a_next_file_that_is_not_begun_leaves_all_as_it_was),
		FOLDER_TEST(reopening_leaks_no_descriptor),
		FOLDER_TEST(outputs_clash_where_one_would_take_the_other_away),
		FOLDER_TEST(outputs_that_have_nothing_to_do_with_each_other_do_not_clash),
		FOLDER_TEST(closing_nothing_is_no_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
