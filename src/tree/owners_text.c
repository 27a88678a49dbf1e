/* SPDX-License-Identifier: MIT */
#include "tree/owners_own.h"

/* ---- lines and fields ------------------------------------------------------- */

bool mu_own_line(const char **at, const char *end, const char **ret_line, size_t *ret_n)
{
	const char *s = *at, *newline;

	if (s >= end)
		return false;
	newline = memchr(s, '\n', (size_t)(end - s));
	*ret_line = s;
	*ret_n = (size_t)((newline ? newline : end) - s);
	*at = newline ? newline + 1 : end;
	if (*ret_n && s[*ret_n - 1] == '\r')
		--*ret_n;
	return true;
}

static bool is_blank(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] != ' ' && s[i] != '\t')
			return false;
	return true;
}

int mu_own_field_next(const char **at, const char *end, struct mu_own_field *ret)
{
	const char *line, *colon;
	size_t n;

	do {
		if (!mu_own_line(at, end, &line, &n))
			return -1;
		if (is_blank(line, n))
			return 0;
		colon = memchr(line, ':', n);
	} while (!colon || *line == ' ' || *line == '\t');
	ret->name = line;
	ret->nname = (size_t)(colon - line);
	ret->value = colon + 1;
	while (*at < end && (**at == ' ' || **at == '\t')) {
		const char *next = *at;
		size_t more;
		mu_own_line(&next, end, &line, &more);
		if (is_blank(line, more))
			break;
		n = more;
		*at = next;
	}
	ret->nvalue = (size_t)(line + n - ret->value);
	return 1;
}

bool mu_own_field_is(const struct mu_own_field *f, const char *name)
{
	return strlen(name) == f->nname && strncasecmp(f->name, name, f->nname) == 0;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

const char *mu_own_string(struct mu_owners *o, const char *s, size_t n, size_t max)
{
	const char *nul = memchr(s, '\0', n);

	if (nul)
		n = (size_t)(nul - s);
	while (n && is_space(*s)) {
		s++;
		n--;
	}
	while (n && is_space(s[n - 1]))
		n--;
	return mu_arena_strndup(&o->arena, s, n < max ? n : max);
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f'   ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

bool mu_own_unhex(const char *s, size_t n, uint8_t *ret, size_t cap)
{
	if (n % 2 || n / 2 > cap)
		return false;
	for (size_t i = 0; i < n; i += 2) {
		int high = digit(s[i]), low = digit(s[i + 1]);
		if (high < 0 || low < 0)
			return false;
		ret[i / 2] = (uint8_t)(high << 4 | low);
	}
	return true;
}
