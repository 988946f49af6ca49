/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_FUZZ_SPLITTING_H
#define TESTS_FUZZ_SPLITTING_H

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "splitter/block_parser.h"
#include "splitter/history.h"
#include "splitter/log_reader.h"
#include "splitter/sequence_store.h"
#include "tests/fuzz/model.h"

/* The splitter's own way from a log without events to its sequences, in blocks of any size. */

struct splitting {
	struct strings *strings;
	struct history *history;
	struct sequence_store *store;
	uint64_t line_cnt;
	uint64_t bad_cnt;
};

static inline void splitting__init(struct splitting *splitting, enum grouping grouping)
{
	*splitting = (struct splitting){.strings = need(strings__new())};
	splitting->history = need(history__new(splitting->strings));
	splitting->store = need(sequence_store__new(splitting->strings));
	must(history__finish(splitting->history, grouping) == 0);
}

static inline void splitting__free(struct splitting *splitting)
{
	sequence_store__free(splitting->store);
	history__free(splitting->history);
	strings__free(splitting->strings);
}

static inline void splitting__add_block(struct splitting *splitting,
					const struct parsed_block *parsed)
{
	for (uint32_t i = 0; i < parsed->stream_cnt; i++)
		must(sequence_store__append(splitting->store, &parsed->streams[i], parsed->text,
					    splitting->line_cnt, 0) == 0);
	splitting->bad_cnt += parsed->bad_cnt;
	splitting->line_cnt += parsed->line_cnt;
}

/* Reads fd to its end. */
static inline void splitting__read(struct splitting *splitting, enum grouping grouping, int fd,
				   size_t block_size)
{
	struct parser_config config = {
		.grouping = grouping,
		.history = splitting->history,
		.block_size = block_size,
	};
	struct block_parser *parser = need(block_parser__new(&config));
	struct log_reader *reader = need(log_reader__new(fd, block_size, true));
	struct block block;
	int got;

	must(log_reader__init_block(reader, &block) == 0);
	while ((got = log_reader__next(reader, &block)) > 0) {
		const struct parsed_block *parsed =
			need((void *)block_parser__parse(parser, &block));

		must(block.line_base == splitting->line_cnt);
		splitting__add_block(splitting, parsed);
	}
	must(got == 0);
	log_reader__free_block(&block);
	log_reader__free(reader);
	block_parser__free(parser);
}

/* A file with the text, in memory; at its start. */
static inline int memory_file(const void *text, size_t len)
{
	int fd = memfd_create("log", MFD_CLOEXEC);

	must(fd >= 0 && write(fd, text, len) == (ssize_t)len && lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

static inline bool has_text(const struct sequence *sequence, const char *text, size_t len)
{
	for (const struct chunk *chunk = sequence->first; chunk; chunk = chunk->next) {
		if (chunk->used > len || memcmp(chunk->text, text, chunk->used))
			return false;
		text += chunk->used;
		len -= chunk->used;
	}
	return len == 0;
}

/* The ID at either end of a sequence's text. */
static inline void has_ends(const struct sequence *sequence, const char *text, size_t len)
{
	const char *first = text + 1, *end = text + len;
	const char *space = memchr(first, ' ', end - first);
	const char *last = memrchr(text, ' ', len);

	must(sequence->first_id == stream__pack_id(first, (space ? space : end) - first));
	must(sequence->last_id == stream__pack_id(last + 1, end - last - 1));
}

/* The same sequences in the same order, with the same calls. */
static inline void splitting__is(const struct splitting *splitting, const struct model *model)
{
	must(splitting->line_cnt == model->line_cnt && splitting->bad_cnt == model->bad_cnt);
	must(sequence_store__cnt(splitting->store) == model->cnt);
	for (size_t i = 0; i < model->cnt; i++) {
		const struct model_sequence *expected = &model->sequences[i];
		const struct sequence *sequence = sequence_store__get(splitting->store, i);

		must(sequence->pid == expected->pid && sequence->comm_len == expected->comm_len);
		must(memcmp(sequence_store__comm(splitting->store, sequence), expected->comm,
			    expected->comm_len) == 0);
		must(sequence->call_cnt == expected->call_cnt);
		must(sequence->first_line == expected->first_line);
		must(sequence->last_line == expected->last_line);
		must(has_text(sequence, expected->text, expected->text_len));
		has_ends(sequence, expected->text, expected->text_len);
	}
}

#endif
