/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "search.h"

/* Names that are musl itself, whatever file exists: "lib" and one of these before a
 * dot. The number is the one that the loader keeps its own record by. */
static const struct {
	const char *stem;
	unsigned mark;
} reserved[] = {
	{"c.", 0},
	{"pthread.", 1},
	{"rt.", 2},
	{"m.", 3},
	{"dl.", 4},
	{"util.", 5},
	{"xnet.", 6},
};

static int add_node(struct mu_closure *c, struct mu_node node)
{
	if (mu_vec_room(&c->nodes))
		return -ENOMEM;
	c->nodes.v[c->nodes.n] = node;
	return (int)c->nodes.n++;
}

static int add_loaded(struct mu_closure *c, const char *name, const char *path)
{
	if (mu_vec_room(&c->loaded))
		return -ENOMEM;
	c->loaded.v[c->loaded.n++] = (struct mu_loaded){name, path};
	return 0;
}

/* The reserved name's number, -1 when it is an ordinary name. */
static int reserved_name(const char *name)
{
	if (strncmp(name, "lib", 3))
		return -1;
	for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
		if (!strncmp(name + 3, reserved[i].stem, strlen(reserved[i].stem)))
			return (int)i;
	return -1;
}

static int self_node(struct mu_closure *c)
{
	for (size_t i = 1; i < c->nodes.n; i++)
		if (!c->nodes.v[i].file)
			return (int)i;
	c->has_libc = true;
	return add_node(c,
		(struct mu_node){.name = c->self, .needed_by = -1, .rpath_ready = true});
}

/* The loader's answer to its own names; -1 when the name is another's. */
static int load_self(struct mu_closure *c, const char *name)
{
	int which = reserved_name(name);

	if (which >= 0) {
		unsigned mark = 1u << reserved[which].mark;
		if (!(c->reserved_reported & mark) && add_loaded(c, name, c->self))
			return -ENOMEM;
		c->reserved_reported |= mark;
		return self_node(c);
	}
	if (!strcmp(name, c->self) ||
		(c->env->self_name && !strcmp(name, c->env->self_name)))
		return self_node(c);
	return -1;
}

/* The program is never found as a library; what dlopen opened is one. */
static size_t first_library(const struct mu_closure *c)
{
	return c->env->start == MU_START_DLOPEN ? 0 : 1;
}

/* A loaded library by its short name, or by its inode. */
static int find_short(const struct mu_closure *c, const char *name)
{
	for (size_t i = first_library(c); i < c->nodes.n; i++)
		if (c->nodes.v[i].shortname && !strcmp(c->nodes.v[i].shortname, name))
			return (int)i;
	return -1;
}

static int find_file(const struct mu_closure *c, const struct mu_file *file)
{
	for (size_t i = first_library(c); i < c->nodes.n; i++)
		if (c->nodes.v[i].file == file)
			return (int)i;
	return -1;
}

static const char *last_part(const char *path)
{
	return strrchr(path, '/') + 1;
}

/* Whether the loader could map it: same class and byte order, and a dynamic section.
 * The machine it does not look at. */
static bool loadable(const struct mu_env *env, const struct mu_file *f)
{
	const struct mu_object *o = f->elf ? &f->elf->facts : NULL;

	return o && o->has_dynamic && o->bits == env->machine->bits &&
	       o->little == env->machine->little;
}

static int load_found(struct mu_closure *c, const char *name, int needed_by,
	const struct found *found, int *error)
{
	bool by_path = strchr(name, '/');
	int i = find_file(c, found->file);
	const char *path;

	if (i >= 0) {
		if (!c->nodes.v[i].shortname && !by_path)
			c->nodes.v[i].shortname = last_part(c->nodes.v[i].name);
		return i;
	}
	if (!loadable(c->env, found->file)) {
		*error = -ENOEXEC;
		return MU_NODE_MISSING;
	}
	/* a second libc in one process would be the end of it */
	if (found->file->elf->facts.defines_libc) {
		i = load_self(c, "libc.so");
		if (i < 0)
			*error = -ENOMEM;
		return i < 0 ? MU_NODE_MISSING : i;
	}
	path = mu_arena_strdup(&c->arena, found->path);
	if (!path || add_loaded(c, name, path)) {
		*error = -ENOMEM;
		return MU_NODE_MISSING;
	}
	return add_node(c, (struct mu_node){
				   .file = found->file,
				   .name = path,
				   .shortname = by_path ? NULL : last_part(path),
				   .needed_by = needed_by,
			   });
}

/* Loads one name. Returns its node, MU_NODE_MISSING with *error set. */
static int load_library(struct mu_closure *c, const char *name, int needed_by, int *error)
{
	struct found found = {0};
	int i;

	*error = 0;
	if (!*name) {
		*error = -EINVAL;
		return MU_NODE_MISSING;
	}
	i = load_self(c, name);
	if (i != -1) {
		*error = i < 0 ? i : 0;
		return i < 0 ? MU_NODE_MISSING : i;
	}
	if (!strchr(name, '/')) {
		i = find_short(c, name);
		if (i >= 0)
			return i;
	}
	*error = mu_search(c, name, needed_by, &found);
	if (*error)
		return MU_NODE_MISSING;
	if (!found.file) {
		/* a layer's name for musl itself: it is mapped, recognised, let go */
		i = load_self(c, "libc.so");
		return i < 0 ? MU_NODE_MISSING : i;
	}
	return load_found(c, name, needed_by, &found, error);
}

static bool fatal(int error)
{
	return error == -ENOMEM || error == -MU_E_LIMIT;
}

/* Names separated by colons or white space; what cannot be found is passed over. */
static int load_preload(struct mu_closure *c, const char *list)
{
	while (list && *list) {
		const char *end;
		char *name;
		int error;
		while (isspace((unsigned char)*list) || *list == ':')
			list++;
		for (end = list; *end && !isspace((unsigned char)*end) && *end != ':';)
			end++;
		if (end == list)
			break;
		name = mu_arena_strndup(&c->arena, list, (size_t)(end - list));
		if (!name)
			return -ENOMEM;
		load_library(c, name, -1, &error);
		if (fatal(error))
			return error;
		list = end;
	}
	return 0;
}

static int load_needed(struct mu_closure *c, size_t i)
{
	const struct mu_object *o;

	if (!c->nodes.v[i].file)
		return 0;
	o = &c->nodes.v[i].file->elf->facts;
	c->nodes.v[i].dep0 = c->deps.n;
	for (size_t k = 0; k < o->nneeded; k++) {
		struct mu_dep d = {.name = o->needed[k]};
		d.node = load_library(c, d.name, (int)i, &d.error);
		if (fatal(d.error))
			return d.error;
		if (mu_vec_room(&c->deps))
			return -ENOMEM;
		c->deps.v[c->deps.n++] = d;
		c->nodes.v[i].ndeps++;
	}
	return 0;
}

/*
 * What the loader calls itself. Under --list it is the program's PT_INTERP, which
 * stands in memory only if a segment holds the program headers.
 */
static const char *own_name(const struct mu_env *env, const struct mu_object *o)
{
	if (env->start == MU_START_DLOPEN)
		return env->machine->musl_interp;
	return o->interpreter && o->interp_mapped ? o->interpreter : env->loader;
}

int mu_closure_load(const struct mu_env *env, struct mu_file *program, const char *path,
	struct mu_closure *c)
{
	const struct mu_object *o = &program->elf->facts;
	const char *name = mu_arena_strdup(&c->arena, path);
	int e = 0;

	c->env = env;
	c->self = own_name(env, o);
	if (!name ||
		add_node(c, (struct mu_node){
				    .file = program, .name = name, .needed_by = -1}) < 0)
		return -ENOMEM;
	if (env->start == MU_START_DLOPEN && self_node(c) < 0)
		return -ENOMEM;
	if (!(o->interpreter && !strcmp(o->interpreter, env->machine->musl_interp)))
		e = load_preload(c, env->layer_preload);
	if (e || (e = load_preload(c, env->preload)))
		return e;
	for (size_t i = 0; i < c->nodes.n; i++)
		if ((e = load_needed(c, i)))
			return e;
	return mu_closure_bind(c);
}

void mu_closure_free(struct mu_closure *c)
{
	mu_arena_free(&c->arena);
	free(c->nodes.v);
	free(c->deps.v);
	free(c->loaded.v);
	free(c->open.v);
	memset(c, 0, sizeof *c);
}
