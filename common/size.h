/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef COMMON_SIZE_H
#define COMMON_SIZE_H

#include <stdint.h>

/*
 * Sizes on the command line: a number of bytes, with K, M or G (and B or iB behind, if you like)
 * for powers of 1024. 0, -EINVAL where it is no size, -ERANGE where it does not fit.
 */
int size__parse(const char *text, uint64_t *bytes);

#endif
