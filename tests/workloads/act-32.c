// SPDX-License-Identifier: BSD-2-Clause
/* The same program with the ia32 ABI: every call it makes is in that number space. */
#include "act-static.c"
