// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "common/message.h"
#include "recorder/output_file.h"
#include "recorder/output_place.h"

/* What is written at once, and more only where a single line is longer. */
#define BUFFER_SZ (1024 * 1024)

struct output_file {
	struct output_place place; /* of stdout only the path, "-" */
	int fd;                    /* -1: not begun yet */
	bool is_regular;
	bool is_linked; /* it has a name, or had one when that was looked at last */
	bool is_altered;
	bool (*give_up)(void);
	int error;
	size_t used;
	size_t dropped_lines;
	char *buffer;
	size_t room;
	struct output_file *first; /* or NULL: is written before this one */
	uint64_t bytes;            /* in the file, of those that were written to it */
	XXH3_state_t *hash;        /* of these, or NULL: not wanted */
	XXH3_state_t *scratch;     /* for a hash that is asked for before it is complete */
};

static const char *last_component(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool is_stdout(const struct output_file *file)
{
	return !strcmp(file->place.path, "-");
}

static int open_stdout(void)
{
	int fd = fcntl(1, F_DUPFD_CLOEXEC, 3);

	if (fd >= 0)
		return fd;
	fd = -errno;
	message__error("cannot write to standard output: %s", strerror(-fd));
	return fd;
}

enum output_harm output_file__find_harm(struct output_file *file)
{
	struct stat status;

	if (!file->is_regular || file->error || fstat(file->fd, &status))
		return OUTPUT_UNHARMED;
	if (file->is_linked && !status.st_nlink) {
		file->is_linked = false;
		return OUTPUT_DELETED;
	}
	if (!file->is_altered && (uint64_t)status.st_size != file->bytes) {
		file->is_altered = true;
		return OUTPUT_ALTERED;
	}
	return OUTPUT_UNHARMED;
}

/* Standard output is open at once: there is no other to begin. */
static int find_place(struct output_file *file, const char *path)
{
	file->place =
		(struct output_place){.path = path, .name = path, .dir_fd = -1, .next_fd = -1};
	if (!is_stdout(file))
		return output_place__find(&file->place, path);
	file->fd = open_stdout();
	return file->fd < 0 ? file->fd : 0;
}

struct output_file *output_file__new(const char *path, bool (*give_up)(void))
{
	struct output_file *file = calloc(1, sizeof(*file));

	if (file)
		file->buffer = malloc(BUFFER_SZ);
	if (!file || !file->buffer) {
		message__error("no memory to open %s", message__quote(path));
		free(file);
		return NULL;
	}
	file->fd = -1;
	file->room = BUFFER_SZ;
	file->give_up = give_up;
	if (!find_place(file, path))
		return file;
	free(file->buffer);
	free(file);
	return NULL;
}

struct output_file *output_file__open(const char *path, bool (*give_up)(void))
{
	struct output_file *file = output_file__new(path, give_up);

	if (!file)
		return NULL;
	if (!output_file__make_next(file) && !output_file__name_next(file) &&
	    !output_file__begin_next(file))
		return file;
	output_file__close(file);
	return NULL;
}

/* --- the next file of that name --------------------------------------------------------------- */

int output_file__check(const struct output_file *file)
{
	return is_stdout(file) ? 0 : output_place__check(&file->place);
}

int output_file__make_next(struct output_file *file)
{
	return is_stdout(file) ? 0 : output_place__make_next(&file->place);
}

int output_file__name_next(struct output_file *file)
{
	return output_place__name_next(&file->place);
}

void output_file__drop_next(struct output_file *file)
{
	output_place__drop_next(&file->place);
}

int output_file__begin_next(struct output_file *file)
{
	int old_fd = file->fd;
	struct stat status;

	/* It has no other end to go to. */
	if (is_stdout(file))
		return 0;
	file->fd = output_place__take_next(&file->place);
	/* Only what is ours alone may be cut: others may have written to stdout before us. */
	file->is_regular = fstat(file->fd, &status) == 0 && S_ISREG(status.st_mode);
	/* A file system may not count links at all. */
	file->is_linked = file->is_regular && status.st_nlink;
	file->is_altered = false;
	file->bytes = 0;
	output_file__restart_hash(file);
	return old_fd >= 0 && close(old_fd) ? -errno : 0;
}

void output_file__write_after(struct output_file *file, struct output_file *first)
{
	file->first = first;
}

/* --- the hash --------------------------------------------------------------------------------- */

int output_file__keep_hash(struct output_file *file)
{
	file->hash = XXH3_createState();
	file->scratch = XXH3_createState();
	if (!file->hash || !file->scratch)
		return -ENOMEM;
	output_file__restart_hash(file);
	return 0;
}

uint64_t output_file__bytes(const struct output_file *file)
{
	return file->bytes;
}

uint64_t output_file__hash(const struct output_file *file, const char *more, size_t len)
{
	XXH3_copyState(file->scratch, file->hash);
	XXH3_64bits_update(file->scratch, more, len);
	return XXH3_64bits_digest(file->scratch);
}

void output_file__restart_hash(struct output_file *file)
{
	if (file->hash)
		XXH3_64bits_reset(file->hash);
}

/* --- writing ---------------------------------------------------------------------------------- */

/*
 * After a write that failed when the file had taken the first bytes of the buffer: counts the lines
 * that it did not take whole, and cuts off the part of one that it did take. How many bytes stay.
 */
static size_t give_up_rest(struct output_file *file, size_t written)
{
	const char *newline = memrchr(file->buffer, '\n', written);
	size_t whole = newline ? newline - file->buffer + 1 : 0;
	/* What the other file has not got, this one should not speak of, if nothing can explain it.
	 */
	bool is_all_or_nothing = file->is_regular && file->first && file->first->error;
	off_t end = lseek(file->fd, 0, SEEK_CUR);

	if (is_all_or_nothing)
		whole = 0;
	for (size_t i = whole; i < file->used; i++)
		file->dropped_lines += file->buffer[i] == '\n';
	if (!file->is_regular || whole == written || end < 0)
		return written;
	if (ftruncate(file->fd, end - (off_t)(written - whole))) {
		message__warning("%s ends within a line: %s", message__quote(file->place.path),
				 strerror(errno));
		return written;
	}
	lseek(file->fd, 0, SEEK_END);
	return whole;
}

int output_file__flush(struct output_file *file)
{
	size_t written = 0;

	if (file->first && file->used)
		output_file__flush(file->first);
	while (!file->error && written < file->used) {
		ssize_t n = write(file->fd, file->buffer + written, file->used - written);

		if (n < 0 && errno != EINTR)
			file->error = -errno;
		else if (n > 0)
			written += n;
		/* A signal shows as a short write, too. */
		if (written < file->used && !file->error && file->give_up())
			file->error = -EINTR;
	}
	if (file->error && file->used)
		written = give_up_rest(file, written);
	file->bytes += written;
	if (file->hash)
		XXH3_64bits_update(file->hash, file->buffer, written);
	file->used = 0;
	return file->error;
}

static void make_room(struct output_file *file, size_t sz)
{
	char *buffer;

	if (sz <= file->room)
		return;
	buffer = realloc(file->buffer, sz);
	if (!buffer) {
		file->error = -ENOMEM;
		return;
	}
	file->buffer = buffer;
	file->room = sz;
}

char *output_file__reserve(struct output_file *file, size_t sz)
{
	if (file->used + sz > file->room && !output_file__flush(file))
		make_room(file, sz);
	return file->error ? NULL : file->buffer + file->used;
}

void output_file__commit(struct output_file *file, size_t sz)
{
	file->used += sz;
}

int output_file__error(const struct output_file *file)
{
	return file->error;
}

size_t output_file__dropped_lines(const struct output_file *file)
{
	return file->dropped_lines;
}

void output_file__clear_error(struct output_file *file)
{
	file->error = 0;
	file->used = 0;
}

const char *output_file__path(const struct output_file *file)
{
	return file->place.path;
}

/* Where there is no such folder, only those of one name are the same. */
static bool is_same_folder(const char *a, size_t a_len, const char *b, size_t b_len)
{
	char *a_folder = a_len ? strndup(a, a_len) : strdup(".");
	char *b_folder = b_len ? strndup(b, b_len) : strdup(".");
	struct stat a_status, b_status;
	bool is_same = a_folder && b_folder &&
		       (!strcmp(a_folder, b_folder) ||
			(!stat(a_folder, &a_status) && !stat(b_folder, &b_status) &&
			 a_status.st_dev == b_status.st_dev && a_status.st_ino == b_status.st_ino));

	free(a_folder);
	free(b_folder);
	return is_same;
}

/* name is old with ".old" behind it, or the same. */
static bool is_name_or_old(const char *name, const char *old)
{
	size_t len = strlen(name);

	return !strncmp(name, old, len) && (!old[len] || !strcmp(old + len, ".old"));
}

/* A device or a FIFO: it is written as it is, by however many. */
static bool is_special(const char *path)
{
	struct stat status;

	return !lstat(path, &status) && !S_ISREG(status.st_mode) && !S_ISLNK(status.st_mode) &&
	       !S_ISDIR(status.st_mode);
}

bool output_file__would_clash(const char *a, const char *b)
{
	const char *a_name = last_component(a), *b_name = last_component(b);

	if (!strcmp(a, "-") || !strcmp(b, "-"))
		return !strcmp(a, b);
	return !is_special(a) && !is_special(b) && is_same_folder(a, a_name - a, b, b_name - b) &&
	       (is_name_or_old(a_name, b_name) || is_name_or_old(b_name, a_name));
}

uint64_t output_file__needed_capabilities(const struct output_file *file)
{
	return is_stdout(file) ? 0 : output_place__needed_capabilities(&file->place);
}

int output_file__close(struct output_file *file)
{
	int err;

	if (!file)
		return 0;
	err = output_file__flush(file);
	/* Only now some file systems say that there was no room. */
	if (file->fd >= 0 && close(file->fd) && !err)
		err = -errno;
	output_place__leave(&file->place);
	XXH3_freeState(file->hash);
	XXH3_freeState(file->scratch);
	free(file->buffer);
	free(file);
	return err;
}
