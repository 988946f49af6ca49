// SPDX-License-Identifier: BSD-2-Clause
#include <malloc.h>
#include <stdbool.h>
#include <stdlib.h>

#include "splitter/json_tree.h"

/* What malloc() keeps of its own with every piece. */
#define HEAD_SZ sizeof(size_t)

/* The library's allocators have no context: one tree is made at a time, by one thread. */
static size_t room;
static bool is_exhausted;

static void *take(size_t size)
{
	void *memory = size < room ? malloc(size) : NULL;
	size_t taken = memory ? malloc_usable_size(memory) + HEAD_SZ : 0;

	is_exhausted |= !memory;
	room -= taken < room ? taken : room;
	return memory;
}

static void give(void *memory)
{
	if (memory)
		room += malloc_usable_size(memory) + HEAD_SZ;
	free(memory);
}

json_t *json_tree__load(const char *text, size_t len, const char **wrong)
{
	json_malloc_t usual_take;
	json_free_t usual_give;
	json_error_t error;
	json_t *tree;

	room = JSON_TREE_MAX;
	is_exhausted = false;
	json_get_alloc_funcs(&usual_take, &usual_give);
	json_set_alloc_funcs(take, give);
	tree = json_loadb(text, len, 0, &error);
	json_set_alloc_funcs(usual_take, usual_give);
	if (!tree && is_exhausted)
		*wrong = "the event takes more than 32 MiB of memory";
	else if (!tree && json_error_code(&error) == json_error_stack_overflow)
		*wrong = "the event is nested too deeply";
	return tree;
}
