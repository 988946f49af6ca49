/* SPDX-License-Identifier: BSD-2-Clause */
/* cppcheck does not look into the headers of libraries: these of their macros it has to know. */
#define DL_FOREACH(head, element) for (element = head; element; element = element->next)
#define DL_FOREACH_SAFE(head, element, after) \
	for (element = head; element && (after = element->next, 1); element = after)
#define LIBBPF_OPTS(type, name, ...) struct type name = {0}
#define bpf_object__for_each_program(program, object) \
	for (program = bpf_object__next_program(object, 0); program; \
	     program = bpf_object__next_program(object, program))
