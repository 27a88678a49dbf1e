/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "loaded.h"
#include "package_tables.h"

#define NAMES(names) (sizeof(names) / sizeof *(names))

const char *mu_certainty_name(enum mu_certainty certainty)
{
	static const char *const names[] = {
		[MU_CERTAINTY_NONE] = "none",
		[MU_CERTAINTY_POSSIBLE] = "possible",
		[MU_CERTAINTY_LIKELY] = "likely",
		[MU_CERTAINTY_SURE] = "sure",
	};

	return (size_t)certainty < NAMES(names) ? names[certainty] : "none";
}

const char *mu_repo_name(enum mu_tab_repo repo)
{
	static const char *const names[] = {
		[MU_TAB_NOWHERE] = NULL,
		[MU_TAB_MAIN] = "main",
		[MU_TAB_COMMUNITY] = "community",
		[MU_TAB_TESTING] = "testing",
	};

	return names[repo];
}

int mu_release_number(const struct mu_release *release)
{
	return (int)((release ? release : mu_release_newest()) - mu_release_at(0));
}

uint32_t mu_release_bit(const struct mu_release *release)
{
	return UINT32_C(1) << mu_release_number(release);
}

static const char *name_of_row(const void *rows, uint32_t i, size_t size)
{
	uint32_t offset;

	memcpy(&offset, (const char *)rows + i * size, sizeof offset);
	return mu_package_string(offset);
}

uint32_t mu_package_search(
	const void *rows, uint32_t count, size_t size, const char *name)
{
	uint32_t low = 0, high = count;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		if (strcmp(name_of_row(rows, mid, size), name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const char *mu_package_name(uint32_t number)
{
	return mu_package_string(mu_tab_packages[number].name);
}

uint32_t mu_package_number(const char *name)
{
	uint32_t i = mu_package_search(
		mu_tab_packages, mu_tab_package_count, sizeof *mu_tab_packages, name);

	return i < mu_tab_package_count && strcmp(mu_package_name(i), name) == 0
		       ? i
		       : MU_TAB_NO_PACKAGE;
}

enum mu_tab_repo mu_package_column(uint32_t number, int column)
{
	if (column < 0)
		return MU_TAB_NOWHERE;
	return (enum mu_tab_repo)(mu_tab_packages[number].repos >> 2 * column & 3);
}

/* What was loaded says where a package is, and where it is not. */
static enum mu_tab_repo place(const char *name, uint32_t number, int release)
{
	enum mu_tab_repo built_in =
		number == MU_TAB_NO_PACKAGE
			? MU_TAB_NOWHERE
			: mu_package_column(number, mu_release_column(release));

	if (!mu_loaded_any(release))
		return built_in;
	for (int repo = MU_TAB_MAIN; repo <= MU_TAB_TESTING; repo++) {
		const struct mu_loaded_index *x =
			mu_loaded_index(release, (enum mu_tab_repo)repo);
		if (x && mu_loaded_package(x, name))
			return (enum mu_tab_repo)repo;
	}
	return mu_loaded_index(release, built_in) ? MU_TAB_NOWHERE : built_in;
}

enum mu_tab_repo mu_package_place(uint32_t number, int release)
{
	return place(mu_package_name(number), number, release);
}

/* One that is not built in: the newest row counts. */
static const char *loaded_row(const char *name)
{
	const char *found = NULL;

	for (int i = 0; mu_release_at(i); i++)
		for (int repo = MU_TAB_MAIN; repo <= MU_TAB_TESTING; repo++) {
			const struct mu_loaded_index *x =
				mu_loaded_index(i, (enum mu_tab_repo)repo);
			const char *row = x ? mu_loaded_package(x, name) : NULL;
			if (row)
				found = row;
		}
	return found;
}

int mu_package_find(const char *name, struct mu_package *ret)
{
	uint32_t number = mu_package_number(name);
	bool built_in = number != MU_TAB_NO_PACKAGE;
	const struct mu_tab_package *p = &mu_tab_packages[built_in ? number : 0];
	const char *row = built_in ? NULL : loaded_row(name);

	if (!built_in && !row)
		return -ENOENT;
	*ret = row ? (struct mu_package){.name = row, .origin = mu_loaded_field(row, 2)}
		   : (struct mu_package){.name = mu_package_string(p->name),
			     .origin = mu_package_string(p->origin),
			     .size = p->size};
	for (int i = 0; mu_release_at(i); i++) {
		enum mu_tab_repo repo = place(ret->name, number, i);
		ret->main |= (uint32_t)(repo == MU_TAB_MAIN) << i;
		ret->community |= (uint32_t)(repo == MU_TAB_COMMUNITY) << i;
		ret->testing |= repo == MU_TAB_TESTING;
	}
	return 0;
}

const char *mu_package_repo(const char *name, const struct mu_release *release)
{
	return mu_repo_name(
		place(name, mu_package_number(name), mu_release_number(release)));
}

const char *mu_package_version(const char *name, const struct mu_release *release)
{
	int number = mu_release_number(release);

	for (int repo = MU_TAB_MAIN; repo <= MU_TAB_TESTING; repo++) {
		const struct mu_loaded_index *x =
			mu_loaded_index(number, (enum mu_tab_repo)repo);
		const char *row = x ? mu_loaded_package(x, name) : NULL;
		if (row)
			return mu_loaded_field(row, 1);
	}
	return NULL;
}

int64_t mu_package_size(const char *name)
{
	uint32_t number = mu_package_number(name);
	int column = mu_release_column(mu_release_number(mu_release_find("3.18")));

	if (number == MU_TAB_NO_PACKAGE || !mu_package_column(number, column))
		return -ENOENT;
	return mu_tab_packages[number].size;
}

bool mu_index_was_read(const char *repo, const struct mu_release *release)
{
	int number = mu_release_number(release), column = mu_release_column(number);

	for (int i = MU_TAB_MAIN; i <= MU_TAB_TESTING; i++) {
		if (strcmp(mu_repo_name((enum mu_tab_repo)i), repo) != 0)
			continue;
		if (mu_loaded_index(number, (enum mu_tab_repo)i))
			return true;
		return i != MU_TAB_TESTING && column >= 0 &&
		       mu_tab_index_read[i - MU_TAB_MAIN] >> column & 1;
	}
	return false;
}
