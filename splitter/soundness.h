/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SPLITTER_SOUNDNESS_H
#define SPLITTER_SOUNDNESS_H

#include <stdarg.h>
#include <stdint.h>

/* What --verify says of a process, and of a recording. */
enum grade {
	GRADE_WHOLE,
	GRADE_INCOMPLETE, /* something is missing, and the recording says so */
	GRADE_DAMAGED,    /* something is not as it was recorded */
};

struct soundness {
	enum grade grade;
	uint64_t note_cnt; /* of this grade */
	char reason[256];  /* of the first of these */
};

/* Makes it as bad as grade, if it is not already. */
void soundness__note(struct soundness *soundness, enum grade grade, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

void soundness__vnote(struct soundness *soundness, enum grade grade, const char *format,
		      va_list args) __attribute__((format(printf, 3, 0)));

/* "whole" */
const char *soundness__word(const struct soundness *soundness);

#endif
