// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/events_path.h"
#include "common/message.h"
#include "splitter/input.h"

/*
 * Opening waits for no writer of a FIFO, which no signal would end: reading does, and a signal
 * does. A descriptor or a negative errno.
 */
static int open_to_read(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int flags = fd < 0 ? -1 : fcntl(fd, F_GETFL);

	if (fd < 0)
		return -errno;
	if (flags >= 0 && fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) == 0)
		return fd;
	flags = -errno;
	close(fd);
	return flags;
}

/* Nobody has named it: what others put there is not to be waited for. */
static int refuse_special(const struct input *input)
{
	struct stat status;

	if (fstat(input->events_fd, &status) || S_ISREG(status.st_mode))
		return 0;
	message__error("%s is no regular file, as the events beside a log are: say --events FILE, "
		       "or --events none",
		       message__quote(input->events_path));
	return -EIO;
}

static int open_events(struct input *input, const char *given)
{
	bool beside = !given && strcmp(input->log, "-") != 0;

	if (!beside && (!given || strcmp(given, "none") == 0))
		return 0;
	input->events_path = beside ? events_path__beside(input->log) : strdup(given);
	if (!input->events_path)
		return -ENOMEM;
	input->events_fd = open_to_read(input->events_path);
	if (input->events_fd < 0 && (given || input->events_fd != -ENOENT))
		return message__fail("open", input->events_path, input->events_fd);
	return beside && input->events_fd >= 0 ? refuse_special(input) : 0;
}

/* Lines begin with a digit, and none of these does. */
static int refuse_compressed(const struct input *input)
{
	static const struct {
		const char *magic, *reader;
	} kinds[] = {
		{"\x1f\x8b", "zcat"},
		{"\x28\xb5\x2f\xfd", "zstdcat"},
		{"\xfd\x37\x7a\x58\x5a", "xzcat"},
		{"BZh", "bzcat"},
	};
	char start[8] = "";

	/* A pipe can't be looked into. */
	if (pread(input->log_fd, start, sizeof(start) - 1, 0) < 0)
		return 0;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (strncmp(start, kinds[i].magic, strlen(kinds[i].magic)) != 0)
			continue;
		message__error("%s is compressed: pipe it through %s, and read it as -",
			       message__quote(input->log), kinds[i].reader);
		return -EIO;
	}
	return 0;
}

int input__open(struct input *input, const char *log, const char *events)
{
	int err;

	*input = (struct input){.log = log, .log_fd = -1, .events_fd = -1};
	err = open_events(input, events);
	if (err)
		return err;
	input->log_fd = strcmp(log, "-") ? open_to_read(log) : STDIN_FILENO;
	if (input->log_fd < 0)
		return message__fail("open", log, input->log_fd);
	return refuse_compressed(input);
}

void input__close(struct input *input)
{
	if (input->log_fd > STDIN_FILENO)
		close(input->log_fd);
	if (input->events_fd >= 0)
		close(input->events_fd);
	free(input->events_path);
}
