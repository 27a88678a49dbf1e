/* SPDX-License-Identifier: MIT */
#ifndef MU_CORE_MAP_H
#define MU_CORE_MAP_H

#include <stddef.h>
#include <stdint.h>

#define MU_MAP_NONE UINT32_MAX

/**
 * struct mu_map: strings to numbers; open addressing with a secret in the hash, so that
 * no file can choose where its names go. All zeros is an empty one.
 */
struct mu_map {
	struct mu_map_cell {
		const char *s; /* borrowed; NULL: free */
		uint64_t hash;
		uint32_t n, value;
	} * v; /* owned */
	size_t used, cap;
	uint64_t seed; /* 0: none yet */
};

void mu_map_free(struct mu_map *map);

/** mu_map_put: adds or replaces; 0 or -ENOMEM
 * @s: borrowed as long as the map lives
 */
int mu_map_put(struct mu_map *map, const char *s, size_t n, uint32_t value);

/** mu_map_get: MU_MAP_NONE for what is not there */
uint32_t mu_map_get(const struct mu_map *map, const char *s, size_t n);

#endif
