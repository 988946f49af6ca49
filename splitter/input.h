/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SPLITTER_INPUT_H
#define SPLITTER_INPUT_H

/* The two files of a recording. */
struct input {
	const char *log; /* as it was given: "-" is the standard input */
	int log_fd;
	char *events_path; /* NULL: none are wanted */
	int events_fd;     /* -1: there are none */
};

/*
 * log is kept, not owned; events is what --events says, or NULL. 0, or a negative errno, which is
 * reported but for -ENOMEM; input__close() is called in any case.
 */
int input__open(struct input *input, const char *log, const char *events);
/* The standard input stays open. */
void input__close(struct input *input);

#endif
