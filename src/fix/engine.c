/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "way.h"

#define P BIT(STEP_PACKAGES)
#define L BIT(STEP_LIBC6_COMPAT)
#define G BIT(STEP_GCOMPAT)
#define F BIT(STEP_PATH_FILE)
#define I BIT(STEP_INTERPRETER)
#define C BIT(STEP_COMPANION)
#define A BIT(STEP_ADD_GCOMPAT)
#define R BIT(STEP_RPATH)

/*
 * What is tried, from the least to the most invasive. Packages for missing libraries go
 * with each way, and glibc's loader goes out of DT_NEEDED with its interpreter where no
 * layer brings it. A way of which another that works is a part is not tried.
 */
static const unsigned of_program[] = {
	P,
	P | L,
	P | G,
	P | F,
	P | F | G,
	P | I,
	P | I | C,
	P | I | G | A,
	P | I | G | C | A,
	P | F | I,
	P | F | I | C,
	P | F | I | G | A,
	P | R,
	P | R | G,
	P | R | I,
	P | R | I | C,
	P | R | I | G | A,
};

/* What is opened or linked is started by another: gcompat's loader is of no use to it. */
static const unsigned of_module[] = {
	P,
	P | L,
	P | F,
	P | C,
	P | G | A,
	P | G | C | A,
	P | F | C,
	P | F | G | A,
	P | R,
	P | R | C,
	P | R | G | A,
};

/* … unless that program is one that starts through it: a library, by its name alone,
 * may be such a one's; a module of a known host is not. */
static const unsigned of_library = P | G;

static const char *const step_names[STEP_COUNT] = {
	[STEP_PACKAGES] = "packages",
	[STEP_LIBC6_COMPAT] = "libc6-compat",
	[STEP_GCOMPAT] = "gcompat",
	[STEP_PATH_FILE] = "loader-path",
	[STEP_INTERPRETER] = "set-interpreter",
	[STEP_REMOVE] = "remove-needed",
	[STEP_COMPANION] = "add-companion",
	[STEP_ADD_GCOMPAT] = "add-needed",
	[STEP_RPATH] = "set-rpath",
};

const char *step_name(enum step step)
{
	return step_names[step];
}

/* ---- what there is to try with ----------------------------------------------------- */

struct engine {
	struct problem *p;
	struct mu_arena scratch;
	struct way tools;    /* all that there is; .steps: what can be done at all */
	struct way done[16]; /* ways that clear everything */
	size_t ndone;
	struct way part; /* the one that leaves least, of those that do not */
	size_t part_left;
	struct way layer; /* gcompat's, where it does not clear everything */
	size_t layer_left;
};

static int find_companions(struct engine *e)
{
	const struct mu_result *r = &e->p->base;
	struct way *w = &e->tools;

	for (size_t i = 0; i < r->nmissing_symbols; i++) {
		struct mu_companion c;
		bool known = false;
		if (r->missing_symbols[i].origin == MU_ORIGIN_HOST ||
			mu_companion_of(
				r->missing_symbols[i].symbol, e->p->t->pub.release, &c) ||
			!c.soname || !c.package)
			continue;
		for (size_t k = 0; k < w->ncompanions; k++)
			known |= !strcmp(w->companions[k], c.soname);
		if (known || w->ncompanions == MAX_COMPANIONS)
			continue;
		w->companions[w->ncompanions] = c.soname;
		w->companion_packages[w->ncompanions++] = c.package;
	}
	return w->ncompanions ? BIT(STEP_COMPANION) : 0;
}

static bool has_gcompat(const struct problem *p)
{
	return !p->t->pub.release ||
	       layer_exists(p->t, p->job->machine, MU_LAYER_GCOMPAT);
}

/* A layer brings glibc's names: nothing for what was built for musl. */
static unsigned layers_for(const struct problem *p)
{
	if (p->job->o->libc == MU_LIBC_MUSL)
		return 0;
	return (layer_exists(p->t, p->job->machine, MU_LAYER_LIBC6_COMPAT) ? L : 0) |
	       (has_gcompat(p) ? G | A : 0);
}

static int find_tools(struct engine *e)
{
	const struct problem *p = e->p;
	const struct mu_object *o = p->job->o;
	int err;

	e->tools.steps = layers_for(p) | (unsigned)find_companions(e);
	for (size_t i = 0; i < p->base.nmissing_libraries; i++)
		if (packages_brought(&p->base.missing_libraries[i]))
			e->tools.steps |= P;
	/* of a name with a path in it no package and no folder helps */
	if (!p->module && o->interpreter &&
		strcmp(o->interpreter, p->job->machine->musl_interp) != 0)
		e->tools.steps |= I;
	err = find_folders(p, &e->scratch, &e->tools.folders, &e->tools.rpath);
	e->tools.steps |= (e->tools.folders ? F : 0) | (e->tools.rpath ? R : 0);
	return err;
}

/* ---- trying ---------------------------------------------------------------------------
 */

static bool needs_loader_by_name(const struct job *job)
{
	for (size_t i = 0; i < job->o->nneeded; i++)
		if (!strcmp(job->o->needed[i], mu_text_base(job->machine->glibc_interp)))
			return true;
	return false;
}

/* What can be done of it; 0 where the point of it is lacking. */
static unsigned possible(const struct engine *e, unsigned steps)
{
	unsigned can = steps & e->tools.steps;

	if ((can | P) != (steps | P))
		return 0;
	if (!(can & G) && (can & I || e->p->module) && needs_loader_by_name(e->p->job))
		can |= BIT(STEP_REMOVE);
	return can;
}

static bool known_already(const struct engine *e, unsigned steps)
{
	/* it has what that has; and what changes the file could drop a name as well */
	unsigned all = steps | (steps & G ? L : 0) |
		       (steps & (I | C | A | R) ? BIT(STEP_REMOVE) : 0);

	for (size_t i = 0; i < e->ndone; i++)
		if ((e->done[i].steps & all) == e->done[i].steps)
			return true;
	return false;
}

static int try_steps(struct engine *e, unsigned steps)
{
	struct way way = e->tools;
	struct mu_arena a = {0};
	struct mu_result r;
	size_t left;
	int err;

	way.steps = steps;
	err = try_way(e->p, &way, &a, &r, NULL);
	left = err ? 0 : count_left(&r);
	mu_arena_free(&a);
	if (err)
		return err;
	if (!left && e->ndone < sizeof e->done / sizeof *e->done) {
		e->done[e->ndone++] = way;
		return 0;
	}
	if (left < e->part_left) {
		e->part = way;
		e->part_left = left;
	}
	if (steps & G && left < e->layer_left && !(steps & (F | R))) {
		e->layer = way;
		e->layer_left = left;
	}
	return 0;
}

/* A module for a program that is known: on Alpine that program is musl's own. */
static bool is_hosted(const struct problem *p)
{
	for (size_t i = 0; i < p->base.nmissing_symbols; i++)
		if (p->base.missing_symbols[i].host)
			return true;
	return p->mode != MU_MODE_START || mu_db_host_of_path(p->job->report->path);
}

static int try_all(struct engine *e)
{
	const unsigned *list = e->p->module ? of_module : of_program;
	size_t n = e->p->module ? sizeof of_module / sizeof *of_module
				: sizeof of_program / sizeof *of_program;
	unsigned before[sizeof of_program / sizeof *of_program];
	size_t nbefore = 0;
	int err = 0;

	e->part_left = e->layer_left = e->p->left;
	for (size_t i = 0; i < n && !err; i++) {
		unsigned steps = possible(e, list[i]);
		bool twice = !steps || known_already(e, steps);
		for (size_t k = 0; k < nbefore; k++)
			twice |= before[k] == steps;
		if (twice)
			continue;
		before[nbefore++] = steps;
		err = try_steps(e, steps);
	}
	if (!err && e->p->module && !is_hosted(e->p) && possible(e, of_library) & G)
		err = try_steps(e, possible(e, of_library));
	return err;
}

/* ---- what is kept
 * ---------------------------------------------------------------------- */

/* Again, for a result that lasts as long as the report. */
static int keep(struct engine *e, const struct way *way)
{
	struct mu_arena *a = e->p->job->arena;
	struct way w = *way;
	struct mu_result after, raw;
	int err;

	w.folders = way->folders ? mu_arena_strdup(a, way->folders) : NULL;
	w.rpath = way->rpath ? mu_arena_strdup(a, way->rpath) : NULL;
	if ((way->folders && !w.folders) || (way->rpath && !w.rpath))
		return -ENOMEM;
	err = try_way(e->p, &w, a, &after, &raw);
	if (!err && count_left(&after) < count_left(&e->p->rest))
		e->p->rest = after;
	return err ? err : propose_way(e->p, &w, &after, &raw);
}

/* A bare musl has no packages: gcompat would have to be built there. */
static bool is_late(const struct engine *e, const struct way *way)
{
	return !e->p->t->pub.release && way->steps & G;
}

/* Returns how many, or -ENOMEM. */
static int keep_all(struct engine *e)
{
	int err = 0;

	for (size_t i = 0; i < 2 * e->ndone && !err; i++) {
		const struct way *way = &e->done[i % e->ndone];
		if (is_late(e, way) == (i >= e->ndone))
			err = keep(e, way);
	}
	if (err || e->ndone)
		return err ? err : (int)e->ndone;
	if (e->part_left == e->p->left)
		return 0;
	err = keep(e, &e->part);
	if (!err && e->layer_left < e->p->left && e->layer.steps != e->part.steps)
		err = keep(e, &e->layer);
	return err ? err : 1;
}

/* ---- a newer release
 * --------------------------------------------------------------------- */

/* What was built for a newer musl, or with packed relocations, needs nothing else. */
static int propose_newer(const struct problem *p)
{
	const struct mu_release *r, *from = p->t->pub.release;
	struct mu_arena *a = p->job->arena;
	bool behind = false;
	int works = 0;

	if (!from || p->job->run->target_root ||
		(p->job->o->libc != MU_LIBC_MUSL && !p->base.relr_ignored))
		return 0;
	for (int i = 0; (r = mu_release_at(i)) && !works; i++) {
		struct target t;
		if (behind && strcmp(r->name, "edge") != 0) {
			release_target(r, &t);
			works = cell_works(p->job, &t, MU_LAYER_NONE, p->mode);
		}
		behind |= r == from;
		if (works)
			break;
	}
	if (works <= 0)
		return works;
	return add_fix(p->job, RANK_SOLVED,
		&(struct mu_fix){
			.id = "newer-release",
			.proof = MU_PROOF_SIMULATED,
			.target = p->t->pub.name,
			.summary = mu_arena_printf(a,
				"take alpine:%s or newer: its musl %s has what "
				"is missing "
				"in %s",
				r->name, mu_variant_at(r->variant)->version,
				p->t->pub.name),
			.complete = true,
			.bytes = -1,
		});
}

/* ---- one target
 * --------------------------------------------------------------------------- */

static bool is_module(const struct job *job, enum mu_mode mode)
{
	return mode != MU_MODE_START ||
	       (job->o->kind == MU_KIND_SHARED_LIBRARY && !job->o->interpreter);
}

static int look(struct problem *p)
{
	const struct way nothing = {0};
	int e = try_way(p, &nothing, p->job->arena, &p->base, NULL);

	p->left = e ? 0 : count_left(&p->base);
	p->rest = p->base;
	return e;
}

static const char *why_nothing(const struct job *job)
{
	const struct mu_object *o = job->o;

	if (o->kind == MU_KIND_STATIC_EXECUTABLE || o->kind == MU_KIND_STATIC_PIE)
		return "nothing to do: a static program needs no libc of the target";
	return o->libc == MU_LIBC_GLIBC
		       ? "nothing to do: all that it asks of glibc, musl has too"
		       : "nothing to do: it is built for musl, or needs no libc";
}

/* Returns how many ways were found, or a negative code. */
static int solve(struct problem *p, bool *solved)
{
	struct engine e = {.p = p};
	int err = find_tools(&e);

	if (!err)
		err = propose_newer(p);
	if (!err)
		err = try_all(&e);
	if (!err)
		err = keep_all(&e);
	*solved = e.ndone;
	mu_arena_free(&e.scratch);
	return err;
}

/* What is in the way of loading. */
static int solve_target(struct problem *p)
{
	struct outcome *out = &p->job->outcomes[p->index];
	bool solved = false;
	int e = look(p);

	if (e)
		return e;
	if (!p->left)
		return propose_nothing(p->job, p->t, why_nothing(p->job));
	e = solve(p, &solved);
	if (e >= 0 && !solved && p->base.nmissing_libraries)
		e = propose_elsewhere(p, e == 0);
	if (e >= 0)
		e = propose_advice(p, solved);
	if (solved && out->verdict == MU_VERDICT_INCOMPATIBLE)
		out->verdict = MU_VERDICT_FIXABLE;
	return e;
}

static int fix_target(struct job *job, size_t index)
{
	const struct mu_object *o = job->o;
	struct problem p = {.job = job, .t = &job->run->targets[index], .index = index};
	int e;

	if (o->kind == MU_KIND_STATIC_EXECUTABLE || o->kind == MU_KIND_STATIC_PIE) {
		e = propose_nothing(job, NULL, why_nothing(job));
	} else if (job->outcomes[index].judged) {
		p.mode = job->results.v[job->outcomes[index].first].mode;
		p.module = is_module(job, p.mode);
		e = solve_target(&p);
	} else {
		return 0;
	}
	return e ? e : propose_also(&p);
}

int fix_file(struct job *job)
{
	int e = 0;

	for (size_t i = 0; i < job->run->ntargets && !e; i++)
		e = fix_target(job, i);
	if (!e)
		worst_verdict(job);
	return e;
}
