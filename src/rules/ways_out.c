/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "run.h"

static const char *const layer_caveats[MU_LAYER_COUNT] = {
	[MU_LAYER_LIBC6_COMPAT] = "brings names and paths only, not one symbol more",
	[MU_LAYER_GCOMPAT] = "gcompat's loader runs only for programs that start through "
			     "glibc's interpreter "
			     "path, not for modules that a musl program opens",
};
static const char so_caveat[] = "apk finds the packages by soname, and says so where the "
				"release has none with it";

/* A name out of a file becomes part of a command that people paste: only what is
 * plainly a soname may. */
static bool is_plain(const char *s)
{
	return *s && *s != '-' &&
	       !s[strspn(s,
		       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
		       "._+-")];
}

static bool all_plain(const struct mu_result *r)
{
	for (size_t i = 0; i < r->nmissing_libraries; i++)
		if (!is_plain(r->missing_libraries[i].name))
			return false;
	return true;
}

/* The arguments of apk add, as one string. */
static char *package_list(struct job *job, const struct mu_result *r)
{
	struct mu_arena *a = job->arena;
	char *list = mu_arena_strdup(
		a, r->layer == MU_LAYER_NONE ? "" : mu_layer_name(r->layer));

	for (size_t i = 0; list && i < r->nmissing_libraries; i++) {
		const char *name = r->missing_libraries[i].name;
		bool twice = false;
		for (size_t k = 0; k < i && !twice; k++)
			twice = !strcmp(r->missing_libraries[k].name, name);
		if (!twice)
			list = mu_arena_printf(
				a, "%s%sso:%s", list, *list ? " " : "", name);
	}
	return list;
}

static const char *proof_of(const struct mu_result *r, bool works)
{
	if (!works)
		return "advice";
	return r->verified && !strcmp(r->verified, "agrees") ? "verified" : "simulated";
}

/* More than this is no command that a person would run. */
#define MAX_LIBRARIES 40

/* Fixes for several targets: enough for every release there is. */
#define MAX_FIXES 32

/* Room for one more fix; NULL where it says nothing new, *error where memory ran out. */
static struct mu_fix *new_fix(struct job *job, const char *command, int *error)
{
	struct mu_report *r = job->report;
	struct mu_fix *fixes = (struct mu_fix *)r->fixes;

	*error = 0;
	for (size_t i = 0; i < r->nfixes; i++)
		if (!strcmp(fixes[i].commands[0], command)) {
			fixes[i].target = NULL; /* of more than one */
			return NULL;
		}
	if (r->nfixes == MAX_FIXES)
		return NULL;
	if (!fixes)
		r->fixes = fixes = mu_arena_array(job->arena, MAX_FIXES, sizeof *fixes);
	if (!fixes) {
		*error = -ENOMEM;
		return NULL;
	}
	return &fixes[r->nfixes++];
}

static int add_fix(struct job *job, const struct mu_fix *fix)
{
	struct mu_fix *slot;
	int e;

	for (size_t i = 0; i < fix->ncommands; i++)
		if (!fix->commands[i])
			return -ENOMEM;
	if (!fix->summary)
		return -ENOMEM;
	slot = new_fix(job, fix->commands[0], &e);
	if (slot)
		*slot = *fix;
	return e;
}

/* Packages: the layer, and what brings the libraries that are missing. */
static int propose_packages(
	struct job *job, const struct target *t, const struct mu_result *r, bool works)
{
	struct mu_arena *a = job->arena;
	const char **lines = mu_arena_array(a, 4, sizeof *lines);
	const char *packages = package_list(job, r);
	size_t ncaveats = 0;

	if (!lines || !packages)
		return -ENOMEM;
	lines[0] = mu_arena_printf(a, "apk add --no-cache %s", packages);
	lines[1] = mu_arena_printf(a, "RUN apk add --no-cache %s", packages);
	if (!works)
		lines[2 + ncaveats++] = so_caveat;
	if (layer_caveats[r->layer])
		lines[2 + ncaveats++] = layer_caveats[r->layer];
	if (!lines[1])
		return -ENOMEM;
	return add_fix(job, &(struct mu_fix){
				    .target = t->pub.name,
				    .id = works ? mu_layer_name(r->layer) : "packages",
				    .proof = proof_of(r, works),
				    .summary = mu_arena_printf(a, "on %s, install %s",
					    t->pub.name, packages),
				    .commands = lines,
				    .ncommands = 1,
				    .dockerfile = lines + 1,
				    .ndockerfile = 1,
				    .caveats = lines + 2,
				    .ncaveats = ncaveats,
			    });
}

/* All of the program loads; it only names the wrong loader. */
static int propose_interpreter(
	struct job *job, const struct target *t, const struct mu_result *r)
{
	struct mu_arena *a = job->arena;
	const char **lines = mu_arena_array(a, 1, sizeof *lines);

	if (!lines)
		return -ENOMEM;
	lines[0] = mu_arena_printf(
		a, "patchelf --set-interpreter %s FILE", job->machine->musl_interp);
	return add_fix(job,
		&(struct mu_fix){
			.target = t->pub.name,
			.id = "set-interpreter",
			.proof = proof_of(r, true),
			.summary = mu_arena_printf(a, "let it name musl's own loader, %s",
				job->machine->musl_interp),
			.commands = lines,
			.ncommands = 1,
		});
}

int propose(
	struct job *job, const struct target *t, const struct mu_result *r, bool works)
{
	bool layer = r->layer != MU_LAYER_NONE;

	if (r->mode != MU_MODE_START)
		return 0;
	if (!works && !layer && !r->interpreter_found && r->status == MU_STATUS_LOADS &&
		!r->relr_ignored)
		return propose_interpreter(job, t, r);
	if (!t->pub.release)
		return 0;
	if (works)
		return layer ? propose_packages(job, t, r, true) : 0;
	if (!r->nmissing_libraries || r->nmissing_libraries > MAX_LIBRARIES ||
		!can_be_brought(r) || !all_plain(r))
		return 0;
	return propose_packages(job, t, r, false);
}
