/* SPDX-License-Identifier: MIT */
#include "shell.h"

/** struct walk: what is told of each command */
struct walk {
	int (*fn)(void *ctx, const struct mu_sh_visit *visit);
	void *ctx;
	const struct mu_sh_command *function;
	bool condition, substitution;
};

static int walk_list(struct walk *w, const struct mu_sh_list *list, bool condition);

/* Recursion goes no deeper than reading went: mu_sh_options.depth. */
static int walk_part_lists(struct walk *w, const struct mu_sh_part *part)
{
	int r = 0;

	for (; part && !r; part = part->next) {
		bool before = w->substitution, condition = w->condition;
		w->substitution = true;
		r = walk_list(w, part->list, false);
		w->substitution = before;
		w->condition = condition;
		if (!r)
			r = walk_part_lists(w, part->inside);
		for (const struct mu_sh_word *x = part->words; x && !r; x = x->next)
			r = walk_part_lists(w, x->parts);
	}
	return r;
}

static int walk_words(struct walk *w, const struct mu_sh_word *word)
{
	int r = 0;

	for (; word && !r; word = word->next)
		r = walk_part_lists(w, word->parts);
	return r;
}

static int walk_clauses(struct walk *w, const struct mu_sh_command *c)
{
	const struct mu_sh_command *function = w->function;
	int r = 0;

	if (c->kind == MU_SH_FUNCTION)
		w->function = c;
	for (const struct mu_sh_clause *k = c->clauses; k && !r; k = k->next) {
		r = walk_words(w, k->patterns);
		if (!r)
			r = walk_list(w, k->cond, true);
		if (!r)
			r = walk_list(w, k->body, false);
	}
	w->function = function;
	return r;
}

static int walk_command(struct walk *w, const struct mu_sh_pipeline *p,
	const struct mu_sh_pipeline *before, const struct mu_sh_command *c)
{
	struct mu_sh_visit visit = {
		c, p, before, w->function, w->condition, w->substitution};
	int r = w->fn(w->ctx, &visit);

	if (!r)
		r = walk_words(w, c->assigns);
	if (!r)
		r = walk_words(w, c->name);
	if (!r)
		r = walk_words(w, c->words);
	if (!r)
		r = walk_part_lists(w, c->arith);
	for (const struct mu_sh_redir *x = c->redirs; x && !r; x = x->next) {
		r = walk_words(w, x->target);
		if (!r)
			r = walk_part_lists(w, x->parts);
	}
	return r ? r : walk_clauses(w, c);
}

static int walk_list(struct walk *w, const struct mu_sh_list *list, bool condition)
{
	const struct mu_sh_pipeline *p = list ? list->first : NULL, *last = NULL;
	bool before = w->condition;
	int r = 0;

	for (; p && !r; last = p, p = p->next) {
		w->condition = condition || p->negated || p->op == MU_SH_OP_AND ||
			       p->op == MU_SH_OP_OR;
		for (const struct mu_sh_command *c = p->first; c && !r; c = c->next)
			r = walk_command(w, p, last, c);
	}
	w->condition = before;
	return r;
}

int mu_sh_walk(const struct mu_sh_script *script,
	int (*fn)(void *ctx, const struct mu_sh_visit *visit), void *ctx)
{
	struct walk w = {.fn = fn, .ctx = ctx};

	return walk_list(&w, script->body, false);
}

int mu_sh_walk_parts(const struct mu_sh_part *parts,
	int (*fn)(void *ctx, const struct mu_sh_part *part), void *ctx)
{
	int r = 0;

	for (; parts && !r; parts = parts->next) {
		r = fn(ctx, parts);
		if (!r)
			r = mu_sh_walk_parts(parts->inside, fn, ctx);
		for (const struct mu_sh_word *w = parts->words; w && !r; w = w->next)
			r = mu_sh_walk_parts(w->parts, fn, ctx);
	}
	return r;
}
