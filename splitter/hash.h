/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SPLITTER_HASH_H
#define SPLITTER_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * Hashes for tables of this process only. The seed is random, so that nobody can write a log whose
 * keys all collide; no result depends on it.
 */
extern uint64_t hash_seed;

/* Called once, before threads start. */
void hash__init(void);

static inline uint64_t hash__mix(uint64_t a, uint64_t b)
{
	__uint128_t product = (__uint128_t)(a ^ hash_seed) * (b ^ 0x9e3779b97f4a7c15);

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t hash__bytes(const char *text, size_t len, uint64_t hash)
{
	uint64_t word;

	hash = hash__mix(hash, len);
	for (; len >= 8; text += 8, len -= 8) {
		memcpy(&word, text, 8);
		hash = hash__mix(hash, word);
	}
	word = 0;
	if (len)
		memcpy(&word, text, len);
	return hash__mix(hash, word);
}

#endif
