/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SPLITTER_VERIFY_H
#define SPLITTER_VERIFY_H

#include "splitter/options.h"
#include "splitter/soundness.h"

/* What verify__log() has found out about a recording. */
struct verify_result {
	struct soundness soundness;
	bool has_events, has_end;
	/* What is sound, from the beginning of both files on: so many lines of each. */
	uint64_t sound_lines, sound_events;
	/*
	 * What the recording_end says was lost, as JSON, or NULL; to be freed. It holds for what is
	 * sound, too, even where the recording_end is none of it.
	 */
	char *losses;
};

/*
 * Checks one recording: every line and event by itself, all checksums, and both files against each
 * other. Damage is reported as it is found; with say, the verdict on each process goes to stdout,
 * and in any case the one on the whole:
 *
 *     1042 bash: whole
 *     trace.log: whole: 242 lines of 1 process
 *
 * 0 or a negative errno; -EIO is reported.
 */
int verify__log(const struct options *options, const char *log, bool say,
		struct verify_result *verdict);

/* All logs. Returns the exit status. */
int verify__run(const struct options *options);

#endif
