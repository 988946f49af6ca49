/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RECORDER_PRIORITY_H
#define RECORDER_PRIORITY_H

/*
 * Lets this thread have a CPU before others: the ring buffer has to be emptied in time also where
 * many more tasks are busy than there are CPUs. A nice value that somebody has chosen stays, and
 * where the privilege for it is missing, nothing happens. COMMAND is not to inherit it.
 */
void priority__raise(void);

#endif
