// SPDX-License-Identifier: BSD-2-Clause
#include <cap-ng.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>

#include "common/message.h"
#include "recorder/privileges.h"

#define BIT(capability) (1ULL << (capability))

static uint64_t permitted(void)
{
	uint64_t had = 0;

	capng_get_caps_process();
	for (int capability = 0; capability <= CAP_LAST_CAP; capability++)
		if (capng_have_capability(CAPNG_PERMITTED, capability))
			had |= BIT(capability);
	return had;
}

/* The bounding set goes by the way, where we may: an ordinary user may not. */
static int set(uint64_t effective, uint64_t permitted)
{
	capng_select_t what = CAPNG_SELECT_CAPS;

	capng_get_caps_process();
	if (capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP))
		what = CAPNG_SELECT_BOTH;
	capng_clear(CAPNG_SELECT_BOTH);
	for (int capability = 0; capability <= CAP_LAST_CAP; capability++) {
		if (effective & BIT(capability))
			capng_update(CAPNG_ADD, CAPNG_EFFECTIVE, capability);
		if (permitted & BIT(capability))
			capng_update(CAPNG_ADD, CAPNG_PERMITTED, capability);
	}
	errno = EPERM;
	return capng_apply(what) ? -errno : 0;
}

int privileges__drop(uint64_t (*find_needed)(void *context), void *context)
{
	uint64_t had = permitted(), needed;
	int err = set(0, had);

	if (!err) {
		needed = find_needed(context);
		/* CAP_SYS_ADMIN does for CAP_BPF where that was not given. */
		if ((needed & BIT(CAP_BPF)) && !(had & BIT(CAP_BPF)))
			needed |= BIT(CAP_SYS_ADMIN);
		err = set(had & needed, had & needed);
	}
	if (!err && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		err = -errno;
	if (err)
		message__error("cannot give up privileges: %s", strerror(-err));
	return err;
}
