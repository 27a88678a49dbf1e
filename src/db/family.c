/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "names.h"
#include "tables.h"

/* '*' and '?' only. A later star takes the place of an earlier one: linear time. */
bool mu_name_match(const char *glob, const char *s)
{
	const char *star = NULL, *resume = NULL;

	while (*s) {
		if (*glob == '*') {
			star = ++glob;
			resume = s;
		} else if (*glob == '?' || *glob == *s) {
			glob++;
			s++;
		} else if (star) {
			glob = star;
			s = ++resume;
		} else {
			return false;
		}
	}
	while (*glob == '*')
		glob++;
	return *glob == '\0';
}

/* Owner of the first pattern that matches; -1 for none. */
static int first_match(const struct mu_tab_pattern *p, size_t n, const char *symbol)
{
	bool glibc = mu_name_in_glibc(symbol);

	for (size_t i = 0; i < n; i++) {
		if (p[i].glibc && !glibc)
			continue;
		if (mu_name_match(mu_tab_strings + p[i].glob, symbol))
			return p[i].owner;
	}
	return -1;
}

const struct mu_family *mu_family_of(const char *symbol)
{
	int i = first_match(mu_tab_family_patterns, mu_tab_family_pattern_count, symbol);

	return i < 0 ? NULL : &mu_tab_families[i];
}

const struct mu_family *mu_family_at(size_t i)
{
	return i < mu_tab_family_count ? &mu_tab_families[i] : NULL;
}

const char *mu_db_host_of(const char *symbol)
{
	int i = first_match(mu_tab_host_patterns, mu_tab_host_pattern_count, symbol);

	return i < 0 ? NULL : mu_tab_hosts[i];
}

const char *mu_db_host_of_path(const char *path)
{
	for (size_t i = 0; i < mu_tab_host_path_count; i++)
		if (mu_name_match(mu_tab_host_paths[i].pattern, path))
			return mu_tab_host_paths[i].host;
	return NULL;
}

const struct mu_library *mu_library_of(const char *soname)
{
	for (size_t i = 0; i < mu_tab_library_count; i++) {
		if (mu_name_match(mu_tab_libraries[i].pattern, soname))
			return &mu_tab_libraries[i];
	}
	return NULL;
}
