/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "writer.h"

/* How many names of a group are shown without -v. */
#define SHOWN_NAMES 4
#define SHOWN_LIBRARIES 8
#define SHOWN_OTHERS 5

static const struct mu_target *target_of(
	const struct mu_writer *w, const struct mu_result *r)
{
	return mu_check_target_at(w->check, r->target);
}

static bool many_targets(const struct mu_writer *w)
{
	return mu_check_target_at(w->check, 1) != NULL;
}

/* The layer that the findings are of: the first under which all modes work, else the
 * last, where the most was brought. */
static enum mu_layer decisive(const struct mu_report *r)
{
	for (size_t i = 0; i < r->nresults; i++) {
		bool works = true;
		for (size_t k = 0; k < r->nresults; k++)
			if (r->results[k].layer == r->results[i].layer)
				works &= r->results[k].works;
		if (works)
			return r->results[i].layer;
	}
	return r->results[r->nresults - 1].layer;
}

static void layer_words(const struct mu_writer *w, enum style style, enum mu_layer layer,
	const char *none, const char *with)
{
	if (layer == MU_LAYER_NONE)
		say(w, style, "%s", none);
	else
		say(w, style, "%s%s", with, mu_layer_name(layer));
}

/* Several modes, one target: each has its word. */
static void verdict_of_modes(
	const struct mu_writer *w, const struct mu_report *r, enum mu_layer layer)
{
	const char *before = "";

	say(w, STYLE_PLAIN, "on %s", target_of(w, &r->results[0])->name);
	layer_words(w, STYLE_PLAIN, layer, ": ", " with ");
	if (layer != MU_LAYER_NONE)
		say(w, STYLE_PLAIN, ": ");
	for (size_t i = 0; i < r->nresults; i++) {
		const struct mu_result *x = &r->results[i];
		if (x->layer != layer)
			continue;
		say(w, x->works ? STYLE_GOOD : STYLE_BAD, "%s%s %s", before,
			mu_mode_name(x->mode), x->works ? "works" : "fails");
		before = ", ";
	}
}

static void verdict_of_loaded(const struct mu_writer *w, const struct mu_report *r)
{
	enum mu_layer layer = decisive(r);
	const char *name = target_of(w, &r->results[0])->name;
	bool library = r->object->kind == MU_KIND_SHARED_LIBRARY, works = false;
	enum style style = style_of(r->verdict);
	size_t modes = 0;

	for (size_t i = 0; i < r->nresults; i++)
		if (r->results[i].layer == layer) {
			works = r->results[i].works;
			modes++;
		}
	if (modes > 1) {
		verdict_of_modes(w, r, layer);
		return;
	}
	if (works) {
		say(w, style, "%s on %s", library ? "loads" : "runs", name);
		layer_words(w, style, layer, " as it is", " with ");
	} else {
		say(w, style, "does not %s on %s", library ? "load" : "run", name);
		layer_words(w, style, layer, "", ", even with ");
	}
	if (r->verdict == MU_VERDICT_FIXABLE)
		say(w, STYLE_PLAIN, ", but it can be made to");
}

static void verdict_line(const struct mu_writer *w, const struct mu_report *r)
{
	put(w, STYLE_BOLD, r->path);
	say(w, STYLE_PLAIN, ": ");
	if (r->object->kind == MU_KIND_STATIC_EXECUTABLE ||
		r->object->kind == MU_KIND_STATIC_PIE)
		say(w, style_of(r->verdict), "static: %s",
			r->verdict == MU_VERDICT_NATIVE ? "runs anywhere"
							: mu_verdict_name(r->verdict));
	else if (r->object->hollow)
		say(w, STYLE_DIM, "debug information only: nothing to load");
	else if (!r->object->has_dynamic || !r->nresults)
		say(w, STYLE_DIM, "%s: nothing for musl's loader to judge",
			mu_kind_name(r->object->kind));
	else if (many_targets(w) || r->results[0].status == MU_STATUS_NOT_APPLICABLE)
		say(w, style_of(r->verdict), "%s", mu_verdict_name(r->verdict));
	else
		verdict_of_loaded(w, r);
	say(w, STYLE_PLAIN, "\n");
}

/* ---- several targets: a matrix ------------------------------------------------- */

static const char *cell_text(
	const struct mu_report *r, size_t target, enum mu_layer layer)
{
	const char *text = "-";

	for (size_t i = 0; i < r->nresults; i++) {
		const struct mu_result *x = &r->results[i];
		if (x->target == target && x->layer == layer)
			text = x->status == MU_STATUS_NOT_APPLICABLE ? "?"
			       : x->works && strcmp(text, "fails")   ? "works"
								     : "fails";
	}
	return text;
}

static void matrix(const struct mu_writer *w, const struct mu_report *r)
{
	const struct mu_target *t;

	say(w, STYLE_DIM, "  %-20s", "target");
	for (int layer = 0; layer < MU_LAYER_COUNT; layer++)
		say(w, STYLE_DIM, "%-*s", layer + 1 < MU_LAYER_COUNT ? 15 : 0,
			mu_layer_name((enum mu_layer)layer));
	say(w, STYLE_PLAIN, "\n");
	for (size_t i = 0; (t = mu_check_target_at(w->check, i)); i++) {
		say(w, STYLE_PLAIN, "  %-20s", t->name);
		for (int layer = 0; layer < MU_LAYER_COUNT; layer++) {
			const char *text = cell_text(r, i, (enum mu_layer)layer);
			enum style style = *text == 'w'   ? STYLE_GOOD
					   : *text == 'f' ? STYLE_BAD
							  : STYLE_DIM;
			say(w, style, "%s", text);
			if (layer + 1 < MU_LAYER_COUNT)
				say(w, STYLE_PLAIN, "%*s", (int)(15 - strlen(text)), "");
		}
		say(w, STYLE_PLAIN, "\n");
	}
}

/* ---- why ------------------------------------------------------------------------ */

static void severity(const struct mu_writer *w, const struct mu_finding *f)
{
	if (f->severity == MU_SEVERITY_ERROR)
		return;
	say(w, f->severity == MU_SEVERITY_WARNING ? STYLE_WARN : STYLE_DIM,
		"%s: ", mu_severity_name(f->severity));
}

static void plain_finding(
	const struct mu_writer *w, const struct mu_report *r, const struct mu_finding *f)
{
	say(w, STYLE_PLAIN, "  ");
	severity(w, f);
	/* the loader's own words name the object themselves */
	if (strncmp(f->message, "Error ", 6)) {
		put(w, STYLE_PLAIN, f->object ? f->object : r->path);
		say(w, STYLE_PLAIN, ": ");
	}
	put(w, STYLE_PLAIN, f->message);
	if (w->opts.verbosity > 0)
		say(w, STYLE_DIM, " [%s]", mu_rule_at(f->rule)->id);
	say(w, STYLE_PLAIN, "\n");
}

static bool is_symbol_rule(enum mu_rule_id rule)
{
	return rule == MU_RULE_MU003 || rule == MU_RULE_MU004 || rule == MU_RULE_MU018;
}

/* What symbols are grouped by: their family, else where they come from. */
struct group {
	const struct mu_family *family;
	enum mu_origin origin;
	bool shadowed;
	enum mu_rule_id rule;
	size_t n, first; /* findings in it, the first of them */
};

struct groups {
	struct group *v; /* owned */
	size_t n;
	size_t *of; /* owned: by finding */
};

static bool same_group(const struct group *a, const struct group *b)
{
	return a->family == b->family && a->origin == b->origin &&
	       a->shadowed == b->shadowed && a->rule == b->rule;
}

static int make_groups(const struct mu_report *r, struct groups *gs)
{
	gs->v = calloc(r->nfindings + 1, sizeof *gs->v);
	gs->of = calloc(r->nfindings + 1, sizeof *gs->of);
	if (!gs->v || !gs->of)
		return -ENOMEM;
	for (size_t i = 0; i < r->nfindings; i++) {
		const struct mu_finding *f = &r->findings[i];
		struct group g = {.origin = f->origin,
			.shadowed = f->shadowed,
			.rule = f->rule,
			.first = i};
		size_t k = 0;
		if (!is_symbol_rule(f->rule))
			continue;
		if (g.origin == MU_ORIGIN_GLIBC)
			g.family = mu_family_of(f->symbol);
		while (k < gs->n && !same_group(&gs->v[k], &g))
			k++;
		if (k == gs->n)
			gs->v[gs->n++] = g;
		gs->v[k].n++;
		gs->of[i] = k;
	}
	return 0;
}

static void group_title(const struct mu_writer *w, const struct group *g)
{
	static const char *const origins[] = {
		[MU_ORIGIN_GLIBC] = "of glibc",
		[MU_ORIGIN_LIBRARY] = "of a library that is missing",
		[MU_ORIGIN_HOST] = "of the process that opens it",
		[MU_ORIGIN_UNKNOWN] = "of unknown origin",
	};

	say(w, STYLE_PLAIN, "  %zu symbol%s ", g->n, g->n == 1 ? "" : "s");
	if (g->shadowed)
		say(w, STYLE_PLAIN, "that musl does not see where they are defined");
	else if (g->family)
		say(w, STYLE_PLAIN, "of glibc: %s", g->family->title);
	else
		say(w, STYLE_PLAIN, "%s", origins[g->origin]);
	if (g->rule == MU_RULE_MU018)
		say(w, STYLE_PLAIN, ", missed only when called");
	say(w, STYLE_PLAIN, "\n");
}

/* One in the loader's words, which are what people search for; of the others the names.
 */
static void group_lines(const struct mu_writer *w, const struct mu_report *r,
	const struct groups *gs, size_t group)
{
	const struct group *g = &gs->v[group];
	bool all = w->opts.verbosity > 0;
	size_t shown = 0;

	for (size_t i = g->first; i < r->nfindings; i++) {
		const struct mu_finding *f = &r->findings[i];
		if (!is_symbol_rule(f->rule) || gs->of[i] != group)
			continue;
		if (all || i == g->first) {
			say(w, STYLE_PLAIN, "    ");
			put(w, STYLE_PLAIN, f->message);
			say(w, STYLE_PLAIN, "\n");
		} else if (shown++ < SHOWN_NAMES) {
			say(w, STYLE_PLAIN, shown > 1 ? ", " : "    and ");
			put(w, STYLE_PLAIN, f->symbol);
		}
	}
	if (shown)
		say(w, STYLE_DIM, shown > SHOWN_NAMES ? ", … (-v shows all)\n" : "\n");
	if (g->family)
		say(w, STYLE_DIM, "    → %s\n", g->family->advice);
}

static int symbol_groups(const struct mu_writer *w, const struct mu_report *r)
{
	struct groups gs = {0};
	int e = make_groups(r, &gs);

	for (size_t i = 0; !e && i < gs.n; i++) {
		group_title(w, &gs.v[i]);
		group_lines(w, r, &gs, i);
	}
	free(gs.v);
	free(gs.of);
	return e;
}

static int reasons(const struct mu_writer *w, const struct mu_report *r)
{
	size_t libraries = 0;
	int e;

	for (size_t i = 0; i < r->nfindings; i++) {
		const struct mu_finding *f = &r->findings[i];
		if (is_symbol_rule(f->rule) || f->severity == MU_SEVERITY_NOTE)
			continue;
		/* what a layer brings is in the matrix already */
		if (f->rule == MU_RULE_MU001 && f->severity == MU_SEVERITY_WARNING &&
			many_targets(w) && w->opts.verbosity <= 0)
			continue;
		if (f->rule == MU_RULE_MU002 && ++libraries > SHOWN_LIBRARIES &&
			w->opts.verbosity <= 0)
			continue;
		plain_finding(w, r, f);
	}
	if (libraries > SHOWN_LIBRARIES && w->opts.verbosity <= 0)
		say(w, STYLE_DIM, "  … and %zu more libraries (-v shows all)\n",
			libraries - SHOWN_LIBRARIES);
	e = symbol_groups(w, r);
	for (size_t i = 0; i < r->nfindings; i++)
		if (r->findings[i].severity == MU_SEVERITY_NOTE)
			plain_finding(w, r, &r->findings[i]);
	return e;
}

/* ---- what to do -------------------------------------------------------------------- */

static void fix_head(const struct mu_writer *w, const struct mu_fix *f, const char *what)
{
	say(w, STYLE_GOOD, "  %s", what);
	say(w, STYLE_PLAIN, " (%s%s)", mu_proof_name(f->proof),
		mu_fix_is_part(f) ? ", in part" : "");
	if (many_targets(w) && f->target)
		say(w, STYLE_PLAIN, " for %s", f->target);
	say(w, STYLE_PLAIN, ": ");
}

/* The best one in full. */
static void way_out(const struct mu_writer *w, const struct mu_fix *f)
{
	bool summed = !f->ncommands || mu_fix_is_part(f) || !f->after;

	fix_head(w, f, "fix");
	if (summed) {
		put(w, STYLE_PLAIN, f->summary);
		say(w, STYLE_PLAIN, "\n");
	}
	for (size_t k = 0; k < f->ncommands; k++) {
		say(w, STYLE_PLAIN, k || summed ? "       " : "");
		put(w, STYLE_BOLD, f->commands[k]);
		say(w, STYLE_PLAIN, "\n");
	}
	for (size_t k = 0; k < f->ncaveats && w->opts.verbosity > 0; k++) {
		say(w, STYLE_DIM, "       ");
		put(w, STYLE_DIM, f->caveats[k]);
		say(w, STYLE_PLAIN, "\n");
	}
}

/* Another in a line; all of it where everything is asked for. */
static void other_way(const struct mu_writer *w, const struct mu_fix *f)
{
	if (w->opts.verbosity > 0) {
		way_out(w, f);
		return;
	}
	fix_head(w, f, "or ");
	put(w, STYLE_PLAIN, f->summary);
	say(w, STYLE_PLAIN, "\n");
}

/* Whether a fix is the first for its target. */
static bool is_best(const struct mu_report *r, size_t i)
{
	const char *target = r->fixes[i].target;

	for (size_t k = 0; k < i; k++) {
		const char *before = r->fixes[k].target;
		if (!before || !target || !strcmp(before, target))
			return false;
	}
	return true;
}

/* --verify: that it was asked, and what it said. */
static void verified(const struct mu_writer *w, const struct mu_report *r)
{
	size_t agree = 0;

	for (size_t i = 0; i < r->nresults; i++)
		agree += r->results[i].verified &&
			 !strcmp(r->results[i].verified, "agrees");
	if (agree)
		say(w, STYLE_GOOD, "  verified: the real loader says the same");
	if (agree)
		say(w, STYLE_PLAIN, "\n");
}

static void all_ways(const struct mu_writer *w, const struct mu_report *r)
{
	size_t others = 0;

	for (size_t i = 0; i < r->nfixes; i++) {
		if (!strcmp(r->fixes[i].id, "nothing"))
			continue; /* the verdict says so */
		if (r->fixes[i].also && w->opts.verbosity <= 0)
			continue; /* the findings say so */
		if (is_best(r, i))
			way_out(w, &r->fixes[i]);
		else if (++others <= SHOWN_OTHERS || w->opts.verbosity > 0)
			other_way(w, &r->fixes[i]);
	}
	if (others > SHOWN_OTHERS && w->opts.verbosity <= 0)
		say(w, STYLE_DIM, "  … and %zu more ways (-v shows all)\n",
			others - SHOWN_OTHERS);
}

static void ways_out(const struct mu_writer *w, const struct mu_report *r)
{
	all_ways(w, r);
	if (!r->oldest_release)
		return;
	say(w, STYLE_DIM, "  oldest release it %s on: alpine:%s%s%s",
		r->object->kind == MU_KIND_SHARED_LIBRARY ? "loads" : "runs",
		r->oldest_release->name, r->oldest_layer == MU_LAYER_NONE ? "" : " with ",
		r->oldest_layer == MU_LAYER_NONE ? "" : mu_layer_name(r->oldest_layer));
	say(w, STYLE_PLAIN, "\n");
}

static void details(const struct mu_writer *w, const struct mu_report *r)
{
	const struct mu_object *o = r->object;

	say(w, STYLE_DIM, "  %s, %s", mu_kind_name(o->kind),
		o->machine ? o->machine->name : "unknown machine");
	say(w, STYLE_DIM, ", libc: %s", mu_libc_name(o->libc));
	if (o->glibc_required) {
		say(w, STYLE_DIM, ", needs GLIBC_");
		put(w, STYLE_DIM, o->glibc_required);
	}
	if (o->compiler) {
		say(w, STYLE_DIM, ", ");
		put(w, STYLE_DIM, o->compiler);
	}
	say(w, STYLE_PLAIN, "\n");
}

/* ---- the format ---------------------------------------------------------------------
 */

static int begin_text(struct mu_writer *w)
{
	(void)w;
	return 0;
}

static int add_text(struct mu_writer *w, const struct mu_report *r)
{
	int e;

	/* what is no valid input has its line on stderr */
	if (mu_report_invalid(r))
		return 0;
	if (w->opts.verbosity < 0 && !r->nfindings)
		return 0;
	verdict_line(w, r);
	if (w->opts.verbosity < 0)
		return 0;
	if (w->opts.verbosity > 0)
		details(w, r);
	if (many_targets(w) && r->nresults &&
		r->results[0].status != MU_STATUS_NOT_APPLICABLE)
		matrix(w, r);
	e = reasons(w, r);
	verified(w, r);
	ways_out(w, r);
	return e;
}

static int end_text(struct mu_writer *w, const struct mu_summary *s)
{
	const char *before = "";

	if (s->objects < 2 || w->opts.verbosity < 0)
		return 0;
	say(w, STYLE_BOLD, "%zu files: ", s->objects);
	for (int i = 0; i < MU_VERDICT_COUNT; i++) {
		if (!s->verdicts[i])
			continue;
		say(w, style_of((enum mu_verdict)i), "%s%zu %s", before, s->verdicts[i],
			mu_verdict_name((enum mu_verdict)i));
		before = ", ";
	}
	if (s->unreadable)
		say(w, STYLE_BAD, "%s%zu unreadable", before, s->unreadable);
	say(w, STYLE_PLAIN, "\n");
	return 0;
}

const struct format format_text = {
	.name = "text",
	.begin = begin_text,
	.add = add_text,
	.end = end_text,
};
