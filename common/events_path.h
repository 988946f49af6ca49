/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef COMMON_EVENTS_PATH_H
#define COMMON_EVENTS_PATH_H

/*
 * Where the events of a log lie: "FILE.log" -> "FILE.jsonl", "FILE" -> "FILE.jsonl", and so also
 * after both were renamed: "FILE.log.old" -> "FILE.jsonl.old". Allocated; NULL: no memory.
 */
char *events_path__beside(const char *log);

#endif
