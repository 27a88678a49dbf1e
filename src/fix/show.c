/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "way.h"

/*
 * A way as options of the loader show it: folders by --library-path, libraries by
 * --preload. That is not the same: options come before run paths, and hold for every
 * library. So the loader with these options is simulated too; only where that leaves
 * what the way leaves does the real loader's word on them prove anything.
 */

/* What the loader does not look at, or what an option stands for. */
#define SHOWN                                                              \
	(BIT(STEP_GCOMPAT) | BIT(STEP_PATH_FILE) | BIT(STEP_INTERPRETER) | \
		BIT(STEP_COMPANION) | BIT(STEP_ADD_GCOMPAT) | BIT(STEP_RPATH))

struct options {
	const char *library_path, *preload; /* NULL; an arena's */
};

/* *ret: the path of a library that is there; NULL where it is not. */
static int installed(
	const struct problem *p, struct mu_arena *a, const char *name, const char **ret)
{
	static const char *const folders[] = {"/lib", "/usr/lib"};
	struct stat st;

	*ret = NULL;
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		const char *path = mu_arena_printf(a, "%s/%s", folders[i], name);
		if (!path)
			return -ENOMEM;
		if (mu_root_stat(p->job->run->root, path, &st))
			continue;
		*ret = path;
		return 0;
	}
	return 0;
}

/* Put one more into a list "a:b", which may be NULL yet. */
static int append(struct mu_arena *a, const char **list, const char *one)
{
	*list = *list ? mu_arena_printf(a, "%s:%s", *list, one) : one;
	return *list ? 0 : -ENOMEM;
}

/* 1, or 0 where a library is not there to be shown. */
static int find_preload(const struct problem *p, const struct way *way,
	struct mu_arena *a, const char **preload)
{
	const char *names[MAX_COMPANIONS + 1], *path;
	size_t n = 0;

	if (way->steps & BIT(STEP_GCOMPAT))
		names[n++] = LIBGCOMPAT;
	for (size_t i = 0; way->steps & BIT(STEP_COMPANION) && i < way->ncompanions; i++)
		names[n++] = way->companions[i];
	*preload = p->job->run->opts.preload;
	for (size_t i = 0; i < n; i++) {
		if (installed(p, a, names[i], &path))
			return -ENOMEM;
		if (!path)
			return 0;
		if (append(a, preload, path))
			return -ENOMEM;
	}
	return 1;
}

static int find_options(const struct problem *p, const struct way *way,
	struct mu_arena *a, struct options *ret)
{
	int e = find_preload(p, way, a, &ret->preload);

	ret->library_path = p->job->run->opts.library_path;
	if (e > 0 && way->steps & BIT(STEP_PATH_FILE) &&
		append(a, &ret->library_path, "/lib:/usr/local/lib:/usr/lib"))
		return -ENOMEM;
	if (e > 0 && way->steps & (BIT(STEP_PATH_FILE) | BIT(STEP_RPATH)) &&
		append(a, &ret->library_path, way->folders))
		return -ENOMEM;
	return e;
}

/* The loader with the options, and the file as it is. */
static int simulate(const struct problem *p, const struct options *o, struct mu_arena *a,
	struct mu_result *ret)
{
	const struct mu_env *plain =
		env_for(p->job->run, p->t, p->job->machine, MU_LAYER_NONE, MU_START_LIST);
	struct mu_env env;
	struct job *job = calloc(1, sizeof *job);
	int e;

	if (!job || !plain) {
		free(job);
		return -ENOMEM;
	}
	env = *plain;
	env.library_path = o->library_path;
	env.preload = o->preload;
	job->run = p->job->run;
	job->report = p->job->report;
	job->machine = p->job->machine;
	job->arena = a;
	job->file = p->job->file;
	job->o = p->job->o;
	job->env = &env;
	e = cell_run(job, p->t, p->index, MU_LAYER_NONE, p->mode, ret);
	for (int i = 0; i < MAX_CLOSURES; i++)
		if (job->closures[i].env)
			mu_closure_free(&job->closures[i].c);
	free(job);
	return e;
}

/* Whether two results leave the same. */
static bool leave_the_same(const struct mu_result *a, const struct mu_result *b)
{
	if (a->nmissing_libraries != b->nmissing_libraries ||
		a->nmissing_symbols != b->nmissing_symbols ||
		a->nbad_relocations != b->nbad_relocations)
		return false;
	for (size_t i = 0; i < a->nmissing_libraries; i++)
		if (strcmp(a->missing_libraries[i].name, b->missing_libraries[i].name) !=
				0 ||
			strcmp(a->missing_libraries[i].needed_by,
				b->missing_libraries[i].needed_by) != 0)
			return false;
	for (size_t i = 0; i < a->nmissing_symbols; i++)
		if (strcmp(a->missing_symbols[i].object, b->missing_symbols[i].object) !=
				0 ||
			strcmp(a->missing_symbols[i].symbol,
				b->missing_symbols[i].symbol) != 0)
			return false;
	for (size_t i = 0; i < a->nbad_relocations; i++)
		if (a->bad_relocations[i].type != b->bad_relocations[i].type ||
			strcmp(a->bad_relocations[i].object,
				b->bad_relocations[i].object) != 0)
			return false;
	return true;
}

int show_way(const struct problem *p, const struct way *way,
	const struct mu_result *after, bool *verified)
{
	struct mu_arena a = {0};
	struct options o = {0};
	struct mu_result shown;
	int e;

	*verified = false;
	if (!p->job->run->opts.verify || p->mode != MU_MODE_START || way->steps & ~SHOWN)
		return 0;
	e = find_options(p, way, &a, &o);
	if (e > 0) {
		e = simulate(p, &o, &a, &shown);
		if (!e && leave_the_same(after, &shown))
			e = verify_with(
				p->job, &shown, o.library_path, o.preload, verified);
	}
	mu_arena_free(&a);
	return e;
}
