// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/message.h"
#include "splitter/block_parser.h"
#include "splitter/log_reader.h"
#include "splitter/split.h"

/*
 * Where memory_bytes go. A thread holds a block and the streams of it, in an odd log up to about
 * PARSER_FACTOR times the size of the block. The rest is for bookkeeping, which must stay, and for
 * text, which can be written out. Small as memory_bytes may be, some is needed to work at all:
 * the least for text, as much bookkeeping as some 300,000 sequences take, and a few threads with
 * the smallest blocks. Of what is left the threads get half.
 */
#define BLOCK_MAX ((size_t)2 << 20)
#define BLOCK_MIN ((size_t)64 << 10)
#define PARSER_FACTOR 32
#define TEXT_MIN ((size_t)8 << 20)
#define OTHER_MIN ((size_t)48 << 20)

/* More threads only where memory_bytes are enough for their blocks. */
#define JOBS_MIN 4

/* How many streams each of the three steps of sequence_store__prefetch() is ahead of the next. */
#define PREFETCH_DISTANCE 6

struct split {
	const struct split_config *config;
	const struct history *history;
	struct log_reader *reader;
	uint32_t life_base;
	unsigned int jobs;
	size_t block_size;
	struct split_result *result;
	pthread_mutex_t lock;
	pthread_cond_t turned;
	size_t thread_bytes; /* what a thread has held at most */
	uint64_t turn;       /* number of the block that is to be put to the others next */
	int err;
};

static size_t parser_bytes(const struct split_config *config)
{
	size_t needed = OTHER_MIN + TEXT_MIN;

	return config->memory_bytes > needed ? (config->memory_bytes - needed) / 2 : 0;
}

static unsigned int thread_cnt(const struct split_config *config)
{
	size_t max = JOBS_MIN + parser_bytes(config) / (PARSER_FACTOR * BLOCK_MIN);

	return config->jobs < max ? config->jobs : max;
}

static size_t block_size(const struct split_config *config, unsigned int jobs)
{
	size_t size = parser_bytes(config) / PARSER_FACTOR / jobs;

	return size > BLOCK_MAX ? BLOCK_MAX : size < BLOCK_MIN ? BLOCK_MIN : size;
}

static size_t other_bytes(const struct split *split)
{
	return sequence_store__other_bytes(split->config->files.store) +
	       strings__bytes(split->config->strings) + history__bytes(split->history);
}

static int write_failure(int err)
{
	return err == 0 || err == -EINTR ? err : -EREMOTEIO;
}

int split__write_out(const struct split_config *config, bool last)
{
	int err = sequence_store__number(config->files.store);

	if (err)
		return err;
	err = sequence_file__check(&config->files);
	if (!err && !output_dir__is_prepared(config->files.dir)) {
		err = output_dir__prepare(config->files.dir);
		if (err)
			message__error("cannot make a temporary directory for the files: %s",
				       strerror(-err));
	}
	if (!err)
		err = sequence_file__write(&config->files, last);
	sequence_store__drop_text(config->files.store);
	return write_failure(err);
}

static int keep_to_memory(struct split *split)
{
	const struct split_config *config = split->config;
	size_t other = other_bytes(split);
	size_t busy = other + split->jobs * PARSER_FACTOR * split->block_size;
	size_t limit = TEXT_MIN;

	if (other > OTHER_MIN &&
	    other + split->jobs * split->thread_bytes + TEXT_MIN > config->memory_bytes)
		return -ENOBUFS;
	if (config->memory_bytes > busy && config->memory_bytes - busy > limit)
		limit = config->memory_bytes - busy;
	if (sequence_store__text_bytes(config->files.store) < limit)
		return 0;
	return split__write_out(config, false);
}

static void prefetch(const struct sequence_store *store, const struct parsed_block *parsed,
		     uint32_t i)
{
	for (int step = PREFETCH_TEXT; step >= PREFETCH_SLOT; step--) {
		i += PREFETCH_DISTANCE;
		if (i >= parsed->stream_cnt)
			return;
		sequence_store__prefetch(store, &parsed->streams[i], step);
	}
}

/* Puts one block to those before it. */
static int add_block(struct split *split, const struct parsed_block *parsed)
{
	struct sequence_store *store = split->config->files.store;
	uint64_t line_base = split->result->line_cnt;
	struct complaints *complaints = &split->result->complaints;

	for (uint32_t i = 0; i < parsed->stream_cnt; i++) {
		int err;

		prefetch(store, parsed, i);
		err = sequence_store__append(store, &parsed->streams[i], parsed->text, line_base,
					     split->life_base);
		if (err)
			return err;
	}
	for (uint32_t i = 0; i < parsed->bad_cnt; i++) {
		if (i < COMPLAINTS_NAMED)
			complaints__add(complaints, line_base + parsed->bad[i].line,
					parsed->bad[i].reason);
		else
			complaints->cnt++;
	}
	split->result->line_cnt += parsed->line_cnt;
	return keep_to_memory(split);
}

/* Waits for the block's turn. 0, or the error that stopped the others. */
static int await_turn(struct split *split, uint64_t number)
{
	int err;

	pthread_mutex_lock(&split->lock);
	while (split->turn != number && !split->err)
		pthread_cond_wait(&split->turned, &split->lock);
	err = split->err;
	pthread_mutex_unlock(&split->lock);
	return err;
}

static void end_turn(struct split *split, int err)
{
	pthread_mutex_lock(&split->lock);
	split->turn++;
	if (!split->err)
		split->err = err;
	pthread_cond_broadcast(&split->turned);
	pthread_mutex_unlock(&split->lock);
}

static int do_block(struct split *split, struct block_parser *parser, const struct block *block)
{
	const struct parsed_block *parsed = block_parser__parse(parser, block);
	int err = await_turn(split, block->number);

	if (err)
		return err;
	if (split->block_size + block_parser__bytes(parser) > split->thread_bytes)
		split->thread_bytes = split->block_size + block_parser__bytes(parser);
	err = parsed ? add_block(split, parsed) : -ENOMEM;
	end_turn(split, err);
	return err;
}

static void *work(void *arg)
{
	struct split *split = arg;
	struct parser_config config = {
		.grouping = split->config->files.grouping,
		.history = split->history,
		.names = split->config->names,
		.block_size = split->block_size,
	};
	struct block_parser *parser = block_parser__new(&config);
	struct block block = {0};
	int err = -ENOMEM;

	if (parser)
		err = log_reader__init_block(split->reader, &block);
	while (!err) {
		int got = log_reader__next(split->reader, &block);

		if (got <= 0) {
			err = got;
			break;
		}
		err = do_block(split, parser, &block);
	}
	if (err) {
		pthread_mutex_lock(&split->lock);
		if (!split->err)
			split->err = err;
		pthread_cond_broadcast(&split->turned);
		pthread_mutex_unlock(&split->lock);
	}
	log_reader__free_block(&block);
	block_parser__free(parser);
	return NULL;
}

/* Fewer threads than asked for will do: this one is always there. */
static void run_workers(struct split *split)
{
	unsigned int wanted = split->jobs - 1;
	pthread_t *threads = calloc(wanted + 1, sizeof(*threads));
	unsigned int started = 0;

	while (threads && started < wanted &&
	       pthread_create(&threads[started], NULL, work, split) == 0)
		started++;
	work(split);
	while (started)
		pthread_join(threads[--started], NULL);
	free(threads);
}

int split__log(const struct split_config *config, int fd, const struct history *history,
	       uint32_t life_base, struct split_result *result)
{
	struct split split = {
		.config = config,
		.history = history,
		.life_base = life_base,
		.jobs = thread_cnt(config),
		.result = result,
	};

	split.block_size = block_size(config, split.jobs);
	split.reader = log_reader__new(fd, split.block_size, history__needs_lines(history));
	if (!split.reader)
		return -ENOMEM;
	pthread_mutex_init(&split.lock, NULL);
	pthread_cond_init(&split.turned, NULL);
	run_workers(&split);
	pthread_cond_destroy(&split.turned);
	pthread_mutex_destroy(&split.lock);
	log_reader__free(split.reader);
	return split.err;
}
