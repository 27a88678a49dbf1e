/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "faketree.h"

#define ENTRIES 4096

static struct mu_entry entries[ENTRIES];
static const struct fake_file *sources[ENTRIES]; /* NULL: a folder of no file's */
static size_t count;
static const struct mu_image *the_image;
static bool (*is_wanted)(const char *path, uint64_t size);

static const struct mu_owner distro = {
	.kind = MU_OWNER_DISTRO, .package = "base", .version = "1"};
static const struct mu_owner vendor = {.kind = MU_OWNER_APP, .package = "vendor"};
static struct mu_distribution distribution = {.id = "debian"};

static struct mu_entry *find(const char *path, size_t n)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(entries[i].path) == n && !memcmp(entries[i].path, path, n))
			return &entries[i];
	return NULL;
}

static void add(const char *path, size_t n, const struct fake_file *from)
{
	struct mu_entry *e = find(path, n);

	if (!e) {
		if (count == ENTRIES)
			abort();
		e = &entries[count++];
		*e = (struct mu_entry){.path = strndup(path, n)};
	}
	e->type = from && from->text     ? MU_ENTRY_FILE
		  : from && from->target ? MU_ENTRY_LINK
					 : MU_ENTRY_FOLDER;
	e->mode = e->type == MU_ENTRY_FOLDER ? 0755 : 0644;
	e->inode = (uint64_t)(e - entries) + 1;
	if (!from)
		return;
	e->target = from->target;
	e->uid = from->uid;
	e->gid = from->gid;
	e->mode = from->mode ? from->mode : e->mode;
	e->caps = from->caps;
	e->ncaps = from->ncaps;
	e->size = from->text ? from->size ? from->size : strlen(from->text) : 0;
	e->object = (void *)from; /* the test's own way back to the text */
}

static int by_path(const void *a, const void *b)
{
	return strcmp(
		((const struct mu_entry *)a)->path, ((const struct mu_entry *)b)->path);
}

void fake_tree_set(const struct fake_file *files, size_t n, const struct mu_image *image)
{
	fake_tree_clear();
	the_image = image;
	add("/", 1, NULL);
	for (size_t i = 0; i < n; i++) {
		for (const char *p = files[i].path + 1; (p = strchr(p, '/')); p++)
			if (!find(files[i].path, (size_t)(p - files[i].path)))
				add(files[i].path, (size_t)(p - files[i].path), NULL);
		add(files[i].path, strlen(files[i].path), &files[i]);
	}
	qsort(entries, count, sizeof *entries, by_path);
	for (size_t i = 0; i < count; i++) {
		sources[i] = entries[i].object;
		entries[i].object = NULL;
	}
}

void fake_tree_id(const char *id)
{
	distribution.id = id;
}

void fake_tree_wanted(bool (*wanted)(const char *path, uint64_t size))
{
	is_wanted = wanted;
}

void fake_tree_clear(void)
{
	for (size_t i = 0; i < count; i++)
		free((char *)entries[i].path);
	count = 0;
	the_image = NULL;
	distribution.id = "debian";
}

/* ---- src/tree/tree.h ----------------------------------------------------------------
 */

size_t mu_tree_count(const struct mu_tree *tree)
{
	(void)tree;
	return count;
}

const struct mu_entry *mu_tree_at(const struct mu_tree *tree, size_t i)
{
	(void)tree;
	return i < count ? &entries[i] : NULL;
}

const struct mu_entry *mu_tree_find(const struct mu_tree *tree, const char *path)
{
	(void)tree;
	return find(path, strlen(path));
}

/* Links are followed at the path's end only: enough for these tests. */
int mu_tree_resolve(
	const struct mu_tree *tree, const char *path, const struct mu_entry **ret)
{
	const struct mu_entry *e = mu_tree_find(tree, path);

	for (int hops = 0; e && e->type == MU_ENTRY_LINK; hops++) {
		if (hops == 8)
			return -ELOOP;
		e = mu_tree_find(tree, e->target);
	}
	if (!e)
		return -ENOENT;
	*ret = e;
	return 0;
}

int mu_tree_read(const struct mu_tree *tree, const struct mu_entry *entry, size_t max,
	struct mu_bytes *ret)
{
	const struct fake_file *from = sources[entry - entries];

	(void)tree;
	if (!from || !from->text || (is_wanted && !is_wanted(entry->path, entry->size)))
		return -ENOENT;
	if (entry->size > max)
		return -EFBIG;
	*ret = (struct mu_bytes){.data = from->text, .n = entry->size};
	return 0;
}

void mu_bytes_free(struct mu_bytes *bytes)
{
	(void)bytes;
}

const struct mu_image *mu_tree_image(const struct mu_tree *tree)
{
	(void)tree;
	return the_image;
}

/* ---- src/tree/owners.h ----------------------------------------------------------------
 */

const struct mu_owner *mu_owners_of(
	const struct mu_owners *owners, const struct mu_entry *entry)
{
	const struct fake_file *from = sources[entry - entries];

	(void)owners;
	if (!from || !from->owner)
		return NULL;
	return from->owner == 'v' ? &vendor : &distro;
}

bool mu_owners_modified(const struct mu_owners *owners, const struct mu_entry *entry)
{
	(void)owners;
	return sources[entry - entries] && sources[entry - entries]->owner == 'm';
}

const struct mu_distribution *mu_owners_distribution(const struct mu_owners *owners)
{
	(void)owners;
	return &distribution;
}
