/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RECORDER_OPTIONS_H
#define RECORDER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the command line says; strings are argv's own unless said otherwise. */
struct options {
	const char **programs; /* last components, without '*' */
	size_t program_cnt;
	char **command; /* ends in NULL; NULL: none */
	const char *output;
	char *events;     /* NULL: none; allocated */
	const char *user; /* NULL: the caller */
	uint32_t *pids;
	size_t pid_cnt;
	uint64_t ring_bytes;
	uint32_t process_max;
	double duration_s; /* 0: no limit */
	int ready_fd;      /* -1: none */
	bool record_all;
	bool follow;
	bool threads;
	bool running;
	bool quiet;
	bool print;
	bool verbose;
	bool sandbox;
	char **argv; /* the whole command line, ends in NULL */
};

/* Exits by itself: 0 after --help and the like, 2 after a message about wrong usage. */
void recorder_options__parse(struct options *options, int argc, char **argv);
void recorder_options__free(struct options *options);

#endif
