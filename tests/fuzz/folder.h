/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_FUZZ_FOLDER_H
#define TESTS_FUZZ_FOLDER_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

/* A folder of the harness's own, where $TMPDIR is; it is made with the first path asked for. */

static char folder_path[64];

static inline void remove_files(const char *path)
{
	DIR *stream = opendir(path);
	const struct dirent *entry;

	while (stream && (entry = readdir(stream)))
		unlinkat(dirfd(stream), entry->d_name, 0); /* fails for . and .., as it should */
	if (stream)
		closedir(stream);
}

static inline void remove_folder(void)
{
	remove_files(folder_path);
	rmdir(folder_path);
}

static inline void make_folder(void)
{
	const char *place = getenv("TMPDIR");

	must(snprintf(folder_path, sizeof(folder_path), "%s/fuzz-XXXXXX", place ? place : "/tmp") <
	     (int)sizeof(folder_path));
	need(mkdtemp(folder_path));
	must(atexit(remove_folder) == 0);
}

struct path {
	char text[sizeof(folder_path) + 32];
};

static inline struct path path_in_folder(const char *name)
{
	struct path path;

	if (!folder_path[0])
		make_folder();
	snprintf(path.text, sizeof(path.text), "%s/%s", folder_path, name);
	return path;
}

static inline void write_file(const char *path, const void *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	must(fd >= 0 && write(fd, bytes, len) == (ssize_t)len);
	close(fd);
}

/* Ends in NUL; to be freed. */
static inline char *read_file(int folder_fd, const char *path, size_t *len)
{
	int fd = openat(folder_fd, path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	char *text;

	must(fd >= 0 && fstat(fd, &status) == 0);
	*len = status.st_size;
	text = need(malloc(*len + 1));
	must(read(fd, text, *len) == (ssize_t)*len);
	text[*len] = '\0';
	close(fd);
	return text;
}

#endif
