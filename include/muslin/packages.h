/* SPDX-License-Identifier: MIT */
#ifndef MUSLIN_PACKAGES_H
#define MUSLIN_PACKAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <muslin/db.h>

/*
 * What is known of Alpine's packages: which there are in which release, who provides a
 * shared library, a command, a pkg-config module or a virtual name, and what a Debian or
 * Ubuntu package is called in Alpine. It is compiled in, or an index that was loaded
 * (import.h) says so: of a repository with such an index nothing else counts. Nothing is
 * allocated; strings live as long as the program, or until mu_db_unload().
 *
 * A set of releases is a mask: bit i is mu_release_at(i). Where a release is wanted,
 * NULL stands for the newest numbered one.
 */

/** enum mu_certainty: how far an answer can be relied on; more is better */
enum mu_certainty {
	MU_CERTAINTY_NONE,
	MU_CERTAINTY_POSSIBLE, /* a provider: so says the nearest index that was read;
				  a Debian name: plausible, or by a rule */
	MU_CERTAINTY_LIKELY,   /* so say an older and a newer index, or the three newest;
				  one derivation */
	MU_CERTAINTY_SURE,     /* the release's own index says so; confirmed twice */
};

/** mu_certainty_name: "none", "possible", "likely", "sure"
 * Since: 0.1
 */
const char *mu_certainty_name(enum mu_certainty certainty);

/** mu_release_bit: bit of a release in a mask
 * @release: NULL stands for the newest
 * Since: 0.1
 */
uint32_t mu_release_bit(const struct mu_release *release);

/* ---- packages --------------------------------------------------------- */

/** struct mu_package: one package of Alpine */
struct mu_package {
	const char *name;
	const char *origin; /* the recipe that it is built from */
	uint32_t main;      /* releases that have it in main */
	uint32_t community; /* … in community */
	bool testing;       /* edge has it in testing, and nowhere else */
	uint32_t size;      /* installed bytes in 3.18; 0: not known, or nothing */
};

/** mu_package_find: look a package up
 * Returns: 0, or -ENOENT when no release that is known has it.
 * Since: 0.1
 */
int mu_package_find(const char *name, struct mu_package *ret);

/** mu_package_repo: where a release has a package
 * @release: NULL stands for the newest
 *
 * Returns: "main", "community", "testing" (edge alone), or NULL when it is not there.
 * Since: 0.1
 */
const char *mu_package_repo(const char *name, const struct mu_release *release);

/** mu_package_version: the version of a package in an index that was loaded
 * @release: NULL stands for the newest
 *
 * Of what is built in no versions are kept.
 * Returns: NULL where none is known.
 * Since: 0.1
 */
const char *mu_package_version(const char *name, const struct mu_release *release);

/** mu_package_size: installed size in Alpine 3.18
 * Returns: bytes, or -ENOENT when 3.18 does not have it. Packages that hold nothing
 * but dependencies have 0.
 * Since: 0.1
 */
int64_t mu_package_size(const char *name);

/** mu_index_was_read: whether the provides of a release's repository are facts
 * @repo: "main" or "community"
 * @release: NULL stands for the newest
 *
 * Where it is false, mu_provider_next() infers: no answer does not mean that no package
 * has it.
 * Since: 0.1
 */
bool mu_index_was_read(const char *repo, const struct mu_release *release);

/* ---- who provides what ------------------------------------------------ */

enum mu_provided {
	MU_PROVIDED_SONAME,    /* "libz.so.1" */
	MU_PROVIDED_COMMAND,   /* "git"; busybox' applets are in no index */
	MU_PROVIDED_PKGCONFIG, /* "zlib" of -dev packages */
	MU_PROVIDED_VIRTUAL,   /* "java-jre" */
	MU_PROVIDED_COUNT,
};

/** struct mu_provider: one package that provides a name in a release */
struct mu_provider {
	const char *package;
	const char *repo; /* "main", "community" */
	enum mu_certainty certainty;
	const char *seen_in; /* the release whose index says so */
};

/** mu_provider_next: iterate the packages that provide a name in a release
 * @kind: what the name is
 * @name: exactly as in the index
 * @release: NULL stands for the newest
 * @it: set to 0 before the first call
 *
 * In an order that never changes: what is for running before -dev and -static packages,
 * a package of the same name before others, then by name.
 * Returns: 1 and a row in @ret, 0 at the end.
 * Since: 0.1
 */
int mu_provider_next(enum mu_provided kind, const char *name,
	const struct mu_release *release, unsigned *it, struct mu_provider *ret);

/** mu_provider_releases: releases in which some package provides a name
 * @least: counts answers of this certainty and better
 *
 * Returns: mask of releases; 0 for none.
 * Since: 0.1
 */
uint32_t mu_provider_releases(
	enum mu_provided kind, const char *name, enum mu_certainty least);

/** mu_soname_provider_next: mu_provider_next() of a shared library's name
 * Returns: 1 and a row in @ret, 0 at the end.
 * Since: 0.1
 */
int mu_soname_provider_next(const char *soname, const struct mu_release *release,
	unsigned *it, struct mu_provider *ret);

/** mu_soname_releases: releases in which some package has a shared library
 *
 * Certain or not: mu_provider_releases() parts them.
 * Returns: mask of releases; 0 for none.
 * Since: 0.1
 */
uint32_t mu_soname_releases(const char *soname);

/** mu_soname_other: the same library under another soname
 * @soname: "libicuuc.so.72"
 * @release: NULL stands for the newest
 * @ret: who provides it; NULL is fine
 *
 * What stands before ".so" is equal, what stands behind it is not: another ABI. Of
 * several the most certain, of these the newest.
 * Returns: "libicuuc.so.76", NULL for none.
 * Since: 0.1
 */
const char *mu_soname_other(
	const char *soname, const struct mu_release *release, struct mu_provider *ret);

/** mu_command_provider_next: mu_provider_next() of a command
 * Returns: 1 and a row in @ret, 0 at the end.
 * Since: 0.1
 */
int mu_command_provider_next(const char *command, const struct mu_release *release,
	unsigned *it, struct mu_provider *ret);

/** mu_command_releases: releases in which some package has a command
 * Returns: mask of releases; 0 for none.
 * Since: 0.1
 */
uint32_t mu_command_releases(const char *command);

/* ---- Debian's names --------------------------------------------------- */

enum mu_deb_action {
	MU_DEB_MAP,
	MU_DEB_APPROX, /* plausible; to be shown as uncertain */
	MU_DEB_DROP,   /* nothing needed: Alpine has no use for it, or has it built in */
	MU_DEB_MANUAL, /* nothing to map it to: somebody has to decide */
};

/** enum mu_deb_way: where an answer is from */
enum mu_deb_way {
	MU_DEB_BY_ROW,    /* the name has a row of its own */
	MU_DEB_BY_T64,    /* the name without t64 has one */
	MU_DEB_BY_RULE,   /* a rule made the name (python3-* is py3-*) */
	MU_DEB_BY_FAMILY, /* names that differ in the version alone go there */
	MU_DEB_BY_NAME,   /* Alpine has a package of this name, more is not known */
};

#define MU_DEB_PACKAGES 3
#define MU_DEB_OTHERS 12

/** struct mu_deb_package: one of Alpine's packages in an answer */
struct mu_deb_package {
	const char *package;
	const char *repo;       /* in the release that was asked for; NULL: not there */
	const char *instead_of; /* the row names this one, but the release has @package:
				   another version of it, or a package of the name that
				   was asked for; else NULL */
};

/** struct mu_deb: what a Debian or Ubuntu package is in Alpine */
struct mu_deb {
	enum mu_deb_action action;
	enum mu_certainty certainty;
	enum mu_deb_way way;
	const char *row;   /* name, stem or pattern that answered */
	const char *basis; /* "curated", "files", "name", "rule", "tables", joined by + */
	struct mu_deb_package packages[MU_DEB_PACKAGES]; /* all of them are needed */
	unsigned package_count;
	struct mu_deb_package others[MU_DEB_OTHERS]; /* further candidates */
	unsigned other_count;
	const char *same_name_repo; /* the release has a package of Debian's name here;
				       NULL: it has not */
};

/** mu_deb_map: what a Debian or Ubuntu package is called in a release of Alpine
 * @name: "libssl3t64", without version or architecture
 * @release: NULL stands for the newest
 *
 * An answer may name packages that the release does not have: see repo.
 * Returns: 0, or -ENOENT when nothing is known of the name.
 * Since: 0.1
 */
int mu_deb_map(const char *name, const struct mu_release *release, struct mu_deb *ret);

/** mu_deb_action_name: "map", "approx", "drop", "manual"
 * Since: 0.1
 */
const char *mu_deb_action_name(enum mu_deb_action action);

/** mu_deb_way_name: "row", "t64", "rule", "family", "name"
 * Since: 0.1
 */
const char *mu_deb_way_name(enum mu_deb_way way);

#endif
