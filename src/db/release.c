/* SPDX-License-Identifier: MIT */
#include <string.h>

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

const struct mu_release *mu_release_at(int i)
{
	return i >= 0 && i < mu_tab_release_count ? &mu_tab_releases[i] : NULL;
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
	for (int i = 0; i < mu_tab_release_count; i++) {
		if (names_release(name, mu_tab_releases[i].name))
			return &mu_tab_releases[i];
	}
	return NULL;
}

const struct mu_release *mu_release_newest(void)
{
	int i = mu_tab_release_count - 1;

	while (i > 0 && !is_digit(mu_tab_releases[i].name[0]))
		i--;
	return &mu_tab_releases[i];
}

const struct mu_db_source *mu_db_source_at(size_t i)
{
	if (i < mu_tab_source_count)
		return &mu_tab_sources[i];
	i -= mu_tab_source_count;
	return i < mu_tab_package_source_count ? &mu_tab_package_sources[i] : NULL;
}
