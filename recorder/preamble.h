/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RECORDER_PREAMBLE_H
#define RECORDER_PREAMBLE_H

#include <jansson.h>

#include "recorder/options.h"

/* What recording_start says of the machine and of the command line. event may be NULL. */
void preamble__fill(json_t *event, const struct options *options);

#endif
