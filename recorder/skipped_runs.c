// SPDX-License-Identifier: BSD-2-Clause
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>

#include "recorder/skipped_runs.h"
#include "shared.h"
#include "tracer.skel.h"

/* Adds them to *cnt. 0, or a negative errno: the kernel does not say. */
static int add_misses(const struct bpf_program *program, uint64_t *cnt)
{
	struct bpf_prog_info info = {};
	__u32 sz = sizeof(info);

	if (!bpf_program__autoload(program))
		return 0;
	if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &sz))
		return -errno;
	*cnt += info.recursion_misses;
	return 0;
}

/*
 * An exec is missed where both were skipped. What on_exec_again() has made up for is known; where
 * it is about to, or was not yet attached, it was not skipped.
 */
uint64_t skipped_runs__missed_execs(uint64_t first, uint64_t second, uint64_t made_up)
{
	uint64_t missed = first > made_up ? first - made_up : 0;

	return second < missed ? second : missed;
}

static int count_missed_execs(const struct tracer_bpf *skel, uint64_t *cnt)
{
	uint64_t first = 0, second = 0, made_up, missed;
	int err = add_misses(skel->progs.on_exec, &first);

	/* Behind those that it makes up for: what is skipped in between does not count yet. */
	made_up = __atomic_load_n(&skel->bss->execs_made_up, __ATOMIC_ACQUIRE);
	if (!err)
		err = add_misses(skel->progs.on_exec_again, &second);
	missed = skel->rodata->has_exec_again ? skipped_runs__missed_execs(first, second, made_up)
					      : first;
	if (!err && missed > *cnt)
		*cnt = missed;
	return err;
}

static int count_others(const struct tracer_bpf *skel, uint64_t *cnt)
{
	struct bpf_program *program;
	uint64_t misses = 0;
	int err = 0;

	bpf_object__for_each_program (program, skel->obj)
		if (!err && program != skel->progs.on_exec && program != skel->progs.on_exec_again)
			err = add_misses(program, &misses);
	if (!err)
		*cnt = misses;
	return err;
}

void skipped_runs__update(struct skipped_runs *skipped, const struct tracer_bpf *skel)
{
	if (!skel->bss->is_detaching && count_missed_execs(skel, &skipped->missed_execs))
		skipped->is_unknown = true;
	if (count_others(skel, &skipped->others))
		skipped->is_unknown = true;
}

uint64_t skipped_runs__cnt(const struct skipped_runs *skipped)
{
	return skipped->missed_execs + skipped->others + skipped->is_unknown;
}
