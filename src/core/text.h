/* SPDX-License-Identifier: MIT */
#ifndef MU_CORE_TEXT_H
#define MU_CORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/** mu_text_base: what stands behind the last '/' of a path */
static inline const char *mu_text_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/** mu_text_ends: whether @n bytes end with a string */
static inline bool mu_text_ends(const char *s, size_t n, const char *end)
{
	size_t m = strlen(end);

	return n >= m && memcmp(s + n - m, end, m) == 0;
}

/** mu_utf8_len: bytes of the well-formed UTF-8 character at @s, 0 when it is none */
size_t mu_utf8_len(const char *s, size_t n);

/** mu_text_is_utf8: whether all of @s is well-formed UTF-8 */
bool mu_text_is_utf8(const char *s, size_t n);

/** mu_text_put: print @s so that a terminal shows it and obeys nothing in it
 *
 * Control characters, bytes that are no UTF-8, and the characters that reorder
 * or hide text are written as \xNN.
 */
void mu_text_put(FILE *f, const char *s);

/** mu_text_escape: the same into memory, at most @cap bytes with the NUL
 * Returns: @buf.
 */
char *mu_text_escape(char *buf, size_t cap, const char *s);

/** mu_text_utf8: @s with every byte that is no UTF-8 as \xNN: fit for JSON
 * Returns: allocated string, NULL when out of memory.
 */
char *mu_text_utf8(const char *s, size_t n);

/** mu_text_base64: allocated base64 of @n bytes, NULL when out of memory */
char *mu_text_base64(const void *data, size_t n);

#endif
