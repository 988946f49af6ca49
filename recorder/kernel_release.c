// SPDX-License-Identifier: BSD-2-Clause
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "recorder/kernel_release.h"

/* *text is then behind the number. */
static int parse_number(const char **text, unsigned long *number)
{
	char *end;

	/* strtoul() would take a sign and leading spaces. */
	if (!isdigit((unsigned char)**text))
		return -EINVAL;
	errno = 0;
	*number = strtoul(*text, &end, 10);
	*text = end;
	return errno ? -EINVAL : 0;
}

int kernel_release__parse(struct kernel_release *release, const char *text)
{
	*release = (struct kernel_release){0};
	snprintf(release->text, sizeof(release->text), "%s", text);
	if (parse_number(&text, &release->major) || *text++ != '.')
		return -EINVAL;
	return parse_number(&text, &release->minor);
}

int kernel_release__get(struct kernel_release *release)
{
	struct utsname kernel;

	if (uname(&kernel))
		return -errno;
	return kernel_release__parse(release, kernel.release);
}

bool kernel_release__is_before(const struct kernel_release *release, unsigned long major,
			       unsigned long minor)
{
	return release->major < major || (release->major == major && release->minor < minor);
}
