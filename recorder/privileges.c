// SPDX-License-Identifier: BSD-2-Clause
#include <cap-ng.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>

#include "common/message.h"
#include "recorder/privileges.h"

static const int kept[] = {CAP_BPF, CAP_PERFMON, CAP_DAC_OVERRIDE, CAP_CHOWN, CAP_FOWNER};

int privileges__drop(void)
{
	capng_select_t what = CAPNG_SELECT_CAPS;
	bool had[sizeof(kept) / sizeof(kept[0])];

	capng_get_caps_process();
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		had[i] = capng_have_capability(CAPNG_PERMITTED, kept[i]);
	/* The bounding set too, where we may; an ordinary user with file capabilities may not. */
	if (capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP))
		what = CAPNG_SELECT_BOTH;
	capng_clear(CAPNG_SELECT_BOTH);
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (had[i])
			capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, kept[i]);
	if (capng_apply(what) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) {
		message__error("cannot give up privileges: %s", strerror(errno));
		return errno ? -errno : -EPERM;
	}
	return 0;
}
