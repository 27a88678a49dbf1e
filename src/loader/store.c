/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/hash.h"
#include "loader.h"
#include "memo.h"

#define SHARDS 64
#define MAX_REAL 8

/* A path that was asked for, or an inode: entries of a hash table. */
struct entry {
	struct entry *next;
	uint64_t hash;
	struct mu_file *file; /* borrowed from the store's list; NULL: .error */
	int error;
	bool busy; /* a thread is at it */
	char *dir; /* owned; folders only: canonical path */
	char key[];
};

struct shard {
	pthread_mutex_t lock;
	pthread_cond_t ready;
	struct entry **slots; /* owned */
	size_t nslots, n;
};

struct real_libc {
	const struct mu_elf *elf[MU_MACHINE_COUNT]; /* NULL: not known there */
	int variant;
};

struct mu_store {
	struct shard paths[SHARDS];
	struct shard inodes[SHARDS];
	struct real_libc real[MAX_REAL];
	int nreal;
	pthread_mutex_t lock; /* of the two below */
	MU_VEC(struct mu_file *) files;
};

/* ---- tables ------------------------------------------------------------ */

static int shard_init(struct shard *s)
{
	s->nslots = 64;
	s->slots = calloc(s->nslots, sizeof(struct entry *));
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->ready, NULL);
	return s->slots ? 0 : -ENOMEM;
}

static void shard_free(struct shard *s)
{
	for (size_t i = 0; s->slots && i < s->nslots; i++) {
		struct entry *e = s->slots[i], *next;
		for (; e; e = next) {
			next = e->next;
			free(e->dir);
			free(e);
		}
	}
	free(s->slots);
	pthread_cond_destroy(&s->ready);
	pthread_mutex_destroy(&s->lock);
}

static void shard_grow(struct shard *s)
{
	size_t n = s->nslots * 2;
	struct entry **slots = calloc(n, sizeof(struct entry *));

	if (!slots)
		return; /* longer chains, nothing worse */
	for (size_t i = 0; i < s->nslots; i++) {
		struct entry *e = s->slots[i], *next;
		for (; e; e = next) {
			next = e->next;
			e->next = slots[e->hash & (n - 1)];
			slots[e->hash & (n - 1)] = e;
		}
	}
	free(s->slots);
	s->slots = slots;
	s->nslots = n;
}

/*
 * The entry of a key. Where it is new, the caller gets it busy (*mine), fills it, and
 * calls finish(); others that ask for it meanwhile wait.
 */
static struct entry *claim(struct shard *table, const char *key, size_t n, bool *mine)
{
	/* the shard takes the top bits, the slot the low ones */
	uint64_t hash = mu_hash(key, n);
	struct shard *s = &table[hash >> 58];
	struct entry *e;

	pthread_mutex_lock(&s->lock);
	for (e = s->slots[hash & (s->nslots - 1)]; e; e = e->next)
		if (e->hash == hash && !memcmp(e->key, key, n) && !e->key[n])
			break;
	*mine = !e;
	if (!e && (e = calloc(1, sizeof *e + n + 1))) {
		memcpy(e->key, key, n);
		e->hash = hash;
		e->busy = true;
		if (s->n++ > s->nslots)
			shard_grow(s);
		e->next = s->slots[hash & (s->nslots - 1)];
		s->slots[hash & (s->nslots - 1)] = e;
	}
	while (e && !*mine && e->busy)
		pthread_cond_wait(&s->ready, &s->lock);
	pthread_mutex_unlock(&s->lock);
	return e;
}

static void finish(struct shard *table, struct entry *e)
{
	struct shard *s = &table[e->hash >> 58];

	pthread_mutex_lock(&s->lock);
	e->busy = false;
	pthread_cond_broadcast(&s->ready);
	pthread_mutex_unlock(&s->lock);
}

/* ---- the store --------------------------------------------------------- */

int mu_store_create(struct mu_store **ret)
{
	struct mu_store *store = calloc(1, sizeof *store);
	int e = 0;

	if (!store)
		return -ENOMEM;
	pthread_mutex_init(&store->lock, NULL);
	for (int i = 0; i < SHARDS; i++)
		e |= shard_init(&store->paths[i]) | shard_init(&store->inodes[i]);
	if (e) {
		mu_store_free(store);
		return -ENOMEM;
	}
	*ret = store;
	return 0;
}

static void file_free(struct mu_file *f)
{
	if (f->elf)
		mu_object_free(&f->elf->facts);
	free(f->libc);
	free(f->hard);
	mu_memo_free(f->memo);
	free(f);
}

void mu_store_free(struct mu_store *store)
{
	if (!store)
		return;
	for (size_t i = 0; i < store->files.n; i++)
		file_free(store->files.v[i]);
	free(store->files.v);
	for (int i = 0; i < SHARDS; i++) {
		shard_free(&store->paths[i]);
		shard_free(&store->inodes[i]);
	}
	pthread_mutex_destroy(&store->lock);
	free(store);
}

int mu_store_add_libc(
	struct mu_store *store, const struct mu_elf *libc, int bit, int variant)
{
	struct real_libc *real;

	if (bit < 0) {
		if (store->nreal == MAX_REAL ||
			mu_variant_count() + MAX_REAL > MU_VARIANT_MAX)
			return -MU_E_LIMIT;
		bit = mu_variant_count() + store->nreal++;
	}
	real = &store->real[bit - mu_variant_count()];
	real->elf[libc->facts.machine->id] = libc;
	real->variant = variant;
	return bit;
}

/* What the libcs of this run answer, beside the database's. */
static void ask_real(const struct mu_store *store, struct mu_file *f, size_t ref)
{
	const struct mu_symref *s = &f->elf->refs[ref];

	for (int k = 0; k < store->nreal; k++) {
		uint32_t bit = UINT32_C(1) << (mu_variant_count() + k);
		const struct real_libc *real = &store->real[k];
		const struct mu_elf *libc = real->elf[f->elf->facts.machine->id];
		if (libc && mu_exports_resolve(&libc->exports, s->hash, false))
			f->libc[ref] |= bit;
		if (f->lfs64[ref] >> real->variant & 1)
			f->lfs64[ref] |= bit;
	}
}

/* Which musl answers each reference: the database's, and the real ones of this run. */
static int find_answers(const struct mu_store *store, struct mu_file *f)
{
	const struct mu_elf *o = f->elf;
	size_t n = o->nrefs;
	enum mu_machine_id m;

	if (!o->facts.machine)
		return 0;
	m = o->facts.machine->id;
	f->all = mu_db_libc_all(m);
	for (int i = 0; i < store->nreal; i++)
		f->all |= UINT32_C(1) << (mu_variant_count() + i);
	f->libc = calloc(2 * n + 1, sizeof *f->libc);
	f->hard = malloc((n + 1) * sizeof *f->hard);
	if (!f->libc || !f->hard)
		return -ENOMEM;
	f->lfs64 = f->libc + n;
	for (size_t i = 0; i < n; i++) {
		const struct mu_symref *s = &o->refs[i];
		f->libc[i] = mu_db_libc_mask(m, s->name, s->len, s->hash);
		f->lfs64[i] = mu_db_lfs64_mask(s->name, s->len, s->hash, NULL);
		ask_real(store, f, i);
		if (((f->libc[i] | f->lfs64[i]) & f->all) != f->all)
			f->hard[f->nhard++] = (uint32_t)i;
	}
	return 0;
}

static struct mu_file *add_file(struct mu_store *store, struct mu_elf *elf)
{
	struct mu_file *f = calloc(1, sizeof *f);
	int e = f ? 0 : -ENOMEM;

	if (f)
		f->elf = elf;
	if (!e && elf)
		e = find_answers(store, f);
	pthread_mutex_lock(&store->lock);
	if (!e)
		e = mu_vec_room(&store->files);
	if (!e)
		store->files.v[store->files.n++] = f;
	pthread_mutex_unlock(&store->lock);
	if (!e)
		return f;
	if (f)
		file_free(f);
	else if (elf)
		mu_object_free(&elf->facts);
	return NULL;
}

struct mu_file *mu_store_adopt(struct mu_store *store, struct mu_elf *elf)
{
	return add_file(store, elf);
}

int mu_store_take(void *ctx, struct mu_entry *entry, int fd, const void *data, size_t n)
{
	struct mu_store *store = ctx;
	struct mu_file *f = calloc(1, sizeof *f);
	struct mu_object *o = NULL;
	int e = f ? 0 : -ENOMEM;

	if (e)
		return e;
	if (fd >= 0)
		mu_object_read(fd, entry->path, &o, &f->why);
	else
		mu_elf_read_memory(data, n, entry->path, &o, &f->why);
	if (o && fd < 0)
		o->setuid = (entry->mode & 06000) != 0;
	f->elf = (struct mu_elf *)o;
	pthread_mutex_lock(&store->lock);
	e = mu_vec_room(&store->files);
	if (!e)
		store->files.v[store->files.n++] = f;
	pthread_mutex_unlock(&store->lock);
	if (e)
		file_free(f);
	else
		entry->object = f;
	return e;
}

/* A file of a tree that is no ELF file: its first bytes say what it is. */
static struct mu_file *other_file(
	struct mu_store *store, const struct mu_tree *tree, const struct mu_entry *entry)
{
	static const char *const heads[] = {
		[MU_MAGIC_NONE] = "",
		[MU_MAGIC_ELF] = "",
		[MU_MAGIC_SCRIPT] = "#!",
		[MU_MAGIC_ZIP] = "PK\3\4",
		[MU_MAGIC_AR] = "!<arch>\n",
	};
	const char *head = heads[entry->magic];
	struct mu_bytes bytes = {.data = head, .n = strlen(head)};
	struct mu_error why = {0};
	struct mu_object *o = NULL;
	struct mu_file *f;

	if (entry->magic == MU_MAGIC_SCRIPT)
		mu_tree_read(tree, entry, MU_TREE_MAX_SCRIPT, &bytes);
	mu_elf_read_memory(bytes.data, bytes.n, entry->path, &o, &why);
	mu_bytes_free(&bytes);
	f = add_file(store, (struct mu_elf *)o);
	if (f)
		f->why = why;
	return f;
}

static int open_entry(struct mu_store *store, const struct mu_tree *tree,
	const char *path, struct entry *e)
{
	const struct mu_entry *entry;
	struct entry *inode;
	char key[48];
	bool mine;
	int err = mu_tree_resolve(tree, path, &entry);

	if (err)
		return err;
	if (entry->type != MU_ENTRY_FILE)
		return -MU_E_NOT_REGULAR;
	snprintf(key, sizeof key, "%p:%llx", (const void *)tree,
		(unsigned long long)entry->inode);
	inode = claim(store->inodes, key, strlen(key), &mine);
	if (!inode)
		return -ENOMEM;
	if (mine) {
		struct mu_file *f = entry->object;
		if (!f)
			f = other_file(store, tree, entry);
		else if (f->elf && find_answers(store, f))
			f = NULL;
		if (f) {
			f->dev = (dev_t)(uintptr_t)tree;
			f->ino = entry->inode;
		}
		inode->file = f;
		inode->error = f && f->why.code != -ENOMEM ? 0 : -ENOMEM;
		finish(store->inodes, inode);
	}
	e->file = inode->file;
	return inode->error;
}

static int read_inode(struct mu_store *store, int fd, const char *path,
	const struct stat *st, struct mu_file **ret)
{
	char key[48];
	bool mine;
	struct entry *e;

	snprintf(key, sizeof key, "%llx:%llx", (unsigned long long)st->st_dev,
		(unsigned long long)st->st_ino);
	e = claim(store->inodes, key, strlen(key), &mine);
	if (!e)
		return -ENOMEM;
	if (mine) {
		struct mu_object *o = NULL;
		struct mu_error why = {0};
		mu_object_read(fd, path, &o, &why);
		e->file = add_file(store, (struct mu_elf *)o);
		if (e->file && why.code == -ENOMEM)
			e->error = -ENOMEM; /* nothing is known of the file */
		if (e->file) {
			e->file->why = why;
			e->file->dev = st->st_dev;
			e->file->ino = st->st_ino;
		} else {
			e->error = -ENOMEM;
		}
		finish(store->inodes, e);
	}
	*ret = e->file;
	return e->error;
}

static void open_path(struct mu_store *store, const struct mu_root *root,
	const char *path, struct entry *e)
{
	struct stat st;
	int fd;

	if (mu_root_tree(root)) {
		e->error = open_entry(store, mu_root_tree(root), path, e);
		return;
	}
	fd = mu_root_file(root, path, &st);
	if (fd < 0) {
		e->error = fd;
		return;
	}
	e->error = read_inode(store, fd, path, &st, &e->file);
	close(fd);
}

/* A root's own mark goes before the path. Returns the length, -1 when too long. */
static int make_key(
	char *key, size_t cap, char kind, const struct mu_root *root, const char *path)
{
	int n = snprintf(key, cap, "%c%p%s", kind, (const void *)root, path);

	return n < 0 || (size_t)n >= cap ? -1 : n;
}

int mu_store_open(struct mu_store *store, const struct mu_root *root, const char *path,
	struct mu_file **file)
{
	char key[PATH_MAX + 32];
	int n = make_key(key, sizeof key, 'f', root, path);
	bool mine;
	struct entry *e;

	if (n < 0)
		return -ENAMETOOLONG;
	e = claim(store->paths, key, (size_t)n, &mine);
	if (!e)
		return -ENOMEM;
	if (mine) {
		open_path(store, root, path, e);
		finish(store->paths, e);
	}
	*file = e->file;
	return e->error;
}

int mu_store_dir(struct mu_store *store, const struct mu_root *root, const char *dir,
	const char **ret)
{
	char key[PATH_MAX + 32], real[PATH_MAX];
	int n = make_key(key, sizeof key, 'd', root, dir);
	bool mine;
	struct entry *e;

	*ret = NULL;
	if (n < 0)
		return 0;
	e = claim(store->paths, key, (size_t)n, &mine);
	if (!e)
		return -ENOMEM;
	if (mine) {
		if (!mu_root_realpath(root, *dir ? dir : "/", real) &&
			!(e->dir = strdup(real)))
			e->error = -ENOMEM;
		finish(store->paths, e);
	}
	*ret = e->dir;
	return e->error;
}
