// SPDX-License-Identifier: BSD-2-Clause
/*
 * genlog -l LINES -s SEQUENCES [-w LIVE] [-r RUN] >LOG - a log as loader_and_logger writes it.
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
	long left;
};

struct log {
	long line_cnt, sequence_cnt, live_cnt, run;
	long begun_cnt;
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

static void begin(struct log *log, struct sequence *sequence)
{
	long number = log->begun_cnt++;
	const char *comm = comms[number % (sizeof(comms) / sizeof(comms[0]))];

	sequence->head_len = snprintf(sequence->head, sizeof(sequence->head),
				      "%ld:", FIRST_PID + number % PID_CNT);
	sequence->tail_len = snprintf(sequence->tail, sizeof(sequence->tail), ":%s\n", comm);
	sequence->left = log->line_cnt / log->sequence_cnt;
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

int main(int argc, char **argv)
{
	struct log log = {.run = 4, .random = 0x9E3779B97F4A7C15};
	int option;

	while ((option = getopt(argc, argv, "l:s:w:r:")) >= 0) {
		if (option == 'l')
			log.line_cnt = positive(optarg);
		else if (option == 's')
			log.sequence_cnt = positive(optarg);
		else if (option == 'w')
			log.live_cnt = positive(optarg);
		else if (option == 'r')
			log.run = positive(optarg);
		else
			return 2;
	}
	if (!log.sequence_cnt || log.line_cnt < log.sequence_cnt)
		error(2, 0, "usage: genlog -l LINES -s SEQUENCES [-w LIVE] [-r RUN]");
	if (!log.live_cnt || log.live_cnt > log.sequence_cnt)
		log.live_cnt = log.sequence_cnt;
	log.live = calloc(log.live_cnt, sizeof(*log.live));
	if (!log.live)
		error(1, ENOMEM, "sequences");
	write_log(&log);
	free(log.live);
	if (fflush(stdout) || ferror(stdout))
		error(1, errno, "standard output");
	return 0;
}
