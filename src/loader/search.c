/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "search.h"

#define DEFAULT_PATH "/lib:/usr/local/lib:/usr/lib"
#define MAX_PATH_FILE 65536
/* Real programs look for a few thousand; each that is not there is remembered. */
#define MAX_TRIED 100000
#define MAX_EXPANDED (1u << 24)

/* Where a candidate comes from: decides whose file system it is looked for in. */
enum from {
	FROM_USER,   /* --library-path, --preload: what the user said counts */
	FROM_RPATH,  /* an absolute run path, or a name with a slash */
	FROM_ORIGIN, /* a run path with $ORIGIN: beside the file */
	FROM_SYSTEM,
};

/* ---- whose folder is it? ------------------------------------------------ */

/* Folders that a distribution fills, and Alpine's packages fill otherwise. */
static const char *const distro_dirs[] = {
	"/lib",
	"/lib32",
	"/lib64",
	"/libx32",
	"/usr/lib",
	"/usr/lib32",
	"/usr/lib64",
	"/usr/libx32",
};

/* How far below a distribution's folder a canonical path is: -1 outside, 0 the folder
 * itself or its multiarch folder, 1 deeper. */
static int distro_depth(const char *dir)
{
	for (size_t i = 0; i < sizeof distro_dirs / sizeof *distro_dirs; i++) {
		size_t n = strlen(distro_dirs[i]);
		const char *rest = dir + n;
		if (strncmp(dir, distro_dirs[i], n) || (*rest && *rest != '/'))
			continue;
		if (!*rest)
			return 0;
		/* x86_64-linux-gnu and its like */
		if (!strchr(rest + 1, '/') && strstr(rest, "-linux-"))
			return 0;
		return 1;
	}
	return -1;
}

/* 1, 0 or -ENOMEM. */
static int is_own(const struct mu_env *env, enum from from, const char *path)
{
	char dir[MU_SEARCH_PATH_MAX + PATH_MAX];
	const char *real, *slash = strrchr(path, '/');
	int depth, err;

	if (from == FROM_USER)
		return true;
	if (env->is_own) {
		const struct mu_entry *e;
		return mu_tree_resolve(mu_root_tree(env->root), path, &e) ||
		       env->is_own(env->own_ctx, e);
	}
	if (!slash || (size_t)(slash - path) >= sizeof dir)
		return slash == NULL;
	memcpy(dir, path, (size_t)(slash - path));
	dir[slash - path] = 0;
	err = mu_store_dir(env->store, env->root, dir, &real);
	if (err || !real)
		return err;
	depth = distro_depth(real);
	return depth < 0 || (depth > 0 && from == FROM_ORIGIN);
}

/* ---- one candidate ------------------------------------------------------ */

static const struct mu_overlay *in_overlay(const struct mu_env *env, const char *path)
{
	for (size_t i = 0; i < env->noverlay; i++)
		if (!strcmp(env->overlay[i].path, path))
			return &env->overlay[i];
	return NULL;
}

static int open_candidate(
	const struct mu_env *env, enum from from, const char *path, struct mu_file **file)
{
	const struct mu_overlay *o = in_overlay(env, path);
	int e = -ENOENT, own;

	/* a layer's file replaces what stands there; in a real target, what stands
	   there is the layer's file */
	if (o && from != FROM_USER && !env->system) {
		*file = o->file;
		return 0;
	}
	own = env->own_only ? is_own(env, from, path) : 1;
	if (own)
		e = own < 0 ? own : mu_store_open(env->store, env->root, path, file);
	if (e == -ENOENT && env->own_only && env->system)
		e = mu_store_open(env->store, env->system, path, file);
	if (e == -ENOENT && o) {
		*file = o->file;
		return 0;
	}
	return e;
}

static bool goes_on(int e)
{
	return e == -ENOENT || e == -ENOTDIR || e == -EACCES || e == -ENAMETOOLONG;
}

/* One list of folders, separated by colons or newlines. */
static int search_list(struct mu_closure *c, enum from from, const char *list,
	const char *name, struct found *ret)
{
	for (;;) {
		size_t n;
		int len, e;
		list += strspn(list, ":\n");
		n = strcspn(list, ":\n");
		if (!n)
			return -ENOENT;
		len = snprintf(ret->path, sizeof ret->path, "%.*s/%s",
			n < sizeof ret->path ? (int)n : (int)sizeof ret->path, list,
			name);
		list += n;
		if (len < 0 || len >= MU_SEARCH_PATH_MAX)
			continue;
		if (c->tried++ > MAX_TRIED)
			return -MU_E_LIMIT;
		e = open_candidate(c->env, from, ret->path, &ret->file);
		if (!e || !goes_on(e))
			return e;
	}
}

/* ---- run paths ---------------------------------------------------------- */

static bool only_origin(const char *s)
{
	for (; (s = strchr(s, '$')); s++)
		if (strncmp(s, "$ORIGIN", 7) && strncmp(s, "${ORIGIN}", 9))
			return false;
	return true;
}

static char *expand(struct mu_arena *arena, const char *s, const char *object)
{
	const char *slash = strrchr(object, '/'), *dollar;
	const char *origin = slash ? object : ".";
	size_t l = slash ? (size_t)(slash - object) : 1, n = 0;
	char *out, *d;

	for (dollar = s; (dollar = strchr(dollar, '$')); dollar++)
		n++;
	if (n * l > MAX_EXPANDED)
		return NULL;
	out = d = mu_arena_alloc(arena, strlen(s) + n * l + 1);
	if (!out)
		return NULL;
	while ((dollar = strchr(s, '$'))) {
		memcpy(d, s, (size_t)(dollar - s));
		d += dollar - s;
		memcpy(d, origin, l);
		d += l;
		s = dollar + (dollar[1] == '{' ? 9 : 7);
	}
	strcpy(d, s);
	return out;
}

/* DT_RUNPATH wins over DT_RPATH; one $ that musl does not know spoils all of it. */
static int ready_rpath(struct mu_closure *c, struct mu_node *node)
{
	const struct mu_object *o;
	const char *s;

	if (node->rpath_ready)
		return 0;
	o = &node->file->elf->facts;
	s = o->runpath ? o->runpath : o->rpath;
	node->rpath_ready = true;
	if (!s)
		return 0;
	if (!only_origin(s)) {
		node->rpath_ignored = true;
		return 0;
	}
	node->rpath = strchr(s, '$') ? expand(&c->arena, s, node->name) : s;
	return node->rpath ? 0 : -ENOMEM;
}

static enum from rpath_kind(const struct mu_node *node)
{
	const struct mu_object *o = &node->file->elf->facts;
	const char *s = o->runpath ? o->runpath : o->rpath;

	return strchr(s, '$') ? FROM_ORIGIN : FROM_RPATH;
}

/* ---- the system path ---------------------------------------------------- */

/* "/lib/ld-musl-x86_64.so.1" → "", "/opt/x/lib/ld.so" → "/opt/x" */
static size_t prefix_length(const char *self)
{
	size_t last = 0, before = 0;

	if (*self != '/')
		return 0;
	for (size_t i = 0; self[i]; i++) {
		if (self[i] != '/')
			continue;
		before = last;
		last = i;
	}
	return before < PATH_MAX ? before : 0;
}

static const char *system_path(struct mu_closure *c)
{
	const struct mu_env *env = c->env;
	const struct mu_root *root = env->own_only ? env->system : env->root;
	char path[PATH_MAX + 64], *text;
	const char *list;
	size_t n;
	int e;

	if (env->path_list)
		return env->path_list;
	if (!root)
		return DEFAULT_PATH;
	snprintf(path, sizeof path, "%.*s/etc/ld-musl-%s.path",
		(int)prefix_length(c->self), c->self, env->machine->musl_arch);
	e = mu_root_read(root, path, MAX_PATH_FILE, &text, &n);
	if (e)
		return e == -ENOENT ? DEFAULT_PATH : "";
	list = mu_arena_strndup(&c->arena, text, n);
	free(text);
	return list ? list : "";
}

/* A layer is packaged for the loader that it goes with: where a path file of this
 * machine leaves /lib out, the layer's own is found all the same. */
static int search_layer(const struct mu_env *env, const char *name, struct found *ret)
{
	for (size_t i = 0; i < env->noverlay; i++) {
		const struct mu_overlay *o = &env->overlay[i];
		if (strcmp(strrchr(o->path, '/') + 1, name))
			continue;
		snprintf(ret->path, sizeof ret->path, "%s", o->path);
		ret->file = o->file;
		return 0;
	}
	return -ENOENT;
}

/* ---- all of it ---------------------------------------------------------- */

int mu_search(struct mu_closure *c, const char *name, int needed_by, struct found *ret)
{
	const struct mu_env *env = c->env;
	int e = -ENOENT;

	if (strchr(name, '/')) {
		if (snprintf(ret->path, sizeof ret->path, "%s", name) >=
			(int)sizeof ret->path)
			return -ENAMETOOLONG;
		return open_candidate(
			env, needed_by < 0 ? FROM_USER : FROM_RPATH, name, &ret->file);
	}
	if (strlen(name) > NAME_MAX)
		return -ENAMETOOLONG;
	if (env->library_path)
		e = search_list(c, FROM_USER, env->library_path, name, ret);
	for (int i = needed_by; i >= 0 && e && goes_on(e); i = c->nodes.v[i].needed_by) {
		struct mu_node *node = &c->nodes.v[i];
		int bad = ready_rpath(c, node);
		if (bad)
			return bad;
		if (node->rpath)
			e = search_list(c, rpath_kind(node), node->rpath, name, ret);
	}
	if (e && goes_on(e)) {
		if (!c->system_path)
			c->system_path = system_path(c);
		e = search_list(c, FROM_SYSTEM, c->system_path, name, ret);
	}
	return e && goes_on(e) ? search_layer(env, name, ret) : e;
}
