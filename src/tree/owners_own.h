/* SPDX-License-Identifier: MIT */
#ifndef MU_TREE_OWNERS_OWN_H
#define MU_TREE_OWNERS_OWN_H

#include <string.h>

#include "core/arena.h"
#include "core/map.h"
#include "core/text.h"
#include "tree/owners.h"

/*
 * Private to owners*.c. Each reader of a database adds packages and claims entries for
 * them; the order in which owners.c calls the readers decides who wins.
 */

#define MU_OWN_NONE MU_MAP_NONE
/* Databases and lists larger than this are damaged or meant to harm. */
#define MU_OWN_DATABASE_MAX (UINT64_C(256) << 20)
#define MU_OWN_SMALL_MAX (UINT64_C(16) << 20) /* metadata of one package */
#define MU_OWN_CONFIG_MAX (UINT64_C(512) << 10)
#define MU_OWN_WORDS_MAX 65536
#define MU_OWN_PATH 4096

/* How sure a claim is; a better one replaces it. */
enum mu_own_rank {
	MU_OWN_FREE,
	MU_OWN_LEFT,  /* of a package that was removed; by a pattern */
	MU_OWN_ALIAS, /* listed below /usr, found without it, or the reverse */
	MU_OWN_LISTED,
	MU_OWN_DIVERTER, /* listed, and the others' file was diverted from here */
};

/** struct mu_own_package: a package while databases are read */
struct mu_own_package {
	struct mu_owner o;
	const char *provides, *replaces; /* raw fields; NULL */
	bool standard;                   /* comes with every system: priority standard */
	bool left;                       /* removed, but for its configuration */
	bool unknown;                    /* dpkg: nothing is known of it in Alpine */
};

enum mu_own_digest { MU_OWN_MD5, MU_OWN_SHA1, MU_OWN_SHA256 };

/** struct mu_own_sum: checksum of a configuration file as it was brought */
struct mu_own_sum {
	uint32_t entry;
	uint8_t digest; /* enum mu_own_digest */
	uint8_t bytes[32];
};

/** struct mu_own_folder: a folder of the tree that listed paths are in */
struct mu_own_folder {
	uint32_t entry;   /* MU_OWN_NONE: there is none */
	uint64_t hash;    /* of .path */
	const char *path; /* canonical; "" for the top */
	size_t n;
	size_t nlisted;
	char listed[MU_OWN_PATH]; /* as it was listed */
};

struct mu_owners {
	const struct mu_tree *tree;
	struct mu_arena arena;
	size_t count; /* entries of the tree */
	/* path → number of the entry */
	struct mu_own_slot {
		uint32_t entry; /* + 1; 0: free */
		uint32_t tag;
	} * slots;
	unsigned shift;
	uint64_t seed, key;
	struct mu_map folders; /* those that are reached through symlinks, or absent */
	struct mu_own_folder last;

	uint32_t *owner; /* [entry]: package + 1 */
	uint8_t *rank;   /* [entry]: enum mu_own_rank */
	uint32_t *top;   /* [entry]: package + 1 whose folder it is; NULL while none is */
	uint32_t ties;

	MU_VEC(struct mu_own_package) packages;
	MU_VEC(struct mu_own_sum) sums; /* sorted by entry when all is read */
	MU_VEC(struct mu_tree_note) notes;
	struct mu_owner **sorted;
	size_t nsorted;
	struct mu_distribution distribution;
	const char *manager; /* the distribution's; NULL: there is none */
	uint32_t made;       /* the owner of what scripts made; MU_OWN_NONE */
	bool links_unlisted; /* lists have no symlinks (distroless) */
};

/* ---- strings ------------------------------------------------------------- */

/** mu_own_line: the next line; false at the end */
bool mu_own_line(const char **at, const char *end, const char **ret_line, size_t *ret_n);

/** struct mu_own_field: "Name: value", with the lines that continue it */
struct mu_own_field {
	const char *name, *value;
	size_t nname, nvalue;
};

/** mu_own_field_next: 1: a field, 0: an empty line, the stanza is over, -1: no more */
int mu_own_field_next(const char **at, const char *end, struct mu_own_field *ret);
bool mu_own_field_is(const struct mu_own_field *f, const char *name);

/** mu_own_string: trimmed copy in the arena, at most @max bytes; NULL: no memory */
const char *mu_own_string(struct mu_owners *o, const char *s, size_t n, size_t max);

/** mu_own_unhex: digits to bytes; false unless all of @n are digits */
bool mu_own_unhex(const char *s, size_t n, uint8_t *ret, size_t cap);

/* ---- paths --------------------------------------------------------------- */

/** mu_own_index: make the tables of entries; 0 or -ENOMEM */
int mu_own_index(struct mu_owners *o);

/** mu_own_lookup: the entry of a canonical path */
uint32_t mu_own_lookup(const struct mu_owners *o, const char *path, size_t n);

/** mu_own_locate: the entry of a listed path; its folder may be reached by symlinks
 * Returns: -ENOMEM; else 0 and MU_OWN_NONE for what is not there.
 */
int mu_own_locate(struct mu_owners *o, const char *path, size_t n, uint32_t *ret);

/** mu_own_relative: mu_own_locate() of a path relative to a canonical folder */
int mu_own_relative(struct mu_owners *o, const char *folder, size_t nfolder,
	const char *path, size_t n, uint32_t *ret);

/** mu_own_below: the first entry below a canonical folder; the others follow it */
size_t mu_own_below(const struct mu_owners *o, const char *folder, size_t n);

static inline bool mu_own_is_below(const struct mu_entry *e, const char *folder, size_t n)
{
	return e && strncmp(e->path, folder, n) == 0 && e->path[n] == '/';
}

/** mu_own_read: contents of the file of a path; 0 and .data NULL where there is none
 *
 * What is there and cannot be read is a note. Returns: 0 or -ENOMEM.
 */
int mu_own_read(
	struct mu_owners *o, const char *path, uint64_t max, struct mu_bytes *ret);

/** mu_own_folder_of: the folder part of a path */
static inline size_t mu_own_folder_of(const char *path, size_t n)
{
	while (n && path[n - 1] != '/')
		n--;
	return n ? n - 1 : 0;
}

/* ---- packages ------------------------------------------------------------ */

/** mu_own_add: a package; its number, or MU_OWN_NONE without memory */
uint32_t mu_own_add(struct mu_owners *o, const struct mu_own_package *package);

/** mu_own_claim: say that an entry belongs to a package */
void mu_own_claim(
	struct mu_owners *o, uint32_t entry, uint32_t package, enum mu_own_rank rank);

/** mu_own_claim_free: the same where nobody of rank listed has it */
static inline void mu_own_claim_free(
	struct mu_owners *o, uint32_t entry, uint32_t package, enum mu_own_rank rank)
{
	if (o->rank[entry] < MU_OWN_ALIAS)
		mu_own_claim(o, entry, package, rank);
}

/** mu_own_claim_path: the same by a listed path, in both spellings of a merged /usr */
int mu_own_claim_path(struct mu_owners *o, const char *path, size_t n, uint32_t package,
	enum mu_own_rank rank);

/** mu_own_take_folder: everything below belongs to the package, unless listed */
int mu_own_take_folder(struct mu_owners *o, uint32_t entry, uint32_t package);

/** mu_own_sum: keep the checksum of a configuration file */
int mu_own_sum(struct mu_owners *o, uint32_t entry, enum mu_own_digest digest,
	const uint8_t *bytes, size_t n);

__attribute__((format(printf, 3, 4))) int mu_own_note(
	struct mu_owners *o, const char *path, const char *fmt, ...);

/** mu_own_is_distro: whether the distribution has an entry */
static inline bool mu_own_is_distro(const struct mu_owners *o, uint32_t entry)
{
	return o->owner[entry] &&
	       o->packages.v[o->owner[entry] - 1].o.kind != MU_OWNER_LANGUAGE;
}

/* ---- the readers: each returns 0 or -ENOMEM --------------------------------- */

int mu_own_dpkg(struct mu_owners *o);
int mu_own_dpkg_files(struct mu_owners *o, size_t first);
int mu_own_dpkg_chosen(struct mu_owners *o, size_t first);
int mu_own_apk(struct mu_owners *o);
int mu_own_rpm(struct mu_owners *o);
int mu_own_rpm_header(struct mu_owners *o, const void *data, size_t n);
int mu_own_release(struct mu_owners *o);
int mu_own_language(struct mu_owners *o);
int mu_own_python(struct mu_owners *o, uint32_t metadata);
int mu_own_gem(struct mu_owners *o, uint32_t specification);
int mu_own_npm(struct mu_owners *o, uint32_t package_json);
/** mu_own_single: a package file that is the source itself: all is the package's */
int mu_own_single(struct mu_owners *o);
/** mu_own_inherit: hand out the folders that were taken */
void mu_own_inherit(struct mu_owners *o);
/** mu_own_made: what maintainer scripts and the package manager make */
int mu_own_made(struct mu_owners *o);

/** enum mu_own_meta: files that tell of a language's package */
enum mu_own_meta {
	MU_OWN_META_NONE,
	MU_OWN_META_PYTHON,
	MU_OWN_META_NPM,
	MU_OWN_META_GEM,
};
/** mu_own_meta_of: by path; @n is its length */
enum mu_own_meta mu_own_meta_of(const char *path, size_t n);

#endif
