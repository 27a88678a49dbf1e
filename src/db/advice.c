/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <muslin/packages.h>
#include <string.h>

#include "advice_tables.h"
#include "names.h"

/*
 * First row of a sorted table that is not below a name. Each row begins with the offset
 * of its own.
 */
static size_t lower_bound(const void *rows, size_t count, size_t size, const char *name)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const uint32_t *row = (const void *)((const char *)rows + mid * size);

		if (strcmp(mu_tab_advice_strings + *row, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool is_string(uint32_t offset, const char *s)
{
	return strcmp(mu_tab_advice_strings + offset, s) == 0;
}

/* ---- recipes --------------------------------------------------------------- */

const struct mu_recipe *mu_recipe_find(const char *id)
{
	size_t low = 0, high = mu_tab_recipe_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = strcmp(mu_tab_recipes[mid].id, id);

		if (c == 0)
			return &mu_tab_recipes[mid];
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

const struct mu_recipe *mu_recipe_at(size_t i)
{
	return i < mu_tab_recipe_count ? &mu_tab_recipes[i] : NULL;
}

const struct mu_recipe *mu_advice_next(
	enum mu_advice_kind kind, const char *name, unsigned *it)
{
	const struct mu_tab_advice *rows;
	size_t count, i;

	if ((unsigned)kind >= MU_ADVICE_COUNT)
		return NULL;
	rows = &mu_tab_advice[mu_tab_advice_first[kind]];
	count = (size_t)(mu_tab_advice_first[kind + 1] - mu_tab_advice_first[kind]);
	i = lower_bound(rows, count, sizeof *rows, name) + *it;
	if (i >= count || !is_string(rows[i].name, name))
		return NULL;
	++*it;
	return &mu_tab_recipes[rows[i].recipe];
}

/* ---- software known by name ------------------------------------------------ */

/* The end of a path, with as many slashes in it as a pattern has. */
static const char *last_parts(const char *path, const char *pattern)
{
	const char *s = path + strlen(path);
	size_t slashes = 1;

	for (; *pattern; pattern++)
		slashes += *pattern == '/';
	while (s > path && (s[-1] != '/' || --slashes))
		s--;
	return s;
}

const struct mu_software *mu_software_of(enum mu_software_mark mark, const char *value)
{
	if ((unsigned)mark >= MU_SOFTWARE_COUNT)
		return NULL;
	for (size_t i = mu_tab_mark_first[mark]; i < mu_tab_mark_first[mark + 1]; i++) {
		const char *pattern = mu_tab_advice_strings + mu_tab_marks[i].pattern;
		const char *s = value;

		if (mark == MU_SOFTWARE_FILE)
			s = last_parts(value, pattern);
		if (mu_name_match(pattern, s))
			return &mu_tab_software[mu_tab_marks[i].software];
	}
	return NULL;
}

const struct mu_software *mu_software_at(size_t i)
{
	return i < mu_tab_software_count ? &mu_tab_software[i] : NULL;
}

/* ---- libraries beside musl -------------------------------------------------- */

static bool in_release(const struct mu_tab_companion *c, const struct mu_release *r)
{
	const struct mu_release *since = c->since ? mu_release_find(c->since) : NULL;
	const struct mu_release *until = c->until ? mu_release_find(c->until) : NULL;

	/* Releases stand in one array, oldest first. */
	return (!since || r >= since) && (!until || r <= until) &&
	       mu_package_repo(c->companion.package, r);
}

static size_t first_symbol(const char *symbol)
{
	return lower_bound(mu_tab_companion_symbols, mu_tab_companion_symbol_count,
		sizeof *mu_tab_companion_symbols, symbol);
}

static bool symbol_in(const char *symbol, unsigned library)
{
	for (size_t i = first_symbol(symbol);
		i < mu_tab_companion_symbol_count &&
		is_string(mu_tab_companion_symbols[i].name, symbol);
		i++)
		if (mu_tab_companion_symbols[i].library == library)
			return true;
	return false;
}

int mu_companion_of(
	const char *symbol, const struct mu_release *release, struct mu_companion *ret)
{
	size_t at = first_symbol(symbol);

	if (at == mu_tab_companion_symbol_count ||
		!is_string(mu_tab_companion_symbols[at].name, symbol))
		return -ENOENT;
	if (!release)
		release = mu_release_newest();
	for (size_t i = 0; i < mu_tab_companion_count; i++) {
		const struct mu_tab_companion *c = &mu_tab_companions[i];

		if (symbol_in(symbol, c->library) && in_release(c, release)) {
			*ret = c->companion;
			return 0;
		}
	}
	return -ENOENT;
}

bool mu_companion_defines(const char *soname, const char *symbol)
{
	for (size_t i = 0; i < mu_tab_companion_count; i++) {
		const struct mu_tab_companion *c = &mu_tab_companions[i];

		if (c->companion.soname && !strcmp(c->companion.soname, soname) &&
			symbol_in(symbol, c->library))
			return true;
	}
	return false;
}

/* ---- GCC's run-time libraries ------------------------------------------------ */

const char *mu_gcc_of_tag(const char *tag)
{
	size_t i = lower_bound(
		mu_tab_gcc_tags, mu_tab_gcc_tag_count, sizeof *mu_tab_gcc_tags, tag);

	return i < mu_tab_gcc_tag_count && is_string(mu_tab_gcc_tags[i].tag, tag)
		       ? mu_tab_gcc_tags[i].gcc
		       : NULL;
}

bool mu_libstdcxx_lacks(const char *symbol)
{
	size_t i = lower_bound(mu_tab_libstdcxx_lacks, mu_tab_libstdcxx_lack_count,
		sizeof *mu_tab_libstdcxx_lacks, symbol);

	return i < mu_tab_libstdcxx_lack_count &&
	       is_string(mu_tab_libstdcxx_lacks[i], symbol);
}
