// SPDX-License-Identifier: BSD-2-Clause
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/message.h"
#include "common/std_fds.h"

static void check_stdout(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return;
	message__error("cannot write to standard output");
	_exit(EXIT_FAILURE);
}

void std_fds__secure(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		/* Open for the direction that nobody uses, so that every use is an error. */
		int flags = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;

		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", flags) != fd)
			exit(EXIT_FAILURE);
	}
	atexit(check_stdout);
}
