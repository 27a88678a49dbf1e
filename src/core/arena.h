/* SPDX-License-Identifier: MIT */
#ifndef MU_CORE_ARENA_H
#define MU_CORE_ARENA_H

#include <stddef.h>

/* Everything of one analysis is allocated here and freed at once. */
struct mu_arena {
	struct mu_arena_page *pages; /* owned; newest first */
	size_t used, size;           /* of the newest page */
};

/** mu_arena_alloc: @n zeroed bytes, aligned for any object
 * Returns: NULL when out of memory; @n of 0 gives a valid pointer.
 */
void *mu_arena_alloc(struct mu_arena *a, size_t n);

/** mu_arena_array: @n zeroed members of @size bytes; NULL on overflow too */
void *mu_arena_array(struct mu_arena *a, size_t n, size_t size);

/** mu_arena_strndup: copy of @n bytes, with a NUL behind */
char *mu_arena_strndup(struct mu_arena *a, const char *s, size_t n);
char *mu_arena_strdup(struct mu_arena *a, const char *s);

/** mu_arena_printf: formatted string */
__attribute__((format(printf, 2, 3))) char *mu_arena_printf(
	struct mu_arena *a, const char *fmt, ...);

/** mu_arena_free: free all pages; the arena can be used again */
void mu_arena_free(struct mu_arena *a);

/*
 * An array that grows: a pointer, how many are used, how many fit. Memory is the
 * heap's; the owner frees .v.
 */
#define MU_VEC(type)           \
	struct {               \
		type *v;       \
		size_t n, cap; \
	}

/** mu_vec_room: make room for one more; 0 or -ENOMEM */
#define mu_vec_room(vec)                                                      \
	((vec)->n < (vec)->cap ? 0                                            \
			       : mu_vec_grow((void **)&(vec)->v, &(vec)->cap, \
					 sizeof *(vec)->v))
int mu_vec_grow(void **v, size_t *cap, size_t size);

#endif
