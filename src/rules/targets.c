/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/hash.h"
#include "run.h"

#define MAX_LIBC_FILE (16u << 20)

/* ---- names --------------------------------------------------------------- */

void release_target(const struct mu_release *r, struct target *t)
{
	const struct mu_variant *v = mu_variant_at(r->variant);

	memset(t, 0, sizeof *t);
	snprintf(t->name, sizeof t->name, "alpine:%s", r->name);
	t->variant = t->view = r->variant;
	t->pub = (struct mu_target){
		.libc_version = r->musl_version ? r->musl_version : v->version,
		.release = r};
}

static int bare_target(const char *name, struct target *t)
{
	int v = mu_variant_find(name);

	/* "alpine:3.18" is a variant's name too, but a target only as a release */
	if (v < 0 || strncmp(name, "musl", 4))
		return -MU_E_UNKNOWN_TARGET;
	memset(t, 0, sizeof *t);
	snprintf(t->name, sizeof t->name, "%s", name);
	t->bare = true;
	t->variant = t->view = v;
	t->pub.libc_version = mu_variant_at(v)->version;
	return 0;
}

static int parse_target(
	struct mu_check *run, const char *name, struct target *t, struct mu_error *err)
{
	const struct mu_release *r = NULL;
	int e = extra_target(run, name, t);

	if (e)
		return e < 0 ? mu_error_set(err, e, NULL, NULL) : 0;
	if (!strncmp(name, "alpine:", 7))
		r = strcmp(name + 7, "latest") ? mu_release_find(name + 7)
					       : mu_release_newest();
	else if (!bare_target(name, t))
		return 0;
	if (!r)
		return mu_error_set(err, -MU_E_UNKNOWN_TARGET, NULL,
			"unknown target '%s'; `muslin db list` shows those there are "
			"(alpine:3.22, alpine:edge, musl:1.2.5, musl-debian:1.2.3, …)",
			name);
	release_target(r, t);
	return 0;
}

/* ---- a real target -------------------------------------------------------- */

/* musl keeps its version as a string of its own: "1.2.5" between two NULs. */
void musl_version_in(const char *p, size_t n, char *ret, size_t cap)
{
	*ret = 0;
	for (size_t i = 1; i + 6 < n; i++) {
		size_t len;
		if (p[i - 1] || p[i] != '1' || p[i + 1] != '.' ||
			!isdigit((unsigned char)p[i + 2]) || p[i + 3] != '.')
			continue;
		len = strnlen(p + i, n - i);
		if (len < 5 || len >= cap || p[i + len])
			continue;
		memcpy(ret, p + i, len + 1);
		ret[strspn(ret, "0123456789.")] = 0;
		return;
	}
}

int variant_of_version(const char *version)
{
	char name[64];
	int v, newest = 0;

	snprintf(name, sizeof name, "musl:%s", version);
	v = mu_variant_find(name);
	if (v >= 0)
		return v;
	/* a version that is not known yet behaves like the newest one that is */
	for (int i = 0; i < mu_variant_count(); i++)
		if (!strncmp(mu_variant_at(i)->name, "musl:", 5) &&
			mu_version_cmp(mu_variant_at(i)->version,
				mu_variant_at(newest)->version) > 0)
			newest = i;
	return newest;
}

/* The release that a root says it is. */
static const struct mu_release *release_of_root(const struct mu_root *root)
{
	const struct mu_release *r = NULL;
	char *text;
	size_t n;

	if (mu_root_read(root, "/etc/alpine-release", 4096, &text, &n))
		return NULL;
	text[strcspn(text, " \t\r\n")] = 0;
	/* edge: 3.23_alpha20250612 */
	r = strchr(text, '_') ? mu_release_find("edge") : mu_release_find(text);
	free(text);
	return r;
}

static int read_real_libc(struct mu_check *run, struct target *t,
	const struct mu_machine *m, struct mu_error *err)
{
	char *data, version[32];
	size_t n;
	int e = mu_root_read(run->target_root, m->musl_interp, MAX_LIBC_FILE, &data, &n);
	int bit;

	if (e)
		return e;
	e = mu_elf_read_memory(data, n, m->musl_interp, &run->real_libc, err);
	musl_version_in(data, n, version, sizeof version);
	free(data);
	if (e)
		return e;
	if (!run->real_libc->has_dynamic || run->real_libc->machine != m)
		return mu_error_set(err, -MU_E_MALFORMED, m->musl_interp,
			"not a libc that could be read");
	t->variant = variant_of_version(version);
	bit = mu_store_add_libc(
		run->store, (const struct mu_elf *)run->real_libc, -1, t->variant);
	if (bit < 0)
		return bit;
	t->view = bit;
	t->machine = m;
	t->pub.libc_version = mu_variant_at(t->variant)->version;
	return 0;
}

/* What is read of a target beside its libraries. */
static bool target_wanted(const char *path, uint64_t size)
{
	const char *name = strrchr(path, '/') + 1;

	return size <= MAX_LIBC_FILE &&
	       (!strncmp(name, "ld-musl-", 8) || !strcmp(path, "/etc/alpine-release"));
}

/* A folder, or an image. */
static int open_target(struct mu_check *run, struct mu_error *err)
{
	const char *path = run->opts.target_root;
	struct mu_tree_options o = {
		.arch = run->opts.arch,
		.threads = run->threads,
		.wanted = target_wanted,
		.take = mu_store_take,
		.ctx = run->store,
	};
	struct stat st;
	int e;

	if (!stat(path, &st) && S_ISDIR(st.st_mode) && !mu_tree_is_layout(path))
		return mu_root_open(path, &run->target_root, err);
	e = mu_tree_open(path, &o, &run->target_tree, err);
	return e ? e : mu_root_of_tree(run->target_tree, &run->target_root, err);
}

static int open_target_root(struct mu_check *run, struct mu_error *err)
{
	struct target *t = &run->targets[0];
	const struct mu_release *r;
	int e = open_target(run, err);

	if (e)
		return e;
	r = release_of_root(run->target_root);
	if (!run->opts.ntargets) {
		memset(t, 0, sizeof *t);
		if (r)
			release_target(r, t);
		else
			snprintf(t->name, sizeof t->name, "target-root");
	}
	for (int i = 0; i < MU_MACHINE_COUNT; i++) {
		e = read_real_libc(run, t, mu_machine_at((enum mu_machine_id)i), err);
		if (e != -ENOENT && e != -ENOTDIR)
			return e;
	}
	return mu_error_set(err, -ENOENT, run->opts.target_root,
		"no musl there: /lib/ld-musl-ARCH.so.1 is not in it");
}

int targets_open(struct mu_check *run, struct mu_error *err)
{
	const struct mu_check_options *o = &run->opts;

	run->ntargets = o->ntargets ? o->ntargets : 1;
	if (run->ntargets > MAX_TARGETS)
		return mu_error_set(
			err, -MU_E_USAGE, NULL, "more than %d targets", MAX_TARGETS);
	if (o->target_root && run->ntargets > 1)
		return mu_error_set(err, -MU_E_USAGE, NULL,
			"--target-root is one target; give at most one with --target");
	for (size_t i = 0; i < o->ntargets; i++) {
		int e = parse_target(run, o->targets[i], &run->targets[i], err);
		if (e)
			return e;
	}
	if (o->target_root) {
		int e = open_target_root(run, err);
		if (e)
			return e;
	} else if (!o->ntargets) {
		release_target(mu_release_newest(), &run->targets[0]);
	}
	for (size_t i = 0; i < run->ntargets; i++) {
		run->targets[i].pub.name = run->targets[i].name;
		run->targets[i].pub.arch = run->opts.arch;
	}
	return 0;
}

/* ---- layers --------------------------------------------------------------- */

bool layer_exists(const struct target *t, const struct mu_machine *m, enum mu_layer layer)
{
	const struct mu_release *r = t->pub.release;

	if (layer == MU_LAYER_NONE)
		return true;
	/* a bare musl has no packages: auto does not look for any */
	if (!r || !m->alpine)
		return false;
	if (layer == MU_LAYER_LIBC6_COMPAT)
		return r->libc6_compat;
	for (int i = 0; r->gcompat && mu_gcompat_version(i); i++)
		if (!strcmp(mu_gcompat_version(i), r->gcompat))
			return true;
	return false;
}

/* Which gcompat a target's layer is: the release's, or the newest. */
static int gcompat_of(const struct target *t)
{
	int i = 0;

	for (; mu_gcompat_version(i); i++)
		if (t->pub.release && t->pub.release->gcompat &&
			!strcmp(mu_gcompat_version(i), t->pub.release->gcompat))
			return i;
	return i - 1;
}

/* ---- what a layer brings --------------------------------------------------- */

/* gcompat is linked with the libraries beside it, and they are loaded with it. */
static void need_helpers(struct mu_elf *gcompat)
{
	static const char *const helpers[] = {"libucontext.so.1", "libobstack.so.1"};

	gcompat->facts.needed = helpers;
	gcompat->facts.nneeded = sizeof helpers / sizeof *helpers;
}

static struct mu_file *bring_library(struct mu_check *run, const struct mu_machine *m,
	const char *library, int version)
{
	struct mu_elf *elf = mu_elf_virtual(m, library);
	const struct mu_gcompat_symbol *s;

	for (size_t i = 0; elf && (s = mu_gcompat_symbol_at(i)); i++) {
		if (strcmp(s->library, library) || !(s->versions >> version & 1))
			continue;
		if (mu_exports_add(&elf->exports, mu_hash(s->name, strlen(s->name)),
			    MU_ANSWER_DEF)) {
			mu_object_free(&elf->facts);
			return NULL;
		}
	}
	if (elf && !strcmp(library, "libgcompat.so.0"))
		need_helpers(elf);
	return elf ? mu_store_adopt(run->store, elf) : NULL;
}

/* "{interp}" → glibc's interpreter, "/lib/{interp}" → its name in /lib */
static int layer_path(
	char *buf, size_t cap, const char *pattern, const struct mu_machine *m)
{
	const char *mark = strstr(pattern, "{interp}"), *interp = m->glibc_interp;

	if (!mark)
		return snprintf(buf, cap, "%s", pattern);
	if (mark != pattern)
		interp = strrchr(interp, '/') + 1;
	return snprintf(buf, cap, "%.*s%s%s", (int)(mark - pattern), pattern, interp,
		mark + strlen("{interp}"));
}

static int find_brought(const struct env_slot *slot, const char *const *targets, size_t n,
	const char *target)
{
	for (size_t i = 0; i < n; i++)
		if (slot->overlay[i].file && !strcmp(targets[i], target))
			return (int)i;
	return -1;
}

/* The files that a layer puts into a target, as bits. */
static uint64_t files_of(const struct target *t, enum mu_layer layer)
{
	const struct mu_layer_file *f;
	uint64_t files = 0;

	for (size_t i = 0; i < 64 && (f = mu_layer_file_at(i)); i++)
		/* a bare musl has no release: the newest package is meant */
		if (f->layer == layer &&
			(mu_layer_file_in(f, t->pub.release) ||
				(!t->pub.release && layer == MU_LAYER_LIBC6_COMPAT)))
			files |= UINT64_C(1) << i;
	return files;
}

/* One object however many of the layer's paths lead to it: they are one inode. */
static int fill_overlay(
	struct mu_check *run, struct env_slot *slot, const struct mu_machine *m)
{
	enum { MAX_FILES = 64, PATH_BYTES = 128 };
	const char *targets[MAX_FILES];

	slot->overlay = calloc(MAX_FILES, sizeof *slot->overlay);
	slot->strings = calloc(MAX_FILES, PATH_BYTES);
	if (!slot->overlay || !slot->strings)
		return -ENOMEM;
	for (size_t i = 0; i < MAX_FILES; i++) {
		const struct mu_layer_file *f = mu_layer_file_at(i);
		size_t n = slot->env.noverlay;
		char *path = slot->strings + n * PATH_BYTES;
		int same;
		if (!(slot->files >> i & 1))
			continue;
		layer_path(path, PATH_BYTES, f->path, m);
		same = find_brought(slot, targets, n, f->target);
		targets[n] = f->target;
		slot->overlay[n].path = path;
		if (same >= 0)
			slot->overlay[n].file = slot->overlay[same].file;
		else if (strcmp(f->target, "libc") &&
			 !(slot->overlay[n].file =
					 bring_library(run, m, f->target, slot->gcompat)))
			return -ENOMEM;
		slot->env.noverlay++;
	}
	slot->env.overlay = slot->overlay;
	return 0;
}

static int make_env(
	struct mu_check *run, struct env_slot *slot, const struct mu_machine *m)
{
	const struct mu_root *system = run->target_root;
	bool same = system && mu_root_same(system, run->root);
	struct mu_env *env = &slot->env;

	env->store = run->store;
	env->root = run->root;
	env->system = slot->bare ? NULL : system; /* also where it is .root itself */
	env->own_only = !slot->bare && !same;
	env->is_own = run->is_own;
	env->own_ctx = run->own_ctx;
	env->library_path = run->opts.library_path;
	env->preload = run->opts.preload;
	env->loader = run->opts.verify ? run->opts.verify : m->musl_interp;
	/* gcompat's loader calls musl by glibc's name, and has its library preloaded */
	if (slot->layer == MU_LAYER_GCOMPAT && env->start == MU_START_LIST) {
		env->layer_preload = "/lib/libgcompat.so.0";
		env->self_name = strrchr(m->glibc_interp, '/') + 1;
	}
	return slot->layer == MU_LAYER_NONE ? 0 : fill_overlay(run, slot, m);
}

static struct env_slot *find_env(struct mu_check *run, const struct env_slot *want)
{
	for (size_t i = 0; i < run->nenvs; i++) {
		struct env_slot *slot = run->envs[i];
		if (slot->env.machine == want->env.machine &&
			slot->env.start == want->env.start && slot->bare == want->bare &&
			slot->layer == want->layer && slot->gcompat == want->gcompat &&
			slot->files == want->files)
			return slot;
	}
	return NULL;
}

static struct env_slot *add_env(struct mu_check *run, const struct env_slot *want)
{
	struct env_slot *slot = run->nenvs < MAX_ENVS ? malloc(sizeof *slot) : NULL;

	if (!slot)
		return NULL;
	*slot = *want;
	run->envs[run->nenvs++] = slot;
	if (!make_env(run, slot, want->env.machine))
		return slot;
	run->nenvs--;
	free(slot->overlay);
	free(slot->strings);
	free(slot);
	return NULL;
}

/* From 3.19 on libc6-compat is another name of gcompat. */
enum mu_layer layer_of(const struct target *t, enum mu_layer layer)
{
	const struct mu_release *r = t->pub.release;

	return layer == MU_LAYER_LIBC6_COMPAT && r && !r->libc6_compat ? MU_LAYER_GCOMPAT
								       : layer;
}

const struct mu_env *env_for(struct mu_check *run, const struct target *t,
	const struct mu_machine *m, enum mu_layer layer, enum mu_start start)
{
	enum mu_layer real = layer_of(t, layer);
	struct env_slot want = {
		.env = {.machine = m, .start = start},
		.bare = t->bare,
		.layer = real,
		.gcompat = real == MU_LAYER_GCOMPAT ? gcompat_of(t) : -1,
		.files = files_of(t, real),
	};
	struct env_slot *slot;

	pthread_mutex_lock(&run->lock);
	slot = find_env(run, &want);
	if (!slot)
		slot = add_env(run, &want);
	pthread_mutex_unlock(&run->lock);
	return slot ? &slot->env : NULL;
}
