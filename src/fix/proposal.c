/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/text.h"
#include "shop.h"

/* Fixes of one file, for all targets together. */
#define MAX_FIXES 48
/* Names of what remains that a summary shows. */
#define SHOWN_LEFT 4

#define TOOL_PACKAGE "patchelf"
/* Two of apk, one of the path file, two of patchelf. */
#define MAX_LINES 6

static const char gcompat_loader[] =
	"gcompat's loader runs only for programs that start through glibc's interpreter "
	"path, not for modules that a musl program opens";
static const char names_only[] = "brings names and paths only, not one symbol more";
static const char rewritten[] = "patchelf rewrites the file: signatures and file "
				"capabilities have to be made anew";
static const char assumed[] =
	"what the packages' libraries export is taken to fit their sonames; "
	"--target-root with a real target proves it";

/* ---- the list of fixes ------------------------------------------------------------ */

/* By the commands, or what stands for them; where something remains, by that too. */
static bool same_fix(const struct mu_fix *a, const struct mu_fix *b)
{
	if (a->ncommands != b->ncommands || strcmp(a->id, b->id) != 0)
		return false;
	for (size_t i = 0; i < a->ncommands; i++)
		if (strcmp(a->commands[i], b->commands[i]) != 0)
			return false;
	return (a->ncommands && a->complete && b->complete) ||
	       !strcmp(a->summary, b->summary);
}

static int make_room(struct job *job)
{
	struct mu_report *r = job->report;

	if (r->fixes)
		return 0;
	r->fixes = mu_arena_array(job->arena, MAX_FIXES, sizeof *r->fixes);
	job->fix_ranks = mu_arena_array(job->arena, MAX_FIXES, sizeof *job->fix_ranks);
	return r->fixes && job->fix_ranks ? 0 : -ENOMEM;
}

int add_fix(struct job *job, enum rank rank, const struct mu_fix *fix)
{
	struct mu_report *r = job->report;
	struct mu_fix *fixes;
	size_t at;

	for (size_t i = 0; i < fix->ncommands; i++)
		if (!fix->commands[i])
			return -ENOMEM;
	if (!fix->summary || make_room(job))
		return -ENOMEM;
	fixes = (struct mu_fix *)r->fixes;
	for (size_t i = 0; i < r->nfixes; i++)
		if (same_fix(&fixes[i], fix)) {
			if (fixes[i].target && fix->target &&
				strcmp(fixes[i].target, fix->target) != 0)
				fixes[i].target = NULL; /* of more than one */
			return 0;
		}
	if (r->nfixes == MAX_FIXES)
		return 0;
	for (at = r->nfixes++; at && job->fix_ranks[at - 1] > (int)rank; at--) {
		fixes[at] = fixes[at - 1];
		job->fix_ranks[at] = job->fix_ranks[at - 1];
	}
	fixes[at] = *fix;
	job->fix_ranks[at] = (int)rank;
	return 0;
}

/* ---- text -----------------------------------------------------------------------------
 */

static const char *joined(
	struct mu_arena *a, const char *const *names, size_t n, const char *between)
{
	size_t size = 1;
	char *list, *end;

	for (size_t i = 0; i < n; i++)
		size += strlen(names[i]) + strlen(between);
	list = end = mu_arena_alloc(a, size);
	for (size_t i = 0; list && i < n; i++) {
		end = stpcpy(end, i ? between : "");
		end = stpcpy(end, names[i]);
	}
	return list;
}

/* "x, y and z" */
static const char *listed(struct mu_arena *a, const char *const *parts, size_t n)
{
	const char *list = n ? parts[0] : "";

	for (size_t i = 1; list && i < n; i++)
		list = mu_arena_printf(
			a, "%s%s%s", list, i + 1 < n ? ", " : " and ", parts[i]);
	return list;
}

bool is_line(const char *s)
{
	size_t n = strnlen(s, PATH_MAX);

	if (n == PATH_MAX || !mu_text_is_utf8(s, n))
		return false;
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return false;
	return true;
}

static char *quoted(struct mu_arena *a, const char *s)
{
	char *out = mu_arena_alloc(a, 4 * strlen(s) + 3), *p = out;

	if (!out)
		return NULL;
	*p++ = '\'';
	for (; *s; s++) {
		if (*s == '\'')
			p = stpcpy(p, "'\\'");
		*p++ = *s;
	}
	*p = '\'';
	return out;
}

const char *shell_word(struct mu_arena *a, const char *s)
{
	if (!is_line(s))
		return NULL;
	if (*s && !s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "0123456789._+-/:@%,")])
		return *s == '-' ? mu_arena_printf(a, "./%s", s) : s;
	return quoted(a, s);
}

/* The file as a word of a command; FILE where its name does not fit on a line. */
static const char *file_word(struct mu_arena *a, const struct job *job)
{
	const char *path = job->report->path;
	const char *word = strcmp(path, "-") ? shell_word(a, path) : NULL;

	return word ? word : "FILE";
}

/* ---- what a way comes to --------------------------------------------------------------
 */

struct proposal {
	struct mu_arena *a;
	const struct problem *p;
	const struct way *way;
	struct shopping s;
	const char *words[STEP_COUNT + 1]; /* of the summary */
	const char *steps[STEP_COUNT];
	const char *commands[MAX_LINES], *dockerfile[MAX_LINES];
	size_t nwords, nsteps, ncommands, ndockerfile;
	bool failed;
};

static bool has(const struct proposal *x, enum step step)
{
	return x->way->steps & BIT(step);
}

static void word(struct proposal *x, const char *text)
{
	x->failed |= !text;
	x->words[x->nwords++] = text;
}

static void command(struct proposal *x, const char *text)
{
	x->failed |= !text;
	x->commands[x->ncommands++] = text;
}

static void dockerfile(struct proposal *x, const char *text)
{
	x->failed |= !text;
	x->dockerfile[x->ndockerfile++] = text;
}

static int buy_all(struct proposal *x, const struct mu_result *raw)
{
	int e = shop_begin(&x->s, x->a, x->p->t, raw);

	if (e)
		return e;
	if (has(x, STEP_LIBC6_COMPAT))
		shop_buy(&x->s, mu_layer_name(MU_LAYER_LIBC6_COMPAT));
	if (has(x, STEP_GCOMPAT))
		shop_buy(&x->s, mu_layer_name(MU_LAYER_GCOMPAT));
	for (size_t i = 0; has(x, STEP_COMPANION) && i < x->way->ncompanions; i++)
		shop_buy(&x->s, x->way->companion_packages[i]);
	e = x->p->t->pub.release ? shop_libraries(&x->s, raw) : 0;
	if (!e && has(x, STEP_LIBC6_COMPAT))
		shop_say(&x->s, names_only);
	if (!e && has(x, STEP_GCOMPAT) && !has(x, STEP_INTERPRETER) &&
		!has(x, STEP_ADD_GCOMPAT))
		shop_say(&x->s, gcompat_loader);
	if (!e && has(x, STEP_PACKAGES) && !x->p->job->run->target_root)
		shop_say(&x->s, assumed);
	return e;
}

static void write_packages(struct proposal *x)
{
	const struct shopping *s = &x->s;
	const char *names = joined(x->a, s->names, s->nnames, " ");
	const char *guesses = joined(x->a, s->guesses, s->nguesses, " ");
	const char *lines[2] = {names, guesses};
	const char *all = names && guesses
				  ? mu_arena_printf(x->a, "%s%s%s", names,
					    *names && *guesses ? " " : "", guesses)
				  : NULL;

	x->failed |= !all;
	if (!all || !*all)
		return;
	word(x, mu_arena_printf(x->a, "install %s", all));
	for (int i = 0; i < 2 && x->p->t->pub.release; i++) {
		if (!*lines[i])
			continue;
		command(x, mu_arena_printf(x->a, "apk add --no-cache %s", lines[i]));
		dockerfile(
			x, mu_arena_printf(x->a, "RUN apk add --no-cache %s", lines[i]));
	}
}

static void write_path_file(struct proposal *x)
{
	const struct mu_machine *m = x->p->job->machine;
	const char *folders = x->way->folders, *words = "", *line;

	if (!has(x, STEP_PATH_FILE))
		return;
	for (const char *s = folders; words && *s;) {
		size_t n = strcspn(s, ":");
		const char *one = mu_arena_strndup(x->a, s, n);
		one = one ? shell_word(x->a, one) : NULL;
		words = one ? mu_arena_printf(x->a, "%s %s", words, one) : NULL;
		s += n + (s[n] == ':');
	}
	line = words ? mu_arena_printf(x->a,
			       "printf '%%s\\n' /lib /usr/local/lib /usr/lib%s > "
			       "/etc/ld-musl-%s.path",
			       words, m->musl_arch)
		     : NULL;
	word(x, mu_arena_printf(
			x->a, "name %s in /etc/ld-musl-%s.path", folders, m->musl_arch));
	command(x, line);
	dockerfile(x, line ? mu_arena_printf(x->a, "RUN %s", line) : NULL);
}

/* The words of the summary, and what patchelf is told. */
static const char *patchelf_options(struct proposal *x)
{
	const struct mu_machine *m = x->p->job->machine;
	const struct way *w = x->way;
	const char *o = "";

	if (has(x, STEP_INTERPRETER)) {
		word(x, mu_arena_printf(x->a, "let it name musl's own loader, %s",
				m->musl_interp));
		o = mu_arena_printf(x->a, "%s --set-interpreter %s", o, m->musl_interp);
	}
	if (o && has(x, STEP_REMOVE)) {
		const char *name = mu_text_base(m->glibc_interp);
		word(x, mu_arena_printf(x->a, "drop its need of %s", name));
		o = mu_arena_printf(x->a, "%s --remove-needed %s", o, name);
	}
	for (size_t i = 0; o && has(x, STEP_COMPANION) && i < w->ncompanions; i++) {
		o = mu_arena_printf(x->a, "%s --add-needed %s", o, w->companions[i]);
		if (!i)
			word(x, mu_arena_printf(x->a, "let it need %s",
					joined(x->a, w->companions, w->ncompanions,
						", ")));
	}
	if (o && has(x, STEP_ADD_GCOMPAT)) {
		word(x, "let it need libgcompat.so.0");
		o = mu_arena_printf(x->a, "%s --add-needed libgcompat.so.0", o);
	}
	return o;
}

static const char *rpath_options(struct proposal *x)
{
	const char *path;

	if (!has(x, STEP_RPATH))
		return "";
	path = shell_word(x->a, x->way->rpath);
	word(x, mu_arena_printf(x->a, "set its run path to %s", x->way->rpath));
	return path ? mu_arena_printf(x->a, " --set-rpath %s", path) : NULL;
}

/*
 * The run path by a run of its own: patchelf 0.14 writes the strings that two kinds of
 * options add in one run over each other.
 */
static void write_patchelf(struct proposal *x)
{
	const char *runs[] = {patchelf_options(x), rpath_options(x)}, *all = "";

	for (int i = 0; i < 2 && all; i++) {
		const char *line;
		x->failed |= !runs[i];
		if (!runs[i] || !*runs[i])
			continue;
		line = mu_arena_printf(
			x->a, "patchelf%s %s", runs[i], file_word(x->a, x->p->job));
		command(x, line);
		all = line ? mu_arena_printf(x->a, "%s%s && ", all, line) : NULL;
	}
	x->failed |= !all;
	if (!all || !*all)
		return;
	shop_say(&x->s, rewritten);
	if (x->p->t->pub.release && mu_package_repo(TOOL_PACKAGE, x->p->t->pub.release))
		dockerfile(x, mu_arena_printf(x->a,
				      "RUN apk add --no-cache --virtual .patchelf "
				      "patchelf && %sapk del .patchelf",
				      all));
}

/* Names of what remains, each once. */
struct left {
	const char *names[SHOWN_LEFT + 1];
	size_t n, all;
	struct mu_exports seen; /* hashes */
	bool failed;
};

static void put_left(struct left *l, const char *name)
{
	uint64_t hash = mu_hash(name, strlen(name));

	if (mu_exports_find(&l->seen, hash) != MU_ANSWER_NONE)
		return;
	l->failed |= mu_exports_add(&l->seen, hash, MU_ANSWER_DEF) != 0;
	l->all++;
	if (l->n < SHOWN_LEFT)
		l->names[l->n++] = name;
}

/* "a, b and 12 more" */
static const char *names_left(struct mu_arena *a, const struct mu_result *r)
{
	struct left l = {0};

	for (size_t i = 0; i < r->nmissing_libraries; i++)
		put_left(&l, r->missing_libraries[i].name);
	for (size_t i = 0; i < r->nmissing_symbols; i++)
		if (r->missing_symbols[i].origin != MU_ORIGIN_HOST)
			put_left(&l, r->missing_symbols[i].symbol);
	for (size_t i = 0; i < r->nbad_relocations; i++)
		put_left(&l, r->bad_relocations[i].name ? r->bad_relocations[i].name
							: "unknown relocations");
	if (r->ntls_errors)
		put_left(&l, "initial-exec TLS");
	if (r->relr_ignored)
		put_left(&l, "packed relocations (DT_RELR)");
	if (!r->interpreter_found)
		put_left(&l, "the interpreter");
	free(l.seen.slots);
	if (l.all > l.n) {
		l.names[l.n] = mu_arena_printf(a, "%zu more", l.all - l.n);
		l.failed |= !l.names[l.n++];
	}
	return l.failed ? NULL : listed(a, l.names, l.n);
}

static const char *summary_of(struct proposal *x, const struct mu_result *after)
{
	const char *what = listed(x->a, x->words, x->nwords), *left;

	if (!what)
		return NULL;
	if (!count_left(after))
		return what;
	left = names_left(x->a, after);
	return left ? mu_arena_printf(x->a, "%s; what remains: %s", what, left) : NULL;
}

/* Installed bytes of what is bought, as far as they are known. */
static int64_t bytes_of(const struct proposal *x)
{
	int64_t sum = 0;

	for (size_t i = 0; i < x->s.nnames; i++) {
		int64_t n = mu_package_size(x->s.names[i]);
		if (n < 0)
			return -1;
		sum += n;
	}
	return x->s.nguesses || !x->p->t->pub.release ? -1 : sum;
}

/* A guess that is left to apk proves nothing. */
static enum mu_proof proof_of(struct proposal *x, const struct mu_result *after)
{
	bool verified = false;

	if (x->s.nguesses)
		return MU_PROOF_ADVICE;
	x->failed |= show_way(x->p, x->way, after, &verified) != 0;
	return verified ? MU_PROOF_VERIFIED : MU_PROOF_SIMULATED;
}

static const char *const *kept(struct proposal *x, const char *const *list, size_t n)
{
	const char **copy = mu_arena_array(x->a, n, sizeof *copy);

	x->failed |= !copy;
	if (copy)
		memcpy(copy, list, n * sizeof *copy);
	return copy;
}

static const char *id_of(const struct way *way)
{
	const char *id = NULL;

	for (int i = 0; i < STEP_COUNT; i++)
		if (way->steps & BIT(i))
			id = step_name((enum step)i);
	return id;
}

int propose_way(const struct problem *p, const struct way *way,
	const struct mu_result *after, const struct mu_result *raw)
{
	struct proposal x = {.a = p->job->arena, .p = p, .way = way};
	struct mu_result *copy = mu_arena_alloc(x.a, sizeof *copy);
	struct mu_fix fix;

	if (!copy || buy_all(&x, raw))
		return -ENOMEM;
	*copy = *after;
	write_packages(&x);
	write_path_file(&x);
	write_patchelf(&x);
	for (int i = 0; i < STEP_COUNT; i++)
		if (way->steps & BIT(i))
			x.steps[x.nsteps++] = step_name((enum step)i);
	fix = (struct mu_fix){
		.id = id_of(way),
		.proof = proof_of(&x, after),
		.target = p->t->pub.name,
		.summary = summary_of(&x, after),
		.commands = kept(&x, x.commands, x.ncommands),
		.ncommands = x.ncommands,
		.dockerfile = kept(&x, x.dockerfile, x.ndockerfile),
		.ndockerfile = x.ndockerfile,
		.caveats = x.s.caveats,
		.ncaveats = x.s.ncaveats,
		.packages = x.s.names,
		.npackages = p->t->pub.release ? x.s.nnames : 0,
		.steps = kept(&x, x.steps, x.nsteps),
		.nsteps = x.nsteps,
		.after = copy,
		.complete = !count_left(after),
		.bytes = bytes_of(&x),
	};
	return x.failed || x.s.failed
		       ? -ENOMEM
		       : add_fix(p->job, fix.complete ? RANK_SOLVED : RANK_PART, &fix);
}

/* Nothing is known of a library, and not all was seen that the release has: apk knows. */
static int propose_guess(const struct problem *p, struct shopping *s)
{
	struct mu_arena *a = p->job->arena;
	const char *names = joined(a, s->guesses, s->nguesses, " ");
	const char **lines = mu_arena_array(a, 2, sizeof *lines);

	if (!names || !lines)
		return -ENOMEM;
	lines[0] = mu_arena_printf(a, "apk add --no-cache %s", names);
	lines[1] = mu_arena_printf(a, "RUN apk add --no-cache %s", names);
	if (!lines[1])
		return -ENOMEM;
	return add_fix(p->job, RANK_PART,
		&(struct mu_fix){
			.target = p->t->pub.name,
			.id = "packages",
			.proof = MU_PROOF_ADVICE,
			.summary = mu_arena_printf(a, "install %s", names),
			.commands = lines,
			.ncommands = 1,
			.dockerfile = lines + 1,
			.ndockerfile = 1,
			.caveats = s->caveats,
			.ncaveats = s->ncaveats,
			.bytes = -1,
		});
}

/* No package of Alpine is known to have it, now or ever: it is the program's own. */
static const char *own_libraries(const struct problem *p)
{
	struct mu_arena *a = p->job->arena;
	const char *names = "";
	size_t n = 0;

	for (size_t i = 0; i < p->rest.nmissing_libraries && names; i++) {
		const struct mu_missing_library *m = &p->rest.missing_libraries[i];
		if (m->npackages || m->releases_with || m->other || m->in_the_way ||
			mu_library_of(m->name) || strstr(names, m->name))
			continue;
		if (n++ < SHOWN_LEFT)
			names = mu_arena_printf(
				a, "%s%s%s", names, *names ? ", " : "", m->name);
	}
	return names;
}

static int propose_own(const struct problem *p)
{
	const char *names = own_libraries(p);

	if (!names || !*names)
		return names ? 0 : -ENOMEM;
	return add_fix(p->job, RANK_REBUILD,
		&(struct mu_fix){
			.target = p->t->pub.name,
			.id = "bring-library",
			.proof = MU_PROOF_ADVICE,
			.summary = mu_arena_printf(p->job->arena,
				"bring along %s, built for musl: no package of Alpine is "
				"known to have it; --library-path or --root shows muslin "
				"where it is",
				names),
			.bytes = -1,
		});
}

int propose_elsewhere(const struct problem *p, bool guess)
{
	struct shopping s;
	size_t n = 0;

	if (!p->t->pub.release)
		return propose_own(p);
	if (shop_begin(&s, p->job->arena, p->t, &p->base) || shop_libraries(&s, &p->base))
		return -ENOMEM;
	if (guess && s.nguesses && propose_guess(p, &s))
		return -ENOMEM;
	if (!s.lacking)
		return s.nguesses ? 0 : propose_own(p);
	for (size_t i = 0; i < s.ncaveats; i++)
		if (s.caveats[i] != s.lacking)
			s.caveats[n++] = s.caveats[i];
	return add_fix(p->job, RANK_REBUILD,
		&(struct mu_fix){
			.target = p->t->pub.name,
			.id = "packages",
			.proof = MU_PROOF_ADVICE,
			.summary = s.lacking,
			.caveats = s.caveats,
			.ncaveats = n,
			.bytes = -1,
		});
}
