// SPDX-License-Identifier: BSD-2-Clause
#include <argp.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/events_path.h"
#include "common/message.h"
#include "common/size.h"
#include "recorder/options.h"
#include "recorder/output_file.h"
#include "shared.h"

#define EXIT_USAGE 2
#define DEFAULT_LOG "trace.log"
#define RING_BYTES_DEFAULT (16 * 1024 * 1024)
#define RING_BYTES_MAX (2ULL * 1024 * 1024 * 1024)
#define PROCESS_MAX_DEFAULT 65536
#define DURATION_MAX_S 1e9

enum { KEY_READY_FD = 256, KEY_PRINT, KEY_PROCESS_MAX, KEY_NO_SANDBOX };

static const struct argp_option argp_options[] = {
	{"output", 'o', "FILE", 0, "Write the log to FILE (trace.log); - is standard output", 1},
	{"events", 'e', "FILE", 0,
	 "Write the events to FILE (beside the log, .jsonl); none: nowhere", 1},
	{"print", KEY_PRINT, NULL, 0, "Write the lines to standard output too", 1},
	{"threads", 't', NULL, 0, "Log thread IDs; events say when threads start and end", 1},
	{"follow", 'f', NULL, 0, "Keep recording descendants whatever they exec", 2},
	{"pid", 'p', "PID", 0, "Record the running process PID too; repeatable", 2},
	{"running", 'r', NULL, 0, "Record running processes of the PROGRAMs too", 2},
	{"user", 'u', "USER", 0, "Run COMMAND as USER", 2},
	{"duration", 'd', "SEC", 0, "Stop after SEC seconds", 3},
	{"ready-fd", KEY_READY_FD, "FD", 0, "Write a newline to FD when everything is attached", 3},
	{"buffer", 'b', "SIZE", 0, "Size of the ring buffer: a power of two (16M)", 3},
	{"max-processes", KEY_PROCESS_MAX, "N", 0, "Processes recorded at the same time (65536)",
	 3},
	{"no-sandbox", KEY_NO_SANDBOX, NULL, 0,
	 "No seccomp filter: once attached, the recorder may make any system call", 3},
	{"quiet", 'q', NULL, 0, "No status line, no summary", 4},
	{"verbose", 'v', NULL, 0, "Show what libbpf says", 4},
	{0},
};

static const char doc[] =
	"Record the system calls of every process that runs one of the PROGRAMs, until "
	"interrupted, "
	"or with COMMAND, until that and its recorded descendants have ended. '*' records all "
	"processes. Without a PROGRAM, COMMAND and all its descendants are recorded."
	"\vThe log has one line per call, pid:syscall:comm. Exit status: 0 the recording is "
	"complete "
	"(with COMMAND: its own status); 1 failed; 2 wrong usage; 3 the recording is known to be "
	"incomplete.";

const char *argp_program_version = "loader_and_logger " VERSION;

static void __attribute__((noreturn)) fail_usage(void)
{
	message__notice("try --help");
	exit(EXIT_USAGE);
}

static uint64_t parse_number(const char *what, const char *text, uint64_t min, uint64_t max)
{
	char *end;
	unsigned long long value;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || end == text || *end || text[0] == '-' || value < min || value > max) {
		message__error("%s: \"%s\" is not a number from %llu to %llu", what,
			       message__quote(text), (unsigned long long)min,
			       (unsigned long long)max);
		fail_usage();
	}
	return value;
}

/* kernel/bpf/ringbuf.c takes powers of two of whole pages; max_entries has 32 bits. */
static uint64_t parse_ring_bytes(const char *text)
{
	uint64_t bytes = 0, page_sz = sysconf(_SC_PAGESIZE);

	if (size__parse(text, &bytes) || bytes < page_sz || bytes > RING_BYTES_MAX ||
	    (bytes & (bytes - 1))) {
		message__error(
			"--buffer: \"%s\" is not a size that the kernel takes: a power of two "
			"from %lluK to 2G, for instance 16M",
			message__quote(text), (unsigned long long)page_sz / 1024);
		fail_usage();
	}
	return bytes;
}

static double parse_duration(const char *text)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end || !isfinite(seconds) || seconds <= 0 || seconds > DURATION_MAX_S) {
		message__error("--duration: \"%s\" is not a number of seconds above 0",
			       message__quote(text));
		fail_usage();
	}
	return seconds;
}

static void *need(void *memory)
{
	if (memory)
		return memory;
	message__error("no memory for the command line");
	exit(EXIT_FAILURE);
}

static void add_pid(struct options *options, const char *text)
{
	uint32_t pid = parse_number("--pid", text, 1, PIDS_LIMIT);

	options->pids =
		need(reallocarray(options->pids, options->pid_cnt + 1, sizeof(*options->pids)));
	options->pids[options->pid_cnt++] = pid;
}

static void add_program(struct options *options, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	if (!strcmp(path, "*")) {
		options->record_all = true;
		return;
	}
	if (!*name) {
		message__error("\"%s\" names no program: its last component is empty",
			       message__quote(path));
		fail_usage();
	}
	if (strlen(name) >= PROG_NAME_SZ) {
		message__error("\"%s\" names no program: a file name has at most %d bytes",
			       message__quote(name), PROG_NAME_SZ - 1);
		fail_usage();
	}
	if (options->program_cnt == PROGS_MAX) {
		message__error(
			"too many PROGRAMs: at most %d can be named; '*' records all processes",
			PROGS_MAX);
		fail_usage();
	}
	options->programs[options->program_cnt++] = name;
}

static error_t parse_one(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'o':
		options->output = arg;
		break;
	case 'e':
		free(options->events);
		options->events = need(strdup(arg));
		break;
	case KEY_PRINT:
		options->print = true;
		break;
	case 't':
		options->threads = true;
		break;
	case 'f':
		options->follow = true;
		break;
	case 'p':
		add_pid(options, arg);
		break;
	case 'r':
		options->running = true;
		break;
	case 'u':
		options->user = arg;
		break;
	case 'd':
		options->duration_s = parse_duration(arg);
		break;
	case KEY_READY_FD:
		options->ready_fd = parse_number("--ready-fd", arg, 0, 1 << 20);
		break;
	case 'b':
		options->ring_bytes = parse_ring_bytes(arg);
		break;
	case KEY_PROCESS_MAX:
		options->process_max = parse_number("--max-processes", arg, 1, PIDS_LIMIT);
		break;
	case KEY_NO_SANDBOX:
		options->sandbox = false;
		break;
	case 'q':
		options->quiet = true;
		break;
	case 'v':
		options->verbose = true;
		break;
	case ARGP_KEY_ARG:
		add_program(options, arg);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static void check_outputs(const struct options *options)
{
	bool log_is_stdout = !strcmp(options->output, "-");
	bool events_are_stdout = options->events && !strcmp(options->events, "-");

	if (log_is_stdout + events_are_stdout + options->print > 1) {
		message__error(
			"--output -, --events - and --print would all write to standard output: "
			"give only one of them");
		fail_usage();
	}
	if (options->events && output_file__would_clash(options->output, options->events)) {
		message__error("the log %s and the events %s would overwrite each other: "
			       "give --events another name",
			       message__quote(options->output), message__quote(options->events));
		fail_usage();
	}
}

static void check(const struct options *options)
{
	if (!options->program_cnt && !options->record_all && !options->pid_cnt &&
	    !options->command) {
		message__error(
			"nothing to record: name a PROGRAM, '*' for all, --pid PID, or -- COMMAND");
		fail_usage();
	}
	if (options->command && !options->command[0]) {
		message__error("there is no COMMAND after --");
		fail_usage();
	}
	if (options->running && !options->program_cnt && !options->record_all) {
		message__error("--running takes in processes of the named PROGRAMs: name one");
		fail_usage();
	}
	if (options->user && !options->command) {
		message__error("--user is the user that runs COMMAND: there is no -- COMMAND");
		fail_usage();
	}
	if (options->ready_fd >= 0 && lseek(options->ready_fd, 0, SEEK_CUR) < 0 && errno == EBADF) {
		message__error("--ready-fd: %d is not an open file descriptor", options->ready_fd);
		fail_usage();
	}
}

/* Where COMMAND starts; everything before the first "--" is ours. */
static int find_command(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], "--"))
			return i;
	return argc;
}

static bool is_device(const char *path)
{
	struct stat status;

	return !stat(path, &status) && (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode));
}

/* Beside the log, if nothing else is said; but a log that goes to /dev/null has no file there. */
static void place_events(struct options *options)
{
	if (!options->events && !is_device(options->output)) {
		options->events = need(events_path__beside(
			strcmp(options->output, "-") ? options->output : DEFAULT_LOG));
	} else if (options->events && !strcmp(options->events, "none")) {
		free(options->events);
		options->events = NULL;
	}
}

void recorder_options__parse(struct options *options, int argc, char **argv)
{
	static const struct argp argp = {
		.options = argp_options,
		.parser = parse_one,
		.args_doc = "PROGRAM...\n[PROGRAM...] -- COMMAND [ARG...]",
		.doc = doc,
	};
	int own_argc = find_command(argc, argv);

	*options = (struct options){
		.output = DEFAULT_LOG,
		.ring_bytes = RING_BYTES_DEFAULT,
		.process_max = PROCESS_MAX_DEFAULT,
		.ready_fd = -1,
		.sandbox = true,
		.argv = argv,
		.programs = need(calloc(PROGS_MAX, sizeof(char *))),
		.command = own_argc < argc ? argv + own_argc + 1 : NULL,
	};
	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&argp, own_argc, argv, 0, NULL, options);
	check(options);
	place_events(options);
	check_outputs(options);
}

void recorder_options__free(struct options *options)
{
	free(options->programs);
	free(options->pids);
	free(options->events);
}
