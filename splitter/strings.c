// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>
#include <string.h>

#include "splitter/hash.h"
#include "splitter/strings.h"

struct strings {
	char *pool; /* the texts, each with its NUL; an id is an offset */
	size_t used, size;
	uint32_t *slots; /* ids by hash, linear probing; 0 is a free slot */
	size_t slot_cnt; /* a power of two, more than twice the texts */
	size_t text_cnt;
};

struct strings *strings__new(void)
{
	struct strings *strings = calloc(1, sizeof(*strings));

	if (!strings)
		return NULL;
	strings->size = 4096;
	strings->slot_cnt = 256;
	strings->pool = malloc(strings->size);
	strings->slots = calloc(strings->slot_cnt, sizeof(*strings->slots));
	if (!strings->pool || !strings->slots) {
		strings__free(strings);
		return NULL;
	}
	strings->pool[0] = '\0';
	strings->used = 1;
	return strings;
}

void strings__free(struct strings *strings)
{
	if (!strings)
		return;
	free(strings->pool);
	free(strings->slots);
	free(strings);
}

static uint32_t *slot_of(const struct strings *strings, const char *text, size_t len)
{
	size_t i = hash__bytes(text, len, 0) & (strings->slot_cnt - 1);

	while (strings->slots[i]) {
		const char *other = strings->pool + strings->slots[i];

		if (strncmp(other, text, len) == 0 && other[len] == '\0')
			break;
		i = (i + 1) & (strings->slot_cnt - 1);
	}
	return &strings->slots[i];
}

static int grow_slots(struct strings *strings)
{
	struct strings bigger = *strings;

	bigger.slot_cnt *= 2;
	bigger.slots = calloc(bigger.slot_cnt, sizeof(*bigger.slots));
	if (!bigger.slots)
		return -1;
	for (size_t i = 0; i < strings->slot_cnt; i++) {
		uint32_t id = strings->slots[i];

		if (id)
			*slot_of(&bigger, bigger.pool + id, strlen(bigger.pool + id)) = id;
	}
	free(strings->slots);
	*strings = bigger;
	return 0;
}

static int make_room(struct strings *strings, size_t len)
{
	size_t size = strings->size;
	char *pool;

	if (strings->text_cnt * 2 >= strings->slot_cnt && grow_slots(strings))
		return -1;
	while (size - strings->used < len + 1)
		size *= 2;
	if (strings->used + len >= UINT32_MAX)
		return -1;
	if (size == strings->size)
		return 0;
	pool = realloc(strings->pool, size);
	if (!pool)
		return -1;
	strings->pool = pool;
	strings->size = size;
	return 0;
}

uint32_t strings__intern(struct strings *strings, const char *text, size_t len)
{
	uint32_t *slot;

	if (len == 0)
		return 0;
	slot = slot_of(strings, text, len);
	if (*slot)
		return *slot;
	if (make_room(strings, len))
		return STRINGS_FAILED;
	slot = slot_of(strings, text, len);
	*slot = strings->used;
	memcpy(strings->pool + strings->used, text, len);
	strings->pool[strings->used + len] = '\0';
	strings->used += len + 1;
	strings->text_cnt++;
	return *slot;
}

const char *strings__text(const struct strings *strings, uint32_t id)
{
	return strings->pool + id;
}

size_t strings__bytes(const struct strings *strings)
{
	return strings->size + strings->slot_cnt * sizeof(*strings->slots);
}
