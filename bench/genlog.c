// SPDX-License-Identifier: BSD-2-Clause
/*
 * genlog -l LINES -s SEQUENCES [-w LIVE] [-r RUN] [-e EVENTS] >LOG - a log and its events as
 * loader_and_logger writes them.
 *
 * Every sequence has LINES / SEQUENCES lines. LIVE of them take turns (default: all), each for 1 to
 * 2 * RUN - 1 lines; one that is through makes room for the next. The same numbers always give the
 * same log.
 */
#include <errno.h>
#include <error.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_PID 1000
#define PID_CNT 4000000

static const char *const comms[] = {
	"systemd-journal", "postgres", "containerd-shim", "python3", "redis-server",
	"nginx",           "apache2",  "gunicorn",        "java",    "cron",
};

/* What programs call, the frequent ones more than once. */
static const int ids[] = {
	0, 0, 0, 0, 1, 1, 1, 3, 3, 5, 8, 9, 10, 12, 13, 14, 39, 202, 202, 228, 232, 257, 257, 262,
};

struct sequence {
	char head[32]; /* "1042:" */
	char tail[32]; /* ":bash\n" */
	size_t head_len, tail_len;
	long pid;
	const char *comm;
	long left;
};

struct log {
	long line_cnt, sequence_cnt, live_cnt, run;
	long begun_cnt, written_cnt;
	FILE *events;
	uint64_t random;
	struct sequence *live;
};

/* Marsaglia's xorshift64. */
static uint64_t next_random(struct log *log)
{
	log->random ^= log->random << 13;
	log->random ^= log->random >> 7;
	log->random ^= log->random << 17;
	return log->random;
}

/* What all events begin with. */
static void begin_event(struct log *log, const char *type)
{
	fprintf(log->events,
		"{\"event_type\":\"%s\",\"timestamp\":\"2026-01-01T00:00:00.000000000Z\","
		"\"line\":%ld",
		type, log->written_cnt + 1);
}

static void begin_process_event(struct log *log, const char *type, const struct sequence *sequence)
{
	begin_event(log, type);
	fprintf(log->events, ",\"pid\":%ld,\"ppid\":1,\"comm\":\"%s\"", sequence->pid,
		sequence->comm);
}

static void begin(struct log *log, struct sequence *sequence)
{
	long number = log->begun_cnt++;

	sequence->pid = FIRST_PID + number % PID_CNT;
	sequence->comm = comms[number % (sizeof(comms) / sizeof(comms[0]))];
	sequence->head_len =
		snprintf(sequence->head, sizeof(sequence->head), "%ld:", sequence->pid);
	sequence->tail_len =
		snprintf(sequence->tail, sizeof(sequence->tail), ":%s\n", sequence->comm);
	sequence->left = log->line_cnt / log->sequence_cnt;
	if (!log->events)
		return;
	begin_process_event(log, "process_exec", sequence);
	fprintf(log->events,
		",\"tid\":%ld,\"exe\":\"/usr/bin/%s\",\"file\":\"%s\",\"argc\":1,\"argv\":[\"%s\"],"
		"\"argv_cut\":false,\"started\":true,\"recorded\":true}\n",
		sequence->pid, sequence->comm, sequence->comm, sequence->comm);
}

static void end(struct log *log, const struct sequence *sequence)
{
	if (!log->events)
		return;
	begin_process_event(log, "process_exit", sequence);
	fprintf(log->events, ",\"exit_code\":0,\"calls\":%ld,\"lost\":0}\n",
		log->line_cnt / log->sequence_cnt);
}

static void end_log(struct log *log)
{
	begin_event(log, "recording_end");
	fprintf(log->events,
		",\"lines\":%ld,\"processes\":%ld,\"calls_lost\":0,\"records_lost\":{},"
		"\"complete\":true,\"reason\":\"interrupted\"}\n",
		log->written_cnt, log->begun_cnt);
	if (fclose(log->events))
		error(1, errno, "events");
}

static char *put_id(char *at, int id)
{
	if (id >= 100)
		*at++ = '0' + id / 100;
	if (id >= 10)
		*at++ = '0' + id / 10 % 10;
	*at++ = '0' + id % 10;
	return at;
}

static void write_run(struct log *log, struct sequence *sequence)
{
	char buffer[8192], *at = buffer;
	long cnt = 1 + next_random(log) % (2 * log->run - 1);

	if (cnt > sequence->left)
		cnt = sequence->left;
	sequence->left -= cnt;
	log->written_cnt += cnt;
	while (cnt-- > 0) {
		int id = ids[next_random(log) % (sizeof(ids) / sizeof(ids[0]))];

		memcpy(at, sequence->head, sequence->head_len);
		at = put_id(at + sequence->head_len, id);
		memcpy(at, sequence->tail, sequence->tail_len);
		at += sequence->tail_len;
		if (at > buffer + sizeof(buffer) - 128) {
			fwrite_unlocked(buffer, 1, at - buffer, stdout);
			at = buffer;
		}
	}
	fwrite_unlocked(buffer, 1, at - buffer, stdout);
}

static void write_log(struct log *log)
{
	long live = log->live_cnt;

	for (long i = 0; i < live; i++)
		begin(log, &log->live[i]);
	while (live > 0) {
		struct sequence *sequence = &log->live[next_random(log) % live];

		write_run(log, sequence);
		if (sequence->left)
			continue;
		end(log, sequence);
		if (log->begun_cnt < log->sequence_cnt)
			begin(log, sequence);
		else
			*sequence = log->live[--live];
	}
}

static long positive(const char *text)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (errno || end == text || *end || value < 1)
		error(2, 0, "not a positive number: %s", text);
	return value;
}

static FILE *create(const char *path)
{
	FILE *file = fopen(path, "we");

	if (!file)
		error(1, errno, "%s", path);
	return file;
}

int main(int argc, char **argv)
{
	struct log log = {.run = 4, .random = 0x9E3779B97F4A7C15};
	int option;

	while ((option = getopt(argc, argv, "l:s:w:r:e:")) >= 0) {
		if (option == 'l')
			log.line_cnt = positive(optarg);
		else if (option == 's')
			log.sequence_cnt = positive(optarg);
		else if (option == 'w')
			log.live_cnt = positive(optarg);
		else if (option == 'r')
			log.run = positive(optarg);
		else if (option == 'e')
			log.events = create(optarg);
		else
			return 2;
	}
	if (!log.sequence_cnt || log.line_cnt < log.sequence_cnt)
		error(2, 0, "usage: genlog -l LINES -s SEQUENCES [-w LIVE] [-r RUN] [-e EVENTS]");
	if (!log.live_cnt || log.live_cnt > log.sequence_cnt)
		log.live_cnt = log.sequence_cnt;
	log.live = calloc(log.live_cnt, sizeof(*log.live));
	if (!log.live)
		error(1, ENOMEM, "sequences");
	write_log(&log);
	if (log.events)
		end_log(&log);
	free(log.live);
	if (fflush(stdout) || ferror(stdout))
		error(1, errno, "standard output");
	return 0;
}
