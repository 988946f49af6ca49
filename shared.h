/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef SHARED_H
#define SHARED_H

/*
 * The contract between tracer.bpf.c and the recorder: what goes through the ring buffer, what the
 * maps hold, and how large it all is. It compiles on both sides and holds no code.
 *
 * Everything here is little shapes of fixed width without implicit padding; the assertions at the
 * end hold both compilers to that. Both sides run on one machine, so bytes are in its order.
 */

#ifdef __bpf__
#define SHARED_ASSERT(condition, why) _Static_assert(condition, why)
#else
#include <assert.h>
#include <linux/types.h>
#include <stddef.h>
#define SHARED_ASSERT(condition, why) static_assert(condition, why)
#endif

/* With its NUL; include/linux/sched.h. It may hold any other byte, ':' and newline too. */
#define COMM_SZ 16

/* A program's name: the last component of a path, NAME_MAX of include/uapi/linux/limits.h. */
#define PROG_NAME_SZ 256
#define PROGS_MAX 2048

/*
 * The progs map is an open-addressing hash table, at most a quarter full and a power of two in
 * size. The loader tries seeds until no name lies PROG_PROBES_MAX places or more from its own, so
 * an exec looks at no more than that.
 */
#define PROG_PROBES_MAX 16

/* PID_MAX_LIMIT on 64 bit, include/linux/threads.h: a tgid or tid is below it. */
#define PIDS_LIMIT (4 * 1024 * 1024)

#define PATH_SZ 4096
/* A path as exec has it: execveat() puts "/dev/fd/N/" in front, alloc_bprm() of fs/exec.c. */
#define EXE_PREFIX_MAX 32
#define EXE_SZ (PATH_SZ + EXE_PREFIX_MAX)
#define ARGV_SZ 4096

/*
 * The ID that stands in the log for a call through the 32-bit ia32 ABI, whose numbers are another
 * space: IA32_ID_BASE + its number.
 */
#define IA32_ID_BASE 10000

/*
 * Where calls and events stand in their process is told by stamps: CLOCK_MONOTONIC in units of
 * STAMP_NS. That is less than any two calls of one thread are apart, and less than it takes one
 * thread to learn of another's call.
 */
#define STAMP_NS 16

/*
 * Every record in the ring starts with a struct submit_info, whose kind says what follows. To add a
 * kind: one line here, one file in tracer/ that submits it, one file in recorder/ with its handler
 * record__<name>(). docs/design.md shows the way.
 */
#define SUBMIT_KINDS(KIND)                      \
	KIND(SUBMIT_CALLS, calls)               \
	KIND(SUBMIT_FORK, fork)                 \
	KIND(SUBMIT_EXEC, exec)                 \
	KIND(SUBMIT_EXEC_FAILED, exec_failed)   \
	KIND(SUBMIT_ATTACH, attach)             \
	KIND(SUBMIT_EXIT, exit)                 \
	KIND(SUBMIT_THREAD_START, thread_start) \
	KIND(SUBMIT_THREAD_EXIT, thread_exit)

enum submit_kind {
#define KIND(constant, name) constant,
	SUBMIT_KINDS(KIND)
#undef KIND
		SUBMIT_KIND_CNT
};

struct submit_info {
	__u32 kind; /* enum submit_kind */
	__u32 sz;   /* of the whole record, this head included */
};

/*
 * --- Calls ---
 *
 * SUBMIT_CALLS carries one CPU's batch: segments one behind the other, each 8-byte aligned. A
 * segment is a stretch of calls of one thread under one comm, on one CPU.
 *
 * A segment says the stamp of its first call and then holds 16-bit words:
 *
 *   0x0000 .. 0xEFFF  an ID; the call behind it has the next stamp, if no skip says otherwise
 *   0xF000 .. 0xF7FF  that stamp is 1 .. 2048 further on
 *   0xF800 .. 0xFFFD  likewise (word - 0xF800) << 16 | the next word, and 1 more
 *   0xFFFE            the call whose ID follows is an exec: once it succeeds it counts as the first
 *                     call of the new program
 *   0xFFFF            an ID that fits no word: its 64 bits follow in four words, lowest first
 *
 * Only a process with several threads has skips. In one that has a single thread no call can come
 * between those of a segment, so the first one's stamp places them all, and the others' are merely
 * not above the time.
 */
#define WORD_SKIP 0xF000
#define WORD_LONG_SKIP 0xF800
#define SHORT_SKIP_MAX (WORD_LONG_SKIP - WORD_SKIP)
#define SKIP_MAX ((WORD_EXEC - WORD_LONG_SKIP) << 16)
#define WORD_EXEC 0xFFFE
#define WORD_WIDE 0xFFFF
#define WORDS_PER_WIDE 5

/* What one call can take at most: a skip, an exec mark and a wide ID. */
#define WORDS_PER_CALL_MAX 8

struct segment {
	__u64 instance; /* which process: see struct process_slot */
	__u64 stamp;    /* of the first call */
	__u32 tgid;
	__u32 tid;
	char comm[COMM_SZ]; /* NUL-terminated */
	__u32 word_cnt;     /* words that follow; the next segment starts 8-byte aligned */
	__u32 lost;         /* struct process_slot's, its low half, before the first call */
};

#define SEGMENT_WORDS (sizeof(struct segment) / sizeof(__u16))

/* Words of a batch, segment heads included: 4 KiB. */
#define BATCH_WORDS 2048

/*
 * What a CPU has collected and not yet submitted. Written by programs on this CPU only, but for
 * lone_thread and held; read by the recorder through mmap. Two cache lines of state, then the
 * record as it goes into the ring.
 */
struct batch {
	/*
	 * Whoever finds one of these set must keep off: busy while a program works on the batch,
	 * held while the recorder empties that of a CPU that is offline, and may come back
	 * meanwhile.
	 */
	union {
		__u32 taken;
		struct {
			__u8 busy;
			__u8 held;
			__u16 unused_flags;
		};
	};
	__u32 word_cnt; /* used in words[] */
	/* The open segment's thread, by its stack or its tid, if its process has no other; else 0.
	 */
	__u64 lone_thread;
	__u64 shared_thread; /* likewise, if the process has several */
	__u64 next_stamp;    /* where the process has several threads */
	__u32 shared_epoch;  /* in which shared_thread was set */
	__u32 word_limit;    /* the segment's thread may use as many */
	__u32 segment_start; /* where the open segment's head lies in words[] */
	__u32 is_open;
	__u64 instance; /* of the segment's head, as is what follows */
	__u32 tgid;
	__u32 tid;
	char comm[COMM_SZ];
	__u32 lost;
	__u32 unused[11];
	/* --- what is submitted --- */
	struct submit_info info;
	__u16 words[BATCH_WORDS + SEGMENT_WORDS + WORDS_PER_CALL_MAX];
	__u64 unused_end[7];
};

/*
 * --- Processes ---
 *
 * A process that is recorded has a slot in the array map `processes` and an entry in the hash map
 * `pids`, from the exec, fork or attach that brings it in until it exits or execs a program that is
 * not recorded. Slots are used again; the instance tells one use from the next.
 */
struct process_slot {
	__u64 instance; /* generation of the slot << 32 | slot; 0 while the slot is free */
	__u64 lost;     /* of its calls, those the kernel side could not store */
	__u32 tgid;
	__u32 is_shared;  /* it has, or had since its last exec, several threads */
	__u32 generation; /* how often the slot has been used */
	__u32 is_orphan;  /* it has ended, and the record of it found no room in the ring */
	__u32 cpu;        /* where its segment was opened last, if it has one thread */
	__u32 is_renamed; /* likewise: a thread of it has given another one its comm */
	__u32 unused[6];  /* a cache line each: slots of different processes don't share one */
};

/* Value of the pid hash map, keyed by tgid. */
struct pid_entry {
	__u64 instance; /* 0: known, but not recorded */
	__u32 flags;
	__u32 unused;
};

#define PID_RECORDED 1
#define PID_FAMILY 2 /* COMMAND or a descendant of it */

/*
 * --- Process records ---
 *
 * stamp is where the event stands in its process: after the calls with lower ones, before those
 * with that or a higher one.
 */
struct process_record {
	struct submit_info info;
	__u64 instance;
	__u64 stamp;
	__u64 time_ns; /* CLOCK_MONOTONIC */
	__u64 lost;    /* struct process_slot's, at this time */
	__u32 tgid;
	__u32 tid;
	__u32 ppid;      /* tgid of the real parent */
	__s32 exit_code; /* SUBMIT_EXIT: as wait(2) has it */
	char comm[COMM_SZ];
};

#define NO_CALL (~0ULL)

/* SUBMIT_EXEC_FAILED: the exec with that stamp came back to its caller. */
struct exec_failed_record {
	struct process_record process;
	__u64 call_stamp;
};

#define EXEC_STARTED 1  /* this exec brought the process into the recording */
#define EXEC_RECORDED 2 /* the new program is recorded; otherwise the process leaves */
#define EXEC_IS_CALL 4  /* no batch has its call: the record stands for it */

/* SUBMIT_EXEC and SUBMIT_ATTACH (which has a file only). process.tid is the calling thread's. */
struct exec_record {
	struct process_record process;
	__u64 call_stamp; /* of the call, or NO_CALL where it was made before the recording */
	__s64 call_id;    /* its ID, IA32_ID_BASE included */
	__u32 flags;
	__s32 argc;
	__u32 argv_full_len; /* bytes of the whole argv, with the NULs */
	/* Sizes of the strings that follow the struct, one behind the other, and may each be 0: */
	__u32 exe_sz;  /* the path as given to exec, with its NUL, */
	__u32 file_sz; /* the name of the file that really runs, with its NUL, */
	__u32 argv_sz; /* the first bytes of argv: each with its NUL, the last one maybe cut */
};

/* Value of the array map `progs`: NUL-padded; empty: the place is free. */
struct prog {
	char name[PROG_NAME_SZ];
};

/* What the kernel side had to leave out, apart from the calls that struct process_slot counts. */
enum loss_counter {
	LOSS_PROCESSES_NOT_TAKEN_IN, /* no room in the pid map or the slots */
	LOSS_PROCESS_RECORDS,        /* no room in the ring for an event */
	LOSS_EXECS_NOT_REMEMBERED,   /* no room: see tracer/exec_calls.bpf.h */
	LOSS_CNT
};

SHARED_ASSERT(sizeof(struct submit_info) == 8, "the head of every record");
SHARED_ASSERT(sizeof(struct segment) == 48, "segment heads stand packed in a batch");
SHARED_ASSERT(sizeof(struct process_slot) == 64, "a cache line");
SHARED_ASSERT(offsetof(struct batch, info) == 128, "two cache lines of state");
SHARED_ASSERT(sizeof(struct batch) % 64 == 0, "batches of two CPUs share no cache line");
SHARED_ASSERT(sizeof(struct process_record) == 72, "no padding");
SHARED_ASSERT(sizeof(struct exec_record) == 112, "no padding");

#endif
