/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SPLITTER_JSON_TREE_H
#define SPLITTER_JSON_TREE_H

#include <jansson.h>
#include <stddef.h>

/*
 * A JSON text as a tree. Of a text that is made for it, a tree takes eighty times the memory, so
 * this one is bounded: JSON_TREE_MAX is what a command line of the kernel's usual greatest size
 * (2 MiB) takes, in the smallest arguments that there are.
 *
 * NULL if the text is none; *wrong is set only if it is another thing that is wrong with it.
 */
#define JSON_TREE_MAX ((size_t)32 << 20)

json_t *json_tree__load(const char *text, size_t len, const char **wrong);

#endif
