// SPDX-License-Identifier: BSD-2-Clause
#include <stdarg.h>
#include <stdio.h>

#include "splitter/soundness.h"

void soundness__vnote(struct soundness *soundness, enum grade grade, const char *format,
		      va_list args)
{
	if (grade < soundness->grade)
		return;
	if (grade == soundness->grade && soundness->note_cnt) {
		soundness->note_cnt++;
		return;
	}
	soundness->grade = grade;
	soundness->note_cnt = 1;
	vsnprintf(soundness->reason, sizeof(soundness->reason), format, args);
}

void soundness__note(struct soundness *soundness, enum grade grade, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	soundness__vnote(soundness, grade, format, args);
	va_end(args);
}

const char *soundness__word(const struct soundness *soundness)
{
	static const char *const words[] = {
		[GRADE_WHOLE] = "whole",
		[GRADE_INCOMPLETE] = "incomplete",
		[GRADE_DAMAGED] = "damaged",
	};

	return words[soundness->grade];
}
