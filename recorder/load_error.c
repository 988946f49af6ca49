// SPDX-License-Identifier: BSD-2-Clause
#include <cap-ng.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/message.h"
#include "recorder/kernel_release.h"
#include "recorder/load_error.h"

#define BTF_PATH "/sys/kernel/btf/vmlinux"
#define LOCKDOWN_PATH "/sys/kernel/security/lockdown"

/* What the BPF programs need of a kernel is all there since this release. */
#define KERNEL_MAJOR 5
#define KERNEL_MINOR 15

static bool has_capability(unsigned int capability)
{
	return capng_have_capability(CAPNG_EFFECTIVE, capability);
}

/* For the line that gives it what it needs; a fixed buffer. */
static const char *own_path(void)
{
	static char path[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (len < 0)
		return "loader_and_logger";
	path[len] = '\0';
	return message__quote(path);
}

static int check_capabilities(void)
{
	bool has_bpf, has_perfmon;
	const char *missing;

	capng_get_caps_process();
	has_bpf = has_capability(CAP_SYS_ADMIN) || has_capability(CAP_BPF);
	has_perfmon = has_capability(CAP_SYS_ADMIN) || has_capability(CAP_PERFMON);
	if (has_bpf && has_perfmon)
		return 0;
	missing = has_perfmon ? "CAP_BPF" : has_bpf ? "CAP_PERFMON" : "CAP_BPF and CAP_PERFMON";
	if (geteuid())
		message__error("recording needs %s: run it with sudo, or let root give it to all "
			       "users of the program: setcap cap_bpf,cap_perfmon+ep %s",
			       missing, own_path());
	else
		message__error("recording needs %s, which root has not got here: give it to the "
			       "container or service that this runs in",
			       missing);
	return -EPERM;
}

static bool is_locked_down(void)
{
	char line[128] = "";
	FILE *file = fopen(LOCKDOWN_PATH, "re");

	if (!file)
		return false;
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	return strstr(line, "[confidentiality]");
}

static bool is_too_old(struct kernel_release *kernel)
{
	return !kernel_release__get(kernel) &&
	       kernel_release__is_before(kernel, KERNEL_MAJOR, KERNEL_MINOR);
}

/* With room to spare. libbpf may take having none for something else, such as a missing feature. */
#define FDS_NEEDED 64

/* The limit of file descriptors, where it is too low; else 0. */
static unsigned long low_fd_limit(void)
{
	struct rlimit limit;

	return !getrlimit(RLIMIT_NOFILE, &limit) && limit.rlim_cur < FDS_NEEDED ? limit.rlim_cur
										: 0;
}

int load_error__check(void)
{
	if (check_capabilities())
		return -EPERM;
	if (is_locked_down()) {
		message__error("the kernel is locked down in confidentiality mode, which forbids "
			       "tracing: boot it without lockdown=confidentiality");
		return -EPERM;
	}
	return 0;
}

void load_error__explain(int err, const char *what, uint64_t ring_bytes)
{
	struct kernel_release kernel;

	if (is_too_old(&kernel))
		message__error("kernel %s is too old: recording needs Linux %d.%d or newer",
			       kernel.text, KERNEL_MAJOR, KERNEL_MINOR);
	else if (access(BTF_PATH, R_OK))
		message__error("the kernel has no type information (%s): recording needs one built "
			       "with CONFIG_DEBUG_INFO_BTF",
			       BTF_PATH);
	else if (err == -ENOMEM || err == -E2BIG)
		message__error(
			"cannot %s: the kernel has no memory for a ring buffer of %llu bytes "
			"and the other maps: try a smaller --buffer or --max-processes",
			what, (unsigned long long)ring_bytes);
	else if (low_fd_limit())
		message__error("cannot %s: only %lu files may be open (ulimit -n), and recording "
			       "needs %d",
			       what, low_fd_limit(), FDS_NEEDED);
	else
		message__error("cannot %s: %s; --verbose shows what the kernel says", what,
			       strerror(-err));
}
