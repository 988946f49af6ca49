// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "splitter/census.h"

/* What the log has of one life. */
struct tally {
	uint64_t line_cnt;
	uint64_t damaged_cnt;  /* of these, those in damaged stretches, whose place is not known */
	uint64_t damaged_from; /* where the first of these stretches begins, or 0 */
	uint64_t first_line, last_line; /* of the others; 0: there is none */
	uint64_t odd_exec; /* an exec that is not at this line, where it should be; or 0 */
	uint64_t lost;     /* by its events */
	uint32_t comm;     /* of the program it ran last */
	bool has_lost;     /* by those that stand before what was counted last */
};

/* A pid that the events know nothing of. */
struct stray {
	uint64_t line_cnt;
	uint32_t comm;
	bool is_placed; /* not all of these are in damaged stretches */
};

struct census {
	const struct history *history;
	struct tally *tallies; /* by life */
	size_t life_cnt;
	struct stray *strays; /* by pid; NULL before the first */
	uint32_t stray_end;   /* behind the greatest of these pids */
	const struct event *events;
	size_t event_cnt;
	size_t next_event; /* the first whose line was not yet counted */
	uint64_t taken_in, calls_lost;
};

/* Numbers are the events' own, and may be anything. */
static uint64_t add_capped(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static void take_event(struct census *census, const struct event *event)
{
	struct tally *tally = &census->tallies[event->life];

	if (event->kind == EVENT_LOST) {
		tally->lost = add_capped(tally->lost, event->calls);
		census->calls_lost = add_capped(census->calls_lost, event->calls);
	} else if (event->kind == EVENT_EXEC && event->recorded) {
		tally->comm = event->comm;
	}
}

struct census *census__new(const struct history *history)
{
	struct census *census = calloc(1, sizeof(*census));

	if (!census)
		return NULL;
	census->history = history;
	census->life_cnt = history__life_cnt(history);
	census->tallies = calloc(census->life_cnt + 1, sizeof(*census->tallies));
	if (!census->tallies) {
		free(census);
		return NULL;
	}
	census->events = history__events(history, &census->event_cnt);
	for (size_t i = 0; i < census->life_cnt; i++) {
		const struct life *life = history__life(history, i + 1);

		census->tallies[i].comm = life->comm;
		census->taken_in += life->start != LIFE_START_UNKNOWN;
	}
	for (size_t i = 0; i < census->event_cnt; i++)
		take_event(census, &census->events[i]);
	return census;
}

void census__free(struct census *census)
{
	if (!census)
		return;
	free(census->tallies);
	free(census->strays);
	free(census);
}

uint64_t census__taken_in(const struct census *census)
{
	return census->taken_in;
}

uint64_t census__calls_lost(const struct census *census)
{
	return census->calls_lost;
}

/* --- counting --------------------------------------------------------------------------------- */

static int add_stray(struct census *census, const struct stream *stream, const char *text,
		     bool is_placed)
{
	const char *comm = text + stream->comm;
	struct stray *stray;

	if (!census->strays)
		census->strays = calloc(LOG_LINE_PID_MAX + 1, sizeof(*census->strays));
	if (!census->strays)
		return -ENOMEM;
	stray = &census->strays[stream->pid];
	if (!stray->line_cnt)
		stray->comm = strings__intern(history__strings(census->history), comm,
					      (const char *)rawmemchr(comm, '\n') - comm);
	stray->line_cnt += stream->call_cnt;
	stray->is_placed |= is_placed;
	if (stream->pid >= census->stray_end)
		census->stray_end = stream->pid + 1;
	return stray->comm == STRINGS_FAILED ? -ENOMEM : 0;
}

static void add_lines(struct tally *tally, const struct stream *stream, uint64_t line_base,
		      uint64_t damaged_from)
{
	tally->line_cnt += stream->call_cnt;
	if (damaged_from) {
		tally->damaged_cnt += stream->call_cnt;
		if (!tally->damaged_from)
			tally->damaged_from = damaged_from;
		return;
	}
	if (!tally->first_line)
		tally->first_line = line_base + stream->first_line;
	tally->last_line = line_base + stream->last_line;
}

/* Where the lines of a block stand; they are asked for in their order. */
struct line_finder {
	const char *at, *end;
	uint64_t line;
};

static bool find_line(struct line_finder *finder, uint64_t wanted, struct log_line *line)
{
	const char *newline;

	for (; finder->line < wanted; finder->line++)
		finder->at = (const char *)rawmemchr(finder->at, '\n') + 1;
	newline = rawmemchr(finder->at, '\n');
	return !log_line__parse(line, finder->at, newline - finder->at);
}

static bool is_text(const struct census *census, uint32_t id, const char *text, size_t len)
{
	const char *own = strings__text(history__strings(census->history), id);

	return strlen(own) == len && memcmp(own, text, len) == 0;
}

/*
 * The exec's own call stands at its event's line, under the new comm. Not so where it may have been
 * lost, of which an event tells before that of the exec, where the exec was not awaited, and where
 * the kernel itself has started the program: then there was no call.
 */
static bool is_odd_exec(const struct census *census, const struct event *exec,
			const struct log_line *line)
{
	if (census->tallies[exec->life].has_lost || exec->misplaced)
		return false;
	if (line->pid != exec->pid)
		return !exec->started;
	return !is_text(census, exec->comm, line->comm, line->comm_len);
}

static void check_execs(struct census *census, const struct block *block,
			const struct parsed_block *parsed, bool is_damaged)
{
	struct line_finder finder = {block->text, block->text + block->len, block->line_base + 1};
	uint64_t end_line = block->line_base + parsed->line_cnt;

	for (; census->next_event < census->event_cnt; census->next_event++) {
		const struct event *event = &census->events[census->next_event];
		struct tally *tally = &census->tallies[event->life];
		struct log_line line;

		if (event->line > end_line)
			return;
		tally->has_lost |= event->kind == EVENT_LOST && event->calls;
		if (is_damaged || event->line <= block->line_base || event->kind != EVENT_EXEC ||
		    !event->recorded || tally->odd_exec)
			continue;
		if (find_line(&finder, event->line, &line) && is_odd_exec(census, event, &line))
			tally->odd_exec = event->line;
	}
}

int census__add_block(struct census *census, const struct block *block,
		      const struct parsed_block *parsed, uint64_t damaged_from)
{
	for (uint32_t i = 0; i < parsed->stream_cnt; i++) {
		const struct stream *stream = &parsed->streams[i];

		if (stream->life)
			add_lines(&census->tallies[stream->life - 1], stream, block->line_base,
				  damaged_from);
		else if (add_stray(census, stream, parsed->text, !damaged_from))
			return -ENOMEM;
	}
	check_execs(census, block, parsed, damaged_from);
	return 0;
}

/* --- judging ---------------------------------------------------------------------------------- */

struct scene {
	const struct census *census;
	const struct census_facts *facts;
	const struct life *life;
	const struct tally *tally;
	struct census_process *process;
};

#define DAMAGED(scene, ...) \
	soundness__note(&(scene)->process->soundness, GRADE_DAMAGED, __VA_ARGS__)
#define INCOMPLETE(scene, ...) \
	soundness__note(&(scene)->process->soundness, GRADE_INCOMPLETE, __VA_ARGS__)

static uint64_t end_line(const struct life *life)
{
	return life->end_order == LIFE_OPEN ? UINT64_MAX : life->end_line;
}

/* Where the process and a part of the recording that is not as it was meet. */
static void judge_by_damage(struct scene *scene)
{
	const struct life *life = scene->life;
	const struct range *met;

	if (scene->tally->damaged_from)
		DAMAGED(scene, "the log is damaged from line %" PRIu64 " on, where it has lines",
			scene->tally->damaged_from);
	for (uint32_t i = 0; i < life->event_cnt; i++) {
		uint64_t line = history__event(scene->census->history, life, i)->line;

		met = ranges__meet(scene->facts->untold, line, line);
		if (met)
			DAMAGED(scene, "its events are damaged from line %" PRIu64 " of the log on",
				met->first);
	}
	if (life->has_totals)
		return;
	/* Nothing says how many lines it should have. */
	met = ranges__meet(scene->facts->damaged, life->from_line, UINT64_MAX);
	if (!met)
		met = ranges__meet(scene->facts->untold, life->from_line, UINT64_MAX);
	if (met)
		DAMAGED(scene, "what it did from line %" PRIu64 " on may be missing", met->first);
}

/* Its pid has another life, and nothing says when this one ended. */
static bool is_never_ended(const struct scene *scene)
{
	return scene->life->end_order == LIFE_OPEN &&
	       !history__is_latest(scene->census->history, scene->life);
}

static uint64_t first_event_line(const struct scene *scene)
{
	return history__event(scene->census->history, scene->life, 0)->line;
}

/*
 * What its events say and what its lines are does not fit, and nobody knows which is wrong: sound
 * is what stands in front of its first line. Where that will not do, the event that does not fit
 * goes, which is kept with the line before it. 0: nothing is left in front of that.
 */
static uint64_t first_unsound(const struct scene *scene)
{
	uint64_t own = scene->tally->first_line, first = first_event_line(scene);

	if (own && own < first)
		first = own;
	if (first >= end_line(scene->life))
		return scene->life->end_line - 1;
	return is_never_ended(scene) ? first - 1 : first;
}

/* last: the last line that is needed to show it. */
static void contradict(struct scene *scene, uint64_t last)
{
	struct census_process *process = scene->process;

	if (process->is_contradicted && process->contradiction.last <= last)
		return;
	process->is_contradicted = true;
	process->contradiction = (struct range){first_unsound(scene), last};
}

/* Whether its lines are where its events say. */
static void judge_places(struct scene *scene)
{
	const struct tally *tally = scene->tally;
	const struct life *life = scene->life;

	if (tally->first_line && tally->first_line < life->from_line) {
		DAMAGED(scene, "it has a line, %" PRIu64 ", before its start", tally->first_line);
		contradict(scene, tally->first_line);
	}
	if (tally->last_line >= end_line(life)) {
		DAMAGED(scene, "it has a line, %" PRIu64 ", behind its end", tally->last_line);
		/* It may be one that is missing in front of its end. */
		contradict(scene, life->end_line);
	}
	if (tally->odd_exec && !scene->facts->recording->records_lost) {
		DAMAGED(scene, "line %" PRIu64 " should be the exec that its events tell of",
			tally->odd_exec);
		contradict(scene, tally->odd_exec);
	}
	/* Without its first event, these lines would be of the one before it. */
	if (life->start == LIFE_START_UNKNOWN && life->from_line && tally->first_line &&
	    tally->first_line < first_event_line(scene))
		contradict(scene, tally->first_line);
	if (is_never_ended(scene)) {
		DAMAGED(scene, "its end is not in the events, and its pid was used again");
		contradict(scene, life->from_line);
	}
}

/* Whether its end can't be that of so many lines; the recorder may have failed to write some. */
static bool is_count_odd(const struct scene *scene, uint64_t line_cnt)
{
	uint64_t calls = scene->life->calls;

	return calls < line_cnt || calls - line_cnt > scene->facts->recording->unwritten_calls;
}

/* Whether they are as many as its end says. */
static void judge_counts(struct scene *scene)
{
	const struct tally *tally = scene->tally;
	const struct life *life = scene->life;

	if (!life->has_totals)
		return;
	if (is_count_odd(scene, tally->line_cnt))
		DAMAGED(scene, "it has %" PRIu64 " lines, its events say %" PRIu64, tally->line_cnt,
			life->calls);
	else if (life->calls > tally->line_cnt)
		INCOMPLETE(scene, "%" PRIu64 " of its calls could not be written",
			   life->calls - tally->line_cnt);
	/* In front of the damage only the others stand. */
	if (is_count_odd(scene, tally->line_cnt - tally->damaged_cnt))
		contradict(scene, life->end_line);
	if (life->lost != tally->lost && !scene->facts->recording->records_lost) {
		DAMAGED(scene, "its lost events tell of %" PRIu64 " calls, its end of %" PRIu64,
			tally->lost, life->lost);
		contradict(scene, life->end_line);
	}
}

static void judge_losses(struct scene *scene)
{
	const struct recording *recording = scene->facts->recording;
	const struct life *life = scene->life;
	uint64_t lost = life->has_totals && life->lost > scene->tally->lost ? life->lost
									    : scene->tally->lost;

	if (lost)
		INCOMPLETE(scene, "%" PRIu64 " calls lost", lost);
	if (life->has_misplaced)
		INCOMPLETE(scene, "an exec of it stands in the wrong place");
	if (life->start == LIFE_START_UNKNOWN && recording->complete) {
		DAMAGED(scene, "its start is not in the events");
		scene->process->contradicts_end = true;
	} else if (life->start == LIFE_START_UNKNOWN) {
		INCOMPLETE(scene, "its start is not in the events");
	}
	if (life->end_order == LIFE_OPEN && !recording->ended)
		INCOMPLETE(scene, "the recording was cut off before its end");
}

static void judge_life(const struct census *census, const struct census_facts *facts, size_t i,
		       struct census_process *process)
{
	struct scene scene = {
		.census = census,
		.facts = facts,
		.life = history__life(census->history, i + 1),
		.tally = &census->tallies[i],
		.process = process,
	};

	*process = (struct census_process){
		.pid = scene.life->number,
		.comm = scene.tally->comm,
	};
	judge_places(&scene);
	judge_counts(&scene);
	judge_by_damage(&scene);
	judge_losses(&scene);
}

static void judge_stray(const struct census_facts *facts, const struct stray *stray,
			struct census_process *process)
{
	const struct recording *recording = facts->recording;
	/* The events of a recorder that is killed are behind its lines. */
	bool is_told = recording->ended && !recording->repaired && !recording->records_lost &&
		       recording->started;

	if (is_told)
		soundness__note(&process->soundness, GRADE_DAMAGED,
				"it has %" PRIu64 " lines, and the events know nothing of it",
				stray->line_cnt);
	else
		soundness__note(&process->soundness, GRADE_INCOMPLETE,
				"the events know nothing of it");
	process->contradicts_end = is_told && stray->is_placed;
}

bool census__next(const struct census *census, const struct census_facts *facts, size_t *next,
		  struct census_process *process)
{
	size_t i = (*next)++;

	if (i < census->life_cnt) {
		judge_life(census, facts, i, process);
		return true;
	}
	for (i -= census->life_cnt; i < census->stray_end; i++, (*next)++) {
		const struct stray *stray = &census->strays[i];

		if (!stray->line_cnt)
			continue;
		*process = (struct census_process){.pid = i, .comm = stray->comm};
		judge_stray(facts, stray, process);
		return true;
	}
	return false;
}
