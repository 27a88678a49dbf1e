/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <jansson.h>
#include <muslin/import.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "core/text.h"
#include "advice_view.h"
#include "package_view.h"
#include "view.h"

/* Out of memory leaves a NULL in the tree, which jansson's *_new calls refuse. */

static json_t *machine_names(uint32_t machines)
{
	json_t *list = json_array();

	for (int m = 0; m < MU_MACHINE_COUNT; m++) {
		if (machines >> m & 1)
			json_array_append_new(list,
				json_string(mu_machine_at((enum mu_machine_id)m)->name));
	}
	return list;
}

static json_t *variant_names(uint32_t variants)
{
	json_t *list = json_array();

	for (int i = 0; i < mu_variant_count(); i++) {
		if (variants >> i & 1)
			json_array_append_new(list, json_string(mu_variant_at(i)->name));
	}
	return list;
}

static json_t *optional(const char *s)
{
	return s ? json_string(s) : json_null();
}

static void set(json_t *object, const char *key, json_t *value)
{
	json_object_set_new(object, key, value);
}

static json_t *document(void)
{
	return json_pack("{s:i, s:{s:s, s:s}, s:s}", "schema_version", 1, "tool", "name",
		"muslin", "version", MU_VERSION, "command", "db");
}

static int finish(json_t *doc, FILE *out)
{
	int r = -ENOMEM;

	if (doc)
		r = json_dumpf(doc, out, JSON_INDENT(2)) < 0 || putc('\n', out) == EOF
			    ? -EIO
			    : 0;
	json_decref(doc);
	return r;
}

/* ---- symbols ---------------------------------------------------------- */

static json_t *glibc_rows(const char *name, enum mu_machine_id m)
{
	json_t *list = json_array();
	struct mu_glibc_symbol s;
	unsigned it = 0;

	while (mu_db_glibc_next(m, name, &it, &s) > 0) {
		const char *kind = s.kind == 'F'   ? "function"
				   : s.kind == 'T' ? "tls"
						   : "object";
		json_array_append_new(list,
			json_pack("{s:s, s:s, s:s, s:I}", "library", s.library, "version",
				s.version, "kind", kind, "size", (json_int_t)s.size));
	}
	return list;
}

static json_t *glibc_part(const char *name, uint32_t machines)
{
	struct mu_view_glibc groups[MU_MACHINE_COUNT];
	json_t *list = json_array();
	int n = mu_view_glibc(name, machines, groups);

	for (int i = 0; i < n; i++) {
		json_t *o = json_object();
		set(o, "machines", machine_names(groups[i].machines));
		set(o, "versions", glibc_rows(name, groups[i].as));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *libc_part(const char *name, uint32_t machines)
{
	struct mu_view_libc groups[MU_MACHINE_COUNT];
	json_t *list = json_array();
	int n = mu_view_libc(name, machines, groups);

	for (int i = 0; i < n; i++) {
		const struct mu_libc_symbol *s = &groups[i].symbol;
		json_t *o = json_object();
		set(o, "machines", machine_names(groups[i].machines));
		set(o, "variants", variant_names(s->variants));
		set(o, "type", json_string(mu_view_type(s->type)));
		set(o, "bind", json_string(mu_view_bind(s->bind)));
		set(o, "size", json_integer(s->size));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *lfs64_part(const char *name)
{
	const char *maps_to = NULL;
	uint32_t mask = mu_view_lfs64(name, &maps_to);
	json_t *o = mask ? json_object() : json_null();

	if (mask) {
		set(o, "maps_to", json_string(maps_to));
		set(o, "variants", variant_names(mask));
	}
	return o;
}

static json_t *gcompat_part(const char *name)
{
	const struct mu_gcompat_symbol *s = mu_gcompat_find(name);
	json_t *o = s ? json_object() : json_null();
	json_t *versions = s ? json_array() : NULL;

	if (!s)
		return o;
	for (int i = 0; mu_gcompat_version(i); i++) {
		if (s->versions >> i & 1)
			json_array_append_new(
				versions, json_string(mu_gcompat_version(i)));
	}
	set(o, "library", json_string(s->library));
	set(o, "versions", versions);
	set(o, "type", json_string(mu_view_type(s->type)));
	return o;
}

static json_t *family_part(const char *name, uint32_t machines)
{
	const struct mu_family *f = mu_view_family(name, machines);

	if (!f)
		return json_null();
	return json_pack("{s:s, s:s, s:s, s:s}", "id", f->id, "title", f->title, "advice",
		f->advice, "source", f->source);
}

static json_t *release_part(const char *name, const struct mu_db_query *q)
{
	uint32_t machines = mu_view_machines(q), releases = mu_view_releases(q);
	static const char *const answers[] = {[MU_VIEW_NO] = "no",
		[MU_VIEW_YES] = "yes",
		[MU_VIEW_NOT_KNOWN] = "unknown"};
	json_t *list = json_array();
	const struct mu_release *r;

	for (int i = 0; (r = mu_release_at(i)); i++) {
		struct mu_view_in_release in;
		json_t *o;
		if (!(releases >> i & 1))
			continue;
		o = json_object();
		mu_view_in_release(name, machines, r, &in);
		set(o, "release", json_string(r->name));
		set(o, "symbol", machine_names(in.symbol));
		set(o, "loader", machine_names(in.loader));
		set(o, "absent", machine_names(in.absent));
		set(o, "gcompat", json_string(answers[in.gcompat]));
		json_array_append_new(list, o);
	}
	return list;
}

static void show_symbol(json_t *o, const char *name, const struct mu_db_query *q)
{
	uint32_t machines = mu_view_machines(q);

	set(o, "glibc", glibc_part(name, machines));
	set(o, "musl", libc_part(name, machines));
	set(o, "lfs64", lfs64_part(name));
	set(o, "gcompat", gcompat_part(name));
	set(o, "host", optional(mu_db_host_of(name)));
	set(o, "family", family_part(name, machines));
	set(o, "releases", release_part(name, q));
	mu_companion_show_json(o, name, q);
}

/* ---- libraries, releases, libc tables --------------------------------- */

static json_t *layer_file(const struct mu_layer_file *f)
{
	json_t *o = json_object();

	set(o, "layer", json_string(mu_layer_name(f->layer)));
	set(o, "path", json_string(f->path));
	set(o, "target", json_string(f->target));
	set(o, "since", optional(f->since));
	set(o, "until", optional(f->until));
	return o;
}

static void show_library(json_t *o, const char *name, const struct mu_db_query *q)
{
	const struct mu_library *l = mu_library_of(name);
	json_t *files = json_array();
	const struct mu_layer_file *f;

	for (size_t i = 0; (f = mu_layer_file_at(i)); i++) {
		if (mu_view_file_is(f, mu_view_machines(q), name))
			json_array_append_new(files, layer_file(f));
	}
	set(o, "reserved", json_boolean(l->reserved));
	set(o, "note", json_string(l->note));
	set(o, "layers", files);
}

static json_t *release_object(const struct mu_release *r)
{
	json_t *o = json_object();

	set(o, "release", json_string(r->name));
	set(o, "date", optional(r->date));
	set(o, "eol", optional(r->eol));
	set(o, "musl_package", json_string(r->musl_package));
	set(o, "libc", json_string(mu_variant_at(r->variant)->name));
	set(o, "libc_version",
		json_string(r->musl_version ? r->musl_version
					    : mu_variant_at(r->variant)->version));
	set(o, "gcompat", optional(r->gcompat));
	set(o, "gcompat_repository", optional(r->gcompat_repo));
	set(o, "libc6_compat", json_string(r->libc6_compat ? "symlinks" : "gcompat"));
	set(o, "relr", json_boolean(r->relr));
	return o;
}

static json_t *variant_object(int v)
{
	const struct mu_variant *variant = mu_variant_at(v);
	json_t *o = json_object();

	set(o, "libc", json_string(variant->name));
	set(o, "version", json_string(variant->version));
	set(o, "known", machine_names(variant->known));
	set(o, "derived", machine_names(variant->derived));
	return o;
}

static json_t *names_only_in(int v, int other, enum mu_machine_id m)
{
	json_t *list = json_array();
	const char *name;

	for (size_t i = 0; (name = mu_view_name_at(i)); i++) {
		if (mu_view_in_variant(v, m, name) && !mu_view_in_variant(other, m, name))
			json_array_append_new(list, json_string(name));
	}
	return list;
}

static json_t *differences(int v, const struct mu_db_query *q)
{
	uint32_t machines = mu_view_machines(q);
	json_t *list = json_array();
	int base = mu_view_base(v);

	for (int m = 0; base >= 0 && m < MU_MACHINE_COUNT; m++) {
		enum mu_machine_id id = (enum mu_machine_id)m;
		uint32_t all = mu_db_libc_all(id);
		json_t *o;
		if (!(machines >> m & all >> v & all >> base & 1))
			continue;
		o = json_object();
		set(o, "machine", json_string(mu_machine_at(id)->name));
		set(o, "against", json_string(mu_variant_at(base)->name));
		set(o, "added", names_only_in(v, base, id));
		set(o, "removed", names_only_in(base, v, id));
		json_array_append_new(list, o);
	}
	return list;
}

static void show_variant(json_t *o, const char *name, const struct mu_db_query *q)
{
	int v = mu_variant_find(name);
	json_t *facts = variant_object(v);

	json_object_update(o, facts);
	json_decref(facts);
	set(o, "differences", differences(v, q));
}

static void show_release(json_t *o, const char *name, const struct mu_db_query *q)
{
	const struct mu_release *r = mu_view_release(name);
	json_t *facts = release_object(r);
	json_t *files = json_array();
	const struct mu_layer_file *f;

	(void)q;
	for (size_t i = 0; (f = mu_layer_file_at(i)); i++) {
		if (mu_layer_file_in(f, r))
			json_array_append_new(files, layer_file(f));
	}
	json_object_update(o, facts);
	json_decref(facts);
	set(o, "layers", files);
}

static void show_unknown(json_t *o, const char *name, const struct mu_db_query *q)
{
	set(o, "family", family_part(name, mu_view_machines(q)));
}

static const struct {
	const char *kind;
	void (*fill)(json_t *o, const char *name, const struct mu_db_query *q);
} kinds[] = {
	[MU_VIEW_SYMBOL] = {"symbol", show_symbol},
	[MU_VIEW_LIBRARY] = {"library", show_library},
	[MU_VIEW_RELEASE] = {"release", show_release},
	[MU_VIEW_VARIANT] = {"libc", show_variant},
	[MU_VIEW_SONAME] = {"soname", NULL},
	[MU_VIEW_PACKAGE] = {"package", NULL},
	[MU_VIEW_COMMAND] = {"command", NULL},
	[MU_VIEW_PKGCONFIG] = {"pkg-config", NULL},
	[MU_VIEW_VIRTUAL] = {"virtual", NULL},
	[MU_VIEW_DEBIAN] = {"debian", NULL},
	[MU_VIEW_SOFTWARE] = {"software", mu_software_show_json},
	[MU_VIEW_UNKNOWN] = {"unknown", show_unknown},
};

/* One entry for each thing that a name is. */
static json_t *entry(const char *given, const char *name, enum mu_view_kind kind,
	const struct mu_db_query *q)
{
	char *text = mu_text_utf8(given, strlen(given));
	json_t *o = json_object();

	set(o, "name", text ? json_string(text) : NULL);
	set(o, "kind", json_string(kinds[kind].kind));
	if (kinds[kind].fill)
		kinds[kind].fill(o, name, q);
	else
		mu_package_show_json(o, name, kind, mu_view_releases(q));
	free(text);
	return o;
}

int mu_db_show_json(
	const char *const *names, size_t count, const struct mu_db_query *q, FILE *out)
{
	json_t *doc = document(), *entries = json_array();
	int unknown = 0, r;

	for (size_t i = 0; i < count; i++) {
		const char *name;
		uint32_t mask = mu_view_kinds(names[i], &name);
		for (int k = 0; k <= MU_VIEW_UNKNOWN; k++) {
			enum mu_view_kind kind = (enum mu_view_kind)k;
			if (mask >> k & 1)
				json_array_append_new(
					entries, entry(names[i], name, kind, q));
		}
		unknown += mask >> MU_VIEW_UNKNOWN & 1;
	}
	set(doc, "entries", entries);
	r = finish(doc, out);
	return r < 0 ? r : unknown;
}

/* ---- the list --------------------------------------------------------- */

static json_t *machine_list(uint32_t machines)
{
	json_t *list = json_array();

	for (int i = 0; i < MU_MACHINE_COUNT; i++) {
		const struct mu_machine *m = mu_machine_at((enum mu_machine_id)i);
		json_t *o = json_object();
		set(o, "name", json_string(m->name));
		set(o, "class", json_integer(m->bits));
		set(o, "alpine", json_boolean(m->alpine));
		set(o, "musl_interpreter", json_string(m->musl_interp));
		set(o, "glibc_interpreter", json_string(m->glibc_interp));
		set(o, "gcompat_linker", optional(m->gcompat_linker));
		if (machines >> i & 1)
			json_array_append(list, o);
		json_decref(o);
	}
	return list;
}

static json_t *source_list(void)
{
	json_t *list = json_array();
	const struct mu_db_source *s;

	for (size_t i = 0; (s = mu_db_source_at(i)); i++)
		json_array_append_new(list,
			json_pack("{s:s, s:s, s:s, s:i}", "file", s->file, "what",
				s->what, "source", s->source, "rows", (int)s->rows));
	return list;
}

/* A path may be any bytes. */
static json_t *path_of(const char *path)
{
	char *clean = mu_text_utf8(path, strlen(path));
	json_t *j = clean ? json_string(clean) : NULL;

	free(clean);
	return j;
}

static json_t *loaded_list(void)
{
	json_t *list = json_array();
	struct mu_db_loaded l;

	for (size_t i = 0; mu_db_loaded_at(i, &l) > 0; i++) {
		json_t *o = json_object();
		set(o, "path", path_of(l.path));
		set(o, "release", optional(l.release));
		set(o, "repository", optional(l.repo));
		set(o, "target", optional(l.target));
		set(o, "date", optional(strcmp(l.date, "-") ? l.date : NULL));
		set(o, "machine", optional(strcmp(l.machine, "-") ? l.machine : NULL));
		set(o, "rows", json_integer((json_int_t)l.rows));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *family_list(void)
{
	json_t *list = json_array();
	const struct mu_family *f;

	for (size_t i = 0; (f = mu_family_at(i)); i++)
		json_array_append_new(list,
			json_pack("{s:s, s:s, s:s, s:s}", "id", f->id, "title", f->title,
				"advice", f->advice, "source", f->source));
	return list;
}

static void fill_list(json_t *doc, const struct mu_db_query *q)
{
	json_t *releases = json_array(), *libcs = json_array(), *files = json_array();
	const struct mu_release *r;
	const struct mu_layer_file *f;

	for (int i = 0; (r = mu_release_at(i)); i++)
		json_array_append_new(releases, release_object(r));
	for (int i = 0; i < mu_variant_count(); i++)
		json_array_append_new(libcs, variant_object(i));
	for (size_t i = 0; (f = mu_layer_file_at(i)); i++)
		json_array_append_new(files, layer_file(f));
	set(doc, "releases", releases);
	set(doc, "libcs", libcs);
	set(doc, "machines", machine_list(mu_view_machines(q)));
	set(doc, "layers", files);
	set(doc, "families", family_list());
	set(doc, "loaded", loaded_list());
	set(doc, "data", source_list());
}

int mu_db_list_json(const struct mu_db_query *q, FILE *out)
{
	json_t *doc = document();

	if (doc)
		fill_list(doc, q);
	return finish(doc, out);
}
