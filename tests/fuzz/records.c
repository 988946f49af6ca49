// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>

#include "splitter/events.h"
#include "tests/fuzz/session.h"
#include "tests/fuzz/splitting.h"

/*
 * Whatever comes through the ring, in whatever order: the recorder goes on, and what it writes can
 * be read back without a complaint. The input is a list of steps, each a letter and what it takes:
 * a record that is nearly right, any bytes for one, or something that the session does.
 */

#define RECORD_MAX 512

struct record {
	union {
		struct submit_info info;
		struct process_record process;
		struct exec_record exec;
		struct exec_failed_record failed;
		char bytes[RECORD_MAX];
	};
};

/* Mostly small, so that records meet; now and then any. */
static uint64_t take_value(struct fuzzed *input, uint8_t limit)
{
	uint8_t byte = fuzzed__byte(input);

	return byte < 250 ? byte % limit : fuzzed__u64(input);
}

static uint64_t take_instance(struct fuzzed *input)
{
	uint64_t generation = 1 + take_value(input, 3);

	return generation << 32 | (uint32_t)take_value(input, SLOTS);
}

/* --- records ---------------------------------------------------------------------------------- */

static void take_process_record(struct fuzzed *input, struct process_record *record)
{
	record->instance = take_instance(input);
	record->stamp = take_value(input, 100);
	record->lost = take_value(input, 10);
	record->tgid = 1 + take_value(input, 5);
	record->tid = record->tgid + take_value(input, 3);
	record->ppid = take_value(input, 6);
	record->exit_code = fuzzed__u16(input);
	fuzzed__take(input, record->comm, fuzzed__byte(input) % (COMM_SZ + 1));
}

static void take_event(struct fuzzed *input, struct record *record)
{
	static const uint32_t kinds[] = {SUBMIT_FORK, SUBMIT_EXIT, SUBMIT_THREAD_START,
					 SUBMIT_THREAD_EXIT, SUBMIT_EXEC_FAILED};

	record->info.kind = kinds[fuzzed__byte(input) % 5];
	record->info.sz = sizeof(record->failed);
	take_process_record(input, &record->process);
	record->failed.call_stamp = take_value(input, 100);
}

static void take_exec(struct fuzzed *input, struct record *record)
{
	struct exec_record *exec = &record->exec;
	size_t room = RECORD_MAX - sizeof(*exec);
	size_t strings_sz = fuzzed__byte(input) % 64;

	take_process_record(input, &record->process);
	record->info.kind = fuzzed__byte(input) % 4 ? SUBMIT_EXEC : SUBMIT_ATTACH;
	exec->call_stamp = take_value(input, 100);
	exec->call_id = take_value(input, 200);
	exec->flags = fuzzed__byte(input);
	exec->argc = fuzzed__byte(input);
	exec->argv_full_len = fuzzed__byte(input);
	exec->exe_sz = take_value(input, 16);
	exec->file_sz = take_value(input, 16);
	exec->argv_sz = take_value(input, 32);
	fuzzed__take(input, exec + 1, strings_sz < room ? strings_sz : room);
	record->info.sz = sizeof(*exec) + strings_sz;
}

static uint16_t take_word(struct fuzzed *input)
{
	static const uint16_t marks[] = {WORD_SKIP,          WORD_SKIP + 3, WORD_LONG_SKIP,
					 WORD_LONG_SKIP + 1, WORD_EXEC,     WORD_WIDE};
	uint8_t byte = fuzzed__byte(input);

	return byte < 128 ? byte : byte < 240 ? marks[byte % 6] : fuzzed__u16(input);
}

/* Behind at; returns what it takes. */
static size_t take_segment(struct fuzzed *input, char *at)
{
	struct segment segment = {
		.instance = take_instance(input),
		.stamp = take_value(input, 100),
		.tgid = 1 + take_value(input, 5),
		.lost = take_value(input, 10),
	};
	uint16_t words[32];

	segment.tid = segment.tgid + take_value(input, 3);
	segment.word_cnt = fuzzed__byte(input) % 32;
	fuzzed__take(input, segment.comm, fuzzed__byte(input) % (COMM_SZ + 1));
	for (uint32_t i = 0; i < segment.word_cnt; i++)
		words[i] = take_word(input);
	memcpy(at, &segment, sizeof(segment));
	memcpy(at + sizeof(segment), words, segment.word_cnt * sizeof(*words));
	return (sizeof(segment) + segment.word_cnt * sizeof(*words) + 7) & ~(size_t)7;
}

static void take_batch(struct fuzzed *input, struct record *record)
{
	size_t sz = sizeof(record->info);
	uint8_t cnt = 1 + fuzzed__byte(input) % 4;

	while (cnt-- && sz + sizeof(struct segment) + 64 <= RECORD_MAX)
		sz += take_segment(input, record->bytes + sz);
	record->info.kind = SUBMIT_CALLS;
	record->info.sz = sz;
}

/* Only that the bytes are there, which the ring itself says, can be relied on. */
static void take_any(struct fuzzed *input, struct record *record, size_t *sz)
{
	*sz = fuzzed__u16(input) % (RECORD_MAX + 1);
	fuzzed__take(input, record->bytes, *sz);
}

static void dispatch(struct session *session, struct fuzzed *input, char step)
{
	struct record record = {0};
	size_t sz = 0;
	int err;

	if (step == 'c')
		take_batch(input, &record);
	else if (step == 'e')
		take_event(input, &record);
	else if (step == 'x')
		take_exec(input, &record);
	else
		take_any(input, &record, &sz);
	err = session__take(session, &record, sz ? sz : record.info.sz);
	must(err == 0 || err == -EBADMSG || err == -ENOMEM);
}

/* --- what the session does -------------------------------------------------------------------- */

static void visit(void *context, struct process *process)
{
	output__write_running(context, process);
}

static void do_other(struct session *session, struct fuzzed *input, char step)
{
	struct merge *merge = session->merge;
	uint64_t instance = take_instance(input);
	uint32_t tgid = 1 + take_value(input, 5) % LOG_LINE_PID_MAX;
	uint64_t number = fuzzed__u16(input) % 200;

	switch (step) {
	case 'b':
		merge__begin_round(merge, number);
		break;
	case 'r':
		merge__end_round(merge);
		break;
	case 'o':
		merge__has_open_exec(merge, number, 10);
		break;
	case 'l':
		merge__set_lost(merge, instance, tgid, number);
		break;
	case 'u':
		record__end_unseen(merge, instance, tgid, number, number);
		break;
	case 'w':
		merge__for_each(merge, visit, &session->output);
		break;
	}
}

/* --- what came of it -------------------------------------------------------------------------- */

static void check_log(const char *path, uint64_t calls)
{
	struct model model = {0};
	size_t len;
	char *text = read_file(AT_FDCWD, path, &len);

	model__add_log(&model, GROUPING_DEFAULT, text, len);
	must(model.line_cnt == calls && model.bad_cnt == 0);
	model__clear(&model);
	free(text);
}

static void check_events(const char *path)
{
	struct complaints complaints = {.file = "events", .what = "event"};
	struct strings *strings = need(strings__new());
	struct history *history = need(history__new(strings));
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	must(events__read(history, fd, SIZE_MAX, &complaints) == 0);
	must(complaints.cnt == 0);
	history__free(history);
	strings__free(strings);
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzzed input = {data, data + size};
	bool threads = fuzzed__byte(&input) & 1;
	struct session session;
	uint64_t calls;

	session__start(&session, threads);
	while (fuzzed__left(&input)) {
		char step = fuzzed__byte(&input);

		if (step && strchr("brouwl", step))
			do_other(&session, &input, step);
		else
			dispatch(&session, &input, step);
	}
	merge__close(session.merge);
	calls = merge__totals(session.merge).calls;
	session__end(&session);
	check_log(session.log_path.text, calls);
	check_events(session.event_path.text);
	return 0;
}
