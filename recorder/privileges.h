/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RECORDER_PRIVILEGES_H
#define RECORDER_PRIVILEGES_H

/*
 * Gives up every capability that the recorder has no use for once it is attached, and the way to
 * get new ones (no_new_privs). What stays, as far as we had it:
 *
 *   CAP_BPF           flushing and asking about execs are bpf(2) calls, which before 6.9 are all
 *                     forbidden without it where unprivileged BPF is off
 *   CAP_PERFMON       before 6.9 an iterator is started only with it
 *   CAP_DAC_OVERRIDE, CAP_CHOWN, CAP_FOWNER
 *                     SIGHUP makes the output files anew, in folders that may be another user's
 *
 * 0, or a negative errno after a message.
 */
int privileges__drop(void);

#endif
