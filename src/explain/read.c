/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "explain.h"

#define SLOTS (MAX_FINDS * 2) /* a power of two */
#define MAX_GROUP 400         /* bytes of a subject: longer ones are cut */

struct reader {
	struct mu_explanation *x;
	struct needles *needles;
	struct matcher *matcher;
	uint16_t *slots; /* owned: by hash of a find; its number + 1 */
};

/* ---- what the text tells of the system ----------------------------------------------
 */

static void copy_group(char *to, size_t cap, const struct match *m, int group)
{
	size_t n = m->n[group] < cap - 1 ? m->n[group] : cap - 1;

	if (n)
		memcpy(to, m->p[group], n);
	to[n] = 0;
}

static void note_context(
	struct context *c, const struct mu_tab_pattern *p, const struct match *m)
{
	const struct mu_release *r = NULL;
	char name[64];

	copy_group(name, sizeof name, m, GROUP_SUBJECT);
	if (!strcmp(p->resolver, "release"))
		r = mu_release_find(name);
	else if (!strcmp(p->resolver, "machine") && !c->machine)
		c->machine = mu_machine_by_name(name);
	else if (!strcmp(p->resolver, "glibc"))
		c->glibc = true;
	else if (!strcmp(p->resolver, "alpine"))
		c->alpine = true;
	else if (!strcmp(p->resolver, "gcompat"))
		c->gcompat = true;
	else if (!strcmp(p->resolver, "musl-build"))
		c->musl_build = true;
	if (r)
		c->release = r; /* the last one: a log ends with what failed */
}

/* ---- finds ---------------------------------------------------------------------------
 */

static bool same_group(const char *have, const char *p, size_t n)
{
	return have ? strlen(have) == n && !memcmp(have, p, n) : !n;
}

static bool same_find(
	const struct find *f, const struct mu_tab_pattern *p, const struct match *m)
{
	if (f->pattern != p)
		return false;
	for (int g = 0; g < GROUP_COUNT; g++)
		if (!same_group(f->group[g], m->p[g], m->n[g]))
			return false;
	return true;
}

static uint64_t hash_of(size_t pattern, const struct match *m)
{
	uint64_t h = MU_HASH_SEED ^ pattern;

	for (int g = 0; g < GROUP_COUNT; g++)
		h = (h ^ mu_hash(m->p[g] ? m->p[g] : "", m->n[g])) * MU_HASH_PRIME;
	return h ^ h >> 29;
}

static int new_find(struct reader *r, size_t pattern, const struct match *m)
{
	struct mu_explanation *x = r->x;
	struct find *f = &x->finds[x->nfinds];

	memset(f, 0, sizeof *f);
	f->pattern = &mu_tab_patterns[pattern];
	for (int g = 0; g < GROUP_COUNT; g++) {
		if (!m->p[g])
			continue;
		f->group[g] = mu_arena_strndup(&x->arena, m->p[g], m->n[g]);
		if (!f->group[g])
			return -ENOMEM;
	}
	x->nfinds++;
	return 0;
}

static int add_line(struct mu_explanation *x, struct find *f, const struct line *l)
{
	size_t n = l->nraw < MAX_SHOWN_LINE ? l->nraw : MAX_SHOWN_LINE;
	char *text;

	f->nlines++;
	if (f->nevidence == MAX_EVIDENCE || (f->nevidence && f->nlines > 3))
		return 0;
	text = mu_arena_strndup(&x->arena, l->raw, n);
	if (!text)
		return -ENOMEM;
	f->evidence[f->nevidence++] = (struct mu_evidence){l->number, text};
	return 0;
}

static int keep(struct reader *r, size_t pattern, struct match *m, const struct line *l)
{
	struct mu_explanation *x = r->x;
	size_t at, e;

	for (int g = 0; g < GROUP_COUNT; g++)
		m->n[g] = m->n[g] < MAX_GROUP ? m->n[g] : MAX_GROUP;
	at = hash_of(pattern, m) % SLOTS;
	while (r->slots[at] &&
		!same_find(&x->finds[r->slots[at] - 1], &mu_tab_patterns[pattern], m))
		at = (at + 1) % SLOTS;
	if (!r->slots[at]) {
		if (x->nfinds == MAX_FINDS) {
			x->cut = true;
			return 0;
		}
		e = (size_t)-new_find(r, pattern, m);
		if (e)
			return -ENOMEM;
		r->slots[at] = (uint16_t)x->nfinds;
	}
	return add_line(x, &x->finds[r->slots[at] - 1], l);
}

/* ---- lines
 * ----------------------------------------------------------------------------- */

/* The first pattern that matches a piece says what it is. */
static int read_piece(struct reader *r, const char *p, size_t n, const uint64_t *bits,
	const struct line *l)
{
	struct match m;
	int e;

	for (size_t i = 0; i < mu_tab_pattern_count; i++) {
		const struct mu_tab_pattern *t = &mu_tab_patterns[i];
		if (!(bits[i / 64] >> i % 64 & 1))
			continue;
		e = matcher_try(r->matcher, i, p, n, &m);
		if (e < 0)
			return e;
		if (!e)
			continue;
		if (t->cause >= 0)
			return strcmp(t->resolver, "none") ? keep(r, i, &m, l) : 0;
		note_context(&r->x->context, t, &m);
	}
	return 0;
}

/* Logs in JSON hold several lines in one, with \n between them. */
static const char *piece_end(const char *p, const char *end)
{
	while ((p = memchr(p, '\\', (size_t)(end - p)))) {
		if (p + 1 < end && p[1] == 'n')
			return p;
		if (++p == end)
			break;
	}
	return end;
}

static int read_line(struct reader *r, const struct line *l)
{
	const char *p = l->p, *end = l->p + l->n, *to;
	uint64_t bits[PATTERN_WORDS];
	size_t skip;
	int e = 0;

	if (!needles_find(r->needles, p, l->n, bits))
		return 0;
	while (p < end && !e) {
		to = piece_end(p, end);
		skip = matcher_strip(r->matcher, p, (size_t)(to - p));
		e = read_piece(r, p + skip, (size_t)(to - p) - skip, bits, l);
		p = to < end ? to + 2 : end;
	}
	return e;
}

static int read_lines(struct reader *r, const char *text, size_t n)
{
	struct lines *lines = calloc(1, sizeof *lines);
	struct line l;
	int e = 0;

	if (!lines)
		return -ENOMEM;
	lines->at = text;
	lines->end = text + n;
	while (!e && !matcher_spent(r->matcher) && lines_next(lines, &l))
		e = read_line(r, &l);
	r->x->nlines = lines->number;
	r->x->cut |= lines->at < lines->end;
	free(lines);
	return e;
}

int read_text(struct mu_explanation *x, const char *text, size_t n)
{
	struct reader r = {.x = x};
	int e = needles_open(&r.needles);

	if (!e)
		e = matcher_open(&r.matcher);
	r.slots = calloc(SLOTS, sizeof *r.slots);
	if (!e && !r.slots)
		e = -ENOMEM;
	if (!e)
		e = read_lines(&r, text, n);
	free(r.slots);
	matcher_free(r.matcher);
	needles_free(r.needles);
	return e;
}
