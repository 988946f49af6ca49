// SPDX-License-Identifier: BSD-2-Clause
#define main formatter_main
#include "../../formatter.c" /* not itself */
#undef main

#include <xxhash.h>

#include "common/checkpoint.h"

#include "tests/fuzz/folder.h"
#include "tests/fuzz/lines.h"

/*
 * --verify and --repair. The input is a line with options, the log, a line "==", and the events.
 * Option s: the checksums are put right first, else none but the seeds would have good ones.
 * Whatever they are: what was repaired is whole or honest about what it lacks, and begins as the
 * log did.
 */

struct text {
	char *at;
	size_t len;
};

static struct text take_part(struct text *rest, const char *end_line)
{
	struct text part = *rest;
	char *end = memmem(rest->at, rest->len, end_line, strlen(end_line));
	size_t taken = rest->len;

	if (end) {
		part.len = end - rest->at;
		taken = part.len + strlen(end_line);
	}
	rest->at += taken;
	rest->len -= taken;
	return part;
}

/* --- checksums -------------------------------------------------------------------------------- */

/* Behind the name of a member, in a line. */
static char *find_value(const struct text *line, const char *name)
{
	char *found = memmem(line->at, line->len, name, strlen(name));

	return found ? found + strlen(name) : NULL;
}

static void put_hash(const struct text *line, const char *name, const void *bytes, size_t len)
{
	char *value = find_value(line, name), text[CHECKPOINT_HASH_SZ];

	if (!value || value + CHECKPOINT_HASH_LEN > line->at + line->len)
		return;
	checkpoint__format_hash(text, XXH3_64bits(bytes, len));
	memcpy(value, text, CHECKPOINT_HASH_LEN);
}

/* As the recorder would have written them for this log and these events. */
static void put_right(const struct text *log, struct text events)
{
	char *events_from = events.at;
	size_t log_from = 0;

	while (events.len) {
		struct text line = take_part(&events, "\n");
		const char *bytes = find_value(&line, "\"bytes\":");
		char *seal = find_value(&line, ",\"events_xxh3\"");
		size_t log_to = bytes ? strtoull(bytes, NULL, 10) : 0;

		if (!bytes || !seal)
			continue;
		if (log_to >= log_from && log_to <= log->len) {
			put_hash(&line, "\"log_xxh3\":\"", log->at + log_from, log_to - log_from);
			log_from = log_to;
		}
		seal -= strlen(",\"events_xxh3\"");
		put_hash(&line, "\"events_xxh3\":\"", events_from, seal - events_from);
		events_from = line.at + line.len + 1;
	}
}

/* --- the promise ------------------------------------------------------------------------------ */

static int run(const char *mode, const char *log, const char *out)
{
	char *argv[] = {"formatter", (char *)mode, "-q", (char *)log, "-o", (char *)out, NULL};

	return formatter_main(out ? 6 : 4, argv);
}

static void check_repaired(const struct text *log, const char *out)
{
	int folder_fd = open(out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char path[sizeof(struct path) + 16];
	size_t len;
	char *text = read_file(folder_fd, "trace.log", &len);
	int status;

	must(len <= log->len && memcmp(text, log->at, len) == 0);
	snprintf(path, sizeof(path), "%s/trace.log", out);
	status = run("--verify", path, NULL);
	must(status == 0 || status == 3);
	free(text);
	must(unlinkat(folder_fd, "trace.log", 0) == 0);
	must(unlinkat(folder_fd, "trace.jsonl", 0) == 0);
	close(folder_fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = exact_copy(data, size);
	struct text events = {copy, size};
	struct text letters = take_part(&events, "\n");
	struct text log = take_part(&events, "\n==\n");
	struct path log_path = path_in_folder("trace.log"), out = path_in_folder("out");
	int verified, repaired;

	/* The newline in front of the "==" is the log's. */
	log.len += events.len > 0;
	if (memchr(letters.at, 's', letters.len))
		put_right(&log, events);
	write_file(log_path.text, log.at, log.len);
	write_file(path_in_folder("trace.jsonl").text, events.at, events.len);
	verified = run("--verify", log_path.text, NULL);
	must(verified == 0 || verified == 3 || verified == 1);
	repaired = run("--repair", log_path.text, out.text);
	must(repaired == 0 || (repaired == 1 && access(out.text, F_OK) != 0));
	/* What is whole or honest can be kept. */
	must(repaired == 0 || verified != 0);
	if (repaired == 0)
		check_repaired(&log, out.text);
	must(access(out.text, F_OK) != 0 || rmdir(out.text) == 0);
	free(copy);
	return 0;
}
