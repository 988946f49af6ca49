// SPDX-License-Identifier: BSD-2-Clause
/*
 * hot_path ROUNDS LOOP [ARG...] - what is in the path of a call, and nothing else: no log is
 * written. One loop goes on all the time, and the programs are attached and detached around it, so
 * that between two of the figures that are compared lies a tenth of a second, and a slow spell of
 * the machine meets all of them. LOOP makes its calls, and prints what they took, once for each
 * line that it reads (bench/loop.c, with -i). One line a round, in ns:
 *
 *     none 93.2 empty 127.1 not_recorded 129.8 recorded 135.0
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <error.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/floor.skel.h"
#include "common/message.h"
#include "recorder/attachment.h"
#include "recorder/load_error.h"
#include "recorder/tracer.h"

#define RING_BYTES (16 * 1024 * 1024)
#define PROCESS_MAX 65536

struct loop {
	pid_t pid;
	FILE *commands, *answers;
};

/* What is measured: any of them may be attached while the loop runs. */
struct subjects {
	struct floor_bpf *floor;
	struct tracer *not_recorded, *recorded;
};

/* --- the loop --------------------------------------------------------------------------------- */

static void __attribute__((noreturn)) be_loop(char **argv, int commands, int answers)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (dup2(commands, STDIN_FILENO) < 0 || dup2(answers, STDOUT_FILENO) < 0)
		error(1, errno, "dup2");
	execvp(argv[0], argv);
	error(1, errno, "%s", argv[0]);
	abort();
}

static struct loop start_loop(char **argv)
{
	int commands[2], answers[2];
	struct loop loop;

	if (pipe2(commands, O_CLOEXEC) || pipe2(answers, O_CLOEXEC))
		error(1, errno, "pipe");
	loop.pid = fork();
	if (loop.pid < 0)
		error(1, errno, "fork");
	if (loop.pid == 0)
		be_loop(argv, commands[0], answers[1]);
	close(commands[0]);
	close(answers[1]);
	loop.commands = fdopen(commands[1], "w");
	loop.answers = fdopen(answers[0], "r");
	if (!loop.commands || !loop.answers)
		error(1, errno, "fdopen");
	return loop;
}

/* ns of a call */
static double run_loop(struct loop *loop)
{
	char line[256];
	const char *ns;

	fputs("\n", loop->commands);
	if (fflush(loop->commands) || !fgets(line, sizeof(line), loop->answers))
		error(1, 0, "the loop has ended");
	ns = strstr(line, " ns ");
	if (!ns)
		error(1, 0, "the loop says: %s", line);
	return strtod(ns + strlen(" ns "), NULL);
}

static void end_loop(struct loop *loop)
{
	fclose(loop->commands);
	fclose(loop->answers);
	waitpid(loop->pid, NULL, 0);
}

/* --- what is attached ------------------------------------------------------------------------- */

static bool never(void)
{
	return false;
}

static void ignore(void *context, const struct submit_info *record, uint32_t sz)
{
	(void)context;
	(void)record;
	(void)sz;
}

static void need(bool condition)
{
	/* Whatever failed has said why. */
	if (!condition)
		exit(1);
}

static struct tracer *load_tracer(const uint32_t *pid)
{
	static const char *const nobody[] = {"no-such-program"};
	struct tracer_config config = {
		.programs = nobody,
		.program_cnt = pid ? 0 : 1,
		.pids = pid,
		.pid_cnt = pid ? 1 : 0,
		.ring_bytes = RING_BYTES,
		.process_max = PROCESS_MAX,
		.give_up = never,
	};
	struct tracer *tracer = tracer__new(&config);

	need(tracer);
	return tracer;
}

static double with_floor(struct floor_bpf *floor, struct loop *loop)
{
	struct attachment attachment = {floor->progs.on_sys_enter, &floor->links.on_sys_enter};
	double ns;

	need(!attachment__attach(&attachment, 1, 0));
	ns = run_loop(loop);
	attachment__detach(floor->skeleton, NULL, 0);
	return ns;
}

static double with_tracer(struct tracer *tracer, struct loop *loop)
{
	uint32_t missing;
	double ns;

	need(!tracer__attach(tracer) && !tracer__attach_running(tracer, &missing) && !missing);
	ns = run_loop(loop);
	tracer__flush(tracer, ignore, NULL);
	tracer__read(tracer, ignore, NULL);
	tracer__detach(tracer);
	return ns;
}

static double measure(int which, struct subjects *subjects, struct loop *loop)
{
	switch (which) {
	case 1:
		return with_floor(subjects->floor, loop);
	case 2:
		return with_tracer(subjects->not_recorded, loop);
	case 3:
		return with_tracer(subjects->recorded, loop);
	}
	return run_loop(loop);
}

static void run_rounds(long rounds, struct subjects *subjects, struct loop *loop)
{
	/* The first calls of a process are no measure. */
	run_loop(loop);
	for (long round = 0; round < rounds; round++) {
		double ns[4];

		for (int turn = 0; turn < 4; turn++) {
			int which = (round + turn) % 4;

			ns[which] = measure(which, subjects, loop);
		}
		printf("none %.3f empty %.3f not_recorded %.3f recorded %.3f\n", ns[0], ns[1],
		       ns[2], ns[3]);
	}
}

int main(int argc, char **argv)
{
	long rounds = argc > 2 ? strtol(argv[1], NULL, 10) : 0;
	struct subjects subjects;
	struct loop loop;
	uint32_t pid;

	message__init("hot_path");
	if (rounds < 1)
		error(2, 0, "usage: hot_path ROUNDS LOOP [ARG...]");
	need(!load_error__check());
	loop = start_loop(argv + 2);
	pid = loop.pid;
	subjects.floor = floor_bpf__open_and_load();
	if (!subjects.floor)
		error(1, errno, "the empty program");
	subjects.not_recorded = load_tracer(NULL);
	subjects.recorded = load_tracer(&pid);
	run_rounds(rounds, &subjects, &loop);
	end_loop(&loop);
	tracer__free(subjects.recorded);
	tracer__free(subjects.not_recorded);
	floor_bpf__destroy(subjects.floor);
	return 0;
}
