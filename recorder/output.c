// SPDX-License-Identifier: BSD-2-Clause
#include <string.h>

#include "recorder/output.h"
#include "recorder/thread.h"

json_t *output__begin_event(struct output *output, const char *type,
			    const struct process_record *record)
{
	uint64_t line = id_log__lines(output->ids) + 1;
	json_t *event;

	if (line < output->last_line)
		line = output->last_line;
	output->last_line = line;
	event = event_log__begin(output->events, type, record->time_ns, line);
	event_log__set_int(event, "pid", record->tgid);
	return event;
}

json_t *output__begin_process_event(struct output *output, const char *type,
				    const struct process_record *record)
{
	json_t *event = output__begin_event(output, type, record);

	event_log__set_int(event, "ppid", record->ppid);
	event_log__set_bytes(event, "comm", record->comm, strnlen(record->comm, COMM_SZ - 1));
	return event;
}

void output__set_counts(json_t *event, const struct process *process)
{
	event_log__set_int(event, "calls", process->lines);
	event_log__set_int(event, "lost", process->lost_here);
}

static void write_calls(void *context, struct process *process, const struct caller *caller,
			const int64_t *ids, size_t cnt)
{
	struct output *output = context;

	(void)process;
	id_log__write(output->ids, caller, ids, cnt);
}

static void write_event(void *context, struct process *process, const struct event *event)
{
	if (event->emit)
		event->emit(context, process, event);
}

static void write_lost(void *context, struct process *process, uint64_t cnt)
{
	struct output *output = context;
	struct process_record record = {.tgid = process->tgid};
	json_t *json = output__begin_event(output, "lost", &record);

	event_log__set_int(json, "calls", cnt);
	event_log__set_int(json, "process_line", process->lines + 1);
	event_log__write(output->events, json);
}

static void write_thread(void *context, struct process *process, const struct thread *thread,
			 bool starts, uint64_t time_ns)
{
	struct output *output = context;
	struct process_record record = {.tgid = process->tgid, .time_ns = time_ns};
	json_t *json =
		output__begin_event(output, starts ? "thread_start" : "thread_exit", &record);

	event_log__set_int(json, "tid", thread->tid);
	event_log__set_text(json, "comm", thread->comm);
	event_log__write(output->events, json);
}

struct process_output output__of(struct output *output)
{
	return (struct process_output){
		.calls = write_calls,
		.event = write_event,
		.lost = write_lost,
		.thread = write_thread,
		.context = output,
	};
}

void output__write_running(struct output *output, const struct process *process)
{
	struct process_record record = {.tgid = process->tgid, .ppid = process->ppid};
	json_t *json;

	memcpy(record.comm, process->comm, COMM_SZ);
	json = output__begin_process_event(output, "process_attach", &record);
	event_log__set_text(json, "file", process->file ? process->file : "");
	event_log__write(output->events, json);
	if (!output->threads)
		return;
	for (struct thread *thread = process->threads; thread; thread = thread->next)
		write_thread(output, (struct process *)process, thread, true, 0);
}
