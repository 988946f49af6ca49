// SPDX-License-Identifier: BSD-2-Clause
#define main formatter_main
#include "../../formatter.c" /* not itself */
#undef main

#include "tests/fuzz/folder.h"
#include "tests/fuzz/grammar.h"

/*
 * The whole program. The input is a line with options, one letter each, the log, a line "==", and
 * the events. Whatever they are: every good line is in one of the files, and nothing else is; the
 * index has a row for each file.
 */

#define ROW_FIELDS 10

static const char *const options_by_letter[] = {
	['n'] = "--names", ['p'] = "--by=pid",      ['c'] = "--by=comm", ['t'] = "--by=comm,tid",
	['m'] = "-m1",     ['g'] = "--by=comm,pid", ['z'] = NULL,
};

struct text {
	const char *at;
	size_t len;
};

/* Up to the line that ends it, which is taken too. */
static struct text take_part(struct fuzzed *input, const char *end_line)
{
	struct text part = {(const char *)input->at, fuzzed__left(input)};
	const char *end = memmem(part.at, part.len, end_line, strlen(end_line));

	if (end) {
		part.len = end - part.at;
		input->at += part.len + strlen(end_line);
	} else {
		input->at = input->end;
	}
	return part;
}

static int run(const struct text *letters, struct path *log, struct path *out)
{
	char *argv[10] = {"formatter", "-qj1", log->text, "-o", out->text};
	int argc = 5;

	for (size_t i = 0; i < letters->len && argc < 9; i++) {
		unsigned char letter = letters->at[i];

		if (letter < sizeof(options_by_letter) / sizeof(*options_by_letter) &&
		    options_by_letter[letter])
			argv[argc++] = (char *)options_by_letter[letter];
	}
	argv[argc] = NULL;
	return formatter_main(argc, argv);
}

static uint64_t count_good_lines(const struct text *log)
{
	const char *at = log->at, *end = log->at + log->len;
	uint64_t cnt = 0;

	while (at < end) {
		const char *newline = memchr(at, '\n', end - at);
		const char *line_end = newline ? newline : end;
		struct plain_line line;

		cnt += plain_line__read(&line, at, line_end - at);
		at = newline ? newline + 1 : end;
	}
	return cnt;
}

/* IDs, single spaces between them, a newline behind the last one. */
static uint64_t count_calls(const char *text, size_t len)
{
	uint64_t cnt = 1;

	must(len >= 2 && text[0] != ' ' && text[len - 2] != ' ' && text[len - 1] == '\n');
	must(!memchr(text, '\n', len - 1) && !memmem(text, len, "  ", 2));
	for (size_t i = 0; i < len; i++)
		cnt += text[i] == ' ';
	return cnt;
}

/* Takes one field, and the quotes from it; what ends it is taken too. */
static char *take_field(char **at)
{
	char *field = *at, *dst = *at;
	bool quoted = **at == '"';

	for (*at += quoted; **at && (quoted || !strchr(",\r", **at)); (*at)++) {
		if (quoted && **at == '"' && *++*at != '"')
			break;
		*dst++ = **at;
	}
	must(**at == ',' || !strncmp(*at, "\r\n", 2));
	*at += **at == ',' ? 1 : 2;
	*dst = '\0';
	return field;
}

/* The calls of the file in the row, as many as it says; the file is taken away. */
static uint64_t check_row(int folder_fd, char **at)
{
	char *fields[ROW_FIELDS], *text;
	uint64_t calls;
	size_t len;

	for (int i = 0; i < ROW_FIELDS; i++)
		fields[i] = take_field(at);
	text = read_file(folder_fd, fields[0], &len);
	calls = count_calls(text, len);
	must(strtoull(fields[7], NULL, 10) == calls);
	free(text);
	must(unlinkat(folder_fd, fields[0], 0) == 0);
	return calls;
}

static uint64_t check_files(const char *out)
{
	int folder_fd = open(out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	uint64_t calls = 0;
	size_t len;
	char *index = read_file(folder_fd, INDEX_NAME, &len);
	char *at = strchr(index, '\n') + 1;

	while (*at)
		calls += check_row(folder_fd, &at);
	must(unlinkat(folder_fd, INDEX_NAME, 0) == 0);
	close(folder_fd);
	free(index);
	return calls;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzzed input = {data, data + size};
	struct text letters = take_part(&input, "\n");
	struct text log = take_part(&input, "\n==\n");
	struct path log_path = path_in_folder("trace.log");
	struct path out = path_in_folder("out");
	int status;

	write_file(log_path.text, log.at, log.len);
	write_file(path_in_folder("trace.jsonl").text, input.at, fuzzed__left(&input));
	status = run(&letters, &log_path, &out);
	must(status == 0 || status == 1);
	/* It may refuse as a whole, and then leaves nothing behind. */
	if (access(out.text, F_OK) == 0)
		must(check_files(out.text) == count_good_lines(&log));
	else
		must(status == 1);
	must(access(out.text, F_OK) != 0 || rmdir(out.text) == 0);
	return 0;
}
