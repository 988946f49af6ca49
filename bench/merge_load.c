// SPDX-License-Identifier: BSD-2-Clause
/*
 * merge_load CPUS CALLS [shared] - the recorder's user side without a kernel side: batches of CPUS
 * CPUs, as shared.h has them, go through the merge to lines in /dev/null. Each CPU has one process
 * with one thread; with `shared` all run threads of the same process, that take turns call by call.
 *
 *     cpus 64 calls 10000000 ns 12.3
 */
#include <errno.h>
#include <error.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "recorder/output.h"
#include "recorder/record.h"

/* The reader is woken when an eighth of a ring of 16 MiB is full: so many batches come at once. */
#define BATCHES_PER_ROUND 512
#define FIRST_TGID 1000
#define ID 39

struct load {
	long cpu_cnt, call_cnt;
	bool is_shared;
	struct merge *merge;
	uint64_t stamp; /* of the next call of all */
	long sent;
};

struct calls_record {
	struct submit_info info;
	struct segment segment;
	uint16_t words[BATCH_WORDS - SEGMENT_WORDS];
};

static bool never(void)
{
	return false;
}

static void send(struct load *load, const struct submit_info *record)
{
	int err = record__dispatch(load->merge, record, record->sz);

	if (err)
		error(1, -err, "record");
}

/* The process (with `shared` the only one) that runs on the CPU. */
static uint32_t slot_of(const struct load *load, long cpu)
{
	return load->is_shared ? 0 : cpu;
}

static uint64_t instance_of(uint32_t slot)
{
	return 1ULL << 32 | slot;
}

static void begin_process(struct load *load, uint32_t slot)
{
	struct process_record record = {
		.info = {.kind = SUBMIT_FORK, .sz = sizeof(record)},
		.instance = instance_of(slot),
		.stamp = load->stamp,
		.tgid = FIRST_TGID + slot,
		.tid = FIRST_TGID + slot,
		.ppid = 1,
		.comm = "load",
	};

	send(load, &record.info);
}

/* Calls of one thread: nothing comes between them. Returns how many. */
static long fill_lone(struct calls_record *record)
{
	long cnt = sizeof(record->words) / sizeof(record->words[0]);

	for (long i = 0; i < cnt; i++)
		record->words[i] = ID;
	record->segment.word_cnt = cnt;
	return cnt;
}

/* Between two calls every other CPU makes one. */
static long fill_shared(struct calls_record *record, long cpu_cnt)
{
	long cnt = sizeof(record->words) / sizeof(record->words[0]) / 2;

	for (long i = 0; i < cnt; i++) {
		record->words[2 * i] = ID;
		record->words[2 * i + 1] = WORD_SKIP + cpu_cnt - 2;
	}
	record->segment.word_cnt = 2 * cnt;
	return cnt;
}

static void prepare(const struct load *load, struct calls_record *record, long cpu)
{
	uint32_t slot = slot_of(load, cpu);

	memset(record, 0, offsetof(struct calls_record, words));
	record->info.kind = SUBMIT_CALLS;
	record->segment.instance = instance_of(slot);
	record->segment.tgid = FIRST_TGID + slot;
	record->segment.tid = FIRST_TGID + cpu;
	strcpy(record->segment.comm, "load");
}

/* One batch of every CPU. */
static void send_all(struct load *load, struct calls_record *record)
{
	long cnt = 0;

	for (long cpu = 0; cpu < load->cpu_cnt; cpu++) {
		prepare(load, record, cpu);
		cnt = load->is_shared ? fill_shared(record, load->cpu_cnt) : fill_lone(record);
		record->segment.stamp = load->stamp + cpu;
		record->info.sz = sizeof(record->info) + sizeof(record->segment) +
				  record->segment.word_cnt * sizeof(record->words[0]);
		send(load, &record->info);
		load->sent += cnt;
	}
	load->stamp += cnt * load->cpu_cnt;
}

static void run(struct load *load)
{
	struct calls_record *record = malloc(sizeof(*record));
	long per_round = BATCHES_PER_ROUND / load->cpu_cnt ?: 1;

	if (!record)
		error(1, ENOMEM, "record");
	for (long slot = 0; slot <= slot_of(load, load->cpu_cnt - 1); slot++)
		begin_process(load, slot);
	load->stamp++;
	while (load->sent < load->call_cnt) {
		for (long i = 0; i < per_round; i++)
			send_all(load, record);
		merge__begin_round(load->merge, load->stamp);
		merge__end_round(load->merge);
	}
	merge__close(load->merge);
	free(record);
}

static void measure(struct load *load, struct output *output)
{
	struct process_output merge_output = output__of(output);
	struct merge_totals totals;
	uint64_t start = clock__now_ns();

	load->merge = merge__new(load->cpu_cnt, false, &merge_output);
	if (!load->merge)
		error(1, ENOMEM, "merge");
	run(load);
	totals = merge__totals(load->merge);
	if (totals.calls != (uint64_t)load->sent || totals.lost)
		error(1, 0, "%ld calls went in, %llu came out, %llu were lost", load->sent,
		      (unsigned long long)totals.calls, (unsigned long long)totals.lost);
	printf("cpus %ld calls %ld ns %.3f\n", load->cpu_cnt, load->sent,
	       (double)(clock__now_ns() - start) / load->sent);
	merge__free(load->merge);
}

int main(int argc, char **argv)
{
	struct load load = {.is_shared = argc == 4 && !strcmp(argv[3], "shared")};
	struct output_file *file;
	struct output output = {0};

	if (argc == 3 || load.is_shared) {
		load.cpu_cnt = strtol(argv[1], NULL, 10);
		load.call_cnt = strtol(argv[2], NULL, 10);
	}
	if (load.cpu_cnt < 2 || load.cpu_cnt > SHORT_SKIP_MAX || load.call_cnt < 1)
		error(2, 0, "usage: merge_load CPUS CALLS [shared], with 2 to %d CPUs",
		      SHORT_SKIP_MAX);
	file = output_file__open("/dev/null", never);
	output.ids = file ? id_log__new(file, NULL) : NULL;
	output.events = event_log__new(NULL);
	if (!output.ids || !output.events)
		error(1, ENOMEM, "output");
	measure(&load, &output);
	id_log__free(output.ids);
	event_log__free(output.events);
	return output_file__close(file) ? 1 : 0;
}
