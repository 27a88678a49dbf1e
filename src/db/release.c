/* SPDX-License-Identifier: MIT */
#include <muslin/advice.h>
#include <muslin/error.h>
#include <stdio.h>
#include <string.h>

#include "advice_tables.h"
#include "loaded.h"
#include "package_tables.h"
#include "tables.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The number at the start of *s, saturating; *s goes behind it and its dot. */
static unsigned next_number(const char **s)
{
	unsigned n = 0;

	while (**s && !is_digit(**s))
		++*s;
	for (; is_digit(**s); ++*s)
		n = n < 100000000 ? n * 10 + (unsigned)(**s - '0') : n;
	return n;
}

int mu_version_cmp(const char *a, const char *b)
{
	while (*a || *b) {
		unsigned x = next_number(&a), y = next_number(&b);
		if (x != y)
			return x < y ? -1 : 1;
	}
	return 0;
}

/* With data loaded, releases may come in between: then this is a list of its own. */
static const struct mu_release *releases = mu_tab_releases;
static const int8_t *columns; /* in the built-in tables, -1; NULL: as in releases */
static struct mu_release list[MU_RELEASES_MAX];
static int8_t list_columns[MU_RELEASES_MAX];
static int list_count;
static char list_strings[MU_RELEASES_MAX][3][32]; /* versions of musl, gcompat, GCC */

static int release_count(void)
{
	return columns ? list_count : mu_tab_release_count;
}

const struct mu_release *mu_release_at(int i)
{
	return i >= 0 && i < release_count() ? &releases[i] : NULL;
}

int mu_release_column(int release)
{
	return !columns ? release : release < list_count ? columns[release] : -1;
}

/* "3.22" and "3.22.1" are release 3.22; "3.2" and "3.22x" are not. */
static bool names_release(const char *text, const char *release)
{
	size_t n = strlen(release);

	if (strncmp(text, release, n) != 0)
		return false;
	if (text[n] == '\0')
		return true;
	return is_digit(*release) && text[n] == '.' && is_digit(text[n + 1]) &&
	       text[n + 1 + strspn(text + n + 1, "0123456789")] == '\0';
}

const struct mu_release *mu_release_find(const char *name)
{
	if (name[0] == 'v' && is_digit(name[1]))
		name++;
	for (int i = 0; i < release_count(); i++) {
		if (names_release(name, releases[i].name))
			return &releases[i];
	}
	return NULL;
}

static const struct mu_release *newest(const struct mu_release *v, int n)
{
	int i = n - 1;

	while (i > 0 && !is_digit(v[i].name[0]))
		i--;
	return &v[i];
}

const struct mu_release *mu_release_newest(void)
{
	return newest(releases, release_count());
}

/* ---- releases that were loaded -------------------------------------------- */

/* Numbers first, "edge" last. */
static int release_cmp(const char *a, const char *b)
{
	if (is_digit(*a) != is_digit(*b))
		return is_digit(*a) ? -1 : 1;
	return is_digit(*a) ? mu_version_cmp(a, b) : 0;
}

/* What is not known of a new release is as in the one before it. */
static int insert(const char *name)
{
	int i = 0;

	while (i < list_count && release_cmp(list[i].name, name) < 0)
		i++;
	if (i < list_count && release_cmp(list[i].name, name) == 0)
		return 0;
	if (list_count == MU_RELEASES_MAX)
		return -MU_E_LIMIT;
	memmove(&list[i + 1], &list[i], (size_t)(list_count - i) * sizeof *list);
	memmove(&list_columns[i + 1], &list_columns[i],
		(size_t)(list_count - i) * sizeof *list_columns);
	list_count++;
	if (i)
		list[i] = list[i - 1];
	list[i].name = name;
	list[i].date = list[i].eol = NULL;
	list_columns[i] = -1;
	return 0;
}

/* "1.2.4_git20230717-r4" is 1.2.4 */
static void upstream_version(const char *package_version, char ret[32])
{
	snprintf(ret, 32, "%.*s", (int)strspn(package_version, "0123456789."),
		package_version);
}

/*
 * The table for a version of musl: the release's own, if it is of that version; else
 * that of the newest release that has the version, Alpine's patches included; else
 * upstream's. A version that nobody knows yet is like the newest.
 */
static int variant_for(const char *version, int own)
{
	char name[40];
	int v;

	if (!strcmp(mu_tab_variants[own].version, version))
		return own;
	for (int i = mu_tab_release_count - 1; i >= 0; i--) {
		v = mu_tab_releases[i].variant;
		if (!strcmp(mu_tab_variants[v].version, version))
			return v;
	}
	snprintf(name, sizeof name, "musl:%s", version);
	v = mu_variant_find(name);
	return v >= 0 ? v : newest(mu_tab_releases, mu_tab_release_count)->variant;
}

static void take_musl(struct mu_release *r, const char *package, char buf[32])
{
	r->musl_package = mu_loaded_field(package, 1);
	upstream_version(r->musl_package, buf);
	r->variant = variant_for(buf, r->variant);
	r->musl_version = *buf ? buf : NULL;
	if (mu_version_cmp(buf, "1.2.4") >= 0)
		r->relr = true;
}

/* What an index says about the release itself. */
static void take_facts(const struct mu_loaded_index *x)
{
	const struct mu_release *found = mu_release_find(x->release);
	struct mu_release *r = &list[found - releases];
	const char *musl = mu_loaded_package(x, "musl");
	const char *gcompat = mu_loaded_package(x, "gcompat");
	const char *gcc = mu_loaded_package(x, "libstdc++");

	if (musl)
		take_musl(r, musl, list_strings[r - list][0]);
	if (gcompat) {
		upstream_version(mu_loaded_field(gcompat, 1), list_strings[r - list][1]);
		r->gcompat = list_strings[r - list][1];
		r->gcompat_repo = mu_repo_name(x->repo);
	}
	if (gcc)
		upstream_version(mu_loaded_field(gcc, 1), list_strings[r - list][2]);
}

/* Both of its repositories were read, and there is none. */
static bool lacks_gcompat(
	const char *release, struct mu_loaded_index *const *indices, size_t n)
{
	unsigned repos = 0;

	for (size_t i = 0; i < n; i++) {
		if (strcmp(indices[i]->release, release) != 0)
			continue;
		if (mu_loaded_package(indices[i], "gcompat"))
			return false;
		repos |= 1u << indices[i]->repo;
	}
	return repos >> MU_TAB_MAIN & repos >> MU_TAB_COMMUNITY & 1;
}

int mu_releases_rebuild(struct mu_loaded_index *const *indices, size_t n)
{
	int e = 0;

	releases = mu_tab_releases;
	columns = NULL;
	if (!n)
		return 0;
	list_count = mu_tab_release_count;
	memset(list_strings, 0, sizeof list_strings);
	memcpy(list, mu_tab_releases, (size_t)list_count * sizeof *list);
	for (int i = 0; i < list_count; i++)
		list_columns[i] = (int8_t)i;
	for (size_t i = 0; i < n && !e; i++)
		e = insert(indices[i]->release);
	if (e)
		return e;
	releases = list;
	columns = list_columns;
	for (size_t i = 0; i < n; i++)
		take_facts(indices[i]);
	for (int i = 0; i < list_count; i++)
		if (lacks_gcompat(list[i].name, indices, n))
			list[i].gcompat = list[i].gcompat_repo = NULL;
	return 0;
}

/* What is not known of a new release is as in the one before it. */
const char *mu_release_gcc(const struct mu_release *release)
{
	for (int i = mu_release_number(release); i >= 0; i--) {
		int column = mu_release_column(i);

		if (columns && *list_strings[i][2])
			return list_strings[i][2];
		if (column >= 0)
			return mu_tab_release_gcc[column];
	}
	return NULL;
}

const struct mu_db_source *mu_db_source_at(size_t i)
{
	if (i < mu_tab_source_count)
		return &mu_tab_sources[i];
	i -= mu_tab_source_count;
	if (i < mu_tab_package_source_count)
		return &mu_tab_package_sources[i];
	i -= mu_tab_package_source_count;
	return i < mu_tab_advice_source_count ? &mu_tab_advice_sources[i] : NULL;
}
