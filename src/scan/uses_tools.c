/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "db/names.h"
#include "scan/uses.h"

#define VALUES 64 /* arguments of one command that are looked at */

/** struct value: an argument, and the option that it belongs to */
struct value {
	const char *option; /* "d", "date"; NULL: an operand; "-": options as a whole */
	const char *text;   /* expansions as \1 */
	size_t at;
};

/** struct call: one command's arguments, as they are read */
struct call {
	struct finder *f;
	const struct mu_applet *applet;
	const struct mu_sh_word *word, *end;
	struct value values[VALUES];
	size_t count;
	size_t operands;
	bool quiet; /* what fails here has its answer in the script */
};

static int keep(struct call *c, const char *option, const char *text, size_t at)
{
	if (!text)
		return -ENOMEM;
	if (c->count < VALUES)
		c->values[c->count++] = (struct value){option, text, at};
	return 0;
}

static const struct mu_sh_word *take(struct call *c)
{
	const struct mu_sh_word *word = c->word;

	if (!word || word == c->end)
		return NULL;
	c->word = word->next;
	return word;
}

/* What BusyBox has in the place of an option; NULL where nothing is known. */
static const char *in_place_of(const struct call *c, const char *option)
{
	const struct mu_applet_form *form;
	size_t it = 0;

	while ((form = mu_applet_form_next(c->applet->name, &it))) {
		if (strcmp(form->where, "option") == 0 &&
			strcmp(form->pattern, option) == 0)
			return form->instead;
	}
	return NULL;
}

static int refuse(struct call *c, const char *what, size_t n, size_t at)
{
	char *copy;

	if (c->quiet)
		return 0;
	copy = mu_arena_strndup(c->f->arena, what, n);
	if (!copy)
		return -ENOMEM;
	return uses_add(c->f, MU_USE_OPTION, at, c->applet->name, copy,
		mu_applet_package(c->applet, NULL), in_place_of(c, copy));
}

/* The argument of an option that stands in the next word. */
static int next_value(struct call *c, const char *option)
{
	const struct mu_sh_word *word = take(c);

	return word ? keep(c, option, uses_text(c->f, word), word->at.start) : 0;
}

/* ---- long options ------------------------------------------------------------- */

/* One name of a list of names: its length and the mark behind it. */
static const char *next_name(const char *list, size_t *n, char *mark)
{
	list += strspn(list, " ");
	*n = strcspn(list, " :?;");
	*mark = strchr(":?;", list[*n]) ? list[*n] : '\0';
	return *n ? list : NULL;
}

/* The exact name, or the only one that begins so; its mark, -1 for none. */
static int long_option(const char *list, const char *name, size_t n, const char **ret)
{
	const char *p = list;
	size_t len, found = 0;
	char mark;
	int answer = -1;

	while ((p = next_name(p, &len, &mark))) {
		if (len >= n && memcmp(p, name, n) == 0) {
			answer = mark;
			*ret = p;
			if (len == n)
				return answer;
			found++;
		}
		p += len + (mark != '\0');
	}
	return found == 1 ? answer : -1;
}

static int read_long(struct call *c, const struct mu_sh_word *word, const char *text)
{
	const char *name = text + 2, *known;
	size_t n = strcspn(name, "=\1"), len;
	char mark;
	int kind;

	if (name[n] == '\1' || strcmp(name, "help") == 0 || strcmp(name, "version") == 0)
		return 0;
	kind = long_option(c->applet->long_options, name, n, &known);
	if (kind < 0)
		return refuse(c, text, n + 2, word->at.start);
	next_name(known, &len, &mark);
	known = mu_arena_strndup(c->f->arena, known, len);
	if (!known)
		return -ENOMEM;
	if (name[n] == '=')
		return keep(c, known, name + n + 1, word->at.start);
	return kind == ':' ? next_value(c, known) : 0;
}

/* ---- short options -------------------------------------------------------------- */

static const char *short_option(const char *list, char c)
{
	const char *p = c == ':' || c == '+' || c == '^' ? NULL : strchr(list, c);

	return c == '#' || c == '%' ? NULL : p;
}

/* -5, -KILL: no letters of options. */
static bool is_number_or_signal(const char *list, const char *letters)
{
	if (letters[0] >= '0' && letters[0] <= '9')
		return strchr(list, '#') || strchr(list, '%');
	return strchr(list, '%') && letters[0] >= 'A' && letters[0] <= 'Z';
}

static int read_letters(
	struct call *c, const struct mu_sh_word *word, const char *letters)
{
	const char *list = c->applet->short_options;

	if (is_number_or_signal(list, letters))
		return 0;
	for (; *letters && *letters != '\1'; letters++) {
		const char *known = short_option(list, *letters);
		char option[2] = {*letters}, what[3] = {'-', *letters};
		const char *name;
		if (!known)
			return refuse(c, what, 2, word->at.start);
		if (known[1] != ':')
			continue;
		name = mu_arena_strdup(c->f->arena, option);
		if (!name)
			return -ENOMEM;
		if (letters[1])
			return keep(c, name, letters + 1, word->at.start);
		return known[2] == ':' ? 0 : next_value(c, name);
	}
	return 0;
}

/* tar xzf: letters whose arguments all stand in the words behind. */
static int read_bundle(struct call *c, const struct mu_sh_word *word, const char *letters)
{
	for (; *letters && *letters != '\1'; letters++) {
		const char *known = short_option(c->applet->short_options, *letters);
		char what[2] = {*letters};
		int r = 0;
		if (!known)
			return refuse(c, what, 1, word->at.start);
		if (known[1] == ':')
			r = next_value(c, known);
		if (r)
			return r;
	}
	return 0;
}

/* ---- a command ------------------------------------------------------------------- */

/* Where the command begins that this one runs; NULL: not yet. */
static bool is_next(const struct call *c, const struct mu_sh_word *word, const char *text)
{
	if (c->applet->runs < 0 || c->operands != (size_t)c->applet->runs)
		return false;
	/* env x=1 */
	if (strcmp(c->applet->name, "env") == 0 && strchr(text, '='))
		return false;
	return word != NULL;
}

static bool is_quoted(const struct mu_sh_word *word)
{
	return word->flags & MU_SH_W_QUOTED;
}

static int read_options(struct call *c, const struct mu_sh_word **ret_next)
{
	const struct mu_sh_word *word;
	const char *list = c->applet->short_options;
	bool ended = false, first = true;
	int r = 0;

	while (!r && (word = take(c))) {
		const char *text = uses_text(c->f, word);
		bool option = text && text[0] == '-' && text[1] && !ended;
		if (!text)
			return -ENOMEM;
		if (option && strcmp(text, "--") == 0) {
			ended = true;
		} else if (option) {
			if (keep(c, "-", text, word->at.start))
				return -ENOMEM;
			r = text[1] == '-' ? read_long(c, word, text)
					   : read_letters(c, word, text + 1);
		} else if (first && *list == '^' && word->value) {
			r = read_bundle(c, word, text);
		} else if (c->applet->runs >= 0 && *text == '\1' && !is_quoted(word)) {
			/* no word, or many */
			return 0;
		} else if (is_next(c, word, text)) {
			*ret_next = word;
			return 0;
		} else {
			c->operands += strcmp(c->applet->name, "env") != 0;
			ended |= *list == '+' && c->applet->runs < 0;
			r = keep(c, NULL, text, word->at.start);
		}
		first = false;
	}
	return r;
}

static bool ends_exec(const struct mu_sh_word *word)
{
	return mu_sh_is(word, ";") || mu_sh_is(word, "+");
}

/* find: every word with a dash is a predicate, after it its arguments. */
static int read_predicates(struct call *c, const struct mu_sh_word **ret_next,
	const struct mu_sh_word **ret_end)
{
	const struct mu_sh_word *word, *exec = NULL, *exec_end = NULL;
	int r = 0;

	while (!r && (word = take(c))) {
		const char *text = uses_text(c->f, word), *known, *name;
		int kind;
		if (!text)
			return -ENOMEM;
		if (text[0] != '-' || !text[1] || strchr(text, '\1'))
			continue;
		kind = long_option(
			c->applet->long_options, text + 1, strlen(text + 1), &known);
		/* a predicate is never cut short */
		if (kind < 0 || strcspn(known, " :?;") != strlen(text + 1)) {
			r = refuse(c, text, strlen(text), word->at.start);
			break;
		}
		name = text + 1;
		if (kind == ':')
			r = next_value(c, name);
		if (kind != ';')
			continue;
		if (!exec)
			exec = c->word;
		while (c->word && c->word != c->end && !ends_exec(c->word))
			c->word = c->word->next;
		if (!exec_end)
			exec_end = c->word;
		take(c);
	}
	*ret_next = exec;
	if (exec)
		*ret_end = exec_end;
	return r;
}

/* ---- forms --------------------------------------------------------------------------
 */

/* Behind a ! stands what must not match; an expansion at the end may be anything. */
static bool fits(const char *pattern, const char *text)
{
	const char *but = strchr(pattern, '!');
	char first[64];
	size_t n = but ? (size_t)(but - pattern) : 0;

	if (!but)
		return mu_name_match(pattern, text);
	if (n >= sizeof first || !*text || text[strlen(text) - 1] == '\1')
		return false;
	memcpy(first, pattern, n);
	first[n] = '\0';
	return mu_name_match(first, text) && !mu_name_match(but + 1, text);
}

static bool has_name(const char *names, const char *name)
{
	size_t n = strlen(name);

	while (*names) {
		size_t len = strcspn(names, " ");
		if (len == n && memcmp(names, name, n) == 0)
			return true;
		names += len + strspn(names + len, " ");
	}
	return false;
}

static bool has_option(const struct call *c, const char *names)
{
	for (size_t i = 0; i < c->count; i++) {
		if (c->values[i].option && has_name(names, c->values[i].option))
			return true;
	}
	return false;
}

/* The program of sed and awk: of -e, or the first operand where no option has one. */
static bool is_script(const struct call *c, size_t i)
{
	const struct value *v = &c->values[i];
	bool sed = strcmp(c->applet->name, "sed") == 0;

	if (v->option)
		return sed && has_name("e expression", v->option);
	if (has_option(c, sed ? "e expression f file" : "f e"))
		return false;
	for (size_t k = 0; k < i; k++) {
		if (!c->values[k].option)
			return false;
	}
	return true;
}

/* Whether columns are counted further down the pipe. */
static bool picks_fields(const struct mu_sh_visit *visit)
{
	static const char *const pickers[] = {"awk", "gawk", "mawk", "cut"};
	const struct mu_sh_command *c = visit->command->next;

	for (; c; c = c->next) {
		for (size_t i = 0; c->words && i < sizeof pickers / sizeof *pickers;
			i++) {
			if (mu_sh_is(c->words, pickers[i]))
				return true;
		}
	}
	return false;
}

static bool applies(const struct call *c, const struct mu_applet_form *form, size_t i,
	const struct mu_sh_visit *visit)
{
	const struct value *v = &c->values[i];

	if (strcmp(form->where, "option") == 0)
		return false;
	if (strcmp(form->where, "word") == 0)
		return !v->option;
	if (strcmp(form->where, "script") == 0)
		return is_script(c, i);
	if (strcmp(form->where, "fields") == 0)
		return (!v->option || *v->option == '-') && picks_fields(visit);
	return v->option && has_name(form->where, v->option);
}

static int look_at_forms(struct call *c, const struct mu_sh_visit *visit)
{
	const struct mu_applet_form *form;
	size_t it = 0;
	int r = 0;

	while (!r && (form = mu_applet_form_next(c->applet->name, &it))) {
		for (size_t i = 0; i < c->count && !r; i++) {
			if (!applies(c, form, i, visit) ||
				!fits(form->pattern, c->values[i].text))
				continue;
			r = uses_add(c->f, MU_USE_FORM, c->values[i].at, c->applet->name,
				form->what, mu_applet_package(c->applet, NULL),
				form->instead);
			break;
		}
	}
	return r;
}

/* Words of what has no options that are known: all of them are operands. */
static int read_free(struct call *c)
{
	const struct mu_sh_word *word;
	int r = 0;

	while (!r && (word = take(c)))
		r = keep(c, NULL, uses_text(c->f, word), word->at.start);
	return r;
}

static bool begins_with(const struct mu_sh_pipeline *p, const char *name)
{
	const struct mu_sh_word *word = p && p->first ? p->first->words : NULL;
	const char *base = word && word->value ? uses_base(word->value) : NULL;

	return base && strcmp(base, name) == 0;
}

/* x=$(date -d … || date -v …): the script itself has the other way. */
static bool has_other_way(const struct mu_applet *applet, const struct mu_sh_visit *visit)
{
	const struct mu_sh_pipeline *p = visit->pipeline, *before = visit->before;

	return (p->op == MU_SH_OP_OR && begins_with(p->next, applet->name)) ||
	       (before && before->op == MU_SH_OP_OR && begins_with(before, applet->name));
}

/* if date -d … >/dev/null: the script asks which tool it has. */
static bool is_probe(const struct mu_sh_visit *visit)
{
	const struct mu_sh_redir *x = visit->command->redirs;

	for (; x && visit->condition; x = x->next) {
		bool output = x->kind == MU_SH_GREAT || x->kind == MU_SH_BOTH ||
			      x->kind == MU_SH_GREAT_AND;
		if (output && x->fd.end == x->fd.start &&
			mu_sh_is(x->target, "/dev/null"))
			return true;
	}
	return false;
}

int uses_tool(struct finder *f, const struct mu_applet *applet,
	const struct mu_sh_visit *visit, const struct mu_sh_word *first,
	const struct mu_sh_word *end, const struct mu_sh_word **ret_next,
	const struct mu_sh_word **ret_end)
{
	struct call c = {.f = f,
		.applet = applet,
		.word = first,
		.end = end,
		.quiet = has_other_way(applet, visit) || is_probe(visit)};
	int r = 0;

	*ret_next = NULL;
	switch (applet->style) {
	case MU_APPLET_OPTIONS:
		r = read_options(&c, ret_next);
		break;
	case MU_APPLET_PREDICATES:
		r = read_predicates(&c, ret_next, ret_end);
		break;
	case MU_APPLET_FREE:
		if (applet->runs == 0)
			*ret_next = first;
		else
			r = read_free(&c);
		break;
	}
	if (!r && !c.quiet)
		r = look_at_forms(&c, visit);
	return r;
}
