// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/folder.h"
#include "common/invoking_user.h"
#include "common/message.h"
#include "recorder/output_place.h"

static int cannot_create(const struct output_place *place, int err)
{
	message__error("cannot create \"%s\": %s", message__quote(place->path),
		       folder__strerror(err));
	return err;
}

int output_place__find(struct output_place *place, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? strndup(path, slash + 1 - path) : strdup(".");

	*place = (struct output_place){
		.path = path, .name = slash ? slash + 1 : path, .dir_fd = -1, .next_fd = -1};
	if (!folder)
		return cannot_create(place, -ENOMEM);
	if (*place->name)
		place->dir_fd = folder__open(folder);
	else
		place->dir_fd = *path ? -EISDIR : -ENOENT;
	free(folder);
	return place->dir_fd < 0 ? cannot_create(place, place->dir_fd) : 0;
}

void output_place__leave(struct output_place *place)
{
	output_place__drop_next(place);
	if (place->dir_fd >= 0)
		close(place->dir_fd);
	place->dir_fd = -1;
}

static int look(const struct output_place *place, const char *name, struct stat *status)
{
	return fstatat(place->dir_fd, name, status, AT_SYMLINK_NOFOLLOW);
}

/* name.old; NULL: no memory. */
static char *old_name(const struct output_place *place)
{
	char *old;

	return asprintf(&old, "%s.old", place->name) < 0 ? NULL : old;
}

static int refuse_rename(const struct output_place *place, const char *why)
{
	message__error("cannot rename %s to %s.old: %s", message__quote(place->path),
		       message__quote(place->path), why);
	return -EIO;
}

static int check_old(const struct output_place *place)
{
	char *old = old_name(place);
	struct stat status;
	int err = 0;

	if (!old)
		return cannot_create(place, -ENOMEM);
	if (!look(place, old, &status) && S_ISDIR(status.st_mode))
		err = refuse_rename(place, "that is a directory");
	free(old);
	return err;
}

/* What is there is no obstacle: it can be made way for, or written to. */
static int check_existing(const struct output_place *place, const struct stat *status)
{
	const char *path = message__quote(place->path);

	if (S_ISLNK(status->st_mode)) {
		message__error("%s is a symbolic link, which is not followed: name the file itself",
			       path);
		return -ELOOP;
	}
	if (S_ISDIR(status->st_mode)) {
		message__error("%s is a directory: name a file", path);
		return -EISDIR;
	}
	/* Whoever made it reads what is recorded. */
	if (S_ISFIFO(status->st_mode) && !folder__trusts(status->st_uid)) {
		message__error("%s is a FIFO of another user, which is not written to", path);
		return -EPERM;
	}
	return S_ISREG(status->st_mode) ? check_old(place) : 0;
}

int output_place__check(const struct output_place *place)
{
	struct stat status;
	bool is_there = !look(place, place->name, &status);
	int err = is_there ? check_existing(place, &status) : 0;

	if (err || (is_there && !S_ISREG(status.st_mode)))
		return err;
	if (faccessat(place->dir_fd, ".", W_OK | X_OK, 0))
		return cannot_create(place, -errno);
	return 0;
}

/* Where both names are the same file, rename(2) does nothing, and says that all is well. */
static int move_name(const struct output_place *place, const char *old)
{
	struct stat name_status, old_status;

	if (renameat(place->dir_fd, place->name, place->dir_fd, old))
		return -1;
	if (look(place, place->name, &name_status) || look(place, old, &old_status) ||
	    name_status.st_dev != old_status.st_dev || name_status.st_ino != old_status.st_ino)
		return 0;
	return unlinkat(place->dir_fd, place->name, 0);
}

static int rename_to_old(const struct output_place *place)
{
	char *old = old_name(place);
	int err = 0;

	if (!old)
		return cannot_create(place, -ENOMEM);
	if (move_name(place, old))
		err = refuse_rename(place, strerror(errno));
	free(old);
	return err;
}

/* It must be what was looked at: another one may have come there, a hard link to any file even. */
static int open_special(const struct output_place *place, const struct stat *seen)
{
	int fd = openat(place->dir_fd, place->name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
	struct stat status;

	if (fd < 0)
		return cannot_create(place, -errno);
	if (!fstat(fd, &status) && status.st_dev == seen->st_dev && status.st_ino == seen->st_ino)
		return fd;
	close(fd);
	message__error("%s was replaced while it was opened", message__quote(place->path));
	return -EBUSY;
}

/*
 * O_EXCL: whatever has the name is not written through. O_APPEND: where somebody else cuts the file
 * or writes to it, too, our lines stand behind what is there then, and are whole.
 */
static int create(const struct output_place *place, const char *name)
{
	int fd = openat(place->dir_fd, name,
			O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	uid_t uid;
	gid_t gid;

	if (fd < 0)
		return cannot_create(place, -errno);
	if (invoking_user__find(&uid, &gid) && fchown(fd, uid, gid))
		message__warning("cannot give %s to the user who called sudo: %s",
				 message__quote(place->path), strerror(errno));
	return fd;
}

/* --- the next file ---------------------------------------------------------------------------- */

static int make_aside(struct output_place *place)
{
	if (asprintf(&place->aside, "%s.%d", place->name, getpid()) < 0) {
		place->aside = NULL;
		return cannot_create(place, -ENOMEM);
	}
	place->next = NEXT_ASIDE;
	return create(place, place->aside);
}

static int make(struct output_place *place)
{
	struct stat status;
	int err;

	if (look(place, place->name, &status)) {
		place->next = NEXT_NEW;
		return create(place, place->name);
	}
	err = check_existing(place, &status);
	if (err)
		return err;
	if (S_ISREG(status.st_mode))
		return make_aside(place);
	place->next = NEXT_AS_IT_IS;
	return open_special(place, &status);
}

static void forget_next(struct output_place *place)
{
	free(place->aside);
	place->aside = NULL;
	place->next = NEXT_NONE;
	place->next_fd = -1;
}

int output_place__make_next(struct output_place *place)
{
	int fd = make(place);

	if (fd < 0) {
		forget_next(place);
		return fd;
	}
	place->next_fd = fd;
	return 0;
}

/*
 * Not over what may have come there since. Where the file system can't say that (FUSE, NFS, 9p),
 * the file, which is empty, is made once more.
 */
static int give_name(struct output_place *place)
{
	int fd;

	if (!renameat2(place->dir_fd, place->aside, place->dir_fd, place->name, RENAME_NOREPLACE))
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return cannot_create(place, -errno);
	/* First: there may be room for no more than one. */
	close(place->next_fd);
	place->next_fd = -1;
	unlinkat(place->dir_fd, place->aside, 0);
	fd = create(place, place->name);
	if (fd < 0)
		return fd;
	place->next_fd = fd;
	return 0;
}

static void rename_back(const struct output_place *place)
{
	char *old = old_name(place);

	if (!old || renameat(place->dir_fd, old, place->dir_fd, place->name))
		message__warning("%s is now called %s.old", message__quote(place->path),
				 message__quote(place->path));
	free(old);
}

int output_place__name_next(struct output_place *place)
{
	struct stat status;
	int err;

	if (place->next != NEXT_ASIDE)
		return 0;
	err = rename_to_old(place);
	if (err)
		return err;
	err = give_name(place);
	if (!err)
		place->next = NEXT_REPLACES;
	else if (look(place, place->name, &status))
		rename_back(place);
	return err;
}

void output_place__drop_next(struct output_place *place)
{
	if (place->next == NEXT_NEW)
		unlinkat(place->dir_fd, place->name, 0);
	else if (place->next == NEXT_ASIDE)
		unlinkat(place->dir_fd, place->aside, 0);
	else if (place->next == NEXT_REPLACES)
		rename_back(place);
	if (place->next_fd >= 0)
		close(place->next_fd);
	forget_next(place);
}

int output_place__take_next(struct output_place *place)
{
	int fd = place->next_fd;

	forget_next(place);
	return fd;
}

/* --- capabilities ----------------------------------------------------------------------------- */

/* Of a folder where files are made, renamed and given away. */
static uint64_t needed_in_folder(const struct output_place *place)
{
	struct stat status;
	uint64_t needed = 0;
	uid_t uid;
	gid_t gid;

	if (faccessat(place->dir_fd, ".", W_OK | X_OK, AT_EACCESS))
		needed |= 1ULL << CAP_DAC_OVERRIDE;
	/* Where we can't look, it may be so. */
	if (fstat(place->dir_fd, &status) ||
	    ((status.st_mode & S_ISVTX) && status.st_uid != geteuid()))
		needed |= 1ULL << CAP_FOWNER;
	if (invoking_user__find(&uid, &gid) && (uid != geteuid() || gid != getegid()))
		needed |= 1ULL << CAP_CHOWN;
	return needed;
}

uint64_t output_place__needed_capabilities(const struct output_place *place)
{
	struct stat status;

	if (look(place, place->name, &status) || S_ISREG(status.st_mode))
		return needed_in_folder(place);
	return faccessat(place->dir_fd, place->name, W_OK, AT_EACCESS) ? 1ULL << CAP_DAC_OVERRIDE
								       : 0;
}
