// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/message.h"
#include "recorder/command.h"
#include "recorder/signals.h"

int command__find_user(struct command_user *user, const char *name)
{
	const struct passwd *entry;

	user->name = name;
	if (!name)
		return 0;
	errno = 0;
	entry = getpwnam(name);
	if (!entry && name[strspn(name, "0123456789")] == '\0')
		entry = getpwuid(strtoul(name, NULL, 10));
	if (!entry) {
		message__error("--user: there is no user %s", message__quote(name));
		return errno ? -errno : -ENOENT;
	}
	user->name = entry->pw_name;
	user->uid = entry->pw_uid;
	user->gid = entry->pw_gid;
	if (geteuid()) {
		message__error("--user needs root");
		return -EPERM;
	}
	return 0;
}

/*
 * Whether it is an executable file, as far as we can see: COMMAND's user may see less. 0 or an
 * errno.
 */
static int look_at(const char *path)
{
	struct stat status;

	if (stat(path, &status))
		return errno;
	if (S_ISDIR(status.st_mode))
		return EISDIR;
	return S_ISREG(status.st_mode) && !access(path, X_OK) ? 0 : EACCES;
}

static bool is_in_path(const char *name)
{
	const char *folders = getenv("PATH");
	bool is_found = false;

	/* Without PATH execvp(3) has a list of its own. */
	if (!folders)
		return true;
	while (*folders && !is_found) {
		const char *end = strchrnul(folders, ':');
		char *path;

		if (asprintf(&path, "%.*s/%s", end == folders ? 1 : (int)(end - folders),
			     end == folders ? "." : folders, name) < 0)
			return true;
		is_found = !look_at(path);
		free(path);
		folders = *end ? end + 1 : end;
	}
	return is_found;
}

int command__find(const char *name)
{
	int err = strchr(name, '/') ? look_at(name) : is_in_path(name) ? 0 : ENOENT;

	if (err == ENOENT)
		message__error("cannot run %s: there is no such program", message__quote(name));
	else if (err)
		message__error("cannot run %s: %s", message__quote(name), strerror(err));
	return -err;
}

static int become(const struct command_user *user)
{
	if (!user->name)
		return 0;
	return initgroups(user->name, user->gid) || setgid(user->gid) || setuid(user->uid) ? -1 : 0;
}

/* In the child. The pipe closes by itself when exec succeeds; otherwise it carries the errno. */
static void __attribute__((noreturn))
run(char *const argv[], const struct command_user *user, int error_fd)
{
	int err;

	signals__restore();
	if (!become(user))
		execvp(argv[0], argv);
	err = errno;
	if (write(error_fd, &err, sizeof(err)) < 0)
		_exit(126);
	_exit(127);
}

int command__start(struct command *command, char *const argv[], const struct command_user *user)
{
	int fds[2], err = 0;
	ssize_t n;

	if (pipe2(fds, O_CLOEXEC))
		goto fail;
	command->pid = fork();
	if (command->pid == 0)
		run(argv, user, fds[1]);
	close(fds[1]);
	if (command->pid < 0) {
		close(fds[0]);
		goto fail;
	}
	do
		n = read(fds[0], &err, sizeof(err));
	while (n < 0 && errno == EINTR);
	close(fds[0]);
	if (n != sizeof(err))
		return 0;
	waitpid(command->pid, NULL, 0);
	command->pid = 0;
	message__error("cannot run %s: %s", message__quote(argv[0]), strerror(err));
	return -err;

fail:
	err = -errno;
	message__error("cannot start a process for %s: %s", message__quote(argv[0]),
		       strerror(-err));
	return err;
}

void command__check(struct command *command)
{
	if (command->pid && !command->has_ended &&
	    waitpid(command->pid, &command->status, WNOHANG) == command->pid)
		command->has_ended = true;
}

int command__exit_status(const struct command *command)
{
	if (WIFSIGNALED(command->status))
		return 128 + WTERMSIG(command->status);
	return WEXITSTATUS(command->status);
}
