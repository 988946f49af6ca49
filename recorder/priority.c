// SPDX-License-Identifier: BSD-2-Clause
#include <sys/resource.h>

#include "recorder/priority.h"

/*
 * The best there is, setpriority(2). It takes no more from the others than emptying the buffer
 * takes anyway: with fewer of their calls there is less of that.
 */
#define BEST_NICE (-20)

void priority__raise(void)
{
	if (getpriority(PRIO_PROCESS, 0) == 0)
		(void)setpriority(PRIO_PROCESS, 0, BEST_NICE);
}
