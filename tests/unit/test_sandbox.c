// SPDX-License-Identifier: BSD-2-Clause
/* What the filter lets through, what it refuses, and what it does not survive. */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/membarrier.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "recorder/sandbox.h"
#include "tests/unit/files.h"

#define CNT(array) (sizeof(array) / sizeof((array)[0]))
#define STATUS_NOT_ENTERED 100

/* Runs it in a child of its own, in the sandbox; returns the wait status. */
static int inside(int (*act)(const void *context), const void *context)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid) {
		setrlimit(RLIMIT_CORE, &(struct rlimit){0});
		if (sandbox__enter())
			_exit(STATUS_NOT_ENTERED);
		_exit(act(context));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

struct call {
	const char *name;
	long number;
	long args[6];
};

static long make(const struct call *call)
{
	return syscall(call->number, call->args[0], call->args[1], call->args[2], call->args[3],
		       call->args[4], call->args[5]);
}

/* The errno it gives, or 0. */
static int errno_of(const void *call)
{
	return make(call) == -1 ? errno : 0;
}

static void give_errno(const struct call *calls, size_t cnt, int expected)
{
	for (size_t i = 0; i < cnt; i++) {
		int status = inside(errno_of, &calls[i]);

		if (!WIFEXITED(status) || WEXITSTATUS(status) != expected)
			fail_msg("%s: wait status %#x, expected errno %d", calls[i].name, status,
				 expected);
	}
}

#define CALL(name, ...)             \
	{                           \
#name, SYS_##name,  \
		{                   \
			__VA_ARGS__ \
		}                   \
	}

/* --- allowed ---------------------------------------------------------------------------------- */

static int write_and_rotate(const void *context)
{
	struct output_file *file = output_file__open("log", never);

	(void)context;
	if (!file)
		return 1;
	put(file, "one\n");
	if (begin_anew(file))
		return 2;
	put(file, "two\n");
	return output_file__close(file) ? 3 : 0;
}

static void files_are_written_and_rotated(void **state)
{
	(void)state;
	assert_int_equal(inside(write_and_rotate, NULL), 0);
	assert_string_equal(text_of("log"), "two\n");
	assert_string_equal(text_of("log.old"), "one\n");
}

static int use_memory(const void *context)
{
	size_t sz = 1 << 10;
	char *memory = NULL;

	(void)context;
	for (; sz <= 1 << 26; sz *= 4) {
		memory = realloc(memory, sz);
		if (!memory)
			return 1;
		memset(memory, 1, sz);
	}
	free(memory);
	return 0;
}

static void memory_grows_and_is_given_back(void **state)
{
	(void)state;
	assert_int_equal(inside(use_memory, NULL), 0);
}

static int wait_a_little(const void *context)
{
	struct pollfd nothing = {.fd = -1};

	(void)context;
	return poll(&nothing, 1, 1) || nanosleep(&(struct timespec){.tv_nsec = 1}, NULL) ||
	       sched_yield() || syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0) < 0 ||
	       waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD;
}

static void it_can_wait(void **state)
{
	(void)state;
	assert_int_equal(inside(wait_a_little, NULL), 0);
}

static int abort_it(const void *context)
{
	(void)context;
	signal(SIGABRT, SIG_DFL);
	abort();
}

static void abort_is_an_abort(void **state)
{
	int status = inside(abort_it, NULL);

	(void)state;
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

static void the_bpf_commands_of_the_loop_reach_the_kernel(void **state)
{
	static const enum bpf_cmd commands[] = {BPF_PROG_TEST_RUN, BPF_ITER_CREATE,
						BPF_MAP_UPDATE_ELEM, BPF_OBJ_GET_INFO_BY_FD};
	const union bpf_attr nothing = {0};

	(void)state;
	for (size_t i = 0; i < CNT(commands); i++) {
		struct call call =
			CALL(bpf, commands[i], (long)&nothing, sizeof(nothing.test), 0, 0, 0);
		int status = inside(errno_of, &call);

		/* Descriptor 0 is none of BPF's. */
		assert_true(WIFEXITED(status));
		assert_in_set(WEXITSTATUS(status), ((LargestIntegralType[]){EINVAL, EBADF, EPERM}),
			      3);
	}
}

/* --- refused ---------------------------------------------------------------------------------- */

static void other_calls_are_not_there(void **state)
{
	static const struct call calls[] = {
		CALL(clone, SIGCHLD),
		CALL(clone3),
		CALL(mkdirat, AT_FDCWD, (long)"folder", 0700),
		CALL(symlinkat, (long)"target", AT_FDCWD, (long)"link"),
		CALL(linkat, AT_FDCWD, (long)"log", AT_FDCWD, (long)"link"),
		CALL(fchmodat, AT_FDCWD, (long)".", 0777),
		CALL(memfd_create, (long)"code"),
		CALL(getcwd, 0, 0),
		CALL(personality, 0xffffffff),
		CALL(kill, 0, 0),
		{"a call that is not there yet", 100000, {0}},
	};

	(void)state;
#ifdef __SANITIZE_ADDRESS__
	give_errno(calls + 1, CNT(calls) - 1, ENOSYS);
#else
	give_errno(calls, CNT(calls), ENOSYS);
#endif
}

static void arguments_that_the_loop_does_not_use_are_refused(void **state)
{
	static const union bpf_attr nothing;
	static const struct call calls[] = {
		CALL(mmap, 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
		CALL(mprotect, 0, 0, PROT_EXEC),
		CALL(ioctl, 0, TIOCSTI, (long)"x"),
		CALL(bpf, BPF_PROG_LOAD, (long)&nothing, sizeof(nothing)),
		CALL(bpf, BPF_MAP_CREATE, (long)&nothing, sizeof(nothing)),
		CALL(bpf, BPF_MAP_LOOKUP_ELEM, (long)&nothing, sizeof(nothing)),
		CALL(bpf, BPF_OBJ_PIN, (long)&nothing, sizeof(nothing)),
		CALL(bpf, BPF_PROG_GET_FD_BY_ID, (long)&nothing, sizeof(nothing)),
		CALL(tgkill, 1, 1, 0),
	};

	(void)state;
	give_errno(calls, CNT(calls), ENOSYS);
}

/* --- deadly ----------------------------------------------------------------------------------- */

static void end_the_process(const char *name, int status)
{
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
		fail_msg("%s: wait status %#x, expected SIGSYS", name, status);
}

static void what_only_strange_code_would_do_ends_the_process(void **state)
{
	static const struct call calls[] = {
		CALL(execve),
		CALL(execveat),
		CALL(process_vm_readv),
		CALL(process_vm_writev),
		CALL(init_module),
		CALL(finit_module),
		CALL(perf_event_open),
		CALL(userfaultfd),
		CALL(keyctl),
		CALL(io_uring_setup),
		CALL(open_by_handle_at),
		CALL(socket),
		CALL(mount),
		CALL(unshare),
		CALL(setns),
		CALL(setuid),
		CALL(setgid),
		CALL(setresuid),
		CALL(setgroups),
		CALL(capset),
#ifndef __SANITIZE_ADDRESS__
		CALL(ptrace),
#endif
	};

	(void)state;
	for (size_t i = 0; i < CNT(calls); i++)
		end_the_process(calls[i].name, inside(errno_of, &calls[i]));
}

#ifdef __x86_64__
#define X32_BIT 0x40000000

static int call_ia32(const void *context)
{
	long number = 20; /* getpid */

	(void)context;
	__asm__ volatile("int $0x80" : "+a"(number) : : "memory", "r8", "r9", "r10", "r11");
	return 0;
}

static void calls_by_another_abi_end_the_process(void **state)
{
	static const struct call x32 = {"x32 getpid", X32_BIT | SYS_getpid, {0}};

	(void)state;
	end_the_process(x32.name, inside(errno_of, &x32));
	end_the_process("ia32 getpid", inside(call_ia32, NULL));
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(files_are_written_and_rotated),
		FOLDER_TEST(memory_grows_and_is_given_back),
		FOLDER_TEST(it_can_wait),
		FOLDER_TEST(abort_is_an_abort),
		FOLDER_TEST(the_bpf_commands_of_the_loop_reach_the_kernel),
		FOLDER_TEST(other_calls_are_not_there),
		FOLDER_TEST(arguments_that_the_loop_does_not_use_are_refused),
		FOLDER_TEST(what_only_strange_code_would_do_ends_the_process),
#ifdef __x86_64__
		FOLDER_TEST(calls_by_another_abi_end_the_process),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
