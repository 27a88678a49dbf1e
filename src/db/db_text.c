/* SPDX-License-Identifier: MIT */
#include <muslin/import.h>
#include <stdio.h>
#include <string.h>

#include "advice_view.h"
#include "core/text.h"
#include "package_view.h"
#include "view.h"

static void section(struct mu_wrap *w, const char *title)
{
	mu_wrap_end(w);
	fprintf(w->out, "\n%s\n", title);
}

static void put_machines(struct mu_wrap *w, uint32_t machines, uint32_t all)
{
	if (machines == all) {
		mu_wrap_put(w, all & (all - 1) ? "all machines" : "this machine");
		return;
	}
	for (int m = 0; m < MU_MACHINE_COUNT; m++) {
		if (machines >> m & 1)
			mu_wrap_put(w, "%s", mu_machine_at((enum mu_machine_id)m)->name);
	}
}

/* ---- variants: "musl 1.2.3-1.2.6, musl-debian 1.2.3" ------------------- */

static bool same_flavour(const char *a, const char *b)
{
	size_t n = strcspn(a, ":");

	return n == strcspn(b, ":") && strncmp(a, b, n) == 0;
}

/* Last variant of the run that begins at @i: same kind, none left out between. */
static int run_end(uint32_t mask, int i)
{
	while (i + 1 < mu_variant_count() && mask >> (i + 1) & 1 &&
		same_flavour(mu_variant_at(i)->name, mu_variant_at(i + 1)->name))
		i++;
	return i;
}

static void put_variants(struct mu_wrap *w, uint32_t mask)
{
	const char *before = "";

	for (int i = 0; i < mu_variant_count(); i++) {
		const char *name = mu_variant_at(i)->name;
		char text[96];
		int last, n = 0;
		if (!(mask >> i & 1))
			continue;
		last = run_end(mask, i);
		if (!same_flavour(before, name))
			n = snprintf(text, sizeof(text), "%s", name);
		else
			n = snprintf(text, sizeof(text), "%s", strchr(name, ':') + 1);
		if (last != i && n > 0)
			snprintf(text + n, sizeof(text) - (size_t)n, "-%s",
				strchr(mu_variant_at(last)->name, ':') + 1);
		mu_wrap_put(w, "%s%s", text, mask >> last >> 1 ? "," : "");
		before = name;
		i = last;
	}
}

/* ---- symbols ---------------------------------------------------------- */

static void put_glibc_rows(struct mu_wrap *w, const char *name, enum mu_machine_id m)
{
	struct mu_glibc_symbol s;
	const char *library = NULL;
	unsigned it = 0;

	while (mu_db_glibc_next(m, name, &it, &s) > 0) {
		if (library && strcmp(library, s.library) != 0)
			mu_wrap_mark(w, ',');
		if (!library || strcmp(library, s.library) != 0)
			mu_wrap_put(w, "%s", s.library);
		mu_wrap_put(w, "%s", s.version);
		library = s.library;
	}
}

static void show_glibc(struct mu_wrap *w, const char *name, uint32_t machines)
{
	struct mu_view_glibc groups[MU_MACHINE_COUNT];
	int n = mu_view_glibc(name, machines, groups);

	mu_wrap_label(w, "glibc");
	if (!n)
		mu_wrap_put(w, "does not have it");
	for (int i = 0; i < n; i++) {
		if (i)
			mu_wrap_label(w, "");
		put_glibc_rows(w, name, groups[i].as);
		mu_wrap_put(w, "on");
		put_machines(w, groups[i].machines, machines);
	}
}

static void show_libc(struct mu_wrap *w, const char *name, uint32_t machines)
{
	struct mu_view_libc groups[MU_MACHINE_COUNT];
	int n = mu_view_libc(name, machines, groups);

	mu_wrap_label(w, "musl");
	if (!n)
		mu_wrap_put(w, "does not have it");
	for (int i = 0; i < n; i++) {
		const struct mu_libc_symbol *s = &groups[i].symbol;
		if (i)
			mu_wrap_label(w, "");
		put_variants(w, s->variants);
		mu_wrap_put(w, "on");
		put_machines(w, groups[i].machines, machines);
		if (s->size)
			mu_wrap_put(w, "(%s %s, %u bytes)", mu_view_bind(s->bind),
				mu_view_type(s->type), (unsigned)s->size);
		else
			mu_wrap_put(w, "(%s %s)", mu_view_bind(s->bind),
				mu_view_type(s->type));
	}
}

static void show_lfs64(struct mu_wrap *w, const char *name)
{
	const char *maps_to = NULL;
	uint32_t mask = mu_view_lfs64(name, &maps_to);

	if (!mask)
		return;
	mu_wrap_label(w, "loader");
	mu_wrap_put(w, "maps it to %s, though dlsym does not find it:", maps_to);
	put_variants(w, mask);
}

static void show_gcompat(struct mu_wrap *w, const char *name)
{
	const struct mu_gcompat_symbol *s = mu_gcompat_find(name);

	if (!s)
		return;
	mu_wrap_label(w, "gcompat");
	mu_wrap_put(w, "%s, gcompat", s->library);
	for (int i = 0; mu_gcompat_version(i); i++) {
		if (s->versions >> i & 1)
			mu_wrap_put(w, "%s", mu_gcompat_version(i));
	}
}

static void put_release_answer(struct mu_wrap *w, const struct mu_view_in_release *in)
{
	uint32_t all = in->symbol | in->loader | in->absent;
	bool any = false;
	static const struct {
		const char *text;
		size_t offset;
	} rows[] = {
		{"in libc", offsetof(struct mu_view_in_release, symbol)},
		{"by the loader", offsetof(struct mu_view_in_release, loader)},
		{"missing", offsetof(struct mu_view_in_release, absent)},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		uint32_t set;
		memcpy(&set, (const char *)in + rows[i].offset, sizeof(set));
		if (!set)
			continue;
		if (any)
			mu_wrap_mark(w, ',');
		any = true;
		mu_wrap_put(w, "%s", rows[i].text);
		if (set != all) {
			mu_wrap_put(w, "on");
			put_machines(w, set, all);
		}
		if (set == in->absent && in->gcompat == MU_VIEW_YES)
			mu_wrap_put(w, "without gcompat, there with it");
		if (set == in->absent && in->gcompat == MU_VIEW_NOT_KNOWN)
			mu_wrap_put(w, "(gcompat %s: not known)", in->release->gcompat);
	}
}

static void put_release_run(struct mu_wrap *w, const struct mu_view_in_release *first,
	const struct mu_release *last)
{
	char text[32];

	if (first->release == last)
		snprintf(text, sizeof(text), "%s:", last->name);
	else
		snprintf(text, sizeof(text), "%s-%s:", first->release->name, last->name);
	mu_wrap_put(w, "%s", text);
	put_release_answer(w, first);
}

static void show_in_releases(
	struct mu_wrap *w, const char *name, const struct mu_db_query *q)
{
	uint32_t machines = mu_view_machines(q), releases = mu_view_releases(q);
	struct mu_view_in_release first, in;
	const struct mu_release *r, *last = NULL;
	bool begun = false;

	mu_wrap_label(w, "Alpine");
	for (int i = 0; (r = mu_release_at(i)); i++) {
		mu_view_in_release(name, machines, r, &in);
		if (!(releases >> i & 1) || !(in.symbol | in.loader | in.absent))
			continue;
		if (last && !mu_view_same(&first, &in)) {
			put_release_run(w, &first, last);
			mu_wrap_label(w, "");
			begun = false;
		}
		if (!begun)
			first = in;
		begun = true;
		last = r;
	}
	if (last)
		put_release_run(w, &first, last);
	else
		mu_wrap_put(w, "is not built for this machine");
}

static void show_family(struct mu_wrap *w, const char *name, uint32_t machines)
{
	const struct mu_family *f = mu_view_family(name, machines);

	if (!f)
		return;
	mu_wrap_label(w, "family");
	mu_wrap_put(w, "%s: %s", f->id, f->title);
	mu_wrap_label(w, "advice");
	mu_wrap_words(w, f->advice);
	mu_wrap_label(w, "");
	mu_wrap_put(w, "(%s)", f->source);
}

static void show_symbol(struct mu_wrap *w, const char *name, const struct mu_db_query *q)
{
	uint32_t machines = mu_view_machines(q);
	const char *host = mu_db_host_of(name);

	if (host) {
		mu_wrap_label(w, "host");
		mu_wrap_put(
			w, "%s provides it to what it loads; no library has to", host);
	}
	show_glibc(w, name, machines);
	show_libc(w, name, machines);
	show_lfs64(w, name);
	show_gcompat(w, name);
	if (!host)
		show_in_releases(w, name, q);
	mu_companion_show_text(w, name, q);
	show_family(w, name, machines);
}

/* ---- libraries, releases, libc tables --------------------------------- */

static void put_span(struct mu_wrap *w, const struct mu_layer_file *f)
{
	if (f->since && f->until)
		mu_wrap_put(w, "(Alpine %s to %s)", f->since, f->until);
	else if (f->since)
		mu_wrap_put(w, "(Alpine %s and later)", f->since);
	else if (f->until)
		mu_wrap_put(w, "(Alpine up to %s)", f->until);
}

static const char *target_name(const struct mu_layer_file *f)
{
	if (strcmp(f->target, "loader") == 0)
		return "gcompat's loader";
	return strcmp(f->target, "libc") == 0 ? "musl" : f->target;
}

/* {interp} is written out where one machine was asked for. */
static void put_layer_file(struct mu_wrap *w, const struct mu_layer_file *f, int machine)
{
	const char *hole = strstr(f->path, "{interp}");
	const char *interp =
		machine < 0 ? NULL
			    : mu_machine_at((enum mu_machine_id)machine)->glibc_interp;

	if (hole && interp && hole != f->path)
		interp = strrchr(interp, '/') + 1;
	if (hole && interp)
		mu_wrap_put(w, "%.*s%s is %s", (int)(hole - f->path), f->path, interp,
			target_name(f));
	else
		mu_wrap_put(w, "%s is %s", f->path, target_name(f));
}

/* Where glibc's interpreter is in /lib, two rows name the same file. */
static bool is_doubled(const struct mu_layer_file *f, int machine)
{
	return machine >= 0 && strcmp(f->path, "{interp}") == 0 &&
	       strncmp(mu_machine_at((enum mu_machine_id)machine)->glibc_interp, "/lib/",
		       5) == 0;
}

static void show_library(struct mu_wrap *w, const char *name, const struct mu_db_query *q)
{
	const struct mu_library *l = mu_library_of(name);
	const struct mu_layer_file *f;
	bool any = false;

	mu_wrap_label(w, "what");
	mu_wrap_words(w, l->note);
	mu_wrap_label(w, "musl");
	mu_wrap_words(
		w, l->reserved ? "takes the name for itself: it never fails, and no file "
				 "of that name is opened"
			       : "has to find a file of this name");
	for (size_t i = 0; (f = mu_layer_file_at(i)); i++) {
		if (!mu_view_file_is(f, mu_view_machines(q), name) ||
			is_doubled(f, q->machine))
			continue;
		mu_wrap_label(w, mu_layer_name(f->layer));
		put_layer_file(w, f, q->machine);
		put_span(w, f);
		any = true;
	}
	if (!any && !l->reserved) {
		mu_wrap_label(w, "layers");
		mu_wrap_put(w, "none of them brings it");
	}
}

/* A loader that execs a path that is not there starts nothing. */
static void put_wrong_linkers(struct mu_wrap *w, uint32_t machines)
{
	for (int i = 0; i < MU_MACHINE_COUNT; i++) {
		const struct mu_machine *m = mu_machine_at((enum mu_machine_id)i);
		if (!(machines >> i & 1) || !m->gcompat_linker ||
			strcmp(m->gcompat_linker, m->musl_interp) == 0)
			continue;
		mu_wrap_label(w, "");
		mu_wrap_put(w,
			"on %s its loader wants %s, but musl is %s: it starts nothing",
			m->name, m->gcompat_linker, m->musl_interp);
	}
}

static void show_release(struct mu_wrap *w, const char *name, const struct mu_db_query *q)
{
	const struct mu_release *r = mu_view_release(name);
	const struct mu_variant *v = mu_variant_at(r->variant);
	const struct mu_layer_file *f;
	enum mu_layer before = MU_LAYER_NONE;

	mu_wrap_label(w, "released");
	mu_wrap_put(w, "%s, supported until %s", r->date ? r->date : "rolling",
		r->eol ? r->eol : "further notice");
	mu_wrap_label(w, "libc");
	mu_wrap_put(w, "musl %s, table %s:", r->musl_package, v->name);
	mu_wrap_put(w, v->known & mu_view_machines(q) ? "read on" : "derived");
	if (v->known & mu_view_machines(q))
		put_machines(w, v->known & mu_view_machines(q), mu_view_machines(q));
	if (v->derived & mu_view_machines(q) && v->known & mu_view_machines(q))
		mu_wrap_put(w, "and derived on the others");
	mu_wrap_label(w, "DT_RELR");
	mu_wrap_put(w, r->relr ? "applied" : "not applied: such files crash");
	mu_wrap_label(w, "gcompat");
	mu_wrap_put(w, r->gcompat ? "%s in %s" : "none", r->gcompat, r->gcompat_repo);
	put_wrong_linkers(w, mu_view_machines(q));
	mu_wrap_label(w, "libc6-compat");
	mu_wrap_put(w, r->libc6_compat ? "symlinks to musl" : "installs gcompat");
	for (size_t i = 0; (f = mu_layer_file_at(i)); i++) {
		if (!mu_layer_file_in(f, r) || is_doubled(f, q->machine))
			continue;
		mu_wrap_label(w, f->layer == before ? "" : mu_layer_name(f->layer));
		put_layer_file(w, f, q->machine);
		before = f->layer;
	}
}

static void put_names_only_in(struct mu_wrap *w, int v, int other, enum mu_machine_id m)
{
	const char *name;
	size_t n = 0;

	for (size_t i = 0; (name = mu_view_name_at(i)); i++) {
		if (!mu_view_in_variant(v, m, name) || mu_view_in_variant(other, m, name))
			continue;
		mu_wrap_put(w, "%s", name);
		n++;
	}
	if (!n)
		mu_wrap_put(w, "nothing");
}

/* One machine stands for all: the first of those asked for that has both tables. */
static int machine_with(int v, int base, uint32_t machines)
{
	for (int m = 0; m < MU_MACHINE_COUNT; m++) {
		uint32_t all = mu_db_libc_all((enum mu_machine_id)m);
		if (machines >> m & all >> v & all >> base & 1)
			return m;
	}
	return -1;
}

static void show_variant(struct mu_wrap *w, const char *name, const struct mu_db_query *q)
{
	int v = mu_variant_find(name), base = mu_view_base(v);
	const struct mu_variant *variant = mu_variant_at(v);
	int m = base < 0 ? -1 : machine_with(v, base, mu_view_machines(q));

	mu_wrap_label(w, "musl");
	mu_wrap_put(w, "%s", variant->version);
	mu_wrap_label(w, "read on");
	put_machines(w, variant->known, 0);
	mu_wrap_label(w, "derived on");
	put_machines(w, variant->derived, 0);
	if (m < 0)
		return;
	mu_wrap_label(w, "compared");
	mu_wrap_put(w, "with %s on %s", mu_variant_at(base)->name,
		mu_machine_at((enum mu_machine_id)m)->name);
	mu_wrap_label(w, "adds");
	put_names_only_in(w, v, base, (enum mu_machine_id)m);
	mu_wrap_label(w, "drops");
	put_names_only_in(w, base, v, (enum mu_machine_id)m);
}

static void show_unknown(struct mu_wrap *w, const char *name, const struct mu_db_query *q)
{
	mu_wrap_label(w, "unknown");
	mu_wrap_words(w, "not known to this database: no glibc, musl or gcompat in it "
			 "has that name, "
			 "and it is no library of glibc and no release");
	show_family(w, name, mu_view_machines(q));
}

/* Who writes "cmd:git" asks about Alpine's packages alone. */
static void show_unprovided(struct mu_wrap *w)
{
	mu_wrap_label(w, "unknown");
	mu_wrap_words(w,
		"not known to this database: no package of Alpine in it has or is that");
}

static void show_kind(struct mu_wrap *w, const char *name, enum mu_view_kind kind,
	const struct mu_db_query *q)
{
	static void (*const shows[])(
		struct mu_wrap *, const char *, const struct mu_db_query *) = {
		[MU_VIEW_SYMBOL] = show_symbol,
		[MU_VIEW_LIBRARY] = show_library,
		[MU_VIEW_RELEASE] = show_release,
		[MU_VIEW_VARIANT] = show_variant,
		[MU_VIEW_SOFTWARE] = mu_software_show_text,
		[MU_VIEW_UNKNOWN] = show_unknown,
	};

	if (kind < sizeof(shows) / sizeof(*shows) && shows[kind])
		shows[kind](w, name, q);
	else
		mu_package_show_text(w, name, kind, mu_view_releases(q));
}

int mu_db_show_text(
	const char *const *names, size_t count, const struct mu_db_query *q, FILE *out)
{
	struct mu_wrap w = {.out = out};
	int unknown = 0;

	for (size_t i = 0; i < count; i++) {
		const char *name;
		uint32_t kinds = mu_view_kinds(names[i], &name);
		if (i)
			putc('\n', out);
		mu_wrap_heading(&w, names[i]);
		if (kinds >> MU_VIEW_UNKNOWN & 1 && name != names[i]) {
			show_unprovided(&w);
			kinds = 0;
			unknown++;
		}
		for (int k = 0; k <= MU_VIEW_UNKNOWN; k++) {
			if (kinds >> k & 1)
				show_kind(&w, name, (enum mu_view_kind)k, q);
		}
		mu_wrap_end(&w);
		unknown += kinds >> MU_VIEW_UNKNOWN & 1;
	}
	return unknown;
}

/* ---- the list --------------------------------------------------------- */

static void list_releases(struct mu_wrap *w)
{
	const struct mu_release *r;

	mu_wrap_heading(w, "Alpine releases");
	fprintf(w->out, "  %-6s %-11s %-11s %-21s %-12s %s\n", "", "released",
		"supported to", "musl", "table", "gcompat");
	for (int i = 0; (r = mu_release_at(i)); i++)
		fprintf(w->out, "  %-6s %-11s %-12s %-21s %-12s %s\n", r->name,
			r->date ? r->date : "-", r->eol ? r->eol : "-", r->musl_package,
			mu_variant_at(r->variant)->name, r->gcompat ? r->gcompat : "-");
}

static void list_variants(struct mu_wrap *w)
{
	section(w, "Tables of musl's libc (read or built; derived from a neighbour)");
	for (int i = 0; i < mu_variant_count(); i++) {
		const struct mu_variant *v = mu_variant_at(i);
		mu_wrap_end(w);
		fprintf(w->out, "  %s\n", v->name);
		mu_wrap_label(w, "  read");
		put_machines(w, v->known, 0);
		if (!v->derived)
			continue;
		mu_wrap_label(w, "  derived");
		put_machines(w, v->derived, 0);
	}
	mu_wrap_end(w);
}

static void list_machines(struct mu_wrap *w, uint32_t machines)
{
	section(w, "Machines");
	for (int i = 0; i < MU_MACHINE_COUNT; i++) {
		const struct mu_machine *m = mu_machine_at((enum mu_machine_id)i);
		if (machines >> i & 1)
			fprintf(w->out, "  %-12s %-29s %s\n", m->name, m->musl_interp,
				m->glibc_interp);
	}
}

static void list_layers(struct mu_wrap *w)
{
	const struct mu_layer_file *f;

	section(w, "Layers, the files they bring, and in which releases ({interp}: "
		   "glibc's loader)");
	for (size_t i = 0; (f = mu_layer_file_at(i)); i++) {
		fprintf(w->out, "  %-13s %-26s %-16s  %s to %s\n",
			mu_layer_name(f->layer), f->path, target_name(f),
			f->since ? f->since : "first", f->until ? f->until : "last");
	}
}

static void list_loaded(struct mu_wrap *w)
{
	struct mu_db_loaded l;
	char path[512];

	for (size_t i = 0; mu_db_loaded_at(i, &l) > 0; i++) {
		if (!i)
			section(w, "Data that was loaded");
		mu_wrap_end(w);
		mu_text_escape(path, sizeof path, l.path);
		if (l.target)
			fprintf(w->out, "  %-16s %-10s %8zu symbols   %s  %s\n", l.target,
				"", l.rows, l.machine, path);
		else
			fprintf(w->out, "  alpine:%-9s %-10s %8zu packages  %s  %s  %s\n",
				l.release, l.repo, l.rows, l.date, l.machine, path);
	}
}

static void list_sources(struct mu_wrap *w)
{
	const struct mu_db_source *s;

	section(w, "Data files compiled in");
	for (size_t i = 0; (s = mu_db_source_at(i)); i++) {
		mu_wrap_end(w);
		fprintf(w->out, "  %s, %u rows\n", s->file, s->rows);
		mu_wrap_label(w, "  what");
		mu_wrap_words(w, s->what);
		mu_wrap_label(w, "  source");
		mu_wrap_words(w, s->source);
	}
	mu_wrap_end(w);
}

int mu_db_list_text(const struct mu_db_query *q, FILE *out)
{
	struct mu_wrap w = {.out = out};

	list_releases(&w);
	list_variants(&w);
	list_machines(&w, mu_view_machines(q));
	list_layers(&w);
	list_loaded(&w);
	list_sources(&w);
	return 0;
}
