/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>

#include "tree/owners_own.h"

/*
 * What pip, npm and gem leave behind. What the distribution brought by the same means
 * (python3-requests has a dist-info, too) stays the distribution's.
 */

#define NAME_BYTES 256

enum mu_own_meta mu_own_meta_of(const char *path, size_t n)
{
	static const struct {
		const char *tail; /* what the path ends in */
		const char *with; /* what stands in it */
		enum mu_own_meta meta;
	} rows[] = {
		{"/METADATA", ".dist-info/", MU_OWN_META_PYTHON},
		{"/RECORD", ".dist-info/", MU_OWN_META_PYTHON},
		{"/WHEEL", ".dist-info/", MU_OWN_META_PYTHON},
		{"/PKG-INFO", ".egg-info/", MU_OWN_META_PYTHON},
		{"/installed-files.txt", ".egg-info/", MU_OWN_META_PYTHON},
		{"/package.json", "/node_modules/", MU_OWN_META_NPM},
		{".gemspec", "/specifications/", MU_OWN_META_GEM},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (mu_text_ends(path, n, rows[i].tail) && strstr(path, rows[i].with))
			return rows[i].meta;
	return MU_OWN_META_NONE;
}

/* ---- Python ------------------------------------------------------------------ */

static int read_beside(struct mu_owners *o, const char *folder, size_t n,
	const char *name, struct mu_bytes *ret)
{
	char path[MU_OWN_PATH];
	int len = snprintf(path, sizeof path, "%.*s/%s", (int)n, folder, name);

	memset(ret, 0, sizeof *ret);
	if (len < 0 || (size_t)len >= sizeof path ||
		mu_own_lookup(o, path, (size_t)len) == MU_OWN_NONE)
		return 0;
	return mu_own_read(o, path, MU_OWN_SMALL_MAX, ret);
}

/* The first field of a line of CSV; quotes only where the name has a comma. */
static size_t first_field(const char **line, size_t n)
{
	const char *s = *line, *end;

	if (n && *s == '"') {
		*line = ++s;
		end = memchr(s, '"', n - 1);
		return end ? (size_t)(end - s) : 0;
	}
	end = memchr(s, ',', n);
	return end ? (size_t)(end - s) : n;
}

static bool is_library(const char *path, size_t n)
{
	return mu_text_ends(path, n, ".so") || memmem(path, n, ".so.", 4);
}

static int claim_listed(struct mu_owners *o, const char *base, size_t nbase,
	const struct mu_bytes *list, bool csv, uint32_t package)
{
	const char *at = list->data, *line;
	size_t n;
	int e = 0;

	while (!e && at && mu_own_line(&at, list->data + list->n, &line, &n)) {
		uint32_t entry;
		if (csv)
			n = first_field(&line, n);
		if (!n)
			continue;
		if (is_library(line, n))
			o->packages.v[package].o.native = true;
		e = mu_own_relative(o, base, nbase, line, n, &entry);
		if (!e && entry != MU_OWN_NONE && !mu_own_is_distro(o, entry))
			mu_own_claim_free(o, entry, package, MU_OWN_LISTED);
	}
	return e;
}

/* "Tag: cp311-cp311-manylinux_2_17_x86_64": the one that says most. */
static int take_tag(
	struct mu_owners *o, const struct mu_bytes *wheel, struct mu_owner *ret)
{
	const char *at = wheel->data;
	struct mu_own_field f;

	while (at && mu_own_field_next(&at, wheel->data + wheel->n, &f) > 0) {
		const char *tag;
		if (!mu_own_field_is(&f, "Tag"))
			continue;
		tag = mu_own_string(o, f.value, f.nvalue, NAME_BYTES);
		if (!tag)
			return -ENOMEM;
		if (!ret->tag || mu_text_ends(ret->tag, strlen(ret->tag), "-any"))
			ret->tag = tag;
	}
	ret->native |= ret->tag && !mu_text_ends(ret->tag, strlen(ret->tag), "-any");
	return 0;
}

static int read_names(struct mu_owners *o, const char *path, struct mu_owner *ret)
{
	struct mu_bytes b;
	struct mu_own_field f;
	const char *at;
	int e = mu_own_read(o, path, MU_OWN_SMALL_MAX, &b);

	at = b.data;
	/* the description behind the first empty line is the author's own text */
	while (!e && at && mu_own_field_next(&at, b.data + b.n, &f) > 0) {
		const char **to = mu_own_field_is(&f, "Name")      ? &ret->package
				  : mu_own_field_is(&f, "Version") ? &ret->version
								   : NULL;
		if (to && !*to &&
			!(*to = mu_own_string(o, f.value, f.nvalue, NAME_BYTES)))
			e = -ENOMEM;
	}
	mu_bytes_free(&b);
	return e;
}

int mu_own_python(struct mu_owners *o, uint32_t metadata)
{
	const char *path = mu_tree_at(o->tree, metadata)->path;
	size_t nfolder = mu_own_folder_of(path, strlen(path));
	size_t nsite = mu_own_folder_of(path, nfolder);
	bool egg = mu_text_ends(path, nfolder, ".egg-info");
	struct mu_own_package p = {.o = {.kind = MU_OWNER_LANGUAGE, .manager = "pip"}};
	struct mu_bytes b;
	uint32_t package, folder;
	int e = read_names(o, path, &p.o);

	if (e || !p.o.package || mu_own_is_distro(o, metadata))
		return e;
	p.o.folder = mu_own_string(o, path, nsite, MU_OWN_PATH);
	e = read_beside(o, path, nfolder, "WHEEL", &b);
	if (!e)
		e = take_tag(o, &b, &p.o);
	mu_bytes_free(&b);
	package = e ? MU_OWN_NONE : mu_own_add(o, &p);
	if (package == MU_OWN_NONE || !p.o.folder)
		return e ? e : -ENOMEM;
	e = read_beside(o, path, nfolder, egg ? "installed-files.txt" : "RECORD", &b);
	if (!e)
		e = claim_listed(o, path, egg ? nfolder : nsite, &b, !egg, package);
	mu_bytes_free(&b);
	folder = mu_own_lookup(o, path, nfolder);
	if (!e && folder != MU_OWN_NONE)
		e = mu_own_take_folder(o, folder, package);
	return e;
}

/* ---- Ruby ---------------------------------------------------------------------- */

/* "net-http-1.2.3-x86_64-linux": the name ends before the first "-N." */
static size_t gem_name(const char *s, size_t n)
{
	for (size_t i = 1; i + 2 < n; i++) {
		size_t k = i + 1;
		if (s[i] != '-' || !isdigit((unsigned char)s[k]))
			continue;
		while (k < n && isdigit((unsigned char)s[k]))
			k++;
		if (k < n && s[k] == '.')
			return i;
	}
	return 0;
}

int mu_own_gem(struct mu_owners *o, uint32_t specification)
{
	static const char end[] = ".gemspec";
	const char *path = mu_tree_at(o->tree, specification)->path;
	const char *name = mu_text_base(path), *mark = strstr(path, "/specifications/");
	size_t n = strlen(name) - strlen(end), len = gem_name(name, n), most = 0;
	struct mu_own_package p = {.o = {.kind = MU_OWNER_LANGUAGE, .manager = "gem"}};
	char folder[MU_OWN_PATH];
	uint32_t package, entry;
	int got;

	for (const char *s = mark; s; s = strstr(s + 1, "/specifications/"))
		mark = s;
	if (!len || !mark || mu_own_is_distro(o, specification))
		return 0;
	/* default gems come with Ruby itself */
	most = (size_t)(mark - path);
	p.o.package = mu_own_string(o, name, len, NAME_BYTES);
	p.o.version = mu_own_string(o, name + len + 1, n - len - 1, NAME_BYTES);
	p.o.folder = mu_own_string(o, path, most, MU_OWN_PATH);
	if (!p.o.package || !p.o.version || !p.o.folder)
		return -ENOMEM;
	package = mu_own_add(o, &p);
	if (package == MU_OWN_NONE)
		return -ENOMEM;
	mu_own_claim_free(o, specification, package, MU_OWN_LISTED);
	got = snprintf(
		folder, sizeof folder, "%.*s/gems/%.*s", (int)most, path, (int)n, name);
	if (got < 0 || (size_t)got >= sizeof folder)
		return 0;
	entry = mu_own_lookup(o, folder, (size_t)got);
	return entry == MU_OWN_NONE ? 0 : mu_own_take_folder(o, entry, package);
}

/* ---- all of them ----------------------------------------------------------------- */

static int read_meta(struct mu_owners *o, uint32_t i, const char *path, size_t n)
{
	switch (mu_own_meta_of(path, n)) {
	case MU_OWN_META_PYTHON:
		if (mu_text_ends(path, n, "/METADATA") ||
			mu_text_ends(path, n, "/PKG-INFO"))
			return mu_own_python(o, i);
		return 0;
	case MU_OWN_META_NPM:
		return mu_own_npm(o, i);
	case MU_OWN_META_GEM:
		return mu_own_gem(o, i);
	default:
		return 0;
	}
}

int mu_own_language(struct mu_owners *o)
{
	int e = 0;

	for (size_t i = 0; !e && i < o->count; i++) {
		const struct mu_entry *entry = mu_tree_at(o->tree, i);
		if (entry->type == MU_ENTRY_FILE)
			e = read_meta(o, (uint32_t)i, entry->path, strlen(entry->path));
	}
	return e;
}

void mu_own_inherit(struct mu_owners *o)
{
	if (!o->top)
		return;
	/* a folder's path sorts before those of what is in it */
	for (size_t i = 1; i < o->count; i++) {
		const struct mu_entry *entry = mu_tree_at(o->tree, i);
		const struct mu_entry *up = mu_tree_parent(entry);
		uint32_t above = mu_own_lookup(o, up->path, strlen(up->path));
		uint32_t package;
		if (!o->top[i] && above != MU_OWN_NONE)
			o->top[i] = o->top[above];
		package = o->top[i];
		if (!package || o->owner[i])
			continue;
		mu_own_claim(o, (uint32_t)i, package - 1, MU_OWN_LISTED);
		if (mu_text_ends(entry->path, strlen(entry->path), ".node") ||
			(entry->magic == MU_MAGIC_ELF && entry->type == MU_ENTRY_FILE))
			o->packages.v[package - 1].o.native = true;
	}
}
