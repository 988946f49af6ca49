/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SPLITTER_SEQUENCE_STORE_H
#define SPLITTER_SEQUENCE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "splitter/stream.h"
#include "splitter/chunk.h"
#include "splitter/strings.h"

/*
 * All sequences of the run, in the order of their first lines, with as much of their text as was
 * not yet written out. Belongs to one thread at a time.
 */
struct sequence_store;

enum sequence_start {
	START_UNKNOWN,
	START_EXEC,
	START_FORK,
	START_ATTACH,
	START_RENAME,
};

enum sequence_end {
	END_UNKNOWN,
	END_EXIT,
	END_SIGNAL,
	END_EXEC,
	END_RENAME,
	END_RECORDING_END,
};

enum completeness { COMPLETE_UNKNOWN, COMPLETE_NO, COMPLETE_YES };

struct sequence {
	struct chunk *first, *last; /* text in memory; NULL if all of it is written */
	uint64_t call_cnt;
	uint64_t first_line, last_line; /* of its log */
	packed_id first_id, last_id;
	uint64_t lost;
	uint32_t hash;
	uint32_t pid;
	uint32_t life; /* distinguishes processes that had the same pid, also across logs */
	uint32_t comm; /* id in strings */
	uint32_t program;
	uint32_t instance; /* set by sequence_store__number() */
	uint8_t comm_len;
	bool spilled; /* some of the text is written */
	bool lost_known;
	enum sequence_start start : 8;
	enum sequence_end end : 8;
	enum completeness complete : 8;
};

/* strings is for the comms and stays the caller's. NULL without memory. */
struct sequence_store *sequence_store__new(struct strings *strings);
void sequence_store__free(struct sequence_store *store);

/*
 * Adds a stream of the block with that text to the end of its sequence. line_base is how many lines
 * of the log came before its block, life_base what is added to the lives of this log to tell them
 * from those of others. 0 or -ENOMEM.
 */
int sequence_store__append(struct sequence_store *store, const struct stream *stream,
			   const char *block_text, uint64_t line_base, uint32_t life_base);

/*
 * Fetches what sequence_store__append() will need for the stream, step by step: where its sequence
 * is noted, the sequence, the end of its text. Each step needs some time before the next one is of
 * use.
 */
enum prefetch_step { PREFETCH_SLOT, PREFETCH_SEQUENCE, PREFETCH_TEXT };
void sequence_store__prefetch(const struct sequence_store *store, const struct stream *stream,
			      enum prefetch_step step);

size_t sequence_store__cnt(const struct sequence_store *store);
struct sequence *sequence_store__get(const struct sequence_store *store, size_t index);
const char *sequence_store__comm(const struct sequence_store *store,
				 const struct sequence *sequence);

/* Forgets all text in memory, which was written out. */
void sequence_store__drop_text(struct sequence_store *store);

size_t sequence_store__text_bytes(const struct sequence_store *store);
size_t sequence_store__other_bytes(const struct sequence_store *store);

/* Gives sequences of the same pid and comm the instances 1, 2, ... in their order. 0 or -ENOMEM. */
int sequence_store__number(struct sequence_store *store);

#endif
