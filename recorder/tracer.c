// SPDX-License-Identifier: BSD-2-Clause
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "common/message.h"
#include "recorder/attachment.h"
#include "recorder/hooks.h"
#include "recorder/load_error.h"
#include "recorder/prog_table.h"
#include "recorder/ring.h"
#include "recorder/running.h"
#include "recorder/skipped_runs.h"
#include "recorder/tracer.h"
#include "tracer.skel.h"

/* A CPU that is in the middle of a call when we come to flush it has left it this many tries on. */
#define FLUSH_TRIES 1000

/*
 * Likewise the writer of a record, unless it waits for the CPU that a real-time recorder has: from
 * Linux 7 on it can be preempted.
 */
#define READ_TRIES 100
#define READ_PAUSE_NS 1000000

struct tracer {
	struct tracer_bpf *skel;
	struct tracer_config config;
	struct ring *ring;
	struct batch *batches;      /* mapped, one per possible CPU */
	struct process_slot *slots; /* mapped */
	int cpu_cnt;
	uint64_t orphans_seen;
	struct hooks hooks;
	struct skipped_runs skipped_runs;
};

/* --- open, configure, load -------------------------------------------------------------------- */

static int print_libbpf(enum libbpf_print_level level, const char *format, va_list args)
{
	return level == LIBBPF_DEBUG ? 0 : vfprintf(stderr, format, args);
}

/* How many words a batch may use, so that several find room in a tiny ring. */
static uint32_t batch_words_for(uint64_t ring_bytes)
{
	uint64_t words = ring_bytes / 8 / sizeof(uint16_t);

	return words < BATCH_WORDS ? words : BATCH_WORDS;
}

static void configure(struct tracer *tracer)
{
	const struct tracer_config *config = &tracer->config;
	struct tracer_bpf *skel = tracer->skel;

	skel->rodata->record_all = config->record_all;
	skel->rodata->follow = config->follow;
	skel->rodata->thread_records = config->threads;
	skel->rodata->attach_by_name = config->running;
	skel->rodata->has_command = config->has_command;
	skel->rodata->record_family =
		config->has_command && !config->program_cnt && !config->record_all;
	skel->rodata->batch_words = batch_words_for(config->ring_bytes);
	skel->rodata->ring_reserve = config->ring_bytes / 8;
	skel->rodata->ring_wakeup = config->ring_bytes / 8;
	skel->rodata->process_max = config->process_max;
}

static void size_maps(struct tracer *tracer)
{
	const struct tracer_config *config = &tracer->config;
	struct tracer_bpf *skel = tracer->skel;

	bpf_map__set_max_entries(skel->maps.ring, config->ring_bytes);
	bpf_map__set_max_entries(skel->maps.pids, config->process_max);
	bpf_map__set_max_entries(skel->maps.processes, config->process_max);
	bpf_map__set_max_entries(skel->maps.free_slots, config->process_max);
	bpf_map__set_max_entries(skel->maps.batches, tracer->cpu_cnt);
	bpf_map__set_max_entries(skel->maps.segment_tasks, tracer->cpu_cnt);
	bpf_map__set_max_entries(skel->maps.attach_tgids, config->pid_cnt ? config->pid_cnt : 1);
}

static int fill_progs(struct tracer *tracer, const struct prog_table *table)
{
	int fd = bpf_map__fd(tracer->skel->maps.progs);

	for (uint32_t at = 0; at < table->place_cnt; at++)
		if (table->places[at].name[0] &&
		    bpf_map_update_elem(fd, &at, &table->places[at], BPF_ANY))
			return -errno;
	return 0;
}

static int fill_pids(struct tracer *tracer)
{
	int fd = bpf_map__fd(tracer->skel->maps.attach_tgids);
	uint32_t not_found = 0;

	for (size_t i = 0; i < tracer->config.pid_cnt; i++)
		if (bpf_map_update_elem(fd, &tracer->config.pids[i], &not_found, BPF_ANY))
			return -errno;
	return 0;
}

static void *map_memory(struct bpf_map *map, size_t sz)
{
	void *memory = mmap(NULL, sz, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);

	return memory == MAP_FAILED ? NULL : memory;
}

static int map_all(struct tracer *tracer)
{
	struct tracer_bpf *skel = tracer->skel;

	tracer->batches = map_memory(skel->maps.batches, tracer->cpu_cnt * sizeof(struct batch));
	tracer->slots = map_memory(skel->maps.processes,
				   tracer->config.process_max * sizeof(struct process_slot));
	tracer->ring = ring__new(bpf_map__fd(skel->maps.ring), tracer->config.ring_bytes);
	return tracer->batches && tracer->slots && tracer->ring ? 0 : -errno;
}

/* Runs a program in our own context, so that it sees who we are. */
static int say_hello(struct tracer *tracer)
{
	LIBBPF_OPTS(bpf_test_run_opts, options);

	return bpf_prog_test_run_opts(bpf_program__fd(tracer->skel->progs.on_hello), &options);
}

static int load_with(struct tracer *tracer, const struct prog_table *table)
{
	const struct tracer_config *config = &tracer->config;
	struct tracer_bpf *skel = tracer->skel;
	int err;

	configure(tracer);
	size_maps(tracer);
	hooks__choose(&tracer->hooks, tracer->skel);
	if (config->verbose)
		message__notice("calls are told by %s", tracer->hooks.description);
	skel->rodata->prog_seed = table->seed;
	skel->rodata->prog_mask = table->place_cnt - 1;
	bpf_map__set_max_entries(skel->maps.progs, table->place_cnt);
	err = tracer_bpf__load(skel);
	if (!err)
		err = fill_progs(tracer, table);
	if (!err)
		err = fill_pids(tracer);
	if (!err)
		err = map_all(tracer);
	if (!err)
		err = say_hello(tracer);
	return err;
}

static int load(struct tracer *tracer)
{
	struct prog_table table;
	int err = prog_table__init(&table, tracer->config.programs, tracer->config.program_cnt);

	if (!err)
		err = load_with(tracer, &table);
	prog_table__free(&table);
	return err;
}

struct tracer *tracer__new(const struct tracer_config *config)
{
	struct tracer *tracer;
	int err;

	if (load_error__check())
		return NULL;
	tracer = calloc(1, sizeof(*tracer));
	if (!tracer)
		return NULL;
	libbpf_set_print(config->verbose ? print_libbpf : NULL);
	tracer->config = *config;
	tracer->cpu_cnt = libbpf_num_possible_cpus();
	tracer->skel = tracer_bpf__open();
	err = tracer->skel ? load(tracer) : -errno;
	if (!err)
		return tracer;
	load_error__explain(err, "load the BPF programs", config->ring_bytes);
	tracer__free(tracer);
	return NULL;
}

void tracer__free(struct tracer *tracer)
{
	if (!tracer)
		return;
	ring__free(tracer->ring);
	if (tracer->batches)
		munmap(tracer->batches, tracer->cpu_cnt * sizeof(struct batch));
	if (tracer->slots)
		munmap(tracer->slots, tracer->config.process_max * sizeof(struct process_slot));
	tracer_bpf__destroy(tracer->skel);
	free(tracer);
}

/* --- attach and detach ------------------------------------------------------------------------ */

/*
 * Were a call's registers not where on_hello() has left our mark, nothing would be recorded, and
 * nobody would notice.
 */
static int check_marks(const struct tracer *tracer)
{
	if (!tracer->hooks.by_mark)
		return 0;
	syscall(SYS_getppid);
	if (__atomic_load_n(&tracer->skel->bss->has_stray_call, __ATOMIC_RELAXED))
		return 0;
	message__error(
		"this kernel shows a call's registers elsewhere than those before it, and so "
		"nothing can be recorded: please report that");
	return -ENOTSUP;
}

/*
 * In this order, so that each event of a process that is taken in finds who listens: its end before
 * all, its renames before its calls, its calls before it is taken in, its forks before its exec.
 */
int tracer__attach(struct tracer *tracer)
{
	struct tracer_bpf *skel = tracer->skel;
	const struct attachment order[] = {
		tracer->hooks.exit,
		tracer->hooks.rename,
		tracer->hooks.call,
		tracer->hooks.fork,
		{skel->progs.on_exec, &skel->links.on_exec},
		{skel->progs.on_attach, &skel->links.on_attach},
		{skel->progs.on_check_execs, &skel->links.on_check_execs},
		/* The last, and behind on_exec(): programs of a tracepoint run in this order. */
		{skel->progs.on_exec_again, &skel->links.on_exec_again},
	};
	size_t cnt = sizeof(order) / sizeof(order[0]) - !skel->rodata->has_exec_again;
	int err;

	if (running__check(&tracer->config))
		return -EINVAL;
	skel->bss->is_detaching = false;
	err = attachment__attach(order, cnt, tracer->config.ring_bytes);
	return err ? err : check_marks(tracer);
}

int tracer__attach_running(struct tracer *tracer, uint32_t *missing_pid)
{
	int err = running__take_in(&tracer->config, tracer->skel, missing_pid);

	tracer->skel->bss->is_attached = true;
	return err;
}

int tracer__rehearse(struct tracer *tracer)
{
	LIBBPF_OPTS(bpf_test_run_opts, options);

	return bpf_prog_test_run_opts(bpf_program__fd(tracer->skel->progs.on_clock), &options);
}

void tracer__check_execs(struct tracer *tracer)
{
	running__iterate(tracer->skel->links.on_check_execs);
}

void tracer__detach(struct tracer *tracer)
{
	/*
	 * Execs go first: one that is told stands behind all calls before it. Forks and exits go
	 * after the calls: a thread that nobody told of must make none, and none on the stack of
	 * one whose segment is open. Exits are told no more.
	 */
	struct bpf_link **const first[] = {
		&tracer->skel->links.on_exec,
		&tracer->skel->links.on_exec_again,
		tracer->hooks.call.link,
	};

	skipped_runs__update(&tracer->skipped_runs, tracer->skel);
	tracer->skel->bss->is_detaching = true;
	attachment__detach(tracer->skel->skeleton, first, sizeof(first) / sizeof(first[0]));
}

/* --- reading ---------------------------------------------------------------------------------- */

int tracer__ring_fd(const struct tracer *tracer)
{
	return bpf_map__fd(tracer->skel->maps.ring);
}

int tracer__read(struct tracer *tracer,
		 void (*receive)(void *context, const struct submit_info *record, uint32_t sz),
		 void *context)
{
	const struct timespec pause = {.tv_nsec = READ_PAUSE_NS};
	uint64_t end = ring__end(tracer->ring);
	int err;

	/* -EAGAIN: reserved, but its writer was interrupted. It goes on as soon as it gets the CPU.
	 */
	for (int tries = 1;; tries++) {
		err = ring__read(tracer->ring, end, receive, context, tracer->config.give_up);
		if (err != -EAGAIN)
			return err;
		if (tries < READ_TRIES)
			sched_yield();
		else
			nanosleep(&pause, NULL);
	}
}

/* Of a CPU on which no program runs; a segment may still be open. */
static void take_batch(struct batch *batch,
		       void (*receive)(void *context, const struct submit_info *record,
				       uint32_t sz),
		       void *context)
{
	struct segment *segment = (void *)&batch->words[batch->segment_start];

	if (batch->is_open)
		segment->word_cnt = batch->word_cnt - batch->segment_start - SEGMENT_WORDS;
	batch->is_open = false;
	batch->lone_thread = batch->shared_thread = 0;
	batch->info.kind = SUBMIT_CALLS;
	batch->info.sz = sizeof(batch->info) + batch->word_cnt * sizeof(batch->words[0]);
	receive(context, &batch->info, batch->info.sz);
	batch->word_cnt = 0;
}

enum flush_result { FLUSH_EMPTY, FLUSH_BUSY, FLUSH_FULL, FLUSH_OFFLINE };

/* Runs on_flush() on the CPU; the answers are its own. */
static enum flush_result flush_cpu(struct tracer *tracer, int cpu)
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .flags = BPF_F_TEST_RUN_ON_CPU, .cpu = cpu);
	int err = bpf_prog_test_run_opts(bpf_program__fd(tracer->skel->progs.on_flush), &options);

	if (err == -ENXIO)
		return FLUSH_OFFLINE;
	return err ? FLUSH_BUSY : options.retval;
}

/*
 * A CPU that is offline runs no programs, so what they left can be taken from here. It may come
 * back at any time: its programs then find the batch held, and count their calls as lost.
 */
static enum flush_result
flush_offline(struct tracer *tracer, int cpu,
	      void (*receive)(void *context, const struct submit_info *record, uint32_t sz),
	      void *context)
{
	struct batch *batch = &tracer->batches[cpu];
	enum flush_result result;

	__atomic_store_n(&batch->held, true, __ATOMIC_SEQ_CST);
	result = flush_cpu(tracer, cpu);
	if (result == FLUSH_OFFLINE) {
		take_batch(batch, receive, context);
		result = FLUSH_EMPTY;
	}
	__atomic_store_n(&batch->held, false, __ATOMIC_RELEASE);
	return result;
}

/*
 * Nothing to do on a CPU whose batch is empty and not being worked on. That we can see it from here
 * is safe: a call that something before the round depends on was over by then, and its stores were
 * seen by others already.
 */
static bool is_idle(const struct batch *batch)
{
	return !__atomic_load_n(&batch->taken, __ATOMIC_ACQUIRE) &&
	       !__atomic_load_n(&batch->word_cnt, __ATOMIC_ACQUIRE);
}

int tracer__flush(struct tracer *tracer,
		  void (*receive)(void *context, const struct submit_info *record, uint32_t sz),
		  void *context)
{
	int err = 0;

	for (int cpu = 0; cpu < tracer->cpu_cnt; cpu++) {
		enum flush_result result = FLUSH_EMPTY;

		if (is_idle(&tracer->batches[cpu]))
			continue;
		for (int tries = 0; tries < FLUSH_TRIES; tries++) {
			result = flush_cpu(tracer, cpu);
			if (result != FLUSH_BUSY)
				break;
			sched_yield();
		}
		if (result == FLUSH_OFFLINE)
			result = flush_offline(tracer, cpu, receive, context);
		if (result != FLUSH_EMPTY)
			err = -EAGAIN;
	}
	return err;
}

uint64_t tracer__clock(struct tracer *tracer)
{
	LIBBPF_OPTS(bpf_test_run_opts, options);

	/* The last answer where it fails: then less is known to be past than could be. */
	bpf_prog_test_run_opts(bpf_program__fd(tracer->skel->progs.on_clock), &options);
	return tracer->skel->bss->clock_stamp;
}

/* --- the maps --------------------------------------------------------------------------------- */

int32_t tracer__family_live(const struct tracer *tracer)
{
	return __atomic_load_n(&tracer->skel->bss->family_live, __ATOMIC_ACQUIRE);
}

static uint32_t slots_in_use(const struct tracer *tracer)
{
	uint32_t used = __atomic_load_n(&tracer->skel->bss->slots_used, __ATOMIC_ACQUIRE);

	return used < tracer->config.process_max ? used : tracer->config.process_max;
}

static struct tracer_process read_slot(const struct process_slot *slot)
{
	return (struct tracer_process){
		.instance = slot->instance,
		.lost = slot->lost,
		.tgid = slot->tgid,
	};
}

void tracer__for_each(struct tracer *tracer,
		      void (*visit)(void *context, const struct tracer_process *process),
		      void *context)
{
	for (uint32_t i = 0; i < slots_in_use(tracer); i++) {
		struct tracer_process process = read_slot(&tracer->slots[i]);

		if (process.instance && !tracer->slots[i].is_orphan)
			visit(context, &process);
	}
}

void tracer__collect_orphans(struct tracer *tracer,
			     void (*visit)(void *context, const struct tracer_process *process),
			     void *context)
{
	uint64_t cnt = __atomic_load_n(&tracer->skel->bss->orphan_cnt, __ATOMIC_ACQUIRE);
	int free_slots = bpf_map__fd(tracer->skel->maps.free_slots);

	if (cnt == tracer->orphans_seen)
		return;
	tracer->orphans_seen = cnt;
	for (uint32_t i = 0; i < slots_in_use(tracer); i++) {
		struct process_slot *slot = &tracer->slots[i];
		struct tracer_process process;

		/* First: only then has everything else in the slot its last value. */
		if (!__atomic_load_n(&slot->is_orphan, __ATOMIC_ACQUIRE))
			continue;
		process = read_slot(slot);
		if (process.instance)
			visit(context, &process);
		slot->is_orphan = 0;
		slot->instance = 0;
		bpf_map_update_elem(free_slots, NULL, &i, BPF_ANY);
	}
}

struct tracer_losses tracer__losses(struct tracer *tracer)
{
	const struct tracer_bpf *skel = tracer->skel;
	struct tracer_losses losses = {
		.processes_not_taken_in = skel->bss->losses[LOSS_PROCESSES_NOT_TAKEN_IN],
		.process_records = skel->bss->losses[LOSS_PROCESS_RECORDS],
		.execs_not_remembered = skel->bss->losses[LOSS_EXECS_NOT_REMEMBERED],
	};

	skipped_runs__update(&tracer->skipped_runs, tracer->skel);
	losses.skipped_runs = skipped_runs__cnt(&tracer->skipped_runs);
	return losses;
}
