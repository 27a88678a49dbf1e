/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <muslin/packages.h>

#include "tree/owners_own.h"

/*
 * dpkg's database: /var/lib/dpkg/status and, in images without dpkg ("distroless"), one
 * file a package in /var/lib/dpkg/status.d.
 */

#define STATUS "/var/lib/dpkg/status"
#define STATUS_D "/var/lib/dpkg/status.d"
#define NAME_MAX_BYTES 200
#define VALUE_MAX 4096
#define RAW_MAX (UINT64_C(1) << 20)

/* One stanza; values are in the file's bytes. */
enum field {
	PACKAGE,
	STATUS_WORDS,
	ARCHITECTURE,
	VERSION,
	SOURCE,
	SECTION,
	ESSENTIAL,
	PRIORITY,
	INSTALLED_SIZE,
	DEPENDS,
	PRE_DEPENDS,
	PROVIDES,
	REPLACES,
	CONFFILES,
	NFIELDS,
};

static const char *const names[NFIELDS] = {
	[PACKAGE] = "Package",
	[STATUS_WORDS] = "Status",
	[ARCHITECTURE] = "Architecture",
	[VERSION] = "Version",
	[SOURCE] = "Source",
	[SECTION] = "Section",
	[ESSENTIAL] = "Essential",
	[PRIORITY] = "Priority",
	[INSTALLED_SIZE] = "Installed-Size",
	[DEPENDS] = "Depends",
	[PRE_DEPENDS] = "Pre-Depends",
	[PROVIDES] = "Provides",
	[REPLACES] = "Replaces",
	[CONFFILES] = "Conffiles",
};

struct stanza {
	struct mu_own_field v[NFIELDS];
};

/* Fields of one stanza; false at the end of the file. */
static bool next_stanza(const char **at, const char *end, struct stanza *ret)
{
	struct mu_own_field f;
	bool any = false;
	int e;

	memset(ret, 0, sizeof *ret);
	while ((e = mu_own_field_next(at, end, &f)) > 0 || (!e && !any)) {
		for (size_t i = 0; e && i < NFIELDS; i++)
			if (mu_own_field_is(&f, names[i]))
				ret->v[i] = f;
		any |= e > 0;
	}
	return any;
}

static bool value_is(const struct mu_own_field *f, const char *s)
{
	const char *v = f->value;
	size_t n = f->nvalue;

	while (n && (*v == ' ' || *v == '\t')) {
		v++;
		n--;
	}
	while (n && (v[n - 1] == ' ' || v[n - 1] == '\t'))
		n--;
	return n == strlen(s) && memcmp(v, s, n) == 0;
}

static bool value_has(const struct mu_own_field *f, const char *s)
{
	return f->value && memmem(f->value, f->nvalue, s, strlen(s));
}

/* ---- whose it is -------------------------------------------------------------- */

/* Nothing is known of it in Alpine. Where its files are tells the rest: owners.c */
static void judge(struct mu_own_package *p)
{
	struct mu_deb deb;

	p->unknown = mu_deb_map(p->o.package, NULL, &deb) != 0;
	p->o.kind = MU_OWNER_DISTRO;
}

/* ---- packages ------------------------------------------------------------------ */

/* "libc6 (>= 2.34), a:any | b": names alone. Counts with @ret NULL. */
static size_t words_of(
	struct mu_owners *o, const struct mu_own_field *f, const char **ret, size_t max)
{
	const char *p = f->value, *end = p + f->nvalue;
	size_t count = 0;

	while (p && p < end && count < max) {
		const char *start;
		while (p < end && strchr(" \t\r\n,|", *p))
			p++;
		start = p;
		while (p < end && !strchr(" \t\r\n,|:([<", *p))
			p++;
		if (p > start && ret)
			ret[count] =
				mu_arena_strndup(&o->arena, start, (size_t)(p - start));
		if (p > start && ret && !ret[count])
			return SIZE_MAX;
		count += p > start;
		while (p < end && *p != ',' && *p != '|')
			p++;
	}
	return count;
}

static int set_depends(struct mu_owners *o, const struct stanza *s, struct mu_words *ret)
{
	static const enum field both[] = {PRE_DEPENDS, DEPENDS};
	const char **v;
	size_t n = 0;

	for (int i = 0; i < 2; i++)
		n += words_of(o, &s->v[both[i]], NULL, MU_OWN_WORDS_MAX);
	v = mu_arena_array(&o->arena, n + 1, sizeof *v);
	if (!v)
		return -ENOMEM;
	ret->v = v;
	for (int i = 0; i < 2; i++) {
		size_t got = words_of(o, &s->v[both[i]], v + ret->n, MU_OWN_WORDS_MAX);
		if (got == SIZE_MAX)
			return -ENOMEM;
		ret->n += got;
	}
	ret->set = n != 0;
	return 0;
}

/* 1: installed, or as good as; 0: gone; -1: its configuration is left. */
static int state_of(const struct mu_own_field *f)
{
	if (!f->value)
		return 1; /* status.d has none */
	if (value_has(f, " not-installed"))
		return 0;
	return value_has(f, " config-files") ? -1 : 1;
}

static int set_strings(
	struct mu_owners *o, const struct stanza *s, struct mu_own_package *p)
{
	const struct {
		enum field field;
		const char **ret;
		size_t max;
	} rows[] = {
		{PACKAGE, &p->o.package, NAME_MAX_BYTES},
		{VERSION, &p->o.version, VALUE_MAX},
		{ARCHITECTURE, &p->o.arch, VALUE_MAX},
		{SOURCE, &p->o.source, VALUE_MAX},
		{SECTION, &p->o.section, VALUE_MAX},
		{PROVIDES, &p->provides, RAW_MAX},
		{REPLACES, &p->replaces, RAW_MAX},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct mu_own_field *f = &s->v[rows[i].field];
		if (!f->value)
			continue;
		*rows[i].ret = mu_own_string(o, f->value, f->nvalue, rows[i].max);
		if (!*rows[i].ret)
			return -ENOMEM;
	}
	return 0;
}

/* "Source: glibc (2.36-9)": the version is the source's own. */
static void cut_source(struct mu_owner *p)
{
	char *blank = p->source ? strchr(p->source, ' ') : NULL;

	if (blank)
		*blank = '\0';
}

static uint64_t number(const struct mu_own_field *f)
{
	uint64_t n = 0;

	for (size_t i = 0; i < f->nvalue && n < UINT64_C(1) << 40; i++)
		if (f->value[i] >= '0' && f->value[i] <= '9')
			n = n * 10 + (uint64_t)(f->value[i] - '0');
	return n;
}

static int add_package(struct mu_owners *o, const struct stanza *s, uint32_t *ret)
{
	const struct mu_own_field *priority = &s->v[PRIORITY];
	struct mu_own_package p = {.o = {.manager = "dpkg"}};
	int e = set_strings(o, s, &p);

	*ret = MU_OWN_NONE;
	if (e)
		return e;
	if (!p.o.package || !*p.o.package || strchr(p.o.package, '/'))
		return 0;
	if (!p.o.version && !(p.o.version = mu_own_string(o, "", 0, 0)))
		return -ENOMEM;
	cut_source(&p.o);
	p.o.essential = value_is(&s->v[ESSENTIAL], "yes") ||
			value_is(priority, "required") || value_is(priority, "important");
	p.standard = value_is(priority, "standard");
	p.left = state_of(&s->v[STATUS_WORDS]) < 0;
	p.o.installed = number(&s->v[INSTALLED_SIZE]) * 1024;
	judge(&p);
	e = set_depends(o, s, &p.o.depends);
	if (e)
		return e;
	*ret = mu_own_add(o, &p);
	return *ret == MU_OWN_NONE ? -ENOMEM : 0;
}

/* " /etc/x d41d8cd98f00b204e9800998ecf8427e [obsolete|remove-on-upgrade]" */
static int take_conffiles(struct mu_owners *o, const struct mu_own_field *f)
{
	const char *at = f->value, *end = at + f->nvalue, *line;
	size_t n;
	int e = 0;

	while (!e && at && mu_own_line(&at, end, &line, &n)) {
		uint8_t md5[16];
		uint32_t entry;
		const char *blank;
		while (n && *line == ' ') {
			line++;
			n--;
		}
		for (blank = line + n; blank > line && *blank != ' '; blank--)
			;
		if (blank > line && memchr(line, ' ', (size_t)(blank - line)))
			blank = memchr(line, ' ', (size_t)(blank - line));
		if (blank <= line || line + n - blank < 33 ||
			!mu_own_unhex(blank + 1, 32, md5, sizeof md5))
			continue;
		e = mu_own_locate(o, line, (size_t)(blank - line), &entry);
		if (!e && entry != MU_OWN_NONE)
			e = mu_own_sum(o, entry, MU_OWN_MD5, md5, sizeof md5);
	}
	return e;
}

static int read_status(struct mu_owners *o)
{
	struct mu_bytes b;
	const char *at, *end;
	struct stanza s;
	int e = mu_own_read(o, STATUS, MU_OWN_DATABASE_MAX, &b);

	if (e || !b.data)
		return e;
	at = b.data;
	end = at + b.n;
	while (!e && next_stanza(&at, end, &s)) {
		uint32_t package;
		if (!s.v[PACKAGE].value || !state_of(&s.v[STATUS_WORDS]))
			continue;
		e = add_package(o, &s, &package);
		if (!e && package != MU_OWN_NONE)
			e = take_conffiles(o, &s.v[CONFFILES]);
	}
	mu_bytes_free(&b);
	return e;
}

/* ---- status.d ----------------------------------------------------------------- */

/* "d41d8cd98f00b204e9800998ecf8427e  usr/bin/x" */
static int take_md5sums(struct mu_owners *o, const char *path, uint32_t package)
{
	struct mu_bytes b;
	const char *at, *end, *line;
	char sums[MU_OWN_PATH];
	size_t n;
	int e = 0;

	if ((size_t)snprintf(sums, sizeof sums, "%s.md5sums", path) >= sizeof sums ||
		mu_own_lookup(o, sums, strlen(sums)) == MU_OWN_NONE)
		return mu_own_note(
			o, path, "tells of a package, but not which files are of it");
	e = mu_own_read(o, sums, MU_OWN_SMALL_MAX, &b);
	at = b.data;
	end = at ? at + b.n : at;
	while (!e && at && mu_own_line(&at, end, &line, &n)) {
		char buf[MU_OWN_PATH] = "/";
		size_t skip = n > 34 ? 32 + strspn(line + 32, " *") : n;
		if (skip >= n || n - skip + 2 > sizeof buf)
			continue;
		if (n - skip > 2 && line[skip] == '.' && line[skip + 1] == '/')
			skip += 2;
		memcpy(buf + 1, line + skip, n - skip);
		e = mu_own_claim_path(o, buf, n - skip + 1, package, MU_OWN_LISTED);
	}
	mu_bytes_free(&b);
	return e;
}

static int read_status_file(struct mu_owners *o, const struct mu_entry *entry)
{
	struct mu_bytes b;
	struct stanza s;
	const char *at;
	uint32_t package = MU_OWN_NONE;
	int e = mu_own_read(o, entry->path, MU_OWN_SMALL_MAX, &b);

	if (e || !b.data)
		return e;
	at = b.data;
	if (next_stanza(&at, at + b.n, &s) && s.v[PACKAGE].value &&
		state_of(&s.v[STATUS_WORDS]))
		e = add_package(o, &s, &package);
	if (!e && package != MU_OWN_NONE)
		e = take_conffiles(o, &s.v[CONFFILES]);
	mu_bytes_free(&b);
	if (!e && package != MU_OWN_NONE)
		e = take_md5sums(o, entry->path, package);
	return e;
}

static int read_status_folder(struct mu_owners *o)
{
	const struct mu_entry *folder, *entry;
	size_t n, before = o->packages.n;
	int e = 0;

	if (mu_tree_resolve(o->tree, STATUS_D, &folder) ||
		folder->type != MU_ENTRY_FOLDER)
		return 0;
	n = strlen(folder->path);
	for (size_t i = mu_own_below(o, folder->path, n); !e && i < o->count; i++) {
		entry = mu_tree_at(o->tree, i);
		if (!mu_own_is_below(entry, folder->path, n))
			break;
		if (entry->type == MU_ENTRY_FILE && !strchr(entry->path + n + 1, '/') &&
			!mu_text_ends(entry->path, strlen(entry->path), ".md5sums"))
			e = read_status_file(o, entry);
	}
	o->links_unlisted |= o->packages.n > before;
	return e;
}

int mu_own_dpkg(struct mu_owners *o)
{
	size_t first = o->packages.n;
	int e = read_status(o);

	if (!e)
		e = mu_own_dpkg_files(o, first);
	if (!e)
		e = read_status_folder(o);
	if (!e && o->packages.n > first) {
		o->manager = "dpkg";
		e = mu_own_dpkg_chosen(o, first);
	}
	return e;
}
