/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SPLITTER_ARENA_H
#define SPLITTER_ARENA_H

#include <stddef.h>
#include <stdint.h>

/*
 * Memory that is given out piece by piece and taken back all at once, in slabs that are kept for
 * the next use.
 */
struct arena {
	char *next; /* free part of the current slab */
	char *end;
	struct slab *current;
	struct slab *slabs; /* all of them, the current one and those before it in use */
	size_t slab_size;
	size_t slab_cnt; /* in use */
};

void arena__init(struct arena *arena, size_t slab_size);
void arena__free(struct arena *arena);

/* Takes everything back; the memory stays the arena's. */
void arena__reset(struct arena *arena);

/* What is in use, in whole slabs. */
size_t arena__bytes(const struct arena *arena);

void *arena__alloc_slab(struct arena *arena, size_t size);

/* size bytes aligned to 8, at most a slab without its head of 16 bytes. NULL without memory. */
static inline void *arena__alloc(struct arena *arena, size_t size)
{
	size = (size + 7) & ~(size_t)7;
	if ((size_t)(arena->end - arena->next) < size)
		return arena__alloc_slab(arena, size);
	arena->next += size;
	return arena->next - size;
}

#endif
