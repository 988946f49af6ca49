// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#include "recorder/record.h"

/* Records that are a process record and nothing more: fork, exit, threads. */

static const struct process_record *record_of(const struct submit_info *info)
{
	return (const struct process_record *)info;
}

/* --- fork ------------------------------------------------------------------------------------- */

static void emit_fork(void *context, struct process *process, const struct event *event)
{
	struct output *output = context;

	process__describe(process, &event->record, NULL, 0);
	event_log__write(output->events,
			 output__begin_process_event(output, "process_fork", &event->record));
}

static int arrive_fork(struct merge *merge, const struct submit_info *info)
{
	struct event *event = merge__new_event(record_of(info), info->sz);

	if (!event)
		return -ENOMEM;
	event->emit = emit_fork;
	event->starts = true;
	event->takes_tid = event->record.tgid;
	return merge__add_event(merge, event);
}

const struct record_kind record__fork = {
	.min_sz = sizeof(struct process_record),
	.arrive = arrive_fork,
};

/* --- exit ------------------------------------------------------------------------------------- */

static void emit_exit(void *context, struct process *process, const struct event *event)
{
	struct output *output = context;
	json_t *json = output__begin_process_event(output, "process_exit", &event->record);
	int status = event->record.exit_code;

	if (WIFSIGNALED(status))
		event_log__set_int(json, "signal", WTERMSIG(status));
	else
		event_log__set_int(json, "exit_code", WEXITSTATUS(status));
	output__set_counts(json, process);
	event_log__write(output->events, json);
}

static int arrive_exit(struct merge *merge, const struct submit_info *info)
{
	struct event *event = merge__new_event(record_of(info), info->sz);

	if (!event)
		return -ENOMEM;
	event->emit = emit_exit;
	event->ends = true;
	return merge__add_event(merge, event);
}

const struct record_kind record__exit = {
	.min_sz = sizeof(struct process_record),
	.arrive = arrive_exit,
};

static void emit_end_unseen(void *context, struct process *process, const struct event *event)
{
	struct output *output = context;
	json_t *json = output__begin_event(output, "process_end_unseen", &event->record);

	output__set_counts(json, process);
	event_log__write(output->events, json);
}

int record__end_unseen(struct merge *merge, uint64_t instance, uint32_t tgid, uint64_t lost,
		       uint64_t stamp)
{
	struct process_record record = {
		.instance = instance,
		.tgid = tgid,
		.lost = lost,
		.stamp = stamp,
	};
	struct event *event = merge__new_event(&record, sizeof(record));

	if (!event)
		return -ENOMEM;
	event->emit = emit_end_unseen;
	event->ends = true;
	return merge__add_event(merge, event);
}

/* --- threads: the merge itself says when they start and end, so there is nothing to emit --------
 */

static int arrive_thread_start(struct merge *merge, const struct submit_info *info)
{
	struct event *event = merge__new_event(record_of(info), info->sz);

	if (!event)
		return -ENOMEM;
	event->takes_tid = event->record.tid;
	return merge__add_event(merge, event);
}

const struct record_kind record__thread_start = {
	.min_sz = sizeof(struct process_record),
	.arrive = arrive_thread_start,
};

static int arrive_thread_exit(struct merge *merge, const struct submit_info *info)
{
	struct event *event = merge__new_event(record_of(info), info->sz);

	if (!event)
		return -ENOMEM;
	event->gives_tid = event->record.tid;
	/* Of two threads that end a process at once, one may come after the process's own end. */
	return merge__add_late_event(merge, event);
}

const struct record_kind record__thread_exit = {
	.min_sz = sizeof(struct process_record),
	.arrive = arrive_thread_exit,
};
