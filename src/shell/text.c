/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <muslin/error.h>

#include "reader.h"

static size_t raw_offset(const struct reader *r, size_t at)
{
	size_t low = 0, high = r->map_count;

	if (!r->map)
		return at;
	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;
		if (r->map[mid].at <= at)
			low = mid;
		else
			high = mid;
	}
	return r->map[low].raw + (at - r->map[low].at);
}

/* The end is that of the last byte: what was dropped behind it is not part of it. */
struct mu_sh_span sh_span(const struct reader *r, size_t from, size_t to)
{
	struct mu_sh_span at = {raw_offset(r, from), 0};

	at.end = to > from ? raw_offset(r, to - 1) + 1 : at.start;
	return at;
}

bool sh_fail(struct reader *r, int code, size_t at, const char *what)
{
	if (r->g->code)
		return false;
	r->g->code = code;
	if (r->g->err) {
		mu_error_set(r->g->err, code, NULL, "%s", what);
		r->g->err->offset = raw_offset(r, at);
	}
	return false;
}

bool sh_enter(struct reader *r)
{
	if (r->g->depth >= r->g->max_depth)
		return sh_fail(r, -MU_E_LIMIT, r->at, "nested too deep");
	r->g->depth++;
	return true;
}

bool sh_look_ahead(const struct reader *r, size_t bytes)
{
	struct sh_common *g = r->g;

	if (bytes > g->ahead) {
		g->ahead = 0;
		if (!g->code)
			g->code = -MU_E_LIMIT;
		return false;
	}
	g->ahead -= bytes;
	return true;
}

bool sh_leave(struct reader *r)
{
	r->g->depth--;
	return true;
}

void *sh_new(struct reader *r, size_t size)
{
	void *p = mu_arena_alloc(r->g->arena, size);

	if (!p)
		sh_fail(r, -ENOMEM, r->at, "out of memory");
	return p;
}

static bool add_mark(struct reader *r, bool token, struct mu_sh_mark mark)
{
	struct sh_common *g = r->g;

	if (token) {
		if (mu_vec_room(&g->tokens))
			return sh_fail(r, -ENOMEM, r->at, "out of memory");
		g->tokens.v[g->tokens.n++] = mark;
	} else {
		if (mu_vec_room(&g->marks))
			return sh_fail(r, -ENOMEM, r->at, "out of memory");
		g->marks.v[g->marks.n++] = mark;
	}
	return true;
}

bool sh_token(struct reader *r, enum mu_sh_mark_kind kind, size_t from, size_t to)
{
	if (r->g->inside)
		return true;
	return add_mark(r, true, (struct mu_sh_mark){kind, sh_span(r, from, to)});
}

bool sh_mark(struct reader *r, enum mu_sh_mark_kind kind, size_t from, size_t to)
{
	return add_mark(r, false, (struct mu_sh_mark){kind, sh_span(r, from, to)});
}

bool sh_feature(struct reader *r, enum mu_sh_feature_kind kind, size_t from, size_t to)
{
	struct sh_common *g = r->g;

	if (mu_vec_room(&g->features))
		return sh_fail(r, -ENOMEM, from, "out of memory");
	g->features.v[g->features.n++] =
		(struct mu_sh_feature){kind, sh_span(r, from, to)};
	return true;
}

char sh_peek(const struct reader *r, size_t ahead)
{
	return ahead < r->n - r->at ? r->s[r->at + ahead] : '\0';
}

bool sh_is_meta(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == ';' || c == '&' || c == '|' ||
	       c == '<' || c == '>' || c == '(' || c == ')';
}

bool sh_is_name(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       (!first && c >= '0' && c <= '9');
}

bool sh_blanks(struct reader *r)
{
	size_t from;

	if (r->g->code)
		return false;
	for (;; r->at = from + 2) {
		while (sh_peek(r, 0) == ' ' || sh_peek(r, 0) == '\t')
			r->at++;
		from = r->at;
		if (sh_peek(r, 0) != '\\' || sh_peek(r, 1) != '\n')
			break;
		if (!sh_token(r, MU_SH_M_CONTINUATION, from, from + 2) ||
			!sh_mark(r, MU_SH_M_CONTINUATION, from, from + 2))
			return false;
	}
	if (sh_peek(r, 0) != '#')
		return true;
	while (r->at < r->n && r->s[r->at] != '\n')
		r->at++;
	return sh_token(r, MU_SH_M_COMMENT, from, r->at) &&
	       sh_mark(r, MU_SH_M_COMMENT, from, r->at);
}

/* ---- texts made of pieces of the caller's --------------------------------- */

/** struct joined: a text that is being made */
struct joined {
	char *s;
	size_t n;
	MU_VEC(struct segment) map;
};

static bool add_piece(struct reader *r, struct joined *j, size_t from, size_t to)
{
	if (to <= from)
		return true;
	if (mu_vec_room(&j->map))
		return sh_fail(r, -ENOMEM, from, "out of memory");
	j->map.v[j->map.n++] = (struct segment){j->n, from};
	memcpy(j->s + j->n, r->s + from, to - from);
	j->n += to - from;
	return true;
}

/* The map, where the text that was cut up was made of pieces itself. */
static void compose(const struct reader *r, struct joined *j)
{
	for (size_t i = 0; i < j->map.n; i++)
		j->map.v[i].raw = raw_offset(r, j->map.v[i].raw);
}

static bool use_joined(struct reader *r, struct joined *j, struct reader *ret)
{
	struct segment *map = mu_arena_array(r->g->arena, j->map.n + 1, sizeof *map);

	if (!map)
		return sh_fail(r, -ENOMEM, r->at, "out of memory");
	if (j->map.n)
		memcpy(map, j->map.v, j->map.n * sizeof *map);
	ret->s = j->s;
	ret->at = 0;
	ret->n = j->n;
	ret->map = j->map.n ? map : NULL;
	ret->map_count = j->map.n;
	return true;
}

static size_t line_end(const struct reader *r, size_t at)
{
	const char *end = at < r->n ? memchr(r->s + at, '\n', r->n - at) : NULL;

	return end ? (size_t)(end - r->s) : r->n;
}

static size_t pass_blanks(const struct reader *r, size_t at)
{
	while (at < r->n && (r->s[at] == ' ' || r->s[at] == '\t' || r->s[at] == '\r'))
		at++;
	return at;
}

/* Lines behind a continuation that Docker drops: comments and empty ones. */
static bool dropped_lines(struct reader *r, size_t *at)
{
	while (*at < r->n) {
		size_t first = pass_blanks(r, *at), end = line_end(r, *at);
		if (first < end && r->s[first] != '#')
			break;
		if (first < end && !sh_mark(r, MU_SH_M_COMMENT, first, end))
			return false;
		*at = end < r->n ? end + 1 : end;
	}
	return true;
}

/* Where the line goes on: the escape character that ends it, or its end. */
static size_t continuation(const struct reader *r, size_t from, size_t end, char escape)
{
	size_t last = end;

	while (last > from && (r->s[last - 1] == ' ' || r->s[last - 1] == '\t' ||
				      r->s[last - 1] == '\r'))
		last--;
	return last > from && r->s[last - 1] == escape && end < r->n ? last - 1 : end;
}

static bool join_lines(struct reader *r, char escape, struct joined *j)
{
	size_t at = 0;

	while (at < r->n) {
		size_t end = line_end(r, at), cut = continuation(r, at, end, escape);
		if (cut == end) {
			size_t next = end < r->n ? end + 1 : end;
			if (!add_piece(r, j, at, next))
				return false;
			at = next;
			continue;
		}
		if (!add_piece(r, j, at, cut) ||
			!sh_mark(r, MU_SH_M_CONTINUATION, cut, end + 1))
			return false;
		at = end + 1;
		if (!dropped_lines(r, &at))
			return false;
	}
	return true;
}

bool sh_join(struct reader *r, char escape)
{
	struct joined j = {.s = mu_arena_alloc(r->g->arena, r->n + 1)};
	bool ok;

	if (!j.s)
		return sh_fail(r, -ENOMEM, 0, "out of memory");
	ok = join_lines(r, escape, &j) && use_joined(r, &j, r);
	free(j.map.v);
	return ok;
}

/* What a backslash quotes in `…`: it goes away before the inside is read. */
static bool is_escaped(const struct reader *r, size_t at, size_t to, bool in_double)
{
	char next = at + 1 < to ? r->s[at + 1] : '\0';

	return r->s[at] == '\\' &&
	       (next == '`' || next == '\\' || next == '$' || (in_double && next == '"'));
}

static bool cut_escapes(
	struct reader *r, size_t from, size_t to, bool in_double, struct joined *j)
{
	for (size_t at = from; at < to; at++) {
		if (!is_escaped(r, at, to, in_double))
			continue;
		if (!add_piece(r, j, from, at))
			return false;
		from = ++at;
	}
	return add_piece(r, j, from, to);
}

bool sh_unescape(
	struct reader *r, size_t from, size_t to, bool in_double, struct reader *ret)
{
	struct joined j = {0};
	bool ok = false;

	*ret = (struct reader){.g = r->g};
	j.s = mu_arena_alloc(r->g->arena, to - from + 1);
	if (!j.s)
		return sh_fail(r, -ENOMEM, from, "out of memory");
	if (cut_escapes(r, from, to, in_double, &j)) {
		compose(r, &j);
		ok = use_joined(r, &j, ret);
	}
	free(j.map.v);
	return ok;
}

/* ---- (( that is arithmetic, and (( that is two subshells ------------------ */

#define SCAN_DEPTH 256

/** struct scan: quotes and parentheses that are open */
struct scan {
	char open[SCAN_DEPTH];
	unsigned depth;
};

static bool scan_push(struct scan *s, char c)
{
	if (s->depth == SCAN_DEPTH)
		return false;
	s->open[s->depth++] = c;
	return true;
}

/* One character inside "…"; how many to pass, 0 for too deep. */
static size_t scan_quoted(struct scan *s, const char *p, size_t left)
{
	if (*p == '\\')
		return 2;
	if (*p == '"')
		s->depth--;
	if (*p == '$' && left > 1 && p[1] == '(')
		return scan_push(s, '(') ? 2 : 0;
	return 1;
}

static size_t scan_plain(struct scan *s, const char *p, size_t left)
{
	const char *end;

	if (*p == '\\')
		return 2;
	if (*p == '\'') {
		end = memchr(p + 1, '\'', left - 1);
		return end ? (size_t)(end - p) + 1 : 0;
	}
	if (*p == '(' || *p == '"')
		return scan_push(s, *p) ? 1 : 0;
	if (*p == ')')
		s->depth--;
	return 1;
}

static bool ends_in_two(const struct reader *r, size_t at, size_t *ret_end)
{
	struct scan s = {.open = "((", .depth = 2};

	for (at += 2; at < r->n;) {
		bool quoted = s.open[s.depth - 1] == '"';
		size_t step = quoted ? scan_quoted(&s, r->s + at, r->n - at)
				     : scan_plain(&s, r->s + at, r->n - at);
		*ret_end = at;
		if (!step)
			return false;
		at += step;
		if (s.depth == 1)
			return at < r->n && r->s[at] == ')';
	}
	return false;
}

bool sh_is_arith(const struct reader *r, size_t at)
{
	size_t end = at;
	bool arith = ends_in_two(r, at, &end);

	return sh_look_ahead(r, end - at) && arith;
}
