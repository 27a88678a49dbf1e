/* SPDX-License-Identifier: MIT */
#ifndef MU_CORE_HASH_H
#define MU_CORE_HASH_H

#include <stddef.h>
#include <stdint.h>

/*
 * FNV-1a, 64 bit. src/db/gen_db.py computes the same function: the tables it
 * writes are found with it.
 */
#define MU_HASH_SEED UINT64_C(0xcbf29ce484222325)
#define MU_HASH_PRIME UINT64_C(0x100000001b3)

static inline uint64_t mu_hash(const char *s, size_t n)
{
	uint64_t h = MU_HASH_SEED;
	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)s[i]) * MU_HASH_PRIME;
	return h;
}

#endif
