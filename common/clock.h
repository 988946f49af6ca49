/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef COMMON_CLOCK_H
#define COMMON_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* "2026-03-01T12:00:00.123456789Z" and its NUL */
#define CLOCK_TEXT_SZ 32

/* CLOCK_MONOTONIC as the kernel side's bpf_ktime_get_ns() reads it, too. */
uint64_t clock__now_ns(void);

/*
 * In a time namespace CLOCK_MONOTONIC is another one for us than for the kernel side; from here on
 * clock__now_ns() has that of the kernel side, which read kernel_ns between before_ns and now.
 */
void clock__follow_kernel(uint64_t before_ns, uint64_t kernel_ns);

/*
 * A time of clock__now_ns() (0: now) as wall-clock time: RFC 3339, UTC, nanoseconds. By the
 * distance of the two clocks at the time of the call, so that it follows a clock that is set.
 */
void clock__format(char text[CLOCK_TEXT_SZ], uint64_t monotonic_ns);

#endif
