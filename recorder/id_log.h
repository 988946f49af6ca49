/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RECORDER_ID_LOG_H
#define RECORDER_ID_LOG_H

#include "recorder/output_file.h"
#include "recorder/process.h"

/*
 * The log: one line per call, common/log_line.h, to a file and, where wanted, to a second one.
 *
 *     1042:59:bash
 */
struct id_log;

/* Both files stay the caller's; copy may be NULL. NULL: no memory. */
struct id_log *id_log__new(struct output_file *file, struct output_file *copy);
void id_log__free(struct id_log *log);

/* Errors are the files': output_file__error(). */
void id_log__write(struct id_log *log, const struct caller *caller, const int64_t *ids, size_t cnt);

/* Lines written since the start or the last id_log__restart(). */
uint64_t id_log__lines(const struct id_log *log);
/* Lines written since the start. */
uint64_t id_log__total(const struct id_log *log);
void id_log__restart(struct id_log *log);

#endif
