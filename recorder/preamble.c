// SPDX-License-Identifier: BSD-2-Clause
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "recorder/event_log.h"
#include "recorder/preamble.h"

#define FORMAT_VERSION 1
#define CLOCKSOURCE_PATH "/sys/devices/system/clocksource/clocksource0/current_clocksource"
#define BOOT_ID_PATH "/proc/sys/kernel/random/boot_id"

/* The file's first line; empty where it can't be read. */
static void set_from_file(json_t *event, const char *name, const char *path)
{
	char line[128] = "";
	FILE *file = fopen(path, "re");

	if (file) {
		if (!fgets(line, sizeof(line), file))
			line[0] = '\0';
		fclose(file);
	}
	event_log__set_bytes(event, name, line, strcspn(line, "\n"));
}

static json_t *list_strings(const char *const *strings, size_t cnt)
{
	json_t *array = json_array();

	for (size_t i = 0; i < cnt; i++)
		json_array_append_new(array, event_log__bytes(strings[i], strlen(strings[i])));
	return array;
}

static json_t *list_options(const struct options *options)
{
	json_t *object = json_object(), *pids = json_array();

	for (size_t i = 0; i < options->pid_cnt; i++)
		json_array_append_new(pids, json_integer(options->pids[i]));
	event_log__set_bool(object, "all", options->record_all);
	event_log__set_bool(object, "threads", options->threads);
	event_log__set_bool(object, "follow", options->follow);
	event_log__set_bool(object, "running", options->running);
	event_log__set_bool(object, "sandbox", options->sandbox);
	event_log__set(object, "pids", pids);
	event_log__set_int(object, "buffer", options->ring_bytes);
	event_log__set_int(object, "max_processes", options->process_max);
	event_log__set_text(object, "output", options->output);
	if (options->user)
		event_log__set_text(object, "user", options->user);
	return object;
}

static size_t count(char *const *strings)
{
	size_t cnt = 0;

	while (strings[cnt])
		cnt++;
	return cnt;
}

void preamble__fill(json_t *event, const struct options *options)
{
	struct utsname kernel;

	if (!event || uname(&kernel))
		return;
	event_log__set_int(event, "format_version", FORMAT_VERSION);
	event_log__set_text(event, "recorder_version", VERSION);
	event_log__set_text(event, "kernel_release", kernel.release);
	event_log__set_text(event, "machine", kernel.machine);
	event_log__set_text(event, "hostname", kernel.nodename);
	set_from_file(event, "clocksource", CLOCKSOURCE_PATH);
	set_from_file(event, "boot_id", BOOT_ID_PATH);
	event_log__set(event, "command_line",
		       list_strings((const char *const *)options->argv, count(options->argv)));
	event_log__set(event, "programs", list_strings(options->programs, options->program_cnt));
	event_log__set(event, "options", list_options(options));
}
