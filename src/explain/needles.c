/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "explain.h"

/*
 * Aho and Corasick's automaton over the letters that needles have: one step a byte, so
 * that a log of many megabytes is read once, however many patterns there are.
 */

#define MAX_CLASSES 96

struct out {
	uint16_t pattern;
	int next; /* further output of the state; -1 */
};

struct needles {
	uint8_t class_of[256]; /* 0: in no needle */
	unsigned nclasses;
	uint16_t *go;     /* owned: state × class */
	int *first;       /* owned: output of a state; -1 */
	uint16_t *fail;   /* owned */
	struct out *outs; /* owned */
	size_t nstates, nouts;
};

static size_t total_bytes(size_t *needles)
{
	size_t n = 1;

	*needles = 0;
	for (size_t i = 0; i < mu_tab_pattern_count; i++)
		for (size_t k = 0; k < mu_tab_patterns[i].nneedles; k++) {
			n += strlen(mu_tab_patterns[i].needles[k]);
			++*needles;
		}
	return n;
}

static unsigned char folded(char c)
{
	return (unsigned char)tolower((unsigned char)c);
}

static void make_classes(struct needles *n)
{
	n->nclasses = 1;
	for (size_t i = 0; i < mu_tab_pattern_count; i++)
		for (size_t k = 0; k < mu_tab_patterns[i].nneedles; k++)
			for (const char *s = mu_tab_patterns[i].needles[k]; *s; s++)
				if (!n->class_of[folded(*s)] && n->nclasses < MAX_CLASSES)
					n->class_of[folded(*s)] = (uint8_t)n->nclasses++;
	for (int c = 'A'; c <= 'Z'; c++)
		n->class_of[c] = n->class_of[c - 'A' + 'a'];
}

static void add(struct needles *n, size_t pattern, const char *needle)
{
	size_t state = 0;

	for (; *needle; needle++) {
		uint16_t *to = &n->go[state * n->nclasses + n->class_of[folded(*needle)]];
		if (!*to)
			*to = (uint16_t)n->nstates++;
		state = *to;
	}
	n->outs[n->nouts] = (struct out){(uint16_t)pattern, n->first[state]};
	n->first[state] = (int)n->nouts++;
}

/* Where a state has no way on, it goes on as its longest suffix does. Suffixes are
 * shorter: by breadth they are ready before. */
static int link_states(struct needles *n)
{
	uint16_t *queue = calloc(n->nstates, sizeof *queue);
	size_t head = 0, tail = 0;

	if (!queue)
		return -ENOMEM;
	for (unsigned c = 1; c < n->nclasses; c++)
		if (n->go[c])
			queue[tail++] = n->go[c];
	while (head < tail) {
		size_t s = queue[head++], f = n->fail[s];
		int *last = &n->first[s];
		while (*last >= 0)
			last = &n->outs[*last].next;
		*last = n->first[f];
		for (unsigned c = 1; c < n->nclasses; c++) {
			uint16_t *to = &n->go[s * n->nclasses + c];
			if (*to) {
				n->fail[*to] = n->go[f * n->nclasses + c];
				queue[tail++] = *to;
			} else {
				*to = n->go[f * n->nclasses + c];
			}
		}
	}
	free(queue);
	return 0;
}

int needles_open(struct needles **ret)
{
	size_t count, bytes = total_bytes(&count);
	struct needles *n = calloc(1, sizeof *n);

	if (!n || bytes > UINT16_MAX) {
		free(n);
		return -ENOMEM;
	}
	make_classes(n);
	n->nstates = 1;
	n->go = calloc(bytes * n->nclasses, sizeof *n->go);
	n->first = malloc(bytes * sizeof *n->first);
	n->fail = calloc(bytes, sizeof *n->fail);
	n->outs = calloc(count + 1, sizeof *n->outs);
	if (!n->go || !n->first || !n->fail || !n->outs) {
		needles_free(n);
		return -ENOMEM;
	}
	memset(n->first, -1, bytes * sizeof *n->first);
	for (size_t i = 0; i < mu_tab_pattern_count; i++)
		for (size_t k = 0; k < mu_tab_patterns[i].nneedles; k++)
			add(n, i, mu_tab_patterns[i].needles[k]);
	if (link_states(n)) {
		needles_free(n);
		return -ENOMEM;
	}
	*ret = n;
	return 0;
}

void needles_free(struct needles *n)
{
	if (!n)
		return;
	free(n->go);
	free(n->first);
	free(n->fail);
	free(n->outs);
	free(n);
}

bool needles_find(const struct needles *n, const char *p, size_t len, uint64_t *bits)
{
	size_t state = 0;
	bool any = false;

	for (size_t i = 0; i < len; i++) {
		unsigned c = n->class_of[(unsigned char)p[i]];
		state = c ? n->go[state * n->nclasses + c] : 0;
		for (int o = n->first[state]; o >= 0; o = n->outs[o].next) {
			if (!any)
				memset(bits, 0, PATTERN_WORDS * sizeof *bits);
			any = true;
			bits[n->outs[o].pattern / 64] |= UINT64_C(1)
							 << n->outs[o].pattern % 64;
		}
	}
	return any;
}
