/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sanitizer/common_interface_defs.h>

/*
 * What every harness has: its entry, an input to take things from, and a way to say that a promise
 * was not kept. A harness is a promise that holds for every input; libFuzzer looks for one for
 * which it does not, and the sanitizers look on.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* libFuzzer's log is where the sanitizers report, even where standard error is closed. */
static inline void __attribute__((noreturn)) broken_promise(const char *promise)
{
	__sanitizer_report_error_summary(promise);
	abort();
}

#define PROMISE_TEXT(line, condition) __FILE__ ":" #line ": this does not hold: " condition
#define PROMISE(line, condition) PROMISE_TEXT(line, condition)
#define must(condition) ((condition) ? (void)0 : broken_promise(PROMISE(__LINE__, #condition)))

static inline void *need(void *memory)
{
	must(memory != NULL);
	return memory;
}

/* What is left of the input. */
struct fuzzed {
	const uint8_t *at, *end;
};

static inline size_t fuzzed__left(const struct fuzzed *input)
{
	return input->end - input->at;
}

/* Copies up to sz bytes; those that the input lacks are 0. */
static inline void fuzzed__take(struct fuzzed *input, void *dst, size_t sz)
{
	size_t len = sz < fuzzed__left(input) ? sz : fuzzed__left(input);

	memset(dst, 0, sz);
	memcpy(dst, input->at, len);
	input->at += len;
}

static inline uint8_t fuzzed__byte(struct fuzzed *input)
{
	uint8_t byte;

	fuzzed__take(input, &byte, sizeof(byte));
	return byte;
}

static inline uint16_t fuzzed__u16(struct fuzzed *input)
{
	uint16_t value;

	fuzzed__take(input, &value, sizeof(value));
	return value;
}

static inline uint64_t fuzzed__u64(struct fuzzed *input)
{
	uint64_t value;

	fuzzed__take(input, &value, sizeof(value));
	return value;
}

/* In memory of exactly that size, so that the sanitizer sees who reads beyond it. */
static inline char *exact_copy(const void *bytes, size_t len)
{
	char *copy = need(malloc(len ? len : 1));

	if (len)
		memcpy(copy, bytes, len);
	return copy;
}

#endif
