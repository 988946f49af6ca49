// SPDX-License-Identifier: BSD-2-Clause
/*
 * renamed TURNS - one thread gives the other, which makes calls all the time, a new comm TURNS
 * times: "turn-N", after which the other makes one call that nobody else ever makes: number
 * 5000 + N (invalid, and small, so that it is recorded the fast way), with that comm.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FIRST_NR 5000

static int turns_cnt;
static atomic_int turn, done, renamed_tid;

static void *caller_main(void *arg)
{
	(void)arg;
	renamed_tid = syscall(SYS_gettid);
	for (int now = 1; now <= turns_cnt; now++) {
		while (turn < now)
			syscall(SYS_getppid);
		syscall(FIRST_NR + now);
		done = now;
	}
	return NULL;
}

static int rename_thread(int now)
{
	char path[64], comm[16];
	int fd, err;

	snprintf(path, sizeof(path), "/proc/self/task/%d/comm", renamed_tid);
	snprintf(comm, sizeof(comm), "turn-%d", now);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return -1;
	err = write(fd, comm, strlen(comm)) < 0;
	return close(fd) || err;
}

int main(int argc, char **argv)
{
	pthread_t caller;

	if (argc != 2)
		return 2;
	turns_cnt = atoi(argv[1]);
	if (pthread_create(&caller, NULL, caller_main, NULL))
		return 1;
	while (!renamed_tid)
		;
	for (int now = 1; now <= turns_cnt; now++) {
		if (rename_thread(now))
			return 1;
		turn = now;
		while (done < now)
			;
	}
	return pthread_join(caller, NULL) ? 1 : 0;
}
