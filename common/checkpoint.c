// SPDX-License-Identifier: BSD-2-Clause
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/checkpoint.h"

void checkpoint__format_hash(char text[CHECKPOINT_HASH_SZ], uint64_t hash)
{
	snprintf(text, CHECKPOINT_HASH_SZ, "%016" PRIx64, hash);
}

/* Of a hexadecimal digit in lower case; -1: it is none. */
static int value_of(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

bool checkpoint__parse_hash(uint64_t *hash, const char *text, size_t len)
{
	*hash = 0;
	for (size_t i = 0; i < len; i++) {
		int value = value_of(text[i]);

		if (value < 0)
			return false;
		*hash = *hash << 4 | value;
	}
	return len == CHECKPOINT_HASH_LEN;
}

size_t checkpoint__seal(char *event, size_t len, uint64_t hash)
{
	char seal[CHECKPOINT_SEAL_LEN + 1];

	snprintf(seal, sizeof(seal), ",\"events_xxh3\":\"%016" PRIx64 "\"}", hash);
	memcpy(event + len - 1, seal, CHECKPOINT_SEAL_LEN);
	return len - 1 + CHECKPOINT_SEAL_LEN;
}
