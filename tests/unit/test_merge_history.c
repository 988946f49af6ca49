// SPDX-License-Identifier: BSD-2-Clause
#include "tests/unit/merge_scene.h"

/*
 * The promise as a whole: whatever a process does, on however many CPUs, and however its batches
 * and events reach the recorder, what comes out is its true history, with the calls that the kernel
 * side dropped reported as lost, exactly these, each in its place.
 *
 * A small kernel side plays one process with random threads, CPUs and drops. It writes its history
 * down, and it fills a ring, which is read at random times with rounds in between. It does what
 * tracer/calls.bpf.h does, but for what is there only to make it fast.
 */

#define HISTORIES 10000
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

/* Nearly always a little: a short skip. Then a long one, and one that takes a new segment. */
static uint64_t time_passes(struct world *world)
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

static struct item *note(struct world *world, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static struct item *note(struct world *world, const char *format, ...)
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

static void put_in_ring(struct world *world, const void *record, size_t sz)
{
	struct submit_info *copy = need(malloc(sz));

	memcpy(copy, record, sz);
	assert_true(world->ring_end < RING_RECORDS);
	world->ring[world->ring_end++] = copy;
}

static void close_segment(struct cpu *cpu)
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
static bool submit_batch(struct world *world, struct cpu *cpu)
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

static void append(struct cpu *cpu, const uint16_t *words, size_t cnt)
{
	memcpy(cpu->words + cpu->word_cnt, words, cnt * sizeof(*words));
	cpu->word_cnt += cnt;
}

static void open_segment(struct world *world, struct cpu *cpu, const struct thread_state *thread)
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

static void append_call(struct cpu *cpu, uint64_t skipped, int64_t id, bool is_exec)
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
static void close_lone_segments(struct world *world)
{
	for (int i = 0; i < CPUS; i++)
		world->cpus[i].is_lone = false;
}

static bool is_of_thread(const struct cpu *cpu, const struct thread_state *thread)
{
	return cpu->is_open && cpu->tid == thread->tid && !strcmp(cpu->comm, thread->comm);
}

static void append_lone(struct world *world, const struct thread_state *thread, int64_t id,
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

static void append_shared(struct world *world, const struct thread_state *thread, int64_t id,
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
static bool batch_call(struct world *world, const struct thread_state *thread, int64_t id,
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

/* --- the kernel side: what the process does --------------------------------------------------- */

static uint32_t log_pid(const struct world *world, const struct thread_state *thread)
{
	return world->with_threads ? thread->tid : TGID;
}

static void make_call(struct world *world, struct thread_state *thread, bool is_exec)
{
	static const int64_t odd[] = {-1, 0x7fffffff, 0x40000001, 10011, WORD_SKIP, WORD_SKIP - 1};
	int64_t id = chance(world, 10) ? odd[below(world, 6)] : below(world, 450);
	uint64_t stamp = time_passes(world);
	bool is_stored = batch_call(world, thread, id, is_exec);
	struct item *item =
		note(world, "%u:%lld:%s\n", log_pid(world, thread), (long long)id, thread->comm);

	world->calls++;
	item->is_lost = !is_stored;
	item->has_line = is_stored;
	thread->in_exec = is_exec;
	if (!is_exec)
		return;
	thread->had_exec = true;
	thread->is_exec_lost = !is_stored;
	thread->exec_item = world->item_cnt - 1;
	thread->exec_id = id;
	thread->exec_stamp = stamp;
}

static struct process_record record_now(struct world *world, enum submit_kind kind, uint32_t tid,
					const char *comm)
{
	struct process_record record =
		make_record(kind, PROCESS, TGID, tid, comm, time_passes(world));

	record.lost = world->lost;
	return record;
}

static void thread_begins(struct world *world, uint32_t place, const char *comm)
{
	struct thread_state *thread = &world->threads[place];

	*thread = (struct thread_state){
		.is_alive = true,
		.tid = TGID + place,
		.cpu = below(world, CPUS),
	};
	snprintf(thread->comm, sizeof(thread->comm), "%s", comm);
	memcpy(thread->first_comm, thread->comm, COMM_SZ);
}

static void start_thread(struct world *world, const struct thread_state *parent)
{
	char comm[COMM_SZ];
	struct process_record record;
	uint32_t place = 1 + below(world, THREADS - 1);

	if (world->threads[place].is_alive)
		return;
	memcpy(comm, parent->comm, COMM_SZ);
	close_lone_segments(world);
	world->is_shared = true;
	thread_begins(world, place, comm);
	if (!world->with_threads)
		return;
	record = record_now(world, SUBMIT_THREAD_START, TGID + place, comm);
	put_in_ring(world, &record, sizeof(record));
	note(world, "42 thread_start %s\n42 +%u %s\n", comm, TGID + place, comm);
}

static void exit_thread(struct world *world, struct thread_state *thread)
{
	struct process_record record;

	thread->is_alive = false;
	if (!world->with_threads)
		return;
	record = record_now(world, SUBMIT_THREAD_EXIT, thread->tid, thread->comm);
	put_in_ring(world, &record, sizeof(record));
	note(world, "42 -%u %s\n42 thread_exit %s\n", thread->tid, thread->comm, thread->comm);
}

static void exit_all_threads_but(struct world *world, const struct thread_state *last)
{
	for (int i = 0; i < THREADS; i++)
		if (world->threads[i].is_alive && &world->threads[i] != last)
			exit_thread(world, &world->threads[i]);
}

static void submit_exec(struct world *world, uint32_t tid, const char *comm, uint64_t call_stamp,
			int64_t call_id, uint32_t flags)
{
	struct exec_record exec = {
		.process = record_now(world, SUBMIT_EXEC, tid, comm),
		.call_stamp = call_stamp,
		.call_id = call_id,
		.flags = flags,
	};

	exec.process.info.sz = sizeof(exec);
	put_in_ring(world, &exec, sizeof(exec));
}

/* The thread that is in exec has the tid TGID from here on, if it had another one. */
static void note_exec(struct world *world, const struct thread_state *thread, const char *comm)
{
	bool takes_over = world->with_threads && thread->tid != TGID;
	char ends[32] = "", starts[32] = "", call[64] = "";
	struct item *item;

	if (takes_over) {
		snprintf(ends, sizeof(ends), "42 -%u %s\n", thread->tid, thread->first_comm);
		snprintf(starts, sizeof(starts), "42 +42 %s\n", comm);
	}
	if (!thread->is_exec_lost)
		snprintf(call, sizeof(call), "42:%lld:%s\n", (long long)thread->exec_id, comm);
	item = note(world, "%s42 exec %s\n%s%s", ends, comm, starts, call);
	item->has_line = !thread->is_exec_lost;
}

static void note_exec_that_leaves(struct world *world, const struct thread_state *thread,
				  const char *comm)
{
	const char *call =
		thread->is_exec_lost ? "" : strdupa(world->items[thread->exec_item].text);
	struct item *item;

	if (world->with_threads)
		item = note(world, "%s42 -%u %s\n42 exec %s\n", call, thread->tid,
			    thread->first_comm, comm);
	else
		item = note(world, "%s42 exec %s\n", call, comm);
	item->has_line = !thread->is_exec_lost;
}

/* The exec that the thread is in succeeds: it alone goes on, with the process's own pid. Others
 * that are in exec too have failed. */
static void succeed(struct world *world, struct thread_state *thread, bool leaves)
{
	char comm[COMM_SZ], first_comm[COMM_SZ];

	snprintf(comm, sizeof(comm), "prog%u", below(world, 1000));
	exit_all_threads_but(world, thread);
	close_lone_segments(world);
	submit_exec(world, thread->tid, comm, thread->exec_stamp, thread->exec_id,
		    leaves ? 0 : EXEC_RECORDED);
	world->is_shared = false;
	world->items[thread->exec_item].is_moved = !thread->is_exec_lost;
	world->has_ended = leaves;
	if (leaves) {
		note_exec_that_leaves(world, thread, comm);
		return;
	}
	note_exec(world, thread, comm);
	memcpy(first_comm, thread->tid == TGID ? thread->first_comm : comm, COMM_SZ);
	thread->is_alive = false;
	thread_begins(world, 0, comm);
	memcpy(world->threads[0].first_comm, first_comm, COMM_SZ);
}

/* The kernel may be asked about an exec when that is over already, and more than once. */
static void come_back(struct world *world, struct thread_state *thread)
{
	struct exec_failed_record record = {
		.process = record_now(world, SUBMIT_EXEC_FAILED, thread->tid, thread->comm),
		.call_stamp = thread->exec_stamp,
	};

	thread->in_exec = false;
	if (chance(world, 50))
		return;
	record.process.info.sz = sizeof(record);
	put_in_ring(world, &record, sizeof(record));
}

static void exit_process(struct world *world)
{
	struct process_record record;

	exit_all_threads_but(world, NULL);
	record = record_now(world, SUBMIT_EXIT, TGID, "end");
	put_in_ring(world, &record, sizeof(record));
	note(world, "42 exit end\n");
	world->has_ended = true;
}

static void fork_process(struct world *world)
{
	struct process_record record = record_now(world, SUBMIT_FORK, TGID, "sh");

	put_in_ring(world, &record, sizeof(record));
	note(world, world->with_threads ? "42 fork sh\n42 +42 sh\n" : "42 fork sh\n");
}

/* By an exec of a process that was not recorded: no batch has its call. */
static void exec_process(struct world *world)
{
	submit_exec(world, TGID, "sh", NO_CALL, 59, EXEC_STARTED | EXEC_RECORDED | EXEC_IS_CALL);
	note(world,
	     world->with_threads ? "42 exec sh\n42 +42 sh\n42:59:sh\n" : "42 exec sh\n42:59:sh\n")
		->has_line = true;
	world->calls++;
}

/* A log of threads says when the first one starts; another one may go without. */
static void begin(struct world *world)
{
	thread_begins(world, 0, "sh");
	if (chance(world, 40))
		exec_process(world);
	else if (world->with_threads || chance(world, 50))
		fork_process(world);
}

static struct thread_state *any_thread(struct world *world)
{
	struct thread_state *thread;

	do
		thread = &world->threads[below(world, THREADS)];
	while (!thread->is_alive);
	return thread;
}

static bool is_last(const struct world *world, const struct thread_state *thread)
{
	for (int i = 0; i < THREADS; i++)
		if (world->threads[i].is_alive && &world->threads[i] != thread)
			return false;
	return true;
}

static void something_happens(struct world *world)
{
	struct thread_state *thread = any_thread(world);

	world->is_ring_full = chance(world, world->drop_percent);
	if (chance(world, 15))
		thread->cpu = below(world, CPUS);
	if (thread->in_exec && chance(world, 40)) {
		succeed(world, thread, chance(world, 5));
	} else if (thread->had_exec && chance(world, 10)) {
		come_back(world, thread);
	} else if (chance(world, 3)) {
		snprintf(thread->comm, sizeof(thread->comm), "name%u", below(world, 10));
		make_call(world, thread, false);
	} else if (chance(world, 5)) {
		make_call(world, thread, true);
	} else if (chance(world, 5)) {
		start_thread(world, thread);
	} else if (!thread->in_exec && !is_last(world, thread) && chance(world, 3)) {
		exit_thread(world, thread);
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

/*
 * The process goes on while the CPUs are flushed one after the other. False: the round was given
 * up, where the ring had no room for a batch, or for no reason.
 */
static bool run_round(struct world *world)
{
	bool is_complete = true;

	read_ring(world, SIZE_MAX);
	merge__begin_round(world->scene.merge, time_passes(world));
	for (int i = 0; i < CPUS; i++) {
		if (!world->has_ended && chance(world, 30))
			something_happens(world);
		is_complete &= submit_batch(world, &world->cpus[i]);
		read_ring(world, below(world, 4));
		if (!world->has_ended && chance(world, 3))
			return false;
	}
	if (!is_complete)
		return false;
	read_ring(world, SIZE_MAX);
	merge__end_round(world->scene.merge);
	return true;
}

/* --- what should have come out ---------------------------------------------------------------- */

static void tell_lost_calls(struct transcript *text, uint64_t *lost, uint64_t lines)
{
	if (*lost)
		transcript__add(text, "42 lost %llu before %llu\n", (unsigned long long)*lost,
				(unsigned long long)lines + 1);
	*lost = 0;
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
		transcript__add(text, "%s", item->text);
		lines += item->has_line;
	}
	tell_lost_calls(text, &lost, lines);
}

/* What was lost before and after a call that has moved is told in parts: they are one here. */
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

static struct world *new_world(uint64_t seed)
{
	struct world *world = need(calloc(1, sizeof(*world)));
	struct process_output output = output_to(&world->scene.shown);

	world->random = seed * 0x9E3779B97F4A7C15ULL + 1;
	world->clock = below(world, 1000);
	world->with_threads = chance(world, 40);
	world->batch_room = ROOM_FOR_CALL + below(world, BATCH_ROOM - ROOM_FOR_CALL + 1);
	world->drop_percent = chance(world, 60) ? 0 : below(world, 60);
	world->scene.merge = need(merge__new(SLOTS, world->with_threads, &output));
	return world;
}

static void free_world(struct world *world)
{
	merge__free(world->scene.merge);
	free(world->scene.shown.text);
	free(world->items);
	free(world);
}

static void play(struct world *world)
{
	uint32_t steps = 1 + below(world, 120);

	begin(world);
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

/* As recorder/session.c does it. */
static void finish(struct world *world)
{
	if (!world->has_ended)
		merge__set_lost(world->scene.merge, PROCESS, TGID, world->lost);
	world->has_ended = true;
	world->is_ring_full = false;
	assert_true(run_round(world));
	merge__close(world->scene.merge);
}

static void check_history(uint64_t seed)
{
	struct world *world = new_world(seed);
	struct transcript expected = {0}, shown = {0};
	struct merge_totals totals;

	play(world);
	finish(world);
	tell_history(world, &expected);
	join_lost(&shown, transcript__text(&world->scene.shown));
	if (strcmp(transcript__text(&shown), transcript__text(&expected)))
		print_error("history %llu\n", (unsigned long long)seed);
	assert_string_equal(transcript__text(&shown), transcript__text(&expected));

	totals = merge__totals(world->scene.merge);
	assert_int_equal(totals.lost, world->lost);
	assert_int_equal(totals.calls + totals.lost, world->calls);
	free(expected.text);
	free(shown.text);
	free_world(world);
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
