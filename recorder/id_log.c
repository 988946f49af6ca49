// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>

#include "recorder/id_log.h"

struct id_log {
	struct output_file *file;
	struct output_file *copy;
	uint64_t lines;
	uint64_t restarted_at; /* of these, in earlier files */
};

struct id_log *id_log__new(struct output_file *file, struct output_file *copy)
{
	struct id_log *log = calloc(1, sizeof(*log));

	if (!log)
		return NULL;
	log->file = file;
	log->copy = copy;
	return log;
}

void id_log__free(struct id_log *log)
{
	free(log);
}

static bool write_to(struct output_file *file, const struct caller *caller, const int64_t *ids,
		     size_t cnt)
{
	char *start = output_file__reserve(file, cnt * LOG_LINE_MAX), *at = start;

	if (!start)
		return false;
	for (size_t i = 0; i < cnt; i++)
		at += log_line__put(at, caller->log_pid, ids[i], caller->comm, caller->comm_len);
	output_file__commit(file, at - start);
	return true;
}

void id_log__write(struct id_log *log, const struct caller *caller, const int64_t *ids, size_t cnt)
{
	if (write_to(log->file, caller, ids, cnt))
		log->lines += cnt;
	if (log->copy)
		write_to(log->copy, caller, ids, cnt);
}

uint64_t id_log__total(const struct id_log *log)
{
	return log->lines - output_file__dropped_lines(log->file);
}

uint64_t id_log__lines(const struct id_log *log)
{
	return id_log__total(log) - log->restarted_at;
}

void id_log__restart(struct id_log *log)
{
	log->restarted_at = id_log__total(log);
}
