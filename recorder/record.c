// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>

#include "recorder/record.h"

static const struct record_kind *const kinds[SUBMIT_KIND_CNT] = {
#define KIND(constant, name) [constant] = &record__##name,
	SUBMIT_KINDS(KIND)
#undef KIND
};

/* Of a record of any kind but SUBMIT_CALLS. The numbers go into the events, as JSON has them. */
static bool is_possible(const struct process_record *record)
{
	return record__is_pid(record->tgid) && record__is_pid(record->tid) &&
	       record->ppid <= PIDS_LIMIT && record__is_stamp(record->stamp) &&
	       record->lost <= INT64_MAX;
}

int record__dispatch(struct merge *merge, const struct submit_info *record, uint32_t sz)
{
	if (sz < sizeof(*record) || record->sz > sz || record->kind >= SUBMIT_KIND_CNT ||
	    record->sz < kinds[record->kind]->min_sz)
		return -EBADMSG;
	if (record->kind != SUBMIT_CALLS && !is_possible((const struct process_record *)record))
		return -EBADMSG;
	return kinds[record->kind]->arrive(merge, record);
}
