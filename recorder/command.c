// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
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
	if (!entry) {
		message__error("--user: there is no user %s", message__quote(name));
		return errno ? -errno : -ENOENT;
	}
	user->uid = entry->pw_uid;
	user->gid = entry->pw_gid;
	return 0;
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
