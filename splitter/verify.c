// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/message.h"
#include "splitter/verification.h"

void verify__note(struct verify *verify, enum grade grade, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	soundness__vnote(&verify->verdict->soundness, grade, format, args);
	va_end(args);
}

void verify__lower(uint64_t *bound, uint64_t value)
{
	if (value < *bound)
		*bound = value;
}

void verify__report(struct verify *verify, const char *file, const char *where, const char *what)
{
	if (verify->place_cnt++ < COMPLAINTS_NAMED)
		message__error("%s: %s: %s", message__quote(file), where, what);
	if (file == verify->input.log)
		verify__note(verify, GRADE_DAMAGED, "%s: %s", where, what);
	else
		verify__note(verify, GRADE_DAMAGED, "%s: %s: %s", message__quote(file), where,
			     what);
}

/* --- the whole -------------------------------------------------------------------------------- */

/* It is none of what is sound. */
static void reject_end(struct verify *verify)
{
	const struct checkpoint *last = checkpoints__last(verify->checkpoints);

	if (last && last->is_end)
		verify__lower(&verify->unsound_event, last->event_line);
}

/* Whether the recording_end says what the events before it say. */
static void judge_end(struct verify *verify)
{
	const struct recording *recording = history__recording(verify->history);
	const struct checkpoint *last = checkpoints__last(verify->checkpoints);
	uint64_t lost = census__calls_lost(verify->census);
	uint64_t taken_in = census__taken_in(verify->census);
	bool fits = true;

	if (recording->has_counts && !recording->records_lost) {
		fits = recording->process_cnt == taken_in && recording->calls_lost == lost;
		if (recording->process_cnt != taken_in)
			verify__note(verify, GRADE_DAMAGED,
				     "its events tell of %" PRIu64
				     " processes, their end of %" PRIu64,
				     taken_in, recording->process_cnt);
		if (recording->calls_lost != lost)
			verify__note(verify, GRADE_DAMAGED,
				     "its events tell of %" PRIu64
				     " lost calls, their end of %" PRIu64,
				     lost, recording->calls_lost);
	}
	/* That the log has another number of lines is told with the log. */
	if (recording->has_line_cnt && last)
		fits &= last->line == recording->line_cnt + 1;
	if (!fits)
		reject_end(verify);
}

/* What the recording itself says is missing. */
static void judge_completeness(struct verify *verify)
{
	const struct recording *recording = history__recording(verify->history);
	uint64_t lost = census__calls_lost(verify->census);
	/* Empty: there is none, or it is too long to be the recorder's. */
	const char *reason = strings__text(verify->strings, recording->reason);

	if (verify->input.events_fd < 0)
		return;
	judge_end(verify);
	if (recording->has_counts && recording->calls_lost > lost)
		lost = recording->calls_lost;
	if (lost)
		verify__note(verify, GRADE_INCOMPLETE, "%" PRIu64 " calls lost", lost);
	if (!recording->ended)
		verify__note(verify, GRADE_INCOMPLETE,
			     "no recording_end: the recorder was killed, or could not write");
	else if (!lost && recording->records_lost)
		verify__note(verify, GRADE_INCOMPLETE, "something was lost: %s",
			     message__quote(strings__text(verify->strings, recording->loss)));
	else if (!recording->complete && !lost)
		verify__note(verify, GRADE_INCOMPLETE, "the recording_end says so%s%s",
			     *reason ? ": " : "", *reason ? message__quote(reason) : "");
}

/* From this line of the log on, 0: from the beginning of the events. */
static void reject_from(struct verify *verify, uint64_t line)
{
	verify__lower(&verify->unsound_line, line ? line : 1);
	if (!line)
		verify->unsound_event = 1;
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

	/* Without what tells whose they are, they would be another's. */
	reject_from(verify, history__guessed_from(verify->history));
	verify__lower(&bound, verify->line_cnt + 1);
	while (census__next(verify->census, &facts, &next, &process)) {
		const char *comm = strings__text(verify->strings, process.comm);
		const char *word = soundness__word(&process.soundness);

		if (process.is_contradicted && process.contradiction.last <= bound)
			reject_from(verify, process.contradiction.first);
		if (process.contradicts_end)
			reject_end(verify);
		if (process.soundness.grade > verify->verdict->soundness.grade)
			verify__note(verify, process.soundness.grade, "process %" PRIu32 ": %s",
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
	struct verify_result *verdict = verify->verdict;
	size_t cnt = checkpoints__cnt(verify->checkpoints);

	verdict->sound_lines = verify->line_cnt;
	verdict->sound_events = UINT64_MAX;
	if (verdict->soundness.grade != GRADE_DAMAGED)
		return;
	if (!cnt) {
		verify__lower(&verdict->sound_lines, verify->unsound_line - 1);
		verdict->sound_events = verify->unsound_event - 1;
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
	const char *log = message__quote(verify->input.log), *word = soundness__word(soundness);
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

/* What repairing needs to know of it, but what is sound. 0 or -ENOMEM. */
static int tell_whole(const struct verify *verify)
{
	const struct recording *recording = history__recording(verify->history);
	struct verify_result *verdict = verify->verdict;

	verdict->has_events = verify->input.events_fd >= 0;
	verdict->has_end = recording->ended;
	if (!recording->records_lost)
		return 0;
	verdict->losses = strdup(strings__text(verify->strings, recording->losses));
	return verdict->losses ? 0 : -ENOMEM;
}

/* --- one recording ---------------------------------------------------------------------------- */

static int open_recording(struct verify *verify, const char *log, const struct options *options)
{
	struct stat status;
	int err = input__open(&verify->input, log, options->events);

	if (err)
		return err;
	if (fstat(verify->input.log_fd, &status))
		return message__fail("read", verify->input.log, -errno);
	if (!S_ISREG(status.st_mode)) {
		message__error("%s is no regular file: a pipe can not be read twice, as checking "
			       "it needs",
			       message__quote(verify->input.log));
		return -EIO;
	}
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
	input__close(&verify->input);
}

int verify__log(const struct options *options, const char *log, bool say,
		struct verify_result *verdict)
{
	struct verify verify = {
		.bad_lines = {.what = "malformed line"},
		.bad_events = {.what = "malformed event"},
		.unsound_line = UINT64_MAX,
		.unsound_event = UINT64_MAX,
		.verdict = verdict,
	};
	int err;

	*verdict = (struct verify_result){0};
	err = open_recording(&verify, log, options);
	if (!err && verify.input.events_fd >= 0)
		err = verify_events__read(&verify, options->memory_bytes);
	if (!err)
		err = history__finish(verify.history, GROUPING_PID);
	if (!err)
		err = verify_events__judge(&verify);
	if (!err)
		err = verify_log__read(&verify);
	if (!err)
		err = tell_whole(&verify);
	if (!err) {
		judge_completeness(&verify);
		verify_log__judge(&verify);
		judge_processes(&verify, say);
		find_sound(&verify);
		if (verify.place_cnt > COMPLAINTS_NAMED)
			message__error("%s: %zu places are damaged", message__quote(log),
				       verify.place_cnt);
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
		struct verify_result verdict;
		int err = verify__log(options, options->logs[i], !options->quiet, &verdict);

		free(verdict.losses);
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
