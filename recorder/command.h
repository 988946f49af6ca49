/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RECORDER_COMMAND_H
#define RECORDER_COMMAND_H

#include <stdbool.h>
#include <sys/types.h>

/* The program started after `--`. */
struct command {
	pid_t pid; /* 0: none */
	bool has_ended;
	int status; /* as wait(2) has it, once it has ended */
};

/* Who is to run it; looked up before anything else starts. */
struct command_user {
	const char *name; /* NULL: the caller */
	uid_t uid;
	gid_t gid;
};

/* 0, or a negative errno after a message: there is no such user. */
int command__find_user(struct command_user *user, const char *name);

/*
 * Looks whether there is such a program, as execvp(3) looks it up. 0, or a negative errno after a
 * message. It may still turn out that it can't be run.
 */
int command__find(const char *name);

/*
 * Starts argv (looked up in PATH) with the signal dispositions that we were started with. Only one
 * can be started: the kernel side takes the recorder's child for it. 0, or a negative errno after a
 * message: it could not be run.
 */
int command__start(struct command *command, char *const argv[], const struct command_user *user);

/* Looks whether it has ended. */
void command__check(struct command *command);

/* What a shell would say: its exit status, or 128 + the signal that killed it. */
int command__exit_status(const struct command *command);

#endif
