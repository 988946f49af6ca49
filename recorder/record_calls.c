// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdbool.h>

#include "recorder/record.h"

/* Of the item that begins with the word. */
static uint32_t word_len(uint16_t word)
{
	if (word == WORD_WIDE)
		return WORDS_PER_WIDE;
	return word >= WORD_LONG_SKIP && word < WORD_EXEC ? 2 : 1;
}

static bool begins_id(uint16_t word)
{
	return word < WORD_SKIP || word == WORD_WIDE;
}

/* Each word has all that has to follow it. What goes on from here need not look again. */
static bool is_sound(const uint16_t *words, uint32_t cnt)
{
	uint32_t at = 0;

	while (at < cnt) {
		if (words[at] == WORD_EXEC && (at + 1 == cnt || !begins_id(words[at + 1])))
			return false;
		at += word_len(words[at]);
	}
	return at == cnt;
}

static bool is_possible(const struct segment *segment)
{
	return record__is_pid(segment->tgid) && record__is_pid(segment->tid) &&
	       record__is_stamp(segment->stamp);
}

/* A batch: segments one behind the other, each 8-byte aligned. */
static int arrive(struct merge *merge, const struct submit_info *record)
{
	const char *at = (const char *)(record + 1);
	const char *end = (const char *)record + record->sz;
	int err = 0;

	while (at < end) {
		const struct segment *segment = (const void *)at;
		size_t words_sz;

		if ((size_t)(end - at) < sizeof(*segment))
			return -EBADMSG;
		at += sizeof(*segment);
		words_sz = (size_t)segment->word_cnt * sizeof(uint16_t);
		if ((size_t)(end - at) < words_sz || !is_possible(segment) ||
		    !is_sound((const uint16_t *)at, segment->word_cnt))
			return -EBADMSG;
		/* What there is no memory for does not keep the others away. */
		if (merge__add_calls(merge, segment))
			err = -ENOMEM;
		at += (words_sz + 7) & ~(size_t)7;
	}
	return err;
}

const struct record_kind record__calls = {
	.min_sz = sizeof(struct submit_info),
	.arrive = arrive,
};
