// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/message.h"

#define QUOTED_MAX 200

static const char *program_name = "?";
static bool silent;

static void print(const char *severity, const char *format, va_list args)
{
	/* One write per message, so that the lines of several processes do not mix. */
	char line[4096];
	int n = snprintf(line, sizeof(line), "%s: %s", program_name, severity);

	vsnprintf(line + n, sizeof(line) - n, format, args);
	fprintf(stderr, "%s\n", line);
}

void message__init(const char *program)
{
	program_name = program;
}

void message__silence(void)
{
	silent = true;
}

void message__error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print("", format, args);
	va_end(args);
}

void message__warning(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print("warning: ", format, args);
	va_end(args);
}

void message__notice(const char *format, ...)
{
	va_list args;

	if (silent)
		return;
	va_start(args, format);
	print("", format, args);
	va_end(args);
}

int message__fail(const char *what, const char *path, int err)
{
	if (err == -EINTR)
		return err;
	message__error("cannot %s %s: %s", what, message__quote(path), strerror(-err));
	return -EIO;
}

const char *message__quote(const char *text)
{
	static char buffers[4][QUOTED_MAX + 4];
	static unsigned int turn;
	char *out = buffers[turn++ % 4];
	int n = 0;

	for (; *text; text++) {
		unsigned char byte = *text;

		if (n > QUOTED_MAX - 4) {
			sprintf(out + n, "...");
			return out;
		}
		if (byte >= 0x20 && byte < 0x7f)
			out[n++] = byte;
		else
			n += sprintf(out + n, "\\x%02x", byte);
	}
	out[n] = '\0';
	return out;
}
