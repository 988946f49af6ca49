// SPDX-License-Identifier: BSD-2-Clause
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "splitter/damage.h"

void damage__describe_place(char *text, size_t size, const struct stretch *stretch)
{
	if (stretch->line == stretch->next_line && stretch->was_from == stretch->was_to)
		snprintf(text, size, "before line %" PRIu64 " (byte %" PRIu64 ")", stretch->line,
			 stretch->was_from);
	else if (stretch->line + 1 == stretch->next_line)
		snprintf(text, size, "line %" PRIu64 " (bytes %" PRIu64 " to %" PRIu64 ")",
			 stretch->line, stretch->was_from, stretch->was_to - 1);
	else
		snprintf(text, size,
			 "lines %" PRIu64 " to %" PRIu64 " (bytes %" PRIu64 " to %" PRIu64 ")",
			 stretch->line, stretch->next_line - 1, stretch->was_from,
			 stretch->was_to - 1);
}

void damage__describe(char *text, size_t size, const struct stretch *stretch, uint64_t lines,
		      uint64_t log_bytes, const struct checkpoint *last)
{
	uint64_t should = stretch->next_line - stretch->line;
	bool is_tail = stretch->to == log_bytes;

	if (stretch->state == STRETCH_UNKNOWN)
		snprintf(text, size, "cannot be checked, since their checkpoint is damaged");
	else if (stretch->state == STRETCH_GOOD)
		snprintf(text, size, "their checkpoint speaks of other lines");
	else if (is_tail && last->bytes > log_bytes)
		snprintf(text, size,
			 "cut, or lines are missing: the log ends at byte %" PRIu64
			 " and had %" PRIu64,
			 log_bytes, last->bytes);
	else if (is_tail && !last->is_end)
		snprintf(text, size, "not as they were recorded; nothing behind can be checked");
	else if (lines > should)
		snprintf(text, size, "%" PRIu64 " more line%s than recorded", lines - should,
			 lines - should > 1 ? "s" : "");
	else if (lines < should)
		snprintf(text, size, "%" PRIu64 " line%s missing", should - lines,
			 should - lines > 1 ? "s are" : " is");
	else
		snprintf(text, size, "bytes were changed, or lines have changed places");
}
