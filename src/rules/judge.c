/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "run.h"

static const enum mu_layer all_layers[] = {
	MU_LAYER_NONE, MU_LAYER_LIBC6_COMPAT, MU_LAYER_GCOMPAT};
#define N_LAYERS (sizeof all_layers / sizeof *all_layers)

/* ---- which layers are tried -------------------------------------------------- */

/* A layer brings glibc's names: nothing for what was built for musl. */
static bool worth_trying(
	const struct job *job, const struct target *t, enum mu_layer layer)
{
	unsigned asked = job->run->opts.layers;

	if (asked)
		return asked >> layer & 1;
	if (layer == MU_LAYER_NONE)
		return true;
	return needs_loader(job->o) && job->o->libc != MU_LIBC_MUSL &&
	       layer_exists(t, job->machine, layer);
}

/* @assumed: it works, or does once the packages are there that bring its libraries */
static int run_layer(struct job *job, const struct target *t, size_t index,
	enum mu_layer layer, bool *works, bool *assumed)
{
	unsigned modes =
		job->run->opts.modes ? job->run->opts.modes : 1u << MU_MODE_START;

	*works = *assumed = true;
	for (int mode = 0; mode < MU_MODE_COUNT; mode++) {
		struct mu_result r;
		int e;
		if (!(modes >> mode & 1))
			continue;
		e = cell_run(job, t, index, layer, (enum mu_mode)mode, &r);
		if (!e && job->run->opts.verify)
			e = verify_result(job, &r);
		if (e)
			return e;
		if (mu_vec_room(&job->results))
			return -ENOMEM;
		job->results.v[job->results.n++] = r;
		*works &= r.works;
		*assumed &= r.works || packages_bring(t, &r);
	}
	return 0;
}

/* ---- the verdict of one target ------------------------------------------------ */

bool can_be_brought(const struct mu_result *r)
{
	if (r->nbad_relocations || r->ntls_errors || r->relr_ignored)
		return false;
	for (size_t i = 0; i < r->nmissing_libraries; i++)
		if (r->missing_libraries[i].in_the_way)
			return false;
	for (size_t i = 0; i < r->nmissing_symbols; i++) {
		const struct mu_missing_symbol *m = &r->missing_symbols[i];
		if (m->origin != MU_ORIGIN_HOST &&
			(m->origin != MU_ORIGIN_LIBRARY || m->shadow))
			return false;
	}
	return true;
}

static enum mu_verdict verdict_of(
	const struct job *job, size_t first, enum mu_layer best, bool works)
{
	const struct mu_object *o = job->o;
	enum mu_verdict worst = MU_VERDICT_FIXABLE;

	if (o->kind == MU_KIND_STATIC_EXECUTABLE || o->kind == MU_KIND_STATIC_PIE)
		return MU_VERDICT_NATIVE;
	if (!needs_loader(o) || o->hollow)
		return MU_VERDICT_UNKNOWN;
	if (works)
		return best == MU_LAYER_NONE && o->libc != MU_LIBC_GLIBC
			       ? MU_VERDICT_NATIVE
			       : MU_VERDICT_COMPATIBLE;
	for (size_t i = first; i < job->results.n; i++)
		if (job->results.v[i].layer == best && !job->results.v[i].works &&
			!can_be_brought(&job->results.v[i]))
			worst = MU_VERDICT_INCOMPATIBLE;
	return worst;
}

/* Unknown is no better than any other answer, and no worse than a bad one. */
static enum mu_verdict worse(enum mu_verdict a, enum mu_verdict b)
{
	static const int rank[MU_VERDICT_COUNT] = {
		[MU_VERDICT_NATIVE] = 0,
		[MU_VERDICT_COMPATIBLE] = 1,
		[MU_VERDICT_UNKNOWN] = 2,
		[MU_VERDICT_FIXABLE] = 3,
		[MU_VERDICT_INCOMPATIBLE] = 4,
	};
	return rank[a] > rank[b] ? a : b;
}

void worst_verdict(struct job *job)
{
	for (size_t i = 0; i < job->run->ntargets; i++)
		job->report->verdict =
			worse(job->report->verdict, job->outcomes[i].verdict);
}

/* ---- one target, one file ------------------------------------------------------ */

static bool wrong_machine(const struct job *job, const struct target *t)
{
	const struct mu_machine *want = t->machine ? t->machine : job->run->arch;

	return want && want != job->o->machine;
}

static int judge_wrong_machine(struct job *job, const struct target *t, size_t index)
{
	const struct mu_machine *want = t->machine ? t->machine : job->run->arch;
	struct mu_result r = {
		.target = index,
		.interpreter_found = false,
		.status = MU_STATUS_NOT_APPLICABLE,
	};

	if (mu_vec_room(&job->results))
		return -ENOMEM;
	job->results.v[job->results.n++] = r;
	job->report->verdict = worse(job->report->verdict, MU_VERDICT_INCOMPATIBLE);
	return add_finding(job, MU_RULE_MU010, MU_SEVERITY_ERROR, t, NULL,
		"is for %s, the target %s is %s: exec format error",
		job->o->machine ? job->o->machine->name
				: "a machine that muslin does not know",
		t->pub.name, want->name);
}

/* Alpine is not built for it, or musl's loader does there what is not simulated (the
 * GOT of MIPS): refusing is better than guessing. */
static bool no_such_target(const struct job *job, const struct target *t)
{
	return (t->pub.release && !job->machine->alpine) ||
	       job->machine->id == MU_MACHINE_MIPS64EL;
}

static int judge_no_target(struct job *job, const struct target *t, size_t index)
{
	struct mu_result r = {.target = index, .status = MU_STATUS_NOT_APPLICABLE};

	if (mu_vec_room(&job->results))
		return -ENOMEM;
	job->results.v[job->results.n++] = r;
	job->report->verdict = worse(job->report->verdict, MU_VERDICT_UNKNOWN);
	return add_finding(job, MU_RULE_MU010, MU_SEVERITY_WARNING, t, NULL,
		"is for %s, of which %s cannot be judged", job->machine->name,
		t->pub.name);
}

/* A layer that was asked for, of which nothing is known there. A bare musl has no
 * packages: who names a layer for it means the newest. */
static bool unknown_layer(
	const struct job *job, const struct target *t, enum mu_layer layer)
{
	return t->pub.release && needs_loader(job->o) &&
	       !layer_exists(t, job->machine, layer_of(t, layer));
}

static int judge_unknown_layer(
	struct job *job, const struct target *t, size_t index, enum mu_layer layer)
{
	struct mu_result r = {
		.target = index, .layer = layer, .status = MU_STATUS_NOT_APPLICABLE};

	if (mu_vec_room(&job->results))
		return -ENOMEM;
	job->results.v[job->results.n++] = r;
	job->report->verdict = worse(job->report->verdict, MU_VERDICT_UNKNOWN);
	return add_finding(job, MU_RULE_MU021, MU_SEVERITY_WARNING, t, NULL,
		"%s of %s on %s is not known", mu_layer_name(layer), t->pub.name,
		job->machine->name);
}

static int findings_of(struct job *job, const struct target *t, size_t first,
	enum mu_layer best, bool works)
{
	int e = 0;

	for (size_t i = first; i < job->results.n && !e; i++) {
		const struct mu_result r = job->results.v[i];
		if (r.layer != best)
			continue;
		e = result_findings(job, t, &r, !works);
	}
	return e;
}

/* A module for a program that is known: on Alpine that program is musl's own, and no
 * layer's loader ever runs. */
static bool is_plugin(const struct job *job, size_t first)
{
	for (size_t i = first; i < job->results.n; i++)
		for (size_t k = 0; k < job->results.v[i].nmissing_symbols; k++)
			if (job->results.v[i].missing_symbols[k].host)
				return true;
	return false;
}

static int judge_target(struct job *job, const struct target *t, size_t index)
{
	size_t first = job->results.n;
	enum mu_layer best = MU_LAYER_NONE;
	bool works = false, assumed = false, tried = false;
	int e = 0;

	if (wrong_machine(job, t))
		return judge_wrong_machine(job, t, index);
	if (needs_loader(job->o) && no_such_target(job, t))
		return judge_no_target(job, t, index);
	for (size_t i = 0; i < N_LAYERS && !e; i++) {
		bool this_works, this_assumed;
		/* auto stops at the least that works; a list is tried to its end */
		if (!worth_trying(job, t, all_layers[i]) ||
			(!job->run->opts.layers &&
				(works || assumed || is_plugin(job, first))))
			continue;
		if (unknown_layer(job, t, all_layers[i])) {
			e = judge_unknown_layer(job, t, index, all_layers[i]);
			continue;
		}
		tried = true;
		e = run_layer(job, t, index, all_layers[i], &this_works, &this_assumed);
		if (!works && (this_works || !assumed))
			best = all_layers[i];
		works |= this_works;
		assumed |= this_assumed;
	}
	if (e || !tried)
		return e;
	job->outcomes[index] = (struct outcome){
		.first = first,
		.end = job->results.n,
		.best = best,
		.judged = needs_loader(job->o) && !job->o->hollow,
		.works = works,
		.verdict = verdict_of(job, first, best, works),
	};
	return findings_of(job, t, first, best, works);
}

/* ---- since when ------------------------------------------------------------------ */

static int works_on(struct job *job, const struct mu_release *r, enum mu_layer *ret)
{
	struct target t;
	int works = 0;

	release_target(r, &t);
	for (size_t i = 0; i < N_LAYERS && !works; i++) {
		*ret = all_layers[i];
		if (worth_trying(job, &t, all_layers[i]))
			works = cell_works(job, &t, all_layers[i], MU_MODE_START);
	}
	return works;
}

static bool any_alpine(const struct mu_check *run)
{
	for (size_t i = 0; i < run->ntargets; i++)
		if (run->targets[i].pub.release && !run->target_root)
			return true;
	return false;
}

static int find_oldest(struct job *job)
{
	const struct mu_release *r;
	int works = 0;

	if (!any_alpine(job->run) || (job->run->arch && job->run->arch != job->machine) ||
		!needs_loader(job->o) || job->o->hollow || !job->machine->alpine)
		return 0;
	for (int i = 0; !works && (r = mu_release_at(i)); i++) {
		works = works_on(job, r, &job->report->oldest_layer);
		if (works > 0)
			job->report->oldest_release = r;
	}
	return works < 0 ? works : 0;
}

/* ---- all of a file ------------------------------------------------------------------
 */

/* A file that is no program for a machine: nothing to simulate, something to say. */
static int judge_other(struct job *job)
{
	const struct mu_object *o = job->o;
	struct mu_result r = {
		.status = MU_STATUS_NOT_APPLICABLE, .interpreter_found = true};

	job->report->verdict = MU_VERDICT_UNKNOWN;
	if (o->kind == MU_KIND_STATIC_EXECUTABLE || o->kind == MU_KIND_STATIC_PIE)
		job->report->verdict = MU_VERDICT_NATIVE;
	for (r.target = 0; r.target < job->run->ntargets; r.target++) {
		if (mu_vec_room(&job->results))
			return -ENOMEM;
		job->results.v[job->results.n++] = r;
	}
	return 0;
}

int judge_file(struct job *job)
{
	int e;

	job->machine = job->o->machine;
	job->report->verdict = MU_VERDICT_NATIVE;
	e = file_findings(job);
	if (e)
		return e;
	if (!job->o->bits || (!job->machine && !job->run->arch)) {
		e = judge_other(job);
	} else {
		for (size_t i = 0; i < job->run->ntargets && !e; i++)
			e = judge_target(job, &job->run->targets[i], i);
		if (!e && job->machine)
			e = find_oldest(job);
	}
	if (!e)
		e = assert_findings(job);
	if (!e)
		drop_ignored(job);
	return e;
}
