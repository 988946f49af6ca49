// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/message.h"
#include "splitter/damage.h"
#include "splitter/stretches.h"
#include "splitter/verification.h"

/* Small: a recording of little work has a stretch a second, each of which begins a block. */
#define BLOCK_SIZE ((size_t)256 << 10)

/* What of a line that is not whole stands at the end of the log. */
static uint64_t partial_line(struct verify *verify, const struct stretch *stretch)
{
	char tail[LOG_LINE_MAX];
	uint64_t bytes = stretch->to - stretch->from;
	size_t len = bytes < sizeof(tail) ? bytes : sizeof(tail);
	ssize_t n = pread(verify->input.log_fd, tail, len, stretch->to - len);
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
	struct log_reader *reader = log_reader__new(verify->input.log_fd, BLOCK_SIZE, true);
	bool is_good = stretch->state == STRETCH_GOOD || stretch->state == STRETCH_UNCOVERED;
	int err = reader ? 0 : -ENOMEM;

	if (!err && !verify->block.text)
		err = log_reader__init_block(reader, &verify->block);
	if (!err && lseek(verify->input.log_fd, stretch->from, SEEK_SET) < 0)
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
	verify__report(verify, verify->input.log, where, what);
	verify__lower(&verify->unsound_line, stretch->line);
	if (stretch->next_line == stretch->line)
		return 0;
	return ranges__add(&verify->damaged, stretch->line, stretch->next_line - 1);
}

/* The lines that were read are those that it should have. Hashes can be right and lines not. */
static bool is_sound(struct verify *verify, const struct stretch *stretch, uint64_t lines)
{
	if (stretch->state == STRETCH_UNCOVERED)
		return true;
	return stretch->state == STRETCH_GOOD && !partial_line(verify, stretch) &&
	       lines == stretch->next_line - stretch->line;
}

static int take_stretch(void *context, const struct stretch *stretch)
{
	struct verify *verify = context;
	uint64_t bytes = stretch->to - stretch->from;
	uint64_t lines_before = verify->line_cnt, lines;
	int err;

	if (stretch->state == STRETCH_UNCOVERED) {
		uint64_t partial = partial_line(verify, stretch);

		verify->ends_within_line = partial > 0;
		bytes -= partial;
	}
	err = read_stretch(verify, stretch, bytes);
	lines = verify->line_cnt - lines_before;
	if (!err && !is_sound(verify, stretch, lines))
		err = take_bad_stretch(verify, stretch, lines);
	return err;
}

int verify_log__read(struct verify *verify)
{
	struct parser_config config = {
		.grouping = GROUPING_PID,
		.history = verify->history,
		.block_size = BLOCK_SIZE,
	};
	struct stat status;
	int err;

	/* Behind the events: of a recording that goes on, the log is always ahead of them. */
	if (fstat(verify->input.log_fd, &status))
		return message__fail("read", verify->input.log, -errno);
	verify->log_bytes = status.st_size;
	verify->bad_lines.file = verify->input.log;
	verify->census = census__new(verify->history);
	verify->parser = block_parser__new(&config);
	if (!verify->census || !verify->parser)
		return -ENOMEM;
	err = stretches__walk(verify->checkpoints, verify->input.log_fd, verify->log_bytes,
			      take_stretch, verify);
	complaints__summarize(&verify->bad_lines);
	if (err && err != -ENOMEM)
		return message__fail("read", verify->input.log, err);
	return err;
}

void verify_log__judge(struct verify *verify)
{
	const struct recording *recording = history__recording(verify->history);
	uint64_t told = recording->last_line ? recording->last_line - 1 : 0;

	if (verify->bad_lines.cnt) {
		verify__note(verify, GRADE_DAMAGED,
			     "%" PRIu64 " malformed line%s, the first is line %" PRIu64,
			     verify->bad_lines.cnt, verify->bad_lines.cnt == 1 ? "" : "s",
			     verify->bad_lines.first);
		verify__lower(&verify->unsound_line, verify->bad_lines.first);
	}
	if (recording->has_line_cnt && recording->line_cnt != verify->line_cnt)
		verify__note(verify, GRADE_DAMAGED,
			     "it has %" PRIu64 " lines, its events say %" PRIu64, verify->line_cnt,
			     recording->line_cnt);
	else if (told > verify->line_cnt + recording->unwritten_calls)
		verify__note(verify, GRADE_DAMAGED,
			     "it has %" PRIu64 " lines, its events name line %" PRIu64,
			     verify->line_cnt, told);
	if (verify->ends_within_line)
		verify__note(verify, recording->ended ? GRADE_DAMAGED : GRADE_INCOMPLETE,
			     "the last line has no end");
}
