/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_HISTORY_WORLD_H
#define TESTS_UNIT_HISTORY_WORLD_H

#include "tests/unit/merge_scene.h"

/*
 * A small kernel side: the batches of some CPUs, which lose calls now and then. It does what
 * tracer/segments.bpf.h and calls.bpf.h do, but for what is there only to make it fast.
 */

#define CPUS 4
#define THREADS 5
#define TGID 42
#define PROCESS INSTANCE(1, 3)
#define BATCH_ROOM 160
#define ROOM_FOR_CALL (SEGMENT_WORDS + WORDS_PER_CALL_MAX + 4)
#define RING_RECORDS 8192

/* The tid is TGID and the thread's place. */
struct thread_state {
	bool is_alive;
	uint32_t tid;
	uint32_t cpu;
	char comm[COMM_SZ];
	char first_comm[COMM_SZ]; /* when it started */
	bool in_exec;             /* its last call is an exec that is not yet over */
	bool had_exec;
	bool is_exec_lost;
	size_t exec_item;
	int64_t exec_id;
	uint64_t exec_stamp;
};

/* What truly happened, in order. */
struct item {
	bool is_lost;
	bool is_moved; /* an exec's call, which stands with the exec's outcome */
	bool has_line;
	char text[128];
};

struct cpu {
	uint16_t words[BATCH_ROOM + 64];
	size_t word_cnt;
	size_t segment_start;
	bool is_open;
	bool is_lone, is_shared; /* the open segment's process has one thread, or several */
	uint32_t tid;
	char comm[COMM_SZ];
	uint64_t next_stamp;
	uint64_t lost;
};

struct world {
	uint64_t random;
	struct scene scene;
	bool with_threads;
	uint64_t clock;
	struct cpu cpus[CPUS];
	size_t batch_room;
	struct thread_state threads[THREADS];
	bool is_shared;
	uint64_t calls, lost;
	struct item *items;
	size_t item_cnt, item_room;
	struct submit_info *ring[RING_RECORDS];
	size_t ring_start, ring_end;
	bool is_ring_full;
	uint32_t drop_percent;
	bool has_ended;
};

/* xorshift64*: the same everywhere. */
static inline uint32_t below(struct world *world, uint32_t limit)
{
	world->random ^= world->random >> 12;
	world->random ^= world->random << 25;
	world->random ^= world->random >> 27;
	return (world->random * 0x2545F4914F6CDD1DULL >> 32) % limit;
}

static inline bool chance(struct world *world, uint32_t percent)
{
	return below(world, 100) < percent;
}

/* Nearly always a little: a short skip. Then a long one, and one that takes a new segment. */
static inline uint64_t time_passes(struct world *world)
{
	uint32_t much = below(world, 1000);

	if (much < 900)
		world->clock += 1 + below(world, 4);
	else if (much < 950)
		world->clock += 1 + below(world, 3000);
	else if (much < 997)
		world->clock += 1 + below(world, 200000);
	else
		world->clock += SKIP_MAX - 2 + below(world, 4);
	return world->clock;
}

static inline struct item *note(struct world *world, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static inline struct item *note(struct world *world, const char *format, ...)
{
	struct item *item;
	va_list args;

	if (world->item_cnt == world->item_room) {
		world->item_room = 2 * world->item_room + 64;
		world->items =
			need(realloc(world->items, world->item_room * sizeof(*world->items)));
	}
	item = &world->items[world->item_cnt++];
	*item = (struct item){0};
	va_start(args, format);
	assert_in_range(vsnprintf(item->text, sizeof(item->text), format, args), 0,
			sizeof(item->text) - 1);
	va_end(args);
	return item;
}

/* --- the kernel side: batches ----------------------------------------------------------------- */

static inline void put_in_ring(struct world *world, const void *record, size_t sz)
{
	struct submit_info *copy = need(malloc(sz));

	memcpy(copy, record, sz);
	assert_true(world->ring_end < RING_RECORDS);
	world->ring[world->ring_end++] = copy;
}

static inline void close_segment(struct cpu *cpu)
{
	uint32_t word_cnt = cpu->word_cnt - cpu->segment_start - SEGMENT_WORDS;

	cpu->is_lone = cpu->is_shared = false;
	if (!cpu->is_open)
		return;
	memcpy((char *)&cpu->words[cpu->segment_start] + offsetof(struct segment, word_cnt),
	       &word_cnt, sizeof(word_cnt));
	cpu->word_cnt = (cpu->word_cnt + 3) & ~(size_t)3;
	cpu->is_open = false;
}

/* False: the ring has no room, and the batch stays. */
static inline bool submit_batch(struct world *world, struct cpu *cpu)
{
	struct {
		struct submit_info info;
		uint16_t words[BATCH_ROOM + 64];
	} record = {.info = {.kind = SUBMIT_CALLS}};

	close_segment(cpu);
	if (!cpu->word_cnt)
		return true;
	if (world->is_ring_full)
		return false;
	record.info.sz = sizeof(record.info) + cpu->word_cnt * sizeof(uint16_t);
	memcpy(record.words, cpu->words, cpu->word_cnt * sizeof(uint16_t));
	put_in_ring(world, &record, record.info.sz);
	cpu->word_cnt = 0;
	return true;
}

static inline void append(struct cpu *cpu, const uint16_t *words, size_t cnt)
{
	memcpy(cpu->words + cpu->word_cnt, words, cnt * sizeof(*words));
	cpu->word_cnt += cnt;
}

static inline void open_segment(struct world *world, struct cpu *cpu,
				const struct thread_state *thread)
{
	struct segment head = {
		.instance = PROCESS,
		.stamp = world->clock,
		.tgid = TGID,
		.tid = thread->tid,
		.lost = world->lost,
	};

	close_segment(cpu);
	memcpy(head.comm, thread->comm, COMM_SZ);
	memcpy(cpu->comm, thread->comm, COMM_SZ);
	cpu->tid = thread->tid;
	cpu->lost = world->lost;
	cpu->segment_start = cpu->word_cnt;
	cpu->next_stamp = world->clock;
	cpu->is_open = true;
	append(cpu, (const uint16_t *)&head, SEGMENT_WORDS);
}

static inline void append_call(struct cpu *cpu, uint64_t skipped, int64_t id, bool is_exec)
{
	if (skipped > SHORT_SKIP_MAX)
		append(cpu, WORDS(LONG_SKIP(skipped)));
	else if (skipped)
		append(cpu, WORDS(SKIP(skipped)));
	if (is_exec)
		append(cpu, WORDS(EXEC));
	if (id >= 0 && id < WORD_SKIP)
		append(cpu, WORDS(id));
	else
		append(cpu, WORDS(WIDE(id)));
}

/* The process has one thread: its next call opens a segment. */
static inline void close_lone_segments(struct world *world)
{
	for (int i = 0; i < CPUS; i++)
		world->cpus[i].is_lone = false;
}

static inline bool is_of_thread(const struct cpu *cpu, const struct thread_state *thread)
{
	return cpu->is_open && cpu->tid == thread->tid && !strcmp(cpu->comm, thread->comm);
}

static inline void append_lone(struct world *world, const struct thread_state *thread, int64_t id,
			       bool is_exec)
{
	struct cpu *cpu = &world->cpus[thread->cpu];

	if (is_exec || !cpu->is_lone || !is_of_thread(cpu, thread)) {
		close_lone_segments(world);
		open_segment(world, cpu, thread);
		cpu->is_lone = true;
	}
	append_call(cpu, 0, id, is_exec);
}

static inline void append_shared(struct world *world, const struct thread_state *thread, int64_t id,
				 bool is_exec)
{
	struct cpu *cpu = &world->cpus[thread->cpu];

	if (!cpu->is_shared || !is_of_thread(cpu, thread) || cpu->lost != world->lost ||
	    world->clock - cpu->next_stamp > SKIP_MAX)
		open_segment(world, cpu, thread);
	append_call(cpu, world->clock - cpu->next_stamp, id, is_exec);
	cpu->is_shared = true;
	cpu->next_stamp = world->clock + 1;
}

/* False: the call is lost. Now and then because it finds the batch being worked on. */
static inline bool batch_call(struct world *world, const struct thread_state *thread, int64_t id,
			      bool is_exec)
{
	struct cpu *cpu = &world->cpus[thread->cpu];

	if (chance(world, world->drop_percent / 8) ||
	    (cpu->word_cnt + ROOM_FOR_CALL > world->batch_room && !submit_batch(world, cpu))) {
		world->lost++;
		close_lone_segments(world);
		return false;
	}
	if (world->is_shared)
		append_shared(world, thread, id, is_exec);
	else
		append_lone(world, thread, id, is_exec);
	return true;
}

#endif
