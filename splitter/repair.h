/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SPLITTER_REPAIR_H
#define SPLITTER_REPAIR_H

#include "splitter/options.h"

/*
 * Checks the one log of the options, and writes what of the recording is sound into their output,
 * as a recording of its own with a recording_end that says so. One without damage that has its end
 * is copied as it is. Returns the exit status.
 */
int repair__run(const struct options *options);

#endif
