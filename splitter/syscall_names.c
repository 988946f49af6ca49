// SPDX-License-Identifier: BSD-2-Clause
#include <inttypes.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log_line.h"
#include "splitter/syscall_names.h"

#define TABLE_CNT 1024

/* libseccomp answers slowly and allocates: what is asked for all the time is asked for once. */
struct name {
	uint8_t len;
	char text[SYSCALL_NAME_MAX];
};

struct number_space {
	int64_t base; /* what the log adds to the ABI's own number */
	uint32_t arch;
	const char *prefix;
};

/* The bit of x32 calls (asm/unistd.h: __X32_SYSCALL_BIT) is part of libseccomp's numbers, too. */
#define X32_BIT 0x40000000

static const struct number_space spaces[] = {
	{0, SCMP_ARCH_NATIVE, ""},
#ifdef __x86_64__
	{LOG_LINE_IA32_BASE, SCMP_ARCH_X86, "ia32."},
	{X32_BIT, SCMP_ARCH_X32, "x32."},
#endif
};
#define SPACE_CNT (sizeof(spaces) / sizeof(*spaces))

struct syscall_names {
	struct name tables[SPACE_CNT][TABLE_CNT];
};

static void fill(struct name *name, const struct number_space *space, int number)
{
	int asked = space->base == X32_BIT ? number + X32_BIT : number;
	char *text = seccomp_syscall_resolve_num_arch(space->arch, asked);
	int len = 0;

	if (text)
		len = snprintf(name->text, sizeof(name->text), "%s%s", space->prefix, text);
	name->len = len > 0 && (size_t)len < sizeof(name->text) ? len : 0;
	free(text);
}

struct syscall_names *syscall_names__new(void)
{
	struct syscall_names *names = calloc(1, sizeof(*names));

	if (!names)
		return NULL;
	for (size_t i = 0; i < SPACE_CNT; i++)
		for (int number = 0; number < TABLE_CNT; number++)
			fill(&names->tables[i][number], &spaces[i], number);
	return names;
}

void syscall_names__free(struct syscall_names *names)
{
	free(names);
}

const char *syscall_names__find(const struct syscall_names *names, int64_t syscall_nr, char *buffer,
				size_t *len)
{
	for (size_t i = 0; i < SPACE_CNT; i++) {
		const struct name *name;

		if (syscall_nr < spaces[i].base || syscall_nr - spaces[i].base >= TABLE_CNT)
			continue;
		name = &names->tables[i][syscall_nr - spaces[i].base];
		if (name->len == 0)
			continue;
		*len = name->len;
		return name->text;
	}
	*len = snprintf(buffer, SYSCALL_NAME_MAX + 1, "%" PRId64, syscall_nr);
	return buffer;
}
