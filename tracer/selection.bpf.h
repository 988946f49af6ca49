/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef TRACER_SELECTION_BPF_H
#define TRACER_SELECTION_BPF_H

#include "common/prog_hash.h"

/* Is a program one of those named on the command line? */

/* A name as `progs` holds it: NUL-padded, so that it compares and hashes by words. */
struct prog_key {
	__u64 words[PROG_NAME_SZ / sizeof(__u64)];
};

static __always_inline bool is_same_name(const struct prog *prog, const struct prog_key *key)
{
	const __u64 *words = (const __u64 *)prog->name;

	for (int i = 0; i < (int)(PROG_NAME_SZ / sizeof(__u64)); i++)
		if (words[i] != key->words[i])
			return false;
	return true;
}

static __noinline bool is_listed(const struct prog_key *key)
{
	__u32 place;

	if (!key || key->words[0] == 0)
		return false;
	place = prog_hash(key->words, prog_seed);
	for (int i = 0; i < PROG_PROBES_MAX; i++, place++) {
		__u32 at = place & prog_mask;
		struct prog *prog = bpf_map_lookup_elem(&progs, &at);

		if (!prog || !prog->name[0])
			return false;
		if (is_same_name(prog, key))
			return true;
	}
	return false;
}

/* name: a kernel string without '/'. */
static __noinline bool is_listed_name(const void *name)
{
	struct prog_key key = {};

	return bpf_probe_read_kernel_str(&key, sizeof(key), name) > 0 && is_listed(&key);
}

/* Is the last component of a path listed? path: a kernel string; buffer: PATH_SZ bytes. */
static __noinline bool is_listed_path(const char *path, char *buffer)
{
	struct prog_key key = {};
	long sz = bpf_probe_read_kernel_str(buffer, PATH_SZ, path);
	__u32 start = 0;

	if (sz <= 0)
		return false;
	for (int i = 0; i < PROG_NAME_SZ; i++) {
		start = (sz - 1 - i) & (PATH_SZ - 1);
		if (start == 0 || buffer[start - 1] == '/')
			break;
	}
	return bpf_probe_read_kernel_str(&key, sizeof(key), buffer + start) > 0 && is_listed(&key);
}

#endif
