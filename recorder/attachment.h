/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RECORDER_ATTACHMENT_H
#define RECORDER_ATTACHMENT_H

#include <bpf/libbpf.h>
#include <stddef.h>
#include <stdint.h>

/* Programs and the hooks that they hang on, whichever programs they are. */

struct attachment {
	struct bpf_program *program;
	struct bpf_link **link; /* where the link goes; the skeleton owns it */
};

/*
 * Attaches them in this order. 0, or a negative errno after a message; those before it stay
 * attached then. ring_bytes is for that message: the size of the ring buffer.
 */
int attachment__attach(const struct attachment *order, size_t cnt, uint64_t ring_bytes);

/*
 * Detaches all programs of a skeleton, those of the cnt links in first before the others and in
 * this order, and waits until none of them runs any more.
 */
void attachment__detach(struct bpf_object_skeleton *skeleton, struct bpf_link **const *first,
			size_t cnt);

#endif
