/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "check_tree.h"
#include "core/pool.h"
#include "fix/fix.h"

/* Where the files are; opened behind the targets, whose libcs objects are read with. */
struct place {
	const char *source;
	const struct mu_tree_options *tree_opts; /* NULL: a folder, not listed */
	struct mu_tree *tree;
};

static int open_place(struct mu_check *run, struct place *p, struct mu_error *err)
{
	struct mu_tree_options o;
	int e;

	if (!p->tree_opts)
		return mu_root_open(p->source, &run->root, err);
	o = *p->tree_opts;
	o.take = mu_store_take;
	o.ctx = run->store;
	e = mu_tree_open(p->source, &o, &p->tree, err);
	return e ? e : mu_root_of_tree(p->tree, &run->root, err);
}

static int open_all(struct mu_check *run, struct place *p, struct mu_error *err)
{
	const struct mu_check_options *o = &run->opts;
	int e;

	if (o->arch) {
		run->arch = mu_machine_by_name(o->arch);
		if (!run->arch)
			return mu_error_set(err, -MU_E_UNKNOWN_MACHINE, NULL,
				"unknown machine '%s'; `muslin db list` shows those "
				"there are",
				o->arch);
	}
	e = asserts_parse(o, err);
	if (!e)
		e = mu_store_create(&run->store);
	if (!e)
		e = extra_open(run, err);
	if (!e)
		e = targets_open(run, err);
	if (!e)
		e = open_place(run, p, err);
	if (!e && o->verify)
		e = verify_open(run, err);
	return e;
}

static int check_open(const struct mu_check_options *opts, struct place *p,
	struct mu_check **ret, struct mu_error *err)
{
	struct mu_check *run = calloc(1, sizeof *run);
	int e;

	if (!run)
		return mu_error_set(err, -ENOMEM, NULL, NULL);
	run->opts = *opts;
	run->threads = opts->threads ? opts->threads : mu_cpu_count();
	pthread_mutex_init(&run->lock, NULL);
	e = open_all(run, p, err);
	if (e) {
		mu_check_close(run);
		mu_tree_free(p->tree);
		return mu_error_set(err, e, NULL, NULL);
	}
	*ret = run;
	return 0;
}

int mu_check_open(
	const struct mu_check_options *opts, struct mu_check **ret, struct mu_error *err)
{
	struct place p = {.source = opts->root ? opts->root : "/"};

	return check_open(opts, &p, ret, err);
}

int check_open_tree(const struct mu_check_options *opts, const char *source,
	const struct mu_tree_options *tree_opts, struct mu_check **ret,
	struct mu_tree **tree, struct mu_error *err)
{
	struct place p = {.source = source, .tree_opts = tree_opts};
	int e = check_open(opts, &p, ret, err);

	if (!e)
		*tree = p.tree;
	return e;
}

void check_own(struct mu_check *run,
	bool (*is_own)(const void *ctx, const struct mu_entry *entry), const void *ctx,
	const char *library_path)
{
	run->is_own = is_own;
	run->own_ctx = ctx;
	if (!run->opts.library_path)
		run->opts.library_path = library_path;
}

void mu_check_close(struct mu_check *run)
{
	if (!run)
		return;
	for (size_t i = 0; i < run->nenvs; i++) {
		free(run->envs[i]->overlay);
		free(run->envs[i]->strings);
		free(run->envs[i]);
	}
	mu_store_free(run->store);
	extra_close(run);
	mu_object_free(run->real_libc);
	mu_root_close(run->target_root);
	mu_tree_free(run->target_tree);
	mu_root_close(run->root);
	pthread_mutex_destroy(&run->lock);
	free(run);
}

const struct mu_target *mu_check_target_at(const struct mu_check *run, size_t i)
{
	return i < run->ntargets ? &run->targets[i].pub : NULL;
}

/* ---- one file ------------------------------------------------------------------ */

/*
 * With a root, a path counts from its top. Somebody who names the file as this
 * machine sees it (ROOT/usr/bin/x) means the same file.
 */
static const char *path_in_root(
	struct mu_check *run, struct mu_arena *a, const char *path)
{
	const char *dir = run->opts.root;
	struct stat st;
	size_t n;

	if (mu_root_is_host(run->root) || mu_root_tree(run->root))
		return mu_arena_strdup(a, path);
	n = strlen(dir);
	while (n && dir[n - 1] == '/')
		n--;
	if (!strncmp(path, dir, n) && path[n] == '/' &&
		mu_root_stat(run->root, path, &st))
		path += n;
	return mu_arena_printf(a, "%s%s", *path == '/' ? "" : "/", path);
}

static int unreadable(struct mu_report *r, int code, const struct mu_error *why)
{
	struct mu_arena *a = &r->memory->arena;

	r->verdict = MU_VERDICT_UNKNOWN;
	r->unreadable =
		mu_arena_strdup(a, why && why->msg[0] ? why->msg : mu_strerror(code));
	return r->unreadable ? 0 : -ENOMEM;
}

static const char *hint_of(const struct stat *st)
{
	if (S_ISDIR(st->st_mode))
		return "is a folder: name files, or use `muslin check --files-from`";
	if (S_ISFIFO(st->st_mode))
		return "is a FIFO, not a file";
	if (S_ISSOCK(st->st_mode))
		return "is a socket, not a file";
	if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode))
		return "is a device, not a file";
	return NULL;
}

static int not_opened(struct mu_check *run, struct mu_report *r, int code)
{
	struct mu_error why = {0};
	const char *hint;
	struct stat st;

	if (code == -MU_E_NOT_REGULAR && !mu_root_stat(run->root, r->path, &st) &&
		(hint = hint_of(&st)))
		mu_error_set(&why, code, r->path, "%s", hint);
	return unreadable(r, code, &why);
}

/* A file whose search never ends by itself: what was found till then is no answer. */
static int too_much(struct mu_report *r)
{
	r->nresults = r->nfindings = r->nfixes = 0;
	r->object = NULL;
	return unreadable(r, -MU_E_LIMIT, NULL);
}

/* What Alpine's packages replace is not judged there; a bare musl judges all. */
static bool is_gone(const struct mu_check *run)
{
	for (size_t i = 0; i < run->ntargets; i++)
		if (run->targets[i].bare)
			return false;
	return true;
}

static int check_one(struct mu_check *run, struct mu_report *r, bool replaced)
{
	struct job job = {.run = run, .report = r, .arena = &r->memory->arena};
	int e = mu_store_open(run->store, run->root, r->path, &job.file);

	if (e)
		return e == -ENOMEM ? e : not_opened(run, r, e);
	if (!job.file->elf)
		return unreadable(r, job.file->why.code, &job.file->why);
	job.o = r->object = &job.file->elf->facts;
	if (job.o->kind == MU_KIND_NOT_ELF || (replaced && is_gone(run))) {
		r->verdict = MU_VERDICT_UNKNOWN;
		return 0;
	}
	e = judge_file(&job);
	if (!e)
		e = fix_file(&job);
	for (int i = 0; i < MAX_CLOSURES; i++)
		if (job.closures[i].env)
			mu_closure_free(&job.closures[i].c);
	free(job.told.slots);
	r->results = job.results.v;
	r->nresults = job.results.n;
	r->findings = job.findings.v;
	r->nfindings = job.findings.n;
	return e == -MU_E_LIMIT ? too_much(r) : e;
}

struct batch {
	struct mu_check *run;
	const char *const *paths; /* NULL: .items */
	const struct check_item *items;
	struct mu_report **reports;
};

static void work(void *ctx, size_t i)
{
	struct batch *b = ctx;
	struct mu_report *r = calloc(1, sizeof *r);
	bool replaced = b->items && b->items[i].replaced;

	if (!r)
		return;
	r->memory = calloc(1, sizeof *r->memory);
	if (r->memory)
		r->path = path_in_root(b->run, &r->memory->arena,
			b->items ? b->items[i].path : b->paths[i]);
	if (!r->path || check_one(b->run, r, replaced)) {
		mu_report_free(r);
		return;
	}
	b->reports[i] = r;
}

/* Targets take the machine of the files, where nothing else said it. */
static void name_arch(struct mu_check *run, struct mu_report *const *reports, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct mu_object *o = reports[i] ? reports[i]->object : NULL;
		if (!o || !o->machine)
			continue;
		for (size_t k = 0; k < run->ntargets; k++)
			if (!run->targets[k].pub.arch)
				run->targets[k].pub.arch = o->machine->name;
		return;
	}
}

static int run_batch(struct batch *b, size_t n)
{
	struct mu_report **ret = b->reports;

	for (size_t i = 0; i < n; i++)
		ret[i] = NULL;
	mu_parallel(b->run->threads, n, work, b);
	name_arch(b->run, ret, n);
	for (size_t i = 0; i < n; i++) {
		if (ret[i])
			continue;
		for (size_t k = 0; k < n; k++)
			mu_report_free(ret[k]);
		return -ENOMEM;
	}
	return 0;
}

int mu_check_files(
	struct mu_check *run, const char *const *paths, size_t n, struct mu_report **ret)
{
	return run_batch(&(struct batch){.run = run, .paths = paths, .reports = ret}, n);
}

int check_items(struct mu_check *run, const struct check_item *items, size_t n,
	struct mu_report **ret)
{
	return run_batch(&(struct batch){.run = run, .items = items, .reports = ret}, n);
}

void mu_report_free(struct mu_report *r)
{
	if (!r)
		return;
	free((void *)r->results);
	free(r->findings);
	if (r->memory)
		mu_arena_free(&r->memory->arena);
	free(r->memory);
	free(r);
}
