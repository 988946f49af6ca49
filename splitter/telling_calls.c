// SPDX-License-Identifier: BSD-2-Clause
#include <seccomp.h>
#include <stdio.h>
#include <string.h>

#include "common/log_line.h"
#include "splitter/telling_calls.h"

static void spell(struct telling_calls *calls, enum telling_call call, int number, int ia32_number,
		  const char *name)
{
	char text[SPELLING_CNT][32];

	snprintf(text[0], sizeof(text[0]), "%d", number);
	snprintf(text[1], sizeof(text[1]), "%d", LOG_LINE_IA32_BASE + ia32_number);
	snprintf(text[2], sizeof(text[2]), "%s", name);
	snprintf(text[3], sizeof(text[3]), "ia32.%s", name);
	for (int i = 0; i < SPELLING_CNT; i++)
		calls->ids[call][i] = stream__pack_id(text[i], strlen(text[i]));
}

/* Numbers of ia32: arch/x86/entry/syscalls/syscall_32.tbl. */
void telling_calls__init(struct telling_calls *calls)
{
	spell(calls, CALL_EXECVE, SCMP_SYS(execve), 11, "execve");
	spell(calls, CALL_EXECVEAT, SCMP_SYS(execveat), 358, "execveat");
	spell(calls, CALL_EXIT, SCMP_SYS(exit), 1, "exit");
	spell(calls, CALL_PRCTL, SCMP_SYS(prctl), 172, "prctl");
}

bool telling_calls__is(const struct telling_calls *calls, packed_id id, enum telling_call call)
{
	for (int i = 0; i < SPELLING_CNT; i++) {
		if (id == calls->ids[call][i])
			return true;
	}
	return false;
}

bool telling_calls__is_exec(const struct telling_calls *calls, packed_id id)
{
	return telling_calls__is(calls, id, CALL_EXECVE) ||
	       telling_calls__is(calls, id, CALL_EXECVEAT);
}
