/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include <muslin/error.h>

#include "reader.h"

/** struct building: a word that is being read */
struct building {
	struct word_state w;
	struct mu_sh_part **end;
	size_t from;
	unsigned how;
	size_t brace; /* where a { stands that may begin an expansion */
	bool in_brace, brace_list;
	unsigned parentheses; /* of a regular expression */
};

static bool append(struct building *b, struct mu_sh_part *part)
{
	if (!part)
		return false;
	*b->end = part;
	b->end = &part->next;
	return true;
}

/* {a,b} and {1..9}, where all between the braces is unquoted text or an expansion. */
static bool note_braces(struct reader *r, struct building *b, char c, size_t at)
{
	if (!(b->how & READ_BRACES))
		return true;
	if (c == '{') {
		b->brace = at;
		b->in_brace = true;
		b->brace_list = false;
	} else if (b->in_brace &&
		   (c == ',' || (c == '.' && at > b->brace + 1 && r->s[at - 1] == '.'))) {
		b->brace_list = true;
	} else if (c == '}' && b->in_brace) {
		b->in_brace = false;
		if (b->brace_list) {
			b->w.flags |= MU_SH_W_BRACES;
			return sh_feature(r, MU_SH_F_BRACES, b->brace, at + 1);
		}
	}
	return true;
}

static bool text(struct reader *r, struct building *b)
{
	size_t from = r->at;

	while (r->at < r->n) {
		char c = r->s[r->at];
		if (sh_is_meta(c) || c == '\\' || c == '\'' || c == '"' || c == '$' ||
			c == '`')
			break;
		if (c == '*' || c == '?' || c == '[')
			b->w.flags |= MU_SH_W_GLOB;
		if (c == '~' && r->at == b->from)
			b->w.flags |= MU_SH_W_TILDE;
		if (!note_braces(r, b, c, r->at))
			return false;
		r->at++;
	}
	return sh_literal(r, &b->w, r->s + from, r->at - from) &&
	       append(b, sh_part(r, MU_SH_TEXT, from));
}

static bool escape(struct reader *r, struct building *b)
{
	size_t from = r->at;

	r->at += r->at + 1 < r->n ? 2 : 1;
	if (r->at - from == 2 && r->s[from + 1] == '\n')
		return sh_mark(r, MU_SH_M_CONTINUATION, from, r->at) &&
		       append(b, sh_part(r, MU_SH_CONTINUATION, from));
	b->w.flags |= MU_SH_W_QUOTED;
	/* a backslash that ends the text stands for itself */
	if (!sh_literal(r, &b->w, r->s + r->at - 1, 1))
		return false;
	return append(b, sh_part(r, MU_SH_ESCAPE, from));
}

/* ---- ( ) inside of a word -------------------------------------------------- */

static bool one(struct reader *r, struct building *b);

/* A character that ends words elsewhere, as text. */
static bool plain(struct reader *r, struct building *b)
{
	r->at++;
	return sh_literal(r, &b->w, r->s + r->at - 1, 1) &&
	       append(b, sh_part(r, MU_SH_TEXT, r->at - 1));
}

/* ?(a|b): one part, its inside in parts of its own. */
static bool extglob(struct reader *r, struct building *b)
{
	struct mu_sh_part *part = sh_new(r, sizeof *part), **end = b->end;
	size_t from = r->at;
	bool ok = true;

	if (!part || !sh_enter(r) || !sh_feature(r, MU_SH_F_EXTGLOB, from - 1, from + 1))
		return false;
	part->kind = MU_SH_EXTGLOB;
	b->w.flags |= MU_SH_W_GLOB;
	b->end = &part->inside;
	ok = plain(r, b);
	while (ok && r->at < r->n && r->s[r->at] != ')') {
		char c = r->s[r->at];
		if (c == '(' && strchr("?*+@!", r->s[r->at - 1]))
			ok = extglob(r, b);
		else
			ok = sh_is_meta(c) ? plain(r, b) : one(r, b);
	}
	if (!ok || r->at >= r->n)
		return sh_fail(r, -MU_E_SYNTAX, from, "( without its )");
	ok = plain(r, b);
	part->at = sh_span(r, from, r->at);
	b->end = end;
	sh_leave(r);
	return ok && append(b, part);
}

static bool begins_extglob(const struct reader *r, const struct building *b)
{
	char before = r->at > b->from ? r->s[r->at - 1] : '\0';

	return before && strchr("?*+@!", before);
}

/* A character that ends a word, unless it is part of a pattern. */
static bool meta(struct reader *r, struct building *b, bool *more)
{
	char c = r->s[r->at];

	if (b->how & READ_REGEX) {
		if (c == '(')
			b->parentheses++;
		if (c == '(' || c == '|' || (c == ')' && b->parentheses) ||
			(b->parentheses && c != '\n')) {
			b->parentheses -= c == ')';
			return plain(r, b);
		}
	}
	if (c == '(' && begins_extglob(r, b))
		return extglob(r, b);
	if ((c == '<' || c == '>') && sh_peek(r, 1) == '(')
		return append(b, sh_process(r, &b->w));
	*more = false;
	return true;
}

static bool quoted(struct building *b, struct mu_sh_part *part)
{
	b->w.flags |= MU_SH_W_QUOTED;
	return append(b, part);
}

static bool one(struct reader *r, struct building *b)
{
	struct mu_sh_part *part;

	switch (r->s[r->at]) {
	case '\\':
		return escape(r, b);
	case '\'':
		return quoted(b, sh_single(r, &b->w));
	case '"':
		return quoted(b, sh_double(r, &b->w));
	case '`':
		return append(b, sh_backtick(r, &b->w, false));
	case '$':
		part = sh_dollar(r, &b->w, false);
		if (part && (part->kind == MU_SH_DOLLAR_SINGLE ||
				    part->kind == MU_SH_DOLLAR_DOUBLE))
			b->w.flags |= MU_SH_W_QUOTED;
		return append(b, part);
	default:
		return text(r, b);
	}
}

static bool pieces(struct reader *r, struct building *b)
{
	bool more = true;

	while (more && r->at < r->n) {
		if (!(sh_is_meta(r->s[r->at]) ? meta(r, b, &more) : one(r, b)))
			return false;
	}
	return true;
}

/* ---- assignments ----------------------------------------------------------- */

/* [ … ] behind a name: where it ends, 0 where it is no subscript. */
static size_t subscript_end(const struct reader *r, size_t at)
{
	size_t from = at;
	unsigned depth = 0;

	for (; at < r->n && r->s[at] != '\n'; at++) {
		if (r->s[at] == '\\')
			at++;
		else if (r->s[at] == '[')
			depth++;
		else if (r->s[at] == ']' && --depth == 0)
			break;
	}
	if (!sh_look_ahead(r, at - from))
		return 0;
	return at < r->n && r->s[at] == ']' ? at + 1 : 0;
}

/* Whether name=, name+= or name[…]= comes next: where the value begins, else 0. */
static size_t assignment(const struct reader *r, size_t *ret_subscript)
{
	size_t at = r->at, end;

	if (at >= r->n || !sh_is_name(r->s[at], true))
		return 0;
	while (at < r->n && sh_is_name(r->s[at], false))
		at++;
	*ret_subscript = 0;
	if (at < r->n && r->s[at] == '[') {
		end = subscript_end(r, at);
		if (!end)
			return 0;
		*ret_subscript = at;
		at = end;
	}
	if (at + 1 < r->n && r->s[at] == '+' && r->s[at + 1] == '=')
		return at + 2;
	return at < r->n && r->s[at] == '=' ? at + 1 : 0;
}

static bool element(struct reader *r, struct mu_sh_word ***end)
{
	struct mu_sh_word *word = sh_word(r, READ_BRACES);

	if (!word)
		return false;
	if (word->at.end == word->at.start)
		return sh_fail(r, -MU_E_SYNTAX, r->at, "unexpected in an array");
	**end = word;
	*end = &word->next;
	return true;
}

static bool array(struct reader *r, struct building *b)
{
	struct mu_sh_part *part = sh_new(r, sizeof *part);
	struct mu_sh_word **end;
	size_t from = r->at++;

	if (!part || !sh_enter(r) || !sh_feature(r, MU_SH_F_ARRAY, b->from, r->at))
		return false;
	sh_dynamic(r, &b->w);
	part->kind = MU_SH_ARRAY;
	end = &part->words;
	r->g->inside++;
	for (;;) {
		if (!sh_newlines(r))
			return false;
		if (sh_peek(r, 0) == ')')
			break;
		if (r->at >= r->n)
			return sh_fail(r, -MU_E_SYNTAX, from, "( without its )");
		if (!element(r, &end))
			return false;
	}
	r->g->inside--;
	r->at++;
	part->at = sh_span(r, from, r->at);
	sh_leave(r);
	return append(b, part);
}

/* What stands before the value, subscript included, blanks in it as well. */
static bool left_side(
	struct reader *r, struct building *b, size_t value, size_t subscript)
{
	if (r->s[value - 2] == '+' && !sh_feature(r, MU_SH_F_APPEND, r->at, value))
		return false;
	if (subscript && !sh_feature(r, MU_SH_F_ARRAY, r->at, value))
		return false;
	while (r->at < value) {
		bool ok = sh_is_meta(r->s[r->at]) ? plain(r, b) : one(r, b);
		if (!ok)
			return false;
	}
	return true;
}

static bool assigned(struct reader *r, struct building *b)
{
	size_t subscript, value = assignment(r, &subscript);

	if (!value)
		return true;
	b->w.flags |= MU_SH_W_ASSIGN;
	b->how &= ~(unsigned)READ_BRACES;
	if (subscript ? !left_side(r, b, value, subscript)
		      : (value - 2 < r->n && r->s[value - 2] == '+' &&
				!sh_feature(r, MU_SH_F_APPEND, r->at, value)))
		return false;
	if (value >= r->n || r->s[value] != '(')
		return true;
	if (!subscript) {
		size_t from = r->at;
		r->at = value;
		if (!sh_literal(r, &b->w, r->s + from, value - from) ||
			!append(b, sh_part(r, MU_SH_TEXT, from)))
			return false;
	}
	return r->at != value || array(r, b);
}

static bool finish(struct reader *r, struct building *b, struct mu_sh_word *word)
{
	struct sh_common *g = r->g;
	size_t len = g->literal.n - b->w.base;
	char *copy;

	copy = mu_arena_strndup(
		g->arena, g->literal.v ? g->literal.v + b->w.base : "", len);
	if (!copy)
		return sh_fail(r, -ENOMEM, r->at, "out of memory");
	g->literal.n = b->w.base;
	word->prefix = copy;
	word->value = b->w.dynamic ? NULL : copy;
	word->flags = b->w.flags;
	word->at = sh_span(r, b->from, r->at);
	if (word->at.end - word->at.start != r->at - b->from)
		word->flags |= MU_SH_W_CONTINUED;
	for (const struct mu_sh_part *p = word->parts; p; p = p->next) {
		if (p->kind == MU_SH_CONTINUATION)
			word->flags |= MU_SH_W_CONTINUED;
	}
	return r->at == b->from || sh_token(r, MU_SH_M_WORD, b->from, r->at);
}

struct mu_sh_word *sh_word(struct reader *r, unsigned how)
{
	struct mu_sh_word *word = sh_new(r, sizeof *word);
	struct building b = {.from = r->at, .how = how};

	if (!word)
		return NULL;
	b.end = &word->parts;
	b.w.base = r->g->literal.n;
	if ((how & READ_ASSIGN) && !assigned(r, &b))
		return NULL;
	if (!pieces(r, &b) || !finish(r, &b, word))
		return NULL;
	return word;
}
