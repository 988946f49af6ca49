// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "common/checkpoint.h"
#include "common/clock.h"
#include "common/events_path.h"
#include "common/message.h"
#include "splitter/census.h"
#include "splitter/events.h"
#include "splitter/input.h"
#include "splitter/interrupt.h"
#include "splitter/output_dir.h"
#include "splitter/repair.h"
#include "splitter/verify.h"

#define COPY_SIZE ((size_t)1 << 20)

struct repair {
	const struct options *options;
	struct input input;
	const char *log_name; /* of the new files */
	char *events_name;
	struct output_dir *dir;
	struct strings *strings;
	struct history *history; /* of what stays */
	struct checkpoints *checkpoints;
	char *buffer;
	uint64_t lines; /* that stay */
	uint64_t bytes; /* of them */
	XXH3_state_t *log_hash;
};

/* --- copying ---------------------------------------------------------------------------------- */

static int write_bytes(const struct repair *repair, const char *name, bool first, const char *bytes,
		       size_t len)
{
	struct iovec iov = {.iov_base = (char *)bytes, .iov_len = len};
	int err = output_dir__write(repair->dir, name, first, &iov, 1);

	return err ? message__fail("write", name, err) : 0;
}

/* The next bytes of an input, up to max: how many, 0 at its end, or a negative errno. */
static ssize_t read_bytes(const struct repair *repair, int fd, uint64_t max)
{
	ssize_t n;

	do {
		if (interrupt__pending())
			return -EINTR;
		n = read(fd, repair->buffer, max < COPY_SIZE ? max : COPY_SIZE);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

/* The first bytes of an input, whose path is for messages, or all that there are. */
static int copy_bytes(const struct repair *repair, int fd, const char *path, const char *name,
		      uint64_t bytes)
{
	int err = write_bytes(repair, name, true, NULL, 0);

	while (!err && bytes) {
		ssize_t n = read_bytes(repair, fd, bytes);

		if (n <= 0)
			return n < 0 ? message__fail("read", path, n) : 0;
		err = write_bytes(repair, name, false, repair->buffer, n);
		bytes -= n;
	}
	return err;
}

/* The part of the buffer that the lines take that are still wanted; counts them. */
static size_t take_lines(const char *text, size_t len, uint64_t *left)
{
	const char *at = text;

	while (*left && at < text + len) {
		const char *newline = memchr(at, '\n', text + len - at);

		if (!newline)
			return len;
		at = newline + 1;
		--*left;
	}
	return at - text;
}

/* Bytes before that place are not to be in the hash: checkpoints that stay have them. */
static void hash_from(struct repair *repair, uint64_t place, size_t len)
{
	size_t skip = 0;

	if (place > repair->bytes)
		skip = place - repair->bytes < len ? place - repair->bytes : len;
	XXH3_64bits_update(repair->log_hash, repair->buffer + skip, len - skip);
}

static int copy_lines(struct repair *repair)
{
	const struct checkpoint *last = checkpoints__last(repair->checkpoints);
	uint64_t left = repair->lines;
	int err = write_bytes(repair, repair->log_name, true, NULL, 0);

	while (!err && left) {
		ssize_t n = read_bytes(repair, repair->input.log_fd, COPY_SIZE);
		size_t len;

		if (n <= 0)
			return message__fail("read", repair->input.log, n ? n : -ENODATA);
		len = take_lines(repair->buffer, n, &left);
		hash_from(repair, last ? last->bytes : 0, len);
		repair->bytes += len;
		err = write_bytes(repair, repair->log_name, false, repair->buffer, len);
	}
	return err;
}

/* --- what is sound ---------------------------------------------------------------------------- */

static json_t *new_end(const struct repair *repair, const struct census *census, const char *losses)
{
	char hash[CHECKPOINT_HASH_SZ], now[CLOCK_TEXT_SZ];

	clock__format(now, 0);
	checkpoint__format_hash(hash, XXH3_64bits_digest(repair->log_hash));
	return json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:o, s:b, s:s, s:I, s:s}", "event_type",
			 "recording_end", "timestamp", now, "line", (json_int_t)repair->lines + 1,
			 "lines", (json_int_t)repair->lines, "processes",
			 (json_int_t)census__taken_in(census), "calls_lost",
			 (json_int_t)census__calls_lost(census), "records_lost",
			 json_loads(losses ? losses : "{}", 0, NULL), "complete", 0, "reason",
			 "repaired", "bytes", (json_int_t)repair->bytes, "log_xxh3", hash);
}

/* The event, with room for its seal and a newline behind it; its length is without them. */
static char *new_end_text(const struct repair *repair, const char *losses, size_t *len)
{
	struct census *census = census__new(repair->history);
	json_t *end = census ? new_end(repair, census, losses) : NULL;
	size_t size = json_dumpb(end, NULL, 0, JSON_COMPACT);
	char *text = size ? malloc(size + CHECKPOINT_SEAL_LEN + 1) : NULL;

	*len = text ? json_dumpb(end, text, size, JSON_COMPACT) : 0;
	json_decref(end);
	census__free(census);
	return text;
}

/* The event that ends the new recording, whose losses are still those of the old one. */
static int write_end(struct repair *repair, const char *losses)
{
	size_t len;
	char *text = new_end_text(repair, losses, &len);
	int err;

	if (!text)
		return -ENOMEM;
	len = checkpoint__seal(text, len,
			       checkpoints__hash_rest(repair->checkpoints, text, len - 1));
	text[len] = '\n';
	err = write_bytes(repair, repair->events_name, false, text, len + 1);
	free(text);
	return err;
}

static int write_sound(struct repair *repair, const struct verify_result *verdict)
{
	const struct input *input = &repair->input;
	const struct checkpoint *last;
	int err;

	repair->lines = verdict->sound_lines;
	err = events__read_first(repair->history, repair->checkpoints, input->events_fd,
				 verdict->sound_events, repair->lines + 1);
	if (!err && lseek(input->events_fd, 0, SEEK_SET) < 0)
		err = -errno;
	if (err && err != -ENOMEM)
		return message__fail("read", input->events_path, err);
	if (!err)
		err = history__finish(repair->history, GROUPING_PID);
	if (!err)
		err = copy_bytes(repair, input->events_fd, input->events_path, repair->events_name,
				 checkpoints__event_bytes(repair->checkpoints));
	if (!err)
		err = copy_lines(repair);
	if (err)
		return err;
	/* Where lines were put in behind the recording's own end, this is sound as well. */
	last = checkpoints__last(repair->checkpoints);
	return last && last->is_end ? 0 : write_end(repair, verdict->losses);
}

static int write_all(struct repair *repair)
{
	const struct input *input = &repair->input;
	int err = copy_bytes(repair, input->log_fd, input->log, repair->log_name, UINT64_MAX);

	if (err)
		return err;
	return copy_bytes(repair, input->events_fd, input->events_path, repair->events_name,
			  UINT64_MAX);
}

/* --- the files -------------------------------------------------------------------------------- */

static int check_name(const struct repair *repair, const char *name)
{
	int err = output_dir__check(repair->dir, name);

	if (err == -EBUSY)
		message__error("%s would replace the log or its events: name another directory",
			       message__quote(name));
	else if (err == -EEXIST)
		message__error("%s exists in %s; --force replaces files", message__quote(name),
			       message__quote(repair->options->output));
	else if (err)
		message__fail("replace", name, err);
	return err ? -EIO : 0;
}

/* Open to nobody the recording is closed to. */
static int open_output(struct repair *repair)
{
	const int fds[] = {repair->input.log_fd, repair->input.events_fd};
	mode_t mode = 0666;
	struct stat status;
	int err = 0;

	for (int i = 0; i < 2; i++)
		if (!fstat(fds[i], &status))
			mode &= status.st_mode | 0600;
	repair->dir = output_dir__open(repair->options->output, mode, repair->options->force);
	if (!repair->dir)
		return -EIO;
	for (int i = 0; i < 2 && !err; i++)
		err = output_dir__protect(repair->dir, fds[i]);
	if (!err)
		err = check_name(repair, repair->log_name);
	if (!err)
		err = check_name(repair, repair->events_name);
	if (err)
		return err;
	err = output_dir__prepare(repair->dir);
	return err ? message__fail("write into", repair->options->output, err) : 0;
}

static int publish(const struct repair *repair)
{
	int err = output_dir__publish(repair->dir, repair->log_name);

	if (!err)
		err = output_dir__publish(repair->dir, repair->events_name);
	if (!err)
		err = output_dir__finish(repair->dir);
	return err ? message__fail("finish the directory", repair->options->output, err) : 0;
}

static int open_recording(struct repair *repair)
{
	const char *log = repair->options->logs[0], *slash = strrchr(log, '/');
	int err = input__open(&repair->input, log, repair->options->events);

	if (err)
		return err;
	repair->log_name = slash ? slash + 1 : log;
	repair->events_name = events_path__beside(repair->log_name);
	repair->strings = strings__new();
	repair->history = repair->strings ? history__new(repair->strings) : NULL;
	repair->checkpoints = checkpoints__new();
	repair->log_hash = XXH3_createState();
	repair->buffer = malloc(COPY_SIZE);
	if (!repair->events_name || !repair->history || !repair->checkpoints || !repair->log_hash ||
	    !repair->buffer)
		return -ENOMEM;
	XXH3_64bits_reset(repair->log_hash);
	return 0;
}

static void close_recording(struct repair *repair)
{
	/* First the files, which must go even if the rest should not work out. */
	output_dir__close(repair->dir);
	free(repair->buffer);
	XXH3_freeState(repair->log_hash);
	checkpoints__free(repair->checkpoints);
	history__free(repair->history);
	strings__free(repair->strings);
	free(repair->events_name);
	input__close(&repair->input);
}

static int write_recording(const struct options *options, const struct verify_result *verdict)
{
	struct repair repair = {.options = options};
	bool as_it_is = verdict->has_end && verdict->soundness.grade != GRADE_DAMAGED;
	int err = open_recording(&repair);

	if (!err)
		err = open_output(&repair);
	if (!err)
		err = as_it_is ? write_all(&repair) : write_sound(&repair, verdict);
	if (!err)
		err = publish(&repair);
	if (err == -ENOMEM)
		message__error("not enough memory");
	if (!err && as_it_is)
		message__notice("there is nothing to repair: copied as it is to %s",
				message__quote(options->output));
	else if (!err)
		message__notice("%" PRIu64 " line%s and %" PRIu64 " events are sound, in %s",
				repair.lines, repair.lines == 1 ? "" : "s",
				checkpoints__event_lines(repair.checkpoints),
				message__quote(options->output));
	close_recording(&repair);
	return err;
}

/* Whether there is anything to be kept; says so if not. */
static bool has_sound(const struct verify_result *verdict)
{
	if (!verdict->has_events)
		message__error("without events there is nothing to say what is sound");
	else if (!verdict->sound_events ||
		 (verdict->soundness.grade == GRADE_DAMAGED && !verdict->sound_lines))
		message__error("there is nothing in front of the damage that is known to be sound");
	else
		return true;
	return false;
}

int repair__run(const struct options *options)
{
	struct verify_result verdict;
	int err;

	if (strcmp(options->logs[0], "-") == 0) {
		message__error("--repair takes a file, not the standard input");
		return 1;
	}
	err = verify__log(options, options->logs[0], false, &verdict);
	if (err == -ENOMEM)
		message__error("not enough memory");
	if (!err)
		err = has_sound(&verdict) ? write_recording(options, &verdict) : -ENODATA;
	free(verdict.losses);
	return err ? 1 : 0;
}
