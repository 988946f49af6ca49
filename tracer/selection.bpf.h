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

/*
 * Not static, so that the verifier goes through it once and not once per way to each call; the same
 * for last_component(). Their arguments may then be NULL, as far as it knows.
 */
__noinline int is_listed(const struct prog_key *key)
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

struct path_buffer {
	char bytes[PATH_SZ];
};

/* Where the last component starts in a path of sz bytes, its NUL included. */
__noinline __u32 last_component(const struct path_buffer *path, __u32 sz)
{
	__u32 start = 0;

	if (!path)
		return 0;
	for (__u32 i = 1; i <= PROG_NAME_SZ; i++) {
		__u32 before = (sz - i - 1) & (PATH_SZ - 1);

		start = (sz - i) & (PATH_SZ - 1);
		barrier_var(before); /* the verifier must see the mask, not start - 1 */
		if (start == 0 || path->bytes[before & (PATH_SZ - 1)] == '/')
			break;
	}
	return start;
}

/* Is the last component of a path listed? path: a kernel string. */
static __noinline bool is_listed_path(const char *path, struct path_buffer *buffer)
{
	struct prog_key key = {};
	long sz = bpf_probe_read_kernel_str(buffer, sizeof(*buffer), path);
	__u32 start;

	/* Maybe cut: what is cut off then is less than what stands in front, see EXE_SZ. */
	if (sz == PATH_SZ)
		sz = bpf_probe_read_kernel_str(buffer, sizeof(*buffer), path + EXE_PREFIX_MAX);
	if (sz <= 0)
		return false;
	start = last_component(buffer, sz) & (PATH_SZ - 1);
	return bpf_probe_read_kernel_str(&key, sizeof(key), buffer->bytes + start) > 0 &&
	       is_listed(&key);
}

#endif
