// SPDX-License-Identifier: BSD-2-Clause
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/size.h"

static int parse_suffix(const char *suffix)
{
	const char *letters = "KMG", *letter;

	if (!*suffix || !strcasecmp(suffix, "B"))
		return 0;
	letter = strchr(letters, toupper((unsigned char)suffix[0]));
	if (!letter || (suffix[1] && strcasecmp(suffix + 1, "B") && strcasecmp(suffix + 1, "iB")))
		return -EINVAL;
	return 10 * (letter - letters + 1);
}

int size__parse(const char *text, uint64_t *bytes)
{
	unsigned long long value;
	char *end;
	int shift;

	/* strtoull() would take a sign and leading spaces. */
	if (!isdigit((unsigned char)text[0]))
		return -EINVAL;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno)
		return -ERANGE;
	shift = parse_suffix(end);
	if (shift < 0)
		return shift;
	if (value > UINT64_MAX >> shift)
		return -ERANGE;
	*bytes = value << shift;
	return 0;
}
