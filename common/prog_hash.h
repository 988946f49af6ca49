/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef COMMON_PROG_HASH_H
#define COMMON_PROG_HASH_H

#include "shared.h"

/*
 * Where a program's name belongs in the map `progs`, the same on both sides; the map's size, a
 * power of two, takes the low bits of it. Names are NUL-padded to PROG_NAME_SZ, and the words
 * behind the end of a name are not looked at. Each step mixes as the finalizer of MurmurHash3 does.
 */
static inline __u32 prog_hash(const __u64 *words, __u32 seed)
{
	__u64 hash = seed;

	for (int i = 0; i < (int)(PROG_NAME_SZ / sizeof(__u64)); i++) {
		if (!words[i])
			break;
		hash = (hash ^ words[i]) * 0xff51afd7ed558ccdULL;
		hash ^= hash >> 33;
	}
	hash *= 0xc4ceb9fe1a85ec53ULL;
	return hash >> 32;
}

#endif
