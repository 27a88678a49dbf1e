/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "core/hash.h"
#include "tree/owners_own.h"

/* Folders below which a merged /usr has the same files as below "/". */
static const char *const merged[] = {
	"bin/", "lib/", "sbin/", "lib64/", "lib32/", "libx32/", "libo32/"};

static uint64_t feed(uint64_t h, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)s[i]) * MU_HASH_PRIME;
	return h;
}

/* ---- path → entry ---------------------------------------------------------- */

/* Names are the attacker's to choose: without a secret, a million could share a slot. */
static void make_secret(struct mu_owners *o)
{
	uint64_t random[2] = {0, 0};

	if (getrandom(random, sizeof random, GRND_NONBLOCK) != sizeof random)
		random[0] = random[1] = (uint64_t)(uintptr_t)o * MU_HASH_PRIME;
	o->seed = MU_HASH_SEED ^ random[0];
	o->key = random[1] | 1;
}

static size_t slot_of(const struct mu_owners *o, uint64_t h)
{
	return (size_t)(h * o->key >> o->shift);
}

static void insert(struct mu_owners *o, uint32_t entry, uint64_t h)
{
	size_t i = slot_of(o, h), mask = ((size_t)1 << (64 - o->shift)) - 1;

	while (o->slots[i].entry)
		i = (i + 1) & mask;
	o->slots[i] = (struct mu_own_slot){entry + 1, (uint32_t)h};
}

/* The entry whose path is @folder, '/' and @name; without a name, @folder alone. */
static uint32_t find(const struct mu_owners *o, uint64_t h, const char *folder,
	size_t nfolder, const char *name, size_t nname)
{
	size_t mask = ((size_t)1 << (64 - o->shift)) - 1;

	for (size_t i = slot_of(o, h); o->slots[i].entry; i = (i + 1) & mask) {
		const char *p;
		if (o->slots[i].tag != (uint32_t)h)
			continue;
		p = mu_tree_at(o->tree, o->slots[i].entry - 1)->path;
		if (strncmp(p, folder, nfolder) != 0)
			continue;
		p += nfolder;
		if (nname && (*p++ != '/' || strncmp(p, name, nname) != 0))
			continue;
		if (p[nname] == '\0')
			return o->slots[i].entry - 1;
	}
	return MU_OWN_NONE;
}

static void fill(struct mu_owners *o)
{
	const char *folder = "";
	size_t nfolder = 0;
	uint64_t h = o->seed;

	for (size_t i = 0; i < o->count; i++) {
		const char *path = mu_tree_at(o->tree, i)->path;
		size_t n = strlen(path), f = mu_own_folder_of(path, n);
		if (f != nfolder || memcmp(path, folder, f) != 0) {
			folder = path;
			nfolder = f;
			h = feed(o->seed, path, f);
		}
		insert(o, (uint32_t)i, feed(h, path + f, n - f));
	}
}

int mu_own_index(struct mu_owners *o)
{
	unsigned bits = 4;

	o->count = mu_tree_count(o->tree);
	if (o->count >= UINT32_MAX / 4)
		return -ENOMEM;
	while ((size_t)1 << bits < o->count * 2)
		bits++;
	o->shift = 64 - bits;
	make_secret(o);
	o->last.nlisted = SIZE_MAX;
	o->slots = calloc((size_t)1 << bits, sizeof *o->slots);
	o->owner = calloc(o->count + 1, sizeof *o->owner);
	o->rank = calloc(o->count + 1, sizeof *o->rank);
	if (!o->slots || !o->owner || !o->rank)
		return -ENOMEM;
	fill(o);
	return 0;
}

uint32_t mu_own_lookup(const struct mu_owners *o, const char *path, size_t n)
{
	return find(o, feed(o->seed, path, n), path, n, NULL, 0);
}

/* ---- listed paths ---------------------------------------------------------- */

static bool is_folder(const struct mu_owners *o, uint32_t entry)
{
	return entry != MU_OWN_NONE &&
	       mu_tree_at(o->tree, entry)->type == MU_ENTRY_FOLDER;
}

/* A folder that is no entry by the name that it was listed with: through symlinks. */
static int resolve_folder(struct mu_owners *o, const char *path, size_t n, uint32_t *ret)
{
	const struct mu_entry *e;
	const char *key;

	*ret = mu_map_get(&o->folders, path, n);
	if (*ret != MU_OWN_NONE) {
		*ret = *ret ? *ret - 1 : MU_OWN_NONE;
		return 0;
	}
	key = mu_arena_strndup(&o->arena, path, n);
	if (!key)
		return -ENOMEM;
	if (mu_tree_resolve(o->tree, key, &e) == 0)
		*ret = mu_own_lookup(o, e->path, strlen(e->path));
	if (!is_folder(o, *ret))
		*ret = MU_OWN_NONE;
	return mu_map_put(&o->folders, key, n, *ret == MU_OWN_NONE ? 0 : *ret + 1);
}

/* Lists have the files of one folder one after the other: the last one is kept. */
static int enter(struct mu_owners *o, const char *path, size_t n)
{
	struct mu_own_folder *f = &o->last;
	uint32_t entry = MU_OWN_NONE;
	int e;

	if (n == f->nlisted && memcmp(path, f->listed, n) == 0)
		return 0;
	f->nlisted = SIZE_MAX;
	f->entry = MU_OWN_NONE;
	if (n >= sizeof f->listed)
		return 0;
	entry = n ? mu_own_lookup(o, path, n) : mu_own_lookup(o, "/", 1);
	if (!is_folder(o, entry)) {
		e = resolve_folder(o, path, n, &entry);
		if (e)
			return e;
	}
	memcpy(f->listed, path, n);
	f->nlisted = n;
	f->entry = entry;
	f->path = entry == MU_OWN_NONE ? "" : mu_tree_at(o->tree, entry)->path;
	f->n = strlen(f->path);
	if (f->n == 1)
		f->n = 0; /* "/" */
	f->hash = feed(o->seed, f->path, f->n);
	return 0;
}

int mu_own_locate(struct mu_owners *o, const char *path, size_t n, uint32_t *ret)
{
	struct mu_own_folder *f = &o->last;
	size_t slash;
	uint64_t h;
	int e;

	*ret = MU_OWN_NONE;
	while (n > 1 && path[n - 1] == '/')
		n--;
	if (!n || *path != '/' || memchr(path, '\0', n))
		return 0;
	if (n == 1 || (n == 2 && path[1] == '.')) {
		*ret = mu_own_lookup(o, "/", 1);
		return 0;
	}
	slash = mu_own_folder_of(path, n);
	e = enter(o, path, slash);
	if (e || f->entry == MU_OWN_NONE)
		return e;
	h = feed(f->hash, path + slash, n - slash);
	*ret = find(o, h, f->path, f->n, path + slash + 1, n - slash - 1);
	return 0;
}

/* Appends the components of @path to the canonical path in @buf; SIZE_MAX: too long. */
static size_t append(char *buf, size_t used, const char *path, size_t n)
{
	while (n) {
		const char *slash = memchr(path, '/', n);
		size_t part = slash ? (size_t)(slash - path) : n;
		if (part == 2 && path[0] == '.' && path[1] == '.') {
			used = mu_own_folder_of(buf, used);
		} else if (part && !(part == 1 && *path == '.')) {
			if (used + part + 2 > MU_OWN_PATH)
				return SIZE_MAX;
			buf[used++] = '/';
			memcpy(buf + used, path, part);
			used += part;
		}
		path += part + (slash != NULL);
		n -= part + (slash != NULL);
	}
	return used;
}

int mu_own_relative(struct mu_owners *o, const char *folder, size_t nfolder,
	const char *path, size_t n, uint32_t *ret)
{
	char buf[MU_OWN_PATH];
	size_t used = 0;

	*ret = MU_OWN_NONE;
	if (nfolder >= sizeof buf || n >= sizeof buf)
		return 0;
	if (!n || *path != '/') {
		memcpy(buf, folder, nfolder);
		used = nfolder;
	}
	used = append(buf, used, path, n);
	return used == SIZE_MAX ? 0 : mu_own_locate(o, buf, used, ret);
}

size_t mu_own_below(const struct mu_owners *o, const char *folder, size_t n)
{
	size_t low = 0, high = o->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const char *p = mu_tree_at(o->tree, mid)->path;
		int c = strncmp(p, folder, n);
		if (c < 0 || (c == 0 && (unsigned char)p[n] < '/'))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

int mu_own_read(struct mu_owners *o, const char *path, uint64_t max, struct mu_bytes *ret)
{
	const struct mu_entry *entry;
	int e = mu_tree_resolve(o->tree, path, &entry);

	memset(ret, 0, sizeof *ret);
	if (e || entry->type != MU_ENTRY_FILE)
		return 0;
	if (entry->size > max)
		return mu_own_note(o, entry->path,
			"left unread: it has %llu KiB, and such a file no more than %llu",
			(unsigned long long)(entry->size >> 10),
			(unsigned long long)(max >> 10));
	e = mu_tree_read(o->tree, entry, (size_t)max, ret);
	if (!e)
		return 0;
	memset(ret, 0, sizeof *ret);
	if (e == -ENOMEM)
		return e;
	/* it is there: a name of it leads to where no such file is looked for, or it
	 * was too much for an archive */
	if (e == -ENOENT)
		return strcmp(path, entry->path)
			       ? mu_own_note(o, entry->path,
					 "left unread, though %s leads to it", path)
			       : mu_own_note(
					 o, path, "left unread: too much for an archive");
	return mu_own_note(o, entry->path, "cannot be read: %s", mu_strerror(e));
}

/* ---- claims ---------------------------------------------------------------- */

/* Looking into Replaces is not for free: a tree in which all is shared gets no more. */
#define TIES_MAX 20000
#define REPLACES_MAX 4096

static bool has_word(const char *list, const char *word)
{
	size_t n = strlen(word);

	if (!list || strlen(list) > REPLACES_MAX)
		return false;
	for (const char *p = list; (p = strstr(p, word)); p += n) {
		bool starts = p == list || strchr(" ,\n\t", p[-1]);
		if (starts && (!p[n] || strchr(" ,(:\n\t", p[n])))
			return true;
	}
	return false;
}

/*
 * Both have a regular file in their lists. dpkg takes a file that was replaced out of
 * the other's list, so what is left is: the same package for two machines, whose files
 * are equal; a package that was installed first although it replaces the other: dpkg
 * kept its file; --force-overwrite, where the later one won: which one that was is not
 * written down, the later in the list of packages is taken.
 */
static bool keeps(struct mu_owners *o, uint32_t old, uint32_t new)
{
	const struct mu_own_package *a = &o->packages.v[old], *b = &o->packages.v[new];

	if (old == new || ++o->ties > TIES_MAX || strcmp(a->o.package, b->o.package) == 0)
		return true;
	return has_word(a->replaces, b->o.package);
}

void mu_own_claim(
	struct mu_owners *o, uint32_t entry, uint32_t package, enum mu_own_rank rank)
{
	enum mu_own_rank now = o->rank[entry];
	bool folder = mu_tree_at(o->tree, entry)->type == MU_ENTRY_FOLDER;

	if (now > rank ||
		(now == rank && (folder || keeps(o, o->owner[entry] - 1, package))))
		return;
	o->owner[entry] = package + 1;
	o->rank[entry] = (uint8_t)rank;
}

/* The other spelling of a path in a merged /usr; 0: it has none. */
static size_t other_spelling(const char *path, size_t n, char buf[MU_OWN_PATH])
{
	bool below = n > 5 && memcmp(path, "/usr/", 5) == 0;
	const char *rest = path + (below ? 5 : 1);
	size_t nrest = n - (below ? 5 : 1);

	if (n < 2 || nrest + 6 > MU_OWN_PATH)
		return 0;
	for (size_t i = 0; i < sizeof merged / sizeof *merged; i++) {
		size_t m = strlen(merged[i]);
		if (nrest <= m || memcmp(rest, merged[i], m) != 0)
			continue;
		strcpy(buf, below ? "/" : "/usr/");
		m = strlen(buf);
		memcpy(buf + m, rest, nrest);
		return m + nrest;
	}
	return 0;
}

int mu_own_claim_path(struct mu_owners *o, const char *path, size_t n, uint32_t package,
	enum mu_own_rank rank)
{
	char buf[MU_OWN_PATH];
	uint32_t entry;
	int e = mu_own_locate(o, path, n, &entry);

	if (!e && entry == MU_OWN_NONE && rank > MU_OWN_ALIAS &&
		(n = other_spelling(path, n, buf)) > 0) {
		rank = MU_OWN_ALIAS;
		e = mu_own_locate(o, buf, n, &entry);
	}
	if (!e && entry != MU_OWN_NONE)
		mu_own_claim(o, entry, package, rank);
	return e;
}

int mu_own_take_folder(struct mu_owners *o, uint32_t entry, uint32_t package)
{
	if (!o->top)
		o->top = calloc(o->count + 1, sizeof *o->top);
	if (!o->top)
		return -ENOMEM;
	if (!o->top[entry])
		o->top[entry] = package + 1;
	return 0;
}
