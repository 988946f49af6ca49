/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SPLITTER_STRINGS_H
#define SPLITTER_STRINGS_H

#include <stddef.h>
#include <stdint.h>

/*
 * A pool that holds each text once: a comm or a path stands in many records as 4 bytes. Ids stay
 * valid as long as the pool; id 0 is the empty text. Texts hold no NUL.
 */
struct strings;

#define STRINGS_FAILED UINT32_MAX

struct strings *strings__new(void);
void strings__free(struct strings *strings);

/* The id of the text, or STRINGS_FAILED where memory (or 4 GiB of texts) is not to be had. */
uint32_t strings__intern(struct strings *strings, const char *text, size_t len);

/* Good until the next strings__intern(). Ends in NUL. */
const char *strings__text(const struct strings *strings, uint32_t id);

size_t strings__bytes(const struct strings *strings);

#endif
