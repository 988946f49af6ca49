/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef COMMON_INVOKING_USER_H
#define COMMON_INVOKING_USER_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Who called sudo, as sudo says in the environment. False: we are not root, or sudo was not in it.
 * It is believed because whoever sets the environment of root can do the same without us.
 */
bool invoking_user__find(uid_t *uid, gid_t *gid);

#endif
