/* SPDX-License-Identifier: MIT */
#include "loaded.h"

#include <errno.h>
#include <muslin/error.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tree/member.h"

#define MAX_FILE ((size_t)256 << 20)

/* All that was loaded. Written by mu_db_load() alone, before anybody asks. */
static struct {
	struct mu_loaded_file *files; /* owned */
	MU_VEC(struct mu_loaded_index *) indices;
	MU_VEC(struct mu_loaded_libc *) libcs;
	const struct mu_loaded_index *at[MU_RELEASES_MAX][MU_TAB_TESTING + 1];
} loaded;

/* ---- asking ------------------------------------------------------------- */

const struct mu_loaded_index *mu_loaded_index(int release, enum mu_tab_repo repo)
{
	return release >= 0 && release < MU_RELEASES_MAX ? loaded.at[release][repo]
							 : NULL;
}

bool mu_loaded_any(int release)
{
	for (int repo = MU_TAB_MAIN; loaded.indices.n && repo <= MU_TAB_TESTING; repo++)
		if (mu_loaded_index(release, (enum mu_tab_repo)repo))
			return true;
	return false;
}

static size_t lower_bound(const mu_loaded_rows *rows, const char *name)
{
	size_t low = 0, high = rows->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (strcmp(rows->v[mid], name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const char *mu_loaded_package(const struct mu_loaded_index *x, const char *name)
{
	size_t i = lower_bound(&x->packages, name);

	return i < x->packages.n && !strcmp(x->packages.v[i], name) ? x->packages.v[i]
								    : NULL;
}

size_t mu_loaded_first(
	const struct mu_loaded_index *x, enum mu_provided kind, const char *name)
{
	return lower_bound(&x->provides[kind], name);
}

const struct mu_loaded_libc *mu_loaded_libc_at(size_t i)
{
	return i < loaded.libcs.n ? loaded.libcs.v[i] : NULL;
}

int mu_db_loaded_at(size_t i, struct mu_db_loaded *ret)
{
	const struct mu_loaded_libc *c;

	if (i < loaded.indices.n) {
		const struct mu_loaded_index *x = loaded.indices.v[i];
		*ret = (struct mu_db_loaded){.path = x->file->path,
			.release = x->release,
			.repo = mu_repo_name(x->repo),
			.date = x->date,
			.machine = x->machine,
			.rows = x->packages.n};
		return 1;
	}
	c = mu_loaded_libc_at(i - loaded.indices.n);
	if (!c)
		return 0;
	*ret = (struct mu_db_loaded){.path = c->file->path,
		.target = c->target,
		.date = "-",
		.machine = c->machine->name,
		.rows = c->symbols.n};
	return 1;
}

/* ---- loading -------------------------------------------------------------- */

void mu_loaded_index_free(struct mu_loaded_index *x)
{
	if (!x)
		return;
	free(x->packages.v);
	for (int k = 0; k < MU_PROVIDED_COUNT; k++)
		free(x->provides[k].v);
	free(x);
}

void mu_loaded_libc_free(struct mu_loaded_libc *x)
{
	if (!x)
		return;
	free(x->symbols.v);
	free(x);
}

static void free_file(struct mu_loaded_file *f)
{
	if (!f)
		return;
	free(f->path);
	free(f->text);
	free(f);
}

static void free_part(struct mu_loaded_part *part)
{
	for (size_t i = 0; i < part->indices.n; i++)
		mu_loaded_index_free(part->indices.v[i]);
	for (size_t i = 0; i < part->libcs.n; i++)
		mu_loaded_libc_free(part->libcs.v[i]);
	free(part->indices.v);
	free(part->libcs.v);
	free_file(part->file);
}

static bool same_repository(
	const struct mu_loaded_index *a, const struct mu_loaded_index *b)
{
	return a->repo == b->repo && !strcmp(a->release, b->release);
}

/* Strings of an index that no longer counts may still be pointed at: its text stays. */
static int adopt_index(struct mu_loaded_index *x)
{
	for (size_t i = 0; i < loaded.indices.n; i++)
		if (same_repository(loaded.indices.v[i], x)) {
			mu_loaded_index_free(loaded.indices.v[i]);
			loaded.indices.v[i] = x;
			return 0;
		}
	if (mu_vec_room(&loaded.indices))
		return -ENOMEM;
	loaded.indices.v[loaded.indices.n++] = x;
	return 0;
}

static int adopt_libc(struct mu_loaded_libc *x)
{
	if (mu_vec_room(&loaded.libcs))
		return -ENOMEM;
	loaded.libcs.v[loaded.libcs.n++] = x;
	return 0;
}

static int place_indices(void)
{
	int e = mu_releases_rebuild(loaded.indices.v, loaded.indices.n);

	if (e)
		return e;
	for (size_t i = 0; i < loaded.indices.n; i++) {
		const struct mu_loaded_index *x = loaded.indices.v[i];
		const struct mu_release *r = mu_release_find(x->release);
		if (r)
			loaded.at[mu_release_number(r)][x->repo] = x;
	}
	return 0;
}

/* From here on the part's rows are the registry's. */
static int adopt(struct mu_loaded_part *part)
{
	int e = 0;

	memset(loaded.at, 0, sizeof loaded.at);
	part->file->next = loaded.files;
	loaded.files = part->file;
	part->file = NULL;
	for (size_t i = 0; i < part->indices.n && !e; i++) {
		e = adopt_index(part->indices.v[i]);
		if (!e)
			part->indices.v[i] = NULL;
	}
	for (size_t i = 0; i < part->libcs.n && !e; i++) {
		e = adopt_libc(part->libcs.v[i]);
		if (!e)
			part->libcs.v[i] = NULL;
	}
	return e ? e : place_indices();
}

static const struct mu_loaded_file *find_file(const char *path, const struct stat *st)
{
	const struct mu_loaded_file *f = loaded.files;

	while (f && (strcmp(f->path, path) || f->inode != (uint64_t)st->st_ino ||
			    f->device != (uint64_t)st->st_dev ||
			    f->size != (uint64_t)st->st_size ||
			    f->mtime != (int64_t)st->st_mtime))
		f = f->next;
	return f;
}

static struct mu_loaded_file *new_file(const char *path, const struct stat *st)
{
	struct mu_loaded_file *f = calloc(1, sizeof *f);

	if (f)
		f->path = strdup(path);
	if (!f || !f->path) {
		free_file(f);
		return NULL;
	}
	f->inode = (uint64_t)st->st_ino;
	f->device = (uint64_t)st->st_dev;
	f->size = (uint64_t)st->st_size;
	f->mtime = (int64_t)st->st_mtime;
	return f;
}

int mu_db_load(const char *path, struct mu_error *err)
{
	struct mu_loaded_part part = {0};
	struct stat st;
	size_t n = 0;
	int e;

	if (stat(path, &st))
		return mu_error_set(err, -errno, path, NULL);
	if (find_file(path, &st))
		return 0;
	part.file = new_file(path, &st);
	e = part.file ? mu_input_read(path, MAX_FILE, &part.file->text, &n, err)
		      : -ENOMEM;
	if (!e)
		e = mu_datafile_parse(&part, n, err);
	if (!e)
		e = adopt(&part);
	free_part(&part);
	return e ? mu_error_set(err, e, path, NULL) : 0;
}

void mu_db_unload(void)
{
	for (size_t i = 0; i < loaded.indices.n; i++)
		mu_loaded_index_free(loaded.indices.v[i]);
	for (size_t i = 0; i < loaded.libcs.n; i++)
		mu_loaded_libc_free(loaded.libcs.v[i]);
	free(loaded.indices.v);
	free(loaded.libcs.v);
	while (loaded.files) {
		struct mu_loaded_file *next = loaded.files->next;
		free_file(loaded.files);
		loaded.files = next;
	}
	memset(&loaded, 0, sizeof loaded);
	mu_releases_rebuild(NULL, 0);
}
