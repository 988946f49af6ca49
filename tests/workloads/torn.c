// SPDX-License-Identifier: BSD-2-Clause
/*
 * torn TIMES NAME... - one thread makes the call 5000 again and again, while another one gives it
 * the names in turn, both as fast as they can: until it has seen TIMES times that its name was
 * changed meanwhile. Prints how many calls it has made.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CALLS_AT_ONCE 200

static atomic_int caller_tid, renames_cnt, is_done;
static int times;

static void *call(void *unused)
{
	long calls_cnt = 0;

	(void)unused;
	caller_tid = syscall(SYS_gettid);
	while (!renames_cnt)
		;
	while (times) {
		int before = renames_cnt;

		for (int i = 0; i < CALLS_AT_ONCE; i++)
			syscall(5000);
		calls_cnt += CALLS_AT_ONCE;
		times -= renames_cnt != before;
	}
	is_done = 1;
	printf("%ld\n", calls_cnt);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t caller;
	char path[64];
	int fd;

	if (argc < 3)
		return 2;
	times = atoi(argv[1]);
	if (pthread_create(&caller, NULL, call, NULL))
		return 1;
	while (!caller_tid)
		;
	snprintf(path, sizeof(path), "/proc/self/task/%d/comm", caller_tid);
	fd = open(path, O_WRONLY);
	for (int i = 2; !is_done; i = i + 1 < argc ? i + 1 : 2) {
		if (write(fd, argv[i], strlen(argv[i])) < 0)
			return 1;
		renames_cnt++;
	}
	return pthread_join(caller, NULL) ? 1 : 0;
}
