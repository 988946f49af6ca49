// SPDX-License-Identifier: BSD-2-Clause
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/checkpoint.h"

void checkpoint__format_hash(char text[CHECKPOINT_HASH_SZ], uint64_t hash)
{
	snprintf(text, CHECKPOINT_HASH_SZ, "%016" PRIx64, hash);
}

size_t checkpoint__seal(char *event, size_t len, uint64_t hash)
{
	char seal[CHECKPOINT_SEAL_LEN + 1];

	snprintf(seal, sizeof(seal), ",\"events_xxh3\":\"%016" PRIx64 "\"}", hash);
	memcpy(event + len - 1, seal, CHECKPOINT_SEAL_LEN);
	return len - 1 + CHECKPOINT_SEAL_LEN;
}
