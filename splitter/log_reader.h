/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SPLITTER_LOG_READER_H
#define SPLITTER_LOG_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/log_line.h"

/*
 * Cuts a log (a file or a pipe) into blocks of whole lines. Several threads may ask for blocks at
 * once; blocks are numbered from 0 in the order of the log.
 */
struct log_reader;

/* What may be read behind the end of a block's text, whatever it is. */
#define BLOCK_SLACK 64

struct block {
	char *text; /* owned by the block, reused for the next one */
	size_t len; /* whole lines, the last newline included */
	uint64_t number;
	uint64_t line_base; /* lines of the log before this block, if the reader counts them */
};

/* fd stays the caller's. Lines are counted only on demand, as it takes time. NULL: no memory. */
struct log_reader *log_reader__new(int fd, size_t block_size, bool count_lines);
void log_reader__free(struct log_reader *reader);

/*
 * To be called before the first block: reads from fd's position on no more than so many bytes, and
 * so many lines come before them.
 */
void log_reader__limit(struct log_reader *reader, uint64_t bytes, uint64_t line_base);

int log_reader__init_block(const struct log_reader *reader, struct block *block);
void log_reader__free_block(struct block *block);

/*
 * The next block: 1, 0 at the end, or a negative errno (-EINTR when interrupted). A line longer
 * than any line of a log comes cut to LOG_LINE_MAX + 1 bytes, still too long to parse, so that no
 * input makes a block grow. A last line without newline is given one.
 */
int log_reader__next(struct log_reader *reader, struct block *block);

#endif
