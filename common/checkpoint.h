/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef COMMON_CHECKPOINT_H
#define COMMON_CHECKPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Events with checksums, docs/formats.md: `checkpoint` and `recording_end`. Both checksums are XXH3
 * with 64 bits, as 16 hexadecimal digits; that of the events is the last member, the *seal*:
 *
 *     {"event_type":"checkpoint",...,"log_xxh3":"2d06800538d394c2","events_xxh3":"53f9a0c1d2e48b76"}
 *
 * It covers everything behind the last sealed line up to the comma before itself.
 */
#define CHECKPOINT_HASH_LEN 16
#define CHECKPOINT_HASH_SZ (CHECKPOINT_HASH_LEN + 1)
#define CHECKPOINT_SEAL_LEN (sizeof(",\"events_xxh3\":\"\"}") - 1 + CHECKPOINT_HASH_LEN)

/* Ends in NUL. */
void checkpoint__format_hash(char text[CHECKPOINT_HASH_SZ], uint64_t hash);

/* false: these len bytes are not the 16 digits that checkpoint__format_hash() makes. */
bool checkpoint__parse_hash(uint64_t *hash, const char *text, size_t len);

/*
 * event is the text of an object, len bytes, its closing brace the last one, with room for
 * CHECKPOINT_SEAL_LEN bytes more. hash: of all that the seal covers, which of this text is all but
 * the brace. Returns the new length; no NUL, no newline.
 */
size_t checkpoint__seal(char *event, size_t len, uint64_t hash);

#endif
