// SPDX-License-Identifier: BSD-2-Clause
/*
 * act [STEP]... - makes exactly the calls it is told to, so that a test shows on one line what a
 * process does and on the next what must have been recorded:
 *
 *     act 5000 fork { 5001 exit:3 } wait 5002
 *
 * makes the (invalid) calls 5000 and 5002, its child the call 5001. Steps:
 *
 *     N           system call N (0x.. or decimal, may be negative), arguments all zero
 *     NxCOUNT     the same COUNT times
 *     N..M        calls N, N+1, ... M
 *     int80:N     call N through the ia32 gate, whatever the program itself is
 *     name:COMM   PR_SET_NAME
 *     fork {..}   a child process does the steps and exits with 0
 *     vfork {..}, clone-parent {..}    likewise
 *     fork-as:FILE {..}    likewise, but the child has the pid that stands in FILE
 *     thread {..} a thread does the steps and ends
 *     join        spin (no call) until all threads of this process have ended, and a bit longer
 *     wait        wait4 until there is no child left
 *     exec PROGRAM ARG..   execve; path-exec tries $PATH as a shell does; fexecve by descriptor
 *     try-exec FILE        execve that has to fail
 *     repeat:N {..}
 *     exit:N, thread-exit, kill:SIG, spin, pause, sleep:MS, cpu:N
 *     pid:FILE, tid:FILE   write the own pid or tid to FILE, stamp:FILE the time of day in ns
 *     read:FILE   open FILE, read to its end (on a FIFO this waits for the test), close
 *
 * A step that can't be done ends the process with status 99 and a message. Calls not named above:
 * a static program's start (alike in every run), then at the end exit_group.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_THREADS 8192
#define STACK_BYTES (64 * 1024)

struct thread {
	atomic_int tid; /* the kernel clears it when the thread is gone */
	char **steps;
	int steps_cnt;
};

static struct thread threads[MAX_THREADS];
static atomic_int threads_cnt;
extern char **environ;

static void run(char **steps, int cnt);

static void __attribute__((noreturn)) die(const char *what)
{
	dprintf(2, "act: %s: %s\n", what, strerror(errno));
	syscall(SYS_exit_group, 99);
	abort();
}

static void write_number(const char *file, long long number)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "%lld\n", number);
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (fd < 0 || write(fd, text, len) != len || close(fd))
		die(file);
}

static long long read_number(const char *file)
{
	char text[32] = "";
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0 || close(fd))
		die(file);
	return strtoll(text, NULL, 10);
}

static void read_to_end(const char *file)
{
	char bytes[256];
	ssize_t n;
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die(file);
	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		;
	if (n < 0 || close(fd))
		die(file);
}

static void stamp(const char *file)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	write_number(file, now.tv_sec * 1000000000LL + now.tv_nsec);
}

static void ia32_call(long nr)
{
#if defined(__x86_64__) || defined(__i386__)
	long ret = nr;

	__asm__ volatile("int $0x80"
			 : "+a"(ret)
			 : "b"(0), "c"(0), "d"(0), "S"(0), "D"(0)
			 : "memory", "cc");
#else
	(void)nr;
	errno = ENOSYS;
	die("int80");
#endif
}

/* The plain clone of fork(), without what libc's fork() does around it. */
static pid_t fork_with(unsigned long flags)
{
	return syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
}

static void child(pid_t pid, char **steps, int cnt)
{
	if (pid < 0)
		die("fork");
	if (pid > 0)
		return;
	run(steps, cnt);
	syscall(SYS_exit_group, 0);
}

static void do_vfork(char **steps, int cnt)
{
	/* The child only goes deeper from here, so this frame stays whole for the parent. */
	pid_t pid = vfork();

	child(pid, steps, cnt);
}

static void fork_as(const char *file, char **steps, int cnt)
{
	long long wanted = read_number(file);
	pid_t pid;

	for (int tries = 0; tries < 10000; tries++) {
		write_number("/proc/sys/kernel/ns_last_pid", wanted - 1);
		pid = fork_with(0);
		if (pid == 0 && getpid() != wanted)
			syscall(SYS_exit_group, 0);
		child(pid, steps, cnt);
		if (pid == wanted)
			return;
		waitpid(pid, NULL, 0);
	}
	die("no child got the wanted pid");
}

static int thread_main(void *arg)
{
	struct thread *thread = arg;

	run(thread->steps, thread->steps_cnt);
	return 0;
}

static void start_thread(char **steps, int cnt)
{
	int i = atomic_fetch_add(&threads_cnt, 1);
	struct thread *thread = &threads[i];
	char *stack;

	if (i >= MAX_THREADS)
		die("too many threads");
	thread->steps = steps;
	thread->steps_cnt = cnt;
	stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (stack == MAP_FAILED)
		die("mmap");
	if (clone(thread_main, stack + STACK_BYTES,
		  CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |
			  CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID,
		  thread, &thread->tid, NULL, &thread->tid) < 0)
		die("clone");
}

/*
 * A tid is cleared a little before the thread's end is told: exit_mm() in do_exit(), kernel/exit.c.
 * Nothing that makes no call says when it is told; where this is too short, a test fails that
 * expects the end before the next call.
 */
#define SPINS_TO_ITS_END 3000000

static void join_threads(void)
{
	for (int i = 0; i < threads_cnt; i++)
		while (threads[i].tid)
			;
	for (int i = 0; i < SPINS_TO_ITS_END; i++)
		__asm__ volatile("");
}

static void exec_from_path(char **argv)
{
	char *path = strdup(getenv("PATH") ?: ""), *rest = path, *dir, file[4096];

	while ((dir = strsep(&rest, ":"))) {
		snprintf(file, sizeof(file), "%s/%s", dir, argv[0]);
		execve(file, argv, environ);
	}
	die(argv[0]);
}

static void __attribute__((noreturn)) exec(const char *how, char **words, int cnt)
{
	char **argv = calloc(cnt + 1, sizeof(*argv));

	memcpy(argv, words, cnt * sizeof(*argv));
	if (!strcmp(how, "exec"))
		execve(argv[0], argv, environ);
	else if (!strcmp(how, "path-exec"))
		exec_from_path(argv);
	else
		fexecve(open(argv[0], O_RDONLY | O_CLOEXEC), argv, environ);
	die(argv[0]);
}

static void try_exec(const char *file)
{
	char *argv[] = {(char *)file, NULL};

	execve(file, argv, environ);
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity");
}

/* "5000", "5000x3" or "5000..5002"; false when it is none of them. */
static int calls(const char *step)
{
	char *end;
	long nr = strtoll(step, &end, 0), times = 1, last = nr;

	if (end == step)
		return 0;
	if (*end == 'x')
		times = strtol(end + 1, &end, 10);
	else if (end[0] == '.' && end[1] == '.')
		last = strtol(end + 2, &end, 0);
	if (*end)
		return 0;
	for (; nr <= last; nr++)
		for (long i = 0; i < times; i++)
			syscall(nr, 0, 0, 0, 0, 0, 0);
	return 1;
}

static void plain_step(const char *step)
{
	const char *value = strchr(step, ':');

	value = value ? value + 1 : "";
	if (calls(step))
		return;
	else if (!strncmp(step, "int80:", 6))
		ia32_call(strtol(value, NULL, 0));
	else if (!strncmp(step, "name:", 5))
		prctl(PR_SET_NAME, value);
	else if (!strcmp(step, "join"))
		join_threads();
	else if (!strcmp(step, "wait"))
		while (wait4(-1, NULL, 0, NULL) > 0)
			;
	else if (!strncmp(step, "exit:", 5))
		syscall(SYS_exit_group, atoi(value));
	else if (!strcmp(step, "thread-exit"))
		syscall(SYS_exit, 0);
	else if (!strncmp(step, "kill:", 5))
		syscall(SYS_kill, syscall(SYS_getpid), atoi(value));
	else if (!strcmp(step, "spin"))
		for (;;)
			__asm__ volatile("");
	else if (!strcmp(step, "pause"))
		pause();
	else if (!strncmp(step, "sleep:", 6))
		usleep(atoi(value) * 1000);
	else if (!strncmp(step, "cpu:", 4))
		pin(atoi(value));
	else if (!strncmp(step, "pid:", 4))
		write_number(value, syscall(SYS_getpid));
	else if (!strncmp(step, "tid:", 4))
		write_number(value, syscall(SYS_gettid));
	else if (!strncmp(step, "stamp:", 6))
		stamp(value);
	else if (!strncmp(step, "read:", 5))
		read_to_end(value);
	else
		die(step);
}

/* The steps between the braces that follow steps[0]; returns how many. */
static int block(char **steps, int cnt)
{
	int depth = 0;

	for (int i = 0; i < cnt; i++) {
		if (!strcmp(steps[i], "{"))
			depth++;
		if (!strcmp(steps[i], "}") && --depth == 0)
			return i - 1;
		if (depth == 0)
			break;
	}
	errno = EINVAL;
	die("unpaired brace");
}

static void block_step(const char *step, char **steps, int cnt)
{
	if (!strcmp(step, "fork"))
		child(fork_with(0), steps, cnt);
	else if (!strcmp(step, "clone-parent"))
		child(fork_with(CLONE_PARENT), steps, cnt);
	else if (!strcmp(step, "vfork"))
		do_vfork(steps, cnt);
	else if (!strncmp(step, "fork-as:", 8))
		fork_as(step + 8, steps, cnt);
	else if (!strcmp(step, "thread"))
		start_thread(steps, cnt);
	else if (!strncmp(step, "repeat:", 7))
		for (int i = 0; i < atoi(step + 7); i++)
			run(steps, cnt);
	else
		die(step);
}

static void run(char **steps, int cnt)
{
	for (int i = 0; i < cnt; i++) {
		if (!strcmp(steps[i], "exec") || !strcmp(steps[i], "path-exec") ||
		    !strcmp(steps[i], "fexecve"))
			exec(steps[i], steps + i + 1, cnt - i - 1);
		if (!strcmp(steps[i], "try-exec") && i + 1 < cnt) {
			try_exec(steps[++i]);
		} else if (i + 1 < cnt && !strcmp(steps[i + 1], "{")) {
			int len = block(steps + i + 1, cnt - i - 1);

			block_step(steps[i], steps + i + 2, len);
			i += len + 2;
		} else {
			plain_step(steps[i]);
		}
	}
}

int main(int argc, char **argv)
{
	run(argv + 1, argc - 1);
	syscall(SYS_exit_group, 0);
}
