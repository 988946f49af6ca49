/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SPLITTER_INDEX_H
#define SPLITTER_INDEX_H

#include "splitter/sequence_file.h"

#define INDEX_NAME "index.csv"

/* A row of the index is never longer; see the comment at its definition. */
size_t index__row_size(const struct sequence_store *store, const struct sequence *sequence,
		       const struct strings *strings);

/*
 * Writes one row to dst, which must have room for index__row_size(); returns its length.
 *
 *     bash:1042.log,bash,1042,1,/bin/bash,exec,exit,311,0,yes\r\n
 */
size_t index__put_row(char *dst, const struct sequence_files *files,
		      const struct sequence *sequence, const struct strings *strings);

/* Writes INDEX_NAME with a row per sequence into files->dir. 0, or a negative errno, reported. */
int index__write(const struct sequence_files *files, const struct strings *strings);

#endif
