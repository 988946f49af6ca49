/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef COMMON_ESCAPE_H
#define COMMON_ESCAPE_H

#include <stddef.h>

/*
 * Bytes that may not stand as they are become %HH, two upper-case hexadecimal digits. Each of these
 * reads src_len bytes (which may hold NUL) and writes a string that ends in NUL to dst, which must
 * have room for 3 * src_len + 1 bytes. They return the length written, without the NUL.
 */

/* comm -> log field: below 0x20, 0x7f and '%'. */
size_t escape__comm(char *dst, const char *src, size_t src_len);

/* log field -> part of a file name: '/' on top of what escape__comm() did before. */
size_t escape__file_name(char *dst, const char *src, size_t src_len);

/* bytes -> text of a JSON string: '%' and what is not part of valid UTF-8. */
size_t escape__json_text(char *dst, const char *src, size_t src_len);

/* Each %HH -> its byte; a '%' without two hexadecimal digits stays. dst needs src_len + 1 bytes. */
size_t escape__decode(char *dst, const char *src, size_t src_len);

#endif
