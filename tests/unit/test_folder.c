// SPDX-License-Identifier: BSD-2-Clause
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "common/folder.h"
#include "tests/unit/files.h"

/* The way to a folder, and who may lead root there. */

#define STRANGER 12345

static int is_folder(const char *path)
{
	struct stat status, wanted;
	int fd = folder__open(path);

	if (fd < 0)
		return fd;
	assert_int_equal(fstat(fd, &status), 0);
	assert_int_equal(stat(path, &wanted), 0);
	assert_int_equal(close(fd), 0);
	return status.st_ino == wanted.st_ino && status.st_dev == wanted.st_dev;
}

static void make_link_of(uid_t uid, const char *target, const char *path)
{
	assert_int_equal(symlink(target, path), 0);
	assert_int_equal(lchown(path, uid, -1), 0);
}

static void it_is_what_the_path_names(void **state)
{
	(void)state;
	assert_int_equal(mkdir("a", 0700), 0);
	assert_int_equal(mkdir("a/b", 0700), 0);
	assert_int_equal(symlink("a", "link"), 0);
	assert_int_equal(symlink("../link/b/", "a/back"), 0);
	assert_int_equal(symlink(*state, "absolute"), 0);
	for (const char *const *path =
		     (const char *const[]){".", "/", "a", "a/", "./a//b/./", "a/..", "a/b/../..",
					   "link", "link/b", "a/back", "absolute/link/back/", NULL};
	     *path; path++)
		assert_int_equal(is_folder(*path), true);
}

static void what_is_no_folder_is_an_error(void **state)
{
	(void)state;
	write_text("file", "");
	assert_int_equal(symlink("file", "link"), 0);
	assert_int_equal(symlink("nothing", "dangling"), 0);
	assert_int_equal(symlink("circle", "circle"), 0);
	assert_int_equal(folder__open(""), -ENOENT);
	assert_int_equal(folder__open("nothing"), -ENOENT);
	assert_int_equal(folder__open("dangling"), -ENOENT);
	assert_int_equal(folder__open("file"), -ENOTDIR);
	assert_int_equal(folder__open("file/x"), -ENOTDIR);
	assert_int_equal(folder__open("link"), -ENOTDIR);
	assert_int_equal(folder__open("circle"), -ELOOP);
}

/* 40: MAXSYMLINKS, include/linux/namei.h. */
static void as_many_links_are_followed_as_the_kernel_follows(void **state)
{
	char to[16] = "folder", path[16];

	(void)state;
	assert_int_equal(mkdir("folder", 0700), 0);
	for (int i = 1; i <= 40; i++) {
		snprintf(path, sizeof(path), "link%d", i);
		assert_int_equal(symlink(to, path), 0);
		memcpy(to, path, sizeof(to));
	}
	assert_int_equal(is_folder("link40"), true);
	assert_int_equal(symlink(to, "link41"), 0);
	assert_int_equal(access("link41", F_OK), -1);
	assert_int_equal(errno, ELOOP);
	assert_int_equal(folder__open("link41"), -ELOOP);
}

static void root_follows_no_link_of_a_stranger(void **state)
{
	(void)state;
	if (geteuid())
		skip();
	assert_int_equal(mkdir("victim", 0755), 0);
	assert_int_equal(mkdir("victim/in", 0755), 0);
	make_link_of(STRANGER, "victim", "link");
	assert_int_equal(folder__open("link"), -EPERM);
	assert_int_equal(folder__open("link/in"), -EPERM);
	assert_int_equal(symlink("link/in", "indirect"), 0);
	assert_int_equal(folder__open("indirect"), -EPERM);
}

/* Where a stranger may rename, one of root's links may have been put. */
static void root_follows_no_link_in_a_strangers_folder(void **state)
{
	(void)state;
	if (geteuid())
		skip();
	assert_int_equal(mkdir("theirs", 0755), 0);
	assert_int_equal(mkdir("theirs/real", 0755), 0);
	make_link_of(0, "/", "theirs/link");
	assert_int_equal(chown("theirs", STRANGER, -1), 0);
	assert_int_equal(folder__open("theirs/link"), -EPERM);
	assert_int_equal(is_folder("theirs/real"), true);
}

static void the_user_who_called_sudo_may_lead(void **state)
{
	int by_sudo, by_other;

	(void)state;
	if (geteuid())
		skip();
	assert_int_equal(mkdir("home", 0755), 0);
	assert_int_equal(chown("home", STRANGER, -1), 0);
	make_link_of(STRANGER, "/", "home/link");
	setenv("SUDO_UID", "12345", 1);
	setenv("SUDO_GID", "12345", 1);
	by_sudo = is_folder("home/link");
	setenv("SUDO_UID", "12346", 1);
	by_other = folder__open("home/link");
	unsetenv("SUDO_UID");
	unsetenv("SUDO_GID");
	assert_int_equal(by_sudo, true);
	assert_int_equal(by_other, -EPERM);
}

static void exchange_forever(const char *a, const char *b)
{
	if (setgid(STRANGER) || setuid(STRANGER) || prctl(PR_SET_PDEATHSIG, SIGKILL))
		_exit(1);
	for (;;)
		renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE);
}

/* Of the two that have the name in turn, it is always the folder that is opened. */
static void a_link_that_comes_and_goes_never_leads_root_away(void **state)
{
	struct stat victim, seen;
	int opened_cnt = 0, refused_cnt = 0;
	pid_t swapper;

	if (geteuid())
		skip();
	assert_int_equal(mkdir("victim", 0755), 0);
	assert_int_equal(mkdir("theirs", 0755), 0);
	assert_int_equal(mkdir("theirs/name", 0755), 0);
	make_link_of(STRANGER, "../victim", "theirs/link");
	assert_int_equal(chown("theirs", STRANGER, -1), 0);
	assert_int_equal(chmod(*state, 0755), 0);
	assert_int_equal(stat("victim", &victim), 0);
	swapper = fork();
	if (swapper == 0)
		exchange_forever("theirs/name", "theirs/link");
	while (opened_cnt < 1000 || refused_cnt < 1000) {
		int fd = folder__open("theirs/name");

		assert_int_equal(waitpid(swapper, NULL, WNOHANG), 0);
		if (fd == -EPERM) {
			refused_cnt++;
			continue;
		}
		assert_true(fd >= 0);
		opened_cnt++;
		assert_int_equal(fstat(fd, &seen), 0);
		assert_int_not_equal(seen.st_ino, victim.st_ino);
		close(fd);
	}
	kill(swapper, SIGKILL);
	waitpid(swapper, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(it_is_what_the_path_names),
		FOLDER_TEST(what_is_no_folder_is_an_error),
		FOLDER_TEST(as_many_links_are_followed_as_the_kernel_follows),
		FOLDER_TEST(root_follows_no_link_of_a_stranger),
		FOLDER_TEST(root_follows_no_link_in_a_strangers_folder),
		FOLDER_TEST(the_user_who_called_sudo_may_lead),
		FOLDER_TEST(a_link_that_comes_and_goes_never_leads_root_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
