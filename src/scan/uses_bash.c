/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "db/names.h"
#include "scan/uses.h"

#define N(a) (sizeof(a) / sizeof *(a))

/* Names of enum mu_sh_feature_kind in data/shell.tsv. */
static const char *const feature_names[MU_SH_F_COUNT] = {
	[MU_SH_F_DOUBLE_BRACKET] = "double-bracket",
	[MU_SH_F_REGEX] = "regex",
	[MU_SH_F_ARITH_COMMAND] = "arith-command",
	[MU_SH_F_ARITH_FOR] = "arith-for",
	[MU_SH_F_ARITH_OLD] = "arith-old",
	[MU_SH_F_ARRAY] = "array",
	[MU_SH_F_APPEND] = "append",
	[MU_SH_F_FUNCTION_KEYWORD] = "function-keyword",
	[MU_SH_F_SELECT] = "select",
	[MU_SH_F_COPROC] = "coproc",
	[MU_SH_F_CASE_FALL] = "case-fall",
	[MU_SH_F_CASE_TEST] = "case-test",
	[MU_SH_F_PROCESS] = "process",
	[MU_SH_F_HERE_STRING] = "here-string",
	[MU_SH_F_BOTH] = "both",
	[MU_SH_F_BOTH_APPEND] = "both-append",
	[MU_SH_F_PIPE_BOTH] = "pipe-both",
	[MU_SH_F_FD_VARIABLE] = "fd-variable",
	[MU_SH_F_DOLLAR_SINGLE] = "dollar-single",
	[MU_SH_F_DOLLAR_DOUBLE] = "dollar-double",
	[MU_SH_F_SUBSTRING] = "substring",
	[MU_SH_F_REPLACE] = "replace",
	[MU_SH_F_REPLACE_ANCHOR] = "replace-anchor",
	[MU_SH_F_CASE_CHANGE] = "case-change",
	[MU_SH_F_INDIRECT] = "indirect",
	[MU_SH_F_TRANSFORM] = "transform",
	[MU_SH_F_BRACES] = "braces",
	[MU_SH_F_EXTGLOB] = "extglob",
};

static int add_form(struct finder *f, const struct mu_shell_form *form, size_t at)
{
	if (!form || form->ash)
		return 0;
	return uses_add(f, MU_USE_BASH, at, NULL, form->what, "bash", form->instead);
}

static int add_feature(struct finder *f, const char *name, size_t at)
{
	return add_form(f, mu_shell_form_find(MU_SHELL_FEATURE, name), at);
}

int uses_features(struct finder *f)
{
	int r = 0;

	for (size_t i = 0; i < f->sh->feature_count && !r; i++) {
		const struct mu_sh_feature *feature = &f->sh->features[i];
		r = add_feature(f, feature_names[feature->kind], feature->at.start);
	}
	return r;
}

/* ---- [[ ]] ------------------------------------------------------------------- */

/* $x as it is: ash splits it here as everywhere. */
static bool is_bare(const struct mu_sh_word *word)
{
	for (const struct mu_sh_part *p = word ? word->parts : NULL; p; p = p->next) {
		if (p->kind == MU_SH_PARAM || p->kind == MU_SH_BRACE_PARAM ||
			p->kind == MU_SH_COMMAND || p->kind == MU_SH_BACKTICK)
			return true;
	}
	return false;
}

static bool compares(const struct mu_sh_word *word)
{
	static const char *const operators[] = {"=", "==", "!=", "=~"};

	for (size_t i = 0; i < N(operators); i++) {
		if (mu_sh_is(word, operators[i]) && !(word->flags & MU_SH_W_QUOTED))
			return true;
	}
	return false;
}

static int test_word(
	struct finder *f, const struct mu_sh_word *word, const struct mu_sh_word *before)
{
	const struct mu_sh_word *next = word->next;
	bool op = word->flags & MU_SH_W_OPERATOR;

	if (op && (mu_sh_is(word, "(") || mu_sh_is(word, ")")))
		return add_feature(f, "test-parentheses", word->at.start);
	if (op && (mu_sh_is(word, "<") || mu_sh_is(word, ">")))
		return add_feature(f, "test-order", word->at.start);
	if (!before || !next || !compares(word))
		return 0;
	if (mu_sh_is(word, "=~")) {
		const char *text = uses_text(f, next);
		if (text && !(next->flags & MU_SH_W_QUOTED) && strpbrk(text, "(|"))
			return add_feature(f, "regex-operators", next->at.start);
	}
	if (is_bare(before))
		return add_feature(f, "test-split", before->at.start);
	return 0;
}

static int look_at_test(struct finder *f, const struct mu_sh_command *c)
{
	const struct mu_sh_word *before = NULL;
	int r = 0;

	for (const struct mu_sh_word *w = c->words; w && !r; w = w->next) {
		r = test_word(f, w, before);
		before = w->flags & MU_SH_W_OPERATOR ? NULL : w;
	}
	return r;
}

/* ---- builtins ------------------------------------------------------------------ */

/* Letters of the leading options that a table row has behind the command's name. */
static int look_at_options(struct finder *f, const struct mu_sh_command *c)
{
	const char *name = c->words->value;
	size_t n = strlen(name);
	const struct mu_shell_form *form;
	int r = 0;

	for (size_t i = 0; (form = mu_shell_form_at(i)) && !r; i++) {
		const struct mu_sh_word *w = c->words->next;
		if (form->kind != MU_SHELL_OPTION || strncmp(form->name, name, n) != 0 ||
			form->name[n] != ' ')
			continue;
		for (; w && w->value && w->value[0] == '-' && w->value[1]; w = w->next) {
			if (strcmp(w->value, "--") == 0)
				break;
			if (strpbrk(w->value + 1, form->name + n + 1)) {
				r = add_form(f, form, w->at.start);
				break;
			}
		}
	}
	return r;
}

/* set -o NAME, also at the end of a group: set -euo NAME */
static int look_at_settings(struct finder *f, const struct mu_sh_command *c)
{
	int r = 0;

	for (const struct mu_sh_word *w = c->words->next; w && w->next && !r;
		w = w->next) {
		size_t n = w->value ? strlen(w->value) : 0;
		if (n < 2 || w->value[0] != '-' || w->value[n - 1] != 'o' ||
			!w->next->value)
			continue;
		r = add_form(f, mu_shell_form_find(MU_SHELL_SETTING, w->next->value),
			w->next->at.start);
	}
	return r;
}

static int look_at_signals(struct finder *f, const struct mu_sh_command *c)
{
	const struct mu_sh_word *w = c->words->next;
	int r = 0;

	for (w = w ? w->next : NULL; w && !r; w = w->next) {
		if (w->value)
			r = add_form(f, mu_shell_form_find(MU_SHELL_SIGNAL, w->value),
				w->at.start);
	}
	return r;
}

static int look_at_format(struct finder *f, const struct mu_sh_command *c)
{
	const struct mu_sh_word *w = c->words->next;
	const struct mu_shell_form *form;
	const char *text;
	int r = 0;

	if (!w || (w->value && w->value[0] == '-'))
		return 0;
	text = uses_text(f, w);
	for (size_t i = 0; text && (form = mu_shell_form_at(i)) && !r; i++) {
		if (form->kind == MU_SHELL_FORMAT && mu_name_match(form->name, text))
			r = add_form(f, form, w->at.start);
	}
	return r;
}

static int look_at_builtin(struct finder *f, const struct mu_sh_command *c)
{
	const char *name = c->words->value;
	int r = 0;

	if (names_has(&f->functions, name))
		return 0;
	if (!names_has(&f->guarded, name))
		r = add_form(f, mu_shell_form_find(MU_SHELL_COMMAND, name),
			c->words->at.start);
	if (!r)
		r = look_at_options(f, c);
	if (!r && strcmp(name, "set") == 0)
		r = look_at_settings(f, c);
	if (!r && strcmp(name, "trap") == 0)
		r = look_at_signals(f, c);
	if (!r && strcmp(name, "printf") == 0)
		r = look_at_format(f, c);
	return r;
}

/* ---- variables ------------------------------------------------------------------ */

/* What has a default behind it reckons with its absence. */
static int look_at_part(void *ctx, const struct mu_sh_part *part)
{
	struct finder *f = ctx;
	const char *text = f->sh->text;
	const struct mu_shell_form *form;
	size_t n = part->name.end - part->name.start, ops = part->op.end - part->op.start;
	char name[32];

	if ((part->kind != MU_SH_PARAM && part->kind != MU_SH_BRACE_PARAM) || !n ||
		n >= sizeof name || (ops && memchr(":-+=?", text[part->op.start], 5)))
		return 0;
	memcpy(name, text + part->name.start, n);
	name[n] = '\0';
	form = mu_shell_form_find(MU_SHELL_VARIABLE, name);
	if (!form || names_has(&f->assigned, name))
		return 0;
	return add_form(f, form, part->at.start);
}

static int look_at_words(struct finder *f, const struct mu_sh_word *word)
{
	int r = 0;

	for (; word && !r; word = word->next)
		r = mu_sh_walk_parts(word->parts, look_at_part, f);
	return r;
}

int uses_bash(struct finder *f, const struct mu_sh_command *c)
{
	int r = look_at_words(f, c->assigns);

	if (!r)
		r = look_at_words(f, c->words);
	for (const struct mu_sh_redir *x = c->redirs; x && !r; x = x->next)
		r = mu_sh_walk_parts(x->parts, look_at_part, f);
	if (!r && c->kind == MU_SH_TEST)
		r = look_at_test(f, c);
	if (!r && c->kind == MU_SH_FUNCTION && c->name->value &&
		c->name->value[strspn(c->name->value, "abcdefghijklmnopqrstuvwxyzABCDEFGH"
						      "IJKLMNOPQRSTUVWXYZ0123456789_")])
		r = add_feature(f, "function-name", c->name->at.start);
	if (!r && c->kind == MU_SH_SIMPLE && c->words && c->words->value)
		r = look_at_builtin(f, c);
	return r;
}
