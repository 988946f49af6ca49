/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SPLITTER_RECORDING_EVENTS_H
#define SPLITTER_RECORDING_EVENTS_H

#include "splitter/event_reader.h"

/*
 * What is told once in a recording, of the whole of it: to history__recording(). Both need the
 * reader's object, since it is in members that no other event has.
 */
void recording_events__read_start(struct event_reader *reader);
void recording_events__read_end(struct event_reader *reader);

#endif
