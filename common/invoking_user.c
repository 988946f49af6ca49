// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/invoking_user.h"

/* (uid_t)-1 is nobody's: for chown(2) it means that the owner stays. */
static bool parse_id(const char *text, uint32_t *id)
{
	unsigned long value;
	char *end;

	if (!text || *text < '0' || *text > '9')
		return false;
	errno = 0;
	value = strtoul(text, &end, 10);
	*id = value;
	return !errno && !*end && value < UINT32_MAX;
}

bool invoking_user__find(uid_t *uid, gid_t *gid)
{
	return geteuid() == 0 && parse_id(getenv("SUDO_UID"), uid) &&
	       parse_id(getenv("SUDO_GID"), gid);
}
