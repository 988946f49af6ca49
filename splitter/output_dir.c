// SPDX-License-Identifier: BSD-2-Clause
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/folder.h"
#include "common/invoking_user.h"
#include "common/message.h"
#include "splitter/output_dir.h"

struct output_dir {
	int fd;     /* DIR, or where it is not there yet, the directory it will be in */
	int tmp_fd; /* the temporary directory in it, -1 before it is made */
	char tmp_name[32];
	char *new_name; /* DIR's own name, if it is still to be made */
	mode_t mode;
	bool force;
	bool give_away; /* to owner and group below */
	uid_t owner;
	gid_t group;
	struct stat *inputs; /* files that must not be replaced */
	size_t input_cnt;
};

/* path is not there: opens the directory it will be made in. 0 or a negative errno. */
static int open_parent(struct output_dir *dir, const char *path)
{
	char *copy = strdup(path);
	size_t len = strlen(path);
	const char *parent = ".";
	char *slash;
	int err = 0;

	if (!copy)
		return -ENOMEM;
	while (len > 1 && copy[len - 1] == '/')
		copy[--len] = '\0';
	slash = strrchr(copy, '/');
	dir->new_name = strdup(slash ? slash + 1 : copy);
	if (slash) {
		slash[slash == copy] = '\0';
		parent = copy;
	}
	dir->fd = folder__open(parent);
	if (dir->fd < 0)
		err = dir->fd;
	else if (!dir->new_name)
		err = -ENOMEM;
	free(copy);
	return err;
}

struct output_dir *output_dir__open(const char *path, mode_t mode, bool force)
{
	struct output_dir *dir = calloc(1, sizeof(*dir));
	struct stat st;
	int err = 0;

	if (!dir) {
		message__error("not enough memory");
		return NULL;
	}
	dir->tmp_fd = -1;
	dir->mode = mode & 0666;
	dir->force = force;
	dir->give_away = invoking_user__find(&dir->owner, &dir->group);
	dir->fd = folder__open(path);
	if (dir->fd >= 0)
		return dir;
	err = dir->fd;
	/* A symbolic link to nowhere is there, and no directory. */
	if (err == -ENOENT && lstat(path, &st) < 0 && errno == ENOENT)
		err = open_parent(dir, path);
	if (err) {
		message__error("cannot open the directory %s: %s", message__quote(path),
			       folder__strerror(err));
		output_dir__close(dir);
		return NULL;
	}
	return dir;
}

static void remove_files(int dir_fd)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!stream) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(stream)))
		unlinkat(dir_fd, entry->d_name, 0); /* fails for . and .., as it should */
	closedir(stream);
}

void output_dir__close(struct output_dir *dir)
{
	if (!dir)
		return;
	if (dir->tmp_fd >= 0) {
		remove_files(dir->tmp_fd);
		close(dir->tmp_fd);
		unlinkat(dir->fd, dir->tmp_name, AT_REMOVEDIR);
	}
	if (dir->fd >= 0)
		close(dir->fd);
	free(dir->new_name);
	free(dir->inputs);
	free(dir);
}

int output_dir__protect(struct output_dir *dir, int fd)
{
	struct stat *inputs = realloc(dir->inputs, (dir->input_cnt + 1) * sizeof(*inputs));

	if (!inputs)
		return -ENOMEM;
	dir->inputs = inputs;
	if (fstat(fd, &inputs[dir->input_cnt]))
		return -errno;
	dir->input_cnt++;
	return 0;
}

int output_dir__check(const struct output_dir *dir, const char *name)
{
	struct stat st;

	if (dir->new_name)
		return 0;
	if (fstatat(dir->fd, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : -errno;
	for (size_t i = 0; i < dir->input_cnt; i++) {
		if (st.st_dev == dir->inputs[i].st_dev && st.st_ino == dir->inputs[i].st_ino)
			return -EBUSY;
	}
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	return dir->force ? 0 : -EEXIST;
}

bool output_dir__is_new(const struct output_dir *dir)
{
	return dir->new_name != NULL;
}

static bool is_any_name(const char *name)
{
	return strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

/* No file of ours begins with a dot. */
static bool is_shown_name(const char *name)
{
	return name[0] != '.';
}

/* 1: there is such a name in the directory; 0: there is none; negative: that can't be seen. */
static int has_name(int dir_fd, bool (*is_one)(const char *name))
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	int found = 0;

	if (!stream) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	while (!found && (entry = readdir(stream)))
		found = is_one(entry->d_name);
	closedir(stream);
	return found;
}

bool output_dir__is_empty(const struct output_dir *dir)
{
	return dir->new_name || has_name(dir->fd, is_shown_name) == 0;
}

/* Others may rename in DIR: what has files is not the directory just made, and not ours to empty.
 */
static int open_tmp(struct output_dir *dir)
{
	int fd = openat(dir->fd, dir->tmp_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (has_name(fd, is_any_name)) {
		close(fd);
		return -EBUSY;
	}
	dir->tmp_fd = fd;
	return 0;
}

int output_dir__prepare(struct output_dir *dir)
{
	uint32_t random;

	do {
		if (getrandom(&random, sizeof(random), 0) != sizeof(random))
			return -EIO;
		snprintf(dir->tmp_name, sizeof(dir->tmp_name), ".formatter-%08x", random);
		if (mkdirat(dir->fd, dir->tmp_name, 0700) == 0)
			break;
		if (errno != EEXIST)
			return -errno;
	} while (true);
	return open_tmp(dir);
}

bool output_dir__is_prepared(const struct output_dir *dir)
{
	return dir->tmp_fd >= 0;
}

static int write_all(int fd, struct iovec *iov, size_t iov_cnt)
{
	while (iov_cnt) {
		ssize_t n = writev(fd, iov, iov_cnt < IOV_MAX ? iov_cnt : IOV_MAX);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		while (iov_cnt && (size_t)n >= iov->iov_len) {
			n -= iov->iov_len;
			iov++;
			iov_cnt--;
		}
		if (iov_cnt) {
			iov->iov_base = (char *)iov->iov_base + n;
			iov->iov_len -= n;
		}
	}
	return 0;
}

int output_dir__write(const struct output_dir *dir, const char *name, bool first, struct iovec *iov,
		      size_t iov_cnt)
{
	int flags = O_WRONLY | O_NOFOLLOW | O_CLOEXEC | (first ? O_CREAT | O_EXCL : O_APPEND);
	int fd = openat(dir->tmp_fd, name, flags, dir->mode);
	int err;

	if (fd < 0)
		return -errno;
	err = write_all(fd, iov, iov_cnt);
	if (!err && first && dir->give_away && fchown(fd, dir->owner, dir->group))
		err = -errno;
	/* Some file systems find out here only that they are full. */
	if (close(fd) && !err && errno != EINTR)
		err = -errno;
	return err;
}

/* Where the file system can not rename without replacing, link(2) can not replace either. */
static int link_and_unlink(const struct output_dir *dir, const char *name)
{
	if (linkat(dir->tmp_fd, name, dir->fd, name, 0))
		return -errno;
	return unlinkat(dir->tmp_fd, name, 0) ? -errno : 0;
}

int output_dir__publish(const struct output_dir *dir, const char *name)
{
	unsigned int flags = dir->force ? 0 : RENAME_NOREPLACE;

	if (dir->new_name || renameat2(dir->tmp_fd, name, dir->fd, name, flags) == 0)
		return 0;
	if (flags && (errno == EINVAL || errno == ENOSYS))
		return link_and_unlink(dir, name);
	return -errno;
}

/* The temporary directory becomes DIR: open to whom its files are open, as far as umask allows. */
static int become_dir(struct output_dir *dir)
{
	mode_t mask = umask(0);
	mode_t mode = 0700 | dir->mode | (dir->mode & 0444) >> 2;

	umask(mask);
	if (dir->give_away && fchown(dir->tmp_fd, dir->owner, dir->group))
		return -errno;
	if (fchmod(dir->tmp_fd, mode & ~mask))
		return -errno;
	if (renameat2(dir->fd, dir->tmp_name, dir->fd, dir->new_name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	/* Replaces nothing but an empty directory. */
	return renameat(dir->fd, dir->tmp_name, dir->fd, dir->new_name) ? -errno : 0;
}

int output_dir__finish(struct output_dir *dir)
{
	int err = 0;

	if (dir->new_name)
		err = become_dir(dir);
	else if (unlinkat(dir->fd, dir->tmp_name, AT_REMOVEDIR))
		err = -errno;
	if (err)
		return err;
	close(dir->tmp_fd);
	dir->tmp_fd = -1;
	return 0;
}
