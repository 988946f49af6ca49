/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SPLITTER_BLOCK_PARSER_H
#define SPLITTER_BLOCK_PARSER_H

#include <stddef.h>
#include <stdint.h>

#include "splitter/complaints.h"
#include "splitter/grouping.h"
#include "splitter/history.h"
#include "splitter/log_reader.h"
#include "splitter/stream.h"
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

#endif
