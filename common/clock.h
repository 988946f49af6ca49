/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef COMMON_CLOCK_H
#define COMMON_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* "2026-03-01T12:00:00.123456789Z" and its NUL */
#define CLOCK_TEXT_SZ 32

/* CLOCK_MONOTONIC, which is what the kernel side's bpf_ktime_get_ns() reads too. */
uint64_t clock__now_ns(void);

/*
 * A time of CLOCK_MONOTONIC (0: now) as wall-clock time: RFC 3339, UTC, nanoseconds. By the
 * distance of the two clocks at the time of the call, so that it follows a clock that is set.
 */
void clock__format(char text[CLOCK_TEXT_SZ], uint64_t monotonic_ns);

#endif
