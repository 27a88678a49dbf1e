/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "core/hash.h"
#include "tree/owners_own.h"

/* ---- maps ------------------------------------------------------------------ */

void mu_own_map_init(struct mu_own_map *map, uint64_t seed)
{
	*map = (struct mu_own_map){.seed = seed};
}

void mu_own_map_free(struct mu_own_map *map)
{
	free(map->v);
	map->v = NULL;
	map->used = map->cap = 0;
}

static uint64_t hash_of(const struct mu_own_map *map, const char *s, size_t n)
{
	uint64_t h = map->seed;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)s[i]) * MU_HASH_PRIME;
	return h ^ h >> 32;
}

/* The cell of a string, or the free one where it belongs. */
static struct mu_own_cell *cell_of(
	const struct mu_own_map *map, const char *s, size_t n, uint64_t h)
{
	size_t i = (size_t)h & (map->cap - 1);

	while (map->v[i].s && (map->v[i].hash != h || map->v[i].n != n ||
				      memcmp(map->v[i].s, s, n) != 0))
		i = (i + 1) & (map->cap - 1);
	return &map->v[i];
}

static int grow(struct mu_own_map *map)
{
	struct mu_own_map bigger = *map;

	bigger.cap = map->cap ? map->cap * 2 : 64;
	bigger.v = calloc(bigger.cap, sizeof *bigger.v);
	if (!bigger.v)
		return -ENOMEM;
	for (size_t i = 0; i < map->cap; i++) {
		const struct mu_own_cell *c = &map->v[i];
		if (c->s)
			*cell_of(&bigger, c->s, c->n, c->hash) = *c;
	}
	free(map->v);
	*map = bigger;
	return 0;
}

int mu_own_map_put(struct mu_own_map *map, const char *s, size_t n, uint32_t value)
{
	uint64_t h = hash_of(map, s, n);
	struct mu_own_cell *c;

	if (n >= UINT32_MAX)
		return 0;
	if (map->used * 2 >= map->cap && grow(map))
		return -ENOMEM;
	c = cell_of(map, s, n, h);
	map->used += !c->s;
	*c = (struct mu_own_cell){s, h, (uint32_t)n, value};
	return 0;
}

uint32_t mu_own_map_get(const struct mu_own_map *map, const char *s, size_t n)
{
	const struct mu_own_cell *c;

	if (!map->cap)
		return MU_OWN_NONE;
	c = cell_of(map, s, n, hash_of(map, s, n));
	return c->s ? c->value : MU_OWN_NONE;
}

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
