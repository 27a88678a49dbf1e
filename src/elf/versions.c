/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "reader.h"

/* Indices have 15 bits, the hidden bit apart. */
#define MAX_VERSIONS 0x8000
/* A first guess at the size of a table whose end nothing tells, then the limit. */
#define SMALL_TABLE 16384
#define LARGE_TABLE (1u << 20)

/* Records are read field by field: libelf translates whole version sections only, and
 * their extent is not told by the dynamic section. */
struct table {
	const unsigned char *p;
	uint64_t n;
	bool little;
};

static bool inside(const struct table *t, uint64_t off, size_t size)
{
	return off <= t->n && size <= t->n - off;
}

static uint32_t half(const struct table *t, uint64_t off)
{
	const unsigned char *p = t->p + off;

	return t->little ? p[0] | (uint32_t)p[1] << 8 : p[1] | (uint32_t)p[0] << 8;
}

static uint32_t word(const struct table *t, uint64_t off)
{
	return t->little ? half(t, off) | half(t, off + 2) << 16
			 : half(t, off + 2) | half(t, off) << 16;
}

#define FIELD(t, base, type, member) word(t, (base) + offsetof(type, member))
#define HALF_FIELD(t, base, type, member) half(t, (base) + offsetof(type, member))

static int remember(struct reader *r, uint32_t index, const char *name, const char *file)
{
	/* records may overlap: more than there are indices is a trick */
	if (r->nrecords++ > 2 * MAX_VERSIONS)
		return mu_error_set(
			r->err, -MU_E_LIMIT, r->path, "too many version records");
	index &= MAX_VERSIONS - 1;
	if (index >= r->nversions) {
		size_t n = index + 16;
		struct version *v = realloc(r->versions, n * sizeof *v);
		if (!v)
			return -ENOMEM;
		memset(v + r->nversions, 0, (n - r->nversions) * sizeof *v);
		r->versions = v;
		r->nversions = n;
	}
	r->versions[index] = (struct version){name, file};
	return 0;
}

/* "GLIBC_2.34" → "2.34"; other names (GLIBC_PRIVATE, GLIBC_ABI_…) tell no release */
static void raise_glibc(struct reader *r, const char *version)
{
	struct mu_object *o = &r->o->facts;

	if (strncmp(version, "GLIBC_", 6))
		return;
	version += 6;
	if (!*version || version[strspn(version, "0123456789.")])
		return;
	if (!o->glibc_required || mu_version_cmp(version, o->glibc_required) > 0)
		o->glibc_required = version;
}

/* The versions of one library. Returns 1 when the table reaches beyond what was fetched.
 */
static int walk_aux(struct reader *r, const struct table *t, uint64_t need)
{
	const char *file = keep(r, string_at(r, FIELD(t, need, Elf64_Verneed, vn_file)));
	uint64_t aux = need + FIELD(t, need, Elf64_Verneed, vn_aux);
	uint32_t count = HALF_FIELD(t, need, Elf64_Verneed, vn_cnt);

	for (uint32_t k = 0; k < count; k++) {
		const char *name;
		uint32_t next;
		int e;
		if (!inside(t, aux, sizeof(Elf64_Vernaux)))
			return 1;
		name = keep(r, string_at(r, FIELD(t, aux, Elf64_Vernaux, vna_name)));
		if (!name || !file)
			return bad(r, "a version's name cannot be read");
		raise_glibc(r, name);
		e = remember(r, HALF_FIELD(t, aux, Elf64_Vernaux, vna_other), name, file);
		next = FIELD(t, aux, Elf64_Vernaux, vna_next);
		if (e || !next)
			return e;
		aux += next;
	}
	return 0;
}

static int walk_needs(struct reader *r, const struct table *t)
{
	uint64_t off = 0, count = r->dyn[DYN_VERNEEDNUM];

	for (uint64_t i = 0; i < count && i < MAX_VERSIONS; i++) {
		uint32_t next;
		int e;
		if (!inside(t, off, sizeof(Elf64_Verneed)))
			return 1;
		e = walk_aux(r, t, off);
		next = FIELD(t, off, Elf64_Verneed, vn_next);
		if (e || !next)
			return e;
		off += next;
	}
	return 0;
}

static int walk_definitions(struct reader *r, const struct table *t)
{
	uint64_t off = 0, count = r->dyn[DYN_VERDEFNUM];

	for (uint64_t i = 0; i < count && i < MAX_VERSIONS; i++) {
		const char *name;
		uint64_t aux;
		uint32_t next;
		int e;
		if (!inside(t, off, sizeof(Elf64_Verdef)))
			return 1;
		aux = off + FIELD(t, off, Elf64_Verdef, vd_aux);
		if (!inside(t, aux, sizeof(Elf64_Verdaux)))
			return 1;
		name = keep(r, string_at(r, FIELD(t, aux, Elf64_Verdaux, vda_name)));
		if (!name)
			return bad(r, "a version's name cannot be read");
		e = remember(r, HALF_FIELD(t, off, Elf64_Verdef, vd_ndx), name, NULL);
		next = FIELD(t, off, Elf64_Verdef, vd_next);
		if (e || !next)
			return e;
		off += next;
	}
	return 0;
}

static int read_one(struct reader *r, enum dyn tag,
	int (*walk)(struct reader *, const struct table *))
{
	static const uint64_t sizes[] = {SMALL_TABLE, LARGE_TABLE};
	uint64_t off, avail;
	int e;

	if (!has(r, tag))
		return 0;
	e = locate(r, r->dyn[tag], &off, &avail);
	for (int i = 0; i < 2 && !e; i++) {
		struct table t = {.n = avail < sizes[i] ? avail : sizes[i],
			.little = r->o->facts.little};
		void *buf;
		e = fetch(r, off, t.n, ELF_T_BYTE, &buf);
		if (e)
			return e;
		t.p = buf;
		e = walk(r, &t);
		free(buf);
		if (e <= 0)
			return e;
		if (t.n == avail)
			break;
		e = 0;
	}
	return e < 0 ? e : bad(r, "a version table has no end");
}

int read_versions(struct reader *r)
{
	int e = read_one(r, DYN_VERNEED, walk_needs);

	return e ? e : read_one(r, DYN_VERDEF, walk_definitions);
}
