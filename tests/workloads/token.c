// SPDX-License-Identifier: BSD-2-Clause
/*
 * token THREADS TURNS REPORT - threads pass a token, and whoever holds it makes one call that
 * nobody else ever makes: number 1000000 + turn (invalid). So the true order of these calls, over
 * all threads and CPUs, is known without a clock. Afterwards REPORT has them, one a line, as
 *
 *     PID:TID:NR:COMM
 */
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FIRST_NR 1000000
#define MAX_THREADS 64
/* Looks at the token before a thread sleeps on it: usually the token comes while it still looks. */
#define SPINS 2000

static int threads_cnt, turns_cnt;
static pid_t tids[MAX_THREADS];
static atomic_int turn, sleepers;

static void comm_of(int thread, char comm[16])
{
	snprintf(comm, 16, "token-%hhu", (unsigned char)thread);
}

/* Next to go; not in turn, so that a thread also passes the token to itself and back. */
static int holder(int turn_nr)
{
	return (turn_nr * 7 + turn_nr / 5) % threads_cnt;
}

static void await_turn_after(int now)
{
	for (int i = 0; i < SPINS; i++)
		if (turn != now)
			return;
	sleepers++;
	syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, now, NULL);
	sleepers--;
}

static void pass_on(int next)
{
	turn = next;
	if (sleepers)
		syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, INT_MAX);
}

static void *thread_main(void *arg)
{
	int self = (int)(long)arg, now;
	char comm[16];

	comm_of(self, comm);
	prctl(PR_SET_NAME, comm);
	tids[self] = syscall(SYS_gettid);
	while ((now = turn) < turns_cnt) {
		if (holder(now) == self) {
			syscall(FIRST_NR + now);
			pass_on(now + 1);
		} else {
			await_turn_after(now);
		}
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[MAX_THREADS];
	char comm[16];
	FILE *report;

	if (argc != 4)
		return 2;
	threads_cnt = atoi(argv[1]);
	turns_cnt = atoi(argv[2]);
	if (threads_cnt < 1 || threads_cnt > MAX_THREADS)
		return 2;
	for (long i = 0; i < threads_cnt; i++)
		if (pthread_create(&threads[i], NULL, thread_main, (void *)i))
			return 1;
	for (int i = 0; i < threads_cnt; i++)
		pthread_join(threads[i], NULL);

	report = fopen(argv[3], "w");
	if (!report)
		return 1;
	for (int i = 0; i < turns_cnt; i++) {
		comm_of(holder(i), comm);
		fprintf(report, "%d:%d:%d:%s\n", getpid(), tids[holder(i)], FIRST_NR + i, comm);
	}
	return fclose(report) ? 1 : 0;
}
