/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "explain.h"

/* An escape sequence of a terminal; its length, at least 1. */
static size_t escape_len(const char *p, size_t n)
{
	size_t i = 1;

	if (n < 2)
		return n;
	if (p[1] == ']') { /* title of a window: to BEL or ESC \ */
		while (i < n && p[i] != '\a' && p[i] != '\033')
			i++;
		return i < n ? i + (p[i] == '\a' ? 1 : 2) : n;
	}
	if (p[1] != '[')
		return 2;
	for (i = 2; i < n && (p[i] < 0x40 || p[i] > 0x7e);)
		i++;
	return i < n ? i + 1 : n;
}

/* Typographic quotes, as GNU's programs print them in UTF-8 locales. */
static size_t quote_len(const char *p, size_t n, char *ret)
{
	if (n < 3 || memcmp(p, "\xe2\x80", 2) != 0)
		return 0;
	switch ((unsigned char)p[2]) {
	case 0x98:
	case 0x99:
		*ret = '\'';
		return 3;
	case 0x9c:
	case 0x9d:
		*ret = '"';
		return 3;
	default:
		return 0;
	}
}

static size_t clean(char *to, const char *p, size_t n)
{
	size_t out = 0, len;

	for (size_t i = 0; i < n && out < MAX_LINE;) {
		char quote;
		if (p[i] == '\033') {
			len = escape_len(p + i, n - i);
			i += len < n - i ? len : n - i;
		} else if ((len = quote_len(p + i, n - i, &quote))) {
			to[out++] = quote;
			i += len;
		} else {
			to[out++] = p[i++];
		}
	}
	return out;
}

bool lines_next(struct lines *l, struct line *ret)
{
	const char *end;
	size_t n;

	if (l->at == l->end)
		return false;
	end = memchr(l->at, '\n', (size_t)(l->end - l->at));
	if (!end)
		end = l->end;
	n = (size_t)(end - l->at);
	while (n && l->at[n - 1] == '\r')
		n--;
	*ret = (struct line){
		.raw = l->at, .nraw = n, .number = ++l->number, .p = l->at, .n = n};
	l->at = end < l->end ? end + 1 : end;
	if (ret->n > MAX_LINE)
		ret->n = MAX_LINE;
	if (memchr(ret->p, '\033', ret->n) || memchr(ret->p, 0xe2, ret->n)) {
		ret->n = clean(l->buffer, ret->raw,
			ret->nraw < MAX_LINE * 2 ? ret->nraw : MAX_LINE * 2);
		ret->p = l->buffer;
	}
	return true;
}
