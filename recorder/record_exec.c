// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/record.h"

/* Records with strings: exec, its failure, and attach. */

static const struct exec_record *exec_of(const struct event *event)
{
	return (const struct exec_record *)&event->record;
}

/* The three strings that follow the record, each within its bounds. */
struct exec_strings {
	const char *exe, *file, *argv;
	size_t exe_len, file_len, argv_sz;
};

static bool find_strings(struct exec_strings *strings, const struct exec_record *record)
{
	uint64_t total = (uint64_t)record->exe_sz + record->file_sz + record->argv_sz;

	if (total > record->process.info.sz - sizeof(*record))
		return false;
	strings->exe = (const char *)(record + 1);
	strings->file = strings->exe + record->exe_sz;
	strings->argv = strings->file + record->file_sz;
	strings->exe_len = strnlen(strings->exe, record->exe_sz);
	strings->file_len = strnlen(strings->file, record->file_sz);
	strings->argv_sz = record->argv_sz;
	return true;
}

/* Up to the end of the last argument that is there whole. */
static size_t whole_args_sz(const char *argv, size_t sz)
{
	const char *last = sz ? memrchr(argv, '\0', sz) : NULL;

	return last ? last - argv + 1 : 0;
}

/* --- exec ------------------------------------------------------------------------------------- */

static void emit_exec(void *context, struct process *process, const struct event *event)
{
	struct output *output = context;
	const struct exec_record *record = exec_of(event);
	json_t *json = output__begin_process_event(output, "process_exec", &event->record);
	struct exec_strings strings = {0};
	size_t argv_sz;

	find_strings(&strings, record);
	process__describe(process, &event->record, strings.file, strings.file_len);
	argv_sz = whole_args_sz(strings.argv, strings.argv_sz);
	event_log__set_int(json, "tid", event->record.tid);
	event_log__set_bytes(json, "exe", strings.exe, strings.exe_len);
	event_log__set_bytes(json, "file", strings.file, strings.file_len);
	event_log__set_int(json, "argc", record->argc);
	event_log__set_strings(json, "argv", strings.argv, argv_sz);
	event_log__set_bool(json, "argv_cut", argv_sz < record->argv_full_len);
	event_log__set_bool(json, "started", record->flags & EXEC_STARTED);
	event_log__set_bool(json, "recorded", record->flags & EXEC_RECORDED);
	if (event->is_misplaced)
		event_log__set_bool(json, "misplaced", true);
	if (event->ends)
		output__set_counts(json, process);
	event_log__write(output->events, json);
}

/* A call that it stands for is the new program's: of one that is not recorded there is no line. */
static bool has_sound_flags(const struct exec_record *record)
{
	return !(record->flags & EXEC_IS_CALL) || record->flags & EXEC_RECORDED;
}

static int arrive_exec(struct merge *merge, const struct submit_info *info)
{
	const struct exec_record *record = (const struct exec_record *)info;
	struct exec_strings strings;
	struct event *event;

	if (!find_strings(&strings, record) || !has_sound_flags(record))
		return -EBADMSG;
	event = merge__new_event(&record->process, info->sz);
	if (!event)
		return -ENOMEM;
	event->emit = emit_exec;
	event->settles_call = record->call_stamp;
	event->takes_tid = record->flags & EXEC_RECORDED ? event->record.tgid : 0;
	event->starts = record->flags & EXEC_STARTED;
	event->ends = !(record->flags & EXEC_RECORDED);
	event->ends_threads = true;
	event->has_call = record->flags & EXEC_IS_CALL;
	event->call_id = record->call_id;
	return merge__add_event(merge, event);
}

const struct record_kind record__exec = {
	.min_sz = sizeof(struct exec_record),
	.arrive = arrive_exec,
};

static int arrive_exec_failed(struct merge *merge, const struct submit_info *info)
{
	const struct exec_failed_record *record = (const struct exec_failed_record *)info;

	return merge__add_failed_exec(merge, record->process.instance, record->call_stamp);
}

const struct record_kind record__exec_failed = {
	.min_sz = sizeof(struct exec_failed_record),
	.arrive = arrive_exec_failed,
};

/* --- attach ----------------------------------------------------------------------------------- */

static void emit_attach(void *context, struct process *process, const struct event *event)
{
	struct output *output = context;
	json_t *json = output__begin_process_event(output, "process_attach", &event->record);
	struct exec_strings strings = {0};

	find_strings(&strings, exec_of(event));
	process__describe(process, &event->record, strings.file, strings.file_len);
	event_log__set_bytes(json, "file", strings.file, strings.file_len);
	event_log__write(output->events, json);
}

static int arrive_attach(struct merge *merge, const struct submit_info *info)
{
	const struct exec_record *record = (const struct exec_record *)info;
	struct exec_strings strings;
	struct event *event;

	if (!find_strings(&strings, record))
		return -EBADMSG;
	event = merge__new_event(&record->process, info->sz);
	if (!event)
		return -ENOMEM;
	event->emit = emit_attach;
	event->starts = true;
	event->takes_tid = event->record.tgid;
	return merge__add_event(merge, event);
}

const struct record_kind record__attach = {
	.min_sz = sizeof(struct exec_record),
	.arrive = arrive_attach,
};
