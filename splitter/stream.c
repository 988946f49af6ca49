// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "splitter/stream.h"

#define SLAB_SIZE ((size_t)256 << 10)
#define CHUNK_MIN 48
#define CHUNK_MAX 2032
#define SLOT_CNT_MIN 256

packed_id stream__pack_id(const char *text, size_t len)
{
	char bytes[8] = "";
	uint64_t word;

	memcpy(bytes, text, len < sizeof(bytes) ? len : sizeof(bytes));
	/* No ID's text has such a byte: only one that is too long can have it there. */
	if (len > sizeof(bytes))
		bytes[sizeof(bytes) - 1] = len < ' ' ? len : ' ' - 1;
	memcpy(&word, bytes, sizeof(word));
	return word;
}

/* There is a space before each ID. */
packed_id stream__first_id(const struct stream *stream)
{
	const char *text = stream->first->text + 1;
	const char *end = stream->first == stream->last ? stream->dst
							: stream->first->text + stream->first->used;
	const char *space = memchr(text, ' ', end - text);

	return stream__pack_id(text, (space ? space : end) - text);
}

packed_id stream__last_id(const struct stream *stream)
{
	const char *text = stream->last->text;
	const char *space = memrchr(text, ' ', stream->dst - text);

	return stream__pack_id(space + 1, stream->dst - space - 1);
}

/* --- the table -------------------------------------------------------------------------------- */

int stream_table__init(struct stream_table *table)
{
	*table = (struct stream_table){.slot_cnt = SLOT_CNT_MIN};
	arena__init(&table->arena, SLAB_SIZE);
	table->slots = malloc(table->slot_cnt * sizeof(*table->slots));
	return table->slots ? 0 : -ENOMEM;
}

void stream_table__clear(struct stream_table *table)
{
	arena__free(&table->arena);
	free(table->slots);
	free(table->streams);
}

void stream_table__reset(struct stream_table *table, const char *text)
{
	table->cnt = 0;
	table->text = text;
	arena__reset(&table->arena);
	memset(table->slots, 0, table->slot_cnt * sizeof(*table->slots));
}

size_t stream_table__bytes(const struct stream_table *table)
{
	return arena__bytes(&table->arena) + table->room * sizeof(*table->streams) +
	       table->slot_cnt * sizeof(*table->slots);
}

static bool same_stream(const struct stream_table *table, const struct stream *a,
			const struct stream *b)
{
	const char *text = table->text;

	return a->hash == b->hash && a->pid == b->pid && a->life == b->life &&
	       a->comm_len == b->comm_len &&
	       memcmp(text + a->comm, text + b->comm, a->comm_len) == 0;
}

static uint32_t *slot_of(const struct stream_table *table, const struct stream *wanted)
{
	size_t i = wanted->hash & (table->slot_cnt - 1);

	while (table->slots[i] && !same_stream(table, &table->streams[table->slots[i] - 1], wanted))
		i = (i + 1) & (table->slot_cnt - 1);
	return &table->slots[i];
}

static bool grow_slots(struct stream_table *table)
{
	size_t cnt = 2 * table->slot_cnt;
	uint32_t *slots = calloc(cnt, sizeof(*slots));

	if (!slots)
		return false;
	free(table->slots);
	table->slots = slots;
	table->slot_cnt = cnt;
	for (uint32_t i = 0; i < table->cnt; i++)
		*slot_of(table, &table->streams[i]) = i + 1;
	return true;
}

static bool make_room_for_stream(struct stream_table *table)
{
	uint32_t cnt = table->cnt;

	if (2 * (size_t)cnt >= table->slot_cnt && !grow_slots(table))
		return false;
	if (cnt == table->room) {
		uint32_t size = cnt ? 2 * cnt : 256;
		struct stream *streams = aligned_alloc(64, size * sizeof(*streams));

		if (!streams)
			return false;
		if (cnt)
			memcpy(streams, table->streams, cnt * sizeof(*streams));
		free(table->streams);
		table->streams = streams;
		table->room = size;
	}
	return true;
}

bool stream_table__grow(struct stream_table *table, struct stream *stream, size_t len)
{
	size_t size = stream->last ? 2 * (size_t)stream->last->size + 16 : CHUNK_MIN;
	struct chunk *chunk;

	if (size > CHUNK_MAX)
		size = CHUNK_MAX;
	if (size < len)
		size = len;
	chunk = arena__alloc(&table->arena, sizeof(*chunk) + size);
	if (!chunk)
		return false;
	chunk->next = NULL;
	chunk->size = size;
	if (stream->last) {
		stream->last->used = stream->dst - stream->last->text;
		stream->last->next = chunk;
	} else {
		stream->first = chunk;
	}
	stream->last = chunk;
	stream->dst = chunk->text;
	stream->limit = chunk->text + size - SHORT_ID;
	return true;
}

struct stream *stream_table__find(struct stream_table *table, const struct stream *wanted)
{
	struct stream *stream;
	uint32_t *slot;

	if (!make_room_for_stream(table))
		return NULL;
	slot = slot_of(table, wanted);
	if (*slot)
		return &table->streams[*slot - 1];
	stream = &table->streams[table->cnt++];
	*slot = table->cnt;
	*stream = *wanted;
	return stream_table__grow(table, stream, SHORT_ID) ? stream : NULL;
}

void stream_table__finish(struct stream_table *table)
{
	for (uint32_t i = 0; i < table->cnt; i++) {
		struct stream *stream = &table->streams[i];

		stream->last->used = stream->dst - stream->last->text;
	}
}
