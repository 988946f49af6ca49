/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_FUZZ_MODEL_H
#define TESTS_FUZZ_MODEL_H

#include "splitter/grouping.h"
#include "tests/fuzz/grammar.h"

/*
 * What the splitter should make of a log without events, found in the plainest way: one line after
 * the other, and every sequence is looked at for each.
 */

struct model_sequence {
	uint32_t pid;
	size_t comm_len;
	char *comm; /* escaped */
	char *text; /* " 59 12 21" */
	size_t text_len, text_room;
	uint64_t call_cnt, first_line, last_line;
};

struct model {
	struct model_sequence *sequences; /* in the order of their first lines */
	size_t cnt;
	uint64_t line_cnt;
	uint64_t bad_cnt;
};

static inline struct model_sequence *model__find(struct model *model, uint32_t pid,
						 const char *comm, size_t comm_len)
{
	struct model_sequence *sequence;

	for (size_t i = 0; i < model->cnt; i++) {
		sequence = &model->sequences[i];
		if (sequence->pid == pid && sequence->comm_len == comm_len &&
		    memcmp(sequence->comm, comm, comm_len) == 0)
			return sequence;
	}
	model->sequences = need(realloc(model->sequences, (model->cnt + 1) * sizeof(*sequence)));
	sequence = &model->sequences[model->cnt++];
	*sequence = (struct model_sequence){.pid = pid, .comm_len = comm_len};
	sequence->comm = exact_copy(comm, comm_len);
	sequence->first_line = model->line_cnt;
	return sequence;
}

/* The call stands in the line that was counted last. */
static inline void model__add(struct model *model, uint32_t pid, const char *comm, size_t comm_len,
			      const char *id, size_t id_len)
{
	struct model_sequence *sequence = model__find(model, pid, comm, comm_len);

	if (sequence->text_len + 1 + id_len > sequence->text_room) {
		sequence->text_room = 2 * (sequence->text_len + 1 + id_len);
		sequence->text = need(realloc(sequence->text, sequence->text_room));
	}
	sequence->text[sequence->text_len] = ' ';
	memcpy(sequence->text + sequence->text_len + 1, id, id_len);
	sequence->text_len += 1 + id_len;
	sequence->call_cnt++;
	sequence->last_line = model->line_cnt;
}

static inline void model__add_line(struct model *model, enum grouping grouping, const char *text,
				   size_t len)
{
	struct plain_line line;

	model->line_cnt++;
	if (!plain_line__read(&line, text, len)) {
		model->bad_cnt++;
		return;
	}
	if (grouping == GROUPING_PID)
		line.comm_len = 0;
	if (grouping == GROUPING_COMM)
		line.pid = 0;
	model__add(model, line.pid, line.comm, line.comm_len, line.id_text, line.id_len);
}

static inline void model__add_log(struct model *model, enum grouping grouping, const char *text,
				  size_t len)
{
	while (len) {
		const char *newline = memchr(text, '\n', len);
		size_t line_len = newline ? (size_t)(newline - text) : len;
		size_t taken = line_len + (newline != NULL);

		model__add_line(model, grouping, text, line_len);
		text += taken;
		len -= taken;
	}
}

static inline void model__clear(struct model *model)
{
	for (size_t i = 0; i < model->cnt; i++) {
		free(model->sequences[i].comm);
		free(model->sequences[i].text);
	}
	free(model->sequences);
	*model = (struct model){0};
}

#endif
