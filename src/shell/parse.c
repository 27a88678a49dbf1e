/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <muslin/error.h>

#include "reader.h"

bool sh_take(struct reader *r, enum mu_sh_mark_kind kind, size_t len)
{
	r->at += len;
	return sh_token(r, kind, r->at - len, r->at);
}

bool sh_newlines(struct reader *r)
{
	for (;;) {
		if (!sh_blanks(r))
			return false;
		if (sh_peek(r, 0) != '\n')
			return true;
		if (!sh_newline(r))
			return false;
	}
}

/* ---- pipelines ------------------------------------------------------------ */

/* "!" and "time" in front, each as often as it likes. */
static bool prefixes(struct reader *r, struct mu_sh_pipeline *p)
{
	for (;;) {
		if (!sh_blanks(r))
			return false;
		if (sh_reserved(r, "!")) {
			p->negated = !p->negated;
			if (!sh_take(r, MU_SH_M_WORD, 1))
				return false;
		} else if (sh_reserved(r, "time")) {
			p->timed = true;
			if (!sh_take(r, MU_SH_M_WORD, 4) || !sh_blanks(r))
				return false;
			if (sh_reserved(r, "-p") && !sh_take(r, MU_SH_M_WORD, 2))
				return false;
		} else {
			return true;
		}
	}
}

static bool is_pipe(const struct reader *r)
{
	return sh_peek(r, 0) == '|' && sh_peek(r, 1) != '|';
}

static bool pipe_operator(struct reader *r, struct mu_sh_command *command)
{
	size_t from = r->at, len = sh_peek(r, 1) == '&' ? 2 : 1;

	if (!sh_take(r, MU_SH_M_OPERATOR, len))
		return false;
	command->pipe = sh_span(r, from, r->at);
	return len == 1 || sh_feature(r, MU_SH_F_PIPE_BOTH, from, r->at);
}

static bool commands(struct reader *r, struct mu_sh_pipeline *p)
{
	struct mu_sh_command **end = &p->first;

	for (;;) {
		struct mu_sh_command *command = sh_command(r);
		if (!command)
			return false;
		*end = command;
		end = &command->next;
		p->at.end = command->at.end;
		if (!sh_blanks(r))
			return false;
		if (!is_pipe(r))
			return true;
		if (!pipe_operator(r, command) || !sh_newlines(r))
			return false;
	}
}

/* "time" and "!" may stand alone. */
static bool ends_here(const struct reader *r)
{
	char c = sh_peek(r, 0);

	return r->at >= r->n || c == '\n' || c == ';' || c == ')' || c == '&';
}

static struct mu_sh_pipeline *pipeline(struct reader *r)
{
	struct mu_sh_pipeline *p = sh_new(r, sizeof *p);
	size_t from = r->at;

	if (!p || !prefixes(r, p))
		return NULL;
	p->at = sh_span(r, from, r->at);
	if ((p->timed || p->negated) && ends_here(r))
		return p;
	if (!commands(r, p))
		return NULL;
	return p;
}

/* ---- lists ---------------------------------------------------------------- */

static const struct list_op {
	const char *text;
	enum mu_sh_op op;
} list_ops[] = {
	{"&&", MU_SH_OP_AND},
	{"||", MU_SH_OP_OR},
	{"&", MU_SH_OP_BACKGROUND},
	{";", MU_SH_OP_SEMI},
	{"\n", MU_SH_OP_NEWLINE},
};

static bool is_case_end(const struct reader *r)
{
	return sh_peek(r, 0) == ';' && (sh_peek(r, 1) == ';' || sh_peek(r, 1) == '&');
}

static bool operator(struct reader *r, struct mu_sh_pipeline *p)
{
	size_t from = r->at;

	if (is_case_end(r))
		return true;
	for (size_t i = 0; i < sizeof list_ops / sizeof *list_ops; i++) {
		size_t len = strlen(list_ops[i].text);
		if (len > r->n - r->at ||
			memcmp(r->s + r->at, list_ops[i].text, len) != 0)
			continue;
		p->op = list_ops[i].op;
		p->op_at = sh_span(r, from, from + len);
		return p->op == MU_SH_OP_NEWLINE ? sh_newline(r)
						 : sh_take(r, MU_SH_M_OPERATOR, len);
	}
	return true;
}

static bool joins(const struct mu_sh_pipeline *p)
{
	return p && (p->op == MU_SH_OP_AND || p->op == MU_SH_OP_OR);
}

struct mu_sh_list *sh_list(struct reader *r)
{
	struct mu_sh_list *list = sh_new(r, sizeof *list);
	struct mu_sh_pipeline **end, *last = NULL;
	size_t from = r->at;

	if (!list)
		return NULL;
	end = &list->first;
	for (;;) {
		if (!sh_newlines(r))
			return NULL;
		/* after && a command must come, and what is none says so */
		if (sh_closes(r) && !joins(last))
			break;
		last = pipeline(r);
		if (!last)
			return NULL;
		*end = last;
		end = &last->next;
		if (!sh_blanks(r) || !operator(r, last))
			return NULL;
		if (last->op == MU_SH_OP_NONE)
			break;
	}
	list->at = sh_span(r, from, r->at);
	return list;
}

/* ---- the whole ------------------------------------------------------------ */

static int by_start(const void *a, const void *b)
{
	const struct mu_sh_mark *x = a, *y = b;

	return x->at.start < y->at.start ? -1 : x->at.start > y->at.start;
}

static bool keep(struct reader *r, const void *v, size_t n, size_t size, void *ret)
{
	void *copy = mu_arena_array(r->g->arena, n, size);

	if (!copy)
		return sh_fail(r, -ENOMEM, 0, "out of memory");
	if (n)
		memcpy(copy, v, n * size);
	memcpy(ret, &copy, sizeof copy);
	return true;
}

static bool collect(struct reader *r, struct mu_sh_script *script)
{
	struct sh_common *g = r->g;

	if (g->marks.n)
		qsort(g->marks.v, g->marks.n, sizeof *g->marks.v, by_start);
	script->token_count = g->tokens.n;
	script->mark_count = g->marks.n;
	script->feature_count = g->features.n;
	return keep(r, g->tokens.v, g->tokens.n, sizeof *g->tokens.v, &script->tokens) &&
	       keep(r, g->marks.v, g->marks.n, sizeof *g->marks.v, &script->marks) &&
	       keep(r, g->features.v, g->features.n, sizeof *g->features.v,
		       &script->features);
}

static struct mu_sh_script *whole(
	struct reader *r, const char *data, const struct mu_sh_options *o)
{
	struct mu_sh_script *script = sh_new(r, sizeof *script);

	if (!script)
		return NULL;
	script->text = data;
	script->n = r->n;
	if (r->n > MU_SH_MAX_BYTES) {
		sh_fail(r, -MU_E_LIMIT, 0, "too long");
		return NULL;
	}
	if (o && o->dockerfile && !sh_join(r, o->escape ? o->escape : '\\'))
		return NULL;
	script->body = sh_list(r);
	if (!script->body)
		return NULL;
	if (r->at < r->n) {
		sh_fail(r, -MU_E_SYNTAX, r->at, "unexpected");
		return NULL;
	}
	return collect(r, script) ? script : NULL;
}

int mu_sh_parse(const char *data, size_t n, const struct mu_sh_options *o,
	struct mu_arena *arena, struct mu_sh_script **ret, struct mu_error *err)
{
	struct sh_common g = {.arena = arena,
		.err = err,
		.ahead = n > SIZE_MAX / 32 - 4096 ? SIZE_MAX : 32 * n + 4096,
		.max_depth = o && o->depth ? o->depth : MU_SH_DEPTH};
	struct reader r = {.g = &g, .s = data, .n = n};
	struct mu_sh_script *script = whole(&r, data, o);

	free(g.tokens.v);
	free(g.marks.v);
	free(g.features.v);
	free(g.literal.v);
	if (g.code == -MU_E_LIMIT)
		mu_error_set(err, g.code, NULL, NULL);
	if (!script || g.code)
		return g.code ? g.code : -MU_E_SYNTAX;
	*ret = script;
	return 0;
}

bool mu_sh_interrupted(const struct mu_sh_script *script, struct mu_sh_span at)
{
	size_t low = 0, high = script->mark_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (script->marks[mid].at.start < at.start)
			low = mid + 1;
		else
			high = mid;
	}
	return low < script->mark_count && script->marks[low].at.end <= at.end;
}

bool mu_sh_is(const struct mu_sh_word *word, const char *text)
{
	return word && word->value && strcmp(word->value, text) == 0;
}
