/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "loaded.h"
#include "package_tables.h"
#include "tables.h"

struct table {
	const struct mu_tab_provide *rows;
	uint32_t count;
};

static struct table table_of(enum mu_provided kind)
{
	switch (kind) {
	case MU_PROVIDED_SONAME:
		return (struct table){mu_tab_sonames, mu_tab_sonames_count};
	case MU_PROVIDED_COMMAND:
		return (struct table){mu_tab_commands, mu_tab_commands_count};
	case MU_PROVIDED_PKGCONFIG:
		return (struct table){mu_tab_pkgconfig, mu_tab_pkgconfig_count};
	case MU_PROVIDED_VIRTUAL:
		return (struct table){mu_tab_virtuals, mu_tab_virtuals_count};
	case MU_PROVIDED_COUNT:
		break;
	}
	return (struct table){NULL, 0};
}

/* A column is a release that is built in; see mu_release_column(). */

/* Whether an index of the release was read in which the package stood. */
static bool was_read(uint32_t package, int column)
{
	enum mu_tab_repo repo = mu_package_column(package, column);

	return (repo == MU_TAB_MAIN || repo == MU_TAB_COMMUNITY) &&
	       mu_tab_index_read[repo - MU_TAB_MAIN] >> column & 1;
}

/* The nearest such release in one direction, -1 for none. */
static int neighbour(uint32_t package, int column, int step)
{
	for (column += step; column >= 0 && column < mu_tab_release_count;
		column += step) {
		if (was_read(package, column))
			return column;
	}
	return -1;
}

static bool says_so(const struct mu_tab_provide *row, int column)
{
	return column >= 0 && (row->main | row->community) >> column & 1;
}

/* Of releases as near as each other, the newer one. */
static int nearer(int column, int below, int above)
{
	if (below < 0 || above < 0)
		return below < 0 ? above : below;
	return column - below < above - column ? below : above;
}

/* How many of the nearest indices in one direction say so without a break. */
static int said_in_a_row(const struct mu_tab_provide *row, int column, int step)
{
	int n = 0;

	while ((column = neighbour(row->package, column, step)) >= 0 &&
		says_so(row, column))
		n++;
	return n;
}

/* A library that kept its name so long keeps it in the next release too. */
#define LASTING 3

/*
 * A release whose index nobody read: the packages are known by name, their contents are
 * not. Two indices that agree outweigh one; where they do not, the nearer one counts,
 * and both where they are equally near. Tried on each index of main that was read, as if
 * it had not been: likely answers about libraries were right in 7053 of 7055 cases,
 * possible ones in 2800 of 4562 (a library that changes its version with every release).
 * Behind the newest index there is no second one: what the last three have is likely.
 * Tried in the same way, with the newer indices put aside: right in 6677 of 6951 cases
 * one release on, in 5330 of 5770 two on.
 */
static enum mu_certainty infer(
	const struct mu_tab_provide *row, int column, int *ret_seen)
{
	int below = neighbour(row->package, column, -1);
	int above = neighbour(row->package, column, 1);
	int near = nearer(column, below, above);
	bool tie = below >= 0 && above >= 0 && column - below == above - column;

	*ret_seen = says_so(row, near) ? near : below;
	if (says_so(row, below) && says_so(row, above))
		return MU_CERTAINTY_LIKELY;
	if (above < 0 && said_in_a_row(row, column, -1) >= LASTING)
		return MU_CERTAINTY_LIKELY;
	if (says_so(row, near) || (tie && says_so(row, below)))
		return MU_CERTAINTY_POSSIBLE;
	return MU_CERTAINTY_NONE;
}

/*
 * What the built-in tables say of a release, by a row. Where an index of the repository
 * was loaded, they say nothing.
 */
static enum mu_certainty answer(
	const struct mu_tab_provide *row, int release, struct mu_provider *ret)
{
	int column = mu_release_column(release), seen = column;
	enum mu_tab_repo repo = mu_package_column(row->package, column);
	enum mu_certainty certainty = MU_CERTAINTY_NONE;

	if ((repo != MU_TAB_MAIN && repo != MU_TAB_COMMUNITY) ||
		mu_loaded_index(release, repo))
		return MU_CERTAINTY_NONE;
	if (says_so(row, column))
		certainty = MU_CERTAINTY_SURE;
	else if (!was_read(row->package, column))
		certainty = infer(row, column, &seen);
	if (certainty != MU_CERTAINTY_NONE)
		*ret = (struct mu_provider){.package = mu_package_name(row->package),
			.repo = mu_repo_name(repo),
			.certainty = certainty,
			.seen_in = mu_tab_releases[seen].name};
	return certainty;
}

static uint32_t first_row(const struct table *t, const char *name)
{
	return mu_package_search(t->rows, t->count, sizeof *t->rows, name);
}

static bool is_row_of(const struct table *t, uint32_t i, const char *name)
{
	return i < t->count && strcmp(mu_package_string(t->rows[i].name), name) == 0;
}

/* ---- what was loaded ---------------------------------------------------- */

static struct mu_provider loaded_provider(
	const struct mu_loaded_index *x, int release, const char *row)
{
	return (struct mu_provider){.package = mu_loaded_field(row, 1),
		.repo = mu_repo_name(x->repo),
		.certainty = MU_CERTAINTY_SURE,
		.seen_in = mu_release_at(release)->name};
}

/* How many rows of a name there are, from the first of them on. */
static size_t count_rows(const mu_loaded_rows *rows, size_t first, const char *name)
{
	size_t low = first, high = rows->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (strcmp(rows->v[mid], name) <= 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low - first;
}

/* Row number @i of the rows of a name over all repositories of a release; where @i is
 * beyond them, *ret_n is how many there are. */
static bool loaded_row(enum mu_provided kind, const char *name, int release, unsigned i,
	struct mu_provider *ret, unsigned *ret_n)
{
	size_t before = 0;

	for (int repo = MU_TAB_MAIN; repo <= MU_TAB_TESTING; repo++) {
		const struct mu_loaded_index *x =
			mu_loaded_index(release, (enum mu_tab_repo)repo);
		size_t first = x ? mu_loaded_first(x, kind, name) : 0;
		size_t n = x ? count_rows(&x->provides[kind], first, name) : 0;
		if (i - before < n) {
			*ret = loaded_provider(
				x, release, x->provides[kind].v[first + i - before]);
			return true;
		}
		before += n;
	}
	*ret_n = (unsigned)before;
	return false;
}

/* ---- both ---------------------------------------------------------------- */

/* *it is the number of rows of this name that are done with: first those that were
 * loaded, then the built-in ones. */
int mu_provider_next(enum mu_provided kind, const char *name,
	const struct mu_release *release, unsigned *it, struct mu_provider *ret)
{
	struct table t = table_of(kind);
	int number = mu_release_number(release);
	unsigned loaded = 0;

	if (mu_loaded_any(number) && loaded_row(kind, name, number, *it, ret, &loaded)) {
		++*it;
		return 1;
	}
	for (uint32_t i = first_row(&t, name) + (*it - loaded); is_row_of(&t, i, name);
		i++) {
		++*it;
		if (answer(&t.rows[i], number, ret) != MU_CERTAINTY_NONE)
			return 1;
	}
	return 0;
}

uint32_t mu_provider_releases(
	enum mu_provided kind, const char *name, enum mu_certainty least)
{
	struct table t = table_of(kind);
	uint32_t first = first_row(&t, name), mask = 0;
	struct mu_provider ignored;
	unsigned n;

	if (least < MU_CERTAINTY_POSSIBLE)
		least = MU_CERTAINTY_POSSIBLE;
	for (int r = 0; mu_release_at(r); r++) {
		bool there =
			mu_loaded_any(r) && loaded_row(kind, name, r, 0, &ignored, &n);
		for (uint32_t i = first; !there && is_row_of(&t, i, name); i++)
			there = answer(&t.rows[i], r, &ignored) >= least;
		mask |= (uint32_t)there << r;
	}
	return mask;
}

int mu_soname_provider_next(const char *soname, const struct mu_release *release,
	unsigned *it, struct mu_provider *ret)
{
	return mu_provider_next(MU_PROVIDED_SONAME, soname, release, it, ret);
}

/* ---- the same library under another soname -------------------------------- */

/* Length of "libicuuc.so"; 0 where the name is not of that form. */
static size_t stem_length(const char *soname)
{
	const char *so = strstr(soname, ".so");

	while (so && so[3] && so[3] != '.')
		so = strstr(so + 1, ".so");
	return so && so != soname ? (size_t)(so - soname) + 3 : 0;
}

struct other {
	const char *soname; /* that was asked for */
	size_t stem;
	const char *found; /* NULL: none yet */
	struct mu_provider best;
};

/* Whether the rows that begin with the stem go on with @name. */
static bool try_other(struct other *o, const char *name, const struct mu_provider *p)
{
	if (strncmp(name, o->soname, o->stem) != 0)
		return false;
	if ((name[o->stem] && name[o->stem] != '.') || strcmp(name, o->soname) == 0 ||
		!p->package || p->certainty < o->best.certainty ||
		(p->certainty == o->best.certainty &&
			mu_version_cmp(name + o->stem, o->found + o->stem) <= 0))
		return true;
	o->found = name;
	o->best = *p;
	return true;
}

static void find_loaded(struct other *o, const char *stem, int release)
{
	for (int repo = MU_TAB_MAIN; repo <= MU_TAB_TESTING; repo++) {
		const struct mu_loaded_index *x =
			mu_loaded_index(release, (enum mu_tab_repo)repo);
		const mu_loaded_rows *rows = x ? &x->provides[MU_PROVIDED_SONAME] : NULL;
		size_t i = x ? mu_loaded_first(x, MU_PROVIDED_SONAME, stem) : 0;
		for (; x && i < rows->n; i++) {
			struct mu_provider p = loaded_provider(x, release, rows->v[i]);
			if (!try_other(o, rows->v[i], &p))
				break;
		}
	}
}

static void find_built_in(struct other *o, const char *stem, int release)
{
	struct table t = table_of(MU_PROVIDED_SONAME);

	for (uint32_t i = first_row(&t, stem); i < t.count; i++) {
		struct mu_provider p = {0};
		answer(&t.rows[i], release, &p);
		if (!try_other(o, mu_package_string(t.rows[i].name), &p))
			break;
	}
}

const char *mu_soname_other(
	const char *soname, const struct mu_release *release, struct mu_provider *ret)
{
	struct other o = {.soname = soname, .stem = stem_length(soname)};
	int number = mu_release_number(release);
	char stem[256];

	if (!o.stem || o.stem >= sizeof stem)
		return NULL;
	snprintf(stem, sizeof stem, "%.*s", (int)o.stem, soname);
	find_loaded(&o, stem, number);
	find_built_in(&o, stem, number);
	if (o.found && ret)
		*ret = o.best;
	return o.found;
}

uint32_t mu_soname_releases(const char *soname)
{
	return mu_provider_releases(MU_PROVIDED_SONAME, soname, MU_CERTAINTY_POSSIBLE);
}

int mu_command_provider_next(const char *command, const struct mu_release *release,
	unsigned *it, struct mu_provider *ret)
{
	return mu_provider_next(MU_PROVIDED_COMMAND, command, release, it, ret);
}

uint32_t mu_command_releases(const char *command)
{
	return mu_provider_releases(MU_PROVIDED_COMMAND, command, MU_CERTAINTY_POSSIBLE);
}

/* ---- the order ------------------------------------------------------------- */

static bool is_build_part(const char *package)
{
	static const char *const parts[] = {
		"-dev", "-static", "-dbg", "-doc", "-libs-static", "-test", "-tests"};
	size_t n = strlen(package);

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		size_t m = strlen(parts[i]);
		if (n >= m && !strcmp(package + n - m, parts[i]))
			return true;
	}
	return false;
}

/* As gen_packages.py sorts the built-in tables. */
int mu_provider_order(enum mu_provided kind, const char *name, const char *package_a,
	const char *origin_a, const char *package_b, const char *origin_b)
{
	int c = kind == MU_PROVIDED_PKGCONFIG
			? 0
			: is_build_part(package_a) - is_build_part(package_b);

	if (!c)
		c = (strcmp(package_a, name) != 0) - (strcmp(package_b, name) != 0);
	if (!c)
		c = (strcmp(origin_a, name) != 0) - (strcmp(origin_b, name) != 0);
	return c ? c : strcmp(package_a, package_b);
}
