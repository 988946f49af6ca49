// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "recorder/ring.h"

/*
 * Two pages, then the data twice in a row, so that a record that wraps is contiguous: the
 * consumer's position, which we write, the producers' position, and the data, which we may only
 * read.
 */
struct ring {
	uint64_t *consumer;
	const uint64_t *producer;
	const char *data;
	uint64_t sz;
	size_t page_sz;
};

struct ring *ring__new(int map_fd, uint64_t sz)
{
	struct ring *ring = calloc(1, sizeof(*ring));
	void *pages;

	if (!ring)
		return NULL;
	ring->sz = sz;
	ring->page_sz = sysconf(_SC_PAGESIZE);
	pages = mmap(NULL, ring->page_sz, PROT_READ | PROT_WRITE, MAP_SHARED, map_fd, 0);
	if (pages == MAP_FAILED)
		goto fail;
	ring->consumer = pages;
	pages = mmap(NULL, ring->page_sz + 2 * sz, PROT_READ, MAP_SHARED, map_fd, ring->page_sz);
	if (pages == MAP_FAILED)
		goto fail;
	ring->producer = pages;
	ring->data = (const char *)pages + ring->page_sz;
	return ring;

fail:
	ring__free(ring);
	return NULL;
}

void ring__free(struct ring *ring)
{
	int saved_errno = errno;

	if (!ring)
		return;
	if (ring->consumer)
		munmap(ring->consumer, ring->page_sz);
	if (ring->producer)
		munmap((void *)ring->producer, ring->page_sz + 2 * ring->sz);
	free(ring);
	errno = saved_errno;
}

uint64_t ring__end(const struct ring *ring)
{
	return __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE);
}

/* With a header of 8 bytes, rounded up to 8. */
static uint64_t space_of(uint32_t len)
{
	return ((uint64_t)len + BPF_RINGBUF_HDR_SZ + 7) & ~7ULL;
}

int ring__read(struct ring *ring, uint64_t end,
	       void (*receive)(void *context, const struct submit_info *record, uint32_t sz),
	       void *context, bool (*give_up)(void))
{
	uint64_t position = *ring->consumer;

	while (position < end) {
		const char *header = ring->data + (position & (ring->sz - 1));
		uint32_t len = __atomic_load_n((const uint32_t *)header, __ATOMIC_ACQUIRE);

		if (give_up())
			return -EINTR;
		if (len & BPF_RINGBUF_BUSY_BIT)
			return -EAGAIN;
		if (!(len & BPF_RINGBUF_DISCARD_BIT))
			receive(context, (const void *)(header + BPF_RINGBUF_HDR_SZ), len);
		position += space_of(len & ~BPF_RINGBUF_DISCARD_BIT);
		/* Each record makes room at once: under load the ring is short of it. */
		__atomic_store_n(ring->consumer, position, __ATOMIC_RELEASE);
	}
	return 0;
}
