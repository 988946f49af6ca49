// SPDX-License-Identifier: BSD-2-Clause
#include <argp.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/message.h"
#include "common/size.h"
#include "splitter/options.h"

#define JOBS_MAX 256

enum { KEY_VERIFY = 256, KEY_REPAIR };

static const char doc[] =
	"Splits a log of system calls into one sequence file per (comm, pid).\v"
	"LOG is trace.log if none is given, and - is the standard input. The events beside LOG "
	"(trace.jsonl beside trace.log) are used if they are there. SIZE takes the suffixes K, M "
	"and "
	"G.\n\n"
	"Exit status: 0 done; 1 failed, or malformed lines were found; 2 wrong usage. Of --verify: "
	"0 "
	"whole; 1 damaged; 3 incomplete, as the recording itself says.";

static const struct argp_option argp_options[] = {
	{"output", 'o', "DIR", 0, "Write the files into DIR, made if missing (default: .)", 0},
	{"by", 'b', "KEY", 0, "What makes a sequence: comm,pid or comm,tid or pid or comm", 0},
	{"names", 'n', NULL, 0, "Write the names of the system calls, not their numbers", 0},
	{"events", 'e', "FILE", 0, "Read the events from FILE; 'none' does without", 0},
	{"jobs", 'j', "N", 0, "Work with N threads (default: one per CPU)", 0},
	{"memory", 'm', "SIZE", 0, "Hold at most SIZE in memory (default: 1G)", 0},
	{"force", 'f', NULL, 0, "Replace files that exist", 0},
	{"quiet", 'q', NULL, 0, "Print no summary", 0},
	{"verify", KEY_VERIFY, NULL, 0,
	 "Check the recordings, and say what is whole; nothing is split", 0},
	{"repair", KEY_REPAIR, NULL, 0,
	 "Write a recording of what is sound in LOG into the directory of --output", 0},
	{0},
};

static void parse_memory(struct options *options, const char *text, struct argp_state *state)
{
	uint64_t bytes;

	if (size__parse(text, &bytes) || bytes == 0 || bytes > SIZE_MAX >> 1)
		argp_error(state, "--memory takes a size such as 512M, not '%s'",
			   message__quote(text));
	options->memory_bytes = bytes;
}

static void parse_grouping(struct options *options, const char *text, struct argp_state *state)
{
	static const struct {
		const char *text;
		enum grouping grouping;
	} known[] = {
		{"comm,pid", GROUPING_COMM_PID},
		{"comm,tid", GROUPING_COMM_TID},
		{"pid", GROUPING_PID},
		{"comm", GROUPING_COMM},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (strcmp(text, known[i].text) == 0) {
			options->grouping = known[i].grouping;
			return;
		}
	}
	argp_error(state, "--by takes comm,pid or comm,tid or pid or comm, not '%s'", text);
}

static void parse_jobs(struct options *options, const char *text, struct argp_state *state)
{
	char *end;
	unsigned long jobs;

	errno = 0;
	jobs = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || jobs < 1 || jobs > JOBS_MAX)
		argp_error(state, "--jobs takes a number from 1 to %d, not '%s'", JOBS_MAX, text);
	options->jobs = jobs;
}

static void finish(struct options *options, struct argp_state *state)
{
	static char *default_log[] = {"trace.log", NULL};
	bool own_events = options->events && strcmp(options->events, "none") != 0;

	if (options->log_cnt == 0) {
		options->logs = default_log;
		options->log_cnt = 1;
	}
	if (options->verify && options->repair)
		argp_error(state, "--verify and --repair do not go together");
	if ((options->verify || options->repair) && (options->grouping || options->names))
		argp_error(state, "--by and --names go with splitting only");
	if (options->verify && (options->output || options->force))
		argp_error(state, "--verify writes nothing: there can be no --output or --force");
	if (options->repair && !options->output)
		argp_error(state, "--repair needs --output DIR, which is not where LOG is");
	if (options->repair && options->log_cnt > 1)
		argp_error(state, "--repair goes with one LOG only");
	if (!options->output)
		options->output = ".";
	if (own_events && options->log_cnt > 1)
		argp_error(state, "--events with a FILE goes with one LOG only");
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'o':
		if (!*arg)
			argp_error(state, "--output takes the name of a directory");
		options->output = arg;
		break;
	case 'b':
		parse_grouping(options, arg, state);
		break;
	case 'n':
		options->names = true;
		break;
	case 'e':
		options->events = arg;
		break;
	case 'j':
		parse_jobs(options, arg, state);
		break;
	case 'm':
		parse_memory(options, arg, state);
		break;
	case 'f':
		options->force = true;
		break;
	case 'q':
		options->quiet = true;
		break;
	case KEY_VERIFY:
		options->verify = true;
		break;
	case KEY_REPAIR:
		options->repair = true;
		break;
	case ARGP_KEY_ARGS:
		options->logs = state->argv + state->next;
		options->log_cnt = state->argc - state->next;
		break;
	case ARGP_KEY_END:
		finish(options, state);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

void options__parse(struct options *options, int argc, char **argv)
{
	static const struct argp argp = {
		.options = argp_options,
		.parser = parse_option,
		.args_doc = "[LOG]...",
		.doc = doc,
	};
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	memset(options, 0, sizeof(*options));
	options->jobs = cpus < 1 ? 1 : cpus > JOBS_MAX ? JOBS_MAX : cpus;
	options->memory_bytes = (size_t)1 << 30;
	argp_program_version = "formatter " VERSION;
	argp_err_exit_status = 2;
	argp_parse(&argp, argc, argv, 0, NULL, options);
}
