/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include <muslin/advice.h>

#include "core/text.h"
#include "explain.h"

static const struct mu_tab_text *find_text(const char *id)
{
	size_t low = 0, high = mu_tab_text_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = strcmp(mu_tab_texts[mid].id, id);

		if (c == 0)
			return &mu_tab_texts[mid];
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

int draft_text(struct draft *d, const char *id)
{
	d->text = find_text(id);
	if (!d->text)
		return 0;
	if (d->text->certainty)
		d->certainty = d->text->certainty;
	return 1;
}

/* A name out of a table goes into an apk line; one out of a text only where plain. */
int draft_package(struct mu_explanation *x, struct draft *d, const char *package)
{
	const char *repo;

	for (size_t i = 0; i < d->npackages; i++)
		if (!strcmp(d->packages[i], package))
			return 1;
	if (d->npackages == MAX_PACKAGES)
		return 1;
	d->packages[d->npackages++] = package;
	repo = x->release ? mu_package_repo(package, x->release) : NULL;
	if (repo && strcmp(repo, "main") && d->nnotes < MAX_PACKAGES) {
		d->notes[d->nnotes++] = mu_arena_printf(&x->arena,
			"%s stands in the repository %s: it must be in "
			"/etc/apk/repositories",
			package, repo);
		if (!d->notes[d->nnotes - 1])
			return -ENOMEM;
	}
	return 1;
}

int draft_providers(struct mu_explanation *x, struct draft *d, enum mu_provided kind,
	const char *name)
{
	struct mu_provider p;
	unsigned it = 0;

	if (!x->release || mu_provider_next(kind, name, x->release, &it, &p) <= 0)
		return 0;
	d->place[PLACE_PACKAGE] = p.package;
	if (p.certainty < MU_CERTAINTY_LIKELY && d->nnotes < MAX_PACKAGES)
		d->notes[d->nnotes++] = mu_arena_printf(&x->arena,
			"%s: so says the index of Alpine %s; not certain for %s",
			p.package, p.seen_in, x->target);
	return draft_package(x, d, p.package);
}

const struct mu_release *release_since(uint32_t releases)
{
	const struct mu_release *since = NULL, *r;

	for (int i = 0; (r = mu_release_at(i)) && r->eol; i++) {
		if (!(releases & mu_release_bit(r)))
			since = NULL;
		else if (!since)
			since = r;
	}
	return since;
}

bool is_library(const char *path)
{
	const char *base, *so;

	if (!path)
		return false;
	base = mu_text_base(path);
	so = strstr(base, ".so");
	return (so && (!so[3] || so[3] == '.')) ||
	       mu_text_ends(base, strlen(base), ".node") ||
	       mu_text_ends(base, strlen(base), ".jnilib");
}

/* Who opens a library is mostly told by where it lies. */
static bool is_module(const struct find *f, const char *path)
{
	static const char *const parts[] = {"/tmp/", ".node", ".jnilib", "/runtimes/",
		"/native/", ".cpython-", "/plugins/"};

	if (!is_library(path))
		return false;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (strstr(path, parts[i]))
			return true;
	return f->group[GROUP_WRAP] || mu_db_host_of_path(path);
}

static int resolve_none(struct mu_explanation *x, const struct find *f, struct draft *d)
{
	(void)x;
	return draft_text(d, f->pattern->text);
}

static const struct resolver resolvers[] = {
	{"-", resolve_none},
	{"symbol", resolve_symbol},
	{"link-symbol", resolve_link_symbol},
	{"soname", resolve_soname},
	{"glibc-soname", resolve_glibc_soname},
	{"package", resolve_package},
	{"program", resolve_program},
	{"command", resolve_command},
	{"command-known", resolve_command_known},
	{"interpreter", resolve_interpreter},
	{"header", resolve_header},
	{"pkgconfig", resolve_pkgconfig},
	{"relocation", resolve_relocation},
	{"tag", resolve_tag},
	{"crash", resolve_crash},
	{"frames", resolve_frames},
	{"gcompat-crash", resolve_gcompat_crash},
	{"native", resolve_native},
	{"native-known", resolve_native_known},
};

/* By the object's path, or its name where it is a library. */
static const struct mu_software *software_of(const char *object)
{
	const struct mu_software *s =
		object ? mu_software_of(MU_SOFTWARE_FILE, object) : NULL;

	if (!s && is_library(object))
		s = mu_software_of(MU_SOFTWARE_SONAME, mu_text_base(object));
	return s;
}

int resolve(struct mu_explanation *x, const struct find *f, struct draft *d)
{
	d->library = is_library(d->place[PLACE_OBJECT]);
	d->module = is_module(f, d->place[PLACE_OBJECT]);
	d->software = software_of(d->place[PLACE_OBJECT]);
	for (size_t i = 0; i < sizeof resolvers / sizeof *resolvers; i++)
		if (!strcmp(resolvers[i].name, f->pattern->resolver))
			return resolvers[i].run(x, f, d);
	return 0;
}
