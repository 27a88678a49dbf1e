/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/hash.h"
#include "layer.h"
#include "nodes.h"

#define MAX_LINKS 40
#define MAX_STEPS 4096
#define MAX_NOTES 200
#define MAX_NOTE_PATH 300
#define FIRST_BUCKETS 4096

/* ---- names ------------------------------------------------------------------- */

const char *mu_source_kind_name(enum mu_source_kind kind)
{
	static const char *const names[] = {
		[MU_SOURCE_FOLDER] = "folder",
		[MU_SOURCE_DOCKER] = "docker-archive",
		[MU_SOURCE_OCI] = "oci",
		[MU_SOURCE_PACKAGE] = "package",
		[MU_SOURCE_ARCHIVE] = "archive",
	};

	return names[kind];
}

enum mu_magic magic_of(const void *data, size_t n)
{
	static const struct {
		const char *bytes;
		size_t n;
		enum mu_magic magic;
	} known[] = {
		{"\177ELF", 4, MU_MAGIC_ELF},
		{"#!", 2, MU_MAGIC_SCRIPT},
		{"PK\3\4", 4, MU_MAGIC_ZIP},
		{"!<arch>\n", 8, MU_MAGIC_AR},
		{"!<thin>\n", 8, MU_MAGIC_AR},
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (n >= known[i].n && !memcmp(data, known[i].bytes, known[i].n))
			return known[i].magic;
	return MU_MAGIC_NONE;
}

/* ---- nodes ------------------------------------------------------------------- */

static size_t slot_of(
	const struct mu_tree *tree, const struct node *parent, const char *name, size_t n)
{
	uint64_t h = mu_hash(name, n) ^ (uint64_t)(uintptr_t)parent * MU_HASH_PRIME;

	return (size_t)(h ^ h >> 29) & (tree->nbuckets - 1);
}

static int grow(struct mu_tree *tree)
{
	size_t old = tree->nbuckets, n = old ? old * 2 : FIRST_BUCKETS;
	struct node **before = tree->buckets,
		    **buckets = calloc(n, sizeof(struct node *));

	if (!buckets)
		return -ENOMEM;
	tree->buckets = buckets;
	tree->nbuckets = n;
	for (size_t i = 0; i < old; i++) {
		struct node *e = before[i], *next;
		for (; e; e = next) {
			size_t slot = slot_of(tree, e->parent, e->name, e->len);
			next = e->bucket;
			e->bucket = buckets[slot];
			buckets[slot] = e;
		}
	}
	free(before);
	return 0;
}

struct node *node_get(
	const struct mu_tree *tree, const struct node *parent, const char *name, size_t n)
{
	struct node *e = tree->buckets[slot_of(tree, parent, name, n)];

	while (e && (e->parent != parent || e->len != n || memcmp(e->name, name, n)))
		e = e->bucket;
	return e;
}

struct node *node_add(
	struct mu_tree *tree, struct node *parent, const char *name, size_t n)
{
	struct node *e;
	size_t slot;

	if (tree->nnodes >= tree->nbuckets && grow(tree))
		return NULL;
	e = mu_arena_alloc(&tree->arena, sizeof *e + n + 1);
	if (!e)
		return NULL;
	memcpy(e->name, name, n);
	e->len = (uint32_t)n;
	e->parent = parent;
	e->e.type = MU_ENTRY_FOLDER;
	e->e.mode = 0755;
	e->e.nested = parent && parent->e.nested;
	tree->nnodes++;
	if (!parent)
		return e;
	slot = slot_of(tree, parent, name, n);
	e->bucket = tree->buckets[slot];
	tree->buckets[slot] = e;
	e->next = parent->child;
	if (parent->child)
		parent->child->prev = e;
	parent->child = e;
	return e;
}

/* What is below a node stays in the table, and is reached by nobody: its keys have the
 * node's address, which is never used again. */
void node_remove(struct mu_tree *tree, struct node *node)
{
	struct node **p =
		&tree->buckets[slot_of(tree, node->parent, node->name, node->len)];

	while (*p != node)
		p = &(*p)->bucket;
	*p = node->bucket;
	if (node->prev)
		node->prev->next = node->next;
	else
		node->parent->child = node->next;
	if (node->next)
		node->next->prev = node->prev;
}

/* ---- resolving ----------------------------------------------------------------- */

struct walk {
	struct node *at;
	char rest[PATH_MAX];
	int links, steps;
};

static int follow(struct mu_tree *tree, struct walk *w, const struct node *link)
{
	const char *target = link->e.target;
	size_t n = strlen(target), rest = strlen(w->rest);

	if (++w->links > MAX_LINKS)
		return -ELOOP;
	if (!n)
		return -ENOENT;
	if (n + rest + 2 > sizeof w->rest)
		return -ENAMETOOLONG;
	memmove(w->rest + n + 1, w->rest, rest + 1);
	memcpy(w->rest, target, n);
	w->rest[n] = rest ? '/' : 0;
	if (*target == '/')
		w->at = tree->root;
	return 0;
}

static int step(
	struct mu_tree *tree, struct walk *w, const char *name, size_t n, bool make)
{
	struct node *next;

	if (++w->steps > MAX_STEPS)
		return -ELOOP;
	if (w->at->e.type != MU_ENTRY_FOLDER)
		return -ENOTDIR;
	if (n == 1 && *name == '.')
		return 0;
	if (n == 2 && name[0] == '.' && name[1] == '.') {
		if (w->at->parent)
			w->at = w->at->parent;
		return 0;
	}
	if (n > NAME_MAX)
		return -ENAMETOOLONG;
	next = node_get(tree, w->at, name, n);
	if (!next && make)
		next = node_add(tree, w->at, name, n);
	if (!next)
		return make ? -ENOMEM : -ENOENT;
	if (next->e.type == MU_ENTRY_LINK)
		return follow(tree, w, next);
	w->at = next;
	return 0;
}

int node_resolve(struct mu_tree *tree, struct node *at, const char *path, bool make,
	struct node **ret)
{
	struct walk w = {.at = *path == '/' ? tree->root : at};
	bool folder = false;
	int e = 0;

	if (strlen(path) >= sizeof w.rest)
		return -ENAMETOOLONG;
	strcpy(w.rest, path);
	while (!e) {
		char name[NAME_MAX + 2];
		char *s = w.rest + strspn(w.rest, "/");
		size_t n = strcspn(s, "/");
		if (!n)
			break;
		if (n > NAME_MAX)
			return -ENAMETOOLONG;
		memcpy(name, s, n);
		folder = s[n] == '/';
		memmove(w.rest, s + n, strlen(s + n) + 1);
		e = step(tree, &w, name, n, make);
	}
	if (!e && folder && w.at->e.type != MU_ENTRY_FOLDER)
		e = -ENOTDIR;
	if (!e)
		*ret = w.at;
	return e;
}

/* Nothing is changed where no folder is to be made. */
static struct mu_tree *unconst(const struct mu_tree *tree)
{
	return (struct mu_tree *)(uintptr_t)tree;
}

int mu_tree_resolve(
	const struct mu_tree *tree, const char *path, const struct mu_entry **ret)
{
	struct node *node;
	int e = *path ? node_resolve(unconst(tree), tree->root, path, false, &node)
		      : -ENOENT;

	if (!e)
		*ret = &node->e;
	return e;
}

const struct mu_entry *mu_tree_find(const struct mu_tree *tree, const char *path)
{
	const struct node *at = tree->root;

	while (at && *(path += strspn(path, "/"))) {
		size_t n = strcspn(path, "/");
		at = node_get(tree, at, path, n);
		path += n;
	}
	return at ? &at->e : NULL;
}

const struct mu_entry *mu_tree_parent(const struct mu_entry *entry)
{
	const struct node *node = (const struct node *)entry;

	return node->parent ? &node->parent->e : NULL;
}

/* ---- life -------------------------------------------------------------------- */

int tree_create(const struct mu_tree_options *opts, struct mu_tree **ret)
{
	struct mu_tree *tree = calloc(1, sizeof *tree);
	pthread_mutexattr_t attr;

	if (!tree)
		return -ENOMEM;
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&tree->large, &attr);
	pthread_mutexattr_destroy(&attr);
	tree->opts = *opts;
	tree->threads = opts->threads ? opts->threads : mu_cpu_count();
	tree->fd = tree->source = -1;
	pthread_mutex_init(&tree->lock, NULL);
	if (!grow(tree))
		tree->root = node_add(tree, NULL, "", 0);
	if (!tree->root) {
		mu_tree_free(tree);
		return -ENOMEM;
	}
	*ret = tree;
	return 0;
}

void mu_tree_free(struct mu_tree *tree)
{
	if (!tree)
		return;
	for (struct content *c = tree->contents, *next; c; c = next) {
		next = c->next;
		layer_free(c->inside);
		free(c->data);
		free(c);
	}
	if (tree->fd >= 0)
		close(tree->fd);
	pthread_mutex_destroy(&tree->lock);
	pthread_mutex_destroy(&tree->large);
	mu_arena_free(&tree->arena);
	mu_arena_free(&tree->shared);
	free(tree->buckets);
	free(tree->sorted);
	free(tree->notes.v);
	free(tree);
}

uint64_t new_inode(struct mu_tree *tree)
{
	uint64_t inode;

	pthread_mutex_lock(&tree->lock);
	inode = ++tree->inodes;
	pthread_mutex_unlock(&tree->lock);
	return inode;
}

struct content *content_create(struct mu_tree *tree, uint64_t size, enum mu_magic magic)
{
	struct content *c = calloc(1, sizeof *c);

	if (!c)
		return NULL;
	c->size = size;
	c->magic = (uint8_t)magic;
	pthread_mutex_lock(&tree->lock);
	c->inode = ++tree->inodes;
	c->next = tree->contents;
	tree->contents = c;
	pthread_mutex_unlock(&tree->lock);
	return c;
}

int content_take(struct mu_tree *tree, struct content *c, const char *path, int fd,
	const void *data, size_t n)
{
	struct mu_entry entry = {
		.path = path,
		.size = c->size,
		.inode = c->inode,
		.type = MU_ENTRY_FILE,
		.mode = c->mode,
		.magic = c->magic,
	};
	int e = 0;

	if (tree->opts.take)
		e = tree->opts.take(tree->opts.ctx, &entry, fd, data, n);
	c->object = entry.object;
	return e;
}

int tree_note(struct mu_tree *tree, const char *path, const char *fmt, ...)
{
	struct mu_tree_note note = {0};
	char text[400];
	va_list ap;
	int e;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	pthread_mutex_lock(&tree->lock);
	e = tree->notes.n < MAX_NOTES ? mu_vec_room(&tree->notes) : -EFBIG;
	if (!e) {
		note.text = mu_arena_strdup(&tree->shared, text);
		/* a name can be as long as an archive likes */
		if (path)
			note.path = mu_arena_strndup(
				&tree->shared, path, strnlen(path, MAX_NOTE_PATH));
		if (!note.text || (path && !note.path))
			e = -ENOMEM;
		else
			tree->notes.v[tree->notes.n++] = note;
	}
	pthread_mutex_unlock(&tree->lock);
	return e == -ENOMEM ? e : 0;
}

/* ---- sealing ------------------------------------------------------------------- */

static int by_path(const void *a, const void *b)
{
	const struct mu_entry *x = *(const struct mu_entry *const *)a;
	const struct mu_entry *y = *(const struct mu_entry *const *)b;

	return strcmp(x->path, y->path);
}

static int by_note(const void *a, const void *b)
{
	const struct mu_tree_note *x = a, *y = b;
	int c = strcmp(x->path ? x->path : "", y->path ? y->path : "");

	return c ? c : strcmp(x->text, y->text);
}

static char *path_below(
	struct mu_arena *a, const struct node *parent, const struct node *e)
{
	const char *above = parent->parent ? parent->e.path : "";
	size_t n = strlen(above);
	char *path = mu_arena_alloc(a, n + e->len + 2);

	if (path) {
		memcpy(path, above, n);
		path[n] = '/';
		memcpy(path + n + 1, e->name, e->len);
	}
	return path;
}

/* What the content's readers found out is the entry's. */
static void settle(struct node *e)
{
	const struct content *c = e->content;

	if (!c)
		return;
	e->e.size = c->size;
	e->e.inode = c->inode;
	e->e.magic = c->magic;
	e->e.object = c->object;
}

/* The folder beside an archive that shows what is in it. */
static int unfold(struct mu_tree *tree, struct node *archive)
{
	char name[NAME_MAX + 8];
	size_t n = archive->len;
	struct node *top;

	if (n + 4 > NAME_MAX)
		return 0;
	memcpy(name, archive->name, n);
	do {
		name[n++] = '!';
	} while (n < NAME_MAX && node_get(tree, archive->parent, name, n));
	top = node_add(tree, archive->parent, name, n);
	if (!top)
		return -ENOMEM;
	top->e.nested = true;
	top->e.uid = archive->e.uid;
	top->e.gid = archive->e.gid;
	return layer_apply(tree, top, archive->content->inside);
}

/* Gives every entry below @top its path. New nodes come to the front of the list, and
 * an archive's folder is not yet there when its parent's children are counted: they
 * are unfolded first. */
static int seal_folder(struct mu_tree *tree, struct node *top, struct node ***stack,
	size_t *n, size_t *cap)
{
	for (struct node *e = top->child; e; e = e->next)
		if (e->content && e->content->inside) {
			int err = unfold(tree, e);
			if (err)
				return err;
		}
	for (struct node *e = top->child; e; e = e->next) {
		e->e.path = path_below(&tree->arena, top, e);
		if (!e->e.path)
			return -ENOMEM;
		settle(e);
		tree->nsorted++;
		if (!e->child)
			continue;
		if (*n == *cap && mu_vec_grow((void **)stack, cap, sizeof **stack))
			return -ENOMEM;
		(*stack)[(*n)++] = e;
	}
	return 0;
}

static int list_all(struct mu_tree *tree)
{
	size_t n = 0;

	tree->sorted = malloc((tree->nsorted + 1) * sizeof *tree->sorted);
	if (!tree->sorted)
		return -ENOMEM;
	tree->sorted[n++] = &tree->root->e;
	/* breadth first; the array is its own queue */
	for (size_t i = 0; i < n; i++)
		for (const struct node *e = ((const struct node *)tree->sorted[i])->child;
			e; e = e->next)
			tree->sorted[n++] = &e->e;
	tree->nsorted = n;
	qsort(tree->sorted, n, sizeof *tree->sorted, by_path);
	return 0;
}

int tree_seal(struct mu_tree *tree)
{
	struct node **stack = NULL;
	size_t n = 0, cap = 0;
	int e = 0;

	tree->root->e.path = "/";
	tree->nsorted = 1;
	if (!mu_vec_grow((void **)&stack, &cap, sizeof *stack))
		stack[n++] = tree->root;
	else
		e = -ENOMEM;
	while (!e && n) {
		struct node *top = stack[--n];
		e = seal_folder(tree, top, &stack, &n, &cap);
	}
	free(stack);
	if (!e)
		e = list_all(tree);
	if (tree->notes.n)
		qsort(tree->notes.v, tree->notes.n, sizeof *tree->notes.v, by_note);
	return e;
}

/* ---- what there is --------------------------------------------------------------- */

enum mu_source_kind mu_tree_kind(const struct mu_tree *tree)
{
	return tree->kind;
}

size_t mu_tree_count(const struct mu_tree *tree)
{
	return tree->nsorted;
}

const struct mu_entry *mu_tree_at(const struct mu_tree *tree, size_t i)
{
	return i < tree->nsorted ? tree->sorted[i] : NULL;
}

const struct mu_tree_note *mu_tree_note_at(const struct mu_tree *tree, size_t i)
{
	return i < tree->notes.n ? &tree->notes.v[i] : NULL;
}

const struct mu_image *mu_tree_image(const struct mu_tree *tree)
{
	return tree->image;
}

/* The same answer for every kind of source: what an archive does not keep is not read
 * from a folder either. */
static bool may_read(const struct mu_tree *tree, const struct mu_entry *e)
{
	if (e->magic == MU_MAGIC_SCRIPT && e->size <= MU_TREE_MAX_SCRIPT)
		return true;
	return tree->opts.wanted && tree->opts.wanted(e->path, e->size);
}

int mu_tree_read(const struct mu_tree *tree, const struct mu_entry *entry, size_t max,
	struct mu_bytes *ret)
{
	const struct node *node = (const struct node *)entry;
	const struct content *c = node->content;
	char *data;
	size_t n;
	int e;

	if (entry->type != MU_ENTRY_FILE)
		return -MU_E_NOT_REGULAR;
	if (!may_read(tree, entry))
		return -ENOENT;
	if (entry->size > max)
		return -EFBIG;
	if (c && c->data) {
		*ret = (struct mu_bytes){.data = c->data, .n = c->ndata};
		return 0;
	}
	if (tree->fd < 0 || entry->nested)
		return -ENOENT;
	e = folder_content(tree, node, max, &data, &n);
	if (!e)
		*ret = (struct mu_bytes){.data = data, .n = n, .owned = data};
	return e;
}

void mu_bytes_free(struct mu_bytes *bytes)
{
	free(bytes->owned);
	*bytes = (struct mu_bytes){0};
}

int mu_tree_slurp(
	const struct mu_tree *tree, const char *path, size_t max, struct mu_bytes *ret)
{
	const struct mu_entry *entry;
	int e = mu_tree_resolve(tree, path, &entry);

	return e ? e : mu_tree_read(tree, entry, max, ret);
}
