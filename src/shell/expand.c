/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include <muslin/error.h>

#include "reader.h"

bool sh_literal(struct reader *r, struct word_state *w, const char *s, size_t n)
{
	if (w->dynamic)
		return true;
	for (size_t i = 0; i < n; i++) {
		if (mu_vec_room(&r->g->literal))
			return sh_fail(r, -ENOMEM, r->at, "out of memory");
		r->g->literal.v[r->g->literal.n++] = s[i];
	}
	return true;
}

void sh_dynamic(struct reader *r, struct word_state *w)
{
	if (!w->dynamic)
		w->prefix = r->g->literal.n - w->base;
	w->dynamic = true;
}

struct mu_sh_part *sh_part(struct reader *r, enum mu_sh_part_kind kind, size_t from)
{
	struct mu_sh_part *part = sh_new(r, sizeof *part);

	if (part) {
		part->kind = kind;
		part->at = sh_span(r, from, r->at);
	}
	return part;
}

static void *unterminated(struct reader *r, size_t at, const char *what)
{
	sh_fail(r, -MU_E_SYNTAX, at, what);
	return NULL;
}

/* ---- quotes --------------------------------------------------------------- */

struct mu_sh_part *sh_single(struct reader *r, struct word_state *w)
{
	size_t from = r->at, first = from + 1;
	const char *end = first < r->n ? memchr(r->s + first, '\'', r->n - first) : NULL;

	if (!end)
		return unterminated(r, from, "' without its end");
	r->at = (size_t)(end - r->s) + 1;
	if (!sh_literal(r, w, r->s + first, r->at - 1 - first))
		return NULL;
	return sh_part(r, MU_SH_SINGLE, from);
}

static unsigned digits(const struct reader *r, size_t *at, unsigned base, unsigned most)
{
	unsigned value = 0;

	for (; most && *at < r->n; most--, (*at)++) {
		char c = r->s[*at];
		unsigned d = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
			     : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
			     : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
						    : 99;
		if (d >= base)
			break;
		value = value * base + d;
	}
	return value;
}

/* One escape of $'…'; those that depend on the locale make the word unknown. */
static bool dollar_escape(struct reader *r, struct word_state *w)
{
	static const char from[] = "abeEfnrtv\\'\"?",
			  to[] = "\a\b\033\033\f\n\r\t\v\\'\"?";
	size_t at = r->at + 2;
	char c = sh_peek(r, 1);
	const char *known = c ? strchr(from, c) : NULL;
	char out[2] = {'\\', c};

	r->at = at;
	if (known)
		return sh_literal(r, w, to + (known - from), 1);
	if (c >= '0' && c <= '7') {
		r->at--;
		out[0] = (char)digits(r, &r->at, 8, 3);
		return sh_literal(r, w, out, 1);
	}
	if (c == 'x') {
		out[0] = (char)digits(r, &r->at, 16, 2);
		return sh_literal(r, w, out, 1);
	}
	if (c == 'u' || c == 'U' || c == 'c')
		sh_dynamic(r, w);
	return sh_literal(r, w, out, 2);
}

static struct mu_sh_part *dollar_single(struct reader *r, struct word_state *w)
{
	size_t from = r->at;

	for (r->at += 2; sh_peek(r, 0) != '\'';) {
		if (r->at + 1 >= r->n)
			return unterminated(r, from, "$' without its end");
		if (r->s[r->at] == '\\') {
			if (!dollar_escape(r, w))
				return NULL;
		} else if (!sh_literal(r, w, r->s + r->at++, 1)) {
			return NULL;
		}
	}
	r->at++;
	if (!sh_feature(r, MU_SH_F_DOLLAR_SINGLE, from, r->at))
		return NULL;
	return sh_part(r, MU_SH_DOLLAR_SINGLE, from);
}

/* ---- pieces of "…", ${…}, arithmetic and here-documents -------------------- */

enum inside {
	IN_DOUBLE,
	IN_HERE,
	IN_BRACE,        /* ${…}: quotes quote */
	IN_BRACE_DOUBLE, /* ${…:-…} in "…": ' is a character */
	IN_ARITH,
};

/* Characters that end a run of text. */
static const char *const specials[] = {
	[IN_DOUBLE] = "\"\\$`",
	[IN_HERE] = "\\$`",
	[IN_BRACE] = "'\"\\$`}<>",
	[IN_BRACE_DOUBLE] = "\"\\$`}",
	[IN_ARITH] = "'\"\\$`()[]",
};

static struct mu_sh_part *text_run(struct reader *r, struct word_state *w, enum inside in)
{
	size_t from = r->at++;

	while (r->at < r->n && (!r->s[r->at] || !strchr(specials[in], r->s[r->at])))
		r->at++;
	if (!sh_literal(r, w, r->s + from, r->at - from))
		return NULL;
	return sh_part(r, MU_SH_TEXT, from);
}

static struct mu_sh_part *escape(struct reader *r, struct word_state *w, enum inside in)
{
	size_t from = r->at;
	char next = sh_peek(r, 1);
	bool quotes = in == IN_BRACE || in == IN_ARITH ||
		      (next && strchr("$`\\", next)) || (next == '"' && in != IN_HERE) ||
		      (next == '}' && in == IN_BRACE_DOUBLE);

	r->at += r->at + 1 < r->n ? 2 : 1;
	if (next == '\n') {
		if (!sh_mark(r, MU_SH_M_CONTINUATION, from, r->at))
			return NULL;
		return sh_part(r, MU_SH_CONTINUATION, from);
	}
	if (!sh_literal(r, w, r->s + from + quotes, r->at - from - quotes))
		return NULL;
	return sh_part(r, MU_SH_ESCAPE, from);
}

/* One piece; what ends the whole is the caller's to see first. */
static struct mu_sh_part *piece(struct reader *r, struct word_state *w, enum inside in)
{
	bool quoted = in == IN_DOUBLE || in == IN_HERE || in == IN_BRACE_DOUBLE;

	switch (sh_peek(r, 0)) {
	case '\\':
		return escape(r, w, in);
	case '$':
		return sh_dollar(r, w, quoted || in == IN_ARITH);
	case '`':
		return sh_backtick(r, w, in == IN_DOUBLE || in == IN_BRACE_DOUBLE);
	case '\'':
		if (in == IN_BRACE)
			return sh_single(r, w);
		break;
	case '"':
		if (in != IN_HERE)
			return sh_double(r, w);
		break;
	case '<':
	case '>':
		if (in == IN_BRACE && sh_peek(r, 1) == '(')
			return sh_process(r, w);
		break;
	default:
		break;
	}
	return text_run(r, w, in);
}

/* Pieces up to a character, which is passed. */
static bool pieces_until(struct reader *r, struct word_state *w, enum inside in,
	char close, struct mu_sh_part **ret)
{
	while (r->at < r->n && r->s[r->at] != close) {
		struct mu_sh_part *part = piece(r, w, in);
		if (!part)
			return false;
		*ret = part;
		ret = &part->next;
	}
	if (r->at >= r->n)
		return false;
	r->at++;
	return true;
}

struct mu_sh_part *sh_double(struct reader *r, struct word_state *w)
{
	size_t from = r->at++;
	struct mu_sh_part *inside = NULL, *part;

	if (!pieces_until(r, w, IN_DOUBLE, '"', &inside))
		return unterminated(r, from, "\" without its end");
	part = sh_part(r, MU_SH_DOUBLE, from);
	if (part)
		part->inside = inside;
	return part;
}

bool sh_pieces(struct reader *r, struct mu_sh_part **ret)
{
	struct word_state w = {.dynamic = true};

	while (r->at < r->n) {
		struct mu_sh_part *part = piece(r, &w, IN_HERE);
		if (!part)
			return false;
		*ret = part;
		ret = &part->next;
	}
	return true;
}

/* ---- ${…} ----------------------------------------------------------------- */

static size_t pass_name(const struct reader *r, size_t at)
{
	if (at < r->n && sh_is_name(r->s[at], true)) {
		while (at < r->n && sh_is_name(r->s[at], false))
			at++;
		return at;
	}
	if (at < r->n && r->s[at] >= '0' && r->s[at] <= '9') {
		while (at < r->n && r->s[at] >= '0' && r->s[at] <= '9')
			at++;
		return at;
	}
	return at < r->n && r->s[at] && strchr("@*#?-$!", r->s[at]) ? at + 1 : at;
}

/* The operators of ${…}: the longest comes first. */
static const struct brace_op {
	const char *text;
	int feature; /* enum mu_sh_feature_kind, -1: POSIX */
	bool word;   /* a word follows, in which "…" makes ' a character */
} brace_ops[] = {
	{":-", -1, true},
	{":=", -1, true},
	{":+", -1, true},
	{":?", -1, true},
	{"##", -1, false},
	{"%%", -1, false},
	{"//", MU_SH_F_REPLACE, false},
	{"/#", MU_SH_F_REPLACE_ANCHOR, false},
	{"/%", MU_SH_F_REPLACE_ANCHOR, false},
	{"^^", MU_SH_F_CASE_CHANGE, false},
	{",,", MU_SH_F_CASE_CHANGE, false},
	{"-", -1, true},
	{"=", -1, true},
	{"+", -1, true},
	{"?", -1, true},
	{"#", -1, false},
	{"%", -1, false},
	{"/", MU_SH_F_REPLACE, false},
	{"^", MU_SH_F_CASE_CHANGE, false},
	{",", MU_SH_F_CASE_CHANGE, false},
	{":", MU_SH_F_SUBSTRING, false},
	{"@", MU_SH_F_TRANSFORM, false},
	{"[", MU_SH_F_ARRAY, false},
};

static const struct brace_op *brace_op(const struct reader *r, size_t at)
{
	for (size_t i = 0; i < sizeof brace_ops / sizeof *brace_ops; i++) {
		size_t len = strlen(brace_ops[i].text);
		if (len <= r->n - at && memcmp(r->s + at, brace_ops[i].text, len) == 0)
			return &brace_ops[i];
	}
	return NULL;
}

/* The # of a length and the ! of an indirection stand before a name. */
static bool has_prefix(const struct reader *r, char c)
{
	size_t next = pass_name(r, r->at + 1);

	if (sh_peek(r, 0) != c || next == r->at + 1)
		return false;
	return c == '!' ? sh_is_name(sh_peek(r, 1), true)
			: next < r->n && (r->s[next] == '}' || r->s[next] == '[');
}

/* What stands behind ${a[…]} counts as well. */
static bool behind_subscript(struct reader *r, size_t from)
{
	const struct brace_op *op;
	size_t at = from;
	unsigned depth = 0;

	for (; at < r->n; at++) {
		if (r->s[at] == '[')
			depth++;
		if (r->s[at] == ']' && --depth == 0)
			break;
		if (r->s[at] == '}' || r->s[at] == '\n')
			return sh_look_ahead(r, at - from);
	}
	op = at < r->n ? brace_op(r, ++at) : NULL;
	if (!sh_look_ahead(r, at - from))
		return false;
	return !op || op->feature < 0 ||
	       sh_feature(r, (enum mu_sh_feature_kind)op->feature, from,
		       at + strlen(op->text));
}

/* Name and operator; -1 on failure, else how the rest is read. */
static int brace_head(struct reader *r, struct mu_sh_part *part, bool in_double)
{
	size_t from = r->at, name;
	const struct brace_op *op;

	if (has_prefix(r, '!')) {
		if (!sh_feature(r, MU_SH_F_INDIRECT, from, from + 1))
			return -1;
		r->at++;
	} else if (has_prefix(r, '#')) {
		r->at++;
	}
	name = r->at;
	r->at = pass_name(r, name);
	part->name = sh_span(r, name, r->at);
	op = brace_op(r, r->at);
	if (!op)
		return in_double ? IN_BRACE_DOUBLE : IN_BRACE;
	part->op = sh_span(r, r->at, r->at + strlen(op->text));
	if (op->feature >= 0 && !sh_feature(r, (enum mu_sh_feature_kind)op->feature, from,
					r->at + strlen(op->text)))
		return -1;
	if (op->text[0] == '[')
		return behind_subscript(r, r->at)
			       ? (in_double ? IN_BRACE_DOUBLE : IN_BRACE)
			       : -1;
	r->at += strlen(op->text);
	return in_double && op->word ? IN_BRACE_DOUBLE : IN_BRACE;
}

static struct mu_sh_part *brace_param(
	struct reader *r, struct word_state *w, bool in_double)
{
	size_t from = r->at;
	struct mu_sh_part *part = sh_new(r, sizeof *part);
	int in;

	if (!part || !sh_enter(r))
		return NULL;
	sh_dynamic(r, w);
	r->at += 2;
	part->kind = MU_SH_BRACE_PARAM;
	in = brace_head(r, part, in_double);
	if (in < 0)
		return NULL;
	if (!pieces_until(r, w, (enum inside)in, '}', &part->inside))
		return unterminated(r, from, "${ without its end");
	part->at = sh_span(r, from, r->at);
	sh_leave(r);
	return part;
}

/* ---- commands inside ------------------------------------------------------ */

/* A list up to a ), read in place. */
static struct mu_sh_part *command(
	struct reader *r, enum mu_sh_part_kind kind, size_t from, size_t open)
{
	struct mu_sh_part *part = sh_new(r, sizeof *part);

	if (!part || !sh_enter(r))
		return NULL;
	r->at = from + open;
	r->g->inside++;
	part->kind = kind;
	part->list = sh_list(r);
	if (!part->list)
		return NULL;
	r->g->inside--;
	if (sh_peek(r, 0) != ')')
		return unterminated(r, r->at < r->n ? r->at : from, "( without its )");
	r->at++;
	part->at = sh_span(r, from, r->at);
	sh_leave(r);
	return part;
}

struct mu_sh_part *sh_process(struct reader *r, struct word_state *w)
{
	size_t from = r->at;

	sh_dynamic(r, w);
	if (!sh_feature(r, MU_SH_F_PROCESS, from, from + 2))
		return NULL;
	return command(r, MU_SH_PROCESS, from, 2);
}

static size_t backtick_end(const struct reader *r)
{
	size_t at = r->at + 1;

	while (at < r->n && r->s[at] != '`')
		at += r->s[at] == '\\' ? 2 : 1;
	return at < r->n ? at : r->n;
}

/* No shell reads the inside before it runs it: what is wrong there is no error here. */
static bool backtick_list(struct reader *r, struct mu_sh_part *part, bool in_double)
{
	struct sh_common *g = r->g;
	size_t marks = g->marks.n, features = g->features.n;
	unsigned depth = g->depth, inside = g->inside;
	struct mu_error *err = g->err;
	struct reader sub;

	if (!sh_unescape(r, r->at + 1, backtick_end(r), in_double, &sub))
		return false;
	g->inside++;
	g->err = NULL;
	part->list = sh_list(&sub);
	if (part->list && sub.at < sub.n)
		sh_fail(&sub, -MU_E_SYNTAX, sub.at, "unexpected");
	g->err = err;
	g->inside = inside;
	g->depth = depth;
	if (g->code == -MU_E_SYNTAX) {
		g->code = 0;
		g->marks.n = marks;
		g->features.n = features;
		part->list = NULL;
		part->unread = true;
	}
	if (g->code && err)
		mu_error_set(err, g->code, NULL, NULL);
	return !g->code;
}

struct mu_sh_part *sh_backtick(struct reader *r, struct word_state *w, bool in_double)
{
	size_t from = r->at, end = backtick_end(r);
	struct mu_sh_part *part;

	if (end == r->n)
		return unterminated(r, from, "` without its end");
	sh_dynamic(r, w);
	part = sh_new(r, sizeof *part);
	if (!part || !sh_enter(r))
		return NULL;
	part->kind = MU_SH_BACKTICK;
	if (!backtick_list(r, part, in_double))
		return NULL;
	r->at = end + 1;
	part->at = sh_span(r, from, r->at);
	sh_leave(r);
	return part;
}

/* ---- arithmetic ----------------------------------------------------------- */

static bool arith_piece(
	struct reader *r, char close, unsigned *depth, struct mu_sh_part **ret)
{
	struct word_state w = {.dynamic = true};
	char c = r->s[r->at];
	size_t from = r->at;

	if (c == (close == ')' ? '(' : '['))
		++*depth;
	else if (c == close)
		--*depth;
	else {
		*ret = piece(r, &w, IN_ARITH);
		return *ret != NULL;
	}
	r->at++;
	*ret = sh_part(r, MU_SH_TEXT, from);
	return *ret != NULL;
}

static bool arith_until(struct reader *r, char close, struct mu_sh_part **ret)
{
	unsigned depth = 0;

	while (r->at < r->n && (depth || r->s[r->at] != close)) {
		if (!arith_piece(r, close, &depth, ret))
			return false;
		ret = &(*ret)->next;
	}
	if (r->at >= r->n)
		return sh_fail(r, -MU_E_SYNTAX, r->at, "arithmetic without its end");
	r->at++;
	return true;
}

bool sh_arith(struct reader *r, struct mu_sh_part **ret)
{
	if (!arith_until(r, ')', ret))
		return false;
	if (sh_peek(r, 0) != ')')
		return sh_fail(r, -MU_E_SYNTAX, r->at, "(( without its ))");
	r->at++;
	return true;
}

static struct mu_sh_part *arith(struct reader *r, struct word_state *w, bool old)
{
	size_t from = r->at;
	struct mu_sh_part *part = sh_new(r, sizeof *part);

	if (!part || !sh_enter(r))
		return NULL;
	sh_dynamic(r, w);
	part->kind = MU_SH_ARITH;
	r->at += old ? 2 : 3;
	if (old ? !arith_until(r, ']', &part->inside) : !sh_arith(r, &part->inside))
		return NULL;
	if (old && !sh_feature(r, MU_SH_F_ARITH_OLD, from, r->at))
		return NULL;
	part->at = sh_span(r, from, r->at);
	sh_leave(r);
	return part;
}

/* ---- $ -------------------------------------------------------------------- */

static struct mu_sh_part *param(struct reader *r, struct word_state *w, size_t len)
{
	size_t from = r->at;
	struct mu_sh_part *part;

	sh_dynamic(r, w);
	r->at += len;
	part = sh_part(r, MU_SH_PARAM, from);
	if (part)
		part->name = sh_span(r, from + 1, r->at);
	return part;
}

static struct mu_sh_part *dollar_double(struct reader *r, struct word_state *w)
{
	size_t from = r->at++;
	struct mu_sh_part *part = sh_double(r, w);

	if (!part || !sh_feature(r, MU_SH_F_DOLLAR_DOUBLE, from, r->at))
		return NULL;
	part->kind = MU_SH_DOLLAR_DOUBLE;
	part->at = sh_span(r, from, r->at);
	return part;
}

static struct mu_sh_part *name_or_text(struct reader *r, struct word_state *w)
{
	size_t from = r->at, end = r->at + 1;
	char c = sh_peek(r, 1);

	if (sh_is_name(c, true)) {
		while (end < r->n && sh_is_name(r->s[end], false))
			end++;
		return param(r, w, end - from);
	}
	if ((c >= '0' && c <= '9') || (c && strchr("@*#?-$!", c)))
		return param(r, w, 2);
	r->at++;
	if (!sh_literal(r, w, "$", 1))
		return NULL;
	return sh_part(r, MU_SH_TEXT, from);
}

struct mu_sh_part *sh_dollar(struct reader *r, struct word_state *w, bool in_double)
{
	switch (sh_peek(r, 1)) {
	case '(':
		if (sh_peek(r, 2) == '(' && sh_is_arith(r, r->at + 1))
			return arith(r, w, false);
		sh_dynamic(r, w);
		return command(r, MU_SH_COMMAND, r->at, 2);
	case '{':
		return brace_param(r, w, in_double);
	case '[':
		return arith(r, w, true);
	case '\'':
		return in_double ? name_or_text(r, w) : dollar_single(r, w);
	case '"':
		return in_double ? name_or_text(r, w) : dollar_double(r, w);
	default:
		return name_or_text(r, w);
	}
}
