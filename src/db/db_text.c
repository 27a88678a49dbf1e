/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "view.h"

#define WIDTH 79
#define LABEL 16 /* column where the text beside a label begins */

/* Words broken into lines of WIDTH, beside a label. */
struct wrap {
	FILE *out;
	size_t column;
};

static void end_line(struct wrap *w)
{
	if (w->column)
		putc('\n', w->out);
	w->column = 0;
}

static void label(struct wrap *w, const char *name)
{
	end_line(w);
	fprintf(w->out, "  %-*s", LABEL - 2, name);
	w->column = LABEL;
}

static void put_word(struct wrap *w, const char *word, size_t n)
{
	if (w->column + 1 + n > WIDTH && w->column > LABEL) {
		fprintf(w->out, "\n%*s", LABEL, "");
		w->column = LABEL;
	}
	if (w->column > LABEL) {
		putc(' ', w->out);
		w->column++;
	}
	fwrite(word, 1, n, w->out);
	w->column += n;
}

/* Blanks part words; what must not be parted goes through put_word() itself. */
static void put_words(struct wrap *w, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, " ");
		if (n)
			put_word(w, text, n);
		text += n + (text[n] == ' ');
	}
}

__attribute__((format(printf, 2, 3))) static void put(
	struct wrap *w, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	put_words(w, text);
}

/* A mark stays with the word before it. */
static void put_mark(struct wrap *w, char mark)
{
	putc(mark, w->out);
	w->column++;
}

static void heading(struct wrap *w, const char *name)
{
	end_line(w);
	mu_text_put(w->out, name);
	w->column = 1;
	end_line(w);
}

static void section(struct wrap *w, const char *title)
{
	end_line(w);
	fprintf(w->out, "\n%s\n", title);
}

static void put_machines(struct wrap *w, uint32_t machines, uint32_t all)
{
	if (machines == all) {
		put(w, all & (all - 1) ? "all machines" : "this machine");
		return;
	}
	for (int m = 0; m < MU_MACHINE_COUNT; m++) {
		if (machines >> m & 1)
			put(w, "%s", mu_machine_at((enum mu_machine_id)m)->name);
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

static void put_variants(struct wrap *w, uint32_t mask)
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
		put(w, "%s%s", text, mask >> last >> 1 ? "," : "");
		before = name;
		i = last;
	}
}

/* ---- symbols ---------------------------------------------------------- */

static void put_glibc_rows(struct wrap *w, const char *name, enum mu_machine_id m)
{
	struct mu_glibc_symbol s;
	const char *library = NULL;
	unsigned it = 0;

	while (mu_db_glibc_next(m, name, &it, &s) > 0) {
		if (library && strcmp(library, s.library) != 0)
			put_mark(w, ',');
		if (!library || strcmp(library, s.library) != 0)
			put(w, "%s", s.library);
		put(w, "%s", s.version);
		library = s.library;
	}
}

static void show_glibc(struct wrap *w, const char *name, uint32_t machines)
{
	struct mu_view_glibc groups[MU_MACHINE_COUNT];
	int n = mu_view_glibc(name, machines, groups);

	label(w, "glibc");
	if (!n)
		put(w, "does not have it");
	for (int i = 0; i < n; i++) {
		if (i)
			label(w, "");
		put_glibc_rows(w, name, groups[i].as);
		put(w, "on");
		put_machines(w, groups[i].machines, machines);
	}
}

static void show_libc(struct wrap *w, const char *name, uint32_t machines)
{
	struct mu_view_libc groups[MU_MACHINE_COUNT];
	int n = mu_view_libc(name, machines, groups);

	label(w, "musl");
	if (!n)
		put(w, "does not have it");
	for (int i = 0; i < n; i++) {
		const struct mu_libc_symbol *s = &groups[i].symbol;
		if (i)
			label(w, "");
		put_variants(w, s->variants);
		put(w, "on");
		put_machines(w, groups[i].machines, machines);
		if (s->size)
			put(w, "(%s %s, %u bytes)", mu_view_bind(s->bind),
				mu_view_type(s->type), (unsigned)s->size);
		else
			put(w, "(%s %s)", mu_view_bind(s->bind), mu_view_type(s->type));
	}
}

static void show_lfs64(struct wrap *w, const char *name)
{
	const char *maps_to = NULL;
	uint32_t mask = mu_view_lfs64(name, &maps_to);

	if (!mask)
		return;
	label(w, "loader");
	put(w, "maps it to %s, though dlsym does not find it:", maps_to);
	put_variants(w, mask);
}

static void show_gcompat(struct wrap *w, const char *name)
{
	const struct mu_gcompat_symbol *s = mu_gcompat_find(name);

	if (!s)
		return;
	label(w, "gcompat");
	put(w, "%s, gcompat", s->library);
	for (int i = 0; mu_gcompat_version(i); i++) {
		if (s->versions >> i & 1)
			put(w, "%s", mu_gcompat_version(i));
	}
}

static void put_release_answer(struct wrap *w, const struct mu_view_in_release *in)
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
			put_mark(w, ',');
		any = true;
		put(w, "%s", rows[i].text);
		if (set != all) {
			put(w, "on");
			put_machines(w, set, all);
		}
		if (set == in->absent && in->gcompat == MU_VIEW_YES)
			put(w, "without gcompat, there with it");
		if (set == in->absent && in->gcompat == MU_VIEW_NOT_KNOWN)
			put(w, "(gcompat %s: not known)", in->release->gcompat);
	}
}

static void put_release_run(struct wrap *w, const struct mu_view_in_release *first,
	const struct mu_release *last)
{
	char text[32];

	if (first->release == last)
		snprintf(text, sizeof(text), "%s:", last->name);
	else
		snprintf(text, sizeof(text), "%s-%s:", first->release->name, last->name);
	put(w, "%s", text);
	put_release_answer(w, first);
}

static void show_in_releases(struct wrap *w, const char *name, uint32_t machines)
{
	struct mu_view_in_release first, in;
	const struct mu_release *r, *last = NULL;
	bool begun = false;

	label(w, "Alpine");
	for (int i = 0; (r = mu_release_at(i)); i++) {
		mu_view_in_release(name, machines, r, &in);
		if (!(in.symbol | in.loader | in.absent))
			continue;
		if (last && !mu_view_same(&first, &in)) {
			put_release_run(w, &first, last);
			label(w, "");
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
		put(w, "is not built for this machine");
}

static void show_family(struct wrap *w, const char *name, uint32_t machines)
{
	const struct mu_family *f = mu_view_family(name, machines);

	if (!f)
		return;
	label(w, "family");
	put(w, "%s: %s", f->id, f->title);
	label(w, "advice");
	put_words(w, f->advice);
	label(w, "");
	put(w, "(%s)", f->source);
}

static void show_symbol(struct wrap *w, const char *name, const struct mu_db_query *q)
{
	uint32_t machines = mu_view_machines(q);
	const char *host = mu_db_host_of(name);

	if (host) {
		label(w, "host");
		put(w, "%s provides it to what it loads; no library has to", host);
	}
	show_glibc(w, name, machines);
	show_libc(w, name, machines);
	show_lfs64(w, name);
	show_gcompat(w, name);
	if (!host)
		show_in_releases(w, name, machines);
	show_family(w, name, machines);
}

/* ---- libraries, releases, libc tables --------------------------------- */

static void put_span(struct wrap *w, const struct mu_layer_file *f)
{
	if (f->since && f->until)
		put(w, "(Alpine %s to %s)", f->since, f->until);
	else if (f->since)
		put(w, "(Alpine %s and later)", f->since);
	else if (f->until)
		put(w, "(Alpine up to %s)", f->until);
}

static const char *target_name(const struct mu_layer_file *f)
{
	if (strcmp(f->target, "loader") == 0)
		return "gcompat's loader";
	return strcmp(f->target, "libc") == 0 ? "musl" : f->target;
}

/* {interp} is written out where one machine was asked for. */
static void put_layer_file(struct wrap *w, const struct mu_layer_file *f, int machine)
{
	const char *hole = strstr(f->path, "{interp}");
	const char *interp =
		machine < 0 ? NULL
			    : mu_machine_at((enum mu_machine_id)machine)->glibc_interp;

	if (hole && interp && hole != f->path)
		interp = strrchr(interp, '/') + 1;
	if (hole && interp)
		put(w, "%.*s%s is %s", (int)(hole - f->path), f->path, interp,
			target_name(f));
	else
		put(w, "%s is %s", f->path, target_name(f));
}

/* Where glibc's interpreter is in /lib, two rows name the same file. */
static bool is_doubled(const struct mu_layer_file *f, int machine)
{
	return machine >= 0 && strcmp(f->path, "{interp}") == 0 &&
	       strncmp(mu_machine_at((enum mu_machine_id)machine)->glibc_interp, "/lib/",
		       5) == 0;
}

static void show_library(struct wrap *w, const char *name, const struct mu_db_query *q)
{
	const struct mu_library *l = mu_library_of(name);
	const struct mu_layer_file *f;
	bool any = false;

	label(w, "what");
	put_words(w, l->note);
	label(w, "musl");
	put_words(w, l->reserved
			     ? "takes the name for itself: it never fails, and no file "
			       "of that name is opened"
			     : "has to find a file of this name");
	for (size_t i = 0; (f = mu_layer_file_at(i)); i++) {
		if (!mu_view_file_is(f, mu_view_machines(q), name) ||
			is_doubled(f, q->machine))
			continue;
		label(w, mu_layer_name(f->layer));
		put_layer_file(w, f, q->machine);
		put_span(w, f);
		any = true;
	}
	if (!any && !l->reserved) {
		label(w, "layers");
		put(w, "none of them brings it");
	}
}

/* A loader that execs a path that is not there starts nothing. */
static void put_wrong_linkers(struct wrap *w, uint32_t machines)
{
	for (int i = 0; i < MU_MACHINE_COUNT; i++) {
		const struct mu_machine *m = mu_machine_at((enum mu_machine_id)i);
		if (!(machines >> i & 1) || !m->gcompat_linker ||
			strcmp(m->gcompat_linker, m->musl_interp) == 0)
			continue;
		label(w, "");
		put(w, "on %s its loader wants %s, but musl is %s: it starts nothing",
			m->name, m->gcompat_linker, m->musl_interp);
	}
}

static void show_release(struct wrap *w, const char *name, const struct mu_db_query *q)
{
	const struct mu_release *r = mu_view_release(name);
	const struct mu_variant *v = mu_variant_at(r->variant);
	const struct mu_layer_file *f;
	enum mu_layer before = MU_LAYER_NONE;

	label(w, "released");
	put(w, "%s, supported until %s", r->date ? r->date : "rolling",
		r->eol ? r->eol : "further notice");
	label(w, "libc");
	put(w, "musl %s, table %s:", r->musl_package, v->name);
	put(w, v->known & mu_view_machines(q) ? "read on" : "derived");
	if (v->known & mu_view_machines(q))
		put_machines(w, v->known & mu_view_machines(q), mu_view_machines(q));
	if (v->derived & mu_view_machines(q) && v->known & mu_view_machines(q))
		put(w, "and derived on the others");
	label(w, "DT_RELR");
	put(w, r->relr ? "applied" : "not applied: such files crash");
	label(w, "gcompat");
	put(w, r->gcompat ? "%s in %s" : "none", r->gcompat, r->gcompat_repo);
	put_wrong_linkers(w, mu_view_machines(q));
	label(w, "libc6-compat");
	put(w, r->libc6_compat ? "symlinks to musl" : "installs gcompat");
	for (size_t i = 0; (f = mu_layer_file_at(i)); i++) {
		if (!mu_layer_file_in(f, r) || is_doubled(f, q->machine))
			continue;
		label(w, f->layer == before ? "" : mu_layer_name(f->layer));
		put_layer_file(w, f, q->machine);
		before = f->layer;
	}
}

static void put_names_only_in(struct wrap *w, int v, int other, enum mu_machine_id m)
{
	const char *name;
	size_t n = 0;

	for (size_t i = 0; (name = mu_view_name_at(i)); i++) {
		if (!mu_view_in_variant(v, m, name) || mu_view_in_variant(other, m, name))
			continue;
		put(w, "%s", name);
		n++;
	}
	if (!n)
		put(w, "nothing");
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

static void show_variant(struct wrap *w, const char *name, const struct mu_db_query *q)
{
	int v = mu_variant_find(name), base = mu_view_base(v);
	const struct mu_variant *variant = mu_variant_at(v);
	int m = base < 0 ? -1 : machine_with(v, base, mu_view_machines(q));

	label(w, "musl");
	put(w, "%s", variant->version);
	label(w, "read on");
	put_machines(w, variant->known, 0);
	label(w, "derived on");
	put_machines(w, variant->derived, 0);
	if (m < 0)
		return;
	label(w, "compared");
	put(w, "with %s on %s", mu_variant_at(base)->name,
		mu_machine_at((enum mu_machine_id)m)->name);
	label(w, "adds");
	put_names_only_in(w, v, base, (enum mu_machine_id)m);
	label(w, "drops");
	put_names_only_in(w, base, v, (enum mu_machine_id)m);
}

static void show_unknown(struct wrap *w, const char *name, const struct mu_db_query *q)
{
	label(w, "unknown");
	put(w, "not known to this database: no glibc, musl or gcompat in it has that "
	       "name, "
	       "and it is no library of glibc and no release");
	show_family(w, name, mu_view_machines(q));
}

int mu_db_show_text(
	const char *const *names, size_t count, const struct mu_db_query *q, FILE *out)
{
	static void (*const shows[])(
		struct wrap *, const char *, const struct mu_db_query *) = {
		[MU_VIEW_SYMBOL] = show_symbol,
		[MU_VIEW_LIBRARY] = show_library,
		[MU_VIEW_RELEASE] = show_release,
		[MU_VIEW_VARIANT] = show_variant,
		[MU_VIEW_UNKNOWN] = show_unknown,
	};
	struct wrap w = {.out = out};
	int unknown = 0;

	for (size_t i = 0; i < count; i++) {
		enum mu_view_kind kind = mu_view_kind(names[i]);
		if (i)
			putc('\n', out);
		heading(&w, names[i]);
		shows[kind](&w, names[i], q);
		end_line(&w);
		unknown += kind == MU_VIEW_UNKNOWN;
	}
	return unknown;
}

/* ---- the list --------------------------------------------------------- */

static void list_releases(struct wrap *w)
{
	const struct mu_release *r;

	heading(w, "Alpine releases");
	fprintf(w->out, "  %-6s %-11s %-11s %-21s %-12s %s\n", "", "released",
		"supported to", "musl", "table", "gcompat");
	for (int i = 0; (r = mu_release_at(i)); i++)
		fprintf(w->out, "  %-6s %-11s %-12s %-21s %-12s %s\n", r->name,
			r->date ? r->date : "-", r->eol ? r->eol : "-", r->musl_package,
			mu_variant_at(r->variant)->name, r->gcompat ? r->gcompat : "-");
}

static void list_variants(struct wrap *w)
{
	section(w, "Tables of musl's libc (read or built; derived from a neighbour)");
	for (int i = 0; i < mu_variant_count(); i++) {
		const struct mu_variant *v = mu_variant_at(i);
		end_line(w);
		fprintf(w->out, "  %s\n", v->name);
		label(w, "  read");
		put_machines(w, v->known, 0);
		if (!v->derived)
			continue;
		label(w, "  derived");
		put_machines(w, v->derived, 0);
	}
	end_line(w);
}

static void list_machines(struct wrap *w, uint32_t machines)
{
	section(w, "Machines");
	for (int i = 0; i < MU_MACHINE_COUNT; i++) {
		const struct mu_machine *m = mu_machine_at((enum mu_machine_id)i);
		if (machines >> i & 1)
			fprintf(w->out, "  %-12s %-29s %s\n", m->name, m->musl_interp,
				m->glibc_interp);
	}
}

static void list_layers(struct wrap *w)
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

static void list_sources(struct wrap *w)
{
	const struct mu_db_source *s;

	section(w, "Data files compiled in");
	for (size_t i = 0; (s = mu_db_source_at(i)); i++) {
		end_line(w);
		fprintf(w->out, "  %s, %u rows\n", s->file, s->rows);
		label(w, "  what");
		put_words(w, s->what);
		label(w, "  source");
		put_words(w, s->source);
	}
	end_line(w);
}

int mu_db_list_text(const struct mu_db_query *q, FILE *out)
{
	struct wrap w = {.out = out};

	list_releases(&w);
	list_variants(&w);
	list_machines(&w, mu_view_machines(q));
	list_layers(&w);
	list_sources(&w);
	return 0;
}
