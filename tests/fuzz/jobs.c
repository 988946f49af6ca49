// SPDX-License-Identifier: BSD-2-Clause
#include "splitter/split.h"
#include "tests/fuzz/splitting.h"

/*
 * Threads and memory make no difference. The log is repeated until it has several of the smallest
 * blocks that split__log() works with, each time with a line of its own in front.
 */

#define LOG_MIN ((size_t)200 << 10)

struct text {
	char *bytes;
	size_t len, room;
};

static void add(struct text *text, const void *bytes, size_t len)
{
	if (text->len + len > text->room) {
		text->room = 2 * (text->len + len);
		text->bytes = need(realloc(text->bytes, text->room));
	}
	memcpy(text->bytes + text->len, bytes, len);
	text->len += len;
}

static struct text repeat(const char *log, size_t len)
{
	struct text text = {0};

	for (unsigned int i = 0; text.len < LOG_MIN; i++) {
		char line[32];

		add(&text, line, snprintf(line, sizeof(line), "7:%u:x\n", i));
		add(&text, log, len);
		add(&text, "\n", 1);
	}
	return text;
}

static void check(const struct text *text, unsigned int jobs, size_t memory_bytes,
		  const struct model *model)
{
	struct split_result result = {.complaints = {.file = "log", .what = "line"}};
	struct splitting splitting;
	struct split_config config = {.memory_bytes = memory_bytes, .jobs = jobs};
	int fd = memory_file(text->bytes, text->len);

	splitting__init(&splitting, GROUPING_DEFAULT);
	config.strings = splitting.strings;
	config.files.store = splitting.store;
	must(split__log(&config, fd, splitting.history, 0, &result) == 0);
	splitting.line_cnt = result.line_cnt;
	splitting.bad_cnt = result.complaints.cnt;
	splitting__is(&splitting, model);
	splitting__free(&splitting);
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzzed input = {data, data + size};
	unsigned int jobs = 2 + fuzzed__byte(&input) % 3;
	struct text text = repeat((const char *)input.at, fuzzed__left(&input));
	struct model model = {0};

	model__add_log(&model, GROUPING_DEFAULT, text.bytes, text.len);
	check(&text, 1, (size_t)1 << 30, &model);
	check(&text, jobs, 1, &model);
	model__clear(&model);
	free(text.bytes);
	return 0;
}
