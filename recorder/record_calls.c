// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>

#include "recorder/record.h"

/* A batch: segments one behind the other, each 8-byte aligned. */
static int arrive(struct merge *merge, const struct submit_info *record)
{
	const char *at = (const char *)(record + 1);
	const char *end = (const char *)record + record->sz;

	while (at < end) {
		const struct segment *segment = (const void *)at;
		size_t words_sz;
		int err;

		if ((size_t)(end - at) < sizeof(*segment))
			return -EBADMSG;
		at += sizeof(*segment);
		words_sz = segment->word_cnt * sizeof(uint16_t);
		if ((size_t)(end - at) < words_sz)
			return -EBADMSG;
		err = merge__add_calls(merge, segment);
		if (err)
			return err;
		at += (words_sz + 7) & ~(size_t)7;
	}
	return 0;
}

const struct record_kind record__calls = {
	.min_sz = sizeof(struct submit_info),
	.arrive = arrive,
};
