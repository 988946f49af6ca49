// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/message.h"
#include "splitter/census.h"
#include "splitter/damage.h"
#include "splitter/events.h"
#include "splitter/input.h"
#include "splitter/interrupt.h"
#include "splitter/log_reader.h"
#include "splitter/stretches.h"
#include "splitter/verify.h"

/* Small: a recording of little work has a stretch a second, each of which begins a block. */
#define BLOCK_SIZE ((size_t)256 << 10)

struct verify {
	const char *log;
	int log_fd, events_fd;
	char *events_path;
	uint64_t log_bytes;
	struct strings *strings;
	struct history *history;
	struct checkpoints *checkpoints;
	struct census *census;
	struct block_parser *parser;
	struct block block;
	struct complaints bad_lines, bad_events;
	uint64_t line_cnt;      /* of the log as it is */
	struct ranges damaged;  /* lines of the log */
	struct ranges untold;   /* lines of the log whose events are not as they were */
	uint64_t unsound_line;  /* from this line of the log on, or UINT64_MAX */
	uint64_t unsound_event; /* likewise of the events */
	bool ends_within_line;
	size_t process_cnt[GRADE_DAMAGED + 1]; /* by grade */
	struct verdict *verdict;
};

static void note(struct verify *verify, enum grade grade, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void note(struct verify *verify, enum grade grade, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	soundness__vnote(&verify->verdict->soundness, grade, format, args);
	va_end(args);
}

static void lower(uint64_t *bound, uint64_t value)
{
	if (value < *bound)
		*bound = value;
}

/* Damage in a place, in the log or its events: told at once, and counted. */
static void report(struct verify *verify, const char *file, const char *where, const char *what)
{
	message__error("%s: %s: %s", message__quote(file), where, what);
	if (file == verify->log)
		note(verify, GRADE_DAMAGED, "%s: %s", where, what);
	else
		note(verify, GRADE_DAMAGED, "%s: %s: %s", message__quote(file), where, what);
}

/* --- the events ------------------------------------------------------------------------------- */

static int judge_events_stretches(struct verify *verify)
{
	static const struct checkpoint beginning = {.line = 1};
	const struct checkpoint *before = &beginning;
	size_t cnt = checkpoints__cnt(verify->checkpoints);

	for (size_t i = 0; i < cnt; i++) {
		const struct checkpoint *checkpoint = checkpoints__get(verify->checkpoints, i);
		char where[128];

		if (!checkpoint->events_good) {
			snprintf(where, sizeof(where),
				 "lines %" PRIu64 " to %" PRIu64 " (bytes %" PRIu64 " to %" PRIu64
				 ")",
				 before->event_line + 1, checkpoint->event_line,
				 before->event_bytes, checkpoint->event_bytes - 1);
			report(verify, verify->events_path, where, "not as they were recorded");
			lower(&verify->unsound_event, before->event_line + 1);
			if (ranges__add(&verify->untold, before->line, checkpoint->line))
				return -ENOMEM;
		}
		before = checkpoint;
	}
	return 0;
}

static int read_events(struct verify *verify, size_t memory_bytes)
{
	int err;

	verify->bad_events.file = verify->events_path;
	err = events__read_checkpoints(verify->history, verify->checkpoints, verify->events_fd,
				       memory_bytes, &verify->bad_events);
	if (err == -ENOBUFS) {
		message__error("%s has more events than --memory allows: give it more",
			       message__quote(verify->events_path));
		return -EIO;
	}
	if (err && err != -EINTR && err != -ENOMEM)
		return input__fail("read", verify->events_path, err);
	return err;
}

static int judge_events(struct verify *verify)
{
	const struct recording *recording = history__recording(verify->history);
	const struct checkpoint *last = checkpoints__last(verify->checkpoints);
	uint64_t event_lines = checkpoints__event_lines(verify->checkpoints);
	int err = judge_events_stretches(verify);

	if (verify->events_fd < 0)
		note(verify, GRADE_INCOMPLETE, "there are no events to check the lines against");
	if (verify->bad_events.cnt) {
		note(verify, GRADE_DAMAGED,
		     "%s has %" PRIu64 " malformed event%s, the first in line %" PRIu64,
		     message__quote(verify->events_path), verify->bad_events.cnt,
		     verify->bad_events.cnt == 1 ? "" : "s", verify->bad_events.first);
		lower(&verify->unsound_event, verify->bad_events.first);
		lower(&verify->unsound_line, recording->bad_line);
		if (!err && !verify->untold.cnt)
			err = ranges__add(&verify->untold, recording->bad_line, UINT64_MAX);
	}
	if (!recording->started && event_lines > 0 && recording->last_line)
		verify->unsound_event = 1;
	if (recording->is_disordered || verify->unsound_event == 1)
		lower(&verify->unsound_line, 1);
	if (recording->is_disordered || (!recording->started && recording->last_line))
		note(verify, GRADE_DAMAGED,
		     "the events are not one recording_start, what happened, and one "
		     "recording_end");
	if (recording->ended && last && !last->is_end)
		note(verify, GRADE_DAMAGED, "the recording_end has lost its checksums");
	return err;
}

/* --- the log ---------------------------------------------------------------------------------- */

/* What of a line that is not whole stands at the end of the log. */
static uint64_t partial_line(struct verify *verify, const struct stretch *stretch)
{
	char tail[LOG_LINE_MAX];
	uint64_t bytes = stretch->to - stretch->from;
	size_t len = bytes < sizeof(tail) ? bytes : sizeof(tail);
	ssize_t n = pread(verify->log_fd, tail, len, stretch->to - len);
	const char *newline = n == (ssize_t)len ? memrchr(tail, '\n', len) : NULL;

	if (newline)
		return tail + len - newline - 1;
	/* More of it is no line at all, and is reported as such. */
	return len == bytes ? len : 0;
}

static void note_bad_lines(struct verify *verify, const struct parsed_block *parsed)
{
	for (uint32_t i = 0; i < parsed->bad_cnt; i++) {
		if (i < COMPLAINTS_NAMED)
			complaints__add(&verify->bad_lines,
					verify->block.line_base + parsed->bad[i].line,
					parsed->bad[i].reason);
		else
			verify->bad_lines.cnt++;
	}
}

/* The block that was read. 0 or -ENOMEM. */
static int take_block(struct verify *verify, uint64_t damaged_from)
{
	const struct parsed_block *parsed = block_parser__parse(verify->parser, &verify->block);

	if (!parsed)
		return -ENOMEM;
	note_bad_lines(verify, parsed);
	verify->line_cnt += parsed->line_cnt;
	return census__add_block(verify->census, &verify->block, parsed, damaged_from);
}

static int read_stretch(struct verify *verify, const struct stretch *stretch, uint64_t bytes)
{
	struct log_reader *reader = log_reader__new(verify->log_fd, BLOCK_SIZE, true);
	bool is_good = stretch->state == STRETCH_GOOD || stretch->state == STRETCH_UNCOVERED;
	int err = reader ? 0 : -ENOMEM;

	if (!err && !verify->block.text)
		err = log_reader__init_block(reader, &verify->block);
	if (!err && lseek(verify->log_fd, stretch->from, SEEK_SET) < 0)
		err = -errno;
	if (!err)
		log_reader__limit(reader, bytes, stretch->line - 1);
	while (!err) {
		int got = log_reader__next(reader, &verify->block);

		if (got <= 0) {
			err = got;
			break;
		}
		err = take_block(verify, is_good ? 0 : stretch->line);
	}
	log_reader__free(reader);
	return err;
}

static int take_bad_stretch(struct verify *verify, const struct stretch *stretch, uint64_t lines)
{
	char where[128], what[160];

	damage__describe_place(where, sizeof(where), stretch);
	damage__describe(what, sizeof(what), stretch, lines, verify->log_bytes,
			 checkpoints__last(verify->checkpoints));
	report(verify, verify->log, where, what);
	lower(&verify->unsound_line, stretch->line);
	if (stretch->next_line == stretch->line)
		return 0;
	return ranges__add(&verify->damaged, stretch->line, stretch->next_line - 1);
}

static int take_stretch(void *context, const struct stretch *stretch)
{
	struct verify *verify = context;
	uint64_t bytes = stretch->to - stretch->from;
	uint64_t lines_before = verify->line_cnt;
	int err;

	if (stretch->state == STRETCH_UNCOVERED) {
		uint64_t partial = partial_line(verify, stretch);

		verify->ends_within_line = partial > 0;
		bytes -= partial;
	}
	err = read_stretch(verify, stretch, bytes);
	if (!err && (stretch->state == STRETCH_DAMAGED || stretch->state == STRETCH_UNKNOWN))
		err = take_bad_stretch(verify, stretch, verify->line_cnt - lines_before);
	return err;
}

static int read_log(struct verify *verify)
{
	struct parser_config config = {
		.grouping = GROUPING_PID,
		.history = verify->history,
		.block_size = BLOCK_SIZE,
	};
	int err;

	verify->bad_lines.file = verify->log;
	verify->census = census__new(verify->history);
	verify->parser = block_parser__new(&config);
	if (!verify->census || !verify->parser)
		return -ENOMEM;
	err = stretches__walk(verify->checkpoints, verify->log_fd, verify->log_bytes, take_stretch,
			      verify);
	complaints__summarize(&verify->bad_lines);
	if (err && err != -EINTR && err != -ENOMEM)
		return input__fail("read", verify->log, err);
	return err;
}

static void judge_log(struct verify *verify)
{
	const struct recording *recording = history__recording(verify->history);
	uint64_t told = recording->last_line ? recording->last_line - 1 : 0;

	if (verify->bad_lines.cnt) {
		note(verify, GRADE_DAMAGED,
		     "%" PRIu64 " malformed line%s, the first is line %" PRIu64,
		     verify->bad_lines.cnt, verify->bad_lines.cnt == 1 ? "" : "s",
		     verify->bad_lines.first);
		lower(&verify->unsound_line, verify->bad_lines.first);
	}
	if (recording->has_line_cnt && recording->line_cnt != verify->line_cnt)
		note(verify, GRADE_DAMAGED, "it has %" PRIu64 " lines, its events say %" PRIu64,
		     verify->line_cnt, recording->line_cnt);
	else if (told > verify->line_cnt + recording->unwritten_calls)
		note(verify, GRADE_DAMAGED,
		     "it has %" PRIu64 " lines, its events name line %" PRIu64, verify->line_cnt,
		     told);
	if (verify->ends_within_line)
		note(verify, recording->ended ? GRADE_DAMAGED : GRADE_INCOMPLETE,
		     "the last line has no end");
}

/* --- the whole -------------------------------------------------------------------------------- */

/* What the recording itself says is missing. */
static void judge_completeness(struct verify *verify)
{
	const struct recording *recording = history__recording(verify->history);
	uint64_t lost = census__calls_lost(verify->census);

	if (verify->events_fd < 0)
		return;
	if (recording->has_counts && !recording->records_lost) {
		uint64_t taken_in = census__taken_in(verify->census);

		if (recording->process_cnt != taken_in)
			note(verify, GRADE_DAMAGED,
			     "its events tell of %" PRIu64 " processes, their end of %" PRIu64,
			     taken_in, recording->process_cnt);
		if (recording->calls_lost != lost)
			note(verify, GRADE_DAMAGED,
			     "its events tell of %" PRIu64 " lost calls, their end of %" PRIu64,
			     lost, recording->calls_lost);
	}
	if (recording->has_counts && recording->calls_lost > lost)
		lost = recording->calls_lost;
	if (lost)
		note(verify, GRADE_INCOMPLETE, "%" PRIu64 " calls lost", lost);
	if (!recording->ended)
		note(verify, GRADE_INCOMPLETE,
		     "no recording_end: the recorder was killed, or could not write");
	else if (!recording->complete && !lost)
		note(verify, GRADE_INCOMPLETE, "the recording_end says so: %s",
		     message__quote(strings__text(verify->strings, recording->reason)));
}

/* In the middle of what is taken for sound, lines and events may still contradict each other. */
static void judge_processes(struct verify *verify, bool say)
{
	struct census_facts facts = {
		.recording = history__recording(verify->history),
		.damaged = &verify->damaged,
		.untold = &verify->untold,
		.line_cnt = verify->line_cnt,
	};
	uint64_t bound = verify->unsound_line;
	struct census_process process;
	size_t next = 0;

	lower(&bound, verify->line_cnt + 1);
	while (census__next(verify->census, &facts, &next, &process)) {
		const char *comm = strings__text(verify->strings, process.comm);
		const char *word = soundness__word(&process.soundness);

		if (process.is_contradicted && process.contradiction.last <= bound)
			lower(&verify->unsound_line, process.contradiction.first);
		if (process.soundness.grade > verify->verdict->soundness.grade)
			note(verify, process.soundness.grade, "process %" PRIu32 ": %s",
			     process.pid, process.soundness.reason);
		verify->process_cnt[process.soundness.grade]++;
		if (say && process.soundness.grade == GRADE_WHOLE)
			printf("%" PRIu32 " %s: whole\n", process.pid, comm);
		else if (say)
			printf("%" PRIu32 " %s: %s: %s\n", process.pid, comm, word,
			       process.soundness.reason);
	}
}

static void find_sound(struct verify *verify)
{
	struct verdict *verdict = verify->verdict;
	size_t cnt = checkpoints__cnt(verify->checkpoints);

	verdict->sound_lines = verify->line_cnt;
	verdict->sound_events = verify->unsound_event - 1;
	if (verdict->soundness.grade != GRADE_DAMAGED)
		return;
	if (!cnt) {
		lower(&verdict->sound_lines, verify->unsound_line - 1);
		return;
	}
	verdict->sound_lines = verdict->sound_events = 0;
	for (size_t i = 0; i < cnt; i++) {
		const struct checkpoint *checkpoint = checkpoints__get(verify->checkpoints, i);

		if (checkpoint->line > verify->unsound_line ||
		    checkpoint->event_line >= verify->unsound_event)
			return;
		verdict->sound_lines = checkpoint->line - 1;
		verdict->sound_events = checkpoint->event_line;
	}
}

static void print_verdict(const struct verify *verify)
{
	const struct soundness *soundness = &verify->verdict->soundness;
	const char *log = message__quote(verify->log), *word = soundness__word(soundness);
	size_t cnt = verify->process_cnt[soundness->grade];

	if (soundness->grade != GRADE_WHOLE) {
		printf("%s: %s: %s", log, word, soundness->reason);
		if (soundness->note_cnt > 1)
			printf(" (and %" PRIu64 " more)", soundness->note_cnt - 1);
		if (cnt)
			printf("; %zu process%s %s", cnt, cnt == 1 ? " is" : "es are", word);
		putchar('\n');
		return;
	}
	printf("%s: whole: %" PRIu64 " line%s of %zu process%s%s\n", log, verify->line_cnt,
	       verify->line_cnt == 1 ? "" : "s", cnt, cnt == 1 ? "" : "es",
	       checkpoints__cnt(verify->checkpoints)
		       ? ""
		       : "; there are no checksums, so a changed byte may not show");
}

/* --- one recording ---------------------------------------------------------------------------- */

static int open_recording(struct verify *verify, const struct options *options)
{
	struct stat status;
	int err = input__open_events(verify->log, options->events, &verify->events_path,
				     &verify->events_fd);

	if (!err)
		err = input__open_log(verify->log, &verify->log_fd);
	if (err)
		return err;
	if (fstat(verify->log_fd, &status))
		return input__fail("read", verify->log, -errno);
	if (!S_ISREG(status.st_mode)) {
		message__error("%s is no regular file: a pipe can not be read twice, as checking "
			       "it needs",
			       message__quote(verify->log));
		return -EIO;
	}
	verify->log_bytes = status.st_size;
	verify->strings = strings__new();
	verify->history = verify->strings ? history__new(verify->strings) : NULL;
	verify->checkpoints = checkpoints__new();
	return verify->history && verify->checkpoints ? 0 : -ENOMEM;
}

static void close_recording(struct verify *verify)
{
	log_reader__free_block(&verify->block);
	block_parser__free(verify->parser);
	census__free(verify->census);
	checkpoints__free(verify->checkpoints);
	history__free(verify->history);
	strings__free(verify->strings);
	ranges__free(&verify->damaged);
	ranges__free(&verify->untold);
	if (verify->log_fd > STDIN_FILENO)
		close(verify->log_fd);
	if (verify->events_fd >= 0)
		close(verify->events_fd);
	free(verify->events_path);
}

int verify__log(const struct options *options, const char *log, bool say, struct verdict *verdict)
{
	struct verify verify = {
		.log = log,
		.log_fd = -1,
		.events_fd = -1,
		.bad_lines = {.what = "malformed line"},
		.bad_events = {.what = "malformed event"},
		.unsound_line = UINT64_MAX,
		.unsound_event = UINT64_MAX,
		.verdict = verdict,
	};
	int err;

	*verdict = (struct verdict){0};
	err = open_recording(&verify, options);
	if (!err && verify.events_fd >= 0)
		err = read_events(&verify, options->memory_bytes);
	if (!err)
		err = history__finish(verify.history, GROUPING_PID);
	if (!err)
		err = judge_events(&verify);
	if (!err)
		err = read_log(&verify);
	if (!err) {
		judge_completeness(&verify);
		judge_log(&verify);
		judge_processes(&verify, say);
		find_sound(&verify);
		verdict->has_events = verify.events_fd >= 0;
		verdict->has_end = history__recording(verify.history)->ended;
		print_verdict(&verify);
		/* What is said of it on stderr comes behind it. */
		fflush(stdout);
	}
	close_recording(&verify);
	return err;
}

static int status_of(enum grade grade)
{
	static const int statuses[] = {
		[GRADE_WHOLE] = 0,
		[GRADE_INCOMPLETE] = 3,
		[GRADE_DAMAGED] = 1,
	};

	return statuses[grade];
}

int verify__run(const struct options *options)
{
	enum grade worst = GRADE_WHOLE;

	for (unsigned int i = 0; i < options->log_cnt; i++) {
		struct verdict verdict;
		int err = verify__log(options, options->logs[i], !options->quiet, &verdict);

		if (err == -EINTR)
			return 1;
		if (err == -ENOMEM)
			message__error("not enough memory");
		if (err)
			worst = GRADE_DAMAGED;
		else if (verdict.soundness.grade > worst)
			worst = verdict.soundness.grade;
	}
	return status_of(worst);
}
