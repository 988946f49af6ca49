/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RECORDER_KERNEL_RELEASE_H
#define RECORDER_KERNEL_RELEASE_H

#include <stdbool.h>
#include <sys/utsname.h>

/* Which Linux this is. */
struct kernel_release {
	unsigned long major, minor;
	char text[sizeof(((struct utsname *)0)->release)]; /* "6.1.0-50-amd64" */
};

/* 0, or a negative errno: -EINVAL where the text does not begin with two numbers. */
int kernel_release__get(struct kernel_release *release);

/* Likewise of a text, the first bytes of which are kept. */
int kernel_release__parse(struct kernel_release *release, const char *text);

bool kernel_release__is_before(const struct kernel_release *release, unsigned long major,
			       unsigned long minor);

#endif
