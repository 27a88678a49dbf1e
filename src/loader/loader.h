/* SPDX-License-Identifier: MIT */
#ifndef MU_LOADER_LOADER_H
#define MU_LOADER_LOADER_H

#include <sys/types.h>

#include "core/arena.h"
#include "elf/elf.h"
#include "tree/root.h"

/* ---- the store: every object read once a run --------------------------- */

struct mu_store; /* may be used by many threads at once */

/** struct mu_file: one inode that was opened, or one object that a layer brings
 *
 * Lives as long as the store. What the loader needs of it is worked out once: which
 * of its references every musl answers, and which need a closer look.
 */
struct mu_file {
	dev_t dev; /* 0 with ino 0: no inode, a layer's */
	ino_t ino;
	struct mu_elf *elf; /* owned; NULL: not ELF or damaged, .why tells */
	struct mu_error why;
	uint32_t *libc;  /* by reference: variants of musl that answer it */
	uint32_t *lfs64; /* by reference: variants whose loader maps it by itself */
	uint32_t *hard;  /* references that some variant does not answer */
	size_t nhard;
	uint32_t all;         /* the variants that there are for its machine */
	struct mu_memo *memo; /* what its direct needs leave open; set once */
};

/** mu_store_create: an empty store
 * @ret: to be freed with mu_store_free()
 */
int mu_store_create(struct mu_store **ret);
void mu_store_free(struct mu_store *store);

/** mu_store_add_libc: a libc.so beside the variants of the database
 * @libc: its exports on its machine; borrowed, must outlive the store
 * @bit: -1 for a new one; what was returned for the same one on another machine
 * @variant: the database's variant of the same version: for what is not in the
 *           exports (the loader's own LFS64 names)
 *
 * To be called before the first file is read.
 * Returns: its number, to be used like a variant's; -MU_E_LIMIT.
 */
int mu_store_add_libc(
	struct mu_store *store, const struct mu_elf *libc, int bit, int variant);

/** mu_store_open: the file at a path, opened and read the first time only
 * @file: on success; its .elf is NULL where the loader could not load it
 *
 * Returns: 0, or what open(2) said: a negative code.
 */
int mu_store_open(struct mu_store *store, const struct mu_root *root, const char *path,
	struct mu_file **file);

/** mu_store_take: read an object as it comes by: for mu_tree_options.take
 * @store: a struct mu_store
 * @entry: .object is set; mu_store_open() finds it there
 *
 * Returns: 0 or -ENOMEM; a damaged file is an object that tells why.
 */
int mu_store_take(
	void *store, struct mu_entry *entry, int fd, const void *data, size_t n);

/** mu_store_adopt: take an object without a file into the store
 * Returns: its file, NULL when out of memory (the object is freed then).
 */
struct mu_file *mu_store_adopt(struct mu_store *store, struct mu_elf *elf);

/** mu_store_dir: canonical path of a folder, remembered
 * @ret: borrowed from the store; NULL where there is no such folder
 *
 * Returns: 0 or -ENOMEM.
 */
int mu_store_dir(struct mu_store *store, const struct mu_root *root, const char *dir,
	const char **ret);

/* ---- where a simulated loader looks ------------------------------------ */

enum mu_start {
	MU_START_LIST,   /* a program, or what `ld-musl --list` is given */
	MU_START_DLOPEN, /* opened at run time by a program built for musl */
};

/** struct mu_overlay: a path of the target that a layer brings */
struct mu_overlay {
	const char *path;
	struct mu_file *file; /* NULL: musl itself */
};

/** struct mu_env: one way to look: a target's paths with one layer in place */
struct mu_env {
	struct mu_store *store;
	const struct mu_machine *machine;
	const struct mu_root *root;   /* the program's own tree */
	const struct mu_root *system; /* where the system paths are read; NULL: nothing is
					 there but what the layer brings */
	bool own_only; /* what the distribution brought to .root is not there */
	/* whether a file of .root, a tree, is not the distribution's; NULL: told by
	 * its folder */
	bool (*is_own)(const void *ctx, const struct mu_entry *entry);
	const void *own_ctx;
	const char *library_path;  /* NULL or as of LD_LIBRARY_PATH */
	const char *preload;       /* NULL or as of LD_PRELOAD */
	const char *layer_preload; /* loaded first, where the layer's loader runs: for
				      what musl's own interpreter does not start */
	const char *loader;        /* path that the loader was called by */
	const char *path_list;     /* in place of what the path file says; NULL */
	const char *self_name;     /* a further name that is musl itself; NULL */
	const struct mu_overlay *overlay;
	size_t noverlay;
	enum mu_start start;
};

/* ---- the closure: what gets loaded -------------------------------------- */

#define MU_NODE_MISSING (-1)

struct mu_node {
	struct mu_file *file;  /* NULL: musl itself */
	const char *name;      /* as the loader writes it */
	const char *shortname; /* NULL where it was loaded by its path only */
	const char *rpath;     /* expanded; NULL where there is none, or ignored */
	bool rpath_ready;
	bool rpath_ignored; /* there is one, with a $ that musl does not know */
	int needed_by;      /* node, -1 */
	size_t dep0, ndeps; /* in mu_closure.deps */
};

/** struct mu_dep: one DT_NEEDED entry and what became of it */
struct mu_dep {
	const char *name;
	int node;  /* MU_NODE_MISSING */
	int error; /* negative code, where it is missing */
};

/** struct mu_loaded: a line of `ld-musl --list` */
struct mu_loaded {
	const char *name, *path;
};

/** struct mu_open_ref: a reference that no loaded object answers; musl might */
struct mu_open_ref {
	int node;
	uint32_t ref;
};

struct mu_closure {
	struct mu_arena arena;
	const struct mu_env *env;
	const char *self;             /* what the loader calls itself */
	bool has_libc;                /* musl is in the scope */
	const char *system_path;      /* NULL until it is first needed */
	unsigned tried;               /* candidates that were looked for */
	unsigned reserved_reported;   /* bits: the loader names each of these once */
	MU_VEC(struct mu_node) nodes; /* in load order; the program is the first */
	MU_VEC(struct mu_dep) deps;
	MU_VEC(struct mu_loaded) loaded;
	MU_VEC(struct mu_open_ref) open; /* libraries in load order, the program last */
};

/** mu_closure_load: load a program and all it needs, then bind every reference
 * @path: of the program, as the loader would be given it
 * @c: zeroed; to be freed with mu_closure_free() whatever is returned
 *
 * Returns: 0, -ENOMEM, or -MU_E_LIMIT for search lists that are there to be endless.
 */
int mu_closure_load(const struct mu_env *env, struct mu_file *program, const char *path,
	struct mu_closure *c);
void mu_closure_free(struct mu_closure *c);

/** mu_closure_bind: find what is open; part of mu_closure_load() (bind.c) */
int mu_closure_bind(struct mu_closure *c);

/** mu_closure_at: the i-th node in the order in which the loader relocates */
static inline size_t mu_closure_at(const struct mu_closure *c, size_t i)
{
	return i + 1 < c->nodes.n ? i + 1 : 0;
}

/** mu_open_ref_fails: whether a musl leaves the reference unresolved
 * @variant: number of the musl, as of the database or mu_store_add_libc()
 */
bool mu_open_ref_fails(
	const struct mu_closure *c, const struct mu_open_ref *o, int variant);

/** mu_closure_definer: the first object in scope that answers to a name
 * @skip: a node that is passed over, -1
 * @plt: for a PLT slot
 *
 * musl itself is not asked. Returns: the node, -1 when there is none.
 */
int mu_closure_definer(const struct mu_closure *c, uint64_t hash, int skip, bool plt);

/** mu_closure_shadow: an object that has the name in a way that musl does not bind
 * @ret: MU_ANSWER_HIDDEN or MU_ANSWER_UNFIT
 *
 * Returns: the node, -1 when there is none.
 */
int mu_closure_shadow(const struct mu_closure *c, uint64_t hash, enum mu_answer *ret);

#endif
