/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RECORDER_SIGNALS_H
#define RECORDER_SIGNALS_H

#include <stdbool.h>

/*
 * SIGINT and SIGTERM ask for an orderly stop, and the second one for giving up; SIGHUP asks for new
 * output files. Handlers only take notes, and interrupt what blocks.
 */

/* 0 or a negative errno. */
int signals__catch(void);

/* In a child before its exec: what was ignored when we were started is so again. */
void signals__restore(void);

/* While COMMAND runs, SIGINT and SIGQUIT from the keyboard are its affair. */
void signals__leave_keyboard_to_command(bool is_running);

bool signals__wants_stop(void);
/* A second one has come since: do not wait for anything any more. */
bool signals__wants_give_up(void);
/* True once per SIGHUP. */
bool signals__take_rotation(void);

#endif
