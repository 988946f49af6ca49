/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_FILES_H
#define TESTS_UNIT_FILES_H

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "recorder/output_file.h"
#include "tests/unit/support.h"

/* Each test in an empty folder of its own, and what it finds in the files there. */

static inline int enter_folder(void **state)
{
	char folder[] = "/tmp/unit-test-XXXXXX";

	if (!mkdtemp(folder) || chdir(folder))
		return -1;
	*state = need(strdup(folder));
	return 0;
}

static inline int remove_one(const char *path, const struct stat *status, int kind,
			     struct FTW *where)
{
	(void)status;
	(void)kind;
	(void)where;
	return remove(path);
}

static inline int leave_folder(void **state)
{
	char *folder = *state;
	int err = chdir("/") || nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);

	free(folder);
	return err;
}

/* What the file holds, in one static buffer; NUL-terminated. NULL: it can't be opened. */
static inline const char *text_of(const char *path)
{
	static char text[4 * 1024 * 1024];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		return NULL;
	while (len < sizeof(text) - 1 && (n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += n;
	close(fd);
	text[len] = '\0';
	return text;
}

static inline void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static inline bool exists(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0;
}

/*
 * A device of the memory driver (3: null, 7: full), linux/major.h. Root gets one of its own in the
 * folder: were the code under test broken, it would rename the system's.
 */
static inline const char *memory_device(unsigned int minor)
{
	if (geteuid())
		return minor == 3 ? "/dev/null" : "/dev/full";
	if (mknod("device", S_IFCHR | 0666, makedev(1, minor)))
		skip();
	return "device";
}

/* From begin to end standard error (or output) goes to a file. */
struct diversion {
	int fd, saved;
};

static inline struct diversion divert(int fd, const char *path)
{
	struct diversion diversion = {.fd = fd, .saved = dup(fd)};
	int file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	assert_true(file >= 0 && diversion.saved >= 0);
	fflush(NULL);
	dup2(file, fd);
	close(file);
	return diversion;
}

static inline void undo(struct diversion diversion)
{
	fflush(NULL);
	dup2(diversion.saved, diversion.fd);
	close(diversion.saved);
}

/* --- outputs ---------------------------------------------------------------------------------- */

static inline bool never(void)
{
	return false;
}

static inline void put(struct output_file *file, const char *lines)
{
	size_t len = strlen(lines);
	char *at = output_file__reserve(file, len);

	assert_non_null(at);
	memcpy(at, lines, len);
	output_file__commit(file, len);
}

static inline struct output_file *opened(const char *path)
{
	struct output_file *file = output_file__open(path, never);

	assert_non_null(file);
	return file;
}

/* As a rotation does it: 0, or the first error. */
static inline int begin_anew(struct output_file *file)
{
	int err = output_file__flush(file);

	if (!err)
		err = output_file__make_next(file);
	if (!err)
		err = output_file__name_next(file);
	if (err)
		output_file__drop_next(file);
	return err ? err : output_file__begin_next(file);
}

#define FOLDER_TEST(name) cmocka_unit_test_setup_teardown(name, enter_folder, leave_folder)

#endif
