// SPDX-License-Identifier: BSD-2-Clause
#include <jansson.h>

#include "common/escape.h"
#include "common/log_line.h"
#include "tests/fuzz/fuzz.h"

/* Whatever the bytes are: their escaped forms are what they should be, and give the bytes back. */

static void decodes_to(const char *text, size_t len, const char *bytes, size_t bytes_len)
{
	char *copy = exact_copy(text, len);
	char *decoded = need(malloc(len + 1));

	must(escape__decode(decoded, copy, len) == bytes_len);
	must(memcmp(decoded, bytes, bytes_len) == 0 && !decoded[bytes_len]);
	free(decoded);
	free(copy);
}

static void check_comm(const char *bytes, size_t len)
{
	char *text = need(malloc(3 * len + 1));
	char *name = need(malloc(9 * len + 1));
	size_t text_len = escape__comm(text, bytes, len);

	must(strlen(text) == text_len);
	must((log_line__check_comm(text, text_len) == NULL) == (len <= LOG_LINE_COMM_BYTES));
	decodes_to(text, text_len, bytes, len);
	must(escape__file_name(name, text, text_len) == strlen(name));
	must(!strchr(name, '/'));
	decodes_to(name, strlen(name), bytes, len);
	free(name);
	free(text);
}

/* The library takes only UTF-8. */
static void check_json(const char *bytes, size_t len)
{
	char *text = need(malloc(3 * len + 1));
	size_t text_len = escape__json_text(text, bytes, len);
	json_t *string = need(json_stringn(text, text_len));

	decodes_to(json_string_value(string), json_string_length(string), bytes, len);
	json_decref(string);
	free(text);
}

static void check_decode(const char *bytes, size_t len)
{
	char *decoded = need(malloc(len + 1));
	size_t decoded_len = escape__decode(decoded, bytes, len);

	must(decoded_len <= len && !decoded[decoded_len]);
	free(decoded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes = exact_copy(data, size);

	check_comm(bytes, size);
	check_json(bytes, size);
	check_decode(bytes, size);
	free(bytes);
	return 0;
}
