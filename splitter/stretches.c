// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>
#include <xxhash.h>

#include "splitter/interrupt.h"
#include "splitter/stretches.h"

#define READ_SIZE ((size_t)256 << 10)

static const struct checkpoint beginning = {.line = 1, .events_good = true};

struct walk {
	const struct checkpoints *checkpoints;
	size_t cnt; /* of the checkpoints */
	int fd;
	uint64_t file_bytes;
	int64_t end_shift; /* how much further back the log's end is than recorded */
	size_t in_front;   /* the stretches before this one are all where they were recorded */
	size_t shifted;    /* those from this one on are all found by end_shift */
	char *buffer;
	XXH3_state_t *hash;
	struct stretch bad; /* what was not recognised since the last good stretch */
	bool has_bad;
	int (*take)(void *context, const struct stretch *stretch);
	void *context;
};

/* The checkpoints that the i-th stretch lies between. */
static const struct checkpoint *from_of(const struct walk *walk, size_t i)
{
	return i ? checkpoints__get(walk->checkpoints, i - 1) : &beginning;
}

static const struct checkpoint *to_of(const struct walk *walk, size_t i)
{
	return checkpoints__get(walk->checkpoints, i);
}

/* Of the file from there on; 1: it has the hash, 0: it has not, or a negative errno. */
static int has_hash(struct walk *walk, uint64_t at, uint64_t bytes, uint64_t hash)
{
	XXH3_64bits_reset(walk->hash);
	while (bytes) {
		ssize_t n =
			pread(walk->fd, walk->buffer, bytes < READ_SIZE ? bytes : READ_SIZE, at);

		if (interrupt__pending())
			return -EINTR;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return 0;
		XXH3_64bits_update(walk->hash, walk->buffer, n);
		at += n;
		bytes -= n;
	}
	return XXH3_64bits_digest(walk->hash) == hash;
}

/* Where the stretches that are in front end. */
static uint64_t front_end(const struct walk *walk)
{
	return from_of(walk, walk->in_front)->bytes;
}

/* Where those begin that are shifted. */
static uint64_t shifted_start(const struct walk *walk)
{
	if (walk->shifted == walk->cnt)
		return walk->file_bytes;
	return from_of(walk, walk->shifted)->bytes + walk->end_shift;
}

/* Whether the i-th stretch lies so much further back, between what is found already. */
static int is_at(struct walk *walk, size_t i, int64_t shift)
{
	const struct checkpoint *from = from_of(walk, i), *to = to_of(walk, i);
	int64_t at = (int64_t)from->bytes + shift;
	uint64_t bytes = to->bytes - from->bytes, limit = shifted_start(walk);

	if (at < 0 || (uint64_t)at < front_end(walk) || (uint64_t)at > limit || bytes > limit - at)
		return 0;
	return has_hash(walk, at, bytes, to->log_xxh3);
}

/*
 * From the beginning up to the first that is not there, then back from the end. Where lines repeat
 * themselves, a stretch may be found on either side of the damage; then it counts as in front of
 * it, where all that is known to be sound lies. 0 or a negative errno.
 */
static int find_ends(struct walk *walk)
{
	int found = 1;

	walk->shifted = walk->cnt;
	while (walk->in_front < walk->cnt && found > 0) {
		found = is_at(walk, walk->in_front, 0);
		walk->in_front += found > 0;
	}
	found = found < 0 ? found : walk->end_shift != 0;
	while (walk->shifted > walk->in_front && found > 0) {
		found = is_at(walk, walk->shifted - 1, walk->end_shift);
		walk->shifted -= found > 0;
	}
	return found < 0 ? found : 0;
}

/* 1: the i-th stretch is there, 0: it is not, or a negative errno. */
static int find(struct walk *walk, size_t i)
{
	if (i < walk->in_front || i >= walk->shifted)
		return 1;
	return is_at(walk, i, 0);
}

/* Gives out what was not recognised, up to there. */
static int take_bad(struct walk *walk, uint64_t to)
{
	struct stretch bad = walk->bad;
	int err = 0;

	bad.to = to;
	/* Bytes that nobody speaks of are damage: something was put in. */
	if (!walk->has_bad && bad.to > bad.from)
		bad.state = STRETCH_DAMAGED;
	if (walk->has_bad || bad.to > bad.from)
		err = walk->take(walk->context, &bad);
	walk->has_bad = false;
	return err;
}

static void begin_bad(struct walk *walk, uint64_t from, const struct checkpoint *checkpoint)
{
	walk->bad = (struct stretch){
		.state = STRETCH_UNKNOWN,
		.from = from,
		.was_from = checkpoint->bytes,
		.was_to = checkpoint->bytes,
		.line = checkpoint->line,
		.next_line = checkpoint->line,
	};
}

static int take_good(struct walk *walk, size_t i)
{
	const struct checkpoint *from = from_of(walk, i), *to = to_of(walk, i);
	int64_t shift = i >= walk->shifted ? walk->end_shift : 0;
	struct stretch stretch = {
		.state = STRETCH_GOOD,
		.from = from->bytes + shift,
		.to = to->bytes + shift,
		.was_from = from->bytes,
		.was_to = to->bytes,
		.line = from->line,
		.next_line = to->line,
	};
	int err = take_bad(walk, stretch.from);

	begin_bad(walk, stretch.to, to);
	return err ? err : walk->take(walk->context, &stretch);
}

static void add_bad(struct walk *walk, size_t i)
{
	const struct checkpoint *from = from_of(walk, i), *to = to_of(walk, i);

	walk->has_bad = true;
	walk->bad.was_to = to->bytes;
	walk->bad.next_line = to->line;
	if (from->events_good && to->events_good)
		walk->bad.state = STRETCH_DAMAGED;
}

static int walk_covered(struct walk *walk)
{
	int err = find_ends(walk);

	for (size_t i = 0; i < walk->cnt && !err; i++) {
		int found = find(walk, i);

		if (found < 0)
			return found;
		if (found)
			err = take_good(walk, i);
		else
			add_bad(walk, i);
	}
	return err;
}

/* Behind the last checkpoint. After damage nobody knows where that begins. */
static int walk_rest(struct walk *walk, bool ended)
{
	struct stretch rest = walk->bad;

	if (walk->has_bad || ended)
		return take_bad(walk, walk->file_bytes);
	rest.state = STRETCH_UNCOVERED;
	rest.to = walk->file_bytes;
	rest.next_line = 0;
	return rest.to > rest.from ? walk->take(walk->context, &rest) : 0;
}

int stretches__walk(const struct checkpoints *checkpoints, int fd, uint64_t file_bytes,
		    int (*take)(void *context, const struct stretch *stretch), void *context)
{
	const struct checkpoint *last = checkpoints__last(checkpoints);
	bool ended = last && last->is_end;
	struct walk walk = {
		.checkpoints = checkpoints,
		.cnt = checkpoints__cnt(checkpoints),
		.fd = fd,
		.file_bytes = file_bytes,
		.end_shift = ended ? (int64_t)(file_bytes - last->bytes) : 0,
		.buffer = malloc(READ_SIZE),
		.hash = XXH3_createState(),
		.take = take,
		.context = context,
	};
	int err = -ENOMEM;

	begin_bad(&walk, 0, &beginning);
	if (walk.buffer && walk.hash)
		err = walk_covered(&walk);
	if (!err)
		err = walk_rest(&walk, ended);
	XXH3_freeState(walk.hash);
	free(walk.buffer);
	return err;
}
