// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log_line.h"
#include "common/message.h"
#include "splitter/index.h"

#define BUFFER_SIZE ((size_t)128 << 10)

static const char header[] = "file,comm,pid,instance,program,start,end,calls,lost,complete\r\n";

static const char *const starts[] = {
	[START_UNKNOWN] = "unknown", [START_EXEC] = "exec",     [START_FORK] = "fork",
	[START_ATTACH] = "attach",   [START_RENAME] = "rename",
};

static const char *const ends[] = {
	[END_UNKNOWN] = "unknown", [END_EXIT] = "exit",     [END_SIGNAL] = "signal",
	[END_EXEC] = "exec",       [END_RENAME] = "rename", [END_RECORDING_END] = "recording_end",
};

static const char *const completenesses[] = {
	[COMPLETE_UNKNOWN] = "unknown",
	[COMPLETE_NO] = "no",
	[COMPLETE_YES] = "yes",
};

/* Quoted as RFC 4180 has it, if a character of it asks for that. */
static char *put_field(char *dst, const char *text)
{
	if (!strpbrk(text, ",\"\r\n"))
		return stpcpy(dst, text);
	*dst++ = '"';
	for (; *text; text++) {
		if (*text == '"')
			*dst++ = '"';
		*dst++ = *text;
	}
	*dst++ = '"';
	return dst;
}

/* Every character may be doubled, and each of the fields with text be quoted. */
size_t index__row_size(const struct sequence_store *store, const struct sequence *sequence,
		       const struct strings *strings)
{
	return 2 * (SEQUENCE_NAME_SIZE + strlen(sequence_store__comm(store, sequence)) +
		    strlen(strings__text(strings, sequence->program))) +
	       200;
}

size_t index__put_row(char *dst, const struct sequence_files *files,
		      const struct sequence *sequence, const struct strings *strings)
{
	bool has_pid = files->grouping != GROUPING_COMM;
	char name[SEQUENCE_NAME_SIZE];
	char *start = dst;

	sequence_file__name(name, files->grouping, files->store, sequence);
	dst = put_field(dst, name);
	*dst++ = ',';
	dst = put_field(dst, sequence_store__comm(files->store, sequence));
	*dst++ = ',';
	if (has_pid)
		dst = log_line__put_unsigned(dst, sequence->pid);
	*dst++ = ',';
	dst = log_line__put_unsigned(dst, sequence->instance);
	*dst++ = ',';
	dst = put_field(dst, strings__text(strings, sequence->program));
	*dst++ = ',';
	dst = stpcpy(dst, starts[sequence->start]);
	*dst++ = ',';
	dst = stpcpy(dst, ends[sequence->end]);
	*dst++ = ',';
	dst = log_line__put_unsigned(dst, sequence->call_cnt);
	*dst++ = ',';
	if (sequence->lost_known)
		dst = log_line__put_unsigned(dst, sequence->lost);
	*dst++ = ',';
	dst = stpcpy(dst, completenesses[sequence->complete]);
	dst = stpcpy(dst, "\r\n");
	return dst - start;
}

struct index {
	const struct sequence_files *files;
	char *buffer;
	size_t used, size;
	bool begun;
};

static int flush(struct index *index)
{
	struct iovec iov = {.iov_base = index->buffer, .iov_len = index->used};
	int err = output_dir__write(index->files->dir, INDEX_NAME, !index->begun, &iov, 1);

	index->begun = true;
	index->used = 0;
	return err;
}

static int reserve(struct index *index, size_t size)
{
	char *buffer;
	int err = 0;

	if (index->used && index->used + size > BUFFER_SIZE)
		err = flush(index);
	if (err || index->used + size <= index->size)
		return err;
	buffer = realloc(index->buffer, size > BUFFER_SIZE ? size : BUFFER_SIZE);
	if (!buffer)
		return -ENOMEM;
	index->buffer = buffer;
	index->size = size > BUFFER_SIZE ? size : BUFFER_SIZE;
	return 0;
}

static int add_row(struct index *index, size_t i, const struct strings *strings)
{
	const struct sequence *sequence = sequence_store__get(index->files->store, i);
	int err = reserve(index, index__row_size(index->files->store, sequence, strings));

	if (!err)
		index->used += index__put_row(index->buffer + index->used, index->files, sequence,
					      strings);
	return err;
}

int index__write(const struct sequence_files *files, const struct strings *strings)
{
	struct index index = {.files = files};
	size_t cnt = sequence_store__cnt(files->store);
	int err = reserve(&index, sizeof(header));

	if (!err) {
		memcpy(index.buffer, header, sizeof(header) - 1);
		index.used = sizeof(header) - 1;
	}
	for (size_t i = 0; i < cnt && !err; i++)
		err = add_row(&index, i, strings);
	if (!err)
		err = flush(&index);
	if (err)
		message__error("cannot write %s: %s", INDEX_NAME, strerror(-err));
	free(index.buffer);
	return err;
}
