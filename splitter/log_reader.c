// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "splitter/interrupt.h"
#include "splitter/log_reader.h"
#include "splitter/scan.h"

/* What is kept of a line that is too long: enough to see that it is. */
#define CUT_LEN (LOG_LINE_MAX + 1)

struct log_reader {
	pthread_mutex_t lock;
	int fd;
	bool is_file; /* a read never waits for anybody */
	bool count_lines;
	bool at_end;
	int err;
	size_t block_size;
	uint64_t next_number;
	uint64_t line_cnt;
	uint64_t bytes_left; /* to be read */
	size_t carry_len;    /* start of a line whose end was not read yet */
	char carry[CUT_LEN];
};

struct log_reader *log_reader__new(int fd, size_t block_size, bool count_lines)
{
	struct log_reader *reader = calloc(1, sizeof(*reader));
	struct stat st;

	if (!reader)
		return NULL;
	pthread_mutex_init(&reader->lock, NULL);
	reader->fd = fd;
	reader->is_file = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	reader->count_lines = count_lines;
	reader->bytes_left = UINT64_MAX;
	reader->block_size = block_size < 4 * CUT_LEN ? 4 * CUT_LEN : block_size;
	if (reader->is_file)
		posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	return reader;
}

void log_reader__limit(struct log_reader *reader, uint64_t bytes, uint64_t line_base)
{
	reader->bytes_left = bytes;
	reader->line_cnt = line_base;
}

void log_reader__free(struct log_reader *reader)
{
	if (!reader)
		return;
	pthread_mutex_destroy(&reader->lock);
	free(reader);
}

int log_reader__init_block(const struct log_reader *reader, struct block *block)
{
	memset(block, 0, sizeof(*block));
	block->text = malloc(reader->block_size + BLOCK_SLACK);
	if (!block->text)
		return -ENOMEM;
	memset(block->text + reader->block_size, 0, BLOCK_SLACK);
	return 0;
}

void log_reader__free_block(struct block *block)
{
	free(block->text);
	block->text = NULL;
}

/* Like read(2), but 0 only at the end, and it can be interrupted while it waits. */
static ssize_t read_some(struct log_reader *reader, char *dst, size_t len)
{
	ssize_t n;

	if (len > reader->bytes_left)
		len = reader->bytes_left;
	do {
		int err = reader->is_file ? 0 : interrupt__wait_readable(reader->fd);

		if (err || interrupt__pending())
			return err ? err : -EINTR;
		n = read(reader->fd, dst, len);
	} while (n < 0 && (errno == EINTR || errno == EAGAIN));
	if (n < 0)
		return -errno;
	reader->bytes_left -= n;
	return n;
}

/*
 * Makes the block's text end behind its last newline and keeps the rest for the next block. False
 * if there is no newline yet: then more has to be read, and *used says where it goes.
 */
static bool cut_block(struct log_reader *reader, struct block *block, size_t *used)
{
	char *newline = memrchr(block->text, '\n', *used);
	size_t rest;

	if (!newline) {
		if (*used > CUT_LEN)
			*used = CUT_LEN;
		return false;
	}
	block->len = newline + 1 - block->text;
	rest = *used - block->len;
	reader->carry_len = rest < CUT_LEN ? rest : CUT_LEN;
	memcpy(reader->carry, block->text + block->len, reader->carry_len);
	return true;
}

/* A pipe gives little at a time: read on until the block is full enough to be worth its while. */
static int fill_block(struct log_reader *reader, struct block *block)
{
	size_t size = reader->block_size - 1; /* room for the newline of the last line */
	size_t used = reader->carry_len;

	memcpy(block->text, reader->carry, used);
	for (;;) {
		ssize_t n = read_some(reader, block->text + used, size - used);

		if (n < 0)
			return n;
		used += n;
		if (n == 0)
			break;
		if (used < size / 2)
			continue;
		if (cut_block(reader, block, &used))
			return 0;
	}
	reader->at_end = true;
	if (used && block->text[used - 1] != '\n')
		block->text[used++] = '\n';
	block->len = used;
	return 0;
}

int log_reader__next(struct log_reader *reader, struct block *block)
{
	int err = 0;

	block->len = 0;
	pthread_mutex_lock(&reader->lock);
	if (!reader->err && !reader->at_end)
		reader->err = fill_block(reader, block);
	err = reader->err;
	if (!err && block->len) {
		block->number = reader->next_number++;
		block->line_base = reader->line_cnt;
		if (reader->count_lines)
			reader->line_cnt += scan__count_newlines(block->text, block->len);
	}
	pthread_mutex_unlock(&reader->lock);
	return err ? err : block->len > 0;
}
