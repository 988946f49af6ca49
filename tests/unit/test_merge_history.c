// SPDX-License-Identifier: BSD-2-Clause
#include "tests/unit/merge_scene.h"

/*
 * The promise as a whole: whatever a process does, on however many CPUs, and however its batches
 * and events reach the recorder, what comes out is its true history, with the calls that the kernel
 * side dropped reported as lost, exactly these, each in its place.
 *
 * A small kernel side plays one process with random threads, CPUs and drops. It writes its history
 * down, and it fills a ring, which is read at random times with rounds in between.
 */

#define HISTORIES 10000
#define CPUS 4
#define THREADS 5
#define TGID 42
#define PROCESS INSTANCE(1, 3)
#define BATCH_ROOM 160

struct thread_state {
	uint32_t tid; /* 0: there is none in this place */
	uint32_t cpu;
	char comm[COMM_SZ];
	bool in_exec; /* its last call is an exec, and not known to be over */
	size_t exec_item;
	uint64_t exec_seq;
};

/* What truly happened, in order. */
struct item {
	bool is_lost;
	bool is_moved; /* an exec's call, which counts as the new program's */
	char text[64];
};

struct cpu {
	uint16_t words[BATCH_ROOM + 64];
	size_t word_cnt;
	size_t segment_start;
	bool is_open;
	uint32_t tid;
	char comm[COMM_SZ];
	uint64_t next_seq;
	size_t items[BATCH_ROOM]; /* calls in the batch */
	size_t item_cnt;
};

struct world {
	uint64_t random;
	struct scene scene;
	struct cpu cpus[CPUS];
	struct thread_state threads[THREADS];
	uint32_t next_tid;
	uint64_t seq, lost;
	struct item *items;
	size_t item_cnt, item_room;
	struct submit_info *ring[4096];
	size_t ring_start, ring_end;
	uint32_t drop_percent;
	bool has_ended;
};

/* xorshift64*: the same everywhere. */
static uint32_t below(struct world *world, uint32_t limit)
{
	world->random ^= world->random >> 12;
	world->random ^= world->random << 25;
	world->random ^= world->random >> 27;
	return (world->random * 0x2545F4914F6CDD1DULL >> 32) % limit;
}

static bool chance(struct world *world, uint32_t percent)
{
	return below(world, 100) < percent;
}

static struct item *note(struct world *world)
{
	if (world->item_cnt == world->item_room) {
		world->item_room = 2 * world->item_room + 64;
		world->items =
			need(realloc(world->items, world->item_room * sizeof(*world->items)));
	}
	world->items[world->item_cnt] = (struct item){0};
	return &world->items[world->item_cnt++];
}

/* --- the kernel side -------------------------------------------------------------------------- */

static void put_in_ring(struct world *world, const void *record, size_t sz)
{
	struct submit_info *copy = need(malloc(sz));

	memcpy(copy, record, sz);
	assert_true(world->ring_end < 4096);
	world->ring[world->ring_end++] = copy;
}

static struct segment *open_segment_of(struct cpu *cpu)
{
	return (struct segment *)&cpu->words[cpu->segment_start];
}

static void close_segment(struct cpu *cpu)
{
	uint32_t word_cnt = cpu->word_cnt - cpu->segment_start - SEGMENT_WORDS;

	if (!cpu->is_open)
		return;
	memcpy((char *)open_segment_of(cpu) + offsetof(struct segment, word_cnt), &word_cnt,
	       sizeof(word_cnt));
	cpu->word_cnt = (cpu->word_cnt + 3) & ~(size_t)3;
	cpu->is_open = false;
}

/* The ring may be full: then the whole batch is lost. */
static void submit_batch(struct world *world, struct cpu *cpu)
{
	struct {
		struct submit_info info;
		uint16_t words[BATCH_ROOM + 64];
	} record = {.info = {.kind = SUBMIT_CALLS}};

	close_segment(cpu);
	if (!cpu->word_cnt)
		return;
	record.info.sz = sizeof(record.info) + cpu->word_cnt * sizeof(uint16_t);
	memcpy(record.words, cpu->words, cpu->word_cnt * sizeof(uint16_t));
	if (chance(world, world->drop_percent)) {
		for (size_t i = 0; i < cpu->item_cnt; i++)
			world->items[cpu->items[i]].is_lost = true;
		world->lost += cpu->item_cnt;
	} else {
		put_in_ring(world, &record, record.info.sz);
	}
	cpu->word_cnt = cpu->item_cnt = 0;
}

static void append(struct cpu *cpu, const uint16_t *words, size_t cnt)
{
	memcpy(cpu->words + cpu->word_cnt, words, cnt * sizeof(*words));
	cpu->word_cnt += cnt;
}

static void batch_call(struct world *world, const struct thread_state *thread, int64_t id,
		       bool is_exec, size_t item)
{
	struct cpu *cpu = &world->cpus[thread->cpu];
	struct segment head = {
		.instance = PROCESS, .seq = world->seq, .tgid = TGID, .tid = thread->tid};

	if (cpu->word_cnt + SEGMENT_WORDS + WORDS_PER_CALL_MAX + 4 > BATCH_ROOM)
		submit_batch(world, cpu);
	if (!cpu->is_open || cpu->tid != thread->tid || strcmp(cpu->comm, thread->comm)) {
		close_segment(cpu);
		memcpy(head.comm, thread->comm, COMM_SZ);
		memcpy(cpu->comm, thread->comm, COMM_SZ);
		cpu->tid = thread->tid;
		cpu->segment_start = cpu->word_cnt;
		cpu->next_seq = world->seq;
		cpu->is_open = true;
		append(cpu, (const uint16_t *)&head, SEGMENT_WORDS);
	}
	if (world->seq > cpu->next_seq)
		append(cpu, WORDS(SKIP(world->seq - cpu->next_seq)));
	if (is_exec)
		append(cpu, WORDS(EXEC));
	if (id >= 0 && id < WORD_SKIP)
		append(cpu, WORDS(id));
	else
		append(cpu, WORDS(WIDE(id)));
	cpu->next_seq = world->seq + 1;
	cpu->items[cpu->item_cnt++] = item;
}

static void make_call(struct world *world, struct thread_state *thread, bool is_exec)
{
	static const int64_t odd[] = {-1, 0x7fffffff, 0x40000001, 10011, WORD_SKIP, WORD_SKIP - 1};
	int64_t id = chance(world, 10) ? odd[below(world, 6)] : below(world, 450);
	struct item *item = note(world);

	thread->in_exec = is_exec;
	thread->exec_item = world->item_cnt - 1;
	thread->exec_seq = world->seq;
	snprintf(item->text, sizeof(item->text), "42:%lld:%s\n", (long long)id, thread->comm);
	/* Now and then one call finds the batch being worked on. */
	if (chance(world, world->drop_percent / 4)) {
		item->is_lost = true;
		world->lost++;
	} else {
		batch_call(world, thread, id, is_exec, world->item_cnt - 1);
	}
	world->seq++;
}

static struct thread_state *any_thread(struct world *world)
{
	struct thread_state *thread;

	do
		thread = &world->threads[below(world, THREADS)];
	while (!thread->tid);
	return thread;
}

static void start_thread(struct world *world, const char *comm)
{
	for (int i = 0; i < THREADS; i++) {
		struct thread_state *thread = &world->threads[i];

		if (thread->tid)
			continue;
		thread->tid = world->next_tid++;
		thread->cpu = below(world, CPUS);
		thread->in_exec = false;
		snprintf(thread->comm, sizeof(thread->comm), "%s", comm);
		return;
	}
}

/* The exec that the thread is in succeeds: it alone goes on, with the process's own pid. Others
 * that are in exec too have failed. */
static void succeed(struct world *world, struct thread_state *thread, bool leaves)
{
	struct exec_record exec;
	struct item call = world->items[thread->exec_item];
	struct item *item;
	char comm[COMM_SZ];
	int64_t id = atoll(call.text + 3);

	snprintf(comm, sizeof(comm), "prog%u", below(world, 1000));
	exec = make_exec(PROCESS, TGID, thread->tid, comm, world->seq, thread->exec_seq,
			 leaves ? 0 : EXEC_RECORDED);
	put_in_ring(world, &exec, sizeof(exec));
	/* Whether its batch will be lost is not known yet: the history is put together later. */
	world->items[thread->exec_item].is_moved = true;
	item = note(world);
	if (leaves)
		snprintf(item->text, sizeof(item->text), "<%zu:old>42 exec %s\n", thread->exec_item,
			 comm);
	else
		snprintf(item->text, sizeof(item->text), "<%zu:new>42 exec %s\n42:%lld:%s\n",
			 thread->exec_item, comm, (long long)id, comm);
	for (int i = 0; i < THREADS; i++)
		if (&world->threads[i] != thread)
			world->threads[i].tid = 0;
	thread->tid = TGID;
	thread->in_exec = false;
	memcpy(thread->comm, comm, COMM_SZ);
	world->has_ended = leaves;
}

static void exit_process(struct world *world)
{
	struct process_record exit =
		make_record(SUBMIT_EXIT, PROCESS, TGID, TGID, "end", world->seq);

	put_in_ring(world, &exit, sizeof(exit));
	snprintf(note(world)->text, sizeof(world->items->text), "42 exit end\n");
	world->has_ended = true;
}

static void something_happens(struct world *world)
{
	struct thread_state *thread = any_thread(world);

	if (chance(world, 15))
		thread->cpu = below(world, CPUS);
	if (thread->in_exec && chance(world, 40)) {
		succeed(world, thread, chance(world, 5));
	} else if (chance(world, 3)) {
		snprintf(thread->comm, sizeof(thread->comm), "name%u", below(world, 10));
		make_call(world, thread, false);
	} else if (chance(world, 5)) {
		make_call(world, thread, true);
	} else if (chance(world, 5)) {
		start_thread(world, thread->comm);
	} else {
		for (uint32_t i = 1 + below(world, 6); i; i--)
			make_call(world, thread, false);
	}
	if (chance(world, 8))
		submit_batch(world, &world->cpus[below(world, CPUS)]);
}

/* --- the recorder ----------------------------------------------------------------------------- */

static void read_ring(struct world *world, size_t cnt)
{
	while (cnt-- && world->ring_start < world->ring_end) {
		struct submit_info *record = world->ring[world->ring_start++];

		assert_int_equal(record__dispatch(world->scene.merge, record, record->sz), 0);
		free(record);
	}
	if (world->ring_start == world->ring_end)
		world->ring_start = world->ring_end = 0;
}

/* The process goes on while the CPUs are flushed one after the other. */
static void run_round(struct world *world)
{
	read_ring(world, SIZE_MAX);
	merge__begin_round(world->scene.merge);
	for (int i = 0; i < CPUS; i++) {
		if (!world->has_ended && chance(world, 30))
			something_happens(world);
		submit_batch(world, &world->cpus[i]);
		read_ring(world, below(world, 4));
	}
	read_ring(world, SIZE_MAX);
	merge__end_round(world->scene.merge);
}

/* --- what should have come out ---------------------------------------------------------------- */

static void tell_lost_calls(struct transcript *text, uint64_t *lost, uint64_t lines)
{
	if (*lost)
		transcript__add(text, "42 lost %llu before %llu\n", (unsigned long long)*lost,
				(unsigned long long)lines + 1);
	*lost = 0;
}

/* "<12:new>...": what an exec says, whose call is item 12 and may have been lost. */
static void tell_item(struct world *world, struct transcript *text, const struct item *item,
		      uint64_t *lines)
{
	const char *rest = strchr(item->text, '>');
	const struct item *call;

	if (item->text[0] != '<') {
		*lines += item->text[2] == ':';
		transcript__add(text, "%s", item->text);
		return;
	}
	call = &world->items[atoll(item->text + 1)];
	*lines += !call->is_lost;
	if (strstr(item->text, ":old>"))
		transcript__add(text, "%s%s", call->is_lost ? "" : call->text, rest + 1);
	else if (call->is_lost)
		transcript__add(text, "%.*s", (int)(strchr(rest, '\n') - rest), rest + 1);
	else
		transcript__add(text, "%s", rest + 1);
}

static void tell_history(struct world *world, struct transcript *text)
{
	uint64_t lost = 0, lines = 0;

	for (size_t i = 0; i < world->item_cnt; i++) {
		const struct item *item = &world->items[i];

		if (item->is_lost) {
			lost++;
			continue;
		}
		/* It does not stand here, nor does it part what was lost around it. */
		if (item->is_moved)
			continue;
		tell_lost_calls(text, &lost, lines);
		tell_item(world, text, item, &lines);
	}
	tell_lost_calls(text, &lost, lines);
}

/* A hole that two rounds found in parts is told in parts: they are one here. */
static void join_lost(struct transcript *joined, const char *text)
{
	uint64_t lost = 0;
	unsigned long long cnt, line = 0;

	while (*text) {
		int len = strchr(text, '\n') + 1 - text;

		if (sscanf(text, "42 lost %llu before %llu", &cnt, &line) == 2) {
			lost += cnt;
		} else {
			tell_lost_calls(joined, &lost, line - 1);
			transcript__add(joined, "%.*s", len, text);
		}
		text += len;
	}
	tell_lost_calls(joined, &lost, line - 1);
}

/* --- the property ----------------------------------------------------------------------------- */

static void play(struct world *world)
{
	uint32_t steps = 1 + below(world, 120);

	world->next_tid = TGID;
	start_thread(world, "sh");
	world->drop_percent = chance(world, 60) ? 0 : below(world, 60);
	while (steps-- && !world->has_ended) {
		something_happens(world);
		if (chance(world, 20))
			read_ring(world, below(world, 6));
		if (chance(world, 10))
			run_round(world);
	}
	if (!world->has_ended && chance(world, 60))
		exit_process(world);
}

static void finish(struct world *world)
{
	read_ring(world, SIZE_MAX);
	if (!world->has_ended)
		merge__set_end(world->scene.merge, PROCESS, TGID, world->seq);
	world->has_ended = true;
	run_round(world);
	merge__close(world->scene.merge);
}

static void check_history(uint64_t seed)
{
	struct world *world = need(calloc(1, sizeof(*world)));
	struct process_output output = output_to(&world->scene.shown);
	struct transcript expected = {0}, shown = {0};
	struct merge_totals totals;

	world->random = seed * 0x9E3779B97F4A7C15ULL + 1;
	world->scene.merge = need(merge__new(SLOTS, false, &output));
	play(world);
	finish(world);
	tell_history(world, &expected);
	join_lost(&shown, transcript__text(&world->scene.shown));
	if (strcmp(transcript__text(&shown), transcript__text(&expected)))
		print_error("history %llu\n", (unsigned long long)seed);
	assert_string_equal(transcript__text(&shown), transcript__text(&expected));

	totals = merge__totals(world->scene.merge);
	assert_int_equal(totals.lost, world->lost);
	assert_int_equal(totals.calls + totals.lost, world->seq);
	assert_int_equal(totals.late, 0);

	merge__free(world->scene.merge);
	free(world->scene.shown.text);
	free(expected.text);
	free(shown.text);
	free(world->items);
	free(world);
}

static void what_comes_out_is_the_true_history(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= HISTORIES; seed++)
		check_history(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_comes_out_is_the_true_history),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
