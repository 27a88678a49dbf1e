/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static bool continues(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

size_t mu_utf8_len(const char *s, size_t n)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t len;

	if (!n)
		return 0;
	if (u[0] < 0x80)
		return 1;
	len = u[0] >= 0xc2 && u[0] < 0xe0 ? 2 : (u[0] & 0xf0) == 0xe0 ? 3 : 4;
	if (u[0] < 0xc2 || u[0] > 0xf4 || len > n)
		return 0;
	for (size_t i = 1; i < len; i++)
		if (!continues(u[i]))
			return 0;
	/* overlong forms, surrogates, and beyond U+10FFFF */
	if ((u[0] == 0xe0 && u[1] < 0xa0) || (u[0] == 0xed && u[1] > 0x9f) ||
		(u[0] == 0xf0 && u[1] < 0x90) || (u[0] == 0xf4 && u[1] > 0x8f))
		return 0;
	return len;
}

bool mu_text_is_utf8(const char *s, size_t n)
{
	while (n) {
		size_t len = mu_utf8_len(s, n);
		if (!len)
			return false;
		s += len;
		n -= len;
	}
	return true;
}

/* Marks that reorder, join or hide what stands beside them, as ranges. */
static const struct {
	uint32_t first, last;
} unsafe[] = {
	{0x00, 0x1f},       /* C0 */
	{0x7f, 0x9f},       /* DEL, C1 */
	{0xad, 0xad},       /* soft hyphen */
	{0x61c, 0x61c},     /* Arabic letter mark */
	{0x180e, 0x180e},   /* Mongolian vowel separator */
	{0x200b, 0x200f},   /* zero-width and direction marks */
	{0x2028, 0x202e},   /* line separators, embeddings */
	{0x2060, 0x206f},   /* joiners, isolates */
	{0xfeff, 0xfeff},   /* byte order mark */
	{0xfff9, 0xfffb},   /* annotations */
	{0xe0000, 0xe007f}, /* tags */
};

static uint32_t code_point(const char *s, size_t len)
{
	const unsigned char *u = (const unsigned char *)s;
	uint32_t c = len == 1 ? u[0] : u[0] & (0xffu >> (len + 1));

	for (size_t i = 1; i < len; i++)
		c = c << 6 | (u[i] & 63);
	return c;
}

static bool is_unsafe(const char *s, size_t len)
{
	uint32_t c = code_point(s, len);

	for (size_t i = 0; i < sizeof unsafe / sizeof *unsafe; i++)
		if (c >= unsafe[i].first && c <= unsafe[i].last)
			return true;
	return false;
}

/* Writes the next printable piece of @s to @out (at most 20 bytes); bytes eaten. */
static size_t next_piece(const char *s, size_t n, char out[24], bool keep_controls)
{
	size_t len = mu_utf8_len(s, n);

	if (len && (keep_controls || !is_unsafe(s, len))) {
		memcpy(out, s, len);
		out[len] = 0;
		return len;
	}
	if (!len)
		len = 1;
	for (size_t i = 0; i < len; i++)
		snprintf(out + 4 * i, 5, "\\x%02x", (unsigned char)s[i]);
	return len;
}

void mu_text_put(FILE *f, const char *s)
{
	size_t n = strlen(s);
	char piece[24];

	while (n) {
		size_t len = next_piece(s, n, piece, false);
		fputs(piece, f);
		s += len;
		n -= len;
	}
}

char *mu_text_escape(char *buf, size_t cap, const char *s)
{
	size_t n = strlen(s), used = 0;
	char piece[24];

	while (n) {
		size_t len = next_piece(s, n, piece, false), w = strlen(piece);
		if (used + w + 1 > cap)
			break;
		memcpy(buf + used, piece, w);
		used += w;
		s += len;
		n -= len;
	}
	if (cap)
		buf[used] = 0;
	return buf;
}

char *mu_text_utf8(const char *s, size_t n)
{
	char *out = n < SIZE_MAX / 4 - 1 ? malloc(4 * n + 1) : NULL, *p = out;
	char piece[24];

	if (!out)
		return NULL;
	while (n) {
		size_t len = next_piece(s, n, piece, true), w = strlen(piece);
		if (len == 1 && !*s) {
			memcpy(piece, "\\x00", 5);
			w = 4;
		}
		memcpy(p, piece, w);
		p += w;
		s += len;
		n -= len;
	}
	*p = 0;
	return out;
}

char *mu_text_base64(const void *data, size_t n)
{
	static const char set[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *s = data;
	char *out = n < SIZE_MAX / 4 ? malloc((n + 2) / 3 * 4 + 1) : NULL, *p = out;

	if (!out)
		return NULL;
	for (size_t i = 0; i < n; i += 3) {
		uint32_t w = (uint32_t)s[i] << 16;
		if (i + 1 < n)
			w |= (uint32_t)s[i + 1] << 8;
		if (i + 2 < n)
			w |= s[i + 2];
		*p++ = set[w >> 18];
		*p++ = set[w >> 12 & 63];
		*p++ = i + 1 < n ? set[w >> 6 & 63] : '=';
		*p++ = i + 2 < n ? set[w & 63] : '=';
	}
	*p = 0;
	return out;
}
