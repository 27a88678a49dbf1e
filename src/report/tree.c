/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "writer.h"

#define MAX_DEPTH 64
#define SHOWN_NAMES 4

struct lines {
	const char *tee, *corner, *bar, *none, *cross, *arrow;
};

static const struct lines ascii = {"|-- ", "`-- ", "|   ", "    ", "! ", "=>"};
static const struct lines utf8 = {"├── ", "└── ", "│   ", "    ", "✗ ", "=>"};

/* One dependency tree being drawn. */
struct drawing {
	const struct mu_writer *w;
	const struct mu_result *r;
	const struct lines *l;
	bool *drawn;          /* by node: its children stand above already */
	bool more[MAX_DEPTH]; /* by depth: a sibling follows */
};

static void indent(const struct drawing *d, int depth)
{
	for (int i = 0; i < depth; i++)
		fputs(d->more[i] ? d->l->bar : d->l->none, d->w->out);
}

/* What is missing stands in place: below the object whose relocations ask for it. */
static void missing_symbols(const struct drawing *d, const char *object, int depth)
{
	const struct mu_result *r = d->r;
	size_t n = 0, host = 0;

	for (size_t i = 0; i < r->nmissing_symbols; i++) {
		if (strcmp(r->missing_symbols[i].object, object))
			continue;
		n++;
		host += r->missing_symbols[i].origin == MU_ORIGIN_HOST;
	}
	if (!n)
		return;
	indent(d, depth);
	say(d->w, n == host ? STYLE_DIM : STYLE_BAD,
		"%s%zu symbol%s missing%s: ", d->l->cross, n, n == 1 ? "" : "s",
		n == host ? " (its host has them)" : "");
	n = 0;
	for (size_t i = 0; i < r->nmissing_symbols; i++) {
		if (strcmp(r->missing_symbols[i].object, object))
			continue;
		if (n == SHOWN_NAMES && d->w->opts.verbosity <= 0) {
			say(d->w, STYLE_DIM, ", … (-v shows all)");
			break;
		}
		if (n++)
			fputs(", ", d->w->out);
		put(d->w, STYLE_PLAIN, r->missing_symbols[i].symbol);
	}
	fputc('\n', d->w->out);
}

static void bad_relocations(const struct drawing *d, const char *object, int depth)
{
	for (size_t i = 0; i < d->r->nbad_relocations; i++) {
		const struct mu_bad_relocation *b = &d->r->bad_relocations[i];
		if (strcmp(b->object, object))
			continue;
		indent(d, depth);
		say(d->w, STYLE_BAD, "%sunsupported relocation type %u%s%s\n",
			d->l->cross, b->type, b->name ? " " : "", b->name ? b->name : "");
	}
}

static void draw(struct drawing *d, int node, int depth);

static void draw_edge(
	struct drawing *d, const struct mu_tree_edge *e, bool last, int depth)
{
	const struct mu_tree_node *to = e->node < 0 ? NULL : &d->r->tree[e->node];

	indent(d, depth);
	fputs(last ? d->l->corner : d->l->tee, d->w->out);
	put(d->w, STYLE_PLAIN, e->name);
	if (!to) {
		say(d->w, STYLE_BAD, " not found\n");
		return;
	}
	fprintf(d->w->out, " %s ", d->l->arrow);
	if (to->is_libc)
		say(d->w, STYLE_DIM, "musl\n");
	else
		put(d->w, STYLE_PLAIN, to->path);
	if (to->is_libc)
		return;
	if (d->drawn[e->node])
		say(d->w, STYLE_DIM, to->nedges ? " (above)\n" : "\n");
	else
		fputc('\n', d->w->out);
	d->more[depth] = !last;
	if (!d->drawn[e->node])
		draw(d, e->node, depth + 1);
}

static void draw(struct drawing *d, int node, int depth)
{
	const struct mu_tree_node *n = &d->r->tree[node];

	d->drawn[node] = true;
	missing_symbols(d, n->path, depth);
	bad_relocations(d, n->path, depth);
	if (depth + 1 >= MAX_DEPTH)
		return;
	for (size_t i = 0; i < n->nedges; i++)
		draw_edge(d, &n->edges[i], i + 1 == n->nedges, depth);
}

static int draw_result(
	struct mu_writer *w, const struct mu_report *report, const struct mu_result *r)
{
	struct drawing d = {.w = w, .r = r, .l = w->opts.utf8 ? &utf8 : &ascii};

	put(w, STYLE_BOLD, report->path);
	say(w, STYLE_DIM, " (%s, layer %s%s%s)",
		mu_check_target_at(w->check, r->target)->name, mu_layer_name(r->layer),
		r->mode == MU_MODE_START ? "" : ", ",
		r->mode == MU_MODE_START ? "" : mu_mode_name(r->mode));
	if (r->status == MU_STATUS_NOT_APPLICABLE) {
		say(w, STYLE_DIM, " %s: nothing to load\n",
			mu_kind_name(report->object->kind));
		return 0;
	}
	fputc('\n', w->out);
	if (!r->interpreter_found) {
		say(w, STYLE_BAD, "%sinterpreter ", d.l->cross);
		put(w, STYLE_BAD, report->object->interpreter);
		say(w, STYLE_BAD, " does not exist on %s\n",
			mu_check_target_at(w->check, r->target)->name);
	}
	d.drawn = calloc(r->ntree + 1, sizeof *d.drawn);
	if (!d.drawn)
		return -ENOMEM;
	/* what was preloaded is nobody's child */
	for (size_t i = 1; i < r->ntree; i++)
		d.drawn[i] = r->tree[i].is_libc;
	draw(&d, 0, 0);
	for (size_t i = 1; i < r->ntree; i++) {
		if (d.drawn[i] || !r->tree[i].preloaded)
			continue;
		put(w, STYLE_PLAIN, r->tree[i].path);
		say(w, STYLE_DIM, " (preloaded)\n");
		draw(&d, (int)i, 0);
	}
	free(d.drawn);
	return 0;
}

static int begin_tree(struct mu_writer *w)
{
	(void)w;
	return 0;
}

static int add_tree(struct mu_writer *w, const struct mu_report *r)
{
	int e = 0;

	if (mu_report_invalid(r))
		return 0;
	for (size_t i = 0; i < r->nresults && !e; i++)
		e = draw_result(w, r, &r->results[i]);
	return e;
}

static int end_tree(struct mu_writer *w, const struct mu_summary *s)
{
	(void)w;
	(void)s;
	return 0;
}

const struct format format_tree = {
	.name = "tree",
	.begin = begin_tree,
	.add = add_tree,
	.end = end_tree,
};
