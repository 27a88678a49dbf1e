/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <muslin/packages.h>

#include "tables.h"

/* Each of these tables begins with the name that it is sorted by. */
static const void *search(const void *rows, size_t n, size_t size, const char *name)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const char *const *row = (const void *)((const char *)rows + mid * size);
		int c = strcmp(*row, name);
		if (c == 0)
			return row;
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
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
	while (*it < mu_tab_applet_form_count) {
		const struct mu_applet_form *form = &mu_tab_applet_forms[(*it)++];
		if (strcmp(form->applet, applet) == 0)
			return form;
	}
	return NULL;
}

const struct mu_shell_form *mu_shell_form_at(size_t i)
{
	return i < mu_tab_shell_form_count ? &mu_tab_shell_forms[i] : NULL;
}

const struct mu_shell_form *mu_shell_form_find(enum mu_shell_kind kind, const char *name)
{
	for (size_t i = 0; i < mu_tab_shell_form_count; i++) {
		const struct mu_shell_form *form = &mu_tab_shell_forms[i];
		if (form->kind == kind && strcmp(form->name, name) == 0)
			return form;
	}
	return NULL;
}
