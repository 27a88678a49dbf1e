/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "tree/owners_own.h"

/*
 * A header as rpm stores it: how many index entries and how many bytes of data, both
 * big endian; the entries (tag, type, offset, count); the data.
 */

enum tag {
	NAME = 1000,
	VERSION = 1001,
	RELEASE = 1002,
	SIZE = 1009,
	VENDOR = 1011,
	ARCH = 1022,
	OLD_NAMES = 1027,
	DIGESTS = 1035,
	FLAGS = 1037,
	SOURCE_RPM = 1044,
	DIR_INDEXES = 1116,
	BASE_NAMES = 1117,
	DIR_NAMES = 1118,
	LONG_SIZE = 5009,
	DIGEST_ALGO = 5011,
};

enum { TYPE_INT32 = 4, TYPE_INT64 = 5, TYPE_STRING = 6, TYPE_STRINGS = 8, TYPE_I18N = 9 };

#define ENTRIES_MAX 65536
#define FILE_CONFIG 1
#define VALUE_MAX 1024

struct header {
	const uint8_t *index, *data;
	uint32_t entries, bytes;
};

struct value {
	const uint8_t *p;           /* NULL: the tag is not there */
	uint32_t type, count, left; /* bytes from .p to the end of the data */
};

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool open_header(const uint8_t *p, size_t n, struct header *ret)
{
	if (n < 8)
		return false;
	ret->entries = be32(p);
	ret->bytes = be32(p + 4);
	if (!ret->entries || ret->entries > ENTRIES_MAX ||
		n - 8 < (uint64_t)ret->entries * 16 + ret->bytes)
		return false;
	ret->index = p + 8;
	ret->data = ret->index + (size_t)ret->entries * 16;
	return true;
}

static struct value get(const struct header *h, enum tag tag)
{
	for (uint32_t i = 0; i < h->entries; i++) {
		const uint8_t *e = h->index + (size_t)i * 16;
		uint32_t offset = be32(e + 8);
		if (be32(e) == (uint32_t)tag && offset < h->bytes)
			return (struct value){h->data + offset, be32(e + 4), be32(e + 12),
				h->bytes - offset};
	}
	return (struct value){0};
}

/* The string at @at of a value, which goes on behind it; false: not in bounds. */
static bool next_string(
	const struct value *v, uint32_t *at, const char **ret, size_t *ret_n)
{
	const uint8_t *nul;

	if (!v->p || *at >= v->left)
		return false;
	nul = memchr(v->p + *at, 0, v->left - *at);
	if (!nul)
		return false;
	*ret = (const char *)v->p + *at;
	*ret_n = (size_t)(nul - v->p) - *at;
	*at += (uint32_t)*ret_n + 1;
	return true;
}

static bool is_strings(const struct value *v)
{
	return v->p && (v->type == TYPE_STRING || v->type == TYPE_STRINGS ||
			       v->type == TYPE_I18N);
}

/* Member @i of a list of 32-bit numbers. */
static bool int_at(const struct value *v, uint32_t i, uint32_t *ret)
{
	if (!v->p || v->type != TYPE_INT32 || i >= v->count || i >= v->left / 4)
		return false;
	*ret = be32(v->p + (size_t)i * 4);
	return true;
}

static int string_of(
	struct mu_owners *o, const struct header *h, enum tag tag, const char **ret)
{
	struct value v = get(h, tag);
	uint32_t at = 0;
	const char *s;
	size_t n;

	if (!is_strings(&v) || !next_string(&v, &at, &s, &n))
		return 0;
	*ret = mu_own_string(o, s, n, VALUE_MAX);
	return *ret ? 0 : -ENOMEM;
}

static uint64_t size_of(const struct header *h)
{
	struct value v = get(h, LONG_SIZE);
	uint32_t low = 0;

	if (v.p && v.type == TYPE_INT64 && v.left >= 8)
		return (uint64_t)be32(v.p) << 32 | be32(v.p + 4);
	v = get(h, SIZE);
	int_at(&v, 0, &low);
	return low;
}

static int fill(struct mu_owners *o, const struct header *h, struct mu_own_package *p)
{
	const char *version = NULL, *release = NULL;
	const struct {
		enum tag tag;
		const char **ret;
	} rows[] = {
		{NAME, &p->o.package},
		{VERSION, &version},
		{RELEASE, &release},
		{ARCH, &p->o.arch},
		{SOURCE_RPM, &p->o.source},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (string_of(o, h, rows[i].tag, rows[i].ret))
			return -ENOMEM;
	p->o.version = mu_arena_printf(&o->arena, "%s%s%s", version ? version : "",
		release ? "-" : "", release ? release : "");
	p->o.installed = size_of(h);
	return p->o.version ? 0 : -ENOMEM;
}

/* ---- files ---------------------------------------------------------------------- */

struct files {
	struct mu_owners *o;
	uint32_t package;
	struct value flags, digests;
	uint32_t digests_at;
	enum mu_own_digest digest;
	size_t digest_bytes;
};

static int take_file(struct files *f, uint32_t i, const char *path, size_t n)
{
	uint8_t bytes[32];
	const char *hex;
	size_t nhex = 0;
	uint32_t flags = 0, entry;
	int e = mu_own_claim_path(f->o, path, n, f->package, MU_OWN_LISTED);

	if (!next_string(&f->digests, &f->digests_at, &hex, &nhex))
		f->digests.p = NULL;
	if (e || !f->digests.p || nhex != f->digest_bytes * 2 ||
		!int_at(&f->flags, i, &flags) || !(flags & FILE_CONFIG) ||
		!mu_own_unhex(hex, nhex, bytes, sizeof bytes))
		return e;
	e = mu_own_locate(f->o, path, n, &entry);
	if (!e && entry != MU_OWN_NONE)
		e = mu_own_sum(f->o, entry, f->digest, bytes, f->digest_bytes);
	return e;
}

struct name {
	const char *s;
	size_t n;
};

static int take_base_names(struct files *f, const struct header *h, struct value *names)
{
	struct value dirs = get(h, DIR_NAMES), indexes = get(h, DIR_INDEXES);
	MU_VEC(struct name) dir = {0};
	char path[MU_OWN_PATH];
	uint32_t at = 0;
	const char *s;
	size_t n;
	int e = 0;

	while (!e && is_strings(&dirs) && dir.n < dirs.count &&
		next_string(&dirs, &at, &s, &n)) {
		e = mu_vec_room(&dir);
		if (!e)
			dir.v[dir.n++] = (struct name){s, n};
	}
	at = 0;
	for (uint32_t i = 0, d; !e && i < names->count; i++) {
		if (!next_string(names, &at, &s, &n) || !int_at(&indexes, i, &d))
			break;
		if (d >= dir.n || dir.v[d].n + n >= sizeof path)
			continue;
		memcpy(path, dir.v[d].s, dir.v[d].n);
		memcpy(path + dir.v[d].n, s, n);
		e = take_file(f, i, path, dir.v[d].n + n);
	}
	free(dir.v);
	return e;
}

static int take_files(struct mu_owners *o, const struct header *h, uint32_t package)
{
	struct files f = {.o = o,
		.package = package,
		.flags = get(h, FLAGS),
		.digests = get(h, DIGESTS),
		.digest = MU_OWN_MD5,
		.digest_bytes = 16};
	struct value names = get(h, BASE_NAMES), algo = get(h, DIGEST_ALGO);
	uint32_t number = 0, at = 0;
	const char *s;
	size_t n;
	int e = 0;

	if (int_at(&algo, 0, &number) && number == 8) {
		f.digest = MU_OWN_SHA256;
		f.digest_bytes = 32;
	}
	if (is_strings(&names))
		return take_base_names(&f, h, &names);
	names = get(h, OLD_NAMES);
	for (uint32_t i = 0; !e && is_strings(&names) && i < names.count &&
			     next_string(&names, &at, &s, &n);
		i++)
		e = take_file(&f, i, s, n);
	return e;
}

/* -EINVAL: the header is damaged */
int mu_own_rpm_header(struct mu_owners *o, const void *data, size_t n)
{
	struct mu_own_package p = {.o = {.kind = MU_OWNER_DISTRO, .manager = "rpm"}};
	struct header h;
	uint32_t package;
	int e;

	if (!open_header(data, n, &h))
		return -EINVAL;
	e = fill(o, &h, &p);
	if (e)
		return e;
	if (!p.o.package || !*p.o.package)
		return -EINVAL;
	if (strcmp(p.o.package, "gpg-pubkey") == 0)
		return 0; /* a key, not a package */
	package = mu_own_add(o, &p);
	return package == MU_OWN_NONE ? -ENOMEM : take_files(o, &h, package);
}
