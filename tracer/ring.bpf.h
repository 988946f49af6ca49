/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef TRACER_RING_BPF_H
#define TRACER_RING_BPF_H

/* What all records have in common on their way into the ring. */

static __always_inline void count_loss(enum loss_counter counter)
{
	__sync_fetch_and_add(&losses[counter], 1);
}

/*
 * A wake-up costs more than a whole batch, so the reader gets one only when there is much to read.
 * It looks by itself at every tick, which bounds how long a record waits.
 */
static __always_inline __u64 wakeup_flags(__u64 available)
{
	return available >= ring_wakeup ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
}

/* 0, or a negative errno where the ring has no room; the caller says what that loses. */
static __always_inline int submit_record(void *record, __u64 sz)
{
	return bpf_ringbuf_output(&ring, record, sz,
				  wakeup_flags(bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA)));
}

#endif
