/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RECORDER_RECORD_H
#define RECORDER_RECORD_H

#include "recorder/merge.h"
#include "recorder/output.h"

/*
 * The kinds of records that come through the ring, shared.h's SUBMIT_KINDS. Each is one constant
 * record__<name>: what is done with it when it arrives. A process event hands itself to the merge,
 * with the function that writes it once its turn in the process's order has come.
 */
struct record_kind {
	size_t min_sz; /* a shorter record is a defect, and ignored */
	int (*arrive)(struct merge *merge, const struct submit_info *record);
};

#define KIND(constant, name) extern const struct record_kind record__##name;
SUBMIT_KINDS(KIND)
#undef KIND

/* Finds the kind and lets the record arrive: 0, or a negative errno. */
int record__dispatch(struct merge *merge, const struct submit_info *record, uint32_t sz);

/* What a record can say, whatever it is: more would be no line of a log, or no order. */
static inline bool record__is_pid(uint32_t number)
{
	return number >= 1 && number <= PIDS_LIMIT;
}

static inline bool record__is_stamp(uint64_t stamp)
{
	return stamp <= UINT64_MAX / STAMP_NS;
}

/* Not from the ring: a process has ended, and the record of it was lost there. */
int record__end_unseen(struct merge *merge, uint64_t instance, uint32_t tgid, uint64_t lost,
		       uint64_t stamp);

#endif
