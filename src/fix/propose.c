/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "fix.h"

static const char *const layer_caveats[MU_LAYER_COUNT] = {
	[MU_LAYER_LIBC6_COMPAT] = "brings names and paths only, not one symbol more",
	[MU_LAYER_GCOMPAT] = "gcompat's loader runs only for programs that start through "
			     "glibc's interpreter "
			     "path, not for modules that a musl program opens",
};
static const char no_interpreter[] =
	"its interpreter is not there either: a layer, or patchelf --set-interpreter";

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

/* What goes into an apk line, and what is to be said beside it. */
struct shopping {
	struct mu_arena *a;
	const struct target *t;
	const char **names;   /* arena: the layer, packages */
	const char **guesses; /* arena: so:NAME, a line of its own: it may well fail */
	const char **caveats; /* arena */
	size_t nnames, nguesses, ncaveats;
	size_t brought;      /* libraries that a name in the line is for */
	const char *lacking; /* the first line about one that other releases have; NULL */
	bool failed;         /* out of memory */
};

static void buy(struct shopping *s, const char *name)
{
	for (size_t i = 0; name && i < s->nnames; i++)
		if (!strcmp(s->names[i], name))
			return;
	s->failed |= !name;
	s->names[s->nnames++] = name;
}

static void guess(struct shopping *s, const char *soname)
{
	const char *name = mu_arena_printf(s->a, "so:%s", soname);

	s->failed |= !name;
	s->guesses[s->nguesses++] = name;
}

static void say(struct shopping *s, const char *text)
{
	s->failed |= !text;
	s->caveats[s->ncaveats++] = text;
}

/* "libz.so.1: zlib, likely; bar has it too" */
static const char *choice(struct shopping *s, const struct mu_missing_library *m)
{
	const struct mu_provider *p = m->packages;
	const char *text = mu_arena_printf(s->a, "%s: %s, %s%s%s%s", m->name, p->package,
		mu_certainty_name(p->certainty),
		strcmp(p->repo, "main") ? "; needs the repository " : "",
		strcmp(p->repo, "main") ? p->repo : "",
		p->certainty == MU_CERTAINTY_POSSIBLE
			? "; apk finds the package by the soname, and says so where "
			  "there is none"
			: "");

	for (size_t i = 1; text && i < m->npackages; i++)
		text = mu_arena_printf(
			s->a, "%s%s%s", text, i > 1 ? ", " : "; or: ", p[i].package);
	return text;
}

/* One library's line. A guess is left to apk, which knows its index. */
static void shop_for(struct shopping *s, const struct mu_missing_library *m)
{
	const char *lack;

	s->brought += m->npackages || packages_unseen(s->t, m);
	if (m->npackages) {
		if (m->packages->certainty == MU_CERTAINTY_POSSIBLE ||
			!is_plain(m->packages->package))
			guess(s, m->name);
		else
			buy(s, m->packages->package);
		say(s, choice(s, m));
	} else if (packages_unseen(s->t, m)) {
		guess(s, m->name);
		say(s, mu_arena_printf(s->a,
			       "so:%s: no package is known that has it; apk says whether "
			       "%s has one",
			       m->name, s->t->pub.name));
	} else {
		lack = packages_lack(s->a, s->t, m);
		lack = lack ? mu_arena_printf(s->a, "%s: %s", m->name, lack) : NULL;
		say(s, lack);
		if (!s->lacking && (m->releases_with || m->other))
			s->lacking = lack;
	}
}

static bool shopped(const struct mu_result *r, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (!strcmp(r->missing_libraries[k].name, r->missing_libraries[i].name))
			return true;
	return false;
}

static int shop(struct job *job, const struct target *t, const struct mu_result *r,
	struct shopping *s)
{
	size_t n = r->nmissing_libraries + 3; /* the layer and its caveats */

	*s = (struct shopping){.a = job->arena, .t = t};
	s->names = mu_arena_array(job->arena, n, sizeof *s->names);
	s->caveats = mu_arena_array(job->arena, n, sizeof *s->caveats);
	s->guesses = mu_arena_array(job->arena, n, sizeof *s->guesses);
	if (!s->names || !s->caveats || !s->guesses)
		return -ENOMEM;
	if (r->layer != MU_LAYER_NONE)
		buy(s, mu_layer_name(r->layer));
	for (size_t i = 0; i < r->nmissing_libraries; i++)
		if (!shopped(r, i))
			shop_for(s, &r->missing_libraries[i]);
	return s->failed ? -ENOMEM : 0;
}

/* Arguments of apk add, as one string. */
static const char *joined(struct mu_arena *a, const char *const *names, size_t n)
{
	const char *list = "";

	for (size_t i = 0; list && i < n; i++)
		list = mu_arena_printf(a, "%s%s%s", list, *list ? " " : "", names[i]);
	return list;
}

static enum mu_proof proof_of(const struct mu_result *r, bool works)
{
	if (!works)
		return MU_PROOF_ADVICE;
	return r->verified && !strcmp(r->verified, "agrees") ? MU_PROOF_VERIFIED
							     : MU_PROOF_SIMULATED;
}

/* More than this is no command that a person would run. */
#define MAX_LIBRARIES 40

/* Fixes for several targets: enough for every release there is. */
#define MAX_FIXES 32

/* By the commands, or what stands for them. */
static bool same_fix(const struct mu_fix *a, const struct mu_fix *b)
{
	if (a->ncommands != b->ncommands)
		return false;
	for (size_t i = 0; i < a->ncommands; i++)
		if (strcmp(a->commands[i], b->commands[i]) != 0)
			return false;
	return a->ncommands || !strcmp(a->summary, b->summary);
}

/* Room for one more fix; NULL where it says nothing new, *error where memory ran out. */
static struct mu_fix *new_fix(struct job *job, const struct mu_fix *fix, int *error)
{
	struct mu_report *r = job->report;
	struct mu_fix *fixes = (struct mu_fix *)r->fixes;

	*error = 0;
	for (size_t i = 0; i < r->nfixes; i++)
		if (same_fix(&fixes[i], fix)) {
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
	slot = new_fix(job, fix, &e);
	if (slot)
		*slot = *fix;
	return e;
}

/* No package of this release helps; another release may, or a rebuild. */
static int propose_elsewhere(
	struct job *job, const struct target *t, const struct shopping *s)
{
	size_t n = 0;

	if (!s->lacking)
		return 0; /* nothing is known of it: the findings say so */
	for (size_t i = 0; i < s->ncaveats; i++)
		if (s->caveats[i] != s->lacking)
			s->caveats[n++] = s->caveats[i];
	return add_fix(job, &(struct mu_fix){
				    .target = t->pub.name,
				    .id = "packages",
				    .proof = MU_PROOF_ADVICE,
				    .summary = s->lacking,
				    .caveats = s->caveats,
				    .ncaveats = n,
			    });
}

/* Packages: the layer, and what brings the libraries that are missing. */
static int propose_packages(
	struct job *job, const struct target *t, const struct mu_result *r, bool works)
{
	struct mu_arena *a = job->arena;
	const char **lines = mu_arena_array(a, 4, sizeof *lines);
	const char *parts[2], *all = "";
	struct shopping s;
	size_t n = 0;

	if (!lines || shop(job, t, r, &s))
		return -ENOMEM;
	if (!works && !s.brought)
		return propose_elsewhere(job, t, &s);
	if (!r->interpreter_found)
		say(&s, no_interpreter);
	if (layer_caveats[r->layer])
		say(&s, layer_caveats[r->layer]);
	parts[0] = joined(a, s.names, s.nnames);
	parts[1] = joined(a, s.guesses, s.nguesses);
	for (int i = 0; i < 2; i++) {
		if (!parts[i])
			return -ENOMEM;
		if (!*parts[i])
			continue;
		lines[n] = mu_arena_printf(a, "apk add --no-cache %s", parts[i]);
		lines[2 + n] = mu_arena_printf(a, "RUN apk add --no-cache %s", parts[i]);
		all = all ? mu_arena_printf(a, "%s%s%s", all, n ? " " : "", parts[i])
			  : NULL;
		if (!lines[n] || !lines[2 + n++] || !all)
			return -ENOMEM;
	}
	return add_fix(job, &(struct mu_fix){
				    .target = t->pub.name,
				    .id = works ? mu_layer_name(r->layer) : "packages",
				    .proof = proof_of(r, works),
				    .summary = mu_arena_printf(
					    a, "on %s, install %s", t->pub.name, all),
				    .commands = lines,
				    .ncommands = n,
				    .dockerfile = lines + 2,
				    .ndockerfile = n,
				    .caveats = s.caveats,
				    .ncaveats = s.ncaveats,
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

static int propose(
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

static int fix_target(struct job *job, size_t index)
{
	const struct outcome *out = &job->outcomes[index];
	int e = 0;

	for (size_t i = out->first; i < out->end && !e; i++) {
		const struct mu_result r = job->results.v[i];
		if (r.layer == out->best)
			e = propose(job, &job->run->targets[index], &r, out->works);
	}
	return e;
}

int fix_file(struct job *job)
{
	int e = 0;

	for (size_t i = 0; i < job->run->ntargets && !e; i++)
		e = fix_target(job, i);
	return e;
}
