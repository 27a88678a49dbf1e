/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "tables.h"

const char *mu_layer_name(enum mu_layer layer)
{
	return mu_tab_layer_names[layer];
}

int mu_layer_by_name(const char *name)
{
	for (int i = 0; i < MU_LAYER_COUNT; i++) {
		if (strcmp(mu_tab_layer_names[i], name) == 0)
			return i;
	}
	return -1;
}

const char *mu_gcompat_version(int i)
{
	/* The list ends in NULL; whoever goes on stays there. */
	for (int k = 0; k <= i; k++) {
		if (!mu_tab_gcompat_versions[k])
			return NULL;
	}
	return i < 0 ? NULL : mu_tab_gcompat_versions[i];
}

const struct mu_gcompat_symbol *mu_gcompat_symbol_at(size_t i)
{
	return i < mu_tab_gcompat_count ? &mu_tab_gcompat[i] : NULL;
}

const struct mu_gcompat_symbol *mu_gcompat_find(const char *name)
{
	size_t low = 0, high = mu_tab_gcompat_count;

	/* The first of equals: _init is in both of the helper libraries. */
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (strcmp(mu_tab_gcompat[mid].name, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == mu_tab_gcompat_count || strcmp(mu_tab_gcompat[low].name, name) != 0)
		return NULL;
	return &mu_tab_gcompat[low];
}

const struct mu_layer_file *mu_layer_file_at(size_t i)
{
	return i < mu_tab_layer_file_count ? &mu_tab_layer_files[i] : NULL;
}

static const struct mu_release *release_or_newest(const struct mu_release *release)
{
	return release ? release : mu_release_newest();
}

bool mu_layer_file_in(const struct mu_layer_file *file, const struct mu_release *release)
{
	const struct mu_release *r = release_or_newest(release);
	const struct mu_release *since =
		file->since ? mu_release_find(file->since) : NULL;
	const struct mu_release *until =
		file->until ? mu_release_find(file->until) : NULL;

	/* Releases stand in one array, oldest first. */
	return (!since || r >= since) && (!until || r <= until);
}
