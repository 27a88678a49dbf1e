/* SPDX-License-Identifier: MIT */
#ifndef MU_DB_LOADED_H
#define MU_DB_LOADED_H

#include <muslin/import.h>
#include <muslin/packages.h>
#include <string.h>

#include "core/arena.h"
#include "package_tables.h"

/*
 * What data files brought. Their text stays in memory, cut into strings: a row is a
 * pointer to its first field, behind whose NUL the next field stands.
 */

struct mu_loaded_file {
	char *path; /* owned */
	char *text; /* owned */
	uint64_t size;
	int64_t mtime;
	uint64_t inode, device;
	struct mu_loaded_file *next; /* owned */
};

typedef MU_VEC(const char *) mu_loaded_rows;

/** struct mu_loaded_index: one repository of one release */
struct mu_loaded_index {
	const struct mu_loaded_file *file;
	const char *release, *date, *machine;
	enum mu_tab_repo repo;
	mu_loaded_rows packages;                    /* name, version, origin, size */
	mu_loaded_rows provides[MU_PROVIDED_COUNT]; /* name, package */
};

/** struct mu_loaded_libc: the symbols of a libc.so */
struct mu_loaded_libc {
	const struct mu_loaded_file *file;
	const char *target, *version;
	const struct mu_machine *machine;
	mu_loaded_rows symbols;
};

/** mu_loaded_field: field @n of a row, 0 is the row itself */
static inline const char *mu_loaded_field(const char *row, int n)
{
	while (n-- > 0)
		row += strlen(row) + 1;
	return row;
}

/** mu_loaded_index: what was loaded of a repository of release number @release, NULL */
const struct mu_loaded_index *mu_loaded_index(int release, enum mu_tab_repo repo);

/** mu_loaded_any: whether there is such an index of a release */
bool mu_loaded_any(int release);

/** mu_loaded_package: a package's row in one of them; NULL */
const char *mu_loaded_package(const struct mu_loaded_index *x, const char *name);

/** mu_loaded_first: first row of a kind of names that is not below @name */
size_t mu_loaded_first(
	const struct mu_loaded_index *x, enum mu_provided kind, const char *name);

/** mu_loaded_libc_at: the libcs, in the order of loading; NULL past the end */
const struct mu_loaded_libc *mu_loaded_libc_at(size_t i);

/* ---- between loaded.c, datafile.c and release.c --------------------------- */

/** struct mu_loaded_part: what one data file holds, before it counts */
struct mu_loaded_part {
	struct mu_loaded_file *file;
	MU_VEC(struct mu_loaded_index *) indices;
	MU_VEC(struct mu_loaded_libc *) libcs;
};

/** mu_datafile_parse: cut the text of a data file into rows
 * @part: .file is set; the rest is filled, also on failure
 * @n: bytes of the file's text, behind which stands a NUL
 */
int mu_datafile_parse(struct mu_loaded_part *part, size_t n, struct mu_error *err);

/** mu_loaded_index_free, mu_loaded_libc_free: free one; NULL is fine */
void mu_loaded_index_free(struct mu_loaded_index *x);
void mu_loaded_libc_free(struct mu_loaded_libc *x);

/** mu_provider_order: order of the packages that provide a name
 *
 * What runs stands before what one builds with, then what bears the name itself.
 */
int mu_provider_order(enum mu_provided kind, const char *name, const char *package_a,
	const char *origin_a, const char *package_b, const char *origin_b);

/** mu_releases_rebuild: make the list of releases anew
 * @indices: all that are loaded, @n of them; none: only what is built in
 *
 * Returns: 0, -ENOMEM, or -MU_E_LIMIT where there are too many releases.
 */
int mu_releases_rebuild(struct mu_loaded_index *const *indices, size_t n);

/** mu_release_column: where the built-in tables have release number @release; -1 */
int mu_release_column(int release);

#define MU_RELEASES_MAX 32 /* a mask has no more bits */

#endif
