/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "scan.h"
#include "writer.h"

#define SHOWN_PROBLEMS 20
#define SHOWN_FINDINGS 3 /* of one rule */
#define SHOWN_NAMES 12
#define COLUMNS 78

static bool verbose(const struct mu_writer *w)
{
	return w->opts.verbosity > 0;
}

static bool quiet(const struct mu_writer *w)
{
	return w->opts.verbosity < 0;
}

static void heading(const struct mu_writer *w, const char *title)
{
	fputc('\n', w->out);
	say(w, STYLE_BOLD, "%s", title);
	fputc('\n', w->out);
}

static void say_size(const struct mu_writer *w, uint64_t bytes)
{
	if (bytes < 10 << 20)
		say(w, STYLE_PLAIN, "%.1f MiB", (double)bytes / (1 << 20));
	else
		say(w, STYLE_PLAIN, "%llu MiB", (unsigned long long)(bytes >> 20));
}

static const char *s_of(size_t n)
{
	return n == 1 ? "" : "s";
}

/* ---- the first lines -----------------------------------------------------------------
 */

static enum style outcome_style(enum plan_outcome o)
{
	return o == PLAN_STAYS       ? STYLE_BAD
	       : o == PLAN_WITH_WORK ? STYLE_WARN
	       : o == PLAN_NOTHING   ? STYLE_DIM
				     : STYLE_GOOD;
}

static void put_source(const struct mu_writer *w, const struct mu_scan *s)
{
	const struct mu_image *image = mu_tree_image(s->tree);
	const struct mu_distribution *d = mu_owners_distribution(s->owners);

	put(w, STYLE_BOLD, image && image->name ? image->name : s->opts.source);
	say(w, STYLE_DIM, " (%s", mu_source_kind_name(mu_tree_kind(s->tree)));
	if (d->name) {
		say(w, STYLE_DIM, ", ");
		put(w, STYLE_DIM, d->name);
	}
	if (s->machine)
		say(w, STYLE_DIM, ", %s", s->machine->name);
	say(w, STYLE_DIM, ")");
	say(w, STYLE_PLAIN, " → %s\n", s->target->name);
}

/* ---- what is yours --------------------------------------------------------------------
 */

static bool is_problem(const struct mu_report *r)
{
	return !r->object || r->verdict == MU_VERDICT_FIXABLE ||
	       r->verdict == MU_VERDICT_INCOMPATIBLE;
}

/* The findings that say why: errors, at most a few. */
static void put_reasons(const struct mu_writer *w, const struct mu_report *r)
{
	size_t most = verbose(w) ? SIZE_MAX : 3, n = 0, all = 0;

	for (size_t i = 0; i < r->nfindings; i++) {
		const struct mu_finding *f = &r->findings[i];
		if (f->severity != MU_SEVERITY_ERROR && !verbose(w))
			continue;
		all++;
		if (n == most)
			continue;
		n++;
		fputs("      ", w->out);
		put(w, f->severity == MU_SEVERITY_ERROR ? STYLE_PLAIN : STYLE_DIM,
			f->message);
		fputc('\n', w->out);
	}
	if (all > n)
		fprintf(w->out, "      and %zu more (-v shows all)\n", all - n);
}

static void put_fix(const struct mu_writer *w, const struct mu_report *r)
{
	const struct mu_fix *f = mu_report_best_fix(r);

	if (!f || quiet(w))
		return;
	fputs("      ", w->out);
	say(w, STYLE_GOOD, "fix (%s): ", mu_proof_name(f->proof));
	put(w, STYLE_PLAIN, f->summary);
	fputc('\n', w->out);
}

static void put_object(const struct mu_writer *w, const struct scan_object *o)
{
	const struct mu_report *r = o->report;

	fputs("  ", w->out);
	put(w, style_of(r->verdict), o->entry->path);
	if (o->owner) {
		say(w, STYLE_DIM, " (%s ", o->owner->manager);
		put(w, STYLE_DIM, o->owner->package);
		say(w, STYLE_DIM, ")");
	}
	say(w, style_of(r->verdict), ": %s",
		r->object ? mu_verdict_name(r->verdict) : "unreadable");
	if (r->unreadable) {
		fputs(": ", w->out);
		put(w, STYLE_PLAIN, r->unreadable);
	}
	fputc('\n', w->out);
	if (!is_problem(r) && !verbose(w))
		return;
	put_reasons(w, r);
	put_fix(w, r);
}

static void put_count(const struct mu_writer *w, const char *what, size_t n,
	const char *before, bool *first)
{
	if (!n)
		return;
	fprintf(w->out, "%s%zu %s", *first ? before : ", ", n, what);
	*first = false;
}

static void put_part(const struct mu_writer *w, const struct mu_scan *s,
	enum mu_owner_kind kind, const struct plan_count *c, const char *title)
{
	size_t shown = 0, problems = 0;
	bool first = true;

	if (!c->files && !c->scripts)
		return;
	heading(w, title);
	fprintf(w->out, "  %zu ELF file%s, %zu script%s", c->files, s_of(c->files),
		c->scripts, s_of(c->scripts));
	put_count(w, "native", c->native, ": ", &first);
	put_count(w, "compatible", c->compatible, ": ", &first);
	put_count(w, "fixable", c->fixable, ": ", &first);
	put_count(w, "incompatible", c->incompatible, ": ", &first);
	put_count(w, "not to be told", c->unknown, ": ", &first);
	fputc('\n', w->out);
	for (size_t i = 0; i < s->objects.n; i++) {
		const struct scan_object *o = &s->objects.v[i];
		if (o->kind != kind || (!is_problem(o->report) && !verbose(w)))
			continue;
		problems++;
		if (verbose(w) || shown < SHOWN_PROBLEMS) {
			put_object(w, o);
			shown++;
		}
	}
	if (problems > shown)
		fprintf(w->out, "  and %zu more (-v shows all)\n", problems - shown);
}

/* ---- what to install, what to look at
 * --------------------------------------------------- */

static void put_install(const struct mu_writer *w, const struct mu_plan *p)
{
	size_t column = 4 + strlen("apk add --no-cache");

	if (!p->install.n)
		return;
	heading(w, "To install");
	fputs("    apk add --no-cache", w->out);
	for (size_t i = 0; i < p->install.n; i++) {
		const char *name = p->install.v[i].name;
		size_t n = strlen(name) + 1;
		if (column + n > COLUMNS - 2) {
			fputs(" \\\n       ", w->out);
			column = 7;
		}
		fputc(' ', w->out);
		put(w, STYLE_PLAIN, name);
		column += n;
	}
	fputc('\n', w->out);
	for (size_t i = 0; i < p->install.n; i++) {
		const struct plan_package *x = &p->install.v[i];
		if (!verbose(w) && x->certainty >= MU_CERTAINTY_LIKELY)
			continue;
		fputs("    ", w->out);
		put(w, STYLE_PLAIN, x->name);
		if (x->certainty < MU_CERTAINTY_SURE)
			say(w, STYLE_WARN, " (%s)", mu_certainty_name(x->certainty));
		for (size_t k = 0; k < x->nreasons && (verbose(w) || !k); k++) {
			fputs(k ? "; " : ": ", w->out);
			put(w, STYLE_DIM, x->reasons[k]);
		}
		fputc('\n', w->out);
	}
}

static enum style severity_style(enum mu_severity s)
{
	return s == MU_SEVERITY_ERROR     ? STYLE_BAD
	       : s == MU_SEVERITY_WARNING ? STYLE_WARN
					  : STYLE_DIM;
}

static void put_place(const struct mu_writer *w, const struct mu_config_finding *f)
{
	put(w, STYLE_PLAIN, f->path ? f->path : "the image's configuration");
	if (f->line)
		fprintf(w->out, ":%u", f->line);
	if (f->evidence) {
		fputs(": ", w->out);
		put(w, STYLE_DIM, f->evidence);
	}
	fputc('\n', w->out);
}

static void put_rule(const struct mu_writer *w, const struct mu_config *c,
	enum mu_rule_id rule, bool notes)
{
	const char *said = NULL;
	size_t most = verbose(w) ? SIZE_MAX : SHOWN_FINDINGS, n = 0;

	for (size_t i = 0; i < c->findings.n; i++) {
		const struct mu_config_finding *f = &c->findings.v[i];
		if (f->rule != rule || (f->severity == MU_SEVERITY_NOTE) != notes)
			continue;
		if (n++ >= most)
			continue;
		if (!said || strcmp(said, f->message)) {
			fputs("  ", w->out);
			say(w, severity_style(f->severity),
				"%s: ", mu_severity_name(f->severity));
			put(w, STYLE_PLAIN, f->message);
			say(w, STYLE_DIM, " [%s]\n", mu_rule_at(rule)->name);
			if (f->remedy && !quiet(w)) {
				fputs("      → ", w->out);
				put(w, STYLE_PLAIN, f->remedy);
				fputc('\n', w->out);
			}
		}
		said = f->message;
		fputs("      ", w->out);
		put_place(w, f);
	}
	if (n > most)
		fprintf(w->out, "      and %zu more (-v shows all)\n", n - most);
}

static void put_config(const struct mu_writer *w, const struct mu_config *c)
{
	bool any = false, notes = false;

	for (size_t i = 0; i < c->findings.n; i++) {
		notes |= c->findings.v[i].severity == MU_SEVERITY_NOTE;
		any |= c->findings.v[i].severity != MU_SEVERITY_NOTE;
	}
	if (!any && (!notes || quiet(w)))
		return;
	heading(w, "Configuration and scripts that Alpine treats otherwise");
	for (size_t r = 0; mu_rule_at(r); r++)
		put_rule(w, c, (enum mu_rule_id)r, false);
	for (size_t r = 0; mu_rule_at(r) && !quiet(w); r++)
		put_rule(w, c, (enum mu_rule_id)r, true);
}

/* ---- the distribution, sizes, what next
 * ---------------------------------------------------- */

static void put_distribution(const struct mu_writer *w, const struct mu_scan *s)
{
	size_t all = 0, chosen = 0, manual = 0, shown = 0;

	for (size_t i = 0; i < s->packages.n; i++) {
		const struct scan_package *p = &s->packages.v[i];
		if (p->owner->kind != MU_OWNER_DISTRO)
			continue;
		all++;
		chosen += p->owner->chosen;
		manual +=
			p->owner->chosen && (!p->known || p->map.action == MU_DEB_MANUAL);
	}
	if (!all)
		return;
	heading(w, "From the distribution: replaced, not moved");
	fprintf(w->out,
		"  %zu packages, %zu of them chosen by name; %zu ELF files, "
		"%zu scripts\n",
		all, chosen, s->plan.distro.files, s->plan.distro.scripts);
	if (!manual)
		return;
	fprintf(w->out, "  %zu without a counterpart that is known:", manual);
	for (size_t i = 0; i < s->packages.n; i++) {
		const struct scan_package *p = &s->packages.v[i];
		if (p->owner->kind != MU_OWNER_DISTRO || !p->owner->chosen ||
			(p->known && p->map.action != MU_DEB_MANUAL))
			continue;
		if (verbose(w) || shown < SHOWN_NAMES) {
			fputc(' ', w->out);
			put(w, STYLE_WARN, p->owner->package);
		}
		shown++;
	}
	fputs(!verbose(w) && shown > SHOWN_NAMES ? " …\n" : "\n", w->out);
}

static void put_steps(const struct mu_writer *w, const struct mu_plan *p)
{
	heading(w, "In this order");
	for (size_t i = 0; i < p->steps.n; i++) {
		const struct plan_step *x = &p->steps.v[i];
		size_t most = verbose(w) ? SIZE_MAX : 3;
		fprintf(w->out, "  %zu. ", i + 1);
		put(w, STYLE_PLAIN, x->title);
		say(w, STYLE_WARN, "%s", x->manual ? " (by hand)" : "");
		fputc('\n', w->out);
		for (size_t k = 0; k < x->ndetails && k < most; k++) {
			fputs("     ", w->out);
			put(w, STYLE_DIM, x->details[k]);
			fputc('\n', w->out);
		}
		if (x->ndetails > most)
			fprintf(w->out, "     and %zu more (-v shows all)\n",
				x->ndetails - most);
	}
}

static void put_base(const struct mu_writer *w, const struct mu_scan *s)
{
	const struct mu_plan *p = &s->plan;

	heading(w, "Base and size");
	fputs("  ", w->out);
	put(w, STYLE_BOLD, p->base);
	if (p->base_why) {
		fputs(": ", w->out);
		put(w, STYLE_PLAIN, p->base_why);
	}
	fputc('\n', w->out);
	for (size_t i = 0; i < p->nbase_others && verbose(w); i++) {
		fputs("  or ", w->out);
		put(w, STYLE_PLAIN, p->base_others[i]);
		fputc('\n', w->out);
	}
	fputs("  ", w->out);
	say_size(w, p->size_now);
	fputs(" now, about ", w->out);
	say_size(w, p->size_then);
	fprintf(w->out, " then%s\n",
		p->size_partial ? " (what the packages bring along is not in it)" : "");
}

int scan_write_text(const struct mu_scan *s, const struct mu_write_options *opts, FILE *f)
{
	const struct mu_writer w = {.out = f, .opts = *opts, .check = s->check};
	const struct mu_plan *p = &s->plan;

	put_source(&w, s);
	put(&w, outcome_style(p->outcome), p->headline);
	fputc('\n', f);
	put_part(&w, s, MU_OWNER_APP, &p->app, "Yours");
	put_part(&w, s, MU_OWNER_LANGUAGE, &p->language,
		"Of language packages: to be installed anew");
	if (!quiet(&w))
		put_install(&w, p);
	put_config(&w, &s->config);
	if (!quiet(&w)) {
		put_distribution(&w, s);
		put_base(&w, s);
		put_steps(&w, p);
		fputs("\nThe Dockerfile: muslin scan --emit-dockerfile ", f);
		put(&w, STYLE_PLAIN, s->opts.source);
		fputc('\n', f);
	}
	return 0;
}
