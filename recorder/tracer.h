/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RECORDER_TRACER_H
#define RECORDER_TRACER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared.h"

/*
 * The kernel side, from here: open, configure, load, attach, read, flush, detach. Functions that
 * return an int give 0 or a negative errno, after a message of their own where they say so.
 */
struct tracer;

struct tracer_config {
	const char *const *programs; /* last components, each 1 to PROG_NAME_SZ - 1 bytes */
	size_t program_cnt;          /* at most PROGS_MAX */
	const uint32_t *pids;        /* -p */
	size_t pid_cnt;
	uint64_t ring_bytes; /* a power of two, whole pages */
	uint32_t process_max;
	bool record_all;
	bool follow;
	bool threads;
	bool running;
	bool has_command;
	bool verbose;          /* say which hooks are used, and let libbpf speak */
	bool (*give_up)(void); /* asked between records: true ends reading */
};

/* A process's place in the kernel's maps. */
struct tracer_process {
	uint64_t instance, lost;
	uint32_t tgid;
};

struct tracer_losses {
	uint64_t processes_not_taken_in;
	uint64_t process_records;
	uint64_t execs_not_remembered;
	uint64_t skipped_runs; /* of programs, by the kernel: each may be a call or an event */
};

/* Open and load; nothing is recorded yet. NULL after a message of its own. */
struct tracer *tracer__new(const struct tracer_config *config);
void tracer__free(struct tracer *tracer);

/* From here on programs are recorded. A message of its own. */
int tracer__attach(struct tracer *tracer);

/*
 * Takes in what runs already and is wanted: -p, -r, '*'. pid: set to one of -p that does not run,
 * or 0. A message of its own.
 */
int tracer__attach_running(struct tracer *tracer, uint32_t *missing_pid);

/* Gives poll(2) something to wait on: readable when there is much to read. */
int tracer__ring_fd(const struct tracer *tracer);

/*
 * Reads what is in the ring now; receive is called for each record, in order. 0, or -EINTR where
 * config.give_up ended it.
 */
int tracer__read(struct tracer *tracer,
		 void (*receive)(void *context, const struct submit_info *record, uint32_t sz),
		 void *context);

/*
 * Submits the batches of all CPUs. 0: each of them is in the ring, as far as it was filled when
 * this was called. -EAGAIN: not all, because the ring is full; read and try again. The batch of a
 * CPU that is offline is handed to receive at once.
 */
int tracer__flush(struct tracer *tracer,
		  void (*receive)(void *context, const struct submit_info *record, uint32_t sz),
		  void *context);

/* What stamp a call would get now. */
uint64_t tracer__clock(struct tracer *tracer);

/*
 * Runs a program once for nothing: 0, or a negative errno, -EPERM where bpf(2) is not for us any
 * more.
 */
int tracer__rehearse(struct tracer *tracer);

/* Asks about threads in exec; answers come through the ring. */
void tracer__check_execs(struct tracer *tracer);

/* Recorded processes of COMMAND's family that have not ended. */
int32_t tracer__family_live(const struct tracer *tracer);

/* Stops recording, and waits until no program runs any more. What was collected can be read on. */
void tracer__detach(struct tracer *tracer);

/* Calls visit for each process that is in the maps. */
void tracer__for_each(struct tracer *tracer,
		      void (*visit)(void *context, const struct tracer_process *process),
		      void *context);

/* Likewise for each that has ended unseen, since the record of it was lost; its slot is freed. */
void tracer__collect_orphans(struct tracer *tracer,
			     void (*visit)(void *context, const struct tracer_process *process),
			     void *context);

struct tracer_losses tracer__losses(struct tracer *tracer);

#endif
