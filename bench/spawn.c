// SPDX-License-Identifier: BSD-2-Clause
/*
 * Starts `true` (this program itself, told to end at once) again and again, and says what one
 * fork + exec + exit took: the median of all.
 *
 *     $ spawn 500
 *     spawns 500 ns 312345
 */
#include <errno.h>
#include <error.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"

static int compare(const void *a, const void *b)
{
	const uint64_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

static void spawn_and_wait(const char *path)
{
	char *const arguments[] = {"spawned", NULL}, *const environment[] = {NULL};
	pid_t child;
	int err = posix_spawn(&child, path, NULL, NULL, arguments, environment);

	if (err)
		error(1, err, "posix_spawn");
	if (waitpid(child, NULL, 0) < 0)
		error(1, errno, "waitpid");
}

int main(int argc, char **argv)
{
	uint64_t *took;
	long cnt;

	if (argc == 1)
		return 0;
	cnt = strtol(argv[1], NULL, 10);
	took = cnt > 0 ? calloc(cnt, sizeof(*took)) : NULL;
	if (!took)
		error(2, 0, "usage: spawn COUNT");
	for (long i = 0; i < cnt; i++) {
		uint64_t start = clock__now_ns();

		spawn_and_wait("/proc/self/exe");
		took[i] = clock__now_ns() - start;
	}
	qsort(took, cnt, sizeof(*took), compare);
	printf("spawns %ld ns %llu\n", cnt, (unsigned long long)took[cnt / 2]);
	free(took);
	return 0;
}
