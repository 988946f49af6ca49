/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef TRACER_MAPS_BPF_H
#define TRACER_MAPS_BPF_H

/*
 * Configuration (const: the verifier drops the branches that are off), state and maps. Sizes that
 * depend on the machine or the command line are set by the loader between open and load.
 */

/* '*': every process. */
const volatile bool record_all = false;
/* -f: a recorded process stays one whatever it execs. */
const volatile bool follow = false;
/* -t: say when threads start and end. */
const volatile bool thread_records = false;
/* -r: an attach run takes in processes whose file or comm is in progs. */
const volatile bool attach_by_name = false;
/* `-- COMMAND`: the recorder's only child is the head of the family. */
const volatile bool has_command = false;
/* `-- COMMAND` without a PROGRAM: record the family, whatever it execs. */
const volatile bool record_family = false;
/* on_exec_again() comes behind on_exec(). */
const volatile bool has_exec_again = false;
/* Words a batch may use before it is submitted; less than all of them for a tiny ring. */
const volatile __u32 batch_words = BATCH_WORDS;
/* Batches leave this much of the ring to the records of processes, which are few and small. */
const volatile __u64 ring_reserve = 0;
/* Wake the reader once this much lies in the ring; what is less it finds at its next tick. */
const volatile __u64 ring_wakeup = 0;
/* Seed of the hash that places names in progs. */
const volatile __u32 prog_seed = 0;
/* Size of progs, less 1. */
const volatile __u32 prog_mask = 0;
const volatile __u32 process_max = 1;

/* The recorder's own tgid in the initial pid namespace; set by on_hello(). */
__u32 self_tgid;

/*
 * The recorder sets it before it detaches. From then on no process is taken in, and no end is told,
 * since calls may be missing before it: the recorder finds the slot. But as long as there are
 * calls, whoever ends closes its segments, and its tgid is no longer that of a recorded process.
 */
bool is_detaching;

/* How many slots have ever been used; the ones given back are in free_slots. */
__u32 slots_used;

/* Recorded processes of COMMAND's family that have not ended. */
__s32 family_live;

/*
 * Ends whenever a thread of a recorded process ends, gets a new comm, is another process's from now
 * on, or loses a call, if it is one of several. Read at each of their calls, written seldom.
 */
struct {
	__u32 value;
	__u32 unused[15]; /* a cache line of its own */
} shared_epoch __attribute__((aligned(64)));

/* on_clock()'s answer. */
__u64 clock_stamp;

/* Orphans in `processes` that the recorder has not yet collected, ever: it compares. */
__u64 orphan_cnt;

/* Written on rare paths only, so one for all CPUs does. */
__u64 losses[LOSS_CNT];

/* Execs that on_exec() was skipped for, and on_exec_again() was not. */
__u64 execs_made_up;

/* A bit per tgid: is it recorded? */
__u64 recorded_tgids[PIDS_LIMIT / 64];

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 * 1024 * 1024);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct prog);
} progs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct pid_entry);
} pids SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct process_slot);
} processes SEC(".maps");

/* First in, first out, so that a slot rests as long as possible before it is used again. */
struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 1);
	__type(value, __u32);
} free_slots SEC(".maps");

/* One place per CPU. An array of this kind, not a per-CPU one, since that can't be mapped. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct batch);
} batches SEC(".maps");

/* Processes named by -p: tgid -> whether an attach run has found it. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} attach_tgids SEC(".maps");

#endif
