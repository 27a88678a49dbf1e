/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include <nettle/base64.h>

#include "tree/owners_own.h"

/*
 * apk's database: one record a package, lines of a letter, ':' and a value, an empty
 * line between records. F: names a folder, the R: lines after it its files, Z: the
 * checksum of the file before it. What was asked for by name is in /etc/apk/world.
 */

#define WORLD "/etc/apk/world"
#define NAME_MAX_BYTES 200
#define VALUE_MAX 1024

static const char *const databases[] = {
	"/lib/apk/db/installed", "/usr/lib/apk/db/installed"};

struct record {
	struct mu_owners *o;
	uint32_t package; /* MU_OWN_NONE until its first file */
	struct mu_own_package p;
	const char *folder; /* in the file's bytes */
	size_t nfolder;
	uint32_t file; /* last entry that R: named */
};

static uint64_t number(const char *s, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n && v < UINT64_C(1) << 50; i++)
		if (s[i] >= '0' && s[i] <= '9')
			v = v * 10 + (uint64_t)(s[i] - '0');
	return v;
}

/* The package is added when its record is over, or when its first file stands there. */
static int settle(struct record *r)
{
	static const char nothing[] = "";

	if (r->package != MU_OWN_NONE || !r->p.o.package || !*r->p.o.package)
		return 0;
	if (!r->p.o.version)
		r->p.o.version = nothing;
	r->package = mu_own_add(r->o, &r->p);
	return r->package == MU_OWN_NONE ? -ENOMEM : 0;
}

static void begin(struct record *r)
{
	struct mu_owners *o = r->o;

	*r = (struct record){.o = o,
		.package = MU_OWN_NONE,
		.file = MU_OWN_NONE,
		.p = {.o = {.kind = MU_OWNER_DISTRO, .manager = "apk"}}};
}

static int set_string(
	struct record *r, const char **ret, const char *s, size_t n, size_t max)
{
	*ret = mu_own_string(r->o, s, n, max);
	return *ret ? 0 : -ENOMEM;
}

static int take_file(struct record *r, const char *name, size_t n)
{
	char path[MU_OWN_PATH] = "/";
	size_t used = r->nfolder + 1;
	int e = settle(r);

	r->file = MU_OWN_NONE;
	if (e || r->package == MU_OWN_NONE || used + n + 2 > sizeof path)
		return e;
	if (r->nfolder) {
		memcpy(path + 1, r->folder, r->nfolder);
		path[used++] = '/';
	}
	memcpy(path + used, name, n);
	used += n;
	e = mu_own_claim_path(r->o, path, used, r->package, MU_OWN_LISTED);
	return e ? e : mu_own_locate(r->o, path, used, &r->file);
}

static int take_folder(struct record *r, const char *name, size_t n)
{
	int e;

	r->folder = NULL;
	r->nfolder = 0;
	if (n && (e = take_file(r, name, n)))
		return e;
	r->file = MU_OWN_NONE;
	r->folder = name;
	r->nfolder = n;
	return 0;
}

/* "Q1" and base64 of a SHA-1; "Q2" of a SHA-256. Configuration is below /etc. */
static int take_sum(struct record *r, const char *s, size_t n)
{
	bool wide = n > 2 && s[1] == '2';
	struct base64_decode_ctx ctx;
	uint8_t bytes[BASE64_DECODE_LENGTH(64)];
	size_t got = sizeof bytes;

	if (r->file == MU_OWN_NONE || n < 3 || n > 64 || s[0] != 'Q' ||
		strncmp(mu_tree_at(r->o->tree, r->file)->path, "/etc/", 5) != 0)
		return 0;
	base64_decode_init(&ctx);
	if (!base64_decode_update(&ctx, &got, bytes, n - 2, s + 2) ||
		got != (wide ? 32u : 20u))
		return 0;
	return mu_own_sum(r->o, r->file, wide ? MU_OWN_SHA256 : MU_OWN_SHA1, bytes, got);
}

static int take_line(struct record *r, char letter, const char *s, size_t n)
{
	switch (letter) {
	case 'P':
		return set_string(r, &r->p.o.package, s, n, NAME_MAX_BYTES);
	case 'V':
		return set_string(r, &r->p.o.version, s, n, VALUE_MAX);
	case 'A':
		return set_string(r, &r->p.o.arch, s, n, VALUE_MAX);
	case 'o':
		return set_string(r, &r->p.o.source, s, n, VALUE_MAX);
	case 'I':
		r->p.o.installed = number(s, n);
		return 0;
	case 'F':
		return take_folder(r, s, n);
	case 'R':
		return take_file(r, s, n);
	case 'Z':
		return take_sum(r, s, n);
	default:
		return 0;
	}
}

static int read_database(struct mu_owners *o, const char *path)
{
	struct record r = {.o = o};
	struct mu_bytes b;
	const char *at, *end, *line;
	size_t n;
	int e = mu_own_read(o, path, MU_OWN_DATABASE_MAX, &b);

	begin(&r);
	at = b.data;
	end = at ? at + b.n : at;
	while (!e && at && mu_own_line(&at, end, &line, &n)) {
		if (!n) {
			e = settle(&r);
			begin(&r);
		} else if (n >= 2 && line[1] == ':') {
			e = take_line(&r, line[0], line + 2, n - 2);
		}
	}
	if (!e)
		e = settle(&r);
	mu_bytes_free(&b);
	return e;
}

/* A word a line: "name", "name>1.2", "name@repository"; "!name" keeps one away. */
static int read_world(struct mu_owners *o, struct mu_map *ret, struct mu_bytes *b)
{
	const char *at, *end;
	int e = mu_own_read(o, WORLD, MU_OWN_SMALL_MAX, b);

	at = b->data;
	end = at ? at + b->n : at;
	while (!e && at && at < end) {
		size_t n = 0;
		while (at < end && strchr(" \t\r\n", *at))
			at++;
		while (at + n < end && !strchr(" \t\r\n<>=~@", at[n]))
			n++;
		if (n && *at != '!')
			e = mu_map_put(ret, at, n, 1);
		at += n;
		while (at < end && !strchr(" \t\r\n", *at))
			at++;
	}
	return e;
}

static int choose(struct mu_owners *o, size_t first)
{
	struct mu_map world = {0};
	struct mu_bytes b;
	int e;

	e = read_world(o, &world, &b);
	for (size_t i = first; !e && i < o->packages.n; i++) {
		struct mu_owner *p = &o->packages.v[i].o;
		p->chosen =
			mu_map_get(&world, p->package, strlen(p->package)) != MU_OWN_NONE;
		p->automatic = b.data && !p->chosen;
	}
	mu_map_free(&world);
	mu_bytes_free(&b);
	return e;
}

int mu_own_apk(struct mu_owners *o)
{
	const struct mu_entry *found[2] = {NULL, NULL};
	size_t first = o->packages.n;
	int e = 0;

	for (int i = 0; !e && i < 2; i++) {
		/* one may be a symlink's way to the other */
		if (mu_tree_resolve(o->tree, databases[i], &found[i]) ||
			(i && found[0] == found[1]))
			continue;
		e = read_database(o, databases[i]);
	}
	if (e || o->packages.n == first)
		return e;
	if (!o->manager)
		o->manager = "apk";
	return choose(o, first);
}
