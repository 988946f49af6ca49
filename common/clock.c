// SPDX-License-Identifier: BSD-2-Clause
#include <stdio.h>
#include <time.h>

#include "common/clock.h"

#define NS_PER_S 1000000000ULL

static uint64_t read_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* Of the process, as the clock is. */
static uint64_t kernel_ahead_ns;

uint64_t clock__now_ns(void)
{
	return read_ns(CLOCK_MONOTONIC) + kernel_ahead_ns;
}

void clock__follow_kernel(uint64_t before_ns, uint64_t kernel_ns)
{
	/* Nearly always: they are the same, as far as can be known. */
	if (kernel_ns < before_ns || kernel_ns > clock__now_ns())
		kernel_ahead_ns += kernel_ns - before_ns;
}

void clock__format(char text[CLOCK_TEXT_SZ], uint64_t monotonic_ns)
{
	uint64_t now_ns = clock__now_ns();
	uint64_t wall_ns =
		read_ns(CLOCK_REALTIME) - now_ns + (monotonic_ns ? monotonic_ns : now_ns);
	time_t seconds = wall_ns / NS_PER_S;
	struct tm utc;
	size_t n;

	gmtime_r(&seconds, &utc);
	n = strftime(text, CLOCK_TEXT_SZ, "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(text + n, CLOCK_TEXT_SZ - n, ".%09luZ", (unsigned long)(wall_ns % NS_PER_S));
}
