// SPDX-License-Identifier: BSD-2-Clause
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/log_line.h"
#include "splitter/block_parser.h"
#include "splitter/hash.h"
#include "splitter/scan.h"

/*
 * A line takes the short way if its pid and comm were seen before in this block. They are compared
 * as they stand in the text, several bytes at once, and what was found valid once is not looked at
 * again. Where the comm begins is known from the line it is compared with, so only the pid's colon
 * is searched for; what stands between the two must then be the syscall number, and what is left to
 * do is to check its digits and to copy them.
 *
 * Everything else, the first line of each (pid, comm), odd and wrong ones, takes the long way
 * through log_line__parse().
 */

/* The shortest line there is, "1:0:". */
#define LINE_MIN 4

/* 32 bytes: a cache line has two, and what a line begins and ends with is found at first sight. */
struct known {
	char comm[16]; /* with its colon in front of it; what stands behind it may be anything */
	uint64_t pid;  /* up to 7 digits and the colon, the rest zero; 0 in a free slot */
	uint32_t stream : 23;  /* more than any block has */
	uint32_t pid_len : 4;  /* with the colon */
	uint32_t comm_len : 5; /* likewise */
	uint32_t until;        /* first line of the block at which this is no longer true */
};

#define PROBE_CNT 4

/* Kept out of the loop over the lines, which has better things to do with the registers. */
#define RARE __attribute__((noinline, cold))

struct block_parser {
	struct parser_config config;
	const struct block *block;
	struct known *known; /* a cache: where there is no room, the long way is taken */
	size_t known_cnt;    /* a power of two, and PROBE_CNT more behind */
	unsigned int known_shift;
	struct stream_table table;
	struct parsed_block result;
};

/* Mask for the first n bytes of a word. */
static const uint64_t first_bytes[9] = {
	0,
	0xff,
	0xffff,
	0xffffff,
	0xffffffff,
	0xffffffffff,
	0xffffffffffff,
	0xffffffffffffff,
	~(uint64_t)0,
};

static inline uint64_t load_word(const char *text)
{
	uint64_t word;

	memcpy(&word, text, sizeof(word));
	return word;
}

struct block_parser *block_parser__new(const struct parser_config *config)
{
	struct block_parser *parser = calloc(1, sizeof(*parser));

	if (!parser)
		return NULL;
	parser->config = *config;
	parser->known_cnt = 64;
	parser->known_shift = 64 - 6;
	for (; parser->known_cnt < config->block_size / 256; parser->known_cnt *= 2)
		parser->known_shift--;
	parser->known = malloc((parser->known_cnt + PROBE_CNT) * sizeof(*parser->known));
	if (stream_table__init(&parser->table) || !parser->known) {
		block_parser__free(parser);
		return NULL;
	}
	return parser;
}

void block_parser__free(struct block_parser *parser)
{
	if (!parser)
		return;
	stream_table__clear(&parser->table);
	free(parser->known);
	free(parser);
}

size_t block_parser__bytes(const struct block_parser *parser)
{
	return stream_table__bytes(&parser->table);
}

/* The stream a line belongs to, made if it is new. NULL without memory. */
static struct stream *find_stream(struct block_parser *parser, const struct log_line *line,
				  uint32_t line_nr, uint64_t *until)
{
	enum grouping grouping = parser->config.grouping;
	struct place place = {.until = UINT64_MAX};
	struct stream wanted = {
		.comm = line->comm - parser->block->text,
		.comm_len = line->comm_len,
		.first_line = line_nr,
	};

	if (grouping != GROUPING_COMM)
		history__find(parser->config.history, line->pid, parser->block->line_base + line_nr,
			      &place);
	if (grouping == GROUPING_PID)
		wanted.comm_len = 0;
	*until = place.until;
	wanted.pid = place.pid;
	wanted.life = place.life;
	wanted.hash =
		hash__bytes(line->comm, wanted.comm_len, (uint64_t)wanted.life << 32 | wanted.pid);
	return stream_table__find(&parser->table, &wanted);
}

/* --- the long way ----------------------------------------------------------------------------- */

static bool append_id(struct block_parser *parser, struct stream *stream, const char *id,
		      size_t len)
{
	size_t room = stream->limit + SHORT_ID - stream->dst;

	if (len + 1 > room && !stream_table__grow(&parser->table, stream, len + 1))
		return false;
	*stream->dst++ = ' ';
	memcpy(stream->dst, id, len);
	stream->dst += len;
	return true;
}

static bool append_call(struct block_parser *parser, struct stream *stream,
			const struct log_line *line, uint32_t line_nr)
{
	char buffer[SYSCALL_NAME_MAX + 1];
	const char *id;
	size_t len;

	if (parser->config.names) {
		id = syscall_names__find(parser->config.names, line->syscall_nr, buffer, &len);
	} else {
		/* The grammar has one spelling for each number: the text is taken as it is. */
		len = line->nr_len;
		id = line->comm - 1 - len;
	}
	stream->call_cnt++;
	stream->last_line = line_nr;
	return append_id(parser, stream, id, len);
}

/* The cache, as the loop over the lines has it at hand. */
struct cache {
	struct known *known;
	unsigned int shift;
};

static inline struct cache cache_of(const struct block_parser *parser)
{
	return (struct cache){parser->known, parser->known_shift};
}

/*
 * Where to look for a line first: by its pid and the last three bytes in front of its end, which
 * tell the threads of a process apart well enough. Not seeded: colliding lines only take the long
 * way.
 */
static inline struct known *home_of(struct cache cache, uint64_t pid, const char *end)
{
	uint32_t tail;
	uint64_t hash;

	memcpy(&tail, end - sizeof(tail), sizeof(tail));
	hash = (pid ^ (uint64_t)(tail & 0xffffff00) << 24) * 0x9e3779b97f4a7c15;
	return &cache.known[hash >> cache.shift];
}

static bool is_known(const struct known *known, uint64_t pid, const char *comm, size_t len)
{
	return known->pid == pid && known->comm_len == len && memcmp(known->comm, comm, len) == 0;
}

/* The line, a good one, stands at text. */
static void remember(struct block_parser *parser, const char *text, const struct log_line *line,
		     const struct stream *stream, uint64_t until)
{
	const char *comm = line->comm - 1;
	size_t pid_len = comm - line->nr_len - text;
	size_t comm_len = line->comm_len + 1;
	uint64_t base = parser->block->line_base;
	uint64_t pid = load_word(text) & first_bytes[pid_len];
	struct known *known = home_of(cache_of(parser), pid, comm + comm_len);
	int i = 0;

	if (comm_len > sizeof(known->comm))
		return;
	while (i < PROBE_CNT - 1 && known[i].pid && !is_known(&known[i], pid, comm, comm_len))
		i++;
	known[i].pid = pid;
	memcpy(known[i].comm, comm, sizeof(known->comm));
	known[i].pid_len = pid_len;
	known[i].comm_len = comm_len;
	known[i].stream = stream - parser->table.streams;
	known[i].until = until - base < UINT32_MAX ? until - base : UINT32_MAX;
}

static void note_bad_line(struct parsed_block *result, uint32_t line_nr, const char *reason)
{
	if (result->bad_cnt < COMPLAINTS_NAMED)
		result->bad[result->bad_cnt] = (struct bad_line){line_nr, reason};
	result->bad_cnt++;
}

/* False without memory. */
static RARE bool take_long_way(struct block_parser *parser, const char *text, size_t len,
			       uint32_t line_nr)
{
	struct stream *stream;
	struct log_line line;
	uint64_t until;
	const char *error = log_line__parse(&line, text, len);

	if (error) {
		note_bad_line(&parser->result, line_nr, error);
		return true;
	}
	stream = find_stream(parser, &line, line_nr, &until);
	if (!stream)
		return false;
	remember(parser, text, &line, stream, until);
	return append_call(parser, stream, &line, line_nr);
}

/* --- the short way ---------------------------------------------------------------------------- */

/* Whether the first len bytes of the word, 1 to 7, are a decimal number as it should be. */
static inline bool is_plain_number(uint64_t word, size_t len)
{
	uint64_t digits = word ^ 0x3030303030303030;
	/* A byte over 9 sets its top bit here; it may spill into the bytes above, never below. */
	uint64_t wrong = ((digits + 0x7676767676767676) | digits) & 0x8080808080808080;
	bool leading_zero = ((digits & 0xff) == 0) & (len != 1);

	return !((wrong & first_bytes[len]) | leading_zero);
}

static inline bool has_pid(const struct known *known, const char *text)
{
	return (load_word(text) & first_bytes[known->pid_len]) == known->pid;
}

/* Whether a line with this pid has this comm, and then how many bytes its syscall number has. */
static inline bool has_comm(const struct known *known, const char *text, const char *end,
			    size_t *id_len)
{
	/* Huge if pid and comm are longer than the line. */
	*id_len = end - text - known->pid_len - known->comm_len;
	return *id_len - 1 < SHORT_ID - 1 &&
	       scan__same16(end - known->comm_len, known->comm, known->comm_len);
}

static inline const struct known *find_known(struct cache cache, const char *text, const char *end,
					     size_t *id_len)
{
	uint32_t colons = scan__mask16(text, ':') & 0xff;
	const struct known *known;
	uint64_t pid;

	if (!colons || end - text < LINE_MIN)
		return NULL;
	/* If the colon is a later line's, no known pid is like this one. */
	pid = load_word(text) & first_bytes[(unsigned int)__builtin_ctz(colons) + 1];
	known = home_of(cache, pid, end);
	for (int i = 0; i < PROBE_CNT; i++, known++) {
		if (known->pid == pid && has_comm(known, text, end, id_len))
			return known;
	}
	return NULL;
}

static inline bool append_short(struct block_parser *parser, struct stream *stream, uint64_t id,
				size_t len, uint32_t line_nr)
{
	uint64_t text = id << 8 | ' ';

	if (stream->dst > stream->limit && !stream_table__grow(&parser->table, stream, SHORT_ID))
		return false;
	memcpy(stream->dst, &text, SHORT_ID);
	stream->dst += len + 1;
	stream->call_cnt++;
	stream->last_line = line_nr;
	return true;
}

/* The name of the number at text, len digits. */
static __attribute__((noinline)) bool append_name(struct block_parser *parser,
						  struct stream *stream, const char *text,
						  size_t len, uint32_t line_nr)
{
	char buffer[SYSCALL_NAME_MAX + 1];
	const char *name;
	int64_t number = 0;

	for (size_t i = 0; i < len; i++)
		number = number * 10 + (text[i] - '0');
	name = syscall_names__find(parser->config.names, number, buffer, &len);
	stream->call_cnt++;
	stream->last_line = line_nr;
	return append_id(parser, stream, name, len);
}

/* What the lines before this one were like. */
struct recent {
	const struct known *last; /* the last one that was looked up */
	const struct known *run;  /* not NULL: two in a row were like this, and it is tried first */
};

/* with_names is a constant wherever this is inlined: the numbers' loop has no trace of names. */
static inline __attribute__((always_inline)) bool
take_line(struct block_parser *parser, struct cache cache, struct recent *recent, const char *text,
	  const char *end, uint32_t line_nr, bool with_names)
{
	const struct known *known = recent->run;
	struct stream *stream;
	size_t id_len;
	uint64_t id;

	if (!known || !has_pid(known, text) || !has_comm(known, text, end, &id_len)) {
		known = find_known(cache, text, end, &id_len);
		recent->run = known == recent->last ? known : NULL;
		recent->last = known;
		if (!known)
			return take_long_way(parser, text, end - text, line_nr);
	}
	id = load_word(text + known->pid_len);
	if (line_nr >= known->until || !is_plain_number(id, id_len))
		return take_long_way(parser, text, end - text, line_nr);
	stream = &parser->table.streams[known->stream];
	if (with_names)
		return append_name(parser, stream, text + known->pid_len, id_len, line_nr);
	return append_short(parser, stream, id, id_len, line_nr);
}

static inline __attribute__((always_inline)) bool
take_lines(struct block_parser *parser, const char *text, size_t len, bool with_names)
{
	const struct cache cache = cache_of(parser);
	const char *block_end = text + len;
	const char *line = text;
	struct recent recent = {0};
	uint32_t line_nr = 0;

	for (; text < block_end; text += 64) {
		uint64_t newlines = scan__mask64(text, '\n');

		/* The slack behind the block may hold anything. */
		if (block_end - text < 64)
			newlines &= ((uint64_t)1 << (block_end - text)) - 1;
		for (; newlines; newlines &= newlines - 1) {
			const char *end = text + (unsigned int)__builtin_ctzll(newlines);

			if (!take_line(parser, cache, &recent, line, end, ++line_nr, with_names))
				return false;
			line = end + 1;
		}
	}
	parser->result.line_cnt = line_nr;
	return true;
}

static bool take_numbers(struct block_parser *parser, const struct block *block)
{
	return take_lines(parser, block->text, block->len, false);
}

static bool take_names(struct block_parser *parser, const struct block *block)
{
	return take_lines(parser, block->text, block->len, true);
}

const struct parsed_block *block_parser__parse(struct block_parser *parser,
					       const struct block *block)
{
	struct parsed_block *result = &parser->result;

	parser->block = block;
	result->bad_cnt = 0;
	stream_table__reset(&parser->table, block->text);
	memset(parser->known, 0, (parser->known_cnt + PROBE_CNT) * sizeof(*parser->known));
	if (!(parser->config.names ? take_names : take_numbers)(parser, block))
		return NULL;
	stream_table__finish(&parser->table);
	result->streams = parser->table.streams;
	result->stream_cnt = parser->table.cnt;
	result->text = block->text;
	return result;
}
