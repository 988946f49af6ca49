// SPDX-License-Identifier: BSD-2-Clause
#include <asm/termbits.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/message.h"
#include "recorder/sandbox.h"

/* Of libseccomp: it found that the kernel has what we use of it, as all have since 4.17. */
#define API_LEVEL_MIN 4

#define CNT(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Whole families, also calls that the C library of today does not use: the one of tomorrow may, or
 * that of another architecture. Names that libseccomp does not know or this architecture has not
 * got are passed over.
 */
static const char *const allowed[] = {
	/* outputs, and making them anew at SIGHUP */
	"open openat openat2 close read readv pread64 preadv preadv2 write writev pwrite64 pwritev "
	"pwritev2 lseek _llseek ftruncate ftruncate64 fcntl fcntl64 rename renameat renameat2 "
	"fchown fchown32 unlinkat",
	/* what there is under a name */
	"stat stat64 lstat lstat64 fstat fstat64 newfstatat fstatat64 statx access faccessat "
	"faccessat2 readlink readlinkat",
	/* waiting: for records, for COMMAND, for other CPUs */
	"poll ppoll ppoll_time64 select _newselect pselect6 pselect6_time64 wait4 waitid waitpid "
	"sched_yield membarrier nanosleep clock_nanosleep clock_nanosleep_time64 restart_syscall "
	"alarm setitimer getitimer",
	/* time, where the vDSO has no answer */
	"clock_gettime clock_gettime64 clock_getres clock_getres_time64 gettimeofday time",
	/* memory; see below, too */
	"brk munmap mremap madvise getrandom sysinfo",
	/* locks and CPUs, for the C library */
	"futex futex_time64 futex_wait futex_wake futex_requeue futex_waitv sched_getaffinity "
	"getcpu rseq",
	/* signals */
	"rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending sigaction sigprocmask sigreturn "
	"sigaltstack",
	/* who and where we are */
	"getpid getppid gettid getuid getuid32 geteuid geteuid32 getgid getgid32 getegid getegid32 "
	"uname",
	/* the end */
	"exit exit_group",
#ifdef __SANITIZE_ADDRESS__
	/* The search for leaks stops all threads, from a process that it clones for that. */
	"clone ptrace prctl getdents getdents64 prlimit64 arch_prctl",
#endif
};

/* Those with one argument that has to be so; nothing else of them is allowed. */
static const struct {
	const char *name;
	struct scmp_arg_cmp condition;
} restricted[] = {
	{"bpf", {.arg = 0, .op = SCMP_CMP_EQ, .datum_a = BPF_PROG_TEST_RUN}},
	{"bpf", {.arg = 0, .op = SCMP_CMP_EQ, .datum_a = BPF_ITER_CREATE}},
	{"bpf", {.arg = 0, .op = SCMP_CMP_EQ, .datum_a = BPF_MAP_UPDATE_ELEM}},
	{"bpf", {.arg = 0, .op = SCMP_CMP_EQ, .datum_a = BPF_OBJ_GET_INFO_BY_FD}},
	/* No new code. */
	{"mmap", {.arg = 2, .op = SCMP_CMP_MASKED_EQ, .datum_a = PROT_EXEC}},
	{"mmap2", {.arg = 2, .op = SCMP_CMP_MASKED_EQ, .datum_a = PROT_EXEC}},
	{"mprotect", {.arg = 2, .op = SCMP_CMP_MASKED_EQ, .datum_a = PROT_EXEC}},
	/* libbpf, when it detaches what runs on an event */
	{"ioctl", {.arg = 1, .op = SCMP_CMP_EQ, .datum_a = PERF_EVENT_IOC_DISABLE}},
	/* isatty(3); a terminal can also be made to type. */
	{"ioctl", {.arg = 1, .op = SCMP_CMP_EQ, .datum_a = TCGETS}},
#ifdef TCGETS2
	{"ioctl", {.arg = 1, .op = SCMP_CMP_EQ, .datum_a = TCGETS2}},
#endif
};

/* What only a stranger in our place would call. */
static const char *const deadly[] = {
	"execve execveat",
/* other processes, and the kernel */
#ifndef __SANITIZE_ADDRESS__
	"ptrace",
#endif
	"process_vm_readv process_vm_writev pidfd_getfd init_module finit_module delete_module "
	"kexec_load kexec_file_load perf_event_open userfaultfd keyctl add_key request_key",
	/* ways around the filter, and around names */
	"io_uring_setup io_uring_enter io_uring_register open_by_handle_at",
	/* the network */
	"socket socketpair",
	/* file systems and namespaces */
	"mount umount2 pivot_root chroot move_mount open_tree fsopen fsmount unshare setns",
	/* being somebody else */
	"setuid setuid32 setgid setgid32 setreuid setreuid32 setregid setregid32 setresuid "
	"setresuid32 setresgid setresgid32 setfsuid setfsuid32 setfsgid setfsgid32 setgroups "
	"setgroups32 capset",
};

static int add(scmp_filter_ctx filter, uint32_t action, const char *name,
	       const struct scmp_arg_cmp *condition)
{
	int number = seccomp_syscall_resolve_name_rewrite(SCMP_ARCH_NATIVE, name);

	if (number < 0)
		return 0;
	return seccomp_rule_add_array(filter, action, number, condition ? 1 : 0, condition);
}

/* names: with a space between them. */
static int add_family(scmp_filter_ctx filter, uint32_t action, const char *names)
{
	char *copy = strdup(names), *rest = copy, *name;
	int err = copy ? 0 : -ENOMEM;

	while (!err && (name = strsep(&rest, " ")))
		err = add(filter, action, name, NULL);
	free(copy);
	return err;
}

static int add_rules(scmp_filter_ctx filter)
{
	/* abort(3) ends the process by a signal to itself. */
	struct scmp_arg_cmp self = {.arg = 0, .op = SCMP_CMP_EQ, .datum_a = getpid()};
	int err = add(filter, SCMP_ACT_ALLOW, "tgkill", &self);

	for (size_t i = 0; !err && i < CNT(allowed); i++)
		err = add_family(filter, SCMP_ACT_ALLOW, allowed[i]);
	for (size_t i = 0; !err && i < CNT(restricted); i++)
		err = add(filter, SCMP_ACT_ALLOW, restricted[i].name, &restricted[i].condition);
	for (size_t i = 0; !err && i < CNT(deadly); i++)
		err = add_family(filter, SCMP_ACT_KILL_PROCESS, deadly[i]);
	return err;
}

int sandbox__check(void)
{
	if (seccomp_api_get() >= API_LEVEL_MIN)
		return 0;
	message__error("the kernel has no seccomp filters (CONFIG_SECCOMP_FILTER), or does not let "
		       "us have one: --no-sandbox records without");
	return -EOPNOTSUPP;
}

static int set_attributes(scmp_filter_ctx filter)
{
	/* The ia32 and x32 calls have other numbers. */
	int err = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);

	/*
	 * Before 5.16 a filter turns store bypass off by default, for the sake of code that is not
	 * trusted (arch/x86/kernel/cpu/bugs.c, 2f46993d83ff), which makes us slower.
	 */
	if (!err)
		err = seccomp_attr_set(filter, SCMP_FLTATR_CTL_SSB, 1);
	/* The kernel's own errno, for the message. */
	if (!err)
		err = seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1);
	return err;
}

int sandbox__enter(void)
{
	/* What is not there is what a C library knows how to do without. */
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	int err = filter ? set_attributes(filter) : -ENOMEM;

	if (!err)
		err = add_rules(filter);
	if (!err)
		err = seccomp_load(filter);
	seccomp_release(filter);
	if (err)
		message__error("cannot enter the sandbox: %s; --no-sandbox records without",
			       strerror(-err));
	return err;
}
