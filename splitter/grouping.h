/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SPLITTER_GROUPING_H
#define SPLITTER_GROUPING_H

/* Which lines of the log make one sequence. */
enum grouping {
	GROUPING_DEFAULT,  /* by comm and the number the log has: its pids, or its tids */
	GROUPING_COMM_PID, /* one per comm and process */
	GROUPING_COMM_TID, /* one per comm and thread */
	GROUPING_PID,      /* one per process, whatever its comm */
	GROUPING_COMM,     /* one per comm, whatever the process */
};

#endif
