/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <muslin/error.h>

#include "reader.h"

#define N(a) (sizeof(a) / sizeof *(a))

bool sh_reserved(const struct reader *r, const char *word)
{
	size_t len = strlen(word);
	char next = sh_peek(r, len);

	if (len > r->n - r->at || memcmp(r->s + r->at, word, len) != 0)
		return false;
	return len == r->n - r->at || sh_is_meta(next) ||
	       (next == '\\' && sh_peek(r, len + 1) == '\n');
}

bool sh_closes(const struct reader *r)
{
	static const char *const closers[] = {
		"then", "else", "elif", "fi", "do", "done", "esac", "}"};
	char c = sh_peek(r, 0);

	if (r->at >= r->n || c == ')' ||
		(c == ';' && (sh_peek(r, 1) == ';' || sh_peek(r, 1) == '&')))
		return true;
	for (size_t i = 0; i < N(closers); i++) {
		if (c == closers[i][0] && sh_reserved(r, closers[i]))
			return true;
	}
	return false;
}

static bool unexpected(struct reader *r)
{
	return sh_fail(
		r, -MU_E_SYNTAX, r->at, r->at < r->n ? "unexpected" : "unexpected end");
}

static bool expect(struct reader *r, const char *word)
{
	return sh_reserved(r, word) ? sh_take(r, MU_SH_M_WORD, strlen(word))
				    : unexpected(r);
}

/* A list that holds a command at least. */
static struct mu_sh_list *body(struct reader *r)
{
	struct mu_sh_list *list = sh_list(r);

	if (list && !list->first) {
		unexpected(r);
		return NULL;
	}
	return list;
}

static bool redirs(struct reader *r, struct mu_sh_command *c)
{
	struct mu_sh_redir **end = &c->redirs;
	bool more = true;

	while (*end)
		end = &(*end)->next;
	while (more) {
		size_t stop = r->at;
		if (!sh_blanks(r) || !sh_redir(r, &end, &more))
			return false;
		if (more)
			c->at.end = sh_span(r, stop, r->at).end;
	}
	return true;
}

/* The one clause of a loop, a group or a function. */
static struct mu_sh_clause *only_clause(struct reader *r, struct mu_sh_command *c)
{
	c->clauses = sh_new(r, sizeof *c->clauses);
	return c->clauses;
}

/* ---- groups and loops ------------------------------------------------------ */

static bool read_group(struct reader *r, struct mu_sh_command *c)
{
	struct mu_sh_clause *k = only_clause(r, c);
	size_t from = r->at;

	if (!k || !sh_take(r, MU_SH_M_WORD, 1))
		return false;
	k->body = body(r);
	if (!k->body || !expect(r, "}"))
		return false;
	k->at = sh_span(r, from, r->at);
	return true;
}

static bool read_subshell(struct reader *r, struct mu_sh_command *c)
{
	struct mu_sh_clause *k = only_clause(r, c);
	size_t from = r->at;

	if (!k || !sh_take(r, MU_SH_M_OPERATOR, 1))
		return false;
	k->body = body(r);
	if (!k->body)
		return false;
	if (sh_peek(r, 0) != ')')
		return unexpected(r);
	if (!sh_take(r, MU_SH_M_OPERATOR, 1))
		return false;
	k->at = sh_span(r, from, r->at);
	return true;
}

/* do … done, and the { … } that bash takes in for and select. */
static bool do_group(struct reader *r, struct mu_sh_clause *k, bool braces)
{
	const char *end = "done";

	if (braces && sh_reserved(r, "{")) {
		end = "}";
		if (!sh_take(r, MU_SH_M_WORD, 1))
			return false;
	} else if (!expect(r, "do")) {
		return false;
	}
	k->body = body(r);
	return k->body && expect(r, end);
}

static bool read_while(struct reader *r, struct mu_sh_command *c)
{
	struct mu_sh_clause *k = only_clause(r, c);
	size_t from = r->at;

	if (!k || !sh_take(r, MU_SH_M_WORD, 5))
		return false;
	k->cond = body(r);
	if (!k->cond || !do_group(r, k, false))
		return false;
	k->at = sh_span(r, from, r->at);
	return true;
}

static bool arith_token(struct reader *r, struct mu_sh_command *c)
{
	size_t from = r->at;
	bool ok;

	r->at += 2;
	r->g->inside++;
	ok = sh_arith(r, &c->arith);
	r->g->inside--;
	return ok && sh_token(r, MU_SH_M_WORD, from, r->at);
}

/* Words up to the end of the line or a ; */
static bool loop_words(struct reader *r, struct mu_sh_command *c)
{
	struct mu_sh_word **end = &c->words;

	for (;;) {
		size_t from;
		if (!sh_blanks(r))
			return false;
		from = r->at;
		*end = sh_word(r, READ_BRACES);
		if (!*end)
			return false;
		if (r->at == from)
			break;
		end = &(*end)->next;
	}
	*end = NULL;
	return sh_peek(r, 0) == ';' || sh_peek(r, 0) == '\n' ? true : unexpected(r);
}

static bool optional_semicolon(struct reader *r)
{
	if (sh_peek(r, 0) == ';' && sh_peek(r, 1) != ';' &&
		!sh_take(r, MU_SH_M_OPERATOR, 1))
		return false;
	return sh_newlines(r);
}

static bool loop_head(struct reader *r, struct mu_sh_command *c)
{
	size_t from = r->at;

	c->name = sh_word(r, 0);
	if (!c->name)
		return false;
	if (r->at == from)
		return unexpected(r);
	if (!sh_blanks(r))
		return false;
	if (sh_peek(r, 0) == ';')
		return optional_semicolon(r);
	if (!sh_newlines(r))
		return false;
	if (!sh_reserved(r, "in"))
		return true;
	return sh_take(r, MU_SH_M_WORD, 2) && loop_words(r, c) && optional_semicolon(r);
}

static bool read_for(struct reader *r, struct mu_sh_command *c)
{
	struct mu_sh_clause *k = only_clause(r, c);
	size_t from = r->at;

	if (!k || !sh_take(r, MU_SH_M_WORD, c->kind == MU_SH_SELECT ? 6 : 3) ||
		!sh_blanks(r))
		return false;
	if (c->kind == MU_SH_FOR && sh_peek(r, 0) == '(' && sh_peek(r, 1) == '(') {
		c->kind = MU_SH_FOR_ARITH;
		if (!sh_feature(r, MU_SH_F_ARITH_FOR, from, r->at + 2) ||
			!arith_token(r, c) || !sh_blanks(r) || !optional_semicolon(r))
			return false;
	} else if (!loop_head(r, c)) {
		return false;
	}
	if (c->kind == MU_SH_SELECT && !sh_feature(r, MU_SH_F_SELECT, from, from + 6))
		return false;
	if (!do_group(r, k, true))
		return false;
	k->at = sh_span(r, from, r->at);
	return true;
}

/* ---- if and case ----------------------------------------------------------- */

static bool read_if(struct reader *r, struct mu_sh_command *c)
{
	struct mu_sh_clause **end = &c->clauses;
	size_t len = 2;

	for (;;) {
		struct mu_sh_clause *k = sh_new(r, sizeof *k);
		size_t from = r->at;
		if (!k || !sh_take(r, MU_SH_M_WORD, len))
			return false;
		*end = k;
		end = &k->next;
		if (len == 2 || r->s[from + 2] == 'i') {
			k->cond = body(r);
			if (!k->cond || !expect(r, "then"))
				return false;
		}
		k->body = body(r);
		if (!k->body)
			return false;
		k->at = sh_span(r, from, r->at);
		len = 4;
		if (!k->cond || !(sh_reserved(r, "elif") || sh_reserved(r, "else")))
			return expect(r, "fi");
	}
}

/* a | b ) with an optional ( in front. */
static bool patterns(struct reader *r, struct mu_sh_clause *k)
{
	struct mu_sh_word **end = &k->patterns;

	if (sh_peek(r, 0) == '(' && !sh_take(r, MU_SH_M_OPERATOR, 1))
		return false;
	for (;;) {
		size_t from;
		if (!sh_blanks(r))
			return false;
		from = r->at;
		*end = sh_word(r, READ_PATTERN);
		if (!*end)
			return false;
		if (r->at == from)
			return unexpected(r);
		end = &(*end)->next;
		if (!sh_blanks(r))
			return false;
		if (sh_peek(r, 0) != '|' && sh_peek(r, 0) != ')')
			return unexpected(r);
		if (!sh_take(r, MU_SH_M_OPERATOR, 1))
			return false;
		if (r->s[r->at - 1] == ')')
			return true;
	}
}

/* ;; ;& or ;;& — or esac, that needs none. */
static bool case_end(struct reader *r, struct mu_sh_clause *k)
{
	size_t from = r->at, len = 2;
	bool falls;

	if (sh_peek(r, 0) != ';')
		return true;
	falls = sh_peek(r, 1) == '&';
	if (!falls && sh_peek(r, 1) == ';' && sh_peek(r, 2) == '&')
		len = 3;
	if (!sh_take(r, MU_SH_M_OPERATOR, len))
		return false;
	k->end = sh_span(r, from, r->at);
	if (falls || len == 3)
		return sh_feature(
			r, falls ? MU_SH_F_CASE_FALL : MU_SH_F_CASE_TEST, from, r->at);
	return true;
}

static bool case_clause(struct reader *r, struct mu_sh_clause *k)
{
	size_t from = r->at;

	if (!patterns(r, k))
		return false;
	k->body = sh_list(r);
	if (!k->body || !case_end(r, k))
		return false;
	k->at = sh_span(r, from, r->at);
	return true;
}

static bool read_case(struct reader *r, struct mu_sh_command *c)
{
	struct mu_sh_clause **end = &c->clauses;
	size_t from;

	if (!sh_take(r, MU_SH_M_WORD, 4) || !sh_blanks(r))
		return false;
	from = r->at;
	c->name = sh_word(r, 0);
	if (!c->name)
		return false;
	if (r->at == from)
		return unexpected(r);
	if (!sh_newlines(r) || !expect(r, "in") || !sh_newlines(r))
		return false;
	while (!sh_reserved(r, "esac")) {
		struct mu_sh_clause *k = sh_new(r, sizeof *k);
		if (!k || !case_clause(r, k))
			return false;
		*end = k;
		end = &k->next;
		if (!sh_newlines(r))
			return false;
		/* only the last may do without ;; */
		if (k->end.end == k->end.start)
			break;
	}
	return expect(r, "esac");
}

/* ---- [[ ]] and (( )) -------------------------------------------------------- */

static bool test_operator(struct reader *r, struct mu_sh_word **ret)
{
	size_t from = r->at;
	char c = sh_peek(r, 0);
	size_t len = c == '&' || c == '|' ? 2 : 1;
	struct mu_sh_word *word;

	if (len == 2 && sh_peek(r, 1) != c)
		return unexpected(r);
	if (c == ';' || !sh_take(r, MU_SH_M_OPERATOR, len))
		return unexpected(r);
	word = sh_new(r, sizeof *word);
	if (!word)
		return false;
	word->at = sh_span(r, from, r->at);
	word->prefix = word->value = mu_arena_strndup(r->g->arena, r->s + from, len);
	word->flags = MU_SH_W_OPERATOR;
	*ret = word;
	return word->value || unexpected(r);
}

static bool test_word(struct reader *r, struct mu_sh_word **ret, bool *regex)
{
	size_t from = r->at;

	if (sh_is_meta(r->s[from]) &&
		!(*regex && (r->s[from] == '(' || r->s[from] == '|')) &&
		!((r->s[from] == '<' || r->s[from] == '>') && sh_peek(r, 1) == '('))
		return test_operator(r, ret);
	*ret = sh_word(r, *regex ? READ_REGEX | READ_PATTERN : READ_PATTERN);
	if (!*ret)
		return false;
	if (r->at == from)
		return unexpected(r);
	*regex = mu_sh_is(*ret, "=~") && !((*ret)->flags & MU_SH_W_QUOTED);
	return !*regex || sh_feature(r, MU_SH_F_REGEX, from, r->at);
}

static bool read_test(struct reader *r, struct mu_sh_command *c)
{
	struct mu_sh_word **end = &c->words;
	size_t from = r->at;
	unsigned depth = 0;
	bool regex = false;

	if (!sh_take(r, MU_SH_M_WORD, 2))
		return false;
	for (;;) {
		if (!sh_newlines(r))
			return false;
		if (r->at >= r->n)
			return unexpected(r);
		if (!regex && sh_reserved(r, "]]"))
			break;
		if (!test_word(r, end, &regex))
			return false;
		if ((*end)->flags & MU_SH_W_OPERATOR) {
			depth += mu_sh_is(*end, "(");
			if (mu_sh_is(*end, ")") && depth-- == 0)
				return unexpected(r);
		}
		end = &(*end)->next;
	}
	if (depth || !c->words || !sh_take(r, MU_SH_M_WORD, 2))
		return unexpected(r);
	return sh_feature(r, MU_SH_F_DOUBLE_BRACKET, from, r->at);
}

static bool read_arith(struct reader *r, struct mu_sh_command *c)
{
	size_t from = r->at;

	return arith_token(r, c) && sh_feature(r, MU_SH_F_ARITH_COMMAND, from, r->at);
}

/* ---- functions and coprocesses ---------------------------------------------- */

/* The command that a function is; a list of its own, so that all bodies look alike. */
static bool inner(struct reader *r, struct mu_sh_command *c, bool simple)
{
	struct mu_sh_clause *k = only_clause(r, c);
	struct mu_sh_list *list = sh_new(r, sizeof *list);
	struct mu_sh_pipeline *p = sh_new(r, sizeof *p);

	if (!k || !list || !p)
		return false;
	p->first = sh_command(r);
	if (!p->first)
		return false;
	if (p->first->kind == MU_SH_SIMPLE && !simple)
		return sh_fail(
			r, -MU_E_SYNTAX, p->first->at.start, "a function without { }");
	p->at = list->at = k->at = p->first->at;
	list->first = p;
	k->body = list;
	return true;
}

static bool parentheses(struct reader *r)
{
	if (!sh_take(r, MU_SH_M_OPERATOR, 1) || !sh_blanks(r))
		return false;
	return sh_peek(r, 0) == ')' ? sh_take(r, MU_SH_M_OPERATOR, 1) : unexpected(r);
}

static bool read_function(struct reader *r, struct mu_sh_command *c)
{
	size_t from = r->at;

	if (!sh_take(r, MU_SH_M_WORD, 8) || !sh_blanks(r) ||
		!sh_feature(r, MU_SH_F_FUNCTION_KEYWORD, from, from + 8))
		return false;
	from = r->at;
	c->name = sh_word(r, 0);
	if (!c->name)
		return false;
	if (r->at == from)
		return unexpected(r);
	if (!sh_blanks(r))
		return false;
	if (sh_peek(r, 0) == '(' && sh_peek(r, 1) != '(' && !sh_is_arith(r, r->at)) {
		size_t at = r->at + 1;
		while (at < r->n && (r->s[at] == ' ' || r->s[at] == '\t'))
			at++;
		/* else the body is a subshell */
		if (at < r->n && r->s[at] == ')' && !parentheses(r))
			return false;
	}
	return sh_newlines(r) && inner(r, c, false);
}

static bool read_coproc(struct reader *r, struct mu_sh_command *c)
{
	size_t from = r->at, at = from + 6;

	if (!sh_take(r, MU_SH_M_WORD, 6) || !sh_feature(r, MU_SH_F_COPROC, from, r->at) ||
		!sh_blanks(r))
		return false;
	/* NAME { … } */
	for (at = r->at; at < r->n && sh_is_name(r->s[at], at == r->at); at++)
		;
	if (at > r->at && at + 1 < r->n && r->s[at] == ' ' &&
		(r->s[at + 1] == '{' || r->s[at + 1] == '(')) {
		c->name = sh_word(r, 0);
		if (!c->name || !sh_blanks(r))
			return false;
	}
	return inner(r, c, true);
}

/* ---- simple commands --------------------------------------------------------- */

static bool declares(const struct mu_sh_word *first)
{
	static const char *const names[] = {"declare", "typeset", "local", "export",
		"readonly", "alias", "eval", "let"};

	for (size_t i = 0; first && first->value && i < N(names); i++) {
		if (strcmp(first->value, names[i]) == 0)
			return true;
	}
	return false;
}

/* name ( ): the first word of a simple command was the name of a function. */
static bool is_function(const struct reader *r, const struct mu_sh_command *c)
{
	return sh_peek(r, 0) == '(' && c->words && !c->words->next && !c->assigns &&
	       !c->redirs && c->words->value;
}

static bool function_body(struct reader *r, struct mu_sh_command *c)
{
	c->kind = MU_SH_FUNCTION;
	c->name = c->words;
	c->words = NULL;
	return sh_enter(r) && parentheses(r) && sh_newlines(r) && inner(r, c, false) &&
	       sh_leave(r);
}

/* A word, put where it belongs; false at the end of the command too. */
static bool simple_word(struct reader *r, struct mu_sh_command *c,
	struct mu_sh_word ***assigns, struct mu_sh_word ***words, bool *more)
{
	bool first = !c->words;
	size_t from = r->at;
	struct mu_sh_word *word;

	*more = false;
	if (r->at >= r->n ||
		(sh_is_meta(r->s[from]) && !((r->s[from] == '<' || r->s[from] == '>') &&
						   sh_peek(r, 1) == '(')))
		return true;
	word = sh_word(r, READ_BRACES | (first || declares(c->words) ? READ_ASSIGN : 0));
	if (!word)
		return false;
	if (r->at == from)
		return true;
	*more = true;
	if (first && (word->flags & MU_SH_W_ASSIGN)) {
		**assigns = word;
		*assigns = &word->next;
	} else {
		**words = word;
		*words = &word->next;
	}
	return true;
}

static bool read_simple(struct reader *r, struct mu_sh_command *c)
{
	struct mu_sh_word **assigns = &c->assigns, **words = &c->words;
	struct mu_sh_redir **redir = &c->redirs;
	size_t from = r->at, end = r->at;
	bool more = true;

	while (more) {
		if (!sh_blanks(r) || !sh_redir(r, &redir, &more))
			return false;
		if (!more && !simple_word(r, c, &assigns, &words, &more))
			return false;
		if (more)
			end = r->at;
	}
	if (end == from)
		return unexpected(r);
	c->at = sh_span(r, from, end);
	if (is_function(r, c))
		return function_body(r, c);
	return sh_peek(r, 0) != '(' || unexpected(r);
}

/* ---- which one ---------------------------------------------------------------- */

static const struct {
	const char *word;
	enum mu_sh_kind kind;
	bool (*read)(struct reader *r, struct mu_sh_command *c);
} compounds[] = {
	{"if", MU_SH_IF, read_if},
	{"for", MU_SH_FOR, read_for},
	{"while", MU_SH_WHILE, read_while},
	{"until", MU_SH_UNTIL, read_while},
	{"case", MU_SH_CASE, read_case},
	{"select", MU_SH_SELECT, read_for},
	{"{", MU_SH_GROUP, read_group},
	{"[[", MU_SH_TEST, read_test},
	{"function", MU_SH_FUNCTION, read_function},
	{"coproc", MU_SH_COPROC, read_coproc},
};

static bool read_compound(struct reader *r, struct mu_sh_command *c, size_t which)
{
	if (!sh_enter(r))
		return false;
	c->kind = compounds[which].kind;
	return compounds[which].read(r, c) && sh_leave(r);
}

static bool read_parentheses(struct reader *r, struct mu_sh_command *c)
{
	bool arith = sh_peek(r, 1) == '(' && sh_is_arith(r, r->at);

	if (!sh_enter(r))
		return false;
	c->kind = arith ? MU_SH_ARITH_CMD : MU_SH_SUBSHELL;
	return (arith ? read_arith(r, c) : read_subshell(r, c)) && sh_leave(r);
}

struct mu_sh_command *sh_command(struct reader *r)
{
	struct mu_sh_command *c = sh_new(r, sizeof *c);
	size_t from = r->at, which = 0;

	if (!c)
		return NULL;
	while (which < N(compounds) && !sh_reserved(r, compounds[which].word))
		which++;
	if (sh_peek(r, 0) == '(') {
		if (!read_parentheses(r, c))
			return NULL;
	} else if (which < N(compounds)) {
		if (!read_compound(r, c, which))
			return NULL;
	} else {
		if (!read_simple(r, c))
			return NULL;
		if (c->kind == MU_SH_SIMPLE)
			return c;
	}
	c->at = sh_span(r, from, r->at);
	return redirs(r, c) ? c : NULL;
}
