// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>

#include "recorder/record.h"

static const struct record_kind *const kinds[SUBMIT_KIND_CNT] = {
#define KIND(constant, name) [constant] = &record__##name,
	SUBMIT_KINDS(KIND)
#undef KIND
};

int record__dispatch(struct merge *merge, const struct submit_info *record, uint32_t sz)
{
	if (sz < sizeof(*record) || record->sz > sz || record->kind >= SUBMIT_KIND_CNT ||
	    record->sz < kinds[record->kind]->min_sz)
		return -EBADMSG;
	return kinds[record->kind]->arrive(merge, record);
}
