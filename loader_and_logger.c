// SPDX-License-Identifier: BSD-2-Clause
/*
 * Records the system calls of programs. This is the recorder's life; recorder/ has its parts.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/message.h"
#include "common/std_fds.h"
#include "recorder/command.h"
#include "recorder/options.h"
#include "recorder/priority.h"
#include "recorder/privileges.h"
#include "recorder/report.h"
#include "recorder/sandbox.h"
#include "recorder/session.h"
#include "recorder/signals.h"

#define NS_PER_S 1e9

static int say_ready(int fd)
{
	int err;

	if (fd < 0 || write(fd, "\n", 1) == 1)
		return 0;
	err = -errno;
	message__error("--ready-fd: cannot write to file descriptor %d: %s", fd, strerror(-err));
	return err;
}

/*
 * Goes on until something ends the recording; returns what that was, as recording_end says it, or
 * NULL for an error of the session's.
 */
static const char *record(struct session *session, const struct options *options,
			  struct command *command)
{
	uint64_t start_ns = clock__now_ns();

	for (;;) {
		session__step(session);
		command__check(command);
		signals__leave_keyboard_to_command(command->pid && !command->has_ended);
		if (signals__take_rotation())
			session__rotate(session);
		if (session__has_failed(session))
			return NULL;
		if (signals__wants_stop())
			return "interrupted";
		if (command->has_ended && !session__has_family(session))
			return "command ended";
		if (options->duration_s &&
		    clock__now_ns() - start_ns >= options->duration_s * NS_PER_S)
			return "duration";
	}
}

/* Starts COMMAND, gives up privileges, records. Returns the exit status. */
static int run(struct session *session, const struct options *options,
	       const struct command_user *user)
{
	struct command command = {0};
	const char *reason = NULL;
	int status, err = 0;

	if (options->command) {
		signals__leave_keyboard_to_command(true);
		err = command__start(&command, options->command, user);
	}
	/* COMMAND runs with all that we had, and no more; from here on we need little. */
	priority__raise();
	if (!err)
		err = privileges__drop(session__needed_capabilities, session);
	if (!err && options->sandbox)
		err = sandbox__enter();
	if (!err)
		err = say_ready(options->ready_fd);
	if (!err)
		reason = record(session, options, &command);
	status = session__finish(session, reason, err);
	if (status == REPORT_COMPLETE && command.has_ended)
		return command__exit_status(&command);
	return status;
}

int main(int argc, char **argv)
{
	struct options options;
	struct command_user user;
	struct session *session = NULL;
	int status = REPORT_FAILED;

	message__init("loader_and_logger");
	std_fds__secure();
	recorder_options__parse(&options, argc, argv);
	if (options.quiet)
		message__silence();
	if (command__find_user(&user, options.user))
		goto cleanup;
	if (options.command && command__find(options.command[0]))
		goto cleanup;
	if (options.sandbox && sandbox__check())
		goto cleanup;
	if (signals__catch()) {
		message__error("cannot catch signals");
		goto cleanup;
	}
	session = session__new(&options);
	if (session && !session__attach(session))
		status = run(session, &options, &user);
cleanup:
	session__free(session);
	recorder_options__free(&options);
	return status;
}
