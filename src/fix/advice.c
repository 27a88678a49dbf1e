/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "core/text.h"
#include "db/names.h"
#include "way.h"

/* Families of missing symbols that get advice of their own. */
#define MAX_FAMILIES 3

/* ---- texts with places --------------------------------------------------------------
 */

/** struct places: what the places in a recipe's texts stand for; NULL: not known */
struct places {
	bool solved; /* some way clears everything: nothing has to be given up */
	const char *file, *base, *release, *target, *machine, *interp, *subject, *package;
};

static const struct {
	const char *name;
	size_t offset;
} place_table[] = {
	{"{file}", offsetof(struct places, file)},
	{"{base}", offsetof(struct places, base)},
	{"{release}", offsetof(struct places, release)},
	{"{target}", offsetof(struct places, target)},
	{"{machine}", offsetof(struct places, machine)},
	{"{interp}", offsetof(struct places, interp)},
	{"{subject}", offsetof(struct places, subject)},
	{"{package}", offsetof(struct places, package)},
};

/* The place that begins at @at, and how long its name is; NULL where none does. */
static const char *place_at(const struct places *p, const char *at, size_t *len)
{
	for (size_t i = 0; i < sizeof place_table / sizeof *place_table; i++) {
		size_t n = strlen(place_table[i].name);
		if (strncmp(at, place_table[i].name, n) != 0)
			continue;
		*len = n;
		return *(const char *const *)(const void *)((const char *)p +
							    place_table[i].offset);
	}
	return NULL;
}

static const char *filled_in(struct mu_arena *a, const char *text, const struct places *p)
{
	const char *done = "", *from = text;

	for (const char *at = strchr(text, '{'); at && done; at = strchr(at, '{')) {
		size_t len = 1;
		const char *value = place_at(p, at, &len);
		if (value) {
			done = mu_arena_printf(
				a, "%s%.*s%s", done, (int)(at - from), from, value);
			from = at + len;
		}
		at += len;
	}
	return !done || from == text ? (done ? text : NULL)
				     : mu_arena_printf(a, "%s%s", done, from);
}

static const char *const *all_filled_in(
	struct mu_arena *a, const char *const *texts, size_t n, const struct places *p)
{
	const char **v = mu_arena_array(a, n, sizeof *v);

	for (size_t i = 0; v && i < n; i++) {
		v[i] = filled_in(a, texts[i], p);
		if (!v[i])
			return NULL;
	}
	return v;
}

static void places_of(const struct problem *p, struct places *ret)
{
	const struct mu_release *r = p->t->pub.release;
	const struct job *job = p->job;
	const char *file = shell_word(job->arena, job->report->path);
	const char *base = shell_word(job->arena, mu_text_base(job->report->path));

	*ret = (struct places){
		.file = file ? file : "FILE",
		.base = base && *base ? base : "FILE",
		.release = r ? r->name : mu_release_newest()->name,
		.target = p->t->pub.name,
		.machine = job->machine ? job->machine->name : NULL,
		.interp = job->machine ? job->machine->musl_interp : NULL,
	};
}

/* ---- recipes --------------------------------------------------------------------------
 */

static enum rank rank_of(const struct mu_recipe *r, enum rank usual)
{
	static const struct {
		const char *fix;
		enum rank rank;
	} ranks[] = {
		{"glibc-beside", RANK_BESIDE},
		{"stay-on-glibc", RANK_STAY},
	};

	for (size_t i = 0; usual != RANK_ITSELF && usual != RANK_ALSO &&
			   i < sizeof ranks / sizeof *ranks;
		i++)
		if (!strcmp(r->fix, ranks[i].fix))
			return ranks[i].rank;
	return usual;
}

static int add_recipe(const struct problem *p, const struct mu_recipe *r, enum rank rank,
	const struct places *places)
{
	struct mu_arena *a = p->job->arena;
	struct mu_fix fix = {
		.id = r->fix,
		.proof = MU_PROOF_ADVICE,
		.target = p->t->pub.name,
		.summary = filled_in(a, r->summary, places),
		.commands = all_filled_in(a, r->commands, r->ncommands, places),
		.ncommands = r->ncommands,
		.dockerfile = all_filled_in(a, r->dockerfile, r->ndockerfile, places),
		.ndockerfile = p->t->pub.release ? r->ndockerfile : 0,
		.caveats = all_filled_in(a, r->caveats, r->ncaveats, places),
		.ncaveats = r->ncaveats,
		.also = rank == RANK_ALSO,
		.bytes = -1,
	};

	if (places->solved && rank_of(r, rank) >= RANK_BESIDE && rank != RANK_ALSO)
		return 0;
	if (!fix.summary || !fix.commands || !fix.dockerfile || !fix.caveats)
		return -ENOMEM;
	return add_fix(p->job, rank_of(r, rank), &fix);
}

/* What the simulation tried itself, and has told of. */
static bool was_tried(const struct mu_recipe *r)
{
	return !strcmp(r->fix, "gcompat") || !strcmp(r->fix, "libc6-compat") ||
	       !strcmp(r->fix, "newer-release") || !strcmp(r->fix, "nothing");
}

/* A library is no program: it cannot be static, or have a loader of its own. */
static bool is_for_programs(const struct mu_recipe *r)
{
	return !strcmp(r->fix, "static") || !strcmp(r->fix, "glibc-beside");
}

/* What a language's own rows tell is not told again for a family of symbols. */
static bool is_of_language(const struct mu_recipe *r)
{
	static const char *const languages[] = {"c", "c++"};

	for (size_t i = 0; i < sizeof languages / sizeof *languages; i++) {
		const struct mu_recipe *of;
		unsigned it = 0;
		while ((of = mu_advice_next(MU_ADVICE_LANGUAGE, languages[i], &it)))
			if (of == r)
				return true;
	}
	return false;
}

/* With all of it solved, the first of the others is enough. */
static int add_advice(const struct problem *p, enum mu_advice_kind kind, const char *name,
	enum rank rank, const struct places *places)
{
	const struct mu_recipe *r;
	unsigned it = 0;
	int e = 0;

	while (name && !e && (r = mu_advice_next(kind, name, &it))) {
		if (was_tried(r) || (p->module && is_for_programs(r)) ||
			(kind == MU_ADVICE_FAMILY && is_of_language(r)))
			continue;
		e = add_recipe(p, r, rank, places);
		if (places->solved)
			break;
	}
	return e;
}

/* ---- software that is known by name --------------------------------------------------
 */

static const struct mu_software *software_of(const struct job *job)
{
	const struct mu_object *o = job->o;
	const struct mu_software *s = mu_software_of(MU_SOFTWARE_FILE, job->report->path);

	if (!s && o->soname)
		s = mu_software_of(MU_SOFTWARE_SONAME, o->soname);
	for (size_t i = 0; !s && i < o->nneeded; i++)
		s = mu_software_of(MU_SOFTWARE_SONAME, o->needed[i]);
	return s;
}

static int add_package(const struct problem *p, const char *package, const char *caveat)
{
	struct mu_arena *a = p->job->arena;
	const char *repo = mu_package_repo(package, p->t->pub.release);
	const char **lines = mu_arena_array(a, 5, sizeof *lines);
	size_t n = 0;

	if (!repo)
		return 0;
	if (!lines)
		return -ENOMEM;
	lines[0] = mu_arena_printf(a, "apk add --no-cache %s", package);
	lines[1] = mu_arena_printf(a, "RUN apk add --no-cache %s", package);
	if (!lines[1])
		return -ENOMEM;
	lines[4] = package;
	if (caveat)
		lines[2 + n++] = caveat;
	if (strcmp(repo, "main") != 0 &&
		!(lines[2 + n++] = mu_arena_printf(
			  a, "%s is in the repository %s", package, repo)))
		return -ENOMEM;
	return add_fix(p->job, RANK_ITSELF,
		&(struct mu_fix){
			.id = "alpine-package",
			.proof = MU_PROOF_ADVICE,
			.target = p->t->pub.name,
			.summary = mu_arena_printf(
				a, "take Alpine's own build of it: package %s", package),
			.commands = lines,
			.ncommands = 1,
			.dockerfile = lines + 1,
			.ndockerfile = 1,
			.caveats = lines + 2,
			.ncaveats = n,
			.packages = lines + 4,
			.npackages = 1,
			.bytes = mu_package_size(package),
		});
}

static int advise_software(
	const struct problem *p, const struct mu_software *s, const struct places *places)
{
	enum rank rank = s->declined ? RANK_ITSELF : RANK_REBUILD;
	const struct mu_recipe *r;
	unsigned it = 0;
	bool told = false;
	int e = 0;

	while (!told && (r = mu_advice_next(MU_ADVICE_SOFTWARE, s->id, &it)))
		told = !strcmp(r->fix, "alpine-package");
	if (s->package && p->t->pub.release && !told)
		e = add_package(p, s->package, s->why);
	return e ? e : add_advice(p, MU_ADVICE_SOFTWARE, s->id, rank, places);
}

/* ---- what the distribution has as well
 * ------------------------------------------------- */

/* A command in one of the distribution's folders is the distribution's.
 * Returns: 1 where Alpine has it, 0, or -ENOMEM. */
static int advise_command(const struct problem *p)
{
	static const char *const folders[] = {
		"/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/", "/usr/games/"};
	const char *path = p->job->report->path, *base = mu_text_base(path);
	struct mu_provider from;
	unsigned it = 0;

	if (!p->t->pub.release || p->module)
		return 0;
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		size_t n = strlen(folders[i]);
		if (strncmp(path, folders[i], n) || path + n != base)
			continue;
		if (mu_command_provider_next(base, p->t->pub.release, &it, &from) <= 0)
			return 0;
		return add_package(p, from.package,
			       "by the command's name; its version may be another")
			       ? -ENOMEM
			       : 1;
	}
	return 0;
}

/* ---- rebuilding
 * -------------------------------------------------------------------------- */

static const char *host_of(const struct problem *p)
{
	for (size_t i = 0; i < p->base.nmissing_symbols; i++)
		if (p->base.missing_symbols[i].host)
			return p->base.missing_symbols[i].host;
	return p->module ? mu_db_host_of_path(p->job->report->path) : NULL;
}

/* What the file does not tell, its libraries do. */
static const char *language_of(const struct job *job)
{
	if (job->o->language)
		return job->o->language;
	for (size_t i = 0; i < job->o->nneeded; i++)
		if (!strncmp(job->o->needed[i], "libstdc++.", 10))
			return "c++";
	return "c";
}

/* Of what no way clears. */
static int advise_families(const struct problem *p, struct places places)
{
	const struct mu_family *told[MAX_FAMILIES];
	size_t n = 0;

	for (size_t i = 0; i < p->rest.nmissing_symbols && n < MAX_FAMILIES; i++) {
		const struct mu_missing_symbol *m = &p->rest.missing_symbols[i];
		const struct mu_family *f =
			m->origin == MU_ORIGIN_GLIBC ? mu_family_of(m->symbol) : NULL;
		bool known = !f;
		int e;
		for (size_t k = 0; k < n; k++)
			known |= told[k] == f;
		if (known)
			continue;
		told[n++] = f;
		places.subject = m->symbol;
		e = add_advice(p, MU_ADVICE_FAMILY, f->id, RANK_REBUILD, &places);
		if (e)
			return e;
	}
	return 0;
}

/* Of what no way clears: indirect functions, or other types. */
static bool has_relocation(const struct mu_result *r, bool indirect)
{
	for (size_t i = 0; i < r->nbad_relocations; i++) {
		const char *name = r->bad_relocations[i].name;
		if ((name && strstr(name, "IRELATIVE")) == indirect)
			return true;
	}
	return false;
}

static bool needs_newer_gcc(const struct problem *p)
{
	const char *gcc = mu_release_gcc(p->t->pub.release);

	for (size_t i = 0; gcc && i < p->rest.nmissing_symbols; i++) {
		const struct mu_missing_symbol *m = &p->rest.missing_symbols[i];
		const char *first = m->version ? mu_gcc_of_tag(m->version) : NULL;
		if (first && mu_version_cmp(gcc, first) < 0)
			return true;
	}
	return false;
}

static int advise_problems(const struct problem *p, const struct places *places)
{
	const struct mu_result *r = &p->rest;
	const struct {
		const char *name;
		bool is_there;
	} problems[] = {
		{"irelative", has_relocation(r, true)},
		{"relocation", has_relocation(r, false)},
		{"libstdcxx", needs_newer_gcc(p)},
		{"tls", r->ntls_errors > 0},
		{"relr", r->relr_ignored != NULL},
	};
	int e = 0;

	for (size_t i = 0; i < sizeof problems / sizeof *problems && !e; i++)
		if (problems[i].is_there)
			e = add_advice(p, MU_ADVICE_PROBLEM, problems[i].name,
				RANK_REBUILD, places);
	return e;
}

int propose_also(const struct problem *p)
{
	static const struct {
		enum mu_rule_id rule;
		const char *problem;
	} rows[] = {
		{MU_RULE_MU017, "thread-stack"},
		{MU_RULE_MU008, "exec-stack"},
		{MU_RULE_MU009, "copy-size"},
		{MU_RULE_MU012, "static-glibc"},
	};
	struct places places;
	int e = 0;

	places_of(p, &places);
	places.solved = true; /* one of each */
	if (mu_name_match("*.cpython-*-linux-gnu.so", p->job->report->path))
		e = add_advice(p, MU_ADVICE_PROBLEM, "python-suffix", RANK_ALSO, &places);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (size_t k = 0; k < p->job->findings.n && !e; k++)
			if (p->job->findings.v[k].rule == rows[i].rule) {
				e = add_advice(p, MU_ADVICE_PROBLEM, rows[i].problem,
					RANK_ALSO, &places);
				break;
			}
	return e;
}

int propose_advice(const struct problem *p, bool solved)
{
	const struct mu_software *s = software_of(p->job);
	const char *host = host_of(p);
	struct places places;
	int e = 0;

	places_of(p, &places);
	places.solved = solved;
	e = advise_command(p);
	if (e)
		return e < 0 ? e : 0; /* nobody rebuilds what the distribution has */
	if (s)
		e = advise_software(p, s, &places);
	if (!e)
		e = advise_problems(p, &places);
	if (!e && p->job->o->libc != MU_LIBC_MUSL)
		e = add_advice(p, host ? MU_ADVICE_MODULE : MU_ADVICE_LANGUAGE,
			host ? host : language_of(p->job), RANK_REBUILD, &places);
	if (!e && !solved)
		e = advise_families(p, places);
	return e;
}

int propose_nothing(struct job *job, const struct target *t, const char *why)
{
	return add_fix(job, RANK_NOTHING,
		&(struct mu_fix){
			.id = "nothing",
			.proof = MU_PROOF_SIMULATED,
			.target = t ? t->pub.name : NULL,
			.summary = why,
			.complete = true,
			.bytes = 0,
		});
}
