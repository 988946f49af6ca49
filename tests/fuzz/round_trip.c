// SPDX-License-Identifier: BSD-2-Clause
#include "tests/fuzz/session.h"
#include "tests/fuzz/splitting.h"

/*
 * What the recorder writes, the splitter reads back: calls of any pid, ID and comm, a few at a
 * time, come out as the sequences of each (pid, comm), in their order.
 */

#define IDS_MAX 8
#define BLOCK_SIZE 1000

/* Few different ones, so that they meet; now and then any. */
static uint32_t take_pid(struct fuzzed *input)
{
	uint8_t byte = fuzzed__byte(input);

	return byte < 200 ? byte % 5 + 1 : fuzzed__u64(input) % LOG_LINE_PID_MAX + 1;
}

static int64_t take_id(struct fuzzed *input)
{
	uint8_t byte = fuzzed__byte(input);

	return byte < 128   ? byte
	       : byte < 192 ? (int16_t)fuzzed__u16(input)
			    : (int64_t)fuzzed__u64(input);
}

static struct caller take_caller(struct fuzzed *input)
{
	struct caller caller = {.log_pid = take_pid(input)};
	char comm[COMM_SZ] = "";

	fuzzed__take(input, comm, fuzzed__byte(input) % COMM_SZ);
	caller.comm_len = escape__comm(caller.comm, comm, strnlen(comm, COMM_SZ - 1));
	return caller;
}

static void write_calls(struct fuzzed *input, struct id_log *log, struct model *model)
{
	struct caller caller = take_caller(input);
	int64_t ids[IDS_MAX];
	size_t cnt = fuzzed__byte(input) % (IDS_MAX + 1);

	for (size_t i = 0; i < cnt; i++) {
		char text[32];

		ids[i] = take_id(input);
		model->line_cnt++;
		model__add(model, caller.log_pid, caller.comm, caller.comm_len, text,
			   snprintf(text, sizeof(text), "%lld", (long long)ids[i]));
	}
	id_log__write(log, &caller, ids, cnt);
}

static void check(const char *path, const struct model *model)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct splitting splitting;

	splitting__init(&splitting, GROUPING_DEFAULT);
	splitting__read(&splitting, GROUPING_DEFAULT, fd, BLOCK_SIZE);
	splitting__is(&splitting, model);
	splitting__free(&splitting);
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzzed input = {data, data + size};
	struct path path = path_in_folder("log");
	struct model model = {0};
	struct output_file *file;
	struct id_log *log;

	unlink(path.text);
	file = need(output_file__open(path.text, never));
	log = need(id_log__new(file, NULL));
	while (fuzzed__left(&input))
		write_calls(&input, log, &model);
	must(id_log__total(log) == model.line_cnt);
	id_log__free(log);
	must(output_file__close(file) == 0);
	check(path.text, &model);
	model__clear(&model);
	return 0;
}
