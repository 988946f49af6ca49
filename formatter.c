// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/message.h"
#include "common/std_fds.h"
#include "splitter/events.h"
#include "splitter/hash.h"
#include "splitter/index.h"
#include "splitter/input.h"
#include "splitter/interrupt.h"
#include "splitter/options.h"
#include "splitter/repair.h"
#include "splitter/split.h"
#include "splitter/verdict.h"
#include "splitter/verify.h"

/* The splitter's state, from options to index. */
struct formatter {
	struct options options;
	struct split_config config;
	uint32_t life_base; /* lives of the logs done so far */
	uint64_t line_cnt;
	bool malformed; /* lines of a log or of events were skipped */
};

/* The mode of the files: open to nobody the logs are closed to. */
static mode_t output_mode(const struct options *options)
{
	mode_t mode = 0666;
	struct stat st;

	for (unsigned int i = 0; i < options->log_cnt; i++) {
		const char *log = options->logs[i];
		int err = strcmp(log, "-") == 0 ? fstat(STDIN_FILENO, &st) : stat(log, &st);

		if (err == 0 && S_ISREG(st.st_mode))
			mode &= st.st_mode | 0600;
	}
	return mode;
}

static int open_output(struct formatter *formatter)
{
	const char *path = formatter->options.output;
	struct output_dir *dir =
		output_dir__open(path, output_mode(&formatter->options), formatter->options.force);
	int err;

	if (!dir)
		return -EIO;
	formatter->config.files.dir = dir;
	err = output_dir__check(dir, INDEX_NAME);
	if (err == -EEXIST) {
		message__error("%s exists in %s; --force replaces files", INDEX_NAME,
			       message__quote(path));
		return -EIO;
	}
	return err ? message__fail("replace", INDEX_NAME, err) : 0;
}

static int set_up(struct formatter *formatter)
{
	struct split_config *config = &formatter->config;
	const struct options *options = &formatter->options;

	config->jobs = options->jobs;
	config->memory_bytes = options->memory_bytes;
	config->files.jobs = options->jobs;
	config->files.grouping = options->grouping;
	config->strings = strings__new();
	config->files.store = config->strings ? sequence_store__new(config->strings) : NULL;
	if (options->names)
		config->names = syscall_names__new();
	if (!config->files.store || (options->names && !config->names)) {
		message__error("not enough memory");
		return -ENOMEM;
	}
	return open_output(formatter);
}

static int read_events(struct formatter *formatter, struct history *history,
		       const struct input *input)
{
	struct complaints complaints = {.what = "malformed event", .file = input->events_path};
	int err;

	if (input->events_fd < 0)
		return 0;
	err = output_dir__protect(formatter->config.files.dir, input->events_fd);
	if (!err)
		err = events__read(history, input->events_fd, formatter->options.memory_bytes,
				   &complaints);
	if (err == -ENOBUFS)
		message__error("%s has more events than --memory allows: give it more, or do "
			       "without them by --events none",
			       message__quote(input->events_path));
	else if (err)
		message__fail("read", input->events_path, err);
	complaints__summarize(&complaints);
	formatter->malformed |= complaints.cnt > 0;
	return err;
}

static int check_grouping(const struct formatter *formatter, struct history *history,
			  const char *log)
{
	const struct recording *recording = history__recording(history);

	if (formatter->options.grouping != GROUPING_COMM_TID || !recording->started ||
	    recording->threads)
		return 0;
	message__error("%s has no thread ids, so it cannot be split --by comm,tid: it was not "
		       "recorded with --threads",
		       message__quote(log));
	return -EIO;
}

/* A log that was cut, or that its events are not about. */
static void check_line_cnt(struct formatter *formatter, struct history *history, const char *log,
			   uint64_t line_cnt)
{
	const struct recording *recording = history__recording(history);

	if (!recording->has_line_cnt || recording->line_cnt == line_cnt)
		return;
	message__error("%s has %" PRIu64 " lines, and its events say that it has %" PRIu64
		       ": it was cut or changed, or they belong to another log",
		       message__quote(log), line_cnt, recording->line_cnt);
	formatter->malformed = true;
}

static int split_lines(struct formatter *formatter, struct history *history,
		       const struct input *input)
{
	const struct split_config *config = &formatter->config;
	struct split_result result = {
		.complaints = {.file = strcmp(input->log, "-") ? input->log : "(stdin)",
			       .what = "malformed line"},
	};
	size_t from = sequence_store__cnt(config->files.store);
	uint32_t life_base = config->files.grouping == GROUPING_COMM ? 0 : formatter->life_base;
	int err = output_dir__protect(config->files.dir, input->log_fd);

	if (!err)
		err = split__log(config, input->log_fd, history, life_base, &result);
	complaints__summarize(&result.complaints);
	formatter->malformed |= result.complaints.cnt > 0;
	formatter->line_cnt += result.line_cnt;
	formatter->life_base += history__life_cnt(history) + 1;
	if (err == -ENOBUFS)
		message__error("%s has more sequences than --memory allows (%zu so far): give it "
			       "more",
			       message__quote(result.complaints.file),
			       sequence_store__cnt(config->files.store));
	else if (err && err != -EREMOTEIO)
		message__fail("read", result.complaints.file, err);
	if (err)
		return err;
	check_line_cnt(formatter, history, result.complaints.file, result.line_cnt);
	return verdict__reach(config->files.store, from, history, life_base,
			      config->files.grouping);
}

static int split_log(struct formatter *formatter, const char *log)
{
	struct history *history = history__new(formatter->config.strings);
	struct input input;
	int err;

	if (!history)
		return -ENOMEM;
	err = input__open(&input, log, formatter->options.events);
	if (!err)
		err = read_events(formatter, history, &input);
	if (!err)
		err = check_grouping(formatter, history, log);
	if (!err)
		err = history__finish(history, formatter->options.grouping);
	if (!err)
		err = split_lines(formatter, history, &input);
	input__close(&input);
	history__free(history);
	return err;
}

static int write_files(struct formatter *formatter)
{
	const struct sequence_files *files = &formatter->config.files;
	int err = split__write_out(&formatter->config, true);

	/* Now it is known what the logs and their events are. */
	if (!err && output_dir__check(files->dir, INDEX_NAME) == -EBUSY) {
		message__error("%s would replace the log or its events", INDEX_NAME);
		return -EIO;
	}
	if (!err)
		err = index__write(files, formatter->config.strings);
	if (!err)
		err = sequence_file__publish(files);
	if (err)
		return err;
	err = output_dir__publish(files->dir, INDEX_NAME);
	if (err)
		return message__fail("put into its place", INDEX_NAME, err);
	err = output_dir__finish(files->dir);
	return err ? message__fail("finish the directory", formatter->options.output, err) : 0;
}

static void summarize(const struct formatter *formatter)
{
	size_t cnt = sequence_store__cnt(formatter->config.files.store);

	message__notice("%" PRIu64 " line%s, %zu sequence%s in %s", formatter->line_cnt,
			formatter->line_cnt == 1 ? "" : "s", cnt, cnt == 1 ? "" : "s",
			message__quote(formatter->options.output));
}

static void tear_down(struct formatter *formatter)
{
	struct split_config *config = &formatter->config;

	/* First the files, which must go even if the rest should not work out. */
	output_dir__close(config->files.dir);
	sequence_store__free(config->files.store);
	strings__free(config->strings);
	syscall_names__free((struct syscall_names *)config->names);
}

/* Splits all logs. Returns the exit status. */
static int split(const struct options *options)
{
	struct formatter formatter = {.options = *options};
	int err = set_up(&formatter);

	for (unsigned int i = 0; i < options->log_cnt && !err; i++)
		err = split_log(&formatter, options->logs[i]);
	if (!err)
		err = write_files(&formatter);
	if (err == -ENOMEM)
		message__error("not enough memory");
	if (!err)
		summarize(&formatter);
	tear_down(&formatter);
	return err || formatter.malformed ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct options options;
	int status = 1;

	message__init("formatter");
	std_fds__secure();
	options__parse(&options, argc, argv);
	if (options.quiet)
		message__silence();
	hash__init();
	if (!interrupt__catch())
		status = options.verify   ? verify__run(&options)
			 : options.repair ? repair__run(&options)
					  : split(&options);
	interrupt__raise();
	return status;
}
