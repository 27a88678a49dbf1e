/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"

/* Pages grow from the first size to the last: most arenas of the many that a scan makes
 * need no second page. */
#define FIRST_BYTES 256
#define PAGE_BYTES 16384
#define ALIGNMENT _Alignof(max_align_t)

struct mu_arena_page {
	struct mu_arena_page *next;
	max_align_t data[];
};

static void *new_page(struct mu_arena *a, size_t n)
{
	size_t size = !a->pages                  ? FIRST_BYTES
		      : a->size < PAGE_BYTES / 2 ? a->size * 2
						 : PAGE_BYTES;
	struct mu_arena_page *p;

	if (size < n)
		size = n;
	if (size > SIZE_MAX - sizeof *p)
		return NULL;
	p = calloc(1, sizeof *p + size);
	if (!p)
		return NULL;
	p->next = a->pages;
	a->pages = p;
	a->size = size;
	a->used = n;
	return p->data;
}

void *mu_arena_alloc(struct mu_arena *a, size_t n)
{
	if (n > SIZE_MAX - ALIGNMENT)
		return NULL;
	n = (n + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
	if (!a->pages || n > a->size - a->used)
		return new_page(a, n);
	a->used += n;
	return (char *)a->pages->data + a->used - n;
}

void *mu_arena_array(struct mu_arena *a, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	return mu_arena_alloc(a, bytes);
}

char *mu_arena_strndup(struct mu_arena *a, const char *s, size_t n)
{
	char *p = n < SIZE_MAX ? mu_arena_alloc(a, n + 1) : NULL;

	if (p)
		memcpy(p, s, n);
	return p;
}

char *mu_arena_strdup(struct mu_arena *a, const char *s)
{
	return mu_arena_strndup(a, s, strlen(s));
}

char *mu_arena_printf(struct mu_arena *a, const char *fmt, ...)
{
	va_list ap;
	int n;
	char *p;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return NULL;
	p = mu_arena_alloc(a, (size_t)n + 1);
	if (!p)
		return NULL;
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}

void mu_arena_free(struct mu_arena *a)
{
	while (a->pages) {
		struct mu_arena_page *next = a->pages->next;
		free(a->pages);
		a->pages = next;
	}
	a->used = a->size = 0;
}

int mu_vec_grow(void **v, size_t *cap, size_t size)
{
	/* most arrays of large members have one: results, findings */
	size_t n = *cap ? *cap * 2 : size < 128 ? 8 : 1, bytes;
	void *p;

	if (n < *cap || __builtin_mul_overflow(n, size, &bytes))
		return -ENOMEM;
	p = realloc(*v, bytes);
	if (!p)
		return -ENOMEM;
	*v = p;
	*cap = n;
	return 0;
}
