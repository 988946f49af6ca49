// SPDX-License-Identifier: BSD-2-Clause
#include <argp.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdlib.h>

/* The parser leaves the program where the usage is wrong: here it comes back instead. */
static jmp_buf left;
/* From when on argp is at work: the first memory that it takes is then its own to free. */
static bool is_parsing;

#define exit(status) longjmp(left, 1 + (status))
#define argp_parse(...) (is_parsing = true, (argp_parse)(__VA_ARGS__))
#define need need_or_exit
#include "recorder/options.c"
#undef need
#undef argp_parse
#undef exit

#include <sanitizer/allocator_interface.h>

#include "tests/fuzz/fuzz.h"

/*
 * The recorder's command line, one argument a line. Of options only those that there are, as for
 * others argp itself leaves: a letter of the table stands for each.
 */

#define ARGS_MAX 64

/* argp's, which it does not get to free where it is left. */
static const volatile void *argp_memory;

static void on_malloc(const volatile void *memory, size_t size)
{
	(void)size;
	if (is_parsing)
		argp_memory = memory;
	is_parsing = false;
}

static void on_free(const volatile void *memory)
{
	if (memory == argp_memory)
		argp_memory = NULL;
}

static char *make_argument(char *word)
{
	static char *const flags[] = {"-t", "-f", "-r", "-q", "-v", "--print"};
	static const char with_value[] = "oepudb";
	char *argument = NULL;

	if (word[0] == '!')
		return strdup(flags[(unsigned char)word[1] % (sizeof(flags) / sizeof(*flags))]);
	if (word[0] == '?' && word[1])
		must(asprintf(&argument, "-%c%s", with_value[(unsigned char)word[1] % 6],
			      word[2] ? word + 2 : "1") > 0);
	else if (word[0] == '=')
		must(asprintf(&argument, "--%s=%s", word[1] & 1 ? "ready-fd" : "max-processes",
			      word[1] ? word + 2 : "") > 0);
	else
		argument = strdup(word[0] == '-' && strcmp(word, "--") ? "-" : word);
	return argument;
}

static void check_options(const struct options *options)
{
	must(options->program_cnt <= PROGS_MAX);
	for (size_t i = 0; i < options->program_cnt; i++)
		must(options->programs[i][0] && strlen(options->programs[i]) < PROG_NAME_SZ &&
		     !strchr(options->programs[i], '/'));
	for (size_t i = 0; i < options->pid_cnt; i++)
		must(options->pids[i] >= 1 && options->pids[i] <= PIDS_LIMIT);
	must(options->program_cnt || options->record_all || options->pid_cnt || options->command);
	must(options->ring_bytes >= 4096 && !(options->ring_bytes & (options->ring_bytes - 1)));
	must(options->process_max >= 1 && options->process_max <= PIDS_LIMIT);
	must(options->duration_s >= 0 && options->duration_s <= DURATION_MAX_S);
	must(!options->command || options->command[0]);
	must(!options->events || strcmp(options->events, options->output));
}

/* Whether it comes back by itself or by longjmp(). */
static void parse(struct options *options, int argc, char **argv)
{
	if (!setjmp(left)) {
		recorder_options__parse(options, argc, argv);
		check_options(options);
	}
	is_parsing = false;
	free((void *)argp_memory);
	recorder_options__free(options);
	*options = (struct options){0};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct options options;
	static int hooks;
	char *words = strndup((const char *)data, size), *state;
	char *argv[ARGS_MAX + 2] = {"loader_and_logger"};
	int argc = 1;

	if (!hooks)
		hooks = __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
	must(hooks > 0);
	for (char *word = strtok_r(words, "\n", &state); word && argc < ARGS_MAX;
	     word = strtok_r(NULL, "\n", &state))
		argv[argc++] = make_argument(word);
	parse(&options, argc, argv);
	/* argp moves them about. */
	for (int i = 1; i < ARGS_MAX + 2; i++)
		free(argv[i]);
	free(words);
	return 0;
}
