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

/* lost: so many of the process's calls were lost before it. */
static inline void segment_after(struct scene *scene, uint32_t lost, uint64_t stamp, uint32_t tid,
				 const char *comm, const uint16_t *words, size_t word_cnt)
{
	struct segment *segment =
		make_segment(INSTANCE(1, 0), TGID, tid, comm, stamp, words, word_cnt);
	struct caller caller = {.tid = tid, .log_pid = TGID, .comm_len = strlen(comm)};

	strcpy(caller.comm, comm);
	segment->lost = lost;
	assert_int_equal(process__add_calls(scene->process, segment, &caller), 0);
	free(segment);
}

static inline void segment(struct scene *scene, uint64_t stamp, uint32_t tid, const char *comm,
			   const uint16_t *words, size_t word_cnt)
{
	segment_after(scene, 0, stamp, tid, comm, words, word_cnt);
}

static inline void event(struct scene *scene, const struct event *like)
{
	struct event *event = need(malloc(sizeof(*event)));

	*event = *like;
	event->stamp = event->record.stamp;
	process__add_event(scene->process, event);
}

static inline struct process_record record_after(enum submit_kind kind, uint64_t lost, uint32_t tid,
						 const char *comm, uint64_t stamp)
{
	struct process_record record = make_record(kind, INSTANCE(1, 0), TGID, tid, comm, stamp);

	record.lost = lost;
	return record;
}

static inline void fork_after(struct scene *scene, uint64_t lost, uint64_t stamp)
{
	event(scene, &(struct event){
			     .settles_call = NO_CALL,
			     .takes_tid = TGID,
			     .record = record_after(SUBMIT_FORK, lost, TGID, "sh", stamp),
		     });
}

static inline void fork_at(struct scene *scene, uint64_t stamp)
{
	fork_after(scene, 0, stamp);
}

static inline void exit_after(struct scene *scene, uint64_t lost, uint64_t stamp)
{
	event(scene, &(struct event){
			     .settles_call = NO_CALL,
			     .ends = true,
			     .record = record_after(SUBMIT_EXIT, lost, TGID, "sh", stamp),
		     });
}

static inline void exit_at(struct scene *scene, uint64_t stamp)
{
	exit_after(scene, 0, stamp);
}

/* The thread's exec with the stamp call_stamp has succeeded; the new program is called ls. */
static inline void exec_of(struct scene *scene, uint32_t tid, uint64_t stamp, uint64_t call_stamp,
			   bool leaves)
{
	event(scene, &(struct event){
			     .settles_call = call_stamp,
			     .ends_threads = true,
			     .ends = leaves,
			     .record = record_after(SUBMIT_EXEC, 0, tid, "ls", stamp),
		     });
}

/* The first thread's. */
static inline void exec_at(struct scene *scene, uint64_t stamp, uint64_t call_stamp, bool leaves)
{
	exec_of(scene, TGID, stamp, call_stamp, leaves);
}

static inline void exec_failed(struct scene *scene, uint64_t call_stamp)
{
	assert_int_equal(process__add_failed_exec(scene->process, call_stamp, &scene->output), 0);
}

/* A round is complete that began at this time: what has a lower stamp has arrived. */
static inline void round_of(struct scene *scene, uint64_t stamp)
{
	scene->process->due = stamp;
	process__advance(scene->process, &scene->output);
}

static inline void expect(struct scene *scene, const char *expected)
{
	shows(&scene->shown, expected);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
