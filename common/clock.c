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

uint64_t clock__now_ns(void)
{
	return read_ns(CLOCK_MONOTONIC);
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
