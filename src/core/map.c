/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "hash.h"
#include "map.h"

void mu_map_free(struct mu_map *map)
{
	free(map->v);
	*map = (struct mu_map){0};
}

static uint64_t make_seed(const struct mu_map *map)
{
	uint64_t seed;

	if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != sizeof seed)
		seed = (uint64_t)(uintptr_t)map * MU_HASH_PRIME;
	return seed | 1;
}

static uint64_t hash_of(const struct mu_map *map, const char *s, size_t n)
{
	uint64_t h = map->seed;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)s[i]) * MU_HASH_PRIME;
	return h ^ h >> 32;
}

/* The cell of a string, or the free one where it belongs. */
static struct mu_map_cell *cell_of(
	const struct mu_map *map, const char *s, size_t n, uint64_t h)
{
	size_t i = (size_t)h & (map->cap - 1);

	while (map->v[i].s && (map->v[i].hash != h || map->v[i].n != n ||
				      memcmp(map->v[i].s, s, n) != 0))
		i = (i + 1) & (map->cap - 1);
	return &map->v[i];
}

static int grow(struct mu_map *map)
{
	struct mu_map bigger = *map;

	bigger.cap = map->cap ? map->cap * 2 : 64;
	bigger.v = calloc(bigger.cap, sizeof *bigger.v);
	if (!bigger.v)
		return -ENOMEM;
	for (size_t i = 0; i < map->cap; i++) {
		const struct mu_map_cell *c = &map->v[i];
		if (c->s)
			*cell_of(&bigger, c->s, c->n, c->hash) = *c;
	}
	free(map->v);
	*map = bigger;
	return 0;
}

int mu_map_put(struct mu_map *map, const char *s, size_t n, uint32_t value)
{
	struct mu_map_cell *c;
	uint64_t h;

	if (n >= UINT32_MAX)
		return 0;
	if (!map->seed)
		map->seed = make_seed(map);
	h = hash_of(map, s, n);
	if (map->used * 2 >= map->cap && grow(map))
		return -ENOMEM;
	c = cell_of(map, s, n, h);
	map->used += !c->s;
	*c = (struct mu_map_cell){s, h, (uint32_t)n, value};
	return 0;
}

uint32_t mu_map_get(const struct mu_map *map, const char *s, size_t n)
{
	const struct mu_map_cell *c;

	if (!map->cap)
		return MU_MAP_NONE;
	c = cell_of(map, s, n, hash_of(map, s, n));
	return c->s ? c->value : MU_MAP_NONE;
}
