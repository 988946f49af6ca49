/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef COMMON_PROG_HASH_H
#define COMMON_PROG_HASH_H

#include "shared.h"

/*
 * The place of a program's name in the map `progs`, the same on both sides. FNV-1a by words: names
 * are NUL-padded to PROG_NAME_SZ, and the words behind the end of a name are not looked at.
 */
static inline __u32 prog_hash(const __u64 *words, __u32 seed)
{
	__u64 hash = 0xcbf29ce484222325ULL ^ seed;

	for (int i = 0; i < (int)(PROG_NAME_SZ / sizeof(__u64)); i++) {
		if (!words[i])
			break;
		hash = (hash ^ words[i]) * 0x100000001b3ULL;
		hash ^= hash >> 32;
	}
	return hash % PROG_PLACES;
}

#endif
