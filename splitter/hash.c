// SPDX-License-Identifier: BSD-2-Clause
#include <sys/random.h>

#include "splitter/hash.h"

uint64_t hash_seed = 0x2545f4914f6cdd1d;

void hash__init(void)
{
	uint64_t seed;

	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) == sizeof(seed))
		hash_seed = seed;
}
