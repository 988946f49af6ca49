// SPDX-License-Identifier: BSD-2-Clause
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/events_path.h"

/* Takes the suffix off, if it is there. */
static bool strip(const char *path, size_t *len, const char *suffix)
{
	size_t suffix_len = strlen(suffix);

	if (*len < suffix_len || strncmp(path + *len - suffix_len, suffix, suffix_len))
		return false;
	*len -= suffix_len;
	return true;
}

char *events_path__beside(const char *log)
{
	size_t len = strlen(log);
	bool is_old = strip(log, &len, ".old");
	char *path = NULL;

	strip(log, &len, ".log");
	return asprintf(&path, "%.*s.jsonl%s", (int)len, log, is_old ? ".old" : "") < 0 ? NULL
											: path;
}
