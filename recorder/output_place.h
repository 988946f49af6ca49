/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RECORDER_OUTPUT_PLACE_H
#define RECORDER_OUTPUT_PLACE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Where an output file is: the folder, which is found once and then held, and a name in it. So
 * nobody who can rename folders sends a later file of the same output to another place.
 *
 * Functions that return an int give a negative errno after a message of their own.
 */
struct output_place {
	const char *path; /* as it was given; kept, not copied */
	const char *name; /* its last component */
	int dir_fd;
};

/* Finds the folder, as common/folder.h says. To be left again. */
int output_place__find(struct output_place *place, const char *path);
void output_place__leave(struct output_place *place);

/* Looks whether output_place__open() could do its work, and touches nothing. 0 or an error. */
int output_place__check(const struct output_place *place);

/*
 * A descriptor to write to. An existing regular file is renamed to NAME.old once the new one could
 * be made; that has mode 0600 and belongs, under sudo, to the user who called it. What is no
 * regular file is opened as it is, but no symbolic link, and no FIFO of somebody else.
 */
int output_place__open(const struct output_place *place);

/* Whether anything is there. */
bool output_place__has_name(const struct output_place *place);

/* Undoes output_place__open(): had_old, there is a NAME.old that gets its name back. */
void output_place__withdraw(const struct output_place *place, bool had_old);

/*
 * The capabilities, as bits, without which the above can't be done again. To be asked while none is
 * in effect.
 */
uint64_t output_place__needed_capabilities(const struct output_place *place);

#endif
