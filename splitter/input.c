// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "common/events_path.h"
#include "common/message.h"
#include "splitter/input.h"

int input__fail(const char *what, const char *path, int err)
{
	message__error("cannot %s %s: %s", what, message__quote(path), strerror(-err));
	return -EIO;
}

int input__open_log(const char *log, int *fd)
{
	*fd = strcmp(log, "-") ? open(log, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	return *fd < 0 ? input__fail("open", log, -errno) : 0;
}

int input__open_events(const char *log, const char *given, char **path, int *fd)
{
	bool beside = !given && strcmp(log, "-") != 0;

	*fd = -1;
	*path = NULL;
	if (!beside && (!given || strcmp(given, "none") == 0))
		return 0;
	*path = beside ? events_path__beside(log) : strdup(given);
	if (!*path)
		return -ENOMEM;
	*fd = open(*path, O_RDONLY | O_CLOEXEC);
	if (*fd < 0 && (given || errno != ENOENT))
		return input__fail("open", *path, -errno);
	return 0;
}
