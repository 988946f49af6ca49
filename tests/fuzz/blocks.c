// SPDX-License-Identifier: BSD-2-Clause
#include "tests/fuzz/splitting.h"

/*
 * Wherever blocks begin and however the log arrives, its sequences are those of its lines. The
 * input is a letter for the grouping, one for the size of a block, one for what a pipe gives at
 * once, and the log.
 */

#define BLOCK_MIN 380 /* what the reader takes at least */
/* A read of less than a piece would lose the rest; the reader has room for half a block. */
#define PIECE_MAX 180
#define PIPE_BYTES (1 << 20) /* room for 256 pieces */

static enum grouping grouping_of(uint8_t letter)
{
	static const enum grouping groupings[] = {GROUPING_DEFAULT, GROUPING_PID, GROUPING_COMM};

	return groupings[letter % 3];
}

/* A pipe that gives piece bytes at a time, all of them written. */
static int open_pipe(const char *text, size_t len, size_t piece)
{
	int fds[2];

	must(pipe2(fds, O_CLOEXEC | O_DIRECT | O_NONBLOCK) == 0);
	fcntl(fds[1], F_SETPIPE_SZ, PIPE_BYTES);
	while (len) {
		ssize_t n = write(fds[1], text, len < piece ? len : piece);

		if (n < 0)
			break;
		text += n;
		len -= n;
	}
	close(fds[1]);
	if (len == 0)
		return fds[0];
	/* More pieces than a pipe has room for. */
	close(fds[0]);
	return -1;
}

static void check(enum grouping grouping, int fd, size_t block_size, const struct model *model)
{
	struct splitting splitting;

	splitting__init(&splitting, grouping);
	splitting__read(&splitting, grouping, fd, block_size);
	splitting__is(&splitting, model);
	splitting__free(&splitting);
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzzed input = {data, data + size};
	enum grouping grouping = grouping_of(fuzzed__byte(&input));
	size_t block_size = BLOCK_MIN + fuzzed__byte(&input);
	size_t piece = 1 + fuzzed__byte(&input) % PIECE_MAX;
	const char *log = (const char *)input.at;
	size_t len = fuzzed__left(&input);
	struct model model = {0};
	int pipe_fd = open_pipe(log, len, piece);

	model__add_log(&model, grouping, log, len);
	check(grouping, memory_file(log, len), block_size, &model);
	if (pipe_fd >= 0)
		check(grouping, pipe_fd, block_size, &model);
	model__clear(&model);
	return 0;
}
