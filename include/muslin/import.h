/* SPDX-License-Identifier: MIT */
#ifndef MUSLIN_IMPORT_H
#define MUSLIN_IMPORT_H

#include <stddef.h>
#include <stdio.h>

#include <muslin/db.h>

struct mu_error;

/*
 * Data over what is built in: files of `muslin db import`, see muslin-db(1). What they
 * say of a repository of a release takes the place of all that is built in about it; a
 * release that is not built in becomes known.
 *
 * Loading changes what the functions of db.h and packages.h answer, and where
 * mu_release_at() has a release: load first, then ask, on any number of threads.
 */

/** mu_db_load: read a data file
 * @path: of the file; one that was read before, and has not changed, is left alone
 *
 * Where two files tell of the same repository of the same release, the later one counts.
 * Returns: 0; -EINVAL where it is no such file, another negative code. What was loaded
 * before stays as it was then; after -ENOMEM and -MU_E_LIMIT only mu_db_unload() helps.
 * Since: 0.1
 */
int mu_db_load(const char *path, struct mu_error *err);

/** mu_db_load_user: read all files of the user's folder, those that end in ".db"
 *
 * No folder is no error.
 * Returns: 0 or a negative code.
 * Since: 0.1
 */
int mu_db_load_user(struct mu_error *err);

/** mu_db_unload: forget all that was loaded; nothing may point at it any more
 * Since: 0.1
 */
void mu_db_unload(void);

/** mu_db_user_dir: the folder of the user's own data
 * @buf: @cap bytes
 *
 * $MUSLIN_DB_DIR, else $XDG_DATA_HOME/muslin, else ~/.local/share/muslin.
 * Returns: 0; -ENOENT where there is none: MUSLIN_DB_DIR is empty, or nothing is set.
 * Since: 0.1
 */
int mu_db_user_dir(char *buf, size_t cap);

/** struct mu_db_loaded: a part of a data file that was loaded */
struct mu_db_loaded {
	const char *path;
	const char *release; /* "3.25"; NULL: a libc */
	const char *repo;    /* "main"; NULL: a libc */
	const char *target;  /* "musl:1.2.7"; NULL: an index */
	const char *date;    /* of the newest package, YYYY-MM-DD; "-": not known */
	const char *machine; /* "x86_64"; "-": not known */
	size_t rows;         /* packages, or symbols */
};

/** mu_db_loaded_at: what was loaded
 * Returns: 1 and the part in @ret, 0 past the end.
 * Since: 0.1
 */
int mu_db_loaded_at(size_t i, struct mu_db_loaded *ret);

/* ---- making such files -------------------------------------------------- */

struct mu_import;

/** mu_import_new: begin an import
 * @release: "3.25", "v3.25", "edge"
 * @ret: to be freed with mu_import_free()
 *
 * Returns: 0; -MU_E_UNKNOWN_TARGET where it is no name of a release.
 * Since: 0.1
 */
int mu_import_new(const char *release, struct mu_import **ret, struct mu_error *err);

/** mu_import_add: read an index of that release
 * @path: APKINDEX.tar.gz or an APKINDEX; "-" is standard input
 * @repo: "main", "community", "testing"; NULL: by what is in it, or by its path
 *
 * Several of the same repository are put together.
 * Returns: 0; -MU_E_USAGE where the repository is not plain; -EINVAL, -MU_E_TRUNCATED …
 * where it is no index.
 * Since: 0.1
 */
int mu_import_add(struct mu_import *import, const char *path, const char *repo,
	struct mu_error *err);

/** mu_import_release: the release as it is called everywhere else: "3.25"
 * Since: 0.1
 */
const char *mu_import_release(const struct mu_import *import);

/** mu_import_packages: how many packages of a repository were read
 * Since: 0.1
 */
size_t mu_import_packages(const struct mu_import *import, const char *repo);

/** mu_import_write: write a data file
 * @repo: of this repository alone; NULL: of all that were read
 *
 * Returns: 0, -ENOMEM or -EIO.
 * Since: 0.1
 */
int mu_import_write(
	struct mu_import *import, const char *repo, FILE *out, struct mu_error *err);

/** mu_import_free: end an import; NULL is fine
 * Since: 0.1
 */
void mu_import_free(struct mu_import *import);

struct mu_libc_import;

/** mu_libc_import_read: read what a libc.so of musl defines
 * @path: of the file, or "-"
 * @target: what it is to be called, "musl:1.2.7"; NULL: by the version that it tells
 * @ret: to be freed with mu_libc_import_free()
 *
 * Returns: 0; -EINVAL where it is no musl, -MU_E_USAGE where the target is none or the
 * version is not told; another negative code.
 * Since: 0.1
 */
int mu_libc_import_read(const char *path, const char *target, struct mu_libc_import **ret,
	struct mu_error *err);

/** mu_libc_import_target: "musl:1.2.7"
 * Since: 0.1
 */
const char *mu_libc_import_target(const struct mu_libc_import *libc);

/** mu_libc_import_machine: "x86_64"
 * Since: 0.1
 */
const char *mu_libc_import_machine(const struct mu_libc_import *libc);

/** mu_libc_import_symbols: how many it defines
 * Since: 0.1
 */
size_t mu_libc_import_symbols(const struct mu_libc_import *libc);

/** mu_libc_import_write: write a data file
 * Returns: 0 or -EIO.
 * Since: 0.1
 */
int mu_libc_import_write(
	const struct mu_libc_import *libc, FILE *out, struct mu_error *err);

/** mu_libc_import_free: NULL is fine
 * Since: 0.1
 */
void mu_libc_import_free(struct mu_libc_import *libc);

/* ---- the user's folder ---------------------------------------------------- */

/** mu_db_user_file: where a data file belongs in the user's folder, which is made
 * @what: "alpine:3.25", "musl:1.2.7"
 * @part: "main", "x86_64"
 * @buf: @cap bytes
 *
 * Returns: 0; -ENOENT where there is to be no such folder, another negative code where
 * it cannot be made.
 * Since: 0.1
 */
int mu_db_user_file(
	const char *what, const char *part, char *buf, size_t cap, struct mu_error *err);

/** mu_db_user_remove: remove data files from the user's folder
 * @what: a release ("3.25", "alpine:3.25") or a libc ("musl:1.2.7")
 * @part: "main", "x86_64"; NULL: all
 *
 * Returns: how many were there, or a negative code.
 * Since: 0.1
 */
int mu_db_user_remove(const char *what, const char *part, struct mu_error *err);

#endif
