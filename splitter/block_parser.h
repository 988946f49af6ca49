/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SPLITTER_BLOCK_PARSER_H
#define SPLITTER_BLOCK_PARSER_H

#include <stddef.h>
#include <stdint.h>

#include "splitter/chunk.h"
#include "splitter/complaints.h"
#include "splitter/grouping.h"
#include "splitter/history.h"
#include "splitter/log_reader.h"
#include "splitter/syscall_names.h"

/*
 * The hot path: takes one block of the log apart into streams, the block's share of each sequence.
 * A parser belongs to one thread; it is used for one block after the other, each with streams of
 * its own, so that blocks can be parsed at the same time and put together in their order.
 */
struct block_parser;

struct parser_config {
	enum grouping grouping;
	const struct history *history;
	const struct syscall_names *names; /* NULL: numbers are written */
	size_t block_size;
};

/* What a stream begins or ends with, packed: the first 8 bytes of the ID's text. */
typedef uint64_t packed_id;

/* One cache line each: the hot path touches no other memory of a stream but its text. */
struct stream {
	char *dst;   /* where the next ID goes: behind the text of the last chunk */
	char *limit; /* a short ID may be written at dst as long as dst is not behind it */
	struct chunk *first, *last;
	uint32_t call_cnt;
	uint32_t first_line; /* of the block, from 1 */
	uint32_t last_line;
	uint32_t pid;
	uint32_t life;
	uint32_t hash; /* of pid, life and comm */
	uint32_t comm; /* where it stands in the block's text */
	uint32_t comm_len;
} __attribute__((aligned(64)));

struct bad_line {
	uint32_t line; /* of the block, from 1 */
	const char *reason;
};

struct parsed_block {
	const struct stream *streams; /* in the order of their first lines */
	const char *text;             /* the block's */
	uint32_t stream_cnt;
	uint32_t line_cnt;
	uint32_t bad_cnt;
	struct bad_line bad[COMPLAINTS_NAMED]; /* the first ones */
};

/* Keeps the config's pointers. NULL without memory. */
struct block_parser *block_parser__new(const struct parser_config *config);
void block_parser__free(struct block_parser *parser);

/*
 * NULL without memory. The result is good until the next call, and as long as the block's text
 * stays as it is.
 */
const struct parsed_block *block_parser__parse(struct block_parser *parser,
					       const struct block *block);

/* What the parser holds, the last result included. */
size_t block_parser__bytes(const struct block_parser *parser);

/* "231" -> the packed_id of a stream that begins or ends with it, and those of a stream. */
packed_id block_parser__pack_id(const char *text, size_t len);
packed_id block_parser__first_id(const struct stream *stream);
packed_id block_parser__last_id(const struct stream *stream);

#endif
