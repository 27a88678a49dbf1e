/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include <muslin/advice.h>

#include "core/text.h"
#include "explain.h"

#define MAX_LINES 8

/* A fix in the making; texts are filled in when it is added. */
struct sketch {
	const char *id, *summary;
	const char *commands[MAX_LINES], *dockerfile[MAX_LINES], *caveats[MAX_PACKAGES];
	size_t ncommands, ndockerfile, ncaveats;
};

struct list {
	struct mu_explanation *x;
	const struct draft *d;
	struct mu_fix *v; /* arena: MAX_FIXES of them */
	size_t n;
	int error;
};

static const char *const *filled(
	struct list *l, const char *const *v, size_t n, bool shell)
{
	const char **to = mu_arena_array(&l->x->arena, n + 1, sizeof *to);

	for (size_t i = 0; to && i < n; i++) {
		to[i] = v[i] ? fill(l->x, l->d, v[i], shell) : NULL;
		if (!to[i])
			l->error = -ENOMEM;
	}
	if (!to)
		l->error = -ENOMEM;
	return to;
}

static bool same_fix(const struct mu_fix *a, const struct mu_fix *b)
{
	if (a->ncommands != b->ncommands || strcmp(a->id, b->id) != 0)
		return false;
	for (size_t i = 0; i < a->ncommands; i++)
		if (strcmp(a->commands[i], b->commands[i]) != 0)
			return false;
	return a->ncommands || !strcmp(a->summary, b->summary);
}

static void add_fix(struct list *l, const struct sketch *s)
{
	struct mu_fix f = {
		.id = s->id,
		.proof = MU_PROOF_ADVICE,
		.summary = fill(l->x, l->d, s->summary, false),
		.commands = filled(l, s->commands, s->ncommands, true),
		.ncommands = s->ncommands,
		.dockerfile = filled(l, s->dockerfile, s->ndockerfile, true),
		.ndockerfile = s->ndockerfile,
		.caveats = filled(l, s->caveats, s->ncaveats, false),
		.ncaveats = s->ncaveats,
		.bytes = -1,
	};

	if (!f.summary)
		l->error = -ENOMEM;
	if (l->error || l->n == MAX_FIXES)
		return;
	for (size_t i = 0; i < l->n; i++)
		if (same_fix(&l->v[i], &f))
			return;
	l->v[l->n++] = f;
}

/* ---- recipes
 * ------------------------------------------------------------------------------ */

static void add_recipe(struct list *l, const struct mu_recipe *r, const char *id)
{
	struct sketch s = {.id = id ? id : r->fix, .summary = r->summary};

	/* no release has what musl never had */
	if (!strcmp(s.id, "newer-release") && l->d->symbol && !l->d->since)
		return;
	if (!strcmp(s.id, "none"))
		s.id = "nothing";
	for (; s.ncommands < r->ncommands && s.ncommands < MAX_LINES; s.ncommands++)
		s.commands[s.ncommands] = r->commands[s.ncommands];
	for (; s.ndockerfile < r->ndockerfile && s.ndockerfile < MAX_LINES;
		s.ndockerfile++)
		s.dockerfile[s.ndockerfile] = r->dockerfile[s.ndockerfile];
	for (; s.ncaveats < r->ncaveats && s.ncaveats < MAX_PACKAGES; s.ncaveats++)
		s.caveats[s.ncaveats] = r->caveats[s.ncaveats];
	add_fix(l, &s);
}

static bool has_fix(const struct list *l, const char *id)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->v[i].id, id))
			return true;
	return false;
}

static void add_recipe_named(struct list *l, const char *name)
{
	size_t n = strcspn(name, "=");
	char id[64];
	const struct mu_recipe *r;

	if (n >= sizeof id)
		return;
	memcpy(id, name, n);
	id[n] = 0;
	r = mu_recipe_find(id);
	/* the general word says nothing more where there is a special one */
	if (r && (strcmp(r->id, r->fix) != 0 || !has_fix(l, r->fix)))
		add_recipe(l, r, name[n] ? name + n + 1 : NULL);
}

/* gcompat is not for everything that a family is of: gcompat() says for what. A library
 * beside musl is not in every release. */
static bool is_for_this(struct list *l, const char *recipe)
{
	struct mu_companion c;

	if (!strncmp(recipe, "gcompat-", 8))
		return false;
	return strncmp(recipe, "companion-", 10) || !l->d->symbol ||
	       !mu_companion_of(l->d->symbol, l->x->release, &c);
}

static void add_advice(struct list *l, enum mu_advice_kind kind, const char *name)
{
	const struct mu_recipe *r;
	unsigned it = 0;

	while (name && (r = mu_advice_next(kind, name, &it)))
		if (is_for_this(l, r->id))
			add_recipe(l, r, NULL);
}

/* ---- fixes that the database knows the words of
 * ---------------------------------------------- */

static const char *join(struct list *l, const char *before)
{
	const char *line = before;

	for (size_t i = 0; line && i < l->d->npackages; i++)
		line = mu_arena_printf(&l->x->arena, "%s %s", line, l->d->packages[i]);
	if (!line)
		l->error = -ENOMEM;
	return line;
}

static void packages(struct list *l)
{
	const struct draft *d = l->d;
	struct sketch s = {.id = "packages"};

	if (!d->npackages)
		return;
	s.summary = join(l, "On {target}, install:");
	s.commands[s.ncommands++] = join(l, "apk add --no-cache");
	s.dockerfile[s.ndockerfile++] = join(l, "RUN apk add --no-cache");
	for (size_t i = 0; i < d->nnotes; i++)
		s.caveats[s.ncaveats++] = d->notes[i];
	add_fix(l, &s);
}

static void gcompat(struct list *l)
{
	const struct mu_release *r = l->x->release;
	struct sketch s = {.id = "gcompat",
		.summary =
			"Install gcompat: its loader stands at glibc's path and brings "
			"many of glibc's functions to programs that start through it."};

	if (l->d->module || !r || !r->gcompat)
		return;
	s.commands[s.ncommands++] = "apk add --no-cache gcompat";
	s.dockerfile[s.ndockerfile++] = "RUN apk add --no-cache gcompat";
	s.caveats[s.ncaveats++] =
		"Run `muslin check {file}`: it tells whether gcompat has "
		"all that this program needs.";
	if (l->d->library)
		s.caveats[s.ncaveats++] =
			"Where the program that opens {file} is one of musl, "
			"gcompat's loader never runs: there the file has to "
			"ask for libgcompat.so.0 itself.";
	if (strcmp(r->gcompat_repo, "main") != 0)
		s.caveats[s.ncaveats++] =
			"In Alpine {release} it stands in the repository "
			"community.";
	add_fix(l, &s);
}

static void libc6_compat(struct list *l)
{
	struct sketch s = {.id = "libc6-compat",
		.summary = "Install libc6-compat: in Alpine {release} it puts links to "
			   "musl at "
			   "glibc's paths, and brings not one function more."};

	if ((l->d->library && strncmp(l->d->text->id, "soname", 6) != 0) ||
		!l->x->release || !l->x->release->libc6_compat)
		return;
	s.commands[s.ncommands++] = "apk add --no-cache libc6-compat";
	s.dockerfile[s.ndockerfile++] = "RUN apk add --no-cache libc6-compat";
	s.caveats[s.ncaveats++] = "From Alpine 3.19 on libc6-compat is another name for "
				  "gcompat.";
	add_fix(l, &s);
}

/* Names alone are missing: a file of that name is all it takes. */
static void layer(struct list *l)
{
	bool links = l->x->release && l->x->release->libc6_compat;
	struct sketch s = {.id = links ? "libc6-compat" : "gcompat",
		.summary = links ? "Install libc6-compat, which has a link to musl of "
				   "that name."
				 : "Install gcompat, which has a library of that name."};

	s.commands[s.ncommands++] =
		links ? "apk add --no-cache libc6-compat" : "apk add --no-cache gcompat";
	s.dockerfile[s.ndockerfile++] = links ? "RUN apk add --no-cache libc6-compat"
					      : "RUN apk add --no-cache gcompat";
	if (links)
		s.caveats[s.ncaveats++] =
			"From Alpine 3.19 on libc6-compat is another name for gcompat.";
	add_fix(l, &s);
}

/* gcompat's loader never runs for a module: the module has to ask for the library. */
static void add_needed(struct list *l)
{
	const struct mu_release *r = l->x->release;
	struct sketch s = {.id = "add-needed",
		.summary = "Install gcompat and make the file ask for its library: "
			   "gcompat's "
			   "loader does not run for what a musl program opens."};

	if (!l->d->library || !r || !r->gcompat)
		return;
	s.commands[s.ncommands++] = "apk add --no-cache gcompat patchelf";
	s.commands[s.ncommands++] = "patchelf --add-needed libgcompat.so.0 {file}";
	s.dockerfile[s.ndockerfile++] = "RUN apk add --no-cache gcompat patchelf && "
					"patchelf --add-needed libgcompat.so.0 {file}";
	s.caveats[s.ncaveats++] =
		"`muslin check --mode dlopen-now {file}` tells what would "
		"still be missing.";
	s.caveats[s.ncaveats++] =
		"A file that a jar or wheel unpacks at run time has to be "
		"patched where it is packed.";
	add_fix(l, &s);
}

static void remove_needed(struct list *l)
{
	struct sketch s = {.id = "remove-needed",
		.summary =
			"Take the name of glibc's loader out of the file: musl's loader "
			"needs no such entry."};

	s.commands[s.ncommands++] = "apk add --no-cache patchelf";
	s.commands[s.ncommands++] = "patchelf --remove-needed {subject} {file}";
	s.caveats[s.ncaveats++] =
		"Symbols of glibc that the file calls are missing all the "
		"same: run `muslin check --mode dlopen-now {file}`.";
	add_fix(l, &s);
}

static void set_interpreter(struct list *l)
{
	struct sketch s = {.id = "set-interpreter",
		.summary = "Where all that the program calls is in musl, write musl's "
			   "loader "
			   "into it."};

	if (l->d->library)
		return;
	s.commands[s.ncommands++] = "apk add --no-cache patchelf";
	s.commands[s.ncommands++] = "patchelf --set-interpreter {interp} {file}";
	s.caveats[s.ncaveats++] = "`muslin check {file}` tells whether that is enough.";
	add_fix(l, &s);
}

static void newer_release(struct list *l)
{
	struct sketch s = {.id = "newer-release",
		.summary = "Run it on Alpine {since} or later, whose musl ({version}) "
			   "has it."};

	if (!l->d->since)
		return;
	if (l->d->npackages || !strncmp(l->d->text->id, "soname", 6) ||
		!strncmp(l->d->text->id, "package", 7))
		s.summary = "Take the release of Alpine that has it: {since}.";
	s.dockerfile[s.ndockerfile++] = "FROM alpine:{since}";
	add_fix(l, &s);
}

static void rebuild_here(struct list *l)
{
	struct sketch s = {
		.id = "rebuild", .summary = "Build it on the release that it runs on."};

	/* the target has it: the system that has not is one that nobody named */
	if (l->x->release && l->d->since && l->x->release < l->d->since)
		s.dockerfile[s.ndockerfile++] = "FROM {target} AS build";
	add_fix(l, &s);
}

static void upgrade(struct list *l)
{
	struct sketch s = {.id = "packages",
		.summary = "Bring all packages to one release: some here are of another "
			   "one."};

	s.commands[s.ncommands++] = "cat /etc/apk/repositories";
	s.commands[s.ncommands++] = "apk upgrade --no-cache --available";
	s.dockerfile[s.ndockerfile++] = "RUN apk upgrade --no-cache --available";
	s.caveats[s.ncaveats++] =
		"All lines of /etc/apk/repositories must name the same "
		"release; a line with edge beside one with a number is the "
		"usual cause.";
	add_fix(l, &s);
}

static void companion(struct list *l)
{
	struct mu_companion c;
	struct mu_arena *a = &l->x->arena;
	struct sketch s = {.id = "packages"};

	if (!l->d->symbol || mu_companion_of(l->d->symbol, l->x->release, &c) ||
		!c.soname)
		return;
	s.summary = mu_arena_printf(a,
		"Install %s, whose %s has it, and make the file ask "
		"for that library.",
		c.package, c.soname);
	s.commands[s.ncommands++] =
		mu_arena_printf(a, "apk add --no-cache %s patchelf", c.package);
	s.commands[s.ncommands++] =
		mu_arena_printf(a, "patchelf --add-needed %s {file}", c.soname);
	if (!s.summary || !s.commands[0] || !s.commands[1])
		l->error = -ENOMEM;
	else
		add_fix(l, &s);
}

static void loader_path(struct list *l)
{
	struct sketch s = {.id = "loader-path",
		.summary =
			"Where the library is there, in a folder of its own: tell musl's "
			"loader the folder."};

	s.commands[s.ncommands++] = "find / -name {subject} 2>/dev/null";
	s.commands[s.ncommands++] = "LD_LIBRARY_PATH=/the/folder {file}";
	s.caveats[s.ncaveats++] =
		"musl reads no ld.so.conf and no ld.so.cache, and looks in "
		"no lib64 and no x86_64-linux-gnu: only /lib, "
		"/usr/local/lib, /usr/lib, or what /etc/ld-musl-{machine}"
		".path says in their place.";
	add_fix(l, &s);
}

static void set_rpath(struct list *l)
{
	struct sketch s = {
		.id = "set-rpath", .summary = "Write the folder into the file."};

	s.commands[s.ncommands++] = "patchelf --set-rpath '$ORIGIN/../lib' {file}";
	add_fix(l, &s);
}

static void library_mode(struct list *l)
{
	struct sketch s = {.id = "settings", .summary = "Let everybody read it."};

	s.commands[s.ncommands++] = "find / -name {subject} 2>/dev/null | xargs ls -l";
	s.commands[s.ncommands++] = "chmod a+r /the/folder/{subject}";
	add_fix(l, &s);
}

static void search(struct list *l)
{
	struct sketch s = {.id = "packages", .summary = "Name the package itself."};

	s.commands[s.ncommands++] = "apk search -v {subject}";
	add_fix(l, &s);
}

static void line_ends(struct list *l)
{
	struct sketch s = {.id = "line-ends",
		.summary = "Take the carriage returns out of the script."};

	s.commands[s.ncommands++] = "sed -i 's/\\r$//' {file}";
	s.dockerfile[s.ndockerfile++] = "RUN sed -i 's/\\r$//' {file}";
	s.caveats[s.ncaveats++] = "For good: `*.sh text eol=lf` in .gitattributes.";
	add_fix(l, &s);
}

static void musl_on_glibc(struct list *l)
{
	struct sketch s = {.id = "packages",
		.summary = "On Debian or Ubuntu the package musl brings musl's loader."};

	s.commands[s.ncommands++] = "apt-get install -y musl";
	s.dockerfile[s.ndockerfile++] =
		"RUN apt-get update && apt-get install -y --no-install-recommends musl";
	s.caveats[s.ncaveats++] =
		"It is called /lib/ld-musl-{machine}.so.1 there too; "
		"libc.musl-{machine}.so.1 is a name of Alpine's, which a "
		"link to it has to bring.";
	add_fix(l, &s);
}

static void foreign_command(struct list *l)
{
	struct sketch s = {
		.id = "packages", .summary = "On Alpine this does its work: {name}."};

	if (!l->d->place[PLACE_NAME])
		return;
	add_fix(l, &s);
}

static void family(struct list *l)
{
	const struct mu_family *f = l->d->symbol ? mu_family_of(l->d->symbol) : NULL;

	if (f)
		add_advice(l, MU_ADVICE_FAMILY, f->id);
}

static void host(struct list *l)
{
	add_advice(l, MU_ADVICE_MODULE, l->d->place[PLACE_HOST]);
}

/* What the makers of a host's modules mostly offer. */
static void host_first(struct list *l)
{
	const char *name = mu_db_host_of_path(
		l->d->place[PLACE_OBJECT] ? l->d->place[PLACE_OBJECT] : "");
	const struct mu_recipe *r;
	unsigned it = 0;

	r = name ? mu_advice_next(MU_ADVICE_MODULE, name, &it) : NULL;
	if (r)
		add_recipe(l, r, NULL);
}

static void software(struct list *l)
{
	if (l->d->software)
		add_advice(l, MU_ADVICE_SOFTWARE, l->d->software->id);
}

static const struct {
	const char *name;
	void (*make)(struct list *l);
} makers[] = {
	{"@packages", packages},
	{"@gcompat", gcompat},
	{"@libc6-compat", libc6_compat},
	{"@layer", layer},
	{"@add-needed", add_needed},
	{"@remove-needed", remove_needed},
	{"@set-interpreter", set_interpreter},
	{"@newer-release", newer_release},
	{"@rebuild-here", rebuild_here},
	{"@upgrade", upgrade},
	{"@companion", companion},
	{"@loader-path", loader_path},
	{"@set-rpath", set_rpath},
	{"@library-mode", library_mode},
	{"@search", search},
	{"@line-ends", line_ends},
	{"@musl-on-glibc", musl_on_glibc},
	{"@foreign-command", foreign_command},
	{"@family", family},
	{"@host", host},
	{"@host-first", host_first},
	{"@software", software},
};

int make_fixes(
	struct mu_explanation *x, const struct draft *d, struct mu_fix **ret, size_t *n)
{
	struct list l = {.x = x, .d = d};
	int cause = d->text->cause >= 0 ? d->text->cause : d->pattern->cause;

	l.v = mu_arena_array(&x->arena, MAX_FIXES, sizeof *l.v);
	if (!l.v)
		return -ENOMEM;
	/* where its makers decline, or it is another build that starts, that comes first
	 */
	if (d->software && (d->software->declined || cause == MU_CAUSE_INTERPRETER))
		software(&l);
	for (size_t i = 0; i < d->text->nfixes; i++) {
		const char *name = d->text->fixes[i];
		if (*name != '@')
			add_recipe_named(&l, name);
		for (size_t k = 0; *name == '@' && k < sizeof makers / sizeof *makers;
			k++)
			if (!strcmp(makers[k].name, name))
				makers[k].make(&l);
	}
	*ret = l.v;
	*n = l.n;
	return l.error;
}

/* Of a file that is said not to be there, or not to start, these tell why. */
int make_questions(
	struct mu_explanation *x, const struct draft *d, struct mu_diagnosis *g)
{
	static const char *const asked[] = {"ls -l {file}",
		"head -n 1 {file} | od -c | head -n 2", "muslin check {file}"};
	static const enum mu_cause causes[] = {
		MU_CAUSE_INTERPRETER, MU_CAUSE_SCRIPT, MU_CAUSE_EXEC_FORMAT};
	size_t n = sizeof asked / sizeof *asked;
	bool ask = false;
	const char **v;

	for (size_t i = 0; i < sizeof causes / sizeof *causes; i++)
		ask |= g->cause == causes[i];
	if (!ask || x->report || !strcmp(g->certainty, "certain"))
		return 0;
	v = mu_arena_array(&x->arena, n, sizeof *v);
	for (size_t i = 0; v && i < n; i++) {
		v[i] = fill(x, d, asked[i], true);
		if (!v[i])
			return -ENOMEM;
	}
	g->tell = v;
	g->ntell = v ? n : 0;
	return v ? 0 : -ENOMEM;
}
