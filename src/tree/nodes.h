/* SPDX-License-Identifier: MIT */
#ifndef MU_TREE_NODES_H
#define MU_TREE_NODES_H

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>

#include "core/arena.h"
#include "core/pool.h"
#include "tree.h"

/* What tree.c, folder.c, layer.c and image.c share. */

/* More entries than this are a file system made to be endless. */
#define MAX_ENTRIES 1500000u

/**
 * struct content: what is in a regular file that is of interest: an object, an archive,
 * one whose bytes are kept, or that has several names on disk. Hard links share one.
 */
struct content {
	struct content *next;  /* of the tree's list */
	struct content *chain; /* of a folder's hard links */
	uint64_t dev, ino;     /* of those */
	uint64_t inode, size;
	void *object; /* what the intake made */
	char *data;   /* owned; NULL: not kept, or on disk */
	size_t ndata;
	struct layer *inside; /* owned; of an archive in the tree; NULL */
	uint16_t mode;        /* of archives' files, for the intake */
	uint8_t magic;
};

/** struct node: an entry and its place */
struct node {
	struct mu_entry e; /* first */
	struct node *parent, *child, *next, *prev;
	struct node *bucket; /* chain of the hash table */
	struct content *content;
	uint32_t len; /* of the name */
	char name[];
};

enum record_kind {
	RECORD_FILE,
	RECORD_FOLDER,
	RECORD_LINK,
	RECORD_OTHER,
	RECORD_HARD,     /* another name of .link */
	RECORD_WHITEOUT, /* .path is gone */
	RECORD_OPAQUE,   /* what lower layers have below .path is gone */
};

/** struct record: an entry of an archive, in the archive's order */
struct record {
	const char *path;        /* cleaned, without the first '/'; "" is the top */
	const char *link;        /* of a symlink as written, of a hard link cleaned */
	struct content *content; /* NULL: nothing but its size is of interest */
	const uint8_t *caps;
	uint64_t size;
	uint32_t uid, gid;
	uint16_t mode;
	uint8_t kind, ncaps, magic;
};

/** struct layer: all that one archive says */
struct layer {
	struct mu_arena arena;
	bool image;         /* ".wh." names take away what lower layers have */
	const char *prefix; /* of its paths in the tree: "/DEBIAN"; NULL: none */
	MU_VEC(struct record) records;
};

struct mu_tree {
	struct mu_tree_options opts;
	enum mu_source_kind kind;
	unsigned threads;
	struct mu_arena arena; /* nodes and their strings; one thread only */
	struct node *root, **buckets;
	size_t nbuckets, nnodes;
	const struct mu_entry **sorted; /* owned */
	size_t nsorted;
	int fd;                 /* of the folder; -1 */
	int source;             /* the archive's descriptor; -1 */
	uint64_t total;         /* bytes of the archive, 0 where they are not known */
	struct archive *outer;  /* the archive that is read; borrowed; NULL */
	struct mu_image *image; /* in .arena; NULL */

	pthread_mutex_t lock; /* of all below */
	struct mu_arena shared;
	struct content *contents; /* owned */
	uint64_t inodes;
	size_t nentries; /* entries of all archives read */
	size_t kept;     /* bytes in .data of all contents */
	MU_VEC(struct mu_tree_note) notes;

	pthread_mutex_t large; /* held by who unpacks a large file of an archive in the
				  tree, and all in it; of: */
	size_t unpacked;       /* bytes of those */
};

/* ---- tree.c ------------------------------------------------------------------ */

int tree_create(const struct mu_tree_options *opts, struct mu_tree **ret);

/** node_get: a child by name; NULL */
struct node *node_get(const struct mu_tree *tree, const struct node *parent,
	const char *name, size_t n);

/** node_add: a new child, a folder of root's with mode 755; NULL when out of memory */
struct node *node_add(
	struct mu_tree *tree, struct node *parent, const char *name, size_t n);

/** node_remove: take a node and all below it out of the tree */
void node_remove(struct mu_tree *tree, struct node *node);

/** node_resolve: where a path leads, symlinks followed inside the tree
 * @at: where a relative path starts
 * @make: folders that are not there are made
 */
int node_resolve(struct mu_tree *tree, struct node *at, const char *path, bool make,
	struct node **ret);

/** content_create: a new one, in the tree's list; NULL when out of memory (locks) */
struct content *content_create(struct mu_tree *tree, uint64_t size, enum mu_magic magic);

/** content_take: give an ELF file to the intake */
int content_take(struct mu_tree *tree, struct content *c, const char *path, int fd,
	const void *data, size_t n);

/** new_inode: a number for a file (locks) */
uint64_t new_inode(struct mu_tree *tree);

/** tree_seal: sort, give every entry its path, put in what archives hold */
int tree_seal(struct mu_tree *tree);

/** tree_note: remember what was not taken (locks); 0 or -ENOMEM */
__attribute__((format(printf, 3, 4))) int tree_note(
	struct mu_tree *tree, const char *path, const char *fmt, ...);

/** magic_of: what a file's first bytes say */
enum mu_magic magic_of(const void *data, size_t n);

/* ---- source.c ---------------------------------------------------------------- */

/** source_progress: tell how far the reading of an archive is */
void source_progress(const struct mu_tree *tree);

/* ---- folder.c ----------------------------------------------------------------- */

int folder_read(struct mu_tree *tree, const char *dir, struct mu_error *err);
int folder_content(const struct mu_tree *tree, const struct node *node, size_t max,
	char **ret, size_t *n);

#endif
