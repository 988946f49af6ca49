// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "common/checkpoint.h"
#include "splitter/checkpoints.h"

struct checkpoints {
	struct checkpoint *all;
	size_t cnt, size;
	uint64_t event_lines, event_bytes;
	XXH3_state_t *hash; /* of the events behind the last checkpoint */
};

struct checkpoints *checkpoints__new(void)
{
	struct checkpoints *checkpoints = calloc(1, sizeof(*checkpoints));

	if (!checkpoints)
		return NULL;
	checkpoints->hash = XXH3_createState();
	if (checkpoints->hash) {
		XXH3_64bits_reset(checkpoints->hash);
		return checkpoints;
	}
	free(checkpoints);
	return NULL;
}

void checkpoints__free(struct checkpoints *checkpoints)
{
	if (!checkpoints)
		return;
	XXH3_freeState(checkpoints->hash);
	free(checkpoints->all);
	free(checkpoints);
}

static void count_line(struct checkpoints *checkpoints, size_t len, bool has_newline)
{
	checkpoints->event_lines++;
	checkpoints->event_bytes += len + has_newline;
}

void checkpoints__pass_line(struct checkpoints *checkpoints, const char *text, size_t len,
			    bool has_newline)
{
	XXH3_64bits_update(checkpoints->hash, text, len);
	XXH3_64bits_update(checkpoints->hash, "\n", has_newline);
	count_line(checkpoints, len, has_newline);
}

/* The text ends with the seal that it should have, and that is right. */
static bool is_sealed(struct checkpoints *checkpoints, const struct checkpoint *given,
		      const char *text, size_t len)
{
	char seal[1 + CHECKPOINT_SEAL_LEN] = "}";
	size_t covered = len - CHECKPOINT_SEAL_LEN;

	if (len < CHECKPOINT_SEAL_LEN)
		return false;
	checkpoint__seal(seal, 1, given->events_xxh3);
	if (memcmp(text + covered, seal, CHECKPOINT_SEAL_LEN) != 0)
		return false;
	XXH3_64bits_update(checkpoints->hash, text, covered);
	return XXH3_64bits_digest(checkpoints->hash) == given->events_xxh3;
}

int checkpoints__add(struct checkpoints *checkpoints, const struct checkpoint *given,
		     const char *text, size_t len, bool has_newline)
{
	struct checkpoint *checkpoint;

	if (checkpoints->cnt == checkpoints->size) {
		size_t size = checkpoints->size ? 2 * checkpoints->size : 64;
		struct checkpoint *all = realloc(checkpoints->all, size * sizeof(*all));

		if (!all)
			return -ENOMEM;
		checkpoints->all = all;
		checkpoints->size = size;
	}
	checkpoint = &checkpoints->all[checkpoints->cnt++];
	*checkpoint = *given;
	checkpoint->events_good = is_sealed(checkpoints, given, text, len) && has_newline;
	XXH3_64bits_reset(checkpoints->hash);
	count_line(checkpoints, len, has_newline);
	checkpoint->event_line = checkpoints->event_lines;
	checkpoint->event_bytes = checkpoints->event_bytes;
	return 0;
}

size_t checkpoints__cnt(const struct checkpoints *checkpoints)
{
	return checkpoints->cnt;
}

const struct checkpoint *checkpoints__get(const struct checkpoints *checkpoints, size_t i)
{
	return &checkpoints->all[i];
}

const struct checkpoint *checkpoints__last(const struct checkpoints *checkpoints)
{
	return checkpoints->cnt ? &checkpoints->all[checkpoints->cnt - 1] : NULL;
}

uint64_t checkpoints__hash_rest(struct checkpoints *checkpoints, const char *more, size_t len)
{
	XXH3_64bits_update(checkpoints->hash, more, len);
	return XXH3_64bits_digest(checkpoints->hash);
}

uint64_t checkpoints__event_lines(const struct checkpoints *checkpoints)
{
	return checkpoints->event_lines;
}

uint64_t checkpoints__event_bytes(const struct checkpoints *checkpoints)
{
	return checkpoints->event_bytes;
}

size_t checkpoints__bytes(const struct checkpoints *checkpoints)
{
	return checkpoints->cnt * sizeof(*checkpoints->all);
}
