/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/text.h"
#include "loader/memo.h"
#include "way.h"

/* A job of its own: the file as patchelf would leave it, in a target of its own. */
struct trial {
	struct job job;
	struct mu_file file;
	struct mu_elf elf;
	struct mu_env env;
	struct mu_object *virtuals[MAX_COMPANIONS]; /* owned */
	struct mu_file companions[MAX_COMPANIONS];
	size_t ncompanions;
};

/* ---- the file ----------------------------------------------------------------- */

static bool has(const struct way *way, enum step step)
{
	return way->steps & BIT(step);
}

static bool is_removed(
	const struct way *way, const struct mu_machine *m, const char *name)
{
	return has(way, STEP_REMOVE) && !strcmp(name, mu_text_base(m->glibc_interp));
}

/* patchelf puts what it adds before the others, sorted by name. */
static size_t add_needed(const struct way *way, const char **needed)
{
	size_t n = 0;

	for (size_t i = 0; i < way->ncompanions && has(way, STEP_COMPANION); i++)
		needed[n++] = way->companions[i];
	if (has(way, STEP_ADD_GCOMPAT))
		needed[n++] = LIBGCOMPAT;
	for (size_t i = 1; i < n; i++)
		for (size_t k = i; k && strcmp(needed[k - 1], needed[k]) > 0; k--) {
			const char *swap = needed[k];
			needed[k] = needed[k - 1];
			needed[k - 1] = swap;
		}
	return n;
}

static int edit_needed(struct trial *t, const struct way *way, struct mu_arena *a)
{
	struct mu_object *o = &t->elf.facts;
	const char **needed =
		mu_arena_array(a, o->nneeded + MAX_COMPANIONS + 1, sizeof *needed);
	size_t n;

	if (!needed)
		return -ENOMEM;
	n = add_needed(way, needed);
	for (size_t i = 0; i < o->nneeded; i++)
		if (!is_removed(way, t->job.machine, o->needed[i]))
			needed[n++] = o->needed[i];
	o->needed = needed;
	o->nneeded = n;
	return 0;
}

static int edit_file(struct trial *t, const struct problem *p, const struct way *way,
	struct mu_arena *a)
{
	struct mu_object *o = &t->elf.facts;

	t->elf = *p->job->file->elf;
	t->file = *p->job->file;
	t->file.elf = &t->elf;
	t->file.memo = NULL; /* of the file as it was */
	if (has(way, STEP_INTERPRETER)) {
		o->interpreter = p->job->machine->musl_interp;
		o->interp_mapped = true; /* patchelf makes a segment for it */
	}
	if (has(way, STEP_RPATH)) {
		o->runpath = way->rpath;
		o->rpath = NULL;
	}
	return edit_needed(t, way, a);
}

/* ---- the target ----------------------------------------------------------------- */

static enum mu_layer layer_in(const struct way *way)
{
	if (has(way, STEP_GCOMPAT))
		return MU_LAYER_GCOMPAT;
	return has(way, STEP_LIBC6_COMPAT) ? MU_LAYER_LIBC6_COMPAT : MU_LAYER_NONE;
}

static bool started_by_gcompat(const struct way *way)
{
	return has(way, STEP_GCOMPAT) && !has(way, STEP_INTERPRETER) &&
	       !has(way, STEP_ADD_GCOMPAT);
}

/* A library that defines those of the missing symbols which its table has. */
static int bring_companion(struct trial *t, const struct problem *p, const char *soname)
{
	struct mu_elf *elf = mu_elf_virtual(p->job->machine, soname);
	struct mu_file *f = &t->companions[t->ncompanions];

	if (!elf)
		return -ENOMEM;
	t->virtuals[t->ncompanions++] = &elf->facts;
	f->elf = elf;
	for (size_t i = 0; i < p->base.nmissing_symbols; i++) {
		const char *s = p->base.missing_symbols[i].symbol;
		if (mu_companion_defines(soname, s) &&
			mu_exports_add(
				&elf->exports, mu_hash(s, strlen(s)), MU_ANSWER_DEF))
			return -ENOMEM;
	}
	return 0;
}

static int add_companions(struct trial *t, const struct problem *p, const struct way *way,
	struct mu_arena *a)
{
	size_t n = t->env.noverlay;
	struct mu_overlay *v = mu_arena_array(a, n + way->ncompanions, sizeof *v);

	if (!v)
		return -ENOMEM;
	if (n)
		memcpy(v, t->env.overlay, n * sizeof *v);
	for (size_t i = 0; i < way->ncompanions; i++) {
		if (bring_companion(t, p, way->companions[i]))
			return -ENOMEM;
		v[n].path = mu_arena_printf(a, "/usr/lib/%s", way->companions[i]);
		if (!v[n].path)
			return -ENOMEM;
		v[n++].file = &t->companions[i];
	}
	t->env.overlay = v;
	t->env.noverlay = n;
	return 0;
}

static int edit_target(struct trial *t, const struct problem *p, const struct way *way,
	struct mu_arena *a)
{
	enum mu_start start = p->mode == MU_MODE_START ? MU_START_LIST : MU_START_DLOPEN;
	const struct mu_env *env =
		env_for(p->job->run, p->t, p->job->machine, layer_in(way), start);

	if (!env)
		return -ENOMEM;
	t->env = *env;
	if (!started_by_gcompat(way))
		t->env.layer_preload = t->env.self_name = NULL;
	if (has(way, STEP_PATH_FILE))
		t->env.path_list = mu_arena_printf(
			a, "/lib:/usr/local/lib:/usr/lib:%s", way->folders);
	if (has(way, STEP_PATH_FILE) && !t->env.path_list)
		return -ENOMEM;
	return has(way, STEP_COMPANION) ? add_companions(t, p, way, a) : 0;
}

/* ---- packages -------------------------------------------------------------------- */

/* With the packages there, what their libraries export is taken to fit their sonames. */
static int assume_packages(
	struct mu_arena *a, const struct target *t, struct mu_result *r)
{
	struct mu_missing_library *libraries =
		mu_arena_array(a, r->nmissing_libraries, sizeof *libraries);
	struct mu_missing_symbol *symbols =
		mu_arena_array(a, r->nmissing_symbols, sizeof *symbols);
	size_t n = 0;

	if (!libraries || !symbols)
		return -ENOMEM;
	for (size_t i = 0; i < r->nmissing_libraries; i++)
		if (!packages_brought(&r->missing_libraries[i]))
			libraries[n++] = r->missing_libraries[i];
	r->missing_libraries = libraries;
	r->nmissing_libraries = n;
	n = 0;
	for (size_t i = 0; i < r->nmissing_symbols; i++)
		if (r->nmissing_libraries || !packages_answer(t, &r->missing_symbols[i]))
			symbols[n++] = r->missing_symbols[i];
	r->missing_symbols = symbols;
	r->nmissing_symbols = n;
	return 0;
}

size_t count_left(const struct mu_result *r)
{
	size_t n = r->nmissing_libraries + r->nbad_relocations + r->ntls_errors +
		   (r->relr_ignored != NULL) + !r->interpreter_found;

	for (size_t i = 0; i < r->nmissing_symbols; i++)
		n += r->missing_symbols[i].origin != MU_ORIGIN_HOST;
	return n;
}

/* ---- all of it ------------------------------------------------------------------- */

static int run(struct trial *t, const struct problem *p, const struct way *way,
	struct mu_arena *a, struct mu_result *ret)
{
	int e;

	t->job.run = p->job->run;
	t->job.report = p->job->report;
	t->job.machine = p->job->machine;
	t->job.arena = a;
	t->job.file = &t->file;
	t->job.o = &t->elf.facts;
	t->job.env = &t->env;
	e = edit_file(t, p, way, a);
	if (!e)
		e = edit_target(t, p, way, a);
	return e ? e : cell_run(&t->job, p->t, p->index, layer_in(way), p->mode, ret);
}

static void end(struct trial *t)
{
	for (int i = 0; i < MAX_CLOSURES; i++)
		if (t->job.closures[i].env)
			mu_closure_free(&t->job.closures[i].c);
	for (size_t i = 0; i < t->ncompanions; i++) {
		mu_memo_free(t->companions[i].memo);
		mu_object_free(t->virtuals[i]);
	}
	mu_memo_free(t->file.memo);
	free(t);
}

int try_way(const struct problem *p, const struct way *way, struct mu_arena *a,
	struct mu_result *ret, struct mu_result *raw)
{
	struct trial *t = calloc(1, sizeof *t);
	int e;

	if (!t)
		return -ENOMEM;
	e = run(t, p, way, a, ret);
	end(t);
	if (!e && raw)
		*raw = *ret;
	if (!e && has(way, STEP_PACKAGES))
		e = assume_packages(a, p->t, ret);
	if (!e)
		ret->status = ret->nmissing_libraries || ret->nmissing_symbols ||
					      ret->nbad_relocations || ret->ntls_errors
				      ? MU_STATUS_FAILS
				      : MU_STATUS_LOADS;
	ret->works = !e && !count_left(ret);
	return e;
}
