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

/* @text with each @mark replaced; the same where there is none. */
static const char *replaced(
	struct mu_arena *a, const char *text, const char *mark, const char *by)
{
	const char *done = NULL, *at;

	for (; (at = strstr(text, mark)); text = at + strlen(mark)) {
		done = mu_arena_printf(
			a, "%s%.*s%s", done ? done : "", (int)(at - text), text, by);
		if (!done)
			return NULL;
	}
	return done ? mu_arena_printf(a, "%s%s", done, text) : text;
}

static void add_try(struct hunt *h, const char *folder)
{
	char real[PATH_MAX];

	folder = replaced(h->a, folder, "{multiarch}", h->p->job->machine->multiarch);
	folder = folder ? replaced(h->a, folder, "{origin}", h->origin) : NULL;
	h->failed |= !folder;
	/* canonical, so that no folder is there twice */
	if (!folder || mu_root_realpath(h->p->job->run->root, folder, real))
		return;
	for (size_t i = 0; i < h->ntry; i++)
		if (!strcmp(h->try_[i], real))
			return;
	folder = mu_arena_strdup(h->a, real);
	h->failed |= !folder;
	if (folder && h->ntry < MAX_FOLDERS)
		h->try_[h->ntry++] = folder;
}

/* One folder of a run path, with what glibc's loader knows and musl's does not. */
static void add_run_path(struct hunt *h, const char *folder)
{
	static const char *const origins[] = {"$ORIGIN", "${ORIGIN}"};
	static const char *const libs[] = {"$LIB", "${LIB}"};

	for (int i = 0; i < 2 && folder; i++)
		folder = replaced(h->a, folder, origins[i], h->origin);
	for (int i = 0; i < 2 && folder; i++) {
		if (!strstr(folder, libs[i]))
			continue;
		for (size_t k = 0; k < sizeof lib_folders / sizeof *lib_folders; k++) {
			const char *s = replaced(h->a, folder, libs[i], lib_folders[k]);
			if (s && *s == '/')
				add_try(h, s);
		}
		return;
	}
	h->failed |= !folder;
	if (folder && *folder == '/' && !strchr(folder, '$'))
		add_try(h, folder);
}

static void list_folders(struct hunt *h)
{
	const struct mu_object *o = h->p->job->o;
	const char *s = o->runpath ? o->runpath : o->rpath;

	while (s && *s) {
		size_t n = strcspn(s, ":");
		const char *one = mu_arena_strndup(h->a, s, n);
		h->failed |= !one;
		if (one && n && n < PATH_MAX)
			add_run_path(h, one);
		s += n + (s[n] == ':');
	}
	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
		add_try(h, usual[i]);
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
		int e;
		way.folders = joined(h);
		e = way.folders ? try_way(h->p, &way, h->a, &r, NULL) : -ENOMEM;
		more = e ? e : look_for(h, &r);
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

static const char *run_path(struct hunt *h)
{
	const struct mu_object *o = h->p->job->o;
	const char *s = o->runpath ? o->runpath : o->rpath;

	/* one mark that musl does not know, and it ignores all of it */
	for (const char *d = s; d && (d = strchr(d, '$')); d++)
		if (strncmp(d, "$ORIGIN", 7) && strncmp(d, "${ORIGIN}", 9)) {
			s = NULL;
			break;
		}
	if (!s)
		s = "";
	for (size_t i = 0; i < h->nfound && s; i++) {
		const char *one = from_origin(h, h->found[i]);
		s = one ? mu_arena_printf(h->a, "%s%s%s", s, *s ? ":" : "", one) : NULL;
	}
	return s;
}

int find_folders(
	const struct problem *p, struct mu_arena *a, const char **abs, const char **rpath)
{
	struct hunt h = {.p = p, .a = a};
	char real[PATH_MAX];
	int e;

	*abs = NULL;
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
	*rpath = run_path(&h);
	return *abs && *rpath ? 0 : -ENOMEM;
}
