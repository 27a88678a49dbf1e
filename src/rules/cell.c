/* SPDX-License-Identifier: MIT */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "run.h"

/* One cell of the matrix being filled. */
struct cell {
	struct job *job;
	const struct target *t;
	const struct mu_env *env;
	struct mu_closure *c; /* the job's */
	struct mu_result *r;
	MU_VEC(struct mu_missing_symbol) missing, deferred;
	MU_VEC(struct mu_bad_relocation) odd;
	MU_VEC(struct mu_tls_error) tls;
	MU_VEC(struct mu_missing_library) libraries;
	MU_VEC(struct mu_copy) copies;
	bool failed;            /* a name could not be kept */
	struct mu_exports seen; /* hashes of (object, symbol) pairs */
};

static const char *keep(struct cell *cell, const char *s)
{
	const char *copy = s ? mu_arena_strdup(cell->job->arena, s) : NULL;

	cell->failed |= s && !copy;
	return copy;
}

static const struct mu_elf *elf_of(const struct cell *cell, int node)
{
	const struct mu_file *f = cell->c->nodes.v[node].file;

	return f ? f->elf : NULL;
}

/* ---- libraries ------------------------------------------------------------ */

/* The loader's %m: what it meets where muslin refuses to open. */
static const char *reason_of(int error)
{
	if (error == -MU_E_NOT_REGULAR)
		error = -EISDIR;
	return mu_strerror(-error < MU_E_FIRST ? error : -ENOEXEC);
}

static int take_libraries(struct cell *cell)
{
	const struct mu_closure *c = cell->c;

	for (size_t i = 0; i < c->nodes.n; i++) {
		const struct mu_node *node = &c->nodes.v[i];
		for (size_t k = 0; k < node->ndeps; k++) {
			const struct mu_dep *d = &c->deps.v[node->dep0 + k];
			bool twice = false;
			if (d->node != MU_NODE_MISSING)
				continue;
			/* the loader tells it for each entry; one is enough here */
			for (size_t j = 0; j < k && !twice; j++)
				twice = !strcmp(c->deps.v[node->dep0 + j].name, d->name);
			if (twice)
				continue;
			if (mu_vec_room(&cell->libraries))
				return -ENOMEM;
			cell->libraries.v[cell->libraries.n] =
				(struct mu_missing_library){
					.name = keep(cell, d->name),
					.needed_by = keep(cell, node->name),
					.reason = reason_of(d->error),
					.in_the_way = d->error != -ENOENT,
				};
			if (packages_find(cell->job, cell->t,
				    &cell->libraries.v[cell->libraries.n++]))
				return -ENOMEM;
		}
	}
	return 0;
}

static int take_loaded(struct cell *cell)
{
	size_t n = cell->c->loaded.n;
	struct mu_loaded_library *list =
		mu_arena_array(cell->job->arena, n, sizeof *list);

	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		list[i] =
			(struct mu_loaded_library){keep(cell, cell->c->loaded.v[i].name),
				keep(cell, cell->c->loaded.v[i].path)};
	cell->r->loaded = list;
	cell->r->nloaded = n;
	return 0;
}

static int take_tree(struct cell *cell)
{
	const struct mu_closure *c = cell->c;
	struct mu_arena *a = cell->job->arena;
	struct mu_tree_node *tree = mu_arena_array(a, c->nodes.n, sizeof *tree);

	if (!tree)
		return -ENOMEM;
	for (size_t i = 0; i < c->nodes.n; i++) {
		const struct mu_node *node = &c->nodes.v[i];
		struct mu_tree_edge *e = mu_arena_array(a, node->ndeps, sizeof *e);
		if (!e)
			return -ENOMEM;
		for (size_t k = 0; k < node->ndeps; k++) {
			const struct mu_dep *d = &c->deps.v[node->dep0 + k];
			e[k] = (struct mu_tree_edge){keep(cell, d->name), d->node};
		}
		tree[i] = (struct mu_tree_node){keep(cell, node->name), !node->file,
			i && node->file && node->needed_by < 0, e, node->ndeps};
	}
	cell->r->tree = tree;
	cell->r->ntree = c->nodes.n;
	return 0;
}

/* ---- symbols -------------------------------------------------------------- */

/* With a library missing, what it defines cannot be known. */
static bool lacks_library(const struct mu_closure *c)
{
	for (size_t i = 0; i < c->deps.n; i++)
		if (c->deps.v[i].node == MU_NODE_MISSING)
			return true;
	return false;
}

/* Whether the version asked for is of glibc, or of another library. */
static enum mu_origin origin_of_version(const struct mu_symref *s)
{
	static const char *const libs[] = {"libc.so", "libm.so", "libpthread.so",
		"libdl.so", "librt.so", "ld-linux", "ld64.so", "libresolv.so",
		"libutil.so", "libnsl.so", "libanl.so", "libmvec.so", "libcrypt.so",
		"libBrokenLocale.so", "libthread_db.so"};

	if (!strncmp(s->version, "GLIBC_", 6))
		return MU_ORIGIN_GLIBC;
	for (size_t i = 0; s->file && i < sizeof libs / sizeof *libs; i++)
		if (!strncmp(s->file, libs[i], strlen(libs[i])))
			return MU_ORIGIN_GLIBC;
	return MU_ORIGIN_LIBRARY;
}

/*
 * A library that found all it needs, and a symbol without a version that glibc does
 * not have either: on glibc too it can only come from the process that opens it.
 */
static enum mu_origin origin_of(
	const struct cell *cell, const struct mu_symref *s, const char **host)
{
	enum mu_kind kind = cell->job->o->kind;

	*host = NULL;
	if (s->version)
		return origin_of_version(s);
	if (mu_db_glibc_has(cell->job->machine->id, s->name))
		return MU_ORIGIN_GLIBC;
	if (kind == MU_KIND_SHARED_LIBRARY && (*host = mu_db_host_of(s->name)))
		return MU_ORIGIN_HOST;
	if (lacks_library(cell->c))
		return MU_ORIGIN_LIBRARY;
	return kind == MU_KIND_SHARED_LIBRARY ? MU_ORIGIN_HOST : MU_ORIGIN_UNKNOWN;
}

static struct mu_missing_symbol describe(struct cell *cell, const struct mu_open_ref *o)
{
	const struct mu_symref *s = &elf_of(cell, o->node)->refs[o->ref];
	enum mu_answer answer = MU_ANSWER_NONE;
	int shadow = mu_closure_shadow(cell->c, s->hash, &answer);
	struct mu_missing_symbol m = {
		.object = keep(cell, cell->c->nodes.v[o->node].name),
		.symbol = s->name,
		.version = s->version,
		.shadow = shadow < 0 ? NULL : keep(cell, cell->c->nodes.v[shadow].name),
		.hidden = answer == MU_ANSWER_HIDDEN,
	};

	m.origin = origin_of(cell, s, &m.host);
	if (m.shadow && m.origin != MU_ORIGIN_GLIBC)
		m.origin = MU_ORIGIN_LIBRARY;
	return m;
}

/* The loader leaves a missing function of a lazily opened object for later. */
static bool may_wait(const struct cell *cell, const struct mu_open_ref *o)
{
	const struct mu_elf *e = elf_of(cell, o->node);
	uint8_t how = e->refs[o->ref].how;

	return cell->r->mode == MU_MODE_DLOPEN_LAZY && !e->facts.bind_now &&
	       !(how & (MU_REF_DATA | MU_REF_COPY));
}

/* The same name may stand twice in one symbol table, by versions or by the ways it is
 * looked up. Returns 1 when the pair is there already. */
static int seen(struct cell *cell, int node, uint64_t hash)
{
	uint64_t pair = (hash ^ (uint64_t)node) * MU_HASH_PRIME;

	if (mu_exports_find(&cell->seen, pair) != MU_ANSWER_NONE)
		return 1;
	return mu_exports_add(&cell->seen, pair, MU_ANSWER_DEF);
}

static int put_symbol(struct cell *cell, const struct mu_open_ref *o, bool deferred)
{
	struct mu_missing_symbol m = describe(cell, o);

	if (!m.object)
		return -ENOMEM;
	if (deferred) {
		if (mu_vec_room(&cell->deferred))
			return -ENOMEM;
		cell->deferred.v[cell->deferred.n++] = m;
		return 0;
	}
	if (mu_vec_room(&cell->missing))
		return -ENOMEM;
	cell->missing.v[cell->missing.n++] = m;
	return 0;
}

/* First what fails at once, so that what could wait is not told twice. */
static int take_some_symbols(struct cell *cell, bool deferred)
{
	for (size_t i = 0; i < cell->c->open.n; i++) {
		const struct mu_open_ref *o = &cell->c->open.v[i];
		int e;
		if (may_wait(cell, o) != deferred ||
			!mu_open_ref_fails(cell->c, o, cell->t->view))
			continue;
		e = seen(cell, o->node, elf_of(cell, o->node)->refs[o->ref].hash);
		if (!e)
			e = put_symbol(cell, o, deferred);
		if (e < 0)
			return e;
	}
	return 0;
}

static int take_symbols(struct cell *cell)
{
	int e = take_some_symbols(cell, false);

	if (!e && cell->r->mode == MU_MODE_DLOPEN_LAZY)
		e = take_some_symbols(cell, true);
	free(cell->seen.slots);
	return e;
}

/* ---- relocations ---------------------------------------------------------- */

static bool ref_fails(const struct cell *cell, int node, uint32_t ref)
{
	for (size_t i = 0; i < cell->c->open.n; i++) {
		const struct mu_open_ref *o = &cell->c->open.v[i];
		if (o->node == node && o->ref == ref)
			return mu_open_ref_fails(cell->c, o, cell->t->view);
	}
	return false;
}

static bool known_to(const struct mu_reloc_type *type, const char *version)
{
	return type && type->role != MU_RELOC_UNSUPPORTED &&
	       (!type->since || mu_version_cmp(version, type->since) >= 0);
}

static int take_odd(struct cell *cell, int node, const struct mu_oddreloc *odd)
{
	const struct mu_reloc_type *type = mu_db_reloc(cell->job->machine->id, odd->type);
	const char *object = cell->c->nodes.v[node].name;

	if (known_to(type, cell->t->pub.libc_version))
		return 0;
	/* with its symbol missing, that is what the loader complains of */
	if (odd->ref != MU_NO_REF && ref_fails(cell, node, odd->ref))
		return 0;
	for (size_t i = 0; i < cell->odd.n; i++)
		if (cell->odd.v[i].type == odd->type &&
			!strcmp(cell->odd.v[i].object, object))
			return 0;
	if (mu_vec_room(&cell->odd))
		return -ENOMEM;
	cell->odd.v[cell->odd.n++] = (struct mu_bad_relocation){
		keep(cell, object), odd->type, type ? type->name : NULL};
	return 0;
}

static int take_relocations(struct cell *cell)
{
	for (size_t i = 0; i < cell->c->nodes.n; i++) {
		int node = (int)mu_closure_at(cell->c, i);
		const struct mu_elf *e = elf_of(cell, node);
		for (size_t k = 0; e && k < e->nodd; k++)
			if (take_odd(cell, node, &e->odd[k]))
				return -ENOMEM;
	}
	return 0;
}

/* ---- thread-local storage of late objects --------------------------------- */

static int put_tls(struct cell *cell, int node, const char *symbol, int definer)
{
	if (mu_vec_room(&cell->tls))
		return -ENOMEM;
	cell->tls.v[cell->tls.n++] =
		(struct mu_tls_error){keep(cell, cell->c->nodes.v[node].name), symbol,
			keep(cell, cell->c->nodes.v[definer].name)};
	return 0;
}

static int take_tls(struct cell *cell)
{
	for (size_t i = 0; i < cell->c->nodes.n; i++) {
		const struct mu_elf *e = elf_of(cell, (int)i);
		if (e && e->local_tpoff && e->facts.has_tls &&
			put_tls(cell, (int)i, NULL, (int)i))
			return -ENOMEM;
		for (size_t k = 0; e && k < e->nrefs; k++) {
			int d;
			if (!(e->refs[k].how & MU_REF_TPOFF))
				continue;
			d = mu_closure_definer(cell->c, e->refs[k].hash, -1, false);
			if (d >= 0 && elf_of(cell, d)->facts.has_tls &&
				put_tls(cell, (int)i, e->refs[k].name, d))
				return -ENOMEM;
		}
	}
	return 0;
}

/* ---- copies ---------------------------------------------------------------- */

static int take_copies(struct cell *cell)
{
	const struct mu_elf *e = elf_of(cell, 0);

	for (size_t i = 0; i < e->nrefs; i++) {
		const struct mu_symref *s = &e->refs[i];
		struct mu_libc_symbol libc;
		if (!(s->how & MU_REF_COPY) ||
			mu_closure_definer(cell->c, s->hash, 0, false) >= 0 ||
			mu_db_libc_symbol(cell->job->machine->id, s->name, &libc) ||
			!(libc.variants >> cell->t->variant & 1) ||
			libc.type == STT_FUNC || libc.size == s->size)
			continue;
		if (mu_vec_room(&cell->copies))
			return -ENOMEM;
		cell->copies.v[cell->copies.n++] =
			(struct mu_copy){s->name, s->size, libc.size};
	}
	return 0;
}

/* ---- does it work? ---------------------------------------------------------- */

bool needs_loader(const struct mu_object *o)
{
	return o->has_dynamic &&
	       (o->kind == MU_KIND_EXECUTABLE || o->kind == MU_KIND_SHARED_LIBRARY);
}

/* gcompat's loader starts musl's by a path of its own, which on some machines is not
 * the one that is there. */
static bool loader_runs(const struct cell *cell)
{
	const struct mu_machine *m = cell->job->machine;

	return layer_of(cell->t, cell->r->layer) != MU_LAYER_GCOMPAT ||
	       (m->gcompat_linker && !strcmp(m->gcompat_linker, m->musl_interp));
}

/*
 * Whether the kernel finds what PT_INTERP names. Only what the target has counts: the
 * glibc loader of this machine is not there. A private one comes along with its file.
 */
static bool interpreter_found(const struct cell *cell)
{
	const char *interp = cell->job->o->interpreter;
	const struct mu_machine *m = cell->job->machine;
	const struct mu_env *env = cell->env;
	struct stat st;

	if (!interp || cell->r->mode != MU_MODE_START || !strcmp(interp, m->musl_interp))
		return true;
	for (size_t i = 0; i < env->noverlay; i++)
		if (!strcmp(env->overlay[i].path, interp))
			return loader_runs(cell);
	if (env->system && !mu_root_stat(env->system, interp, &st))
		return true;
	return strcmp(interp, m->glibc_interp) && !mu_root_stat(env->root, interp, &st);
}

static bool symbols_work(const struct cell *cell)
{
	for (size_t i = 0; i < cell->c->open.n; i++) {
		const struct mu_open_ref *o = &cell->c->open.v[i];
		const char *host;
		if (mu_open_ref_fails(cell->c, o, cell->t->view) && !may_wait(cell, o) &&
			origin_of(cell, &elf_of(cell, o->node)->refs[o->ref], &host) !=
				MU_ORIGIN_HOST)
			return false;
	}
	return true;
}

/* The first object whose packed relocations an old musl passes over; -1: none. */
static int relr_ignored(const struct cell *cell)
{
	const struct mu_target *t = &cell->t->pub;

	if (t->release ? t->release->relr : mu_version_cmp(t->libc_version, "1.2.4") >= 0)
		return -1;
	for (size_t i = 0; i < cell->c->nodes.n; i++) {
		const struct mu_elf *e = elf_of(cell, (int)i);
		if (e && e->facts.has_relr)
			return (int)i;
	}
	return -1;
}

static bool works(const struct cell *cell)
{
	return cell->r->interpreter_found && !lacks_library(cell->c) && !cell->odd.n &&
	       !cell->tls.n && relr_ignored(cell) < 0 && symbols_work(cell);
}

/* ---- all of it -------------------------------------------------------------- */

/* The closure of the job's file in an environment: loaded once for all targets. */
static int find_closure(struct cell *cell)
{
	struct job *job = cell->job;

	for (int i = 0; i < MAX_CLOSURES; i++) {
		struct job_closure *jc = &job->closures[i];
		if (jc->env == cell->env) {
			cell->c = &jc->c;
			return 0;
		}
		if (jc->env)
			continue;
		jc->env = cell->env;
		cell->c = &jc->c;
		return mu_closure_load(cell->env, job->file, job->report->path, &jc->c);
	}
	return -ENOMEM; /* never: there are fewer ways to look */
}

static int open_cell(struct cell *cell, struct job *job, const struct target *t,
	enum mu_layer layer, struct mu_result *r)
{
	enum mu_start start = r->mode == MU_MODE_START ? MU_START_LIST : MU_START_DLOPEN;
	int e;

	cell->job = job;
	cell->t = t;
	cell->r = r;
	cell->env =
		job->env ? job->env : env_for(job->run, t, job->machine, layer, start);
	if (!cell->env)
		return -ENOMEM;
	r->interpreter_found = interpreter_found(cell);
	e = find_closure(cell);
	if (!e)
		e = take_relocations(cell);
	if (!e && start == MU_START_DLOPEN)
		e = take_tls(cell);
	return e;
}

#define hand_over(cell, list, count, vec)                                 \
	do {                                                              \
		size_t bytes_ = (vec).n * sizeof *(vec).v;                \
		void *copy_ = mu_arena_alloc((cell)->job->arena, bytes_); \
		if (!copy_)                                               \
			e = -ENOMEM;                                      \
		else if (bytes_)                                          \
			memcpy(copy_, (vec).v, bytes_);                   \
		(cell)->r->list = copy_;                                  \
		(cell)->r->count = (vec).n;                               \
		free((vec).v);                                            \
	} while (0)

static int conclude(struct cell *cell, int e)
{
	struct mu_result *r = cell->r;
	int relr = e ? -1 : relr_ignored(cell);

	if (cell->failed)
		e = -ENOMEM;

	r->works = !e && works(cell);
	if (relr >= 0)
		r->relr_ignored = keep(cell, cell->c->nodes.v[relr].name);
	hand_over(cell, missing_libraries, nmissing_libraries, cell->libraries);
	hand_over(cell, missing_symbols, nmissing_symbols, cell->missing);
	hand_over(cell, deferred_symbols, ndeferred_symbols, cell->deferred);
	hand_over(cell, bad_relocations, nbad_relocations, cell->odd);
	hand_over(cell, tls_errors, ntls_errors, cell->tls);
	hand_over(cell, copies, ncopies, cell->copies);
	r->status = r->nmissing_libraries || r->nmissing_symbols || r->nbad_relocations ||
				    r->ntls_errors
			    ? MU_STATUS_FAILS
			    : MU_STATUS_LOADS;
	return e;
}

static struct mu_result blank(size_t index, enum mu_layer layer, enum mu_mode mode)
{
	return (struct mu_result){
		.target = index,
		.layer = layer,
		.mode = mode,
		.interpreter_found = true,
		.status = MU_STATUS_NOT_APPLICABLE,
		.works = true,
	};
}

int cell_run(struct job *job, const struct target *t, size_t index, enum mu_layer layer,
	enum mu_mode mode, struct mu_result *ret)
{
	struct cell cell = {0};
	int e;

	*ret = blank(index, layer, mode);
	if (!needs_loader(job->o))
		return 0;
	e = open_cell(&cell, job, t, layer, ret);
	if (!e && !(e = take_libraries(&cell)) && !(e = take_loaded(&cell)) &&
		!(e = take_tree(&cell)) && !(e = take_symbols(&cell)))
		e = take_copies(&cell);
	return conclude(&cell, e);
}

int cell_works(
	struct job *job, const struct target *t, enum mu_layer layer, enum mu_mode mode)
{
	struct mu_result r = blank(0, layer, mode);
	struct cell cell = {0};
	int e;

	if (!needs_loader(job->o))
		return 1;
	e = open_cell(&cell, job, t, layer, &r);
	if (!e)
		e = works(&cell);
	free(cell.odd.v);
	free(cell.tls.v);
	return e;
}
