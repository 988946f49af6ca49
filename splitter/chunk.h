/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SPLITTER_CHUNK_H
#define SPLITTER_CHUNK_H

#include <stdint.h>

/* A piece of a sequence's text, " 59 12 21": each ID is headed by its space and is never torn. */
struct chunk {
	struct chunk *next;
	uint32_t used;
	uint32_t size; /* of text */
	char text[];
};

#endif
