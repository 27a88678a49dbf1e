/* SPDX-License-Identifier: MIT */
#ifndef MU_TREE_TREE_H
#define MU_TREE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <muslin/error.h>

/*
 * All files of a root tree, wherever it is from: a folder, an image, a package, an
 * archive, standard input. Listed once, then asked by path; what is inside of jars and
 * wheels stands in a folder beside them, named as the archive with a '!' behind it:
 * "/opt/app.jar!/native/libx.so", as if it were unpacked there.
 */
struct mu_tree;

enum mu_entry_type {
	MU_ENTRY_FILE,
	MU_ENTRY_FOLDER,
	MU_ENTRY_LINK,  /* a symlink */
	MU_ENTRY_OTHER, /* a device, FIFO or socket */
};

/** enum mu_magic: what a regular file's first bytes say it is */
enum mu_magic {
	MU_MAGIC_NONE,
	MU_MAGIC_ELF,
	MU_MAGIC_SCRIPT, /* "#!" */
	MU_MAGIC_ZIP,    /* a jar, a wheel … */
	MU_MAGIC_AR,     /* a static library, a .deb */
};

/** struct mu_entry: one path of the tree; lives as long as the tree */
struct mu_entry {
	const char *path;   /* canonical: from '/', without ".", ".." and "//" */
	const char *target; /* of a symlink, as it is written; NULL */
	uint64_t size;      /* bytes, regular files */
	uint64_t inode;     /* the same for hard links, never 0 */
	uint32_t uid, gid;
	uint16_t mode;       /* permission bits, set-id and sticky included */
	uint8_t type;        /* enum mu_entry_type */
	uint8_t magic;       /* enum mu_magic */
	bool nested;         /* inside an archive that is in the tree */
	uint8_t ncaps;       /* bytes of .caps, 0 without */
	const uint8_t *caps; /* the extended attribute security.capability */
	void *object;        /* what mu_tree_options.take made of it; NULL */
};

/** struct mu_tree_options: how a tree is read; pointers are borrowed until it is freed */
struct mu_tree_options {
	const char *arch; /* which platform of an image, as muslin names machines; NULL:
			     this machine's where it is there, else the first */
	bool nested;      /* look into jars, wheels and zip files in the tree */
	unsigned threads; /* 0: one a processor */

	/* Which files' contents can be asked for with mu_tree_read(), beside scripts.
	 * Must depend on its arguments alone. NULL: none. */
	bool (*wanted)(const char *path, uint64_t size);

	/*
	 * Takes an ELF file: open in @fd, or @n bytes in @data with @fd -1; sets
	 * entry->object. Called on many threads, once a file (hard links share it).
	 * NULL: objects are not asked for.
	 */
	int (*take)(
		void *ctx, struct mu_entry *entry, int fd, const void *data, size_t n);
	void *ctx;

	/* NULL, or told now and then, on one thread at a time */
	void (*progress)(void *ctx, uint64_t done, uint64_t total, const char *what);
	void *progress_ctx;
};

/** mu_tree_open: list a tree
 * @source: a folder, an archive or image, or "-"
 * @ret: to be freed with mu_tree_free()
 *
 * Returns: 0 or a negative code with the reason in @err.
 */
int mu_tree_open(const char *source, const struct mu_tree_options *opts,
	struct mu_tree **ret, struct mu_error *err);
void mu_tree_free(struct mu_tree *tree);

/** mu_tree_is_layout: whether a folder is an OCI layout, not a root tree */
bool mu_tree_is_layout(const char *dir);

/* ---- what there is -------------------------------------------------------- */

enum mu_source_kind {
	MU_SOURCE_FOLDER,
	MU_SOURCE_DOCKER, /* a `docker save` archive */
	MU_SOURCE_OCI,    /* an OCI layout: folder or archive */
	MU_SOURCE_PACKAGE,
	MU_SOURCE_ARCHIVE,
};

/** mu_source_kind_name: "folder", "docker-archive", "oci", "package", "archive" */
const char *mu_source_kind_name(enum mu_source_kind kind);

enum mu_source_kind mu_tree_kind(const struct mu_tree *tree);

/** mu_tree_count, mu_tree_at: all entries, sorted by path (byte order); "/" is first */
size_t mu_tree_count(const struct mu_tree *tree);
const struct mu_entry *mu_tree_at(const struct mu_tree *tree, size_t i);

/** mu_tree_find: the entry of a path, nothing followed; NULL */
const struct mu_entry *mu_tree_find(const struct mu_tree *tree, const char *path);

/** mu_tree_resolve: the entry that a path leads to, symlinks followed inside the tree
 * @ret: on success; its .path is the canonical path
 *
 * Returns: 0, -ENOENT, -ENOTDIR, -ELOOP, -ENAMETOOLONG.
 */
int mu_tree_resolve(
	const struct mu_tree *tree, const char *path, const struct mu_entry **ret);

/** mu_tree_parent: the folder that an entry is in; NULL for "/" */
const struct mu_entry *mu_tree_parent(const struct mu_entry *entry);

/** struct mu_bytes: contents of a file */
struct mu_bytes {
	const char *data; /* a NUL behind it, not counted */
	size_t n;
	void *owned; /* private */
};

/* A script that is longer is not kept; it is more a program with a line on top. */
#define MU_TREE_MAX_SCRIPT (1u << 20)

/** mu_tree_read: contents of a regular file: a script or one that was wanted
 * @max: bytes; larger files are -EFBIG
 * @ret: to be released with mu_bytes_free()
 *
 * Returns: 0; -ENOENT for what was not wanted; -EFBIG; what read(2) said.
 */
int mu_tree_read(const struct mu_tree *tree, const struct mu_entry *entry, size_t max,
	struct mu_bytes *ret);
void mu_bytes_free(struct mu_bytes *bytes);

/** mu_tree_slurp: mu_tree_resolve() and mu_tree_read() */
int mu_tree_slurp(
	const struct mu_tree *tree, const char *path, size_t max, struct mu_bytes *ret);

/** struct mu_tree_note: what of the source could not be taken, and why */
struct mu_tree_note {
	const char *path; /* in the tree or the archive; NULL */
	const char *text;
};

/** mu_tree_note_at: NULL past the last; sorted */
const struct mu_tree_note *mu_tree_note_at(const struct mu_tree *tree, size_t i);

/* ---- an image's configuration ---------------------------------------------- */

struct mu_pair {
	const char *key, *value;
};

/** struct mu_words: strings of a list; .set tells [] from nothing */
struct mu_words {
	const char *const *v;
	size_t n;
	bool set;
};

/** struct mu_image: what an image says of itself; members are NULL where it does not */
struct mu_image {
	const char *name;      /* "app:1.2" */
	const char *os, *arch; /* "linux", "x86_64": as muslin names machines */
	const char *user, *workdir, *stop_signal;
	struct mu_words entrypoint, cmd, shell, ports, volumes, onbuild;
	struct mu_words healthcheck; /* "CMD", "curl", … or "NONE" */
	int64_t interval, timeout, start_period, start_interval; /* ns, 0: not set */
	int retries;
	const struct mu_pair *env, *labels;
	size_t nenv, nlabels;
	size_t nlayers;
	uint64_t size; /* of all layers, as they are in the archive, bytes */
};

/** mu_tree_image: NULL where the source is no image */
const struct mu_image *mu_tree_image(const struct mu_tree *tree);

#endif
