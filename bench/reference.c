// SPDX-License-Identifier: BSD-2-Clause
/*
 * reference floor -- COMMAND...            an empty program at sys_enter while COMMAND runs
 * reference naive [-o FILE] -- COMMAND...  records COMMAND and its descendants the naive way
 *
 * What the recorder is compared with. It is loaded, attached, and detached as the recorder is, and
 * starts COMMAND as the recorder does. The last line on stderr counts:
 *
 *     reference: attached to tp/raw_syscalls/sys_enter, recorded 1000042, dropped 0
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/naive.h"
#include "common/message.h"
#include "recorder/attachment.h"
#include "recorder/command.h"
#include "recorder/load_error.h"
#include "recorder/signals.h"
#include "bench/floor.skel.h"
#include "bench/naive.skel.h"

#define POLL_MS 20
#define RING_BYTES (16 * 1024 * 1024)

static int start(struct command *command, char **argv)
{
	struct command_user nobody_else = {0};

	return command__start(command, argv, &nobody_else);
}

/* --- floor ------------------------------------------------------------------------------------ */

static int run_floor(struct command *command, char **argv)
{
	struct floor_bpf *skel = floor_bpf__open_and_load();
	struct attachment attachment;
	int err;

	if (!skel) {
		load_error__explain(-errno, "load the empty program", 0);
		return -1;
	}
	attachment = (struct attachment){skel->progs.on_sys_enter, &skel->links.on_sys_enter};
	err = attachment__attach(&attachment, 1, 0);
	if (!err)
		err = start(command, argv);
	while (!err && !command->has_ended) {
		/* SIGCHLD ends it early, unless it came just before. */
		usleep(POLL_MS * 1000);
		command__check(command);
	}
	attachment__detach(skel->skeleton, NULL, 0);
	floor_bpf__destroy(skel);
	return err;
}

/* --- naive ------------------------------------------------------------------------------------ */

struct naive {
	struct naive_bpf *skel;
	const char *hook;
	FILE *log;
	unsigned long long record_cnt;
};

static int write_line(void *context, void *data, size_t sz)
{
	struct naive *naive = context;
	const struct naive_record *record = data;

	(void)sz;
	naive->record_cnt++;
	if (fprintf(naive->log, "%u:%lld:%s\n", record->tgid, (long long)record->syscall_nr,
		    record->comm) < 0)
		return -errno;
	return 0;
}

/* tp needs tracefs, which may not be there: it is tried, and raw_tp taken where it fails. */
static int attach_naive(struct naive *naive)
{
	struct naive_bpf *skel = naive->skel;
	struct attachment rest[] = {
		{skel->progs.on_fork, &skel->links.on_fork},
		{skel->progs.on_sys_enter_raw, &skel->links.on_sys_enter_raw},
	};
	int err;

	naive->hook = "tp/raw_syscalls/sys_enter";
	skel->links.on_sys_enter_tp = bpf_program__attach(skel->progs.on_sys_enter_tp);
	err = attachment__attach(rest, skel->links.on_sys_enter_tp ? 1 : 2, RING_BYTES);
	if (skel->links.on_sys_enter_tp)
		return err;
	naive->hook = "raw_tp/sys_enter";
	return err;
}

/* COMMAND inherits from us that it is recorded; we ourselves are not, once it has been started. */
static int start_recorded(struct naive *naive, struct command *command, char **argv)
{
	int fd = bpf_map__fd(naive->skel->maps.tgids), err;
	__u32 self = getpid();
	__u8 yes = 1;

	if (bpf_map_update_elem(fd, &self, &yes, BPF_ANY))
		return -errno;
	err = start(command, argv);
	bpf_map_delete_elem(fd, &self);
	return err;
}

static int read_naive(struct naive *naive, struct command *command)
{
	struct ring_buffer *ring =
		ring_buffer__new(bpf_map__fd(naive->skel->maps.ring), write_line, naive, NULL);
	int err = ring ? 0 : -errno;

	while (!err && !command->has_ended) {
		int cnt = ring_buffer__poll(ring, POLL_MS);

		err = cnt < 0 && cnt != -EINTR ? cnt : 0;
		command__check(command);
	}
	attachment__detach(naive->skel->skeleton, NULL, 0);
	if (!err)
		err = ring_buffer__consume(ring) < 0 ? -EIO : 0;
	ring_buffer__free(ring);
	return err;
}

static int run_naive(struct naive *naive, struct command *command, char **argv)
{
	int err;

	naive->skel = naive_bpf__open_and_load();
	if (!naive->skel) {
		load_error__explain(-errno, "load the naive program", RING_BYTES);
		return -1;
	}
	err = attach_naive(naive);
	if (!err)
		err = start_recorded(naive, command, argv);
	if (!err)
		err = read_naive(naive, command);
	message__notice("attached to %s, recorded %llu, dropped %llu", naive->hook,
			naive->record_cnt, (unsigned long long)naive->skel->bss->drop_cnt);
	naive_bpf__destroy(naive->skel);
	return err;
}

/* --- both ------------------------------------------------------------------------------------- */

static int run_naive_to(const char *path, struct command *command, char **argv)
{
	struct naive naive = {.log = fopen(path, "we")};
	int err;

	if (!naive.log) {
		message__error("%s: %s", path, strerror(errno));
		return -1;
	}
	err = run_naive(&naive, command, argv);
	if (fclose(naive.log) && !err) {
		message__error("%s: %s", path, strerror(errno));
		return -1;
	}
	return err;
}

static int silent(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

int main(int argc, char **argv)
{
	const char *path = "/dev/null", *what = argc > 1 ? argv[1] : "";
	struct command command = {0};
	int option, err;

	message__init("reference");
	while (argc > 1 && (option = getopt(argc - 1, argv + 1, "+o:")) >= 0)
		if (option == 'o')
			path = optarg;
	argv += 1 + optind;
	if ((strcmp(what, "floor") && strcmp(what, "naive")) || !*argv) {
		message__error("usage: reference floor|naive [-o FILE] -- COMMAND...");
		return 2;
	}
	libbpf_set_print(silent);
	if (load_error__check() || signals__catch())
		return 1;
	if (!strcmp(what, "floor"))
		err = run_floor(&command, argv);
	else
		err = run_naive_to(path, &command, argv);
	return err ? 1 : command__exit_status(&command);
}
