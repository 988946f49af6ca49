// SPDX-License-Identifier: BSD-2-Clause
/*
 * A loop of getppid calls that measures itself, so that starting a tracer does not count:
 *
 *     $ loop -n 1000000 -p 2 -c
 *     nr 110 runners 2 calls 2000000 ns 71.2 mean 71.9 cpu_us 143211 children 0
 *
 * ns is the median of what a call took in chunks of CHUNK_CALLS, averaged over the runners: an
 * interrupt, or a time slice for somebody else, falls into few chunks and does not count. mean has
 * everything. cpu_us is the CPU time of the whole program. With -i all that is done and printed
 * once for each line of stdin.
 */
#include <errno.h>
#include <error.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"

/* Much shorter than a time slice, much longer than reading the clock. */
#define CHUNK_CALLS 500
#define CHUNKS_MIN 20
#define STACK_SZ 65536
/* Of a process that makes three calls. */
#define CHILD_STACK_SZ 4096

struct settings {
	long calls; /* of each runner */
	long processes;
	long threads;  /* of each process, that call */
	long sleepers; /* further threads of each process, that only sleep */
	long children; /* further processes that only sleep */
	bool is_pinned;
	bool is_asked;     /* once for each line of stdin */
	cpu_set_t allowed; /* at the start */
};

struct runner {
	double chunk_ns; /* of a call, in the median chunk */
	double mean_ns;
	long calls;
};

struct shared {
	pthread_barrier_t start;
	long runner_cnt;
	struct runner runners[];
};

struct start {
	const struct settings *settings;
	struct shared *shared;
	long number;
};

static int compare(const void *a, const void *b)
{
	const uint64_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

static void pin(const cpu_set_t *allowed, long number)
{
	cpu_set_t one;
	long cpu = -1;

	number %= CPU_COUNT(allowed);
	do
		cpu++;
	while (!CPU_ISSET(cpu, allowed) || number-- > 0);
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		error(1, errno, "sched_setaffinity");
}

static void call(struct runner *runner, long calls)
{
	long per_chunk = calls / CHUNKS_MIN < CHUNK_CALLS ? calls / CHUNKS_MIN + 1 : CHUNK_CALLS;
	long chunk_cnt = (calls + per_chunk - 1) / per_chunk, done = 0;
	uint64_t *took = calloc(chunk_cnt, sizeof(*took)), start = clock__now_ns(), before = start;

	if (!took)
		error(1, ENOMEM, "times");
	for (long chunk = 0; chunk < chunk_cnt; chunk++) {
		long cnt = calls - done < per_chunk ? calls - done : per_chunk;
		uint64_t after;

		for (long i = 0; i < cnt; i++)
			syscall(SYS_getppid);
		after = clock__now_ns();
		/* Of a last chunk that is not whole, as if it were. */
		took[chunk] = (after - before) * per_chunk / cnt;
		before = after;
		done += cnt;
	}
	qsort(took, chunk_cnt, sizeof(*took), compare);
	runner->chunk_ns = (double)took[chunk_cnt / 2] / per_chunk;
	runner->mean_ns = (double)(before - start) / calls;
	runner->calls = done;
	free(took);
}

static void *run(void *argument)
{
	struct start *start = argument;

	if (start->settings->is_pinned)
		pin(&start->settings->allowed, start->number);
	pthread_barrier_wait(&start->shared->start);
	call(&start->shared->runners[start->number], start->settings->calls);
	return NULL;
}

static void *sleep_on(void *argument)
{
	for (;;)
		pause();
	return argument;
}

static pthread_t start_thread(void *(*body)(void *), void *argument)
{
	pthread_attr_t attributes;
	pthread_t thread;
	int err;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_SZ);
	err = pthread_create(&thread, &attributes, body, argument);
	if (err)
		error(1, err, "pthread_create");
	pthread_attr_destroy(&attributes);
	return thread;
}

/* The calling thread is one of the runners. */
static void run_process(const struct settings *settings, struct shared *shared, long process)
{
	struct start *starts = calloc(settings->threads, sizeof(*starts));
	pthread_t *threads = calloc(settings->threads, sizeof(*threads));

	if (!starts || !threads)
		error(1, ENOMEM, "threads");
	for (long i = 0; i < settings->sleepers; i++)
		pthread_detach(start_thread(sleep_on, NULL));
	for (long i = 0; i < settings->threads; i++) {
		starts[i] = (struct start){settings, shared, process * settings->threads + i};
		if (i)
			threads[i] = start_thread(run, &starts[i]);
	}
	run(&starts[0]);
	for (long i = 1; i < settings->threads; i++)
		pthread_join(threads[i], NULL);
	free(starts);
	free(threads);
}

static int sleep_as_child(void *parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* The parent may have ended before that. */
	if (getppid() != *(pid_t *)parent)
		_exit(0);
	sleep_on(NULL);
	return 0;
}

/*
 * As many as the machine lets us have; returns how many. They share our memory, as after vfork():
 * to copy it, and to give it back, is most of what many processes take.
 */
static long start_children(pid_t *children, long wanted)
{
	static pid_t self; /* they may read it after we have returned */
	char *stacks = mmap(NULL, wanted * CHILD_STACK_SZ + 1, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (stacks == MAP_FAILED)
		error(1, errno, "stacks of %ld children", wanted);
	self = getpid();
	for (long i = 0; i < wanted; i++) {
		children[i] = clone(sleep_as_child, stacks + (i + 1) * CHILD_STACK_SZ,
				    CLONE_VM | SIGCHLD, &self);
		if (children[i] < 0)
			return i;
	}
	return wanted;
}

/* One that has ended by itself would not be counted among those that live. */
static void check_alive(const pid_t *children, long cnt)
{
	for (long i = 0; i < cnt; i++)
		if (waitpid(children[i], NULL, WNOHANG))
			error(1, 0, "a process that should sleep has ended");
}

/* All of them, so that their ids are free for whoever comes next. */
static void end_children(const pid_t *children, long cnt)
{
	for (long i = 0; i < cnt; i++)
		kill(children[i], SIGKILL);
	for (long i = 0; i < cnt; i++)
		waitpid(children[i], NULL, 0);
}

static void run_all(const struct settings *settings, struct shared *shared)
{
	pid_t *pids = calloc(settings->processes, sizeof(*pids));

	if (!pids)
		error(1, ENOMEM, "processes");
	for (long process = 1; process < settings->processes; process++) {
		pids[process] = fork();
		if (pids[process] < 0)
			error(1, errno, "fork");
		if (pids[process] == 0) {
			run_process(settings, shared, process);
			_exit(0);
		}
	}
	run_process(settings, shared, 0);
	for (long process = 1; process < settings->processes; process++)
		if (waitpid(pids[process], NULL, 0) < 0)
			error(1, errno, "waitpid");
	free(pids);
}

static struct shared *share(const struct settings *settings)
{
	long cnt = settings->processes * settings->threads;
	pthread_barrierattr_t attributes;
	struct shared *shared = mmap(NULL, sizeof(*shared) + cnt * sizeof(shared->runners[0]),
				     PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (shared == MAP_FAILED)
		error(1, errno, "mmap");
	shared->runner_cnt = cnt;
	pthread_barrierattr_init(&attributes);
	pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(&shared->start, &attributes, cnt);
	return shared;
}

static uint64_t cpu_us(void)
{
	uint64_t sum = 0;
	int who[] = {RUSAGE_SELF, RUSAGE_CHILDREN};

	for (int i = 0; i < 2; i++) {
		struct rusage usage;

		getrusage(who[i], &usage);
		sum += (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000ULL +
		       usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
	}
	return sum;
}

static void print(const struct shared *shared, long children)
{
	double chunk_ns = 0, mean_ns = 0;
	long calls = 0;

	for (long i = 0; i < shared->runner_cnt; i++) {
		chunk_ns += shared->runners[i].chunk_ns / shared->runner_cnt;
		mean_ns += shared->runners[i].mean_ns / shared->runner_cnt;
		calls += shared->runners[i].calls;
	}
	printf("nr %d runners %ld calls %ld ns %.3f mean %.3f cpu_us %llu children %ld\n",
	       SYS_getppid, shared->runner_cnt, calls, chunk_ns, mean_ns,
	       (unsigned long long)cpu_us(), children);
}

static long number(const char *text)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (errno || end == text || *end || value < 0)
		error(2, 0, "not a number: %s", text);
	return value;
}

static bool parse_option(struct settings *settings, int option)
{
	switch (option) {
	case 'n':
		settings->calls = number(optarg);
		return true;
	case 'p':
		settings->processes = number(optarg);
		return true;
	case 't':
		settings->threads = number(optarg);
		return true;
	case 's':
		settings->sleepers = number(optarg);
		return true;
	case 'k':
		settings->children = number(optarg);
		return true;
	case 'c':
		settings->is_pinned = true;
		return true;
	case 'i':
		settings->is_asked = true;
		return true;
	}
	return false;
}

static bool wait_for_line(void)
{
	char line[16];

	return fgets(line, sizeof(line), stdin);
}

int main(int argc, char **argv)
{
	struct settings settings = {.calls = 1000000, .processes = 1, .threads = 1};
	struct shared *shared;
	pid_t *children;
	long child_cnt;
	int option;

	while ((option = getopt(argc, argv, "n:p:t:s:k:ci")) >= 0)
		if (!parse_option(&settings, option))
			error(2, 0,
			      "usage: loop [-n CALLS] [-p PROCESSES] [-t THREADS] [-s SLEEPERS] "
			      "[-k CHILDREN] [-c] [-i]");
	if (settings.calls < 1 || settings.processes < 1 || settings.threads < 1)
		error(2, 0, "CALLS, PROCESSES and THREADS are at least 1");
	shared = share(&settings);
	children = calloc(settings.children + 1, sizeof(*children));
	if (!children)
		error(1, ENOMEM, "children");
	if (sched_getaffinity(0, sizeof(settings.allowed), &settings.allowed))
		error(1, errno, "sched_getaffinity");
	child_cnt = start_children(children, settings.children);
	while (!settings.is_asked || wait_for_line()) {
		run_all(&settings, shared);
		check_alive(children, child_cnt);
		print(shared, child_cnt);
		fflush(stdout);
		if (!settings.is_asked)
			break;
	}
	end_children(children, child_cnt);
	free(children);
	return 0;
}
