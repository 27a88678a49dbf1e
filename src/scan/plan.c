/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan.h"

/* ---- shared ------------------------------------------------------------------------ */

int plan_line(struct mu_scan *scan, struct plan_lines *lines, const char *fmt, ...)
{
	char text[1024], *s = NULL;
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(text, sizeof text, fmt, ap);
	/* a command may name any number of packages */
	if (n >= (int)sizeof text && (s = mu_arena_alloc(&scan->arena, (size_t)n + 1)))
		vsnprintf(s, (size_t)n + 1, fmt, again);
	va_end(again);
	va_end(ap);
	if (n < 0 || (n >= (int)sizeof text && !s))
		return -ENOMEM;
	if (mu_map_get(&lines->told, s ? s : text, (size_t)n) != MU_MAP_NONE)
		return 0;
	if (!s)
		s = mu_arena_strndup(&scan->arena, text, (size_t)n);
	if (!s || mu_vec_room(&lines->list))
		return -ENOMEM;
	lines->list.v[lines->list.n++] = s;
	return mu_map_put(&lines->told, s, (size_t)n, 0);
}

void plan_lines_free(struct plan_lines *lines)
{
	free(lines->list.v);
	mu_map_free(&lines->told);
	*lines = (struct plan_lines){0};
}

const struct mu_result *plan_result(const struct mu_report *r)
{
	for (size_t i = 0; i < r->nresults; i++)
		if (r->results[i].works)
			return &r->results[i];
	return r->nresults ? &r->results[r->nresults - 1] : NULL;
}

bool plan_is_plain(const char *s)
{
	return *s && *s != '-' &&
	       !s[strspn(s,
		       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
		       "._+-/:@=~^")];
}

/* ---- counting ------------------------------------------------------------------------
 */

static struct plan_count *count_of(struct mu_plan *p, enum mu_owner_kind kind)
{
	return kind == MU_OWNER_APP        ? &p->app
	       : kind == MU_OWNER_LANGUAGE ? &p->language
					   : &p->distro;
}

static void count_all(struct mu_scan *scan)
{
	for (size_t i = 0; i < scan->objects.n; i++) {
		const struct scan_object *o = &scan->objects.v[i];
		struct plan_count *c = count_of(&scan->plan, o->kind);
		size_t *const verdicts[MU_VERDICT_COUNT] = {
			[MU_VERDICT_NATIVE] = &c->native,
			[MU_VERDICT_COMPATIBLE] = &c->compatible,
			[MU_VERDICT_FIXABLE] = &c->fixable,
			[MU_VERDICT_INCOMPATIBLE] = &c->incompatible,
			[MU_VERDICT_UNKNOWN] = &c->unknown,
		};
		c->files++;
		++*verdicts[o->report->verdict];
	}
	for (size_t i = 0; i < scan->scripts.n; i++)
		count_of(&scan->plan, scan->scripts.v[i].kind)->scripts++;
}

/* Programs and libraries of the user's own that start only with a layer. */
static const char *layer_of_all(const struct mu_scan *scan)
{
	const char *layer = NULL;

	for (size_t i = 0; i < scan->objects.n; i++) {
		const struct scan_object *o = &scan->objects.v[i];
		for (int l = MU_LAYER_NONE + 1; l < MU_LAYER_COUNT; l++)
			if (plan_has_step(o->fix, mu_layer_name((enum mu_layer)l)) &&
				(!layer || l == MU_LAYER_GCOMPAT))
				layer = mu_layer_name((enum mu_layer)l);
	}
	return layer;
}

/* ---- sizes
 * ----------------------------------------------------------------------------- */

struct sized {
	uint64_t inode, size;
};

static int by_inode(const void *a, const void *b)
{
	uint64_t x = ((const struct sized *)a)->inode;
	uint64_t y = ((const struct sized *)b)->inode;

	return x < y ? -1 : x > y;
}

static int size_now(struct mu_scan *scan)
{
	size_t n = 0;
	const struct mu_entry *e;
	struct sized *v = malloc((mu_tree_count(scan->tree) + 1) * sizeof *v);

	if (!v)
		return -ENOMEM;
	for (size_t i = 0; (e = mu_tree_at(scan->tree, i)); i++)
		if (e->type == MU_ENTRY_FILE && !e->nested)
			v[n++] = (struct sized){e->inode, e->size};
	qsort(v, n, sizeof *v, by_inode);
	for (size_t i = 0; i < n; i++)
		if (!i || v[i].inode != v[i - 1].inode)
			scan->plan.size_now += v[i].size;
	free(v);
	return 0;
}

static void size_then(struct mu_scan *scan)
{
	/* what the image alpine:R holds */
	static const char *const base[] = {"alpine-baselayout", "alpine-baselayout-data",
		"alpine-keys", "apk-tools", "busybox", "busybox-binsh",
		"ca-certificates-bundle", "libcrypto3", "libssl3", "musl", "musl-utils",
		"scanelf", "ssl_client", "zlib"};
	struct mu_plan *p = &scan->plan;
	bool alpine = !strncmp(p->base, "alpine", 6);

	for (size_t i = 0; alpine && i < sizeof base / sizeof *base; i++) {
		int64_t size = mu_package_size(base[i]);
		p->size_then += size > 0 ? (uint64_t)size : 0;
	}
	for (size_t i = 0; i < p->install.n; i++)
		p->size_then += p->install.v[i].size;
	for (size_t i = 0; i < p->copies.n; i++)
		p->size_then += p->copies.v[i].size;
	/* what a package brings along is in no table */
	p->size_partial = p->install.n != 0 || !alpine;
}

/* ---- the base
 * --------------------------------------------------------------------------- */

static bool all_static(const struct mu_scan *scan)
{
	const struct mu_plan *p = &scan->plan;
	bool any = false;

	if (p->app.scripts || p->language.files || p->language.scripts)
		return false;
	for (size_t i = 0; i < scan->objects.n; i++) {
		const struct scan_object *o = &scan->objects.v[i];
		const struct mu_object *f = o->report->object;
		if (o->kind != MU_OWNER_APP)
			continue;
		if (!f ||
			(f->kind != MU_KIND_STATIC_EXECUTABLE &&
				f->kind != MU_KIND_STATIC_PIE) ||
			f->can_nss || f->can_iconv || f->can_dlopen)
			return false;
		any = true;
	}
	return any;
}

/* A program of the user's own that nothing known makes run. */
static bool cannot_move(const struct scan_object *o)
{
	return o->kind == MU_OWNER_APP && o->report->verdict == MU_VERDICT_INCOMPATIBLE;
}

static int choose_base(struct mu_scan *scan)
{
	const struct mu_distribution *d = mu_owners_distribution(scan->owners);
	struct mu_arena *a = &scan->arena;
	struct mu_plan *p = &scan->plan;
	const struct mu_release *r =
		scan->target->release ? scan->target->release : mu_release_newest();
	const char **others = mu_arena_array(a, 4, sizeof *others);
	const char *slim = "a slim image of the distribution that it is built on";
	size_t stuck = 0;

	if (!others)
		return -ENOMEM;
	for (size_t i = 0; i < scan->objects.n; i++)
		stuck += cannot_move(&scan->objects.v[i]);
	p->base_others = others;
	if (d->id && d->codename && !strcmp(d->id, "debian"))
		slim = mu_arena_printf(a, "debian:%s-slim", d->codename);
	else if (d->id && d->version && !strcmp(d->id, "ubuntu"))
		slim = mu_arena_printf(a, "ubuntu:%s", d->version);
	p->base = mu_arena_printf(a, "alpine:%s", r->name);
	p->base_why = "the target";
	if (all_static(scan)) {
		p->base = "scratch";
		p->base_why = "all of it is static: it needs no system around it";
		others[p->nbase_others++] = mu_arena_printf(
			a, "alpine:%s, for a shell and certificates", r->name);
	} else if (stuck) {
		others[p->nbase_others++] = mu_arena_printf(a,
			"%s, for what cannot be rebuilt: %zu file%s of yours run%s "
			"neither "
			"on musl nor with gcompat",
			slim, stuck, stuck == 1 ? "" : "s", stuck == 1 ? "s" : "");
		p->base_why = "once what does not run there is rebuilt; until then the "
			      "slim image below is the honest answer";
	}
	if (mu_owners_find(scan->owners, "dpkg", "nodejs") || p->language.files)
		others[p->nbase_others++] =
			"the -alpine variant of your language's own image (node, python, "
			"ruby …), where a newer runtime than Alpine's is wanted";
	return p->base && p->base_why && slim ? 0 : -ENOMEM;
}

/* ---- the answer
 * ------------------------------------------------------------------------- */

static enum plan_outcome outcome_of(const struct mu_scan *scan)
{
	const struct mu_plan *p = &scan->plan;
	const struct plan_count *c = &p->app;

	if (!c->files && !c->scripts && !p->language.files && !p->language.scripts &&
		!p->copies.n)
		return PLAN_NOTHING;
	for (size_t i = 0; i < scan->objects.n; i++)
		if (cannot_move(&scan->objects.v[i]))
			return c->native + c->compatible + c->fixable ? PLAN_WITH_WORK
								      : PLAN_STAYS;
	if (c->incompatible)
		return PLAN_WITH_WORK;
	if (p->layer)
		return PLAN_WITH_LAYER;
	return p->install.n || p->copies.n ? PLAN_WITH_PACKAGES : PLAN_MOVES;
}

static int write_headline(struct mu_scan *scan)
{
	struct mu_arena *a = &scan->arena;
	struct mu_plan *p = &scan->plan;
	const struct plan_count *c = &p->app;
	const char *target = scan->target->name;
	size_t good = c->native + c->compatible + c->fixable;
	size_t judged = good + c->incompatible;

	p->outcome = outcome_of(scan);
	if (p->outcome == PLAN_NOTHING)
		p->headline = mu_arena_printf(a,
			"Nothing in it is your own: it is the distribution's, and %s has "
			"packages of its own for that",
			target);
	else if (!judged)
		p->headline = mu_arena_printf(a,
			"No compiled program of it is your own: your %s move to %s with "
			"the "
			"packages below",
			c->scripts ? "scripts and files" : "files", target);
	else if (!c->incompatible && c->fixable)
		p->headline = mu_arena_printf(a,
			"%zu of your own %zu compiled files run on %s%s%s as they are; "
			"%zu "
			"when what they miss is there",
			good - c->fixable, judged, target, p->layer ? " with " : "",
			p->layer ? p->layer : "", c->fixable);
	else if (!c->incompatible)
		p->headline = mu_arena_printf(a,
			"%s %zu compiled file%s of your own run%s on %s%s%s",
			judged == 1 ? "The" : "All", judged, judged == 1 ? "" : "s",
			judged == 1 ? "s" : "", target, p->layer ? " with " : "",
			p->layer ? p->layer : "");
	else if (!good)
		p->headline = mu_arena_printf(a,
			"%s of your own does not run on %s, and must be rebuilt or "
			"replaced",
			judged == 1 ? "The compiled file" : "What is compiled", target);
	else
		p->headline = mu_arena_printf(a,
			"%zu of your own %zu compiled files run or can be made to run on "
			"%s; "
			"%zu must be rebuilt or replaced",
			good, judged, target, c->incompatible);
	return p->headline ? 0 : -ENOMEM;
}

int plan_make(struct mu_scan *scan)
{
	struct plan_lines manual = {0};
	int e;

	count_all(scan);
	plan_fixes(scan);
	scan->plan.layer = layer_of_all(scan);
	e = plan_install(scan, &manual);
	if (!e)
		e = plan_copies(scan);
	if (!e)
		e = choose_base(scan);
	if (!e)
		e = size_now(scan);
	if (!e) {
		size_then(scan);
		e = write_headline(scan);
	}
	if (!e)
		e = plan_steps(scan, &manual);
	plan_lines_free(&manual);
	return e;
}

void plan_free(struct mu_plan *p)
{
	free(p->install.v);
	mu_map_free(&p->installed);
	free(p->copies.v);
	free(p->steps.v);
}
