// SPDX-License-Identifier: BSD-2-Clause
#include <inttypes.h>

#include "common/message.h"
#include "splitter/complaints.h"

void complaints__add(struct complaints *complaints, uint64_t line, const char *reason)
{
	if (complaints->cnt == 0)
		complaints->first = line;
	if (complaints->cnt++ < COMPLAINTS_NAMED)
		message__error("%s:%" PRIu64 ": %s", message__quote(complaints->file), line,
			       reason);
}

void complaints__summarize(const struct complaints *complaints)
{
	if (complaints->cnt == 0)
		return;
	message__error("%s: %" PRIu64 " %s%s skipped", message__quote(complaints->file),
		       complaints->cnt, complaints->what, complaints->cnt == 1 ? "" : "s");
}
