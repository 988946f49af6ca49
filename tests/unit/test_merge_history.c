// SPDX-License-Identifier: BSD-2-Clause
#include "tests/unit/history_life.h"

/*
 * The promise as a whole: whatever a process does, on however many CPUs, and however its batches
 * and events reach the recorder, what comes out is its true history, with the calls that the kernel
 * side dropped reported as lost, exactly these, each in its place.
 *
 * A small kernel side (history_world.h) plays one process with random threads, CPUs and drops
 * (history_life.h). It writes its history down, and it fills a ring, which is read at random times
 * with rounds in between.
 */

#define HISTORIES 10000

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
