/* SPDX-License-Identifier: MIT */
#include "explain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *mu_cause_name(enum mu_cause cause)
{
	static const char *const names[MU_CAUSE_COUNT] = {
		[MU_CAUSE_INTERPRETER] = "missing-interpreter",
		[MU_CAUSE_LIBRARY] = "missing-library",
		[MU_CAUSE_SYMBOL] = "missing-symbol",
		[MU_CAUSE_RELOCATION] = "relocation",
		[MU_CAUSE_TLS] = "tls",
		[MU_CAUSE_EXEC_FORMAT] = "exec-format",
		[MU_CAUSE_SCRIPT] = "script",
		[MU_CAUSE_DNS] = "dns",
		[MU_CAUSE_LOCALE] = "locale",
		[MU_CAUSE_NSS] = "nss",
		[MU_CAUSE_STACK] = "stack",
		[MU_CAUSE_TIMEZONE] = "timezone",
		[MU_CAUSE_CERTIFICATES] = "certificates",
		[MU_CAUSE_PACKAGE] = "package",
		[MU_CAUSE_OTHER] = "other",
	};

	return (unsigned)cause < MU_CAUSE_COUNT ? names[cause] : "other";
}

/* ---- the target: asked for, told by the text, or the newest release -------------------
 */

static int set_target(struct mu_explanation *x, const char *name)
{
	int v;

	snprintf(x->target, sizeof x->target, "%s", name);
	if (!strncmp(name, "alpine:", 7)) {
		x->release = mu_release_find(name + 7);
		if (!x->release)
			return -MU_E_UNKNOWN_TARGET;
		snprintf(x->target, sizeof x->target, "alpine:%s", x->release->name);
		x->variant = x->release->variant;
		return 0;
	}
	v = mu_variant_find(name);
	if (v < 0)
		return -MU_E_UNKNOWN_TARGET;
	x->release = NULL;
	x->variant = v;
	return 0;
}

static int choose_target(struct mu_explanation *x, struct mu_error *err)
{
	const struct mu_check_options *o = &x->opts->check;
	const struct mu_release *r =
		x->context.release ? x->context.release : mu_release_newest();

	x->target_from = o->ntargets ? "option" : x->context.release ? "text" : "default";
	if (o->ntargets) {
		if (set_target(x, o->targets[0]))
			return mu_error_set(err, -MU_E_UNKNOWN_TARGET, NULL,
				"unknown target '%s'; `muslin db list` shows those there "
				"are",
				o->targets[0]);
		return 0;
	}
	x->release = r;
	x->variant = r->variant;
	snprintf(x->target, sizeof x->target, "alpine:%s", r->name);
	return 0;
}

static int choose_machine(struct mu_explanation *x, struct mu_error *err)
{
	const char *arch = x->opts->check.arch;

	x->machine = arch ? mu_machine_by_name(arch) : x->context.machine;
	if (arch && !x->machine)
		return mu_error_set(err, -MU_E_UNKNOWN_MACHINE, NULL,
			"unknown machine '%s'; `muslin db list` shows those there are",
			arch);
	if (!x->machine)
		x->machine = mu_machine_at(MU_MACHINE_X86_64);
	return 0;
}

/* ---- from drafts to diagnoses
 * ------------------------------------------------------------ */

static int finish_one(struct mu_explanation *x, struct draft *d, struct mu_diagnosis *g)
{
	struct mu_arena *a = &x->arena;
	const char **others = mu_arena_array(a, d->others.n + 1, sizeof *others);
	struct mu_evidence *lines = mu_arena_array(a, d->nevidence + 1, sizeof *lines);
	struct mu_fix *fixes = NULL;
	int e;

	if (!others || !lines)
		return -ENOMEM;
	if (d->others.n)
		memcpy(others, d->others.v, d->others.n * sizeof *others);
	memcpy(lines, d->evidence, d->nevidence * sizeof *lines);
	*g = (struct mu_diagnosis){
		.cause = (enum mu_cause)(
			d->text->cause >= 0 ? d->text->cause : d->pattern->cause),
		.subject = d->place[PLACE_SUBJECT] ? d->place[PLACE_SUBJECT]
						   : d->place[PLACE_OBJECT],
		.object = d->place[PLACE_OBJECT],
		.title = fill(x, d, d->text->title, false),
		.explanation = fill(x, d, d->text->explanation, false),
		.certainty = d->certainty,
		.id = d->pattern->id,
		.evidence = lines,
		.nevidence = d->nevidence,
		.nlines = d->nlines,
		.others = others,
		.nothers = d->others.n,
	};
	if (!g->title || !g->explanation)
		return -ENOMEM;
	e = make_fixes(x, d, &fixes, &g->nfixes);
	g->fixes = fixes;
	if (!e)
		e = make_questions(x, d, g);
	return e ? e : prove(x, d, g);
}

static int rank_of(const struct mu_diagnosis *d)
{
	int proven = !d->proven                           ? 1
		     : !strcmp(d->proven, "confirmed")    ? 0
		     : !strcmp(d->proven, "contradicted") ? 2
							  : 1;
	int certain = !strcmp(d->certainty, "certain")  ? 0
		      : !strcmp(d->certainty, "likely") ? 1
							: 2;

	return proven * 3 + certain;
}

static int by_rank(const void *va, const void *vb)
{
	const struct mu_diagnosis *a = va, *b = vb;
	int ra = rank_of(a), rb = rank_of(b);
	size_t la = a->nevidence ? a->evidence[0].line : 0;
	size_t lb = b->nevidence ? b->evidence[0].line : 0;

	if (ra != rb)
		return ra < rb ? -1 : 1;
	return la < lb ? -1 : la > lb;
}

static int finish(struct mu_explanation *x)
{
	int e = 0;

	x->diagnoses = mu_arena_array(&x->arena, x->ndrafts + 1, sizeof *x->diagnoses);
	if (!x->diagnoses)
		return -ENOMEM;
	for (size_t i = 0; i < x->ndrafts && !e; i++) {
		if (x->drafts[i].folded)
			continue;
		e = finish_one(x, &x->drafts[i], &x->diagnoses[x->ndiagnoses]);
		x->ndiagnoses += !e;
	}
	if (!e)
		qsort(x->diagnoses, x->ndiagnoses, sizeof *x->diagnoses, by_rank);
	return e;
}

/* ---- the whole
 * --------------------------------------------------------------------------- */

static int explain(
	struct mu_explanation *x, const char *text, size_t n, struct mu_error *err)
{
	int e;

	x->finds = calloc(MAX_FINDS, sizeof *x->finds);
	x->drafts = calloc(MAX_DRAFTS, sizeof *x->drafts);
	if (!x->finds || !x->drafts)
		return -ENOMEM;
	e = read_text(x, text, n);
	if (!e)
		e = choose_target(x, err);
	if (!e)
		e = choose_machine(x, err);
	if (!e && !x->nfinds)
		e = read_word(x, text, n);
	if (!e && x->opts->file)
		e = prove_open(x, err);
	if (!e)
		e = group_finds(x);
	if (!e)
		e = finish(x);
	return e;
}

int mu_explain(const char *text, size_t n, const struct mu_explain_options *opts,
	struct mu_explanation **ret, struct mu_error *err)
{
	struct mu_explanation *x = calloc(1, sizeof *x);
	int e;

	if (!x)
		return mu_error_set(err, -ENOMEM, NULL, NULL);
	x->opts = opts;
	e = explain(x, text, n, err);
	if (e) {
		mu_explanation_free(x);
		return mu_error_set(err, e, NULL, NULL);
	}
	*ret = x;
	return 0;
}

void mu_explanation_free(struct mu_explanation *x)
{
	if (!x)
		return;
	for (size_t i = 0; i < x->ndrafts; i++)
		free(x->drafts[i].others.v);
	free(x->drafts);
	free(x->finds);
	mu_report_free(x->report);
	mu_check_close(x->check);
	mu_arena_free(&x->arena);
	free(x);
}

const struct mu_diagnosis *mu_diagnosis_at(const struct mu_explanation *x, size_t i)
{
	return i < x->ndiagnoses ? &x->diagnoses[i] : NULL;
}

const struct mu_report *mu_explanation_report(const struct mu_explanation *x)
{
	return x->report;
}

void mu_explanation_facts(
	const struct mu_explanation *x, struct mu_explanation_facts *ret)
{
	*ret = (struct mu_explanation_facts){
		.target = x->target,
		.target_from = x->target_from,
		.libc_version = mu_variant_at(x->variant)->version,
		.arch = x->machine->name,
		.lines = x->nlines,
		.cut = x->cut,
	};
}
