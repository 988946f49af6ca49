// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>

#include "splitter/ranges.h"

int ranges__add(struct ranges *ranges, uint64_t first, uint64_t last)
{
	struct range *before = ranges->cnt ? &ranges->all[ranges->cnt - 1] : NULL;

	if (before && (before->last == UINT64_MAX || first <= before->last + 1)) {
		if (last > before->last)
			before->last = last;
		return 0;
	}
	if (!ranges->all || ranges->cnt == ranges->size) {
		size_t size = ranges->size ? 2 * ranges->size : 16;
		struct range *all = realloc(ranges->all, size * sizeof(*all));

		if (!all)
			return -ENOMEM;
		ranges->all = all;
		ranges->size = size;
	}
	ranges->all[ranges->cnt++] = (struct range){first, last};
	return 0;
}

void ranges__free(struct ranges *ranges)
{
	free(ranges->all);
	*ranges = (struct ranges){0};
}

const struct range *ranges__meet(const struct ranges *ranges, uint64_t first, uint64_t last)
{
	size_t low = 0, high = ranges->cnt;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ranges->all[middle].last < first)
			low = middle + 1;
		else
			high = middle;
	}
	return low < ranges->cnt && ranges->all[low].first <= last ? &ranges->all[low] : NULL;
}
