/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <nettle/md5.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>

#include "tree/owners_own.h"

#define NOTES_MAX 100
#define PACKAGES_MAX 200000u

const char *mu_owner_kind_name(enum mu_owner_kind kind)
{
	static const char *const names[] = {
		[MU_OWNER_APP] = "app",
		[MU_OWNER_LANGUAGE] = "language",
		[MU_OWNER_DISTRO] = "distro",
	};

	return names[kind];
}

/* ---- what the readers add --------------------------------------------------- */

uint32_t mu_own_add(struct mu_owners *o, const struct mu_own_package *package)
{
	if (o->packages.n >= PACKAGES_MAX || mu_vec_room(&o->packages))
		return MU_OWN_NONE;
	o->packages.v[o->packages.n] = *package;
	return (uint32_t)o->packages.n++;
}

int mu_own_sum(struct mu_owners *o, uint32_t entry, enum mu_own_digest digest,
	const uint8_t *bytes, size_t n)
{
	struct mu_own_sum *sum;

	if (n > sizeof sum->bytes)
		return 0;
	if (mu_vec_room(&o->sums))
		return -ENOMEM;
	sum = &o->sums.v[o->sums.n++];
	*sum = (struct mu_own_sum){.entry = entry, .digest = (uint8_t)digest};
	memcpy(sum->bytes, bytes, n);
	return 0;
}

int mu_own_note(struct mu_owners *o, const char *path, const char *fmt, ...)
{
	struct mu_tree_note *note;
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (o->notes.n >= NOTES_MAX)
		return 0;
	if (mu_vec_room(&o->notes))
		return -ENOMEM;
	note = &o->notes.v[o->notes.n];
	note->path = path ? mu_arena_strdup(&o->arena, path) : NULL;
	note->text = mu_arena_strdup(&o->arena, text);
	if (!note->text || (path && !note->path))
		return -ENOMEM;
	o->notes.n++;
	return 0;
}

/* ---- os-release ------------------------------------------------------------- */

/* NAME=value, NAME="value" */
static const char *release_value(struct mu_owners *o, const char *s, size_t n)
{
	if (n > 1 && (*s == '"' || *s == '\'') && s[n - 1] == *s) {
		s++;
		n -= 2;
	}
	return n ? mu_own_string(o, s, n, 200) : NULL;
}

int mu_own_release(struct mu_owners *o)
{
	static const char *const paths[] = {"/etc/os-release", "/usr/lib/os-release"};
	struct mu_distribution *d = &o->distribution;
	const struct {
		const char *key;
		const char **value;
	} keys[] = {
		{"ID=", &d->id},
		{"VERSION_ID=", &d->version},
		{"PRETTY_NAME=", &d->name},
		{"VERSION_CODENAME=", &d->codename},
	};
	struct mu_bytes b = {0};
	const char *at, *line;
	size_t n;
	int e = 0;

	for (size_t i = 0; !e && !b.data && i < 2; i++)
		e = mu_own_read(o, paths[i], 1 << 16, &b);
	if (e || !b.data)
		return e;
	at = b.data;
	while (mu_own_line(&at, b.data + b.n, &line, &n))
		for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
			size_t k = strlen(keys[i].key);
			if (n > k && !memcmp(line, keys[i].key, k))
				*keys[i].value = release_value(o, line + k, n - k);
		}
	mu_bytes_free(&b);
	return 0;
}

/* ---- putting it in order ------------------------------------------------------ */

static int by_name(const void *a, const void *b)
{
	const struct mu_owner *x = *(struct mu_owner *const *)a;
	const struct mu_owner *y = *(struct mu_owner *const *)b;
	int c = strcmp(x->manager, y->manager);

	if (!c)
		c = strcmp(x->package, y->package);
	if (!c)
		c = strcmp(x->folder ? x->folder : "", y->folder ? y->folder : "");
	if (!c)
		c = strcmp(x->version ? x->version : "", y->version ? y->version : "");
	return c ? c : strcmp(x->arch ? x->arch : "", y->arch ? y->arch : "");
}

static int by_entry(const void *a, const void *b)
{
	const struct mu_own_sum *x = a, *y = b;

	return x->entry < y->entry ? -1 : x->entry > y->entry;
}

/* Removed packages, and what nobody brought by name, are no packages to be listed. */
static int sort_packages(struct mu_owners *o)
{
	o->sorted = calloc(o->packages.n + 1, sizeof *o->sorted);
	if (!o->sorted)
		return -ENOMEM;
	for (size_t i = 0; i < o->packages.n; i++)
		if (!o->packages.v[i].left && i != o->made)
			o->sorted[o->nsorted++] = &o->packages.v[i].o;
	qsort(o->sorted, o->nsorted, sizeof *o->sorted, by_name);
	if (o->sums.n)
		qsort(o->sums.v, o->sums.n, sizeof *o->sums.v, by_entry);
	return 0;
}

struct named {
	uint64_t inode;
	uint32_t entry;
};

static int by_inode(const void *a, const void *b)
{
	const struct named *x = a, *y = b;

	if (x->inode != y->inode)
		return x->inode < y->inode ? -1 : 1;
	return x->entry < y->entry ? -1 : x->entry > y->entry;
}

/* Sizes of what each has in the tree; a file with several names counts once. */
static int count_files(struct mu_owners *o)
{
	struct named *files = malloc((o->count + 1) * sizeof *files);
	size_t n = 0;

	if (!files)
		return -ENOMEM;
	for (size_t i = 0; i < o->count; i++) {
		const struct mu_entry *e = mu_tree_at(o->tree, i);
		if (o->owner[i] && e->type == MU_ENTRY_FILE)
			files[n++] = (struct named){e->inode, (uint32_t)i};
	}
	qsort(files, n, sizeof *files, by_inode);
	for (size_t i = 0; i < n; i++) {
		struct mu_owner *owner = &o->packages.v[o->owner[files[i].entry] - 1].o;
		owner->nfiles++;
		if (!i || files[i].inode != files[i - 1].inode)
			owner->size += mu_tree_at(o->tree, files[i].entry)->size;
	}
	free(files);
	return 0;
}

/*
 * Debian's policy keeps its packages out of /opt and /usr/local: one that nothing is
 * known of and that has files there is a vendor's, and must run as it is.
 */
static void find_vendors(struct mu_owners *o)
{
	for (size_t i = 0; i < o->count; i++) {
		const struct mu_entry *e = mu_tree_at(o->tree, i);
		struct mu_own_package *p;
		if (!o->owner[i] || e->type != MU_ENTRY_FILE ||
			(strncmp(e->path, "/opt/", 5) &&
				strncmp(e->path, "/usr/local/", 11)))
			continue;
		p = &o->packages.v[o->owner[i] - 1];
		if (p->unknown) {
			p->o.vendor = true;
			p->o.kind = MU_OWNER_APP;
		}
	}
}

/* ---- reading all of it --------------------------------------------------------------
 */

static int read_all(struct mu_owners *o)
{
	int e = mu_own_index(o);

	if (!e)
		e = mu_own_release(o);
	if (!e)
		e = mu_own_dpkg(o);
	if (!e)
		e = mu_own_apk(o);
	if (!e)
		e = mu_own_rpm(o);
	if (!e)
		e = mu_own_single(o);
	if (!e)
		e = mu_own_language(o);
	if (!e) {
		find_vendors(o);
		mu_own_inherit(o);
		e = mu_own_made(o);
	}
	if (!e)
		e = sort_packages(o);
	return e ? e : count_files(o);
}

int mu_owners_read(const struct mu_tree *tree, struct mu_owners **ret)
{
	struct mu_owners *o = calloc(1, sizeof *o);
	int e;

	if (!o)
		return -ENOMEM;
	o->tree = tree;
	o->made = MU_OWN_NONE;
	e = read_all(o);
	if (e) {
		mu_owners_free(o);
		return e;
	}
	*ret = o;
	return 0;
}

void mu_owners_free(struct mu_owners *o)
{
	if (!o)
		return;
	mu_map_free(&o->folders);
	mu_arena_free(&o->arena);
	free(o->slots);
	free(o->owner);
	free(o->rank);
	free(o->top);
	free(o->packages.v);
	free(o->sums.v);
	free(o->notes.v);
	free(o->sorted);
	free(o);
}

/* ---- what is asked ---------------------------------------------------------------- */

const struct mu_owner *mu_owners_of(
	const struct mu_owners *o, const struct mu_entry *entry)
{
	uint32_t i = mu_own_lookup(o, entry->path, strlen(entry->path));

	return i == MU_OWN_NONE || !o->owner[i] ? NULL
						: &o->packages.v[o->owner[i] - 1].o;
}

const struct mu_owner *mu_owners_at(const struct mu_owners *o, size_t i)
{
	return i < o->nsorted ? o->sorted[i] : NULL;
}

const struct mu_owner *mu_owners_find(
	const struct mu_owners *o, const char *manager, const char *package)
{
	size_t low = 0, high = o->nsorted;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = strcmp(o->sorted[mid]->manager, manager);
		if (!c)
			c = strcmp(o->sorted[mid]->package, package);
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == o->nsorted || strcmp(o->sorted[low]->manager, manager) ||
		strcmp(o->sorted[low]->package, package))
		return NULL;
	return o->sorted[low];
}

static void digest(enum mu_own_digest how, const struct mu_bytes *b, uint8_t ret[32])
{
	const uint8_t *data = (const uint8_t *)b->data;
	struct md5_ctx md5;
	struct sha1_ctx sha1;
	struct sha256_ctx sha256;

	memset(ret, 0, 32);
	switch (how) {
	case MU_OWN_MD5:
		md5_init(&md5);
		md5_update(&md5, b->n, data);
		md5_digest(&md5, MD5_DIGEST_SIZE, ret);
		break;
	case MU_OWN_SHA1:
		sha1_init(&sha1);
		sha1_update(&sha1, b->n, data);
		sha1_digest(&sha1, SHA1_DIGEST_SIZE, ret);
		break;
	case MU_OWN_SHA256:
		sha256_init(&sha256);
		sha256_update(&sha256, b->n, data);
		sha256_digest(&sha256, SHA256_DIGEST_SIZE, ret);
		break;
	}
}

bool mu_owners_modified(const struct mu_owners *o, const struct mu_entry *entry)
{
	struct mu_own_sum key = {
		.entry = mu_own_lookup(o, entry->path, strlen(entry->path))};
	const struct mu_own_sum *sum;
	struct mu_bytes b;
	uint8_t now[32];

	if (entry->type != MU_ENTRY_FILE || key.entry == MU_OWN_NONE || !o->sums.n)
		return false;
	sum = bsearch(&key, o->sums.v, o->sums.n, sizeof key, by_entry);
	/* what is too large to be read is no configuration file */
	if (!sum || mu_tree_read(o->tree, entry, MU_OWN_CONFIG_MAX, &b))
		return false;
	digest(sum->digest, &b, now);
	mu_bytes_free(&b);
	return memcmp(now, sum->bytes, sizeof now) != 0;
}

const struct mu_distribution *mu_owners_distribution(const struct mu_owners *o)
{
	return &o->distribution;
}

const struct mu_tree_note *mu_owners_note_at(const struct mu_owners *o, size_t i)
{
	return i < o->notes.n ? &o->notes.v[i] : NULL;
}

/* ---- what is read -------------------------------------------------------------------
 */

bool mu_owners_wanted(const char *path, uint64_t size)
{
	static const struct {
		const char *start, *end;
		uint64_t max;
	} files[] = {
		{"/etc/", "", MU_OWN_CONFIG_MAX},
		{"/usr/lib/os-release", "", MU_OWN_CONFIG_MAX},
		{"/var/lib/dpkg/status", "", MU_OWN_DATABASE_MAX},
		{"/var/lib/dpkg/diversions", "", MU_OWN_DATABASE_MAX},
		{"/var/lib/dpkg/info/", ".list", MU_OWN_DATABASE_MAX},
		{"/var/lib/apt/extended_states", "", MU_OWN_DATABASE_MAX},
		{"/lib/apk/db/installed", "", MU_OWN_DATABASE_MAX},
		{"/usr/lib/apk/db/installed", "", MU_OWN_DATABASE_MAX},
		{"/var/lib/rpm/rpmdb.sqlite", "", MU_OWN_DATABASE_MAX},
		{"/usr/lib/sysimage/rpm/rpmdb.sqlite", "", MU_OWN_DATABASE_MAX},
		{"/DEBIAN/control", "", MU_OWN_SMALL_MAX},
		{"/.PKGINFO", "", MU_OWN_SMALL_MAX},
	};
	size_t n = strlen(path);

	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		size_t m = strlen(files[i].start);
		if (n >= m && path[1] == files[i].start[1] &&
			!memcmp(path, files[i].start, m) && size <= files[i].max &&
			mu_text_ends(path, n, files[i].end))
			return true;
	}
	return size <= MU_OWN_SMALL_MAX && mu_own_meta_of(path, n) != MU_OWN_META_NONE;
}
