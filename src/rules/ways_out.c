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

/* The arguments of apk add, as one string. */
static char *package_list(struct job *job, const struct mu_result *r)
{
	struct mu_arena *a = job->arena;
	char *list = mu_arena_strdup(
		a, r->layer == MU_LAYER_NONE ? "" : mu_layer_name(r->layer));

	for (size_t i = 0; list && i < r->nmissing_libraries; i++) {
		const char *name = r->missing_libraries[i].name;
		bool twice = strchr(name, '/');
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

int propose(
	struct job *job, const struct target *t, const struct mu_result *r, bool works)
{
	struct mu_arena *a = job->arena;
	struct mu_fix *fix;
	const char **lines, *packages;

	if (job->report->nfixes || !t->pub.release || r->mode != MU_MODE_START ||
		(works && r->layer == MU_LAYER_NONE) ||
		(!works && (!can_be_brought(r) || !r->nmissing_libraries ||
				   r->nmissing_libraries > MAX_LIBRARIES)))
		return 0;
	fix = mu_arena_alloc(a, sizeof *fix);
	lines = mu_arena_array(a, 4, sizeof *lines);
	packages = package_list(job, r);
	if (!fix || !lines || !packages)
		return -ENOMEM;
	lines[0] = mu_arena_printf(a, "apk add --no-cache %s", packages);
	lines[1] = mu_arena_printf(a, "RUN apk add --no-cache %s", packages);
	*fix = (struct mu_fix){
		.id = works ? mu_layer_name(r->layer) : "packages",
		.proof = proof_of(r, works),
		.summary = mu_arena_printf(a, "on %s, install %s", t->pub.name, packages),
		.commands = lines,
		.ncommands = 1,
		.dockerfile = lines + 1,
		.ndockerfile = 1,
		.caveats = lines + 2,
	};
	if (!works)
		lines[2 + fix->ncaveats++] = so_caveat;
	if (layer_caveats[r->layer])
		lines[2 + fix->ncaveats++] = layer_caveats[r->layer];
	job->report->fixes = fix;
	job->report->nfixes = 1;
	return lines[0] && lines[1] && fix->summary ? 0 : -ENOMEM;
}
