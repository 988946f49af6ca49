/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RECORDER_RING_H
#define RECORDER_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "shared.h"

/*
 * The reader's end of the BPF ring buffer (kernel/bpf/ringbuf.c). libbpf's reader goes on until the
 * ring is empty, which under load may be never; this one reads up to a position that was the end
 * at some moment, so that the recorder can say: what was submitted before that, it has seen.
 */
struct ring;

/* map_fd stays the caller's, sz is the map's max_entries. NULL with errno set. */
struct ring *ring__new(int map_fd, uint64_t sz);
void ring__free(struct ring *ring);

/* Where the next record will be reserved: bytes since the ring was made. */
uint64_t ring__end(const struct ring *ring);

/*
 * Calls receive for each record that begins before end, in order; its memory is good until receive
 * returns. Returns 0 when all were read; -EAGAIN where a record is reserved but not yet submitted:
 * it soon will be; -EINTR once give_up says so.
 */
int ring__read(struct ring *ring, uint64_t end,
	       void (*receive)(void *context, const struct submit_info *record, uint32_t sz),
	       void *context, bool (*give_up)(void));

#endif
