/* SPDX-License-Identifier: MIT */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <errno.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "explain.h"

/* A text is hostile until shown otherwise: no match may take long, nor all together. */
#define STEPS 20000       /* of one match */
#define HEAP_KIB 512      /* … and its memory */
#define FUEL 6000000      /* of a text: about what 100 MB of loader errors take */
#define FUEL_OF_LIMIT 300 /* a match that was given up */
#define MAX_PREFIXES 4

static const char *const group_names[GROUP_COUNT] = {"subject", "object", "by", "wrap"};

struct rule {
	pcre2_code *code; /* owned; NULL: not compiled yet */
	bool bad;
};

struct matcher {
	struct rule *rules; /* owned: patterns, then prefixes */
	pcre2_match_context *context;
	pcre2_match_data *data;
	int64_t fuel;
};

int matcher_open(struct matcher **ret)
{
	struct matcher *m = calloc(1, sizeof *m);

	if (!m)
		return -ENOMEM;
	m->rules = calloc(mu_tab_pattern_count + mu_tab_prefix_count, sizeof *m->rules);
	m->context = pcre2_match_context_create(NULL);
	m->data = pcre2_match_data_create(24, NULL);
	m->fuel = FUEL;
	if (!m->rules || !m->context || !m->data) {
		matcher_free(m);
		return -ENOMEM;
	}
	pcre2_set_match_limit(m->context, STEPS);
	pcre2_set_depth_limit(m->context, STEPS);
	pcre2_set_heap_limit(m->context, HEAP_KIB);
	*ret = m;
	return 0;
}

void matcher_free(struct matcher *m)
{
	if (!m)
		return;
	for (size_t i = 0; m->rules && i < mu_tab_pattern_count + mu_tab_prefix_count;
		i++)
		pcre2_code_free(m->rules[i].code);
	free(m->rules);
	pcre2_match_context_free(m->context);
	pcre2_match_data_free(m->data);
	free(m);
}

bool matcher_spent(const struct matcher *m)
{
	return m->fuel <= 0;
}

bool matcher_usable(const struct matcher *m, size_t pattern)
{
	return m->rules[pattern].code != NULL;
}

/* Expressions are compiled when a line first may match: most never are. */
static int ready(struct rule *r, const char *regex)
{
	PCRE2_SIZE offset;
	int error;

	if (r->code || r->bad)
		return 0;
	r->code = pcre2_compile((PCRE2_SPTR)regex, PCRE2_ZERO_TERMINATED, PCRE2_DUPNAMES,
		&error, &offset, NULL);
	if (!r->code && error == PCRE2_ERROR_NOMEMORY)
		return -ENOMEM;
	r->bad = !r->code;
	return 0;
}

static int run(struct matcher *m, size_t rule, const char *p, size_t n)
{
	int e;

	if (!m->rules[rule].code || m->fuel <= 0)
		return PCRE2_ERROR_NOMATCH;
	m->fuel -= 1 + (int64_t)(n / 128);
	e = pcre2_match(m->rules[rule].code, (PCRE2_SPTR)p, n, 0, 0, m->data, m->context);
	if (e < 0 && e != PCRE2_ERROR_NOMATCH)
		m->fuel -= FUEL_OF_LIMIT;
	return e;
}

/* The group of a name that took part: alternatives may use one name each. */
static void take_group(
	struct matcher *m, size_t rule, int group, const char *p, struct match *ret)
{
	PCRE2_SPTR first, last;
	PCRE2_SIZE *at = pcre2_get_ovector_pointer(m->data);
	uint32_t most = pcre2_get_ovector_count(m->data);
	int size = pcre2_substring_nametable_scan(
		m->rules[rule].code, (PCRE2_SPTR)group_names[group], &first, &last);

	if (size <= 0)
		return;
	for (PCRE2_SPTR s = first; s <= last; s += size) {
		unsigned n = (unsigned)s[0] << 8 | s[1];
		if (n >= most || at[2 * n] == PCRE2_UNSET || at[2 * n + 1] <= at[2 * n])
			continue;
		ret->p[group] = p + at[2 * n];
		ret->n[group] = at[2 * n + 1] - at[2 * n];
		return;
	}
}

int matcher_try(
	struct matcher *m, size_t pattern, const char *p, size_t n, struct match *ret)
{
	int e = ready(&m->rules[pattern], mu_tab_patterns[pattern].regex);

	if (e)
		return e;
	e = run(m, pattern, p, n);
	if (e < 0)
		return 0;
	/* what a group that took no part of the match holds is not set */
	memset(ret, 0, sizeof *ret);
	for (int g = 0; g < GROUP_COUNT; g++)
		take_group(m, pattern, g, p, ret);
	return 1;
}

/* One prefix, of whichever kind. */
static size_t strip_one(struct matcher *m, const char *p, size_t n)
{
	for (size_t i = 0; i < mu_tab_prefix_count; i++) {
		size_t rule = mu_tab_pattern_count + i;
		if (!ready(&m->rules[rule], mu_tab_prefixes[i]) &&
			run(m, rule, p, n < 200 ? n : 200) >= 0)
			return pcre2_get_ovector_pointer(m->data)[1];
	}
	return 0;
}

size_t matcher_strip(struct matcher *m, const char *p, size_t n)
{
	size_t done = 0, one = 1;

	for (int i = 0; i < MAX_PREFIXES && one; i++) {
		one = strip_one(m, p + done, n - done);
		done += one;
	}
	return done;
}
