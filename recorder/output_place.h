/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RECORDER_OUTPUT_PLACE_H
#define RECORDER_OUTPUT_PLACE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Where an output file is: the folder, which is found once and then held, and a name in it. So
 * nobody who can rename folders sends a later file of the same output to another place. And how a
 * file comes to that name, while the one before it may still be written to.
 *
 * Functions that return an int give a negative errno after a message of their own.
 */
struct output_place {
	const char *path; /* as it was given; kept, not copied */
	const char *name; /* its last component */
	int dir_fd;
	/* Between output_place__make_next() and output_place__take_next(): */
	enum {
		NEXT_NONE,
		NEXT_AS_IT_IS, /* a FIFO or a device */
		NEXT_NEW,      /* there was none of that name */
		NEXT_ASIDE,    /* has another name, since the old one has its own */
		NEXT_REPLACES, /* has the name, and the old one is NAME.old */
	} next;
	int next_fd;
	char *aside; /* NAME.PID, the name of NEXT_ASIDE */
};

/* Finds the folder, as common/folder.h says. To be left again. */
int output_place__find(struct output_place *place, const char *path);
/* With output_place__drop_next(). */
void output_place__leave(struct output_place *place);

/* Looks whether output_place__make_next() could do its work, and touches nothing. 0 or an error. */
int output_place__check(const struct output_place *place);

/*
 * Makes the file that is to be written next, so that several can be made before one of them takes
 * its name. It has mode 0600 and belongs, under sudo, to the user who called it. What is no regular
 * file is opened as it is, but no symbolic link, and no FIFO of somebody else. 0 or an error.
 */
int output_place__make_next(struct output_place *place);

/* Gives it its name; a regular file that has it becomes NAME.old. 0, or an error: as it was. */
int output_place__name_next(struct output_place *place);

/* Undoes both. */
void output_place__drop_next(struct output_place *place);

/* Its descriptor, which is the caller's from here on. */
int output_place__take_next(struct output_place *place);

/*
 * The capabilities, as bits, without which the above can't be done again. To be asked while none is
 * in effect.
 */
uint64_t output_place__needed_capabilities(const struct output_place *place);

#endif
