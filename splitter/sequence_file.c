// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "common/escape.h"
#include "common/log_line.h"
#include "common/message.h"
#include "splitter/interrupt.h"
#include "splitter/sequence_file.h"

/* More do not help: they all wait for the one directory. */
#define WRITERS_MAX 8

/* Descriptors that are open besides the one of each writer, generously counted. */
#define OTHER_FDS 16

#define IOV_CNT 256

void sequence_file__name(char name[SEQUENCE_NAME_SIZE], enum grouping grouping,
			 const struct sequence_store *store, const struct sequence *sequence)
{
	char comm[3 * LOG_LINE_COMM_MAX + 1];
	char *end = name;

	if (grouping != GROUPING_PID) {
		size_t len = escape__file_name(comm, sequence_store__comm(store, sequence),
					       sequence->comm_len);

		memcpy(end, comm, len);
		end += len;
	}
	if (grouping != GROUPING_COMM) {
		if (grouping != GROUPING_PID)
			*end++ = ':';
		end = log_line__put_unsigned(end, sequence->pid);
		if (sequence->instance > 1) {
			*end++ = '.';
			end = log_line__put_unsigned(end, sequence->instance);
		}
	}
	memcpy(end, ".log", sizeof(".log"));
}

struct verb {
	int (*do_one)(const struct sequence_files *files, const char *name,
		      const struct sequence *sequence, bool last);
	const char *what; /* "cannot ... bash:7.log" */
};

/* What several threads do to all sequences. */
struct work {
	const struct sequence_files *files;
	const struct verb *verb;
	bool last;
	size_t cnt;
	_Atomic size_t next;
	_Atomic int err; /* the first one; the others stop */
};

/* Taken at once, so that the threads seldom meet. */
#define SHARE 64

static void complain(const char *what, const char *name, int err)
{
	if (err == -EEXIST)
		message__error("%s exists; --force replaces files", message__quote(name));
	else if (err == -EBUSY)
		message__error("%s would replace the log or its events", message__quote(name));
	else
		message__error("cannot %s %s: %s", what, message__quote(name), strerror(-err));
}

static void do_one(struct work *work, size_t index)
{
	const struct sequence_files *files = work->files;
	const struct sequence *sequence = sequence_store__get(files->store, index);
	char name[SEQUENCE_NAME_SIZE];
	int err = -EINTR;
	int none = 0;

	sequence_file__name(name, files->grouping, files->store, sequence);
	if (!interrupt__pending())
		err = work->verb->do_one(files, name, sequence, work->last);
	if (err && atomic_compare_exchange_strong(&work->err, &none, err) && err != -EINTR)
		complain(work->verb->what, name, err);
}

static void *do_share(void *arg)
{
	struct work *work = arg;
	size_t start;

	while ((start = atomic_fetch_add(&work->next, SHARE)) < work->cnt) {
		size_t end = start + SHARE < work->cnt ? start + SHARE : work->cnt;

		for (size_t i = start; i < end && !atomic_load(&work->err); i++)
			do_one(work, i);
	}
	return NULL;
}

static unsigned int writer_cnt(const struct sequence_files *files, size_t work_cnt)
{
	unsigned int cnt = files->jobs < WRITERS_MAX ? files->jobs : WRITERS_MAX;
	struct rlimit limit;

	if (cnt > work_cnt / SHARE + 1)
		cnt = work_cnt / SHARE + 1;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < OTHER_FDS + cnt)
		cnt = limit.rlim_cur > OTHER_FDS ? limit.rlim_cur - OTHER_FDS : 1;
	return cnt;
}

static int for_all(const struct sequence_files *files, const struct verb *verb, bool last)
{
	struct work work = {.files = files, .verb = verb, .last = last};
	pthread_t threads[WRITERS_MAX];
	unsigned int started = 0;
	unsigned int cnt;

	work.cnt = sequence_store__cnt(files->store);
	cnt = writer_cnt(files, work.cnt);
	while (started + 1 < cnt && pthread_create(&threads[started], NULL, do_share, &work) == 0)
		started++;
	do_share(&work);
	while (started)
		pthread_join(threads[--started], NULL);
	return atomic_load(&work.err);
}

static int check_one(const struct sequence_files *files, const char *name,
		     const struct sequence *sequence, bool last)
{
	(void)sequence;
	(void)last;
	return output_dir__check(files->dir, name);
}

int sequence_file__check(const struct sequence_files *files)
{
	static const struct verb check = {check_one, "replace"};
	struct sequence_files alone = *files;

	/* One thread, so that it is always the same name that is reported. */
	alone.jobs = 1;
	return output_dir__is_empty(files->dir) ? 0 : for_all(&alone, &check, false);
}

/* The chunks of a sequence are as many as it pleases; they are written IOV_CNT at a time. */
static int write_one(const struct sequence_files *files, const char *name,
		     const struct sequence *sequence, bool last)
{
	const struct chunk *chunk = sequence->first;
	bool first = !sequence->spilled;
	/* Each ID is headed by a space, the first one of the file shall not be. */
	size_t skip = first;
	struct iovec iov[IOV_CNT];
	int err = 0;

	while (!err && (chunk || last)) {
		size_t cnt = 0;

		for (; chunk && cnt < IOV_CNT - 1; chunk = chunk->next) {
			iov[cnt].iov_base = (char *)chunk->text + skip;
			iov[cnt++].iov_len = chunk->used - skip;
			skip = 0;
		}
		if (!chunk && last) {
			iov[cnt++] = (struct iovec){.iov_base = "\n", .iov_len = 1};
			last = false;
		}
		err = output_dir__write(files->dir, name, first, iov, cnt);
		first = false;
	}
	return err;
}

int sequence_file__write(const struct sequence_files *files, bool last)
{
	static const struct verb write = {write_one, "write"};

	return for_all(files, &write, last);
}

static int publish_one(const struct sequence_files *files, const char *name,
		       const struct sequence *sequence, bool last)
{
	(void)sequence;
	(void)last;
	return output_dir__publish(files->dir, name);
}

int sequence_file__publish(const struct sequence_files *files)
{
	static const struct verb publish = {publish_one, "put into its place"};
	struct sequence_files alone = *files;

	/* One thread, as the kernel lets through only one rename between directories at a time. */
	alone.jobs = 1;
	return output_dir__is_new(files->dir) ? 0 : for_all(&alone, &publish, false);
}
