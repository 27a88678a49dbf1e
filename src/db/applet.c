/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <muslin/packages.h>

#include "tables.h"

/* The generator sorts these tables: the first row that does not come before the key. */
static size_t first_row(const void *rows, size_t n, size_t size, const void *key,
	int (*compare)(const void *row, const void *key))
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (compare((const char *)rows + mid * size, key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Most of them begin with the name that they are sorted by. */
static int compare_name(const void *row, const void *key)
{
	return strcmp(*(const char *const *)row, key);
}

static const void *search(const void *rows, size_t n, size_t size, const char *name)
{
	size_t i = first_row(rows, n, size, name, compare_name);
	const void *row = (const char *)rows + i * size;

	return i < n && compare_name(row, name) == 0 ? row : NULL;
}

const struct mu_applet *mu_applet_find(const char *name)
{
	return search(mu_tab_applets, mu_tab_applet_count, sizeof *mu_tab_applets, name);
}

const struct mu_foreign *mu_foreign_find(const char *command)
{
	return search(
		mu_tab_foreigns, mu_tab_foreign_count, sizeof *mu_tab_foreigns, command);
}

const char *mu_applet_package(
	const struct mu_applet *applet, const struct mu_release *release)
{
	struct mu_provider provider;
	unsigned it = 0;

	if (applet->package && !*applet->package)
		return NULL;
	if (applet->package && mu_package_repo(applet->package, release))
		return applet->package;
	if (mu_command_provider_next(applet->name, release, &it, &provider) == 1)
		return provider.package;
	return NULL;
}

const struct mu_applet_form *mu_applet_form_next(const char *applet, size_t *it)
{
	const struct mu_applet_form *form;

	if (!*it)
		*it = first_row(mu_tab_applet_forms, mu_tab_applet_form_count,
			sizeof *form, applet, compare_name);
	if (*it == mu_tab_applet_form_count)
		return NULL;
	form = &mu_tab_applet_forms[(*it)++];
	return strcmp(form->applet, applet) == 0 ? form : NULL;
}

const struct mu_shell_form *mu_shell_form_at(size_t i)
{
	return i < mu_tab_shell_form_count ? &mu_tab_shell_forms[i] : NULL;
}

static int compare_form(const void *row, const void *key)
{
	const struct mu_shell_form *a = row, *b = key;

	return a->kind != b->kind ? (a->kind < b->kind ? -1 : 1)
				  : strcmp(a->name, b->name);
}

const struct mu_shell_form *mu_shell_form_find(enum mu_shell_kind kind, const char *name)
{
	const struct mu_shell_form key = {.kind = kind, .name = name};
	size_t i = first_row(mu_tab_shell_forms, mu_tab_shell_form_count, sizeof key,
		&key, compare_form);

	return i < mu_tab_shell_form_count &&
			       compare_form(&mu_tab_shell_forms[i], &key) == 0
		       ? &mu_tab_shell_forms[i]
		       : NULL;
}
