// SPDX-License-Identifier: BSD-2-Clause
#include <bpf/libbpf.h>
#include <stdio.h>
#include <unistd.h>

#include "recorder/hooks.h"
#include "recorder/kernel_release.h"
#include "shared.h"
#include "tracer.skel.h"

/*
 * Linux 7.0 no longer turns preemption off around the programs of a tracepoint
 * (include/linux/tracepoint.h, commit a46023d5616e), nor does 7.2 around those of a call's
 * (include/trace/bpf_probe.h, where 6.13 to 7.1 did it). Whoever runs on the CPU of a preempted one
 * has that program skipped, by the kernel's recursion check: with preempt=full or a real-time
 * kernel that are thousands of calls. The event of the same tracepoint turns it off itself
 * (include/trace/perf.h), but costs more.
 */
static bool runs_preemptibly(void)
{
	struct kernel_release kernel;

	return !kernel_release__get(&kernel) && !kernel_release__is_before(&kernel, 7, 0);
}

/* libbpf looks there for the numbers of events. */
static bool has_events(void)
{
	return !access("/sys/kernel/tracing/events/raw_syscalls/sys_enter/id", R_OK) ||
	       !access("/sys/kernel/debug/tracing/events/raw_syscalls/sys_enter/id", R_OK);
}

/*
 * bpf_rdonly_cast(), commit a35b9af4ec2c. Without the JIT a program that names it can't be loaded
 * (add_kfunc_call() in kernel/bpf/verifier.c). The file is not there in other network namespaces
 * than the first: then the JIT is taken to be on, as it is nearly everywhere.
 */
static bool has_cast(void)
{
	struct kernel_release kernel;
	FILE *file = fopen("/proc/sys/net/core/bpf_jit_enable", "re");
	int first = file ? fgetc(file) : EOF;

	if (file)
		fclose(file);
	return first != '0' && !kernel_release__get(&kernel) &&
	       !kernel_release__is_before(&kernel, 6, 2);
}

static struct hooks by_tracepoint(struct tracer_bpf *skel)
{
	struct hooks hooks = {
		.fork = {skel->progs.on_fork, &skel->links.on_fork},
		.rename = {skel->progs.on_rename, &skel->links.on_rename},
		.exit = {skel->progs.on_exit, &skel->links.on_exit},
		.by_mark = !runs_preemptibly(),
	};

	/* A fork that is skipped must not leave a thread without its mark. */
	if (!hooks.by_mark) {
		hooks.call = (struct attachment){skel->progs.on_sys_enter_by_tgid,
						 &skel->links.on_sys_enter_by_tgid};
		hooks.description = "tracepoints, and may be skipped there: this kernel has no "
				    "tracefs that we may read";
	} else if (has_cast()) {
		hooks.call =
			(struct attachment){skel->progs.on_sys_enter, &skel->links.on_sys_enter};
		hooks.description = "tracepoints";
	} else {
		hooks.call = (struct attachment){skel->progs.on_sys_enter_asking,
						 &skel->links.on_sys_enter_asking};
		hooks.description = "tracepoints, and the task is asked for: before Linux 6.2, or "
				    "without BPF's JIT";
	}
	return hooks;
}

static struct hooks by_event(struct tracer_bpf *skel)
{
	return (struct hooks){
		.call = {skel->progs.on_sys_enter_event, &skel->links.on_sys_enter_event},
		.fork = {skel->progs.on_fork_event, &skel->links.on_fork_event},
		.rename = {skel->progs.on_rename_event, &skel->links.on_rename_event},
		.exit = {skel->progs.on_exit_event, &skel->links.on_exit_event},
		.description = "the events of tracepoints, which turn preemption off",
	};
}

static void load_only(const struct hooks *hooks, struct tracer_bpf *skel)
{
	struct bpf_program *const alternatives[] = {
		skel->progs.on_sys_enter,
		skel->progs.on_sys_enter_asking,
		skel->progs.on_sys_enter_by_tgid,
		skel->progs.on_sys_enter_event,
		skel->progs.on_fork,
		skel->progs.on_fork_event,
		skel->progs.on_rename,
		skel->progs.on_rename_event,
		skel->progs.on_exit,
		skel->progs.on_exit_event,
	};

	for (size_t i = 0; i < sizeof(alternatives) / sizeof(alternatives[0]); i++)
		bpf_program__set_autoload(alternatives[i], false);
	bpf_program__set_autoload(hooks->call.program, true);
	bpf_program__set_autoload(hooks->fork.program, true);
	bpf_program__set_autoload(hooks->rename.program, true);
	bpf_program__set_autoload(hooks->exit.program, true);
}

void hooks__choose(struct hooks *hooks, struct tracer_bpf *skel)
{
	bool uses_events = runs_preemptibly() && has_events();

	*hooks = uses_events ? by_event(skel) : by_tracepoint(skel);
	load_only(hooks, skel);
	bpf_program__set_autoload(skel->progs.on_exec_again, uses_events);
	skel->rodata->has_exec_again = uses_events;
}
