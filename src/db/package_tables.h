/* SPDX-License-Identifier: MIT */
#ifndef MU_DB_PACKAGE_TABLES_H
#define MU_DB_PACKAGE_TABLES_H

#include <muslin/packages.h>

/*
 * What gen_packages.py writes out of data/packages/. Strings are offsets into one pool,
 * packages are numbers; every table is sorted by its first string.
 */
extern const char mu_tab_package_strings[];

#define MU_TAB_NO_PACKAGE 0xffff

enum mu_tab_repo { MU_TAB_NOWHERE, MU_TAB_MAIN, MU_TAB_COMMUNITY, MU_TAB_TESTING };

struct mu_tab_package {
	uint32_t name;
	uint32_t origin;
	uint32_t repos; /* two bits a release: enum mu_tab_repo */
	uint32_t size;
};
extern const struct mu_tab_package mu_tab_packages[];
extern const uint32_t mu_tab_package_count;

/* main, community: the releases whose index was read */
extern const uint16_t mu_tab_index_read[2];

struct mu_tab_provide {
	uint32_t name;
	uint16_t package;
	uint16_t main; /* releases whose index of main says so */
	uint16_t community;
};
extern const struct mu_tab_provide mu_tab_sonames[];
extern const uint32_t mu_tab_sonames_count;
extern const struct mu_tab_provide mu_tab_commands[];
extern const uint32_t mu_tab_commands_count;
extern const struct mu_tab_provide mu_tab_pkgconfig[];
extern const uint32_t mu_tab_pkgconfig_count;
extern const struct mu_tab_provide mu_tab_virtuals[];
extern const uint32_t mu_tab_virtuals_count;

struct mu_tab_debian {
	uint32_t name;
	uint32_t basis; /* string */
	uint16_t packages[MU_DEB_PACKAGES];
	uint16_t others; /* first in mu_tab_debian_others, up to MU_TAB_NO_PACKAGE */
	uint8_t action;
	uint8_t certainty;
};
extern const struct mu_tab_debian mu_tab_debian[];
extern const uint32_t mu_tab_debian_count;
extern const uint16_t mu_tab_debian_others[];

struct mu_tab_debian_family {
	uint32_t stem; /* one # where the version stands */
	uint16_t packages[MU_DEB_PACKAGES];
};
extern const struct mu_tab_debian_family mu_tab_debian_families[];
extern const uint32_t mu_tab_debian_family_count;

struct mu_tab_debian_rule {
	uint32_t pattern;
	uint32_t answer;
};
extern const struct mu_tab_debian_rule mu_tab_debian_rules[];
extern const uint32_t mu_tab_debian_rule_count;

/* stems of packages that carry a version in their name */
extern const uint32_t mu_tab_versioned[];
extern const uint32_t mu_tab_versioned_count;

extern const struct mu_db_source mu_tab_package_sources[];
extern const size_t mu_tab_package_source_count;

/** mu_package_string: a string of the pool */
static inline const char *mu_package_string(uint32_t offset)
{
	return mu_tab_package_strings + offset;
}

/** mu_package_search: first row of a sorted table that is not below a name
 * @rows: each begins with the offset of its name
 * @count: how many rows of @size bytes
 * Returns: number of the row; @count where all are below.
 */
uint32_t mu_package_search(
	const void *rows, uint32_t count, size_t size, const char *name);

/** mu_package_number: number of a package, MU_TAB_NO_PACKAGE for none */
uint32_t mu_package_number(const char *name);

/** mu_package_name: the name of package @number */
const char *mu_package_name(uint32_t number);

/** mu_package_column: where the built-in release in a column has package @number */
enum mu_tab_repo mu_package_column(uint32_t number, int column);

/** mu_package_place: where release number @release has package @number, with regard to
 * what was loaded
 */
enum mu_tab_repo mu_package_place(uint32_t number, int release);

/** mu_repo_name: "main", "community", "testing"; NULL for MU_TAB_NOWHERE */
const char *mu_repo_name(enum mu_tab_repo repo);

/** mu_release_number: number of a release, of the newest for NULL */
int mu_release_number(const struct mu_release *release);

#endif
