/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_FUZZ_SESSION_H
#define TESTS_FUZZ_SESSION_H

/* Both programs have a struct event, and a harness knows both: the recorder's has another name. */
#define event process_event
#include "recorder/output.h"
#include "recorder/record.h"
#undef event

#include "tests/fuzz/folder.h"

/* A recording from the ring to its two files, without the kernel. */

#define SLOTS 4

struct session {
	struct output output;
	struct path log_path, event_path;
	struct output_file *log_file, *event_file;
	struct merge *merge;
};

static inline bool never(void)
{
	return false;
}

static inline void session__start(struct session *session, bool threads)
{
	struct process_output output = output__of(&session->output);

	*session = (struct session){.output.threads = threads};
	session->log_path = path_in_folder("log");
	session->event_path = path_in_folder("events");
	remove_files(folder_path);
	session->log_file = need(output_file__open(session->log_path.text, never));
	session->event_file = need(output_file__open(session->event_path.text, never));
	session->output.ids = need(id_log__new(session->log_file, NULL));
	session->output.events = need(event_log__new(session->event_file));
	session->merge = need(merge__new(SLOTS, threads, &output));
}

/* The files are there afterwards. */
static inline void session__end(struct session *session)
{
	merge__close(session->merge);
	must(merge__totals(session->merge).calls == id_log__total(session->output.ids));
	merge__free(session->merge);
	id_log__free(session->output.ids);
	event_log__free(session->output.events);
	must(output_file__close(session->log_file) == 0);
	must(output_file__close(session->event_file) == 0);
}

/* From memory of exactly its size. */
static inline int session__take(struct session *session, const void *record, size_t sz)
{
	char *copy = exact_copy(record, sz);
	int err = record__dispatch(session->merge, (struct submit_info *)copy, sz);

	free(copy);
	return err;
}

#endif
