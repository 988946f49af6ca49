// SPDX-License-Identifier: BSD-2-Clause
/*
 * plainwriter FROM TO - reads and removes all files of the directory FROM, makes the directory TO,
 * and writes the same files there with nothing but open, write and close. Only the writing is
 * timed:
 *
 *     files 300001 bytes 15000000 ns 2712345678
 *
 * They are removed so that there is as much memory that was used before as whoever wrote them had:
 * to a virtual machine, memory that is touched for the first time comes from the host, page by
 * page.
 */
#include <dirent.h>
#include <errno.h>
#include <error.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"

struct file {
	char *name;
	char *content;
	size_t len;
};

struct files {
	struct file *list;
	size_t cnt, room;
	size_t bytes;
};

static void *checked(void *memory)
{
	if (!memory)
		error(1, ENOMEM, "files");
	return memory;
}

static void load(struct file *file, int directory, const char *name)
{
	int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
	struct stat status;

	if (fd < 0 || fstat(fd, &status))
		error(1, errno, "%s", name);
	file->name = checked(strdup(name));
	file->len = status.st_size;
	file->content = checked(malloc(file->len + 1));
	for (size_t done = 0; done < file->len;) {
		ssize_t n = read(fd, file->content + done, file->len - done);

		if (n <= 0)
			error(1, n ? errno : EIO, "%s", name);
		done += n;
	}
	close(fd);
}

static void take_all(struct files *files, const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;

	if (!directory)
		error(1, errno, "%s", path);
	while ((entry = readdir(directory))) {
		if (entry->d_type != DT_REG)
			continue;
		if (files->cnt == files->room) {
			files->room = files->room ? 2 * files->room : 1024;
			files->list = checked(
				reallocarray(files->list, files->room, sizeof(files->list[0])));
		}
		load(&files->list[files->cnt], dirfd(directory), entry->d_name);
		files->bytes += files->list[files->cnt++].len;
	}
	for (size_t i = 0; i < files->cnt; i++)
		if (unlinkat(dirfd(directory), files->list[i].name, 0))
			error(1, errno, "%s", files->list[i].name);
	closedir(directory);
}

static void save(const struct file *file, int directory)
{
	int fd = openat(directory, file->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		error(1, errno, "%s", file->name);
	for (size_t done = 0; done < file->len;) {
		ssize_t n = write(fd, file->content + done, file->len - done);

		if (n < 0)
			error(1, errno, "%s", file->name);
		done += n;
	}
	close(fd);
}

static void free_all(struct files *files)
{
	for (size_t i = 0; i < files->cnt; i++) {
		free(files->list[i].name);
		free(files->list[i].content);
	}
	free(files->list);
}

int main(int argc, char **argv)
{
	struct files files = {0};
	uint64_t start;
	int directory;

	if (argc != 3)
		error(2, 0, "usage: plainwriter FROM TO");
	take_all(&files, argv[1]);
	start = clock__now_ns();
	if (mkdir(argv[2], 0700))
		error(1, errno, "%s", argv[2]);
	directory = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		error(1, errno, "%s", argv[2]);
	for (size_t i = 0; i < files.cnt; i++)
		save(&files.list[i], directory);
	printf("files %zu bytes %zu ns %llu\n", files.cnt, files.bytes,
	       (unsigned long long)(clock__now_ns() - start));
	close(directory);
	free_all(&files);
	return 0;
}
