/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SPLITTER_SCAN_H
#define SPLITTER_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Bit i of the result: text[i] is the byte. Reads 16 bytes. */
static inline uint32_t scan__mask16(const char *text, char byte)
{
#ifdef __SSE2__
	__m128i bytes = _mm_loadu_si128((const __m128i *)text);

	return _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(byte)));
#else
	uint32_t mask = 0;

	for (int i = 0; i < 16; i++)
		mask |= (uint32_t)(text[i] == byte) << i;
	return mask;
#endif
}

/* Whether the first len bytes, up to 16, are the same. Reads 16 bytes of both. */
static inline bool scan__same16(const char *a, const char *b, size_t len)
{
#ifdef __SSE2__
	__m128i same = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)a),
				      _mm_loadu_si128((const __m128i *)b));

	/* Bit 16 of the inverted mask is always set. */
	return (unsigned int)__builtin_ctz(~_mm_movemask_epi8(same)) >= len;
#else
	return memcmp(a, b, len) == 0;
#endif
}

/*
 * Bit i of the result: text[i] ends or complicates a JSON string, as quotation mark, backslash,
 * control character or part of what is not ASCII. Reads 16 bytes.
 */
static inline uint32_t scan__special16(const char *text)
{
#ifdef __SSE2__
	__m128i bytes = _mm_loadu_si128((const __m128i *)text);
	__m128i quotes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
	__m128i slashes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
	/* Signed: what is not ASCII is below 0. */
	__m128i others = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20));

	return _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quotes, slashes), others));
#else
	uint32_t mask = 0;

	for (int i = 0; i < 16; i++)
		mask |= (uint32_t)(text[i] == '"' || text[i] == '\\' || (signed char)text[i] < 0x20)
			<< i;
	return mask;
#endif
}

/* The same as scan__mask16() for 64 bytes. */
static inline uint64_t scan__mask64(const char *text, char byte)
{
	return scan__mask16(text, byte) | (uint64_t)scan__mask16(text + 16, byte) << 16 |
	       (uint64_t)scan__mask16(text + 32, byte) << 32 |
	       (uint64_t)scan__mask16(text + 48, byte) << 48;
}

static inline size_t scan__count_newlines(const char *text, size_t len)
{
	size_t cnt = 0;
	size_t i = 0;

	/* 255 rounds at most, or the byte-wide sums would overflow; compilers make vectors of it.
	 */
	while (len - i >= 255 * 16) {
		uint8_t sums[16] = {0};

		for (size_t end = i + 255 * 16; i < end; i += 16)
			for (int lane = 0; lane < 16; lane++)
				sums[lane] += text[i + lane] == '\n';
		for (int lane = 0; lane < 16; lane++)
			cnt += sums[lane];
	}
	for (; i < len; i++)
		cnt += text[i] == '\n';
	return cnt;
}

#endif
