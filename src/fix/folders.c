/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "way.h"

#define MAX_FOLDERS 24
/* A library that is found needs others in turn. */
#define MAX_ROUNDS 6
/* Entries of a run path that are looked at. */
#define MAX_ENTRIES 256

/* Where glibc's loader looks, and programs keep their own, from the file's folder.
 * {multiarch} is the machine's. */
static const char *const usual[] = {
	"{origin}",
	"{origin}/lib",
	"{origin}/../lib",
	"{origin}/../lib64",
	"/usr/local/lib",
	"/usr/local/lib/{multiarch}",
	"/usr/local/lib64",
	"/lib/{multiarch}",
	"/usr/lib/{multiarch}",
	"/lib64",
	"/usr/lib64",
};
#define USUAL (sizeof usual / sizeof *usual)

/* What glibc's loader makes of $LIB: it depends on the distribution. */
static const char *const lib_folders[] = {"lib/{multiarch}", "lib64", "lib"};

struct hunt {
	const struct problem *p;
	struct mu_arena *a;
	const char *origin;             /* the file's folder */
	const char *try_[MAX_FOLDERS];  /* folders, in order; arena */
	const char *found[MAX_FOLDERS]; /* those that have something; arena */
	size_t ntry, nfound;
	bool failed;
};

/* ---- which folders ------------------------------------------------------------- */

struct mark {
	const char *name;
	const char *value;
};

static const struct mark *mark_at(const struct mark *marks, size_t n, const char *s)
{
	for (size_t i = 0; i < n; i++)
		if (!strncmp(s, marks[i].name, strlen(marks[i].name)))
			return &marks[i];
	return NULL;
}

/* @text with each mark replaced, once; false where it does not fit: no folder then. */
static bool replace(
	char ret[PATH_MAX], const char *text, const struct mark *marks, size_t nmarks)
{
	size_t n = 0;

	while (*text) {
		const struct mark *m = mark_at(marks, nmarks, text);
		const char *add = m ? m->value : text;
		size_t len = m ? strlen(m->value) : 1;
		if (len >= PATH_MAX - n)
			return false;
		memcpy(ret + n, add, len);
		n += len;
		text += m ? strlen(m->name) : 1;
	}
	ret[n] = 0;
	return true;
}

/* Whether it can stand in a list of folders, which the path file and run paths are, and
 * on a line of text. */
static bool can_be_listed(const char *folder)
{
	return !strpbrk(folder, ":$") && is_line(folder);
}

static void add_try(struct hunt *h, const char *folder, size_t most)
{
	char real[PATH_MAX];

	/* canonical, so that no folder is there twice */
	if (h->ntry == most || *folder != '/' ||
		mu_root_realpath(h->p->job->run->root, folder, real) ||
		!can_be_listed(real))
		return;
	for (size_t i = 0; i < h->ntry; i++)
		if (!strcmp(h->try_[i], real))
			return;
	h->try_[h->ntry] = mu_arena_strdup(h->a, real);
	h->failed |= !h->try_[h->ntry];
	h->ntry += !h->failed;
}

/* One folder of a run path, with what glibc's loader knows and musl's does not. */
static void add_run_path(struct hunt *h, const char *folder)
{
	bool has_lib = strstr(folder, "$LIB") || strstr(folder, "${LIB}");
	char path[PATH_MAX], lib[64];

	for (size_t i = 0; i < (has_lib ? sizeof lib_folders / sizeof *lib_folders : 1);
		i++) {
		const struct mark multiarch = {
			"{multiarch}", h->p->job->machine->multiarch};
		const struct mark marks[] = {
			{"$ORIGIN", h->origin},
			{"${ORIGIN}", h->origin},
			{"$LIB", lib},
			{"${LIB}", lib},
		};
		if (!replace(path, lib_folders[i], &multiarch, 1) ||
			strlen(path) >= sizeof lib)
			continue;
		strcpy(lib, path);
		if (replace(path, folder, marks, sizeof marks / sizeof *marks))
			add_try(h, path, MAX_FOLDERS - USUAL);
	}
}

static void list_folders(struct hunt *h)
{
	const struct mu_object *o = h->p->job->o;
	const char *s = o->runpath ? o->runpath : o->rpath;
	const struct mark marks[] = {
		{"{origin}", h->origin},
		{"{multiarch}", h->p->job->machine->multiarch},
	};
	char path[PATH_MAX];

	for (int i = 0; i < MAX_ENTRIES && s && *s; i++) {
		size_t n = strcspn(s, ":");
		if (n && n < sizeof path) {
			char one[PATH_MAX];
			memcpy(one, s, n);
			one[n] = 0;
			add_run_path(h, one);
		}
		s += n + (s[n] == ':');
	}
	for (size_t i = 0; i < USUAL; i++)
		if (replace(path, usual[i], marks, sizeof marks / sizeof *marks))
			add_try(h, path, MAX_FOLDERS);
}

/* ---- which of them have what is missing ------------------------------------------ */

static int has_library(struct hunt *h, const char *folder, const char *name)
{
	const struct mu_check *run = h->p->job->run;
	char path[PATH_MAX];
	struct mu_file *f = NULL;
	int e;

	if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, name) >= sizeof path)
		return 0;
	e = mu_store_open(run->store, run->root, path, &f);
	if (e)
		return e == -ENOMEM ? e : 0;
	return f->elf && f->elf->facts.has_dynamic &&
	       f->elf->facts.machine == h->p->job->machine;
}

static int take_folder(struct hunt *h, const char *folder)
{
	for (size_t i = 0; i < h->nfound; i++)
		if (!strcmp(h->found[i], folder))
			return 0;
	h->found[h->nfound++] = folder;
	return 1;
}

/* Returns how many folders are new, or -ENOMEM. */
static int look_for(struct hunt *h, const struct mu_result *r)
{
	int more = 0;

	for (size_t i = 0; i < r->nmissing_libraries; i++) {
		const char *name = r->missing_libraries[i].name;
		for (size_t k = 0; k < h->ntry && !strchr(name, '/'); k++) {
			int has = has_library(h, h->try_[k], name);
			if (has < 0)
				return has;
			if (has) {
				more += take_folder(h, h->try_[k]);
				break;
			}
		}
	}
	return more;
}

static const char *joined(struct hunt *h)
{
	const char *s = "";

	for (size_t i = 0; i < h->nfound && s; i++)
		s = mu_arena_printf(h->a, "%s%s%s", s, *s ? ":" : "", h->found[i]);
	return s;
}

/* What the libraries need that were found: found too? */
static int hunt_all(struct hunt *h)
{
	struct mu_result r = h->p->base;
	struct way way = {.steps = BIT(STEP_PATH_FILE)};
	int more = look_for(h, &r);

	for (int round = 0; more > 0 && round < MAX_ROUNDS; round++) {
		struct mu_arena a = {0};
		int e;
		way.folders = joined(h);
		e = way.folders ? try_way(h->p, &way, &a, &r, NULL) : -ENOMEM;
		more = e ? e : look_for(h, &r);
		mu_arena_free(&a);
	}
	return more < 0 ? more : 0;
}

/* ---- the run path ------------------------------------------------------------------ */

/* Beside the file, so that both may be moved: from $ORIGIN. A set-id program must not. */
static const char *from_origin(struct hunt *h, const char *folder)
{
	size_t n = strlen(h->origin), up;

	if (h->p->job->o->setuid || n < 2)
		return folder;
	if (!strncmp(folder, h->origin, n) && (!folder[n] || folder[n] == '/'))
		return mu_arena_printf(h->a, "$ORIGIN%s", folder + n);
	up = (size_t)(strrchr(h->origin, '/') - h->origin);
	if (up > 1 && strcmp(h->origin, "/usr/bin") && strcmp(h->origin, "/usr/sbin") &&
		!strncmp(folder, h->origin, up) && folder[up] == '/')
		return mu_arena_printf(h->a, "$ORIGIN/..%s", folder + up);
	return folder;
}

/* The run path as it is, where musl follows it and a command can be made of it. */
static const char *kept_run_path(const struct mu_object *o)
{
	const char *s = o->runpath ? o->runpath : o->rpath;

	/* one mark that musl does not know, and it ignores all of it */
	for (const char *d = s; d && (d = strchr(d, '$')); d++)
		if (strncmp(d, "$ORIGIN", 7) && strncmp(d, "${ORIGIN}", 9))
			return "";
	return s ? s : "";
}

/* *ret: NULL where it would not fit into a command. */
static int run_path(struct hunt *h, const char **ret)
{
	const char *s = kept_run_path(h->p->job->o);

	*ret = NULL;
	if (!is_line(s))
		return 0;
	for (size_t i = 0; i < h->nfound && s; i++) {
		const char *one = from_origin(h, h->found[i]);
		s = one ? mu_arena_printf(h->a, "%s%s%s", s, *s ? ":" : "", one) : NULL;
	}
	if (s && is_line(s))
		*ret = s;
	return s ? 0 : -ENOMEM;
}

int find_folders(
	const struct problem *p, struct mu_arena *a, const char **abs, const char **rpath)
{
	struct hunt h = {.p = p, .a = a};
	char real[PATH_MAX];
	int e;

	*abs = *rpath = NULL;
	if (!p->base.nmissing_libraries ||
		mu_root_realpath(p->job->run->root, p->job->report->path, real))
		return 0;
	*strrchr(real, '/') = 0;
	h.origin = mu_arena_strdup(a, *real ? real : "/");
	if (!h.origin)
		return -ENOMEM;
	list_folders(&h);
	e = h.failed ? -ENOMEM : hunt_all(&h);
	if (e || !h.nfound)
		return e;
	*abs = joined(&h);
	return *abs ? run_path(&h, rpath) : -ENOMEM;
}
