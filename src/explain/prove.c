/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "explain.h"

/*
 * The real file is checked as `muslin check` does. What the text says is then looked for
 * in what the simulated loader says with nothing brought: that is where a text is from.
 */

int prove_open(struct mu_explanation *x, struct mu_error *err)
{
	struct mu_check_options *o =
		mu_arena_alloc(&x->arena, sizeof(struct mu_check_options));
	const char **target = mu_arena_alloc(&x->arena, sizeof *target);
	int e;

	if (!o || !target)
		return -ENOMEM;
	*o = x->opts->check;
	if (!o->ntargets) {
		*target = x->target;
		o->targets = target;
		o->ntargets = 1;
	}
	e = mu_check_open(o, &x->check, err);
	if (!e)
		e = mu_check_files(x->check, &x->opts->file, 1, &x->report);
	if (!e && !x->report->object)
		e = mu_error_set(err, -ENOENT, x->opts->file, "%s",
			x->report->unreadable ? x->report->unreadable : "unreadable");
	return e;
}

enum answer { YES, NO, UNKNOWN };

/* What the loader says before any layer is brought. */
static const struct mu_result *bare(const struct mu_report *r)
{
	for (size_t i = 0; i < r->nresults; i++)
		if (r->results[i].layer == MU_LAYER_NONE)
			return &r->results[i];
	return r->nresults ? &r->results[0] : NULL;
}

static bool same_or_other(const struct draft *d, const char *name)
{
	if (d->place[PLACE_SUBJECT] && !strcmp(d->place[PLACE_SUBJECT], name))
		return true;
	for (size_t i = 0; i < d->others.n; i++)
		if (!strcmp(d->others.v[i], name))
			return true;
	return false;
}

static enum answer interpreter(
	struct mu_explanation *x, const struct draft *d, const char **why)
{
	const struct mu_report *r = x->report;
	const struct mu_result *b = bare(r);
	const struct mu_object *o = r->object;

	(void)d;
	if (o->kind == MU_KIND_SCRIPT) {
		*why = mu_arena_printf(&x->arena,
			"the file is a script, and begins with #!%s",
			o->interpreter ? o->interpreter : "");
		return UNKNOWN;
	}
	if (!o->interpreter) {
		*why = "the file names no interpreter";
		return NO;
	}
	if (!b)
		return UNKNOWN;
	*why = mu_arena_printf(&x->arena,
		"the file names the interpreter %s, which %s %s", o->interpreter,
		b->interpreter_found ? "is there on" : "is not on", x->target);
	return b->interpreter_found ? NO : YES;
}

static enum answer library(
	struct mu_explanation *x, const struct draft *d, const char **why)
{
	const struct mu_result *b = bare(x->report);
	const struct mu_object *o = x->report->object;

	if (!b)
		return UNKNOWN;
	for (size_t i = 0; i < b->nmissing_libraries; i++)
		if (same_or_other(d, b->missing_libraries[i].name)) {
			*why = mu_arena_printf(&x->arena,
				"%s needs %s, and %s has it not", x->report->path,
				b->missing_libraries[i].name, x->target);
			return YES;
		}
	for (size_t i = 0; i < o->nneeded; i++)
		if (same_or_other(d, o->needed[i])) {
			*why = mu_arena_printf(&x->arena,
				"the file needs %s, and the loader finds it here",
				o->needed[i]);
			return NO;
		}
	*why = mu_arena_printf(&x->arena, "the file does not need %s",
		d->place[PLACE_SUBJECT] ? d->place[PLACE_SUBJECT] : "it");
	return NO;
}

static enum answer symbol(
	struct mu_explanation *x, const struct draft *d, const char **why)
{
	const struct mu_result *b = bare(x->report);
	size_t n = 0;

	if (!b || b->status == MU_STATUS_NOT_APPLICABLE)
		return UNKNOWN;
	for (size_t i = 0; i < b->nmissing_symbols; i++)
		n += same_or_other(d, b->missing_symbols[i].symbol);
	for (size_t i = 0; i < b->ndeferred_symbols; i++)
		n += same_or_other(d, b->deferred_symbols[i].symbol);
	if (n) {
		*why = mu_arena_printf(&x->arena,
			"on %s %zu of the symbols named %s missing to the file, of %zu "
			"in "
			"all",
			x->target, n, n == 1 ? "is" : "are",
			b->nmissing_symbols + b->ndeferred_symbols);
		return YES;
	}
	*why = mu_arena_printf(
		&x->arena, "on %s none of the symbols named is missing to it", x->target);
	return NO;
}

static enum answer relocation(
	struct mu_explanation *x, const struct draft *d, const char **why)
{
	const struct mu_result *b = bare(x->report);

	(void)d;
	if (!b || b->status == MU_STATUS_NOT_APPLICABLE)
		return UNKNOWN;
	*why = mu_arena_printf(&x->arena,
		"the simulated loader meets %zu relocations that it does not know",
		b->nbad_relocations);
	return b->nbad_relocations ? YES : NO;
}

static enum answer tls(struct mu_explanation *x, const struct draft *d, const char **why)
{
	(void)d;
	*why = x->report->object->static_tls
		       ? "the file uses initial-exec thread-local storage"
		       : "the file does not use initial-exec thread-local storage";
	return x->report->object->static_tls ? YES : NO;
}

static enum answer exec_format(
	struct mu_explanation *x, const struct draft *d, const char **why)
{
	const struct mu_object *o = x->report->object;

	(void)d;
	if (o->kind == MU_KIND_SCRIPT || o->kind == MU_KIND_NOT_ELF) {
		*why = o->kind == MU_KIND_SCRIPT
			       ? "the file is a script with a first line"
			       : "the file is no ELF program";
		return o->kind == MU_KIND_SCRIPT ? NO : YES;
	}
	*why = mu_arena_printf(&x->arena, "the file is for %s",
		o->machine ? o->machine->name : "a machine that muslin does not know");
	/* only where something tells what it was started on */
	if (!x->opts->check.arch && !x->context.machine)
		return UNKNOWN;
	return o->machine == x->machine ? NO : YES;
}

static enum answer script(
	struct mu_explanation *x, const struct draft *d, const char **why)
{
	const struct mu_object *o = x->report->object;
	bool cr = o->interpreter && strchr(o->interpreter, '\r');

	(void)d;
	if (o->kind != MU_KIND_SCRIPT) {
		*why = "the file is no script";
		return NO;
	}
	*why = cr ? "its first line ends with a carriage return"
		  : mu_arena_printf(&x->arena, "it begins with #!%s",
			    o->interpreter ? o->interpreter : "");
	return cr ? YES : UNKNOWN;
}

/* A command that is said not to be installed, and the file is that command. */
static bool is_the_file(const struct mu_explanation *x, const struct mu_diagnosis *g)
{
	return g->cause == MU_CAUSE_PACKAGE && g->subject &&
	       !strcmp(mu_text_base(g->subject), mu_text_base(x->opts->file));
}

static const struct {
	enum mu_cause cause;
	enum answer (*ask)(
		struct mu_explanation *x, const struct draft *d, const char **why);
} questions[] = {
	{MU_CAUSE_INTERPRETER, interpreter},
	{MU_CAUSE_LIBRARY, library},
	{MU_CAUSE_SYMBOL, symbol},
	{MU_CAUSE_RELOCATION, relocation},
	{MU_CAUSE_TLS, tls},
	{MU_CAUSE_EXEC_FORMAT, exec_format},
	{MU_CAUSE_SCRIPT, script},
};

/* What the check has simulated needs no second word. */
static bool has_id(const struct mu_report *r, const char *id)
{
	for (size_t i = 0; i < r->nfixes; i++)
		if (!strcmp(r->fixes[i].id, id))
			return true;
	return false;
}

/* Fixes that the check found hold for the file itself: they come first. */
static int put_first(struct mu_explanation *x, struct mu_diagnosis *g)
{
	const struct mu_report *r = x->report;
	struct mu_fix *v;
	size_t n = 0;

	if (!r->nfixes)
		return 0;
	v = mu_arena_array(&x->arena, r->nfixes + g->nfixes, sizeof *v);
	if (!v)
		return -ENOMEM;
	memcpy(v, r->fixes, r->nfixes * sizeof *v);
	for (size_t i = 0; i < g->nfixes; i++)
		if (!has_id(r, g->fixes[i].id))
			v[r->nfixes + n++] = g->fixes[i];
	g->fixes = v;
	g->nfixes = r->nfixes + n;
	return 0;
}

int prove(struct mu_explanation *x, const struct draft *d, struct mu_diagnosis *g)
{
	static const char *const words[] = {
		[YES] = "confirmed", [NO] = "contradicted", [UNKNOWN] = "cannot be told"};
	enum answer a = UNKNOWN;

	if (!x->report)
		return 0;
	g->proof = "the file alone does not show it";
	for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
		if (questions[i].cause == g->cause)
			a = questions[i].ask(x, d, &g->proof);
	if (is_the_file(x, g)) {
		a = interpreter(x, d, &g->proof);
		g->cause = a == YES ? MU_CAUSE_INTERPRETER : g->cause;
	}
	if (!g->proof)
		return -ENOMEM;
	g->proven = words[a];
	if (a != YES)
		return 0;
	g->certainty = "certain";
	if (g->cause == MU_CAUSE_INTERPRETER)
		g->title = mu_arena_printf(&x->arena,
			"%s is there: its interpreter %s is what is missing",
			x->report->path, x->report->object->interpreter);
	return g->title ? put_first(x, g) : -ENOMEM;
}
