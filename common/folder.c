// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/folder.h"
#include "common/invoking_user.h"

/* As many as the kernel follows: MAXSYMLINKS, include/linux/namei.h. */
#define LINKS_MAX 40

#define FOLDER_FLAGS (O_PATH | O_DIRECTORY | O_CLOEXEC)

/* On its way: what is open, and what has still to be gone through from there. */
struct walk {
	int fd;
	char *rest; /* of path, or of what a link put in front of it */
	char *path;
	int link_cnt;
};

bool folder__trusts(uid_t uid)
{
	uid_t user;
	gid_t group;

	return geteuid() != 0 || uid == 0 || (invoking_user__find(&user, &group) && uid == user);
}

const char *folder__strerror(int err)
{
	return err == -EPERM ? "a symbolic link in it is another user's, and is not followed"
			     : strerror(-err);
}

static void step_to(struct walk *walk, int fd)
{
	close(walk->fd);
	walk->fd = fd;
}

static int start(struct walk *walk)
{
	int fd = open(*walk->rest == '/' ? "/" : ".", FOLDER_FLAGS);

	if (fd < 0)
		return -errno;
	if (walk->fd >= 0)
		close(walk->fd);
	walk->fd = fd;
	return 0;
}

/* Goes on through what the open link holds: the owners of link and folder say where. */
static int follow(struct walk *walk, int link_fd, const struct stat *link)
{
	char target[PATH_MAX], *path;
	struct stat folder;
	ssize_t len;

	if (++walk->link_cnt > LINKS_MAX)
		return -ELOOP;
	if (fstat(walk->fd, &folder))
		return -errno;
	if (!folder__trusts(link->st_uid) || !folder__trusts(folder.st_uid))
		return -EPERM;
	len = readlinkat(link_fd, "", target, sizeof(target));
	if (len < 0)
		return -errno;
	if (len == 0 || len == sizeof(target))
		return -ENAMETOOLONG;
	if (asprintf(&path, "%.*s/%s", (int)len, target, walk->rest) < 0)
		return -ENOMEM;
	free(walk->path);
	walk->path = walk->rest = path;
	return *path == '/' ? start(walk) : 0;
}

/* What was no folder a moment ago: a link, or else an error. */
static int take_other_step(struct walk *walk, const char *name)
{
	int fd = openat(walk->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC), err;
	struct stat status;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status)) {
		err = -errno;
	} else if (S_ISDIR(status.st_mode)) {
		step_to(walk, fd);
		return 0;
	} else {
		err = S_ISLNK(status.st_mode) ? follow(walk, fd, &status) : -ENOTDIR;
	}
	close(fd);
	return err;
}

static int take_step(struct walk *walk)
{
	const char *name = strsep(&walk->rest, "/");
	int fd;

	if (!walk->rest)
		walk->rest = strchr(name, '\0');
	if (!*name)
		return 0;
	/* O_DIRECTORY is also what makes an automount be mounted. */
	fd = openat(walk->fd, name, FOLDER_FLAGS | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOTDIR ? take_other_step(walk, name) : -errno;
	step_to(walk, fd);
	return 0;
}

int folder__open(const char *path)
{
	struct walk walk = {.fd = -1, .path = strdup(path)};
	int err;

	walk.rest = walk.path;
	if (!walk.path)
		return -ENOMEM;
	err = *path ? start(&walk) : -ENOENT;
	while (!err && *walk.rest)
		err = take_step(&walk);
	free(walk.path);
	if (!err)
		return walk.fd;
	if (walk.fd >= 0)
		close(walk.fd);
	return err;
}
