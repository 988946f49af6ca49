/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SPLITTER_VERDICT_H
#define SPLITTER_VERDICT_H

#include <stddef.h>
#include <stdint.h>

#include "splitter/grouping.h"
#include "splitter/history.h"
#include "splitter/sequence_store.h"

/*
 * Judges the sequences of one log, all from index from on, by its events: how each began and ended,
 * which program it belongs to, what was lost in it, whether it is complete. life_base is what was
 * added to the lives of this log. 0 or -ENOMEM.
 */
int verdict__reach(const struct sequence_store *store, size_t from, struct history *history,
		   uint32_t life_base, enum grouping grouping);

#endif
