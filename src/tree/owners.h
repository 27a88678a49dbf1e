/* SPDX-License-Identifier: MIT */
#ifndef MU_TREE_OWNERS_H
#define MU_TREE_OWNERS_H

#include "tree/tree.h"

/*
 * Who put a file where it is: the databases of the distribution's package manager, and
 * what pip, npm and gem leave behind. What nobody owns is the user's own.
 */

enum mu_owner_kind {
	MU_OWNER_APP,      /* the user's own, or a vendor's */
	MU_OWNER_LANGUAGE, /* brought by a language's package manager */
	MU_OWNER_DISTRO,
};

/** mu_owner_kind_name: "app", "language", "distro" */
const char *mu_owner_kind_name(enum mu_owner_kind kind);

/** struct mu_owner: one installed package; strings live as long as the owners */
struct mu_owner {
	enum mu_owner_kind kind;
	const char *manager; /* "dpkg", "apk", "rpm", "pip", "npm", "gem" */
	const char *package, *version;
	const char *arch;    /* as the manager says it; NULL */
	const char *source;  /* source package or origin; NULL */
	const char *section; /* dpkg; NULL */
	uint64_t installed;  /* bytes, as the manager says; 0: not said */
	uint64_t size;       /* bytes of its files in the tree (hard links once) */
	size_t nfiles;       /* regular files of it in the tree */
	bool essential;      /* essential, or priority required or important */
	bool vendor;        /* dpkg: not the distribution's, and nothing is known of it */
	bool automatic;     /* marked as brought for others' sake */
	bool chosen;        /* somebody asked for it by name: see owners.c */
	const char *folder; /* language packages: where it stands; NULL */
	const char *tag;    /* pip: wheel tag; npm: "libc" field; NULL */
	bool native;        /* language packages: says that it holds native code */
	struct mu_words depends; /* dpkg: names, alternatives flattened, no versions */
};

/** struct mu_distribution: which distribution the tree is, by os-release */
struct mu_distribution {
	const char *id, *version, *name, *codename; /* NULL where not told */
};

struct mu_owners;

/** mu_owners_read: read every package database of the tree
 * @ret: to be freed with mu_owners_free()
 *
 * A database that is damaged or of a form that cannot be read is a note, not an error.
 * Returns: 0 or -ENOMEM.
 */
int mu_owners_read(const struct mu_tree *tree, struct mu_owners **ret);
void mu_owners_free(struct mu_owners *owners);

/** mu_owners_of: the package that an entry is of; NULL: nobody's, the user's own */
const struct mu_owner *mu_owners_of(
	const struct mu_owners *owners, const struct mu_entry *entry);

/** mu_owners_at: all packages, sorted by manager, name, folder; NULL past the last */
const struct mu_owner *mu_owners_at(const struct mu_owners *owners, size_t i);

/** mu_owners_find: a package by manager and name; NULL */
const struct mu_owner *mu_owners_find(
	const struct mu_owners *owners, const char *manager, const char *package);

/** mu_owners_modified: whether a distribution's configuration file was changed
 *
 * By the checksum that dpkg keeps of it. Such a file is the user's work.
 */
bool mu_owners_modified(const struct mu_owners *owners, const struct mu_entry *entry);

const struct mu_distribution *mu_owners_distribution(const struct mu_owners *owners);

/** mu_owners_note_at: what could not be read; NULL past the last */
const struct mu_tree_note *mu_owners_note_at(const struct mu_owners *owners, size_t i);

/** mu_owners_wanted: whether mu_owners_read() will read a file: for mu_tree_options */
bool mu_owners_wanted(const char *path, uint64_t size);

#endif
