// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "splitter/arena.h"
#include "splitter/hash.h"
#include "splitter/sequence_store.h"

#define SLAB_SIZE ((size_t)2 << 20)
#define CHUNK_MIN 48
#define SORT_BYTES 24 /* of a sequence, to number all of them; the library sorts in a copy */
#define CHUNK_MAX ((64 << 10) - sizeof(struct chunk))

struct sequence_store {
	struct strings *strings;
	struct sequence *sequences;
	size_t cnt, size;
	uint32_t *slots; /* 1 + index by hash; 0 is a free slot */
	size_t slot_cnt; /* a power of two, more than twice the sequences */
	struct arena arena;
};

struct sequence_store *sequence_store__new(struct strings *strings)
{
	struct sequence_store *store = calloc(1, sizeof(*store));

	if (!store)
		return NULL;
	store->strings = strings;
	store->slot_cnt = 1024;
	store->slots = calloc(store->slot_cnt, sizeof(*store->slots));
	arena__init(&store->arena, SLAB_SIZE);
	if (!store->slots) {
		free(store);
		return NULL;
	}
	return store;
}

void sequence_store__free(struct sequence_store *store)
{
	if (!store)
		return;
	arena__free(&store->arena);
	free(store->sequences);
	free(store->slots);
	free(store);
}

static int grow_slots(struct sequence_store *store)
{
	size_t cnt = 2 * store->slot_cnt;
	uint32_t *slots = calloc(cnt, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < store->cnt; i++) {
		size_t slot = store->sequences[i].hash & (cnt - 1);

		while (slots[slot])
			slot = (slot + 1) & (cnt - 1);
		slots[slot] = i + 1;
	}
	free(store->slots);
	store->slots = slots;
	store->slot_cnt = cnt;
	return 0;
}

static int make_room(struct sequence_store *store)
{
	if (2 * store->cnt >= store->slot_cnt && grow_slots(store))
		return -ENOMEM;
	if (store->cnt == store->size) {
		size_t size = store->size ? store->size + store->size / 2 : 256;
		struct sequence *sequences;

		if (size >= UINT32_MAX)
			return -ENOMEM;
		sequences = realloc(store->sequences, size * sizeof(*sequences));
		if (!sequences)
			return -ENOMEM;
		store->sequences = sequences;
		store->size = size;
	}
	return 0;
}

static bool is_of(const struct sequence_store *store, const struct sequence *sequence,
		  const struct stream *stream, const char *comm, uint32_t life)
{
	return sequence->hash == stream->hash && sequence->pid == stream->pid &&
	       sequence->life == life && sequence->comm_len == stream->comm_len &&
	       memcmp(sequence_store__comm(store, sequence), comm, stream->comm_len) == 0;
}

static struct sequence *find(struct sequence_store *store, const struct stream *stream,
			     const char *comm, uint64_t line_base, uint32_t life)
{
	struct sequence *sequence;
	uint32_t comm_id;
	size_t slot;

	if (make_room(store))
		return NULL;
	slot = stream->hash & (store->slot_cnt - 1);
	for (; store->slots[slot]; slot = (slot + 1) & (store->slot_cnt - 1)) {
		sequence = &store->sequences[store->slots[slot] - 1];
		if (is_of(store, sequence, stream, comm, life))
			return sequence;
	}
	comm_id = strings__intern(store->strings, comm, stream->comm_len);
	if (comm_id == STRINGS_FAILED)
		return NULL;
	sequence = &store->sequences[store->cnt++];
	store->slots[slot] = store->cnt;
	*sequence = (struct sequence){
		.hash = stream->hash,
		.pid = stream->pid,
		.life = life,
		.comm = comm_id,
		.comm_len = stream->comm_len,
		.first_line = line_base + stream->first_line,
		.first_id = stream__first_id(stream),
	};
	return sequence;
}

/* Chunks grow with the sequence: little is wasted on short ones, and long ones have few. */
static struct chunk *add_chunk(struct sequence_store *store, struct sequence *sequence, size_t len)
{
	size_t size = sequence->last ? 2 * (size_t)sequence->last->size + 16 : CHUNK_MIN;
	struct chunk *chunk;

	if (size < len)
		size = len + len / 2;
	if (size > CHUNK_MAX)
		size = CHUNK_MAX;
	chunk = arena__alloc(&store->arena, sizeof(*chunk) + size);
	if (!chunk)
		return NULL;
	*chunk = (struct chunk){.size = size};
	if (sequence->last)
		sequence->last->next = chunk;
	else
		sequence->first = chunk;
	sequence->last = chunk;
	return chunk;
}

static int append_text(struct sequence_store *store, struct sequence *sequence,
		       const struct chunk *from)
{
	struct chunk *to = sequence->last;

	if (!to || to->size - to->used < from->used) {
		to = add_chunk(store, sequence, from->used);
		if (!to)
			return -ENOMEM;
	}
	memcpy(to->text + to->used, from->text, from->used);
	to->used += from->used;
	return 0;
}

int sequence_store__append(struct sequence_store *store, const struct stream *stream,
			   const char *block_text, uint64_t line_base, uint32_t life_base)
{
	struct sequence *sequence =
		find(store, stream, block_text + stream->comm, line_base, life_base + stream->life);
	int err = 0;

	if (!sequence)
		return -ENOMEM;
	for (const struct chunk *chunk = stream->first; chunk && !err; chunk = chunk->next)
		err = append_text(store, sequence, chunk);
	sequence->call_cnt += stream->call_cnt;
	sequence->last_line = line_base + stream->last_line;
	sequence->last_id = stream__last_id(stream);
	return err;
}

void sequence_store__prefetch(const struct sequence_store *store, const struct stream *stream,
			      enum prefetch_step step)
{
	const uint32_t *slot = &store->slots[stream->hash & (store->slot_cnt - 1)];
	const struct sequence *sequence;

	if (step == PREFETCH_SLOT) {
		__builtin_prefetch(slot);
		return;
	}
	if (!*slot)
		return;
	/* Probably the one: collisions are rare enough. */
	sequence = &store->sequences[*slot - 1];
	if (step == PREFETCH_SEQUENCE) {
		__builtin_prefetch(sequence, 1);
		__builtin_prefetch((const char *)(sequence + 1) - 1, 1);
	} else if (sequence->last) {
		__builtin_prefetch(sequence->last, 1);
		__builtin_prefetch(sequence_store__comm(store, sequence));
	}
}

size_t sequence_store__cnt(const struct sequence_store *store)
{
	return store->cnt;
}

struct sequence *sequence_store__get(const struct sequence_store *store, size_t index)
{
	return &store->sequences[index];
}

const char *sequence_store__comm(const struct sequence_store *store,
				 const struct sequence *sequence)
{
	return strings__text(store->strings, sequence->comm);
}

void sequence_store__drop_text(struct sequence_store *store)
{
	for (size_t i = 0; i < store->cnt; i++) {
		struct sequence *sequence = &store->sequences[i];

		if (sequence->first)
			sequence->spilled = true;
		sequence->first = NULL;
		sequence->last = NULL;
	}
	/* For good: bookkeeping that grows meanwhile may need what the text had. */
	arena__free(&store->arena);
}

size_t sequence_store__text_bytes(const struct sequence_store *store)
{
	return arena__bytes(&store->arena);
}

size_t sequence_store__other_bytes(const struct sequence_store *store)
{
	/* What was never written to takes no memory: so much for room to grow. */
	return store->cnt * (sizeof(*store->sequences) + SORT_BYTES) +
	       store->slot_cnt * sizeof(*store->slots);
}

struct name {
	uint32_t comm, pid, index;
};

static int by_name(const void *a, const void *b)
{
	const struct name *left = a, *right = b;

	if (left->comm != right->comm)
		return left->comm < right->comm ? -1 : 1;
	if (left->pid != right->pid)
		return left->pid < right->pid ? -1 : 1;
	return left->index < right->index ? -1 : left->index > right->index;
}

int sequence_store__number(struct sequence_store *store)
{
	struct name *names = malloc(store->cnt * sizeof(*names) + 1);
	uint32_t instance = 0;

	if (!names)
		return -ENOMEM;
	for (size_t i = 0; i < store->cnt; i++)
		names[i] = (struct name){store->sequences[i].comm, store->sequences[i].pid, i};
	qsort(names, store->cnt, sizeof(*names), by_name);
	for (size_t i = 0; i < store->cnt; i++) {
		if (i == 0 || names[i].comm != names[i - 1].comm ||
		    names[i].pid != names[i - 1].pid)
			instance = 0;
		store->sequences[names[i].index].instance = ++instance;
	}
	free(names);
	return 0;
}
