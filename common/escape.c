// SPDX-License-Identifier: BSD-2-Clause
#include <stdbool.h>
#include <stdint.h>

#include "common/escape.h"

static const char digits[] = "0123456789ABCDEF";

static char *put_escaped(char *dst, unsigned char byte)
{
	*dst++ = '%';
	*dst++ = digits[byte >> 4];
	*dst++ = digits[byte & 15];
	return dst;
}

static size_t escape(char *dst, const char *src, size_t src_len, bool (*wanted)(unsigned char))
{
	char *start = dst;

	for (size_t i = 0; i < src_len; i++) {
		unsigned char byte = src[i];

		if (wanted(byte))
			dst = put_escaped(dst, byte);
		else
			*dst++ = byte;
	}
	*dst = '\0';
	return dst - start;
}

static bool wanted_in_comm(unsigned char byte)
{
	return byte < 0x20 || byte == 0x7f || byte == '%';
}

size_t escape__comm(char *dst, const char *src, size_t src_len)
{
	return escape(dst, src, src_len, wanted_in_comm);
}

static bool wanted_in_file_name(unsigned char byte)
{
	return byte == '/' || byte == '\0';
}

size_t escape__file_name(char *dst, const char *src, size_t src_len)
{
	return escape(dst, src, src_len, wanted_in_file_name);
}

static bool is_continuation(unsigned char byte)
{
	return (byte & 0xc0) == 0x80;
}

/* Length of the valid UTF-8 sequence at s (RFC 3629: no overlong form, no surrogate), or 0. */
static size_t utf8_sequence(const unsigned char *s, size_t left)
{
	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		return left >= 2 && is_continuation(s[1]) ? 2 : 0;
	if (left >= 3 && (s[0] & 0xf0) == 0xe0) {
		if (!is_continuation(s[1]) || !is_continuation(s[2]))
			return 0;
		if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f))
			return 0;
		return 3;
	}
	if (left >= 4 && s[0] >= 0xf0 && s[0] <= 0xf4) {
		if (!is_continuation(s[1]) || !is_continuation(s[2]) || !is_continuation(s[3]))
			return 0;
		if ((s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
			return 0;
		return 4;
	}
	return 0;
}

size_t escape__json_text(char *dst, const char *src, size_t src_len)
{
	char *start = dst;
	size_t i = 0;

	while (i < src_len) {
		size_t n = utf8_sequence((const unsigned char *)src + i, src_len - i);

		if (n == 0 || src[i] == '%') {
			dst = put_escaped(dst, src[i++]);
			continue;
		}
		while (n--)
			*dst++ = src[i++];
	}
	*dst = '\0';
	return dst - start;
}

static int digit_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	return -1;
}

size_t escape__decode(char *dst, const char *src, size_t src_len)
{
	char *start = dst;

	for (size_t i = 0; i < src_len; i++) {
		int high = -1, low = -1;

		if (src[i] == '%' && src_len - i > 2) {
			high = digit_value(src[i + 1]);
			low = digit_value(src[i + 2]);
		}
		if (high >= 0 && low >= 0) {
			*dst++ = high * 16 + low;
			i += 2;
		} else {
			*dst++ = src[i];
		}
	}
	*dst = '\0';
	return dst - start;
}
