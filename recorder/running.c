// SPDX-License-Identifier: BSD-2-Clause
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/message.h"
#include "recorder/running.h"
#include "tracer.skel.h"

/* The inode of the initial pid namespace, PROC_PID_INIT_INO of include/linux/proc_ns.h. */
#define INITIAL_PID_NS 0xEFFFFFFCU

static bool wants_running(const struct tracer_config *config)
{
	return config->record_all || config->running || config->pid_cnt;
}

/* An iterator over tasks sees those of our own pid namespace only, and the log has initial pids. */
int running__check(const struct tracer_config *config)
{
	struct stat status;

	if (!wants_running(config))
		return 0;
	if (stat("/proc/self/ns/pid", &status) || status.st_ino == INITIAL_PID_NS)
		return 0;
	message__error(
		"running processes can only be found from the initial pid namespace: run this "
		"outside of the container, or without --pid, --running and '*'");
	return -EINVAL;
}

int running__iterate(struct bpf_link *iterator)
{
	int fd = bpf_iter_create(bpf_link__fd(iterator)), err = 0;
	char nothing;

	if (fd < 0)
		return -errno;
	if (read(fd, &nothing, sizeof(nothing)) < 0)
		err = -errno;
	close(fd);
	return err;
}

static uint32_t find_missing_pid(const struct tracer_config *config, const struct tracer_bpf *skel)
{
	int fd = bpf_map__fd(skel->maps.attach_tgids);

	for (size_t i = 0; i < config->pid_cnt; i++) {
		uint32_t is_found = 0;

		bpf_map_lookup_elem(fd, &config->pids[i], &is_found);
		if (!is_found)
			return config->pids[i];
	}
	return 0;
}

static int run(struct tracer_bpf *skel, bool is_marking)
{
	struct tracer_bpf__bss *bss = skel->bss;

	bss->is_marking = is_marking;
	bss->marked_cnt = bss->attached_cnt = bss->not_attached_cnt = 0;
	return running__iterate(skel->links.on_attach);
}

static int take_in_all(struct tracer_bpf *skel)
{
	int err;

	do {
		do
			err = run(skel, true);
		while (!err && skel->bss->marked_cnt);
		if (!err)
			err = run(skel, false);
	} while (!err && (skel->bss->marked_cnt || skel->bss->attached_cnt));
	return err;
}

int running__take_in(const struct tracer_config *config, struct tracer_bpf *skel,
		     uint32_t *missing_pid)
{
	struct tracer_bpf__bss *bss = skel->bss;
	int err;

	*missing_pid = 0;
	if (!wants_running(config))
		return 0;
	err = take_in_all(skel);
	if (err) {
		message__error("cannot look at the running processes: %s", strerror(-err));
		return err;
	}
	/* Those of the last run are those that stayed out. */
	__atomic_fetch_add(&bss->losses[LOSS_PROCESSES_NOT_TAKEN_IN], bss->not_attached_cnt,
			   __ATOMIC_RELAXED);
	*missing_pid = find_missing_pid(config, skel);
	return 0;
}
