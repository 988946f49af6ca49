/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RECORDER_OUTPUT_FILE_H
#define RECORDER_OUTPUT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A file of whole lines. Lines are gathered in memory and written many at once; where a write fails
 * half-way, what is in a regular file is cut back to the end of its last whole line.
 */
struct output_file;

/*
 * path is kept, not copied; "-" is stdout. No file is touched yet, but all memory is there. give_up
 * is asked when a signal interrupts a write that cannot go on: true ends it with -EINTR. NULL after
 * a message of its own.
 */
struct output_file *output_file__new(const char *path, bool (*give_up)(void));

/* The same, and then at once make, name and begin the next as below. */
struct output_file *output_file__open(const char *path, bool (*give_up)(void));

/*
 * A file is begun in three steps, the first one and, for log rotation, each of the same name in the
 * same folder: so several outputs can begin theirs together or not at all. What is done with an
 * existing file, and which paths are refused, is output_place.h's. 0, or a negative errno after a
 * message; what is written goes where it went before then.
 */
int output_file__make_next(struct output_file *file);
int output_file__name_next(struct output_file *file);
/* Undoes what there was of these two. */
void output_file__drop_next(struct output_file *file);
/*
 * What is written from here on goes there; to be flushed before. 0, or a negative errno: of closing
 * the file before it.
 */
int output_file__begin_next(struct output_file *file);

/*
 * Looks whether the next could be made, and touches nothing: 0, or a negative errno after a
 * message.
 */
int output_file__check(const struct output_file *file);

/* Writes what is left. 0, or the first error there ever was. */
int output_file__close(struct output_file *file);

/*
 * The capabilities, as bits, without which the above can't be done. To be asked while none is in
 * effect.
 */
uint64_t output_file__needed_capabilities(const struct output_file *file);

/* Room for at least sz bytes; NULL after an error, which having no memory is one. Then as many as
 * were used. */
char *output_file__reserve(struct output_file *file, size_t sz);
void output_file__commit(struct output_file *file, size_t sz);

/* 0, or a negative errno: of the write that failed first. Nothing is written after that. */
int output_file__flush(struct output_file *file);
int output_file__error(const struct output_file *file);

/*
 * Before file is written, first is: what the one says of the other is there. first must live as
 * long.
 */
void output_file__write_after(struct output_file *file, struct output_file *first);

/* How many of what was written stayed, since the file was opened. */
uint64_t output_file__bytes(const struct output_file *file);
/*
 * To be called before anything is written: from then on these bytes are hashed, XXH3 with 64 bits.
 * 0 or -ENOMEM.
 */
int output_file__keep_hash(struct output_file *file);
/* Since the file was opened or the last output_file__restart_hash(), and of len bytes more. */
uint64_t output_file__hash(const struct output_file *file, const char *more, size_t len);
void output_file__restart_hash(struct output_file *file);

/* Lines that were committed, and then not written because of an error. */
size_t output_file__dropped_lines(const struct output_file *file);

/*
 * Forgets the error, so that a last line can be tried; what was gathered and not written is gone.
 */
void output_file__clear_error(struct output_file *file);

enum output_harm {
	OUTPUT_UNHARMED,
	OUTPUT_DELETED, /* it has no name any more: nobody will find what is written to it */
	OUTPUT_ALTERED, /* it is longer or shorter than what was written to it */
};

/* What others have done to the file, each once; of a write that failed nothing is said here. */
enum output_harm output_file__find_harm(struct output_file *file);

const char *output_file__path(const struct output_file *file);

/*
 * Opened both, one would rename or overwrite the other: they name the same file, or one the other's
 * .old. "-" clashes with itself alone.
 */
bool output_file__would_clash(const char *a, const char *b);

#endif
