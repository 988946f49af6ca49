// SPDX-License-Identifier: BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/log_line.h"
#include "splitter/block_parser.h"
#include "splitter/sequence_store.h"

/* Parses text as one block and adds it to the store. Returns the number of bad lines. */
static uint32_t add(struct sequence_store *store, const struct history *history, const char *text,
		    size_t len, uint64_t line_base)
{
	struct parser_config config = {.history = history, .block_size = 4096};
	struct block_parser *parser = block_parser__new(&config);
	struct block block = {
		.text = malloc(len + BLOCK_SLACK), .len = len, .line_base = line_base};
	const struct parsed_block *parsed;
	uint32_t bad_cnt;

	memcpy(block.text, text, len);
	/* What stands behind a block must not matter. */
	memset(block.text + len, '\n', BLOCK_SLACK);
	parsed = block_parser__parse(parser, &block);
	for (uint32_t i = 0; i < parsed->stream_cnt; i++)
		assert_int_equal(sequence_store__append(store, &parsed->streams[i], parsed->text,
							line_base, 0),
				 0);
	bad_cnt = parsed->bad_cnt;
	block_parser__free(parser);
	free(block.text);
	return bad_cnt;
}

static char *text_of(const struct sequence *sequence)
{
	char *text = calloc(1, 1);
	size_t len = 0;

	for (const struct chunk *chunk = sequence->first; chunk; chunk = chunk->next) {
		text = realloc(text, len + chunk->used + 1);
		memcpy(text + len, chunk->text, chunk->used);
		len += chunk->used;
		text[len] = '\0';
	}
	return text;
}

static void assert_sequence(const struct sequence_store *store, size_t index, const char *comm,
			    uint32_t pid, const char *expected)
{
	const struct sequence *sequence = sequence_store__get(store, index);
	char *text = text_of(sequence);

	assert_string_equal(sequence_store__comm(store, sequence), comm);
	assert_int_equal(sequence->pid, pid);
	assert_string_equal(text, expected);
	free(text);
}

struct fixture {
	struct strings *strings;
	struct sequence_store *store;
	struct history *history;
};

static int set_up(void **state)
{
	static struct fixture fixture;

	fixture.strings = strings__new();
	fixture.store = sequence_store__new(fixture.strings);
	fixture.history = history__new(fixture.strings);
	*state = &fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	history__free(fixture->history);
	sequence_store__free(fixture->store);
	strings__free(fixture->strings);
	return 0;
}

static void lines_become_sequences_in_the_order_of_their_first_lines(void **state)
{
	struct fixture *f = *state;
	static const char text[] = "7:59:a\n8:0:b\n7:1:a\n7:2:b\n8:-1:b\n";

	history__finish(f->history, GROUPING_DEFAULT);
	assert_int_equal(add(f->store, f->history, text, strlen(text), 0), 0);
	assert_int_equal(add(f->store, f->history, "8:10384:b\n", 10, 5), 0);
	assert_int_equal(sequence_store__cnt(f->store), 3);
	assert_sequence(f->store, 0, "a", 7, " 59 1");
	assert_sequence(f->store, 1, "b", 8, " 0 -1 10384");
	assert_sequence(f->store, 2, "b", 7, " 2");
	assert_int_equal(sequence_store__get(f->store, 1)->first_line, 2);
	assert_int_equal(sequence_store__get(f->store, 1)->last_line, 6);
	assert_int_equal(sequence_store__get(f->store, 1)->call_cnt, 3);
	assert_true(sequence_store__get(f->store, 1)->last_id == stream__pack_id("10384", 5));
}

/* Lines are compared with those before them: where they are alike but for a part, that counts. */
static void lines_like_those_before_are_not_mixed_up(void **state)
{
	struct fixture *f = *state;
	static const char text[] = "12:1:b\n12:2:b\n12:3:b\n12:4:6:b\n12:5:6:b\n12:6:6:b\n"
				   "12:7:b\n12:8:b\n12:9:b\n12:10:bb\n2:11:b\n112:12:b\n"
				   "12:13:b\n12:14:\n12:15:\n12:16:\n12:17:b\n"
				   "12:18:b\n12:19:b\n12:007:b\n12:b\n12:20:b\n";

	history__finish(f->history, GROUPING_DEFAULT);
	assert_int_equal(add(f->store, f->history, text, strlen(text), 0), 2);
	assert_int_equal(sequence_store__cnt(f->store), 6);
	assert_sequence(f->store, 0, "b", 12, " 1 2 3 7 8 9 13 17 18 19 20");
	assert_sequence(f->store, 1, "6:b", 12, " 4 5 6");
	assert_sequence(f->store, 2, "bb", 12, " 10");
	assert_sequence(f->store, 3, "b", 2, " 11");
	assert_sequence(f->store, 4, "b", 112, " 12");
	assert_sequence(f->store, 5, "", 12, " 14 15 16");
}

static void events_tell_processes_with_the_same_pid_apart(void **state)
{
	struct fixture *f = *state;
	struct event event = {.kind = EVENT_FORK, .line = 1, .pid = 7, .ppid = 1};

	assert_int_equal(history__add(f->history, &event), 0);
	event.line = 3;
	assert_int_equal(history__add(f->history, &event), 0);
	history__finish(f->history, GROUPING_DEFAULT);
	assert_true(history__needs_lines(f->history));
	add(f->store, f->history, "7:1:a\n7:2:a\n7:3:a\n7:4:a\n", 24, 0);
	assert_int_equal(sequence_store__number(f->store), 0);
	assert_int_equal(sequence_store__cnt(f->store), 2);
	assert_sequence(f->store, 0, "a", 7, " 1 2");
	assert_sequence(f->store, 1, "a", 7, " 3 4");
	assert_int_equal(sequence_store__get(f->store, 1)->instance, 2);
}

/*
 * The parser has a short and a long way; the grammar has one. Random lines, many of them wrong by
 * little, must be taken or refused just as log_line__parse() does.
 */
static void the_parser_agrees_with_the_grammar_on_every_line(void **state)
{
	static const char bytes[] = "0123456789::--%0Aab/ \r\x7f\xff\0";
	struct fixture *f = *state;
	char text[6000];
	size_t len = 0, start;
	uint32_t bad_cnt = 0, good_cnt = 0;

	history__finish(f->history, GROUPING_DEFAULT);
	srand(2);
	while (len < sizeof(text) - 200) {
		struct log_line line;

		start = len;
		len += sprintf(text + len, "%d:%d:%.*s", rand() % 20, rand() % 400, rand() % 18,
			       "abcdefghijklmnopqrst");
		for (int changes = rand() % 3; changes; changes--)
			text[start + rand() % (len - start)] = bytes[rand() % (sizeof(bytes) - 1)];
		if (log_line__parse(&line, text + start, len - start))
			bad_cnt++;
		else
			good_cnt++;
		text[len++] = '\n';
	}
	assert_int_equal(add(f->store, f->history, text, len, 0), bad_cnt);
	for (size_t i = 0; i < sequence_store__cnt(f->store); i++)
		good_cnt -= sequence_store__get(f->store, i)->call_cnt;
	assert_int_equal(good_cnt, 0);
	assert_true(bad_cnt > 10);
}

static void long_sequences_keep_every_id(void **state)
{
	struct fixture *f = *state;
	char *expected = malloc(1 << 20);
	char *text = malloc(1 << 20);
	size_t len = 0, expected_len = 0;

	history__finish(f->history, GROUPING_DEFAULT);
	for (int i = 0; i < 30000; i++) {
		len += sprintf(text + len, "7:%d:a\n", i);
		expected_len += sprintf(expected + expected_len, " %d", i);
	}
	add(f->store, f->history, text, len, 0);
	assert_sequence(f->store, 0, "a", 7, expected);
	free(text);
	free(expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			lines_become_sequences_in_the_order_of_their_first_lines, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(lines_like_those_before_are_not_mixed_up, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(events_tell_processes_with_the_same_pid_apart,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_parser_agrees_with_the_grammar_on_every_line,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(long_sequences_keep_every_id, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
