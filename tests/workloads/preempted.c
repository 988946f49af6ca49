// SPDX-License-Identifier: BSD-2-Clause
/*
 * preempted PROCESSES TURNS - processes on one CPU make calls, and are interrupted wherever they
 * are: by each other; by a real-time process that wakes up every 50 us, makes the call 6000 and
 * moves one of them to another CPU and back; and by signals of a timer, whose handler makes the
 * call 7000.
 *
 * Each process makes TURNS times the calls 5000 to 5009, in this order. At its end, each prints a
 * line
 *
 *     PID COUNT OF 5000..5009 SIGNALS
 *
 * with 0 for the first of the numbers where it is the real-time process, whose wake-ups are the
 * second.
 */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_PROCESSES 32
#define WAKE_NS 50000

static volatile sig_atomic_t signals_cnt;
static cpu_set_t all_cpus;

static void on_alarm(int signal)
{
	(void)signal;
	signals_cnt++;
	syscall(7000);
}

static void stay_on(pid_t pid, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(pid, sizeof(set), &set);
}

static void call_all_the_time(int turns_cnt)
{
	const struct itimerval every_ms = {.it_interval = {0, 1000}, .it_value = {0, 1000}};
	const struct itimerval never = {};

	signal(SIGALRM, on_alarm);
	setitimer(ITIMER_REAL, &every_ms, NULL);
	for (int i = 0; i < turns_cnt; i++)
		for (int nr = 5000; nr < 5010; nr++)
			syscall(nr);
	setitimer(ITIMER_REAL, &never, NULL);
	printf("%d %d %d\n", getpid(), turns_cnt * 10, (int)signals_cnt);
	exit(fflush(stdout) ? 1 : 0);
}

static int last_cpu(void)
{
	int last = 0;

	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &all_cpus))
			last = cpu;
	return last;
}

static void wake_and_move(const pid_t *pids, int cnt, const volatile int *done)
{
	const struct sched_param param = {.sched_priority = 1};
	const struct timespec pause = {0, WAKE_NS};
	int wakes_cnt = 0;

	sched_setscheduler(0, SCHED_FIFO, &param);
	while (!*done) {
		clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
		syscall(6000);
		/* To the other CPU at one wake-up, back at the next. */
		stay_on(pids[wakes_cnt / 2 % cnt], wakes_cnt % 2 ? 0 : last_cpu());
		wakes_cnt++;
	}
	printf("%d 0 %d\n", getpid(), wakes_cnt);
	exit(fflush(stdout) ? 1 : 0);
}

int main(int argc, char **argv)
{
	int cnt = argc == 3 ? atoi(argv[1]) : 0, status = 0, failed = 0;
	volatile int *done = mmap(NULL, sizeof(*done), PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pids[MAX_PROCESSES], waker;

	if (cnt < 1 || cnt > MAX_PROCESSES || done == MAP_FAILED)
		return 2;
	sched_getaffinity(0, sizeof(all_cpus), &all_cpus);
	stay_on(0, 0);
	for (int i = 0; i < cnt; i++)
		if ((pids[i] = fork()) == 0)
			call_all_the_time(atoi(argv[2]));
	waker = fork();
	if (waker == 0)
		wake_and_move(pids, cnt, done);
	for (int i = 0; i < cnt; i++) {
		waitpid(pids[i], &status, 0);
		failed |= status;
	}
	*done = 1;
	waitpid(waker, &status, 0);
	return failed || status ? 1 : 0;
}
