/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_PROCESS_SCENE_H
#define TESTS_UNIT_PROCESS_SCENE_H

#include "tests/unit/support.h"

/* One process alone, numbered 42, and what has come out of it. */

#define TGID 42
#define SIBLING 43

struct scene {
	struct process *process;
	struct transcript shown;
	struct process_output output;
	bool pid_is_free;
};

static inline bool can_start(void *context, struct process *process, const struct event *event)
{
	struct scene *scene = (void *)((char *)context - offsetof(struct scene, shown));

	(void)process;
	(void)event;
	return scene->pid_is_free;
}

static inline int set_up(void **state)
{
	struct scene *scene = need(calloc(1, sizeof(*scene)));

	scene->process = need(process__new(INSTANCE(1, 0), TGID));
	scene->output = output_to(&scene->shown);
	scene->output.can_start = can_start;
	scene->pid_is_free = true;
	*state = scene;
	return 0;
}

static inline int tear_down(void **state)
{
	struct scene *scene = *state;

	process__free(scene->process);
	free(scene->shown.text);
	free(scene);
	return 0;
}

/* --- what arrives ----------------------------------------------------------------------------- */

static inline void segment(struct scene *scene, uint64_t seq, uint32_t tid, const char *comm,
			   const uint16_t *words, size_t word_cnt)
{
	struct segment *segment =
		make_segment(INSTANCE(1, 0), TGID, tid, comm, seq, words, word_cnt);
	struct caller caller = {.tid = tid, .log_pid = TGID, .comm_len = strlen(comm)};

	strcpy(caller.comm, comm);
	assert_int_equal(process__add_calls(scene->process, segment, &caller, &scene->output), 0);
	free(segment);
}

static inline void event(struct scene *scene, const struct event *like)
{
	struct event *event = need(malloc(sizeof(*event)));

	*event = *like;
	event->seq = event->record.seq;
	assert_int_equal(process__add_event(scene->process, event, &scene->output), 0);
}

static inline void fork_at(struct scene *scene, uint64_t seq)
{
	event(scene,
	      &(struct event){
		      .settles_call = NO_CALL,
		      .takes_tid = TGID,
		      .record = make_record(SUBMIT_FORK, INSTANCE(1, 0), TGID, TGID, "sh", seq),
	      });
}

static inline void exit_at(struct scene *scene, uint64_t seq)
{
	event(scene,
	      &(struct event){
		      .settles_call = NO_CALL,
		      .ends = true,
		      .record = make_record(SUBMIT_EXIT, INSTANCE(1, 0), TGID, TGID, "sh", seq),
	      });
}

/* The exec with the number call_seq has succeeded; the new program is called ls. */
static inline void exec_at(struct scene *scene, uint64_t seq, uint64_t call_seq, bool leaves)
{
	event(scene,
	      &(struct event){
		      .settles_call = call_seq,
		      .ends_threads = true,
		      .ends = leaves,
		      .record = make_record(SUBMIT_EXEC, INSTANCE(1, 0), TGID, TGID, "ls", seq),
	      });
}

static inline void exec_failed(struct scene *scene, uint64_t call_seq)
{
	assert_int_equal(process__add_failed_exec(scene->process, call_seq, &scene->output), 0);
}

/* A round has shown that what is missing below the number will never come. */
static inline void lost_below(struct scene *scene, uint64_t seq)
{
	scene->process->lost_below = seq;
	process__advance(scene->process, &scene->output);
}

static inline void expect(struct scene *scene, const char *expected)
{
	shows(&scene->shown, expected);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
