/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <muslin/packages.h>

#include "core/text.h"
#include "scan/uses.h"

#define EVIDENCE_BYTES 160
#define N(a) (sizeof(a) / sizeof *(a))

/* ---- sets of names ---------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static int names_add(struct names *names, const char *name)
{
	if (mu_vec_room(&names->set))
		return -ENOMEM;
	names->set.v[names->set.n++] = name;
	return 0;
}

static void names_sort(struct names *names)
{
	if (names->set.n)
		qsort(names->set.v, names->set.n, sizeof *names->set.v, by_name);
}

bool names_has(const struct names *names, const char *name)
{
	return names->set.n &&
	       bsearch(&name, names->set.v, names->set.n, sizeof *names->set.v, by_name);
}

/* ---- places ------------------------------------------------------------------ */

static int find_lines(struct finder *f)
{
	for (size_t i = 0; i <= f->sh->n; i++) {
		if (i && f->sh->text[i - 1] != '\n')
			continue;
		if (mu_vec_room(&f->lines))
			return -ENOMEM;
		f->lines.v[f->lines.n++] = i;
	}
	return 0;
}

unsigned uses_line(const struct finder *f, size_t at)
{
	size_t low = 0, high = f->lines.n;

	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;
		if (f->lines.v[mid] <= at)
			low = mid;
		else
			high = mid;
	}
	return (unsigned)low + 1;
}

const char *uses_evidence(const char *text, size_t n, size_t at, struct mu_arena *arena)
{
	size_t from = at < n ? at : n, to = from;

	while (from > 0 && at - from < 512 && text[from - 1] != '\n')
		from--;
	while (to < n && text[to] != '\n' && to - from < 1024)
		to++;
	while (from < to && (text[from] == ' ' || text[from] == '\t'))
		from++;
	if (at > from && at - from > EVIDENCE_BYTES / 2 && to - from > EVIDENCE_BYTES)
		from = at - EVIDENCE_BYTES / 2;
	if (to - from > EVIDENCE_BYTES)
		to = from + EVIDENCE_BYTES;
	/* no character is cut in two */
	while (from < to && ((unsigned char)text[from] & 0xc0) == 0x80)
		from++;
	while (to < n && to > from && ((unsigned char)text[to] & 0xc0) == 0x80)
		to--;
	while (to > from && strchr(" \t\r", text[to - 1]) && text[to - 1])
		to--;
	return mu_arena_strndup(arena, text + from, to - from);
}

static bool same_use(const struct mu_script_use *a, const struct mu_script_use *b)
{
	return a->line == b->line && strcmp(a->what, b->what) == 0 &&
	       (a->command ? b->command && strcmp(a->command, b->command) == 0
			   : !b->command);
}

int uses_add(struct finder *f, enum mu_script_use_kind kind, size_t at,
	const char *command, const char *what, const char *package, const char *instead)
{
	struct mu_script_use use = {.kind = kind,
		.line = uses_line(f, at),
		.what = what,
		.command = command,
		.package = package,
		.instead = instead};

	/* what came last is the only one that a line is likely to repeat */
	if (f->uses.n && same_use(&f->uses.v[f->uses.n - 1], &use))
		return 0;
	use.evidence = uses_evidence(f->sh->text, f->sh->n, at, f->arena);
	if (!use.evidence || mu_vec_room(&f->uses))
		return -ENOMEM;
	f->uses.v[f->uses.n++] = use;
	return 0;
}

static size_t text_of(const struct mu_sh_part *p, const char *text, char *out)
{
	size_t n = 0, from, to;

	for (; p; p = p->next) {
		from = p->at.start;
		to = p->at.end;
		switch (p->kind) {
		case MU_SH_TEXT:
			break;
		case MU_SH_ESCAPE:
			from++;
			break;
		case MU_SH_SINGLE:
			from++;
			to--;
			break;
		case MU_SH_DOUBLE:
			n += text_of(p->inside, text, out + n);
			continue;
		case MU_SH_CONTINUATION:
			continue;
		default:
			out[n++] = '\1';
			continue;
		}
		memcpy(out + n, text + from, to - from);
		n += to - from;
	}
	return n;
}

const char *uses_text(struct finder *f, const struct mu_sh_word *word)
{
	char *out;
	size_t n;

	if (word->value)
		return word->value;
	out = mu_arena_alloc(f->arena, word->at.end - word->at.start + 1);
	if (!out)
		return NULL;
	n = text_of(word->parts, f->sh->text, out);
	out[n] = '\0';
	return out;
}

const char *uses_base(const char *path)
{
	static const char *const folders[] = {
		"/bin/", "/usr/bin/", "/sbin/", "/usr/sbin/"};

	if (!strchr(path, '/'))
		return path;
	for (size_t i = 0; i < N(folders); i++) {
		size_t n = strlen(folders[i]);
		if (strncmp(path, folders[i], n) == 0 && !strchr(path + n, '/'))
			return path + n;
	}
	return NULL;
}

/* ---- what the script has itself ----------------------------------------------- */

static int note_assignments(struct finder *f, const struct mu_sh_word *word)
{
	for (; word; word = word->next) {
		size_t n = 0;
		const char *name;
		if (!(word->flags & MU_SH_W_ASSIGN))
			continue;
		name = f->sh->text + word->at.start;
		while (n < word->at.end - word->at.start && name[n] != '=' &&
			name[n] != '+' && name[n] != '[')
			n++;
		name = mu_arena_strndup(f->arena, name, n);
		if (!name || names_add(&f->assigned, name))
			return -ENOMEM;
	}
	return 0;
}

static int note_all(struct names *names, const struct mu_sh_word *word, bool bases)
{
	for (; word; word = word->next) {
		const char *name = word->value;
		if (name && bases)
			name = mu_text_base(name);
		if (name && *name != '-' && names_add(names, name))
			return -ENOMEM;
	}
	return 0;
}

/* alias x=…: a name like a function's. */
static int note_aliases(struct finder *f, const struct mu_sh_word *word)
{
	for (; word; word = word->next) {
		const char *name;
		if (!strchr(word->prefix, '='))
			continue;
		name = mu_arena_strndup(
			f->arena, word->prefix, strcspn(word->prefix, "="));
		if (!name || names_add(&f->functions, name))
			return -ENOMEM;
	}
	return 0;
}

/* command -v x, which x, type x, hash x, [ -x /usr/bin/x ]. */
static int note_guards(struct finder *f, const struct mu_sh_word *word)
{
	static const char *const asks[] = {"which", "type", "hash", "whereis"};
	const char *name = word->value, *base = uses_base(name);

	if (mu_sh_is(word, "command") && word->next &&
		(mu_sh_is(word->next, "-v") || mu_sh_is(word->next, "-V")))
		return note_all(&f->guarded, word->next->next, true);
	for (size_t i = 0; base && i < N(asks); i++) {
		if (strcmp(base, asks[i]) == 0)
			return note_all(&f->guarded, word->next, true);
	}
	if (strcmp(name, "[") != 0 && strcmp(name, "test") != 0)
		return 0;
	for (; word->next; word = word->next) {
		if ((mu_sh_is(word, "-x") || mu_sh_is(word, "-f") ||
			    mu_sh_is(word, "-e")) &&
			word->next->value && strrchr(word->next->value, '/') &&
			names_add(&f->guarded, strrchr(word->next->value, '/') + 1))
			return -ENOMEM;
	}
	return 0;
}

/* Parts of all words of a command that it does not share with another. */
static int each_part(const struct mu_sh_command *c,
	int (*fn)(void *ctx, const struct mu_sh_part *part), void *ctx)
{
	const struct mu_sh_word *lists[] = {c->assigns, c->words, c->name};
	int r = mu_sh_walk_parts(c->arith, fn, ctx);

	for (size_t i = 0; i < N(lists); i++) {
		for (const struct mu_sh_word *w = lists[i]; w && !r; w = w->next)
			r = mu_sh_walk_parts(w->parts, fn, ctx);
	}
	for (const struct mu_sh_redir *x = c->redirs; x && !r; x = x->next) {
		r = mu_sh_walk_parts(x->target->parts, fn, ctx);
		if (!r)
			r = mu_sh_walk_parts(x->parts, fn, ctx);
	}
	return r;
}

static bool names_it(const struct finder *f, struct mu_sh_span at, const char *name)
{
	size_t n = strlen(name);

	return at.end - at.start == n && memcmp(f->sh->text + at.start, name, n) == 0;
}

static int asks_for_bash(void *ctx, const struct mu_sh_part *part)
{
	struct finder *f = ctx;

	f->adapts |= names_it(f, part->name, "BASH_VERSION") ||
		     names_it(f, part->name, "BASH_VERSINFO") ||
		     names_it(f, part->name, "BASH");
	return 0;
}

static int note_command(void *ctx, const struct mu_sh_visit *visit)
{
	struct finder *f = ctx;
	const struct mu_sh_command *c = visit->command;
	int r = note_assignments(f, c->assigns);

	if (!r)
		r = each_part(c, asks_for_bash, f);
	if (!r && c->kind == MU_SH_FUNCTION && c->name->value)
		r = names_add(&f->functions, c->name->value);
	if (!r && (c->kind == MU_SH_FOR || c->kind == MU_SH_SELECT) && c->name->value)
		r = names_add(&f->assigned, c->name->value);
	if (r || c->kind != MU_SH_SIMPLE || !c->words || !c->words->value)
		return r;
	if (mu_sh_is(c->words, "alias"))
		return note_aliases(f, c->words->next);
	if (mu_sh_is(c->words, "apk") && c->words->next)
		return note_all(&f->installed, c->words->next, false);
	r = note_assignments(f, c->words->next);
	if (!r && mu_sh_is(c->words, "read"))
		r = note_all(&f->assigned, c->words->next, false);
	return r ? r : note_guards(f, c->words);
}

/* ---- commands -------------------------------------------------------------------- */

static bool is_builtin(const char *name)
{
	static const char *const builtins[] = {".", ":", "[", "alias", "bg", "break",
		"cd", "chdir", "command", "continue", "echo", "eval", "exec", "exit",
		"export", "false", "fc", "fg", "getopts", "hash", "help", "history",
		"jobs", "kill", "local", "printf", "pwd", "read", "readonly", "return",
		"set", "shift", "test", "time", "times", "trap", "true", "type", "ulimit",
		"umask", "unalias", "unset", "wait", "logout", "suspend"};

	for (size_t i = 0; i < N(builtins); i++) {
		if (strcmp(builtins[i], name) == 0)
			return true;
	}
	return mu_shell_form_find(MU_SHELL_COMMAND, name) != NULL;
}

static int note_call(struct finder *f, const char *name, size_t at)
{
	if (!*name || is_builtin(name) || names_has(&f->guarded, name) ||
		strpbrk(name, "*?[]{}~= \t\n"))
		return 0;
	if (mu_vec_room(&f->calls))
		return -ENOMEM;
	f->calls.v[f->calls.n++] = (struct mu_script_call){.name = name,
		.line = uses_line(f, at),
		.applet = mu_applet_find(name) != NULL,
		.foreign = mu_foreign_find(name)};
	return 0;
}

/* exec X, command X: what the shell itself puts in front of a command. */
static const struct mu_sh_word *behind_builtin(
	const struct mu_sh_word *word, const struct mu_sh_word *end)
{
	static const char *const fronts[] = {"exec", "command", "builtin"};
	bool is = false;

	for (size_t i = 0; i < N(fronts); i++)
		is |= mu_sh_is(word, fronts[i]);
	if (!is)
		return NULL;
	for (word = word->next; word && word != end; word = word->next) {
		if (!word->value || *word->value != '-')
			return word;
		if (strcmp(word->value, "-v") == 0 || strcmp(word->value, "-V") == 0)
			return NULL;
		if (strcmp(word->value, "-a") == 0 && word->next != end)
			word = word->next;
		if (!word)
			return NULL;
	}
	return NULL;
}

/* A command, and the command that it runs, and so on: nice timeout 5 find … */
static int look_at(struct finder *f, const struct mu_sh_visit *visit)
{
	const struct mu_sh_word *word = visit->command->words, *end = NULL, *next;

	for (; word && word != end && word->value; word = next) {
		const char *name = uses_base(word->value);
		const struct mu_applet *applet;
		int r;
		next = behind_builtin(word, end);
		if (next)
			continue;
		if (!name || names_has(&f->functions, name))
			return 0;
		r = note_call(f, name, word->at.start);
		applet = mu_applet_find(name);
		if (r || !applet)
			return r;
		r = uses_tool(f, applet, visit, word->next, end, &next, &end);
		if (r)
			return r;
	}
	return 0;
}

static int look_at_command(void *ctx, const struct mu_sh_visit *visit)
{
	struct finder *f = ctx;
	int r = f->bash || f->adapts ? 0 : uses_bash(f, visit->command);

	if (!r && visit->command->kind == MU_SH_SIMPLE && visit->command->words)
		r = look_at(f, visit);
	return r;
}

/* ---- the result ---------------------------------------------------------------------
 */

static int by_line(const void *a, const void *b)
{
	const struct mu_script_use *x = a, *y = b;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return strcmp(x->what, y->what);
}

static int by_call(const void *a, const void *b)
{
	const struct mu_script_call *x = a, *y = b;
	int c = strcmp(x->name, y->name);

	return c ? c : (x->line > y->line) - (x->line < y->line);
}

/* The package, or all that is built with it: coreutils brings coreutils-env. */
static bool is_installed(const struct finder *f, const char *name)
{
	struct mu_package package;

	return names_has(&f->installed, name) ||
	       (mu_package_find(name, &package) == 0 &&
		       names_has(&f->installed, package.origin));
}

static int keep_uses(struct finder *f, struct mu_script *ret)
{
	struct mu_script_use *uses = mu_arena_array(f->arena, f->uses.n, sizeof *uses);
	size_t n = 0;

	if (!uses)
		return -ENOMEM;
	if (f->uses.n)
		qsort(f->uses.v, f->uses.n, sizeof *f->uses.v, by_line);
	for (size_t i = 0; i < f->uses.n; i++) {
		const struct mu_script_use *use = &f->uses.v[i];
		/* the script brings the full tool itself */
		if (use->kind != MU_USE_BASH && use->package &&
			is_installed(f, use->package))
			continue;
		if (!n || !same_use(&uses[n - 1], use))
			uses[n++] = *use;
	}
	ret->uses = uses;
	ret->use_count = n;
	return 0;
}

static int keep_calls(struct finder *f, struct mu_script *ret)
{
	struct mu_script_call *calls =
		mu_arena_array(f->arena, f->calls.n, sizeof *calls);
	size_t n = 0;

	if (!calls)
		return -ENOMEM;
	if (f->calls.n)
		qsort(f->calls.v, f->calls.n, sizeof *f->calls.v, by_call);
	for (size_t i = 0; i < f->calls.n; i++) {
		if (!n || strcmp(calls[n - 1].name, f->calls.v[i].name) != 0)
			calls[n++] = f->calls.v[i];
	}
	ret->calls = calls;
	ret->call_count = n;
	return 0;
}

static int find_all(struct finder *f, struct mu_script *ret)
{
	int r = find_lines(f);

	if (!r)
		r = mu_sh_walk(f->sh, note_command, f);
	names_sort(&f->functions);
	names_sort(&f->guarded);
	names_sort(&f->assigned);
	names_sort(&f->installed);
	if (!r && !f->bash && !f->adapts)
		r = uses_features(f);
	if (!r)
		r = mu_sh_walk(f->sh, look_at_command, f);
	if (!r)
		r = keep_uses(f, ret);
	return r ? r : keep_calls(f, ret);
}

int mu_script_uses(const struct mu_sh_script *sh, bool bash, struct mu_arena *arena,
	struct mu_script *ret)
{
	struct finder f = {.sh = sh, .arena = arena, .bash = bash};
	struct mu_script found = *ret;
	int r = find_all(&f, &found);

	free(f.functions.set.v);
	free(f.guarded.set.v);
	free(f.assigned.set.v);
	free(f.installed.set.v);
	free(f.lines.v);
	free(f.uses.v);
	free(f.calls.v);
	if (!r)
		*ret = found;
	return r;
}
