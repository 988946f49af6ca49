/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SPLITTER_STREAM_H
#define SPLITTER_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "splitter/arena.h"
#include "splitter/chunk.h"

/* Streams: what one block of the log has of each sequence. */

/*
 * What a stream begins or ends with, packed: the bytes of the ID's text, or, of one that has more
 * than 8, the first 7 and how many they are. Names of calls that telling_calls.h knows have none of
 * their likes.
 */
typedef uint64_t packed_id;

#define SHORT_ID 8 /* bytes that may be written at once for a short ID and its space */

/* One cache line each: the hot path touches no other memory of a stream but its text. */
struct stream {
	char *dst;   /* where the next ID goes: behind the text of the last chunk */
	char *limit; /* a short ID may be written at dst as long as dst is not behind it */
	struct chunk *first, *last;
	uint32_t call_cnt;
	uint32_t first_line; /* of the block, from 1 */
	uint32_t last_line;
	uint32_t pid;
	uint32_t life;
	uint32_t hash; /* of pid, life and comm */
	uint32_t comm; /* where it stands in the block's text */
	uint32_t comm_len;
} __attribute__((aligned(64)));

/* "231" -> the packed_id of a stream that begins or ends with it, and those of a stream. */
packed_id stream__pack_id(const char *text, size_t len);
packed_id stream__first_id(const struct stream *stream);
packed_id stream__last_id(const struct stream *stream);

/* The streams of one block; reset for the next, which takes them and the block's text away. */
struct stream_table {
	struct stream *streams; /* in the order of their first lines */
	uint32_t cnt, room;
	const char *text; /* the block's */
	uint32_t *slots;  /* 1 + index of a stream by its hash */
	size_t slot_cnt;  /* a power of two, more than twice the streams */
	struct arena arena;
};

/* 0 or -ENOMEM; to be cleared in either case. */
int stream_table__init(struct stream_table *table);
void stream_table__clear(struct stream_table *table);

/* The next block; its streams' comms will be compared in its text. */
void stream_table__reset(struct stream_table *table, const char *text);

/*
 * The stream with the wanted one's hash, pid, life and comm, or else a copy of that, with room for
 * a short ID. NULL without memory.
 */
struct stream *stream_table__find(struct stream_table *table, const struct stream *wanted);

/*
 * Gives the stream a new last chunk with room for an ID of len bytes, and dst in it. False without
 * memory. Seldom called: kept out of the loop over the lines.
 */
__attribute__((cold)) bool stream_table__grow(struct stream_table *table, struct stream *stream,
					      size_t len);

/* No more IDs come: the streams' chunks say what is in them. */
void stream_table__finish(struct stream_table *table);

size_t stream_table__bytes(const struct stream_table *table);

#endif
