/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "core/text.h"
#include "explain.h"

/* ---- apk cannot find it
 * ------------------------------------------------------------------ */

/* Packages of Debian's name: what Alpine calls them. */
static int of_debian(struct mu_explanation *x, const char *name, struct draft *d)
{
	struct mu_deb deb;
	int n = 0;

	if (mu_deb_map(name, x->release, &deb))
		return 0;
	if (deb.action == MU_DEB_DROP)
		return draft_text(d, "package-not-needed");
	if (deb.action == MU_DEB_MANUAL)
		return draft_text(d, "package-manual");
	for (unsigned i = 0; i < deb.package_count; i++) {
		if (!deb.packages[i].repo || !strcmp(deb.packages[i].package, name))
			continue;
		n++;
		if (draft_package(x, d, deb.packages[i].package) < 0)
			return -ENOMEM;
	}
	if (!n)
		return 0;
	d->place[PLACE_PACKAGE] = d->packages[0];
	return draft_text(
		d, deb.action == MU_DEB_MAP ? "package-debian" : "package-debian-approx");
}

static int of_current(struct mu_explanation *x, const char *name, struct draft *d)
{
	d->place[PLACE_NAME] = mu_package_repo(name, x->release);
	if (!d->place[PLACE_NAME])
		return 0;
	if (draft_package(x, d, name) < 0)
		return -ENOMEM;
	return draft_text(d, strcmp(d->place[PLACE_NAME], "main") ? "package-repository"
								  : "package-is-there");
}

/* A package of Alpine's that this release has not. */
static int of_releases(struct mu_explanation *x, const char *name, struct draft *d)
{
	const struct mu_release *r;
	struct mu_package p;

	(void)x;
	if (mu_package_find(name, &p))
		return 0;
	if (p.testing)
		return draft_text(d, "package-testing");
	for (int i = 0; (r = mu_release_at(i)); i++)
		if ((p.main | p.community) & mu_release_bit(r) && r->eol) {
			d->since = r;
			d->place[PLACE_SINCE] = r->name;
		}
	return d->since ? draft_text(d, "package-other-release") : 0;
}

static int of_provided(struct mu_explanation *x, const char *name, struct draft *d)
{
	const char *soname = !strncmp(name, "so:", 3) ? name + 3 : NULL;
	int e = 0;

	if (soname)
		e = draft_providers(x, d, MU_PROVIDED_SONAME, soname);
	else if (!strncmp(name, "cmd:", 4))
		e = draft_providers(x, d, MU_PROVIDED_COMMAND, name + 4);
	else if (!strncmp(name, "pc:", 3))
		e = draft_providers(x, d, MU_PROVIDED_PKGCONFIG, name + 3);
	if (e < 0)
		return e;
	if (e)
		return draft_text(d, "package-debian");
	if (soname)
		return draft_text(d, "package-soname");
	e = draft_providers(x, d, MU_PROVIDED_VIRTUAL, name);
	if (!e)
		e = draft_providers(x, d, MU_PROVIDED_COMMAND, name);
	return e > 0 ? draft_text(d, "package-debian") : e;
}

/* Python's packages without the number: python-dev, py-pip. */
static int of_old_name(struct mu_explanation *x, const char *name, struct draft *d)
{
	static const char *const names[][2] = {{"python-", "python3-"},
		{"python2-", "python3-"}, {"py-", "py3-"}, {"py2-", "py3-"}};
	const char *now =
		!strcmp(name, "python") || !strcmp(name, "python2") ? "python3" : NULL;

	for (size_t i = 0; !now && i < sizeof names / sizeof *names; i++)
		if (!strncmp(name, names[i][0], strlen(names[i][0]))) {
			now = mu_arena_printf(&x->arena, "%s%s", names[i][1],
				name + strlen(names[i][0]));
			if (!now)
				return -ENOMEM;
		}
	if (!now || !mu_package_repo(now, x->release))
		return 0;
	d->place[PLACE_PACKAGE] = now;
	if (draft_package(x, d, now) < 0)
		return -ENOMEM;
	return draft_text(d, "package-debian");
}

int resolve_package(struct mu_explanation *x, const struct find *f, struct draft *d)
{
	static int (*const ways[])(
		struct mu_explanation *, const char *, struct draft *) = {
		of_current, of_old_name, of_debian, of_releases, of_provided};
	const char *name = f->group[GROUP_SUBJECT];
	char *bare;
	int e = 0;

	if (!name)
		return 0;
	bare = mu_arena_strdup(&x->arena, name);
	if (!bare)
		return -ENOMEM;
	bare[strcspn(bare, "<>=~@")] = 0;
	if (bare[0] && strcmp(bare, name) && x->release &&
		mu_package_repo(bare, x->release)) {
		d->place[PLACE_PACKAGE] = bare;
		draft_package(x, d, bare);
		return draft_text(d, "package-version");
	}
	for (size_t i = 0; !e && i < sizeof ways / sizeof *ways; i++)
		e = ways[i](x, bare, d);
	return e ? e : draft_text(d, "package-unknown");
}

/* ---- building: headers and pkg-config
 * -------------------------------------------------------- */

static int by_header(const char *header, const char **package)
{
	size_t low = 0, high = mu_tab_header_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = strcmp(mu_tab_headers[mid].header, header);

		if (c == 0) {
			*package = mu_tab_headers[mid].package;
			return 1;
		}
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return 0;
}

/* openssl/ssl.h, or any header of openssl/ */
int resolve_header(struct mu_explanation *x, const struct find *f, struct draft *d)
{
	const char *header = f->group[GROUP_SUBJECT], *package = NULL, *slash;
	char *folder;

	if (!header)
		return 0;
	slash = strchr(header, '/');
	if (!by_header(header, &package) && slash) {
		folder =
			mu_arena_strndup(&x->arena, header, (size_t)(slash - header) + 1);
		if (!folder)
			return -ENOMEM;
		by_header(folder, &package);
	}
	if (!package)
		return 0;
	if (!strcmp(package, "none"))
		return draft_text(d, "header-none");
	d->place[PLACE_PACKAGE] = package;
	draft_package(x, d, package);
	if (!strcmp(package, "musl-dev") || !strcmp(package, "build-base"))
		return draft_text(d, "header-libc");
	return draft_text(d,
		strcmp(package, "bsd-compat-headers") ? "header-package" : "header-bsd");
}

int resolve_pkgconfig(struct mu_explanation *x, const struct find *f, struct draft *d)
{
	const char *name = f->group[GROUP_SUBJECT];
	int e = name ? draft_providers(x, d, MU_PROVIDED_PKGCONFIG, name) : 0;

	return e > 0 ? draft_text(d, "pkgconfig-package") : e;
}
