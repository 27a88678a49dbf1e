/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "package_view.h"

/* The mark goes behind the last word, if any. */
static void put_releases(struct mu_wrap *w, uint32_t mask, char mark)
{
	for (int i = 0; mu_release_at(i); i++) {
		int last = i;
		const char *more;
		if (!(mask >> i & 1))
			continue;
		while (mu_release_at(last + 1) && mask >> (last + 1) & 1)
			last++;
		more = mask >> last >> 1 ? "," : "";
		if (last == i)
			mu_wrap_put(w, "%s%s", mu_release_at(i)->name, more);
		else
			mu_wrap_put(w, "%s-%s%s", mu_release_at(i)->name,
				mu_release_at(last)->name, more);
		i = last;
	}
	if (mark)
		mu_wrap_mark(w, mark);
}

/* ---- packages --------------------------------------------------------- */

static void put_size(struct mu_wrap *w, uint32_t size)
{
	if (size >= 10u << 20)
		mu_wrap_put(w, "%u MiB installed in 3.18", (unsigned)(size >> 20));
	else
		mu_wrap_put(w, "%u KiB installed in 3.18", (unsigned)(size >> 10));
}

/* Versions are known of releases whose index was loaded. */
static void put_versions(struct mu_wrap *w, const char *name, uint32_t releases)
{
	for (int i = 0; mu_release_at(i); i++) {
		const char *version = mu_package_version(name, mu_release_at(i));
		if (!(releases >> i & 1) || !version)
			continue;
		mu_wrap_label(w, "");
		mu_wrap_put(w, "%s in %s", version, mu_release_at(i)->name);
	}
}

static void show_package(struct mu_wrap *w, const char *name, uint32_t releases)
{
	struct mu_package p;

	if (mu_package_find(name, &p) < 0)
		return;
	p.main &= releases;
	p.community &= releases;
	p.testing &= mu_package_repo(name, mu_release_find("edge")) != NULL &&
		     releases & mu_release_bit(mu_release_find("edge"));
	mu_wrap_label(w, "package");
	if (!p.main && !p.community && !p.testing)
		mu_wrap_put(w, "not there");
	if (p.main) {
		mu_wrap_put(w, "main:");
		put_releases(w, p.main, p.community ? ';' : 0);
	}
	if (p.community) {
		mu_wrap_put(w, "community:");
		put_releases(w, p.community, 0);
	}
	if (p.testing)
		mu_wrap_put(w,
			p.main | p.community ? "; testing: edge" : "testing: edge alone");
	if (p.size || strcmp(p.origin, name) != 0)
		mu_wrap_label(w, "");
	if (strcmp(p.origin, name) != 0)
		mu_wrap_put(w, "built from %s%s", p.origin, p.size ? "," : "");
	if (p.size)
		put_size(w, p.size);
	put_versions(w, name, releases);
}

/* ---- what packages provide -------------------------------------------- */

/* One package and repository: the releases by certainty. */
struct group {
	const char *package, *repo;
	uint32_t releases[MU_CERTAINTY_SURE + 1];
};

#define GROUPS 256 /* more packages than any name has */

static size_t group_of(struct group *groups, size_t *n, const struct mu_provider *p)
{
	size_t i = 0;

	while (i < *n && (strcmp(groups[i].package, p->package) != 0 ||
				 strcmp(groups[i].repo, p->repo) != 0))
		i++;
	if (i == *n && *n < GROUPS)
		groups[(*n)++] = (struct group){.package = p->package, .repo = p->repo};
	return i;
}

static size_t collect(
	enum mu_provided kind, const char *name, uint32_t releases, struct group *groups)
{
	struct mu_provider p;
	size_t n = 0;

	for (int i = 0; mu_release_at(i); i++) {
		unsigned it = 0;
		if (!(releases >> i & 1))
			continue;
		while (mu_provider_next(kind, name, mu_release_at(i), &it, &p) > 0) {
			size_t g = group_of(groups, &n, &p);
			if (g < n)
				groups[g].releases[p.certainty] |= 1u << i;
		}
	}
	return n;
}

static void put_group(struct mu_wrap *w, const struct group *g)
{
	static const char *const says[] = {
		[MU_CERTAINTY_SURE] = "(its index says so)",
		[MU_CERTAINTY_LIKELY] = "likely",
		[MU_CERTAINTY_POSSIBLE] = "possible",
	};
	uint32_t rest = 0;

	mu_wrap_put(w, "%s in %s:", g->package, g->repo);
	for (int c = MU_CERTAINTY_SURE; c >= MU_CERTAINTY_POSSIBLE; c--)
		rest |= g->releases[c];
	for (int c = MU_CERTAINTY_SURE; c >= MU_CERTAINTY_POSSIBLE; c--) {
		if (!g->releases[c])
			continue;
		rest &= ~g->releases[c];
		put_releases(w, g->releases[c], 0);
		mu_wrap_put(w, "%s%s", says[c], rest ? ";" : "");
	}
}

/* Releases that have it in no package, told apart by whether somebody looked. */
static void put_absent(struct mu_wrap *w, enum mu_provided kind, const char *name,
	uint32_t releases, const char *label)
{
	uint32_t there = mu_provider_releases(kind, name, MU_CERTAINTY_POSSIBLE);
	uint32_t absent = 0, not_seen = 0;

	for (int i = 0; mu_release_at(i); i++) {
		const struct mu_release *r = mu_release_at(i);
		bool read =
			mu_index_was_read("main", r) && mu_index_was_read("community", r);
		if (there >> i & 1 || !(releases >> i & 1))
			continue;
		*(read ? &absent : &not_seen) |= 1u << i;
	}
	if (absent) {
		mu_wrap_label(w, label);
		mu_wrap_put(w, "not in");
		put_releases(w, absent, 0);
	}
	if (not_seen) {
		mu_wrap_label(w, absent ? "" : label);
		mu_wrap_put(w, "not seen in");
		put_releases(w, not_seen, 0);
	}
}

static void show_provided(
	struct mu_wrap *w, const char *name, enum mu_view_kind kind, uint32_t releases)
{
	static const char *const labels[] = {
		[MU_VIEW_SONAME] = "library",
		[MU_VIEW_COMMAND] = "command",
		[MU_VIEW_PKGCONFIG] = "pkg-config",
		[MU_VIEW_VIRTUAL] = "virtual name",
	};
	enum mu_provided provided = mu_view_provided(kind);
	struct group groups[GROUPS];
	size_t n = collect(provided, name, releases, groups);

	for (size_t i = 0; i < n; i++) {
		mu_wrap_label(w, i ? "" : labels[kind]);
		put_group(w, &groups[i]);
	}
	if (kind == MU_VIEW_SONAME || !n)
		put_absent(w, provided, name, releases, n ? "" : labels[kind]);
}

/* ---- Debian's names --------------------------------------------------- */

static void put_deb_packages(struct mu_wrap *w, const struct mu_deb *d)
{
	static const char *const without[] = {
		[MU_DEB_MAP] = "no package",
		[MU_DEB_APPROX] = "no package",
		[MU_DEB_DROP] = "nothing needed",
		[MU_DEB_MANUAL] = "nothing that Alpine has",
	};
	bool there = false;

	if (!d->package_count || d->action == MU_DEB_DROP)
		mu_wrap_words(w, without[d->action]);
	if (d->package_count && d->action == MU_DEB_DROP)
		mu_wrap_put(w, "beyond");
	for (unsigned i = 0; i < d->package_count; i++) {
		const struct mu_deb_package *p = &d->packages[i];
		mu_wrap_put(w, "%s", p->package);
		mu_wrap_put(w, p->repo ? "in %s" : "(which is not there)", p->repo);
		if (p->instead_of)
			mu_wrap_put(w, "(instead of %s)", p->instead_of);
		there |= p->repo != NULL;
		if (i + 1 < d->package_count)
			mu_wrap_put(w, "and");
	}
	if (there)
		mu_wrap_put(w, "(%s)", mu_certainty_name(d->certainty));
}

static void put_deb_source(struct mu_wrap *w, const char *name, const struct mu_deb *d)
{
	if (d->way != MU_DEB_BY_ROW) {
		mu_wrap_label(w, "");
		mu_wrap_put(w, "by the row or rule %s", d->row);
	}
	if (d->other_count) {
		mu_wrap_label(w, "");
		mu_wrap_put(w, "or:");
	}
	for (unsigned i = 0; i < d->other_count; i++)
		mu_wrap_put(w, "%s", d->others[i].package);
	if (d->same_name_repo && d->package_count &&
		strcmp(d->packages[0].package, name) != 0) {
		mu_wrap_label(w, "");
		mu_wrap_put(w, "Alpine has a package named %s too", name);
	}
}

static void show_debian(struct mu_wrap *w, const char *name, uint32_t releases)
{
	struct mu_deb newest, first, d;
	uint32_t mask = 0;

	mu_wrap_label(w, "in Debian");
	for (int i = 0; mu_release_at(i); i++) {
		bool known = mu_deb_map(name, mu_release_at(i), &d) == 0;
		if (!(releases >> i & 1))
			continue;
		if (mask && (!known || !mu_view_same_deb(&first, &d))) {
			put_releases(w, mask, ':');
			put_deb_packages(w, &first);
			mu_wrap_label(w, "");
			mask = 0;
		}
		if (!known)
			continue;
		if (!mask)
			first = d;
		mask |= 1u << i;
	}
	if (mask) {
		put_releases(w, mask, ':');
		put_deb_packages(w, &first);
	}
	if (mu_deb_map(name, NULL, &newest) == 0)
		put_deb_source(w, name, &newest);
}

void mu_package_show_text(
	struct mu_wrap *w, const char *name, enum mu_view_kind kind, uint32_t releases)
{
	if (kind == MU_VIEW_PACKAGE)
		show_package(w, name, releases);
	else if (kind == MU_VIEW_DEBIAN)
		show_debian(w, name, releases);
	else
		show_provided(w, name, kind, releases);
}
