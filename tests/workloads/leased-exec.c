// SPDX-License-Identifier: BSD-2-Clause
/*
 * leased-exec PROGRAM CALLS [ARG...] - an exec that its own process holds up: one thread becomes
 * PROGRAM, which another one has a lease on that it gives up after CALLS calls of getppid.
 *
 * Status 99 if it can't be done.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

struct holder {
	int fd;
	long calls;
};

static void __attribute__((noreturn)) die(const char *what)
{
	perror(what);
	_exit(99);
}

static void *hold(void *argument)
{
	struct holder *holder = argument;

	for (long i = 0; i < holder->calls; i++)
		syscall(SYS_getppid);
	if (fcntl(holder->fd, F_SETLEASE, F_UNLCK))
		die("F_UNLCK");
	return NULL;
}

int main(int argc, char **argv)
{
	struct holder holder;
	pthread_t thread;

	if (argc < 3)
		return 99;
	holder.calls = atol(argv[2]);
	/* Who has the lease is told of the exec by this signal. */
	signal(SIGIO, SIG_IGN);
	holder.fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (holder.fd < 0 || fcntl(holder.fd, F_SETLEASE, F_WRLCK))
		die(argv[1]);
	if (pthread_create(&thread, NULL, hold, &holder))
		die("pthread_create");
	argv[2] = argv[1];
	execv(argv[1], argv + 2);
	die("execv");
}
