/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "package_tables.h"

#define NAME_MAX_LEN 200 /* longer ones are no package's */

const char *mu_deb_action_name(enum mu_deb_action action)
{
	static const char *const names[] = {
		[MU_DEB_MAP] = "map",
		[MU_DEB_APPROX] = "approx",
		[MU_DEB_DROP] = "drop",
		[MU_DEB_MANUAL] = "manual",
	};

	return names[action];
}

const char *mu_deb_way_name(enum mu_deb_way way)
{
	static const char *const names[] = {
		[MU_DEB_BY_ROW] = "row",
		[MU_DEB_BY_T64] = "t64",
		[MU_DEB_BY_RULE] = "rule",
		[MU_DEB_BY_FAMILY] = "family",
		[MU_DEB_BY_NAME] = "name",
	};

	return names[way];
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits and dots from a digit on; a dot at the end is none of it. */
static size_t version_length(const char *s)
{
	size_t n = is_digit(*s) ? strspn(s, "0123456789.") : 0;

	while (n && s[n - 1] == '.')
		n--;
	return n;
}

/* ---- another version of a package that a release does not have -------- */

static bool is_versioned(const char *name, size_t *ret_stem)
{
	for (uint32_t i = 0; i < mu_tab_versioned_count; i++) {
		const char *stem = mu_package_string(mu_tab_versioned[i]);
		size_t n = strlen(stem);
		if (strncmp(name, stem, n) == 0 && version_length(name + n)) {
			*ret_stem = n;
			return true;
		}
	}
	return false;
}

/* The newest one that the release has; MU_TAB_NO_PACKAGE for none. */
static uint32_t sibling(uint32_t number, int release)
{
	const char *name = mu_package_name(number), *rest;
	uint32_t best = MU_TAB_NO_PACKAGE;
	char prefix[NAME_MAX_LEN];
	size_t n = 0;

	if (!is_versioned(name, &n) || n >= sizeof prefix)
		return best;
	rest = name + n + version_length(name + n);
	memcpy(prefix, name, n);
	prefix[n] = '\0';
	for (uint32_t i = mu_package_search(mu_tab_packages, mu_tab_package_count,
		     sizeof *mu_tab_packages, prefix);
		i < mu_tab_package_count; i++) {
		const char *other = mu_package_name(i);
		enum mu_tab_repo repo = mu_package_place(i, release);
		size_t v;
		if (strncmp(other, prefix, n) != 0)
			break;
		v = version_length(other + n);
		if (!v || strcmp(other + n + v, rest) != 0 ||
			(repo != MU_TAB_MAIN && repo != MU_TAB_COMMUNITY))
			continue;
		if (best == MU_TAB_NO_PACKAGE ||
			mu_version_cmp(other + n, mu_package_name(best) + n) > 0)
			best = i;
	}
	return best;
}

/* ---- answers ---------------------------------------------------------- */

static void add_package(struct mu_deb *ret, uint32_t number, int release)
{
	struct mu_deb_package *p = &ret->packages[ret->package_count++];
	enum mu_tab_repo repo = mu_package_place(number, release);
	uint32_t other = repo ? MU_TAB_NO_PACKAGE : sibling(number, release);

	*p = (struct mu_deb_package){
		.package = mu_package_name(number), .repo = mu_repo_name(repo)};
	if (other == MU_TAB_NO_PACKAGE)
		return;
	p->instead_of = p->package;
	p->package = mu_package_name(other);
	p->repo = mu_repo_name(mu_package_place(other, release));
	ret->certainty = MU_CERTAINTY_POSSIBLE;
}

static void add_packages(struct mu_deb *ret, const uint16_t *numbers, int release)
{
	for (int i = 0; i < MU_DEB_PACKAGES && numbers[i] != MU_TAB_NO_PACKAGE; i++)
		add_package(ret, numbers[i], release);
}

static bool by_row(const char *name, enum mu_deb_way way, int release, struct mu_deb *ret)
{
	uint32_t i = mu_package_search(
		mu_tab_debian, mu_tab_debian_count, sizeof *mu_tab_debian, name);
	const struct mu_tab_debian *row = &mu_tab_debian[i];

	if (i == mu_tab_debian_count || strcmp(mu_package_string(row->name), name) != 0)
		return false;
	*ret = (struct mu_deb){.action = (enum mu_deb_action)row->action,
		.certainty = (enum mu_certainty)row->certainty,
		.way = way,
		.row = mu_package_string(row->name),
		.basis = mu_package_string(row->basis)};
	add_packages(ret, row->packages, release);
	for (const uint16_t *o = &mu_tab_debian_others[row->others];
		*o != MU_TAB_NO_PACKAGE && ret->other_count < MU_DEB_OTHERS; o++)
		ret->others[ret->other_count++] =
			(struct mu_deb_package){.package = mu_package_name(*o),
				.repo = mu_repo_name(mu_package_place(*o, release))};
	return true;
}

/* Takes "t64" out where it ends the name or a part of it. */
static bool without_t64(const char *name, char *ret)
{
	const char *at = name;

	while ((at = strstr(at, "t64")) && at[3] != '\0' && at[3] != '-')
		at++;
	if (!at)
		return false;
	sprintf(ret, "%.*s%s", (int)(at - name), name, at + 3);
	return true;
}

/* The release has no package of the row's, but one of Debian's own name. */
static void fall_back(const char *name, int release, struct mu_deb *ret)
{
	uint32_t number = mu_package_number(name);
	enum mu_tab_repo repo = number == MU_TAB_NO_PACKAGE
					? MU_TAB_NOWHERE
					: mu_package_place(number, release);

	if (ret->package_count != 1 || ret->packages[0].repo || !repo)
		return;
	ret->packages[0] = (struct mu_deb_package){.package = mu_package_name(number),
		.repo = mu_repo_name(repo),
		.instead_of = ret->packages[0].package};
	if (ret->certainty > MU_CERTAINTY_LIKELY)
		ret->certainty = MU_CERTAINTY_LIKELY;
}

/* ---- rules ------------------------------------------------------------ */

/* What the holes of a pattern stand for. */
struct holes {
	const char *version, *text;
	size_t version_len, text_len;
};

static bool match(const char *pattern, const char *name, struct holes *ret)
{
	for (; *pattern; pattern++) {
		size_t n;
		if (*pattern == '#') {
			n = version_length(name);
			ret->version = name;
			ret->version_len = n;
		} else if (*pattern == '*') {
			/* No # stands behind *: as long as what follows is. */
			size_t rest = strlen(pattern + 1), have = strlen(name);
			n = have > rest ? have - rest : 0;
			ret->text = name;
			ret->text_len = n;
		} else {
			n = *pattern == *name;
		}
		if (!n)
			return false;
		name += n;
	}
	return *name == '\0';
}

/* A name is never longer than the pattern's answer and Debian's name together. */
static void fill(const char *answer, const struct holes *holes, char *ret)
{
	for (; *answer; answer++) {
		if (*answer == '*') {
			memcpy(ret, holes->text, holes->text_len);
			ret += holes->text_len;
		} else if (*answer == '#' || *answer == '@') {
			for (size_t i = 0; i < holes->version_len; i++) {
				if (is_digit(holes->version[i]))
					*ret++ = holes->version[i];
				else if (*answer == '@')
					break;
			}
		} else {
			*ret++ = *answer;
		}
	}
	*ret = '\0';
}

/* Names and rules go in two rounds: what the release has comes before what others have.
 */
static bool by_rule(const char *name, int release, bool there, struct mu_deb *ret)
{
	for (uint32_t i = 0; i < mu_tab_debian_rule_count; i++) {
		const struct mu_tab_debian_rule *rule = &mu_tab_debian_rules[i];
		const char *pattern = mu_package_string(rule->pattern);
		char made[2 * NAME_MAX_LEN];
		struct holes holes = {0};
		uint32_t number;
		if (!match(pattern, name, &holes))
			continue;
		fill(mu_package_string(rule->answer), &holes, made);
		number = mu_package_number(made);
		if (number == MU_TAB_NO_PACKAGE ||
			(there && !mu_package_place(number, release)))
			continue;
		*ret = (struct mu_deb){.action = MU_DEB_APPROX,
			.certainty = MU_CERTAINTY_POSSIBLE,
			.way = MU_DEB_BY_RULE,
			.row = pattern,
			.basis = "rule"};
		add_package(ret, number, release);
		return true;
	}
	return false;
}

/* ---- families --------------------------------------------------------- */

/* "libicu72" is libicu#, "libgtk-3-0" is libgtk-3-#: the last number stands for all. */
static bool stem_of(const char *name, char *ret)
{
	const char *at = NULL, *after;
	size_t n = 0;

	for (const char *s = name; *s; s += n ? n : 1) {
		n = is_digit(*s) ? strspn(s, "0123456789.") : 0;
		if (n)
			at = s;
	}
	n = at ? version_length(at) : 0;
	if (!n || at - name < 3)
		return false;
	after = at + n;
	if (*after != '\0' && *after != '-' && after[1] != '\0')
		return false;
	sprintf(ret, "%.*s#%s", (int)(at - name), name, after);
	return true;
}

static bool by_family(const char *name, int release, struct mu_deb *ret)
{
	const struct mu_tab_debian_family *family;
	char stem[NAME_MAX_LEN + 2];
	uint32_t i;

	if (!stem_of(name, stem))
		return false;
	i = mu_package_search(mu_tab_debian_families, mu_tab_debian_family_count,
		sizeof *mu_tab_debian_families, stem);
	family = &mu_tab_debian_families[i];
	if (i == mu_tab_debian_family_count ||
		strcmp(mu_package_string(family->stem), stem) != 0)
		return false;
	*ret = (struct mu_deb){.action = MU_DEB_APPROX,
		.certainty = MU_CERTAINTY_POSSIBLE,
		.way = MU_DEB_BY_FAMILY,
		.row = mu_package_string(family->stem),
		.basis = "rule"};
	add_packages(ret, family->packages, release);
	return true;
}

static bool by_name(const char *name, int release, bool there, struct mu_deb *ret)
{
	uint32_t number = mu_package_number(name);

	if (number == MU_TAB_NO_PACKAGE || (there && !mu_package_place(number, release)))
		return false;
	*ret = (struct mu_deb){.action = MU_DEB_APPROX,
		.certainty = MU_CERTAINTY_POSSIBLE,
		.way = MU_DEB_BY_NAME,
		.row = mu_package_name(number),
		.basis = "name"};
	add_package(ret, number, release);
	return true;
}

int mu_deb_map(const char *name, const struct mu_release *release, struct mu_deb *ret)
{
	int r = mu_release_number(release);
	char shorter[NAME_MAX_LEN];
	const char *plain = name;

	if (strlen(name) >= NAME_MAX_LEN)
		return -ENOENT;
	if (without_t64(name, shorter))
		plain = shorter;
	if (!by_row(name, MU_DEB_BY_ROW, r, ret) &&
		!(plain != name && by_row(plain, MU_DEB_BY_T64, r, ret)) &&
		!by_name(plain, r, true, ret) && !by_rule(plain, r, true, ret) &&
		!by_family(plain, r, ret) && !by_rule(plain, r, false, ret) &&
		!by_name(plain, r, false, ret))
		return -ENOENT;
	fall_back(name, r, ret);
	ret->same_name_repo = mu_package_repo(name, release);
	return 0;
}
