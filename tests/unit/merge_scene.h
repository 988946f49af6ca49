/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_MERGE_SCENE_H
#define TESTS_UNIT_MERGE_SCENE_H

#include "recorder/record.h"
#include "tests/unit/support.h"

/* A merge that is fed with records as they come from the ring, and what has come out of it. */

#define SLOTS 8

struct scene {
	struct merge *merge;
	struct transcript shown;
};

static inline int set_up_with(void **state, bool threads)
{
	struct scene *scene = need(calloc(1, sizeof(*scene)));
	struct process_output output = output_to(&scene->shown);

	scene->merge = need(merge__new(SLOTS, threads, &output));
	*state = scene;
	return 0;
}

static inline int set_up(void **state)
{
	return set_up_with(state, false);
}

static inline int set_up_threads(void **state)
{
	return set_up_with(state, true);
}

static inline int tear_down(void **state)
{
	struct scene *scene = *state;

	merge__free(scene->merge);
	free(scene->shown.text);
	free(scene);
	return 0;
}

/* --- what arrives ----------------------------------------------------------------------------- */

/* lost: so many of the process's calls were lost before it. */
static inline void calls_after(struct scene *scene, uint32_t lost, uint64_t instance, uint32_t tgid,
			       uint32_t tid, const char *comm, uint64_t stamp,
			       const uint16_t *words, size_t word_cnt)
{
	struct segment *segment = make_segment(instance, tgid, tid, comm, stamp, words, word_cnt);

	segment->lost = lost;
	assert_int_equal(merge__add_calls(scene->merge, segment), 0);
	free(segment);
}

static inline void calls(struct scene *scene, uint64_t instance, uint32_t tgid, uint32_t tid,
			 const char *comm, uint64_t stamp, const uint16_t *words, size_t word_cnt)
{
	calls_after(scene, 0, instance, tgid, tid, comm, stamp, words, word_cnt);
}

/* In memory of its own size, which is gone afterwards. */
static inline void record(struct scene *scene, const void *record, size_t sz)
{
	struct submit_info *copy = need(malloc(sz));

	memcpy(copy, record, sz);
	assert_int_equal(record__dispatch(scene->merge, copy, sz), 0);
	free(copy);
}

static inline void happens_after(struct scene *scene, uint64_t lost, enum submit_kind kind,
				 uint64_t instance, uint32_t tgid, uint32_t tid, const char *comm,
				 uint64_t stamp)
{
	struct process_record process = make_record(kind, instance, tgid, tid, comm, stamp);

	process.lost = lost;
	record(scene, &process, sizeof(process));
}

static inline void happens(struct scene *scene, enum submit_kind kind, uint64_t instance,
			   uint32_t tgid, uint32_t tid, const char *comm, uint64_t stamp)
{
	happens_after(scene, 0, kind, instance, tgid, tid, comm, stamp);
}

static inline void execs(struct scene *scene, uint64_t instance, uint32_t tgid, uint32_t tid,
			 const char *comm, uint64_t stamp, uint64_t call_stamp, uint32_t flags)
{
	struct exec_record exec = make_exec(instance, tgid, tid, comm, stamp, call_stamp, flags);

	record(scene, &exec, sizeof(exec));
}

/* One that began at this time. */
static inline void round_of(struct scene *scene, uint64_t stamp)
{
	merge__begin_round(scene->merge, stamp);
	merge__end_round(scene->merge);
}

static inline void expect(struct scene *scene, const char *expected)
{
	shows(&scene->shown, expected);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define THREADS_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_threads, tear_down)

#endif
