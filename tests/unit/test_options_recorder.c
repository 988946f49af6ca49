// SPDX-License-Identifier: BSD-2-Clause
#include <sys/wait.h>

#include "recorder/options.h"
#include "tests/unit/files.h"

/* recorder_options__parse() may exit: each command line is read in a process of its own. */

struct outcome {
	int status; /* the exit status, 100 where the command line was taken */
	char messages[8192];
};

static int count_of(char *const *args)
{
	int cnt = 0;

	while (args[cnt])
		cnt++;
	return cnt;
}

static void show(const struct options *options)
{
	for (size_t i = 0; i < options->program_cnt; i++)
		printf("program %s\n", options->programs[i]);
	if (options->command)
		printf("command %d:", count_of(options->command));
	for (char **arg = options->command; arg && *arg; arg++)
		printf(" %s", *arg);
	printf("%soutput %s\nevents %s\n", options->command ? "\n" : "", options->output,
	       options->events ? options->events : "(none)");
	for (size_t i = 0; i < options->pid_cnt; i++)
		printf("pid %u\n", options->pids[i]);
	if (options->user)
		printf("user %s\n", options->user);
	if (options->ring_bytes != 16 * 1024 * 1024)
		printf("buffer %llu\n", (unsigned long long)options->ring_bytes);
	if (options->process_max != 65536)
		printf("processes %u\n", options->process_max);
	if (options->duration_s != 0)
		printf("duration %g\n", options->duration_s);
	if (options->ready_fd != -1)
		printf("ready %d\n", options->ready_fd);
	printf("%s%s%s%s%s%s%s%s", options->record_all ? "all\n" : "",
	       options->follow ? "follow\n" : "", options->threads ? "threads\n" : "",
	       options->running ? "running\n" : "", options->quiet ? "quiet\n" : "",
	       options->print ? "print\n" : "", options->verbose ? "verbose\n" : "",
	       options->sandbox ? "" : "no sandbox\n");
}

static void __attribute__((noreturn)) parse_and_exit(char **args)
{
	struct options options;

	dup2(open("messages", O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
	dup2(STDOUT_FILENO, STDERR_FILENO);
	recorder_options__parse(&options, count_of(args), args);
	assert_ptr_equal(options.argv, args);
	show(&options);
	recorder_options__free(&options);
	fflush(stdout);
	_exit(100);
}

static struct outcome parse(char **args)
{
	struct outcome outcome;
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (!child)
		parse_and_exit(args);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	outcome.status = WEXITSTATUS(status);
	memcpy(outcome.messages, text_of("messages"), sizeof(outcome.messages) - 1);
	outcome.messages[sizeof(outcome.messages) - 1] = '\0';
	return outcome;
}

#define ARGS(...)                                      \
	(char *[])                                     \
	{                                              \
		"loader_and_logger", __VA_ARGS__, NULL \
	}

static void is_taken(char **args, const char *expected)
{
	struct outcome outcome = parse(args);

	assert_string_equal(outcome.messages, expected);
	assert_int_equal(outcome.status, 100);
}

/* Status 2, and a message that says what is wrong. */
static void is_wrong_usage(char **args, const char *what)
{
	struct outcome outcome = parse(args);

	if (outcome.status != 2 || !strstr(outcome.messages, what))
		print_error("%s: %s\n", what, outcome.messages);
	assert_int_equal(outcome.status, 2);
	assert_non_null(strstr(outcome.messages, what));
}

/* --- programs and command --------------------------------------------------------------------- */

#define FILES "output trace.log\nevents trace.jsonl\n"

static void programs_are_known_by_their_last_component(void **state)
{
	(void)state;
	is_taken(ARGS("/bin/bash", "ls", "./a b", "../x"),
		 "program bash\nprogram ls\nprogram a b\nprogram x\n" FILES);
}

static void a_star_is_all_programs(void **state)
{
	(void)state;
	is_taken(ARGS("*"), FILES "all\n");
	is_taken(ARGS("*", "ls"), "program ls\n" FILES "all\n");
	/* A program may be called so. */
	is_taken(ARGS("./*"), "program *\n" FILES);
}

static void what_follows_two_dashes_is_the_command(void **state)
{
	(void)state;
	is_taken(ARGS("--", "ls", "-l", "--", "-q"), "command 4: ls -l -- -q\n" FILES);
	is_taken(ARGS("-q", "bash", "--", "ls"), "program bash\ncommand 1: ls\n" FILES "quiet\n");
	is_taken(ARGS("--", ""), "command 1: \n" FILES);
}

static void options_may_stand_behind_programs(void **state)
{
	(void)state;
	is_taken(ARGS("bash", "-q", "ls"), "program bash\nprogram ls\n" FILES "quiet\n");
}

static void there_must_be_something_to_record(void **state)
{
	(void)state;
	is_wrong_usage((char *[]){"loader_and_logger", NULL}, "nothing to record");
	is_wrong_usage(ARGS("-q"), "nothing to record");
	is_wrong_usage(ARGS("--"), "COMMAND");
	is_wrong_usage(ARGS("bash", "--"), "COMMAND");
	is_taken(ARGS("-p", "1"), FILES "pid 1\n");
}

static void a_program_without_a_name_is_refused(void **state)
{
	(void)state;
	is_wrong_usage(ARGS(""), "names no program");
	is_wrong_usage(ARGS("/bin/"), "names no program");
	is_wrong_usage(ARGS("ls", "/"), "names no program");
}

static void a_name_has_up_to_255_bytes(void **state)
{
	char name[4096] = "/dir/", expected[512] = "program ";

	(void)state;
	memset(name + 5, 'x', 255);
	strcat(strcat(expected, name + 5), "\n" FILES);
	is_taken(ARGS(name), expected);
	name[5 + 255] = 'x';
	is_wrong_usage(ARGS(name), "255");
	/* The folders may be as long as they like. */
	memset(name, 'x', 3000);
	strcpy(name + 3000, "/ls");
	is_taken(ARGS(name), "program ls\n" FILES);
}

static void there_are_up_to_2048_programs(void **state)
{
	static char names[2049][16];
	static char *args[2051] = {"loader_and_logger"};

	(void)state;
	for (int i = 0; i < 2049; i++) {
		snprintf(names[i], sizeof(names[i]), "p%d", i);
		args[1 + i] = names[i];
	}
	is_wrong_usage(args, "2048");
	args[2049] = NULL;
	assert_int_equal(parse(args).status, 100);
	assert_non_null(strstr(text_of("messages"), "program p2047\n"));
}

/* --- files ------------------------------------------------------------------------------------ */

static void events_lie_beside_the_log(void **state)
{
	(void)state;
	is_taken(ARGS("-o", "x.log", "ls"), "program ls\noutput x.log\nevents x.jsonl\n");
	is_taken(ARGS("-o", "dir.log/x", "ls"),
		 "program ls\noutput dir.log/x\nevents dir.log/x.jsonl\n");
	is_taken(ARGS("--output=-", "ls"), "program ls\noutput -\nevents trace.jsonl\n");
	is_taken(ARGS("-o", "a", "ls"), "program ls\noutput a\nevents a.jsonl\n");
}

static void events_may_lie_elsewhere_or_nowhere(void **state)
{
	(void)state;
	is_taken(ARGS("-e", "b", "-e", "c", "ls"), "program ls\noutput trace.log\nevents c\n");
	/* There are no files beside a device. */
	is_taken(ARGS("-o", "/dev/null", "ls"), "program ls\noutput /dev/null\nevents (none)\n");
	is_taken(ARGS("-o", "/dev/null", "-e", "c", "ls"),
		 "program ls\noutput /dev/null\nevents c\n");
	is_taken(ARGS("-e", "none", "ls"), "program ls\noutput trace.log\nevents (none)\n");
	is_taken(ARGS("-e", "./none", "ls"), "program ls\noutput trace.log\nevents ./none\n");
	is_taken(ARGS("-e", "-", "ls"), "program ls\noutput trace.log\nevents -\n");
}

static void two_outputs_may_not_be_one_file(void **state)
{
	(void)state;
	is_wrong_usage(ARGS("-o", "-", "--print", "ls"), "standard output");
	is_wrong_usage(ARGS("-o", "x", "-e", "./x", "ls"), "overwrite each other");
	is_wrong_usage(ARGS("-e", "trace.log.old", "ls"), "overwrite each other");
	is_wrong_usage(ARGS("-o", "-", "-e", "-", "ls"), "-");
	is_wrong_usage(ARGS("-e", "-", "--print", "ls"), "standard output");
}

/* --- numbers ---------------------------------------------------------------------------------- */

static void pids_are_numbers(void **state)
{
	(void)state;
	is_taken(ARGS("-p", "7", "--pid", "4194303"), FILES "pid 7\npid 4194303\n");
	is_wrong_usage(ARGS("-p", "0"), "--pid");
	is_wrong_usage(ARGS("-p", "-1"), "--pid");
	is_wrong_usage(ARGS("-p", "12x"), "--pid");
	is_wrong_usage(ARGS("-p", ""), "--pid");
	is_wrong_usage(ARGS("-p", "4194305"), "--pid");
	is_wrong_usage(ARGS("-p", "4294967297"), "--pid");
	is_wrong_usage(ARGS("-p", "18446744073709551617"), "--pid");
}

static void the_buffer_is_a_size_that_the_kernel_takes(void **state)
{
	(void)state;
	is_taken(ARGS("-b", "64K", "ls"), "program ls\n" FILES "buffer 65536\n");
	is_taken(ARGS("--buffer", "2G", "ls"), "program ls\n" FILES "buffer 2147483648\n");
	is_wrong_usage(ARGS("-b", "4G", "ls"), "power of two");
	is_wrong_usage(ARGS("-b", "2048", "ls"), "power of two");
	is_wrong_usage(ARGS("-b", "0", "ls"), "power of two");
	is_wrong_usage(ARGS("-b", "3M", "ls"), "power of two");
	is_wrong_usage(ARGS("-b", "lots", "ls"), "power of two");
}

static void the_duration_is_a_time(void **state)
{
	(void)state;
	is_taken(ARGS("-d", "1.5", "ls"), "program ls\n" FILES "duration 1.5\n");
	is_wrong_usage(ARGS("-d", "0", "ls"), "--duration");
	is_wrong_usage(ARGS("-d", "-1", "ls"), "--duration");
	is_wrong_usage(ARGS("-d", "inf", "ls"), "--duration");
	is_wrong_usage(ARGS("-d", "nan", "ls"), "--duration");
	is_wrong_usage(ARGS("-d", "1s", "ls"), "--duration");
	is_wrong_usage(ARGS("-d", "", "ls"), "--duration");
	is_wrong_usage(ARGS("-d", "1e300", "ls"), "--duration");
}

static void the_ready_fd_must_be_open(void **state)
{
	int fds[2];
	char closed[16];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	snprintf(closed, sizeof(closed), "%d", fds[1]);
	close(fds[0]);
	close(fds[1]);
	is_taken(ARGS("--ready-fd", "2", "ls"), "program ls\n" FILES "ready 2\n");
	is_wrong_usage(ARGS("--ready-fd", closed, "ls"), "--ready-fd");
	is_wrong_usage(ARGS("--ready-fd", "-1", "ls"), "--ready-fd");
	is_wrong_usage(ARGS("--ready-fd", "x", "ls"), "--ready-fd");
}

static void processes_have_a_limit(void **state)
{
	(void)state;
	is_taken(ARGS("--max-processes", "1", "ls"), "program ls\n" FILES "processes 1\n");
	is_wrong_usage(ARGS("--max-processes", "0", "ls"), "--max-processes");
}

/* --- the rest --------------------------------------------------------------------------------- */

static void switches_are_off_until_given(void **state)
{
	(void)state;
	is_taken(ARGS("ls"), "program ls\n" FILES);
	is_taken(ARGS("-ftrqv", "--print", "ls"),
		 "program ls\n" FILES "follow\nthreads\nrunning\nquiet\nprint\nverbose\n");
	is_taken(ARGS("--follow", "--threads", "--running", "--quiet", "--verbose", "ls"),
		 "program ls\n" FILES "follow\nthreads\nrunning\nquiet\nverbose\n");
	is_taken(ARGS("--no-sandbox", "ls"), "program ls\n" FILES "no sandbox\n");
}

static void options_that_need_another_say_so(void **state)
{
	(void)state;
	is_wrong_usage(ARGS("-r", "--", "ls"), "--running");
	is_wrong_usage(ARGS("-r", "-p", "1"), "--running");
	is_taken(ARGS("-r", "*"), FILES "all\nrunning\n");
	is_wrong_usage(ARGS("-u", "nobody", "ls"), "--user");
	is_taken(ARGS("-u", "nobody", "--", "ls"), "command 1: ls\n" FILES "user nobody\n");
}

static void unknown_options_are_wrong_usage(void **state)
{
	(void)state;
	is_wrong_usage(ARGS("--nonsense", "ls"), "nonsense");
	is_wrong_usage(ARGS("-Z", "ls"), "Z");
	is_wrong_usage(ARGS("ls", "-o"), "argument");
}

static void help_usage_and_version_are_answers(void **state)
{
	struct outcome outcome;

	(void)state;
	outcome = parse(ARGS("--help"));
	assert_int_equal(outcome.status, 0);
	assert_non_null(strstr(outcome.messages, "--output=FILE"));
	outcome = parse(ARGS("--usage"));
	assert_int_equal(outcome.status, 0);
	assert_non_null(strstr(outcome.messages, "PROGRAM"));
	outcome = parse(ARGS("--version"));
	assert_int_equal(outcome.status, 0);
	assert_string_equal(outcome.messages, "loader_and_logger " VERSION "\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(programs_are_known_by_their_last_component),
		FOLDER_TEST(a_star_is_all_programs),
		FOLDER_TEST(what_follows_two_dashes_is_the_command),
		FOLDER_TEST(options_may_stand_behind_programs),
		FOLDER_TEST(there_must_be_something_to_record),
		FOLDER_TEST(a_program_without_a_name_is_refused),
		FOLDER_TEST(a_name_has_up_to_255_bytes),
		FOLDER_TEST(there_are_up_to_2048_programs),
		FOLDER_TEST(events_lie_beside_the_log),
		FOLDER_TEST(events_may_lie_elsewhere_or_nowhere),
		FOLDER_TEST(two_outputs_may_not_be_one_file),
		FOLDER_TEST(pids_are_numbers),
		FOLDER_TEST(the_buffer_is_a_size_that_the_kernel_takes),
		FOLDER_TEST(the_duration_is_a_time),
		FOLDER_TEST(the_ready_fd_must_be_open),
		FOLDER_TEST(processes_have_a_limit),
		FOLDER_TEST(switches_are_off_until_given),
		FOLDER_TEST(options_that_need_another_say_so),
		FOLDER_TEST(unknown_options_are_wrong_usage),
		FOLDER_TEST(help_usage_and_version_are_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
