/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <muslin/error.h>

#include "reader.h"

/* The longest comes first. */
static const struct redir_op {
	const char *text;
	enum mu_sh_redir_kind kind;
	int feature; /* enum mu_sh_feature_kind, -1: POSIX */
} redir_ops[] = {
	{"<<<", MU_SH_HERE_STRING, MU_SH_F_HERE_STRING},
	{"<<-", MU_SH_HERE_TABS, -1},
	{"&>>", MU_SH_BOTH_APPEND, MU_SH_F_BOTH_APPEND},
	{"<<", MU_SH_HERE, -1},
	{"<>", MU_SH_READ_WRITE, -1},
	{"<&", MU_SH_LESS_AND, -1},
	{">>", MU_SH_APPEND, -1},
	{">|", MU_SH_CLOBBER, -1},
	{">&", MU_SH_GREAT_AND, -1},
	{"&>", MU_SH_BOTH, MU_SH_F_BOTH},
	{"<", MU_SH_LESS, -1},
	{">", MU_SH_GREAT, -1},
};

static const struct redir_op *redir_op(const struct reader *r, size_t at)
{
	for (size_t i = 0; i < sizeof redir_ops / sizeof *redir_ops; i++) {
		size_t len = strlen(redir_ops[i].text);
		if (at <= r->n && len <= r->n - at &&
			memcmp(r->s + at, redir_ops[i].text, len) == 0)
			return &redir_ops[i];
	}
	return NULL;
}

/* "2" or "{var}" just before an operator: its length. */
static size_t descriptor(const struct reader *r)
{
	size_t at = r->at;

	if (sh_peek(r, 0) == '{' && sh_is_name(sh_peek(r, 1), true)) {
		for (at++; at < r->n && sh_is_name(r->s[at], false); at++)
			;
		at = at < r->n && r->s[at] == '}' ? at + 1 : r->at;
	} else {
		while (at < r->n && r->s[at] >= '0' && r->s[at] <= '9')
			at++;
	}
	if (at < r->n && (r->s[at] == '<' || r->s[at] == '>'))
		return at - r->at;
	return 0;
}

static bool is_here(enum mu_sh_redir_kind kind)
{
	return kind == MU_SH_HERE || kind == MU_SH_HERE_TABS;
}

/* Quotes go, nothing is expanded: $x is a delimiter of two characters. */
static bool delimiter(struct reader *r, struct pending_here *here, size_t from, size_t to)
{
	char *out = sh_new(r, to - from + 1), quote = 0;

	if (!out)
		return false;
	here->delimiter = out;
	for (size_t i = from; i < to; i++) {
		char c = r->s[i];
		if (quote ? c == quote : c == '\'' || c == '"') {
			quote = quote ? 0 : c;
			here->redir->quoted = true;
		} else if (c == '\\' && quote != '\'' && i + 1 < to) {
			here->redir->quoted = true;
			if (r->s[++i] != '\n')
				out[here->len++] = r->s[i];
		} else if (c != '$' || quote || i + 1 >= to ||
			   (r->s[i + 1] != '\'' && r->s[i + 1] != '"')) {
			out[here->len++] = c;
		}
	}
	return true;
}

static bool expect_here(struct reader *r, struct mu_sh_redir *redir, size_t from)
{
	struct pending_here *here = sh_new(r, sizeof *here);

	if (!here)
		return false;
	here->redir = redir;
	if (!delimiter(r, here, from, r->at))
		return false;
	if (r->here)
		r->last_here->next = here;
	else
		r->here = here;
	r->last_here = here;
	return true;
}

/* The target may stand after blanks, but not on another line. */
static bool target(struct reader *r, struct mu_sh_redir *redir)
{
	size_t from;

	if (!sh_blanks(r))
		return false;
	from = r->at;
	redir->target = sh_word(r, is_here(redir->kind) ? 0 : READ_BRACES);
	if (!redir->target)
		return false;
	if (r->at == from)
		return sh_fail(r, -MU_E_SYNTAX, from, "a redirection to nothing");
	return !is_here(redir->kind) || expect_here(r, redir, from);
}

bool sh_redir(struct reader *r, struct mu_sh_redir ***end, bool *ret_was_one)
{
	size_t from = r->at, fd = descriptor(r), at = from + fd;
	const struct redir_op *op = redir_op(r, at);
	struct mu_sh_redir *redir;

	*ret_was_one = false;
	if (!op || (strlen(op->text) == 1 && at + 1 < r->n && r->s[at + 1] == '(' && !fd))
		return true;
	redir = sh_new(r, sizeof *redir);
	if (!redir)
		return false;
	redir->kind = op->kind;
	redir->fd = sh_span(r, from, at);
	r->at = at + strlen(op->text);
	redir->op = sh_span(r, at, r->at);
	if (!sh_token(r, MU_SH_M_OPERATOR, from, r->at) ||
		(op->feature >= 0 && !sh_feature(r, (enum mu_sh_feature_kind)op->feature,
					     from, r->at)) ||
		(fd && r->s[from] == '{' &&
			!sh_feature(r, MU_SH_F_FD_VARIABLE, from, r->at)) ||
		!target(r, redir))
		return false;
	redir->at = sh_span(r, from, r->at);
	**end = redir;
	*end = &redir->next;
	*ret_was_one = true;
	return true;
}

/* ---- bodies --------------------------------------------------------------- */

/* No shell reads the body before it runs the command: what is wrong there is no error. */
static bool expand_body(
	struct reader *r, struct mu_sh_redir *redir, size_t from, size_t to)
{
	struct sh_common *g = r->g;
	size_t marks = g->marks.n, features = g->features.n;
	unsigned depth = g->depth, inside = g->inside;
	struct reader sub = *r;
	struct mu_error *err = g->err;

	sub.at = from;
	sub.n = to;
	sub.here = NULL;
	g->inside++;
	g->err = NULL;
	sh_pieces(&sub, &redir->parts);
	g->err = err;
	g->inside = inside;
	g->depth = depth;
	if (g->code == -MU_E_SYNTAX) {
		g->code = 0;
		g->marks.n = marks;
		g->features.n = features;
		redir->parts = NULL;
	}
	if (g->code && err)
		mu_error_set(err, g->code, NULL, NULL);
	return !g->code;
}

static bool is_end(
	const struct reader *r, const struct pending_here *here, size_t from, size_t to)
{
	while (here->redir->kind == MU_SH_HERE_TABS && from < to && r->s[from] == '\t')
		from++;
	return to - from == here->len &&
	       memcmp(r->s + from, here->delimiter, here->len) == 0;
}

static bool read_body(struct reader *r, const struct pending_here *here)
{
	struct mu_sh_redir *redir = here->redir;
	size_t from = r->at, body_end = r->n, end = r->n;

	while (r->at < r->n) {
		const char *nl = memchr(r->s + r->at, '\n', r->n - r->at);
		size_t line = r->at, stop = nl ? (size_t)(nl - r->s) : r->n;
		r->at = nl ? stop + 1 : stop;
		if (is_end(r, here, line, stop)) {
			body_end = line;
			end = stop;
			redir->end_line = sh_span(r, line, end);
			break;
		}
	}
	redir->body = sh_span(r, from, body_end);
	if (end > from && !sh_token(r, MU_SH_M_HERE, from, end))
		return false;
	if (!redir->quoted && !expand_body(r, redir, from, body_end))
		return false;
	/* the newline behind the last line is one of its own */
	return r->at == end || sh_token(r, MU_SH_M_NEWLINE, end, r->at);
}

bool sh_newline(struct reader *r)
{
	struct pending_here *here = r->here;

	if (!sh_take(r, MU_SH_M_NEWLINE, 1))
		return false;
	r->here = NULL;
	for (; here; here = here->next) {
		if (!read_body(r, here))
			return false;
	}
	return true;
}
