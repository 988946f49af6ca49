// SPDX-License-Identifier: BSD-2-Clause
/*
 * timed FILE COMMAND ARG... - runs COMMAND and writes to FILE how long it took, in ns, its CPU
 * time, in us, and the most memory that it had, in bytes. It can be run inside a tracer, whose own
 * start and end then do not count. It is small: a program's peak memory is never less than that of
 * the program that it was forked from.
 */
#include <errno.h>
#include <error.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"

static uint64_t to_us(struct timeval time)
{
	return time.tv_sec * 1000000ULL + time.tv_usec;
}

static void save(const char *path, uint64_t ns)
{
	FILE *file = fopen(path, "w");
	struct rusage usage;

	getrusage(RUSAGE_CHILDREN, &usage);
	if (!file ||
	    fprintf(file, "%llu %llu %llu\n", (unsigned long long)ns,
		    (unsigned long long)(to_us(usage.ru_utime) + to_us(usage.ru_stime)),
		    usage.ru_maxrss * 1024ULL) < 0 ||
	    fclose(file))
		error(1, errno, "%s", path);
}

int main(int argc, char **argv)
{
	uint64_t start = clock__now_ns();
	pid_t child;
	int err, status;

	if (argc < 3)
		error(2, 0, "usage: timed FILE COMMAND ARG...");
	err = posix_spawnp(&child, argv[2], NULL, NULL, &argv[2], environ);
	if (err)
		error(1, err, "%s", argv[2]);
	if (waitpid(child, &status, 0) < 0)
		error(1, errno, "waitpid");
	save(argv[1], clock__now_ns() - start);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
