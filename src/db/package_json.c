/* SPDX-License-Identifier: MIT */
#include <jansson.h>

#include "package_view.h"

/* Out of memory leaves a NULL in the tree, which jansson's *_new calls refuse. */

static void set(json_t *object, const char *key, json_t *value)
{
	json_object_set_new(object, key, value);
}

static json_t *optional(const char *s)
{
	return s ? json_string(s) : json_null();
}

static json_t *release_names(uint32_t mask)
{
	json_t *list = json_array();

	for (int i = 0; mu_release_at(i); i++) {
		if (mask >> i & 1)
			json_array_append_new(list, json_string(mu_release_at(i)->name));
	}
	return list;
}

static json_t *versions(const char *name, uint32_t mask)
{
	json_t *o = json_object();

	for (int i = 0; mu_release_at(i); i++) {
		const char *version = mu_package_version(name, mu_release_at(i));
		if (mask >> i & 1 && version)
			set(o, mu_release_at(i)->name, json_string(version));
	}
	return o;
}

static void show_package(json_t *o, const char *name, uint32_t releases)
{
	struct mu_package p;

	if (mu_package_find(name, &p) < 0)
		return;
	set(o, "package", json_string(p.name));
	set(o, "origin", json_string(p.origin));
	set(o, "main", release_names(p.main & releases));
	set(o, "community", release_names(p.community & releases));
	set(o, "testing", json_boolean(p.testing));
	set(o, "installed_size", p.size ? json_integer((json_int_t)p.size) : json_null());
	set(o, "versions", versions(name, releases));
}

/* ---- what packages provide -------------------------------------------- */

static json_t *provider(const struct mu_provider *p)
{
	return json_pack("{s:s, s:s, s:s, s:s}", "package", p->package, "repository",
		p->repo, "certainty", mu_certainty_name(p->certainty), "seen_in",
		p->seen_in);
}

static json_t *read_indices(const struct mu_release *r)
{
	static const char *const repos[] = {"main", "community", "testing"};
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof repos / sizeof *repos; i++) {
		if (mu_index_was_read(repos[i], r))
			json_array_append_new(list, json_string(repos[i]));
	}
	return list;
}

static void show_provided(
	json_t *o, const char *name, enum mu_view_kind kind, uint32_t mask)
{
	json_t *releases = json_array();
	const struct mu_release *r;

	for (int i = 0; (r = mu_release_at(i)); i++) {
		json_t *in, *providers;
		struct mu_provider p;
		unsigned it = 0;
		if (!(mask >> i & 1))
			continue;
		in = json_object();
		providers = json_array();
		while (mu_provider_next(mu_view_provided(kind), name, r, &it, &p) > 0)
			json_array_append_new(providers, provider(&p));
		set(in, "release", json_string(r->name));
		set(in, "indices_read", read_indices(r));
		set(in, "providers", providers);
		json_array_append_new(releases, in);
	}
	set(o, "releases", releases);
}

/* ---- Debian's names --------------------------------------------------- */

static json_t *deb_packages(const struct mu_deb_package *p, unsigned count)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < count; i++) {
		json_t *o = json_object();
		set(o, "package", json_string(p[i].package));
		set(o, "repository", optional(p[i].repo));
		set(o, "instead_of", optional(p[i].instead_of));
		json_array_append_new(list, o);
	}
	return list;
}

static void show_debian(json_t *o, const char *name, uint32_t mask)
{
	json_t *releases = json_array();
	const struct mu_release *r;

	for (int i = 0; (r = mu_release_at(i)); i++) {
		struct mu_deb d;
		json_t *in;
		if (!(mask >> i & 1) || mu_deb_map(name, r, &d) < 0)
			continue;
		in = json_object();
		set(in, "release", json_string(r->name));
		set(in, "action", json_string(mu_deb_action_name(d.action)));
		set(in, "certainty", json_string(mu_certainty_name(d.certainty)));
		set(in, "by", json_string(mu_deb_way_name(d.way)));
		set(in, "row", json_string(d.row));
		set(in, "basis", json_string(d.basis));
		set(in, "packages", deb_packages(d.packages, d.package_count));
		set(in, "others", deb_packages(d.others, d.other_count));
		set(in, "same_name_repository", optional(d.same_name_repo));
		json_array_append_new(releases, in);
	}
	set(o, "releases", releases);
}

void mu_package_show_json(
	json_t *o, const char *name, enum mu_view_kind kind, uint32_t releases)
{
	if (kind == MU_VIEW_PACKAGE)
		show_package(o, name, releases);
	else if (kind == MU_VIEW_DEBIAN)
		show_debian(o, name, releases);
	else
		show_provided(o, name, kind, releases);
}
