// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "splitter/event_lines.h"
#include "splitter/interrupt.h"

/* A command line of the kernel's greatest size, each byte of it escaped, would fit. */
#define EVENT_LINE_MAX ((size_t)16 << 20)
#define READ_SIZE ((size_t)64 << 10)

struct event_lines {
	int fd;
	bool at_end;
	char *bytes; /* read, and from start on not yet given out */
	size_t start, used, size;
	uint64_t number;  /* of the last line given out */
	bool is_too_long; /* the beginning of this line was dropped */
};

struct event_lines *event_lines__new(int fd)
{
	struct event_lines *lines = calloc(1, sizeof(*lines));

	if (lines)
		lines->fd = fd;
	return lines;
}

void event_lines__free(struct event_lines *lines)
{
	if (!lines)
		return;
	free(lines->bytes);
	free(lines);
}

/* What was given out makes room for more, and so does a line that is too long. */
static int make_room(struct event_lines *lines)
{
	size_t size = lines->size ? 2 * lines->size : 2 * READ_SIZE;
	char *bytes;

	if (lines->used)
		memmove(lines->bytes, lines->bytes + lines->start, lines->used - lines->start);
	lines->used -= lines->start;
	lines->start = 0;
	if (lines->used > EVENT_LINE_MAX) {
		lines->is_too_long = true;
		lines->used = 1;
	}
	if (lines->size - lines->used >= READ_SIZE)
		return 0;
	bytes = realloc(lines->bytes, size);
	if (!bytes)
		return -ENOMEM;
	lines->bytes = bytes;
	lines->size = size;
	return 0;
}

static int read_more(struct event_lines *lines)
{
	int err = make_room(lines);
	ssize_t n;

	if (err)
		return err;
	do {
		err = interrupt__wait_readable(lines->fd);
		if (err)
			return err;
		/* Not more, however large a line was: memory is looked at in between. */
		n = read(lines->fd, lines->bytes + lines->used, READ_SIZE);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	lines->used += n;
	lines->at_end = n == 0;
	return 0;
}

/* The newline of the next line, or NULL if there is none; 0 or a negative errno. */
static int find_newline(struct event_lines *lines, char **newline)
{
	size_t searched = 0;

	for (;;) {
		size_t left = lines->used - lines->start;
		int err;

		*newline = left > searched ? memchr(lines->bytes + lines->start + searched, '\n',
						    left - searched)
					   : NULL;
		if (*newline || lines->at_end)
			return 0;
		err = read_more(lines);
		if (err)
			return err;
		/* A line that is too long was cut to its first byte. */
		searched = lines->is_too_long ? 0 : left;
	}
}

int event_lines__next(struct event_lines *lines, struct event_line *line)
{
	char *newline;
	int err = find_newline(lines, &newline);

	if (err)
		return err;
	if (!newline && lines->start == lines->used)
		return 0;
	line->text = lines->bytes + lines->start;
	line->len = newline ? (size_t)(newline - line->text) : lines->used - lines->start;
	line->number = ++lines->number;
	line->has_newline = newline != NULL;
	line->is_too_long = lines->is_too_long || line->len > EVENT_LINE_MAX;
	lines->is_too_long = false;
	lines->start += line->len + line->has_newline;
	return 1;
}
