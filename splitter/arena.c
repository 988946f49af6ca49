// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>
#include <sys/mman.h>

#include "splitter/arena.h"

#define HUGE_PAGE ((size_t)2 << 20)

struct slab {
	struct slab *next;
	uint64_t unused; /* keeps what follows aligned to 16 */
};

void arena__init(struct arena *arena, size_t slab_size)
{
	*arena = (struct arena){.slab_size = slab_size};
}

void arena__free(struct arena *arena)
{
	struct slab *slab = arena->slabs;

	while (slab) {
		struct slab *next = slab->next;

		free(slab);
		slab = next;
	}
	arena__init(arena, arena->slab_size);
}

static void open_slab(struct arena *arena, struct slab *slab)
{
	arena->current = slab;
	arena->next = (char *)(slab + 1);
	arena->end = (char *)slab + arena->slab_size;
	arena->slab_cnt++;
}

void arena__reset(struct arena *arena)
{
	arena->current = NULL;
	arena->next = NULL;
	arena->end = NULL;
	arena->slab_cnt = 0;
}

size_t arena__bytes(const struct arena *arena)
{
	return arena->slab_cnt * arena->slab_size;
}

static struct slab *new_slab(const struct arena *arena)
{
	struct slab *slab;

	if (arena->slab_size % HUGE_PAGE || arena->slab_cnt == 0)
		return malloc(arena->slab_size);
	/* Hundreds of thousands of page faults fewer where much text is kept. */
	slab = aligned_alloc(HUGE_PAGE, arena->slab_size);
	if (slab)
		madvise(slab, arena->slab_size, MADV_HUGEPAGE);
	return slab;
}

void *arena__alloc_slab(struct arena *arena, size_t size)
{
	struct slab *slab = arena->current ? arena->current->next : arena->slabs;

	if (size > arena->slab_size - sizeof(*slab))
		return NULL;
	if (!slab) {
		slab = new_slab(arena);
		if (!slab)
			return NULL;
		slab->next = NULL;
		if (arena->current)
			arena->current->next = slab;
		else
			arena->slabs = slab;
	}
	open_slab(arena, slab);
	arena->next += size;
	return arena->next - size;
}
