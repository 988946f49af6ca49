// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "common/message.h"
#include "splitter/events.h"
#include "splitter/verification.h"

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
			verify__report(verify, verify->input.events_path, where,
				       "not as they were recorded");
			verify__lower(&verify->unsound_event, before->event_line + 1);
			if (ranges__add(&verify->untold, before->line, checkpoint->line))
				return -ENOMEM;
		}
		before = checkpoint;
	}
	return 0;
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
	if (err && err != -EINTR && err != -ENOMEM)
		return input__fail("read", verify->input.events_path, err);
	return err;
}

int verify_events__judge(struct verify *verify)
{
	const struct recording *recording = history__recording(verify->history);
	const struct checkpoint *last = checkpoints__last(verify->checkpoints);
	uint64_t event_lines = checkpoints__event_lines(verify->checkpoints);
	int err = judge_events_stretches(verify);

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
