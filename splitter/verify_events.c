// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "common/message.h"
#include "splitter/damage.h"
#include "splitter/events.h"
#include "splitter/verification.h"

static const struct checkpoint beginning = {.line = 1};

/* The events between these two are not as they were. 0 or -ENOMEM. */
static int take_bad(struct verify *verify, const struct checkpoint *from,
		    const struct checkpoint *to)
{
	const struct stretch place = {
		.line = from->event_line + 1,
		.next_line = to->event_line + 1,
		.was_from = from->event_bytes,
		.was_to = to->event_bytes,
	};
	char where[128];

	damage__describe_place(where, sizeof(where), &place);
	verify__report(verify, verify->input.events_path, where, "not as they were recorded");
	verify__lower(&verify->unsound_event, from->event_line + 1);
	return ranges__add(&verify->untold, from->line, to->line);
}

/* Bad stretches that follow each other are one. */
static int judge_stretches(struct verify *verify)
{
	size_t cnt = checkpoints__cnt(verify->checkpoints);
	const struct checkpoint *good = &beginning;
	int err = 0;

	for (size_t i = 0; i < cnt && !err; i++) {
		const struct checkpoint *to = checkpoints__get(verify->checkpoints, i);

		if (to->events_good)
			good = to;
		else if (i + 1 == cnt || checkpoints__get(verify->checkpoints, i + 1)->events_good)
			err = take_bad(verify, good, to);
	}
	return err;
}

int verify_events__read(struct verify *verify, size_t memory_bytes)
{
	int err;

	verify->bad_events.file = verify->input.events_path;
	err = events__read_checkpoints(verify->history, verify->checkpoints,
				       verify->input.events_fd, memory_bytes, &verify->bad_events);
	if (err == -ENOBUFS) {
		message__error("%s has more events than --memory allows: give it more",
			       message__quote(verify->input.events_path));
		return -EIO;
	}
	if (err && err != -ENOMEM)
		return message__fail("read", verify->input.events_path, err);
	return err;
}

int verify_events__judge(struct verify *verify)
{
	const struct recording *recording = history__recording(verify->history);
	const struct checkpoint *last = checkpoints__last(verify->checkpoints);
	uint64_t event_lines = checkpoints__event_lines(verify->checkpoints);
	int err = judge_stretches(verify);

	if (verify->input.events_fd < 0)
		verify__note(verify, GRADE_INCOMPLETE,
			     "there are no events to check the lines against");
	if (verify->bad_events.cnt) {
		verify__note(verify, GRADE_DAMAGED,
			     "%s has %" PRIu64 " malformed event%s, the first in line %" PRIu64,
			     message__quote(verify->input.events_path), verify->bad_events.cnt,
			     verify->bad_events.cnt == 1 ? "" : "s", verify->bad_events.first);
		verify__lower(&verify->unsound_event, verify->bad_events.first);
		verify__lower(&verify->unsound_line, recording->bad_line);
		if (!err && !verify->untold.cnt)
			err = ranges__add(&verify->untold, recording->bad_line, UINT64_MAX);
	}
	if (!recording->started && event_lines > 0 && recording->last_line)
		verify->unsound_event = 1;
	if (recording->is_disordered || verify->unsound_event == 1)
		verify__lower(&verify->unsound_line, 1);
	if (recording->is_disordered || (!recording->started && recording->last_line))
		verify__note(verify, GRADE_DAMAGED,
			     "the events are not one recording_start, what happened, and one "
			     "recording_end");
	if (recording->ended && last && !last->is_end)
		verify__note(verify, GRADE_DAMAGED, "the recording_end has lost its checksums");
	return err;
}
