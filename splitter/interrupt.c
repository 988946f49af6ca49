// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "splitter/interrupt.h"

static volatile sig_atomic_t caught;

/* Readable once a signal came: whichever thread it interrupts, one that waits must wake up. */
static int wake_fd = -1;

static void on_signal(int signal_nr)
{
	int saved = errno;
	uint64_t one = 1;

	caught = signal_nr;
	if (write(wake_fd, &one, sizeof(one)) < 0)
		errno = 0;
	errno = saved;
}

int interrupt__catch(void)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESETHAND | SA_RESTART};

	if (wake_fd < 0)
		wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (wake_fd < 0)
		return -errno;
	for (unsigned int i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		struct sigaction old;

		/* nohup and the like: what was ignored stays ignored. */
		if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler == SIG_IGN)
			continue;
		if (sigaction(signals[i], &action, NULL))
			return -errno;
	}
	return 0;
}

bool interrupt__pending(void)
{
	return caught != 0;
}

int interrupt__wait_readable(int fd)
{
	struct pollfd fds[] = {{.fd = fd, .events = POLLIN}, {.fd = wake_fd, .events = POLLIN}};

	while (poll(fds, 2, -1) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return caught ? -EINTR : 0;
}

void interrupt__raise(void)
{
	if (!caught)
		return;
	signal(caught, SIG_DFL);
	raise(caught);
}
