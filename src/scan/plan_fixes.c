/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "plan.h"

/*
 * Which of the fixes the plan takes. What a program of the user's own loads is right
 * where that program is: its libraries need no fix of their own.
 */

bool plan_has_step(const struct mu_fix *fix, const char *step)
{
	for (size_t i = 0; fix && i < fix->nsteps; i++)
		if (!strcmp(fix->steps[i], step))
			return true;
	return false;
}

static bool starts(const struct mu_object *o)
{
	return o && o->interpreter && o->kind != MU_KIND_SCRIPT;
}

/* A file has one run path, but the target has one path file for all: that last. */
static const struct mu_fix *first_complete(const struct mu_report *r)
{
	const struct mu_fix *last = NULL;

	for (size_t i = 0; i < r->nfixes; i++) {
		const struct mu_fix *f = &r->fixes[i];
		if (!f->complete || !f->after)
			continue;
		if (!plan_has_step(f, "loader-path"))
			return f;
		last = last ? last : f;
	}
	return last;
}

static struct scan_object *object_of(struct mu_scan *scan, const struct mu_entry *entry)
{
	size_t low = 0, high = scan->objects.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = strcmp(scan->objects.v[mid].entry->path, entry->path);
		if (!c)
			return &scan->objects.v[mid];
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

static void mark_loaded(struct mu_scan *scan, const struct mu_result *r)
{
	for (size_t i = 0; i < r->nloaded; i++) {
		const struct mu_entry *entry;
		struct scan_object *o;
		if (mu_tree_resolve(scan->tree, r->loaded[i].path, &entry))
			continue;
		o = object_of(scan, entry);
		if (o)
			o->covered = true;
	}
}

void plan_fixes(struct mu_scan *scan)
{
	for (size_t i = 0; i < scan->objects.n; i++) {
		struct scan_object *o = &scan->objects.v[i];
		const struct mu_result *r;
		if (o->kind != MU_OWNER_APP || !starts(o->report->object))
			continue;
		o->fix = first_complete(o->report);
		r = o->fix ? o->fix->after : plan_result(o->report);
		if (r && (o->fix || r->works))
			mark_loaded(scan, r);
	}
	for (size_t i = 0; i < scan->objects.n; i++) {
		struct scan_object *o = &scan->objects.v[i];
		if (o->kind == MU_OWNER_APP && !starts(o->report->object) && !o->covered)
			o->fix = first_complete(o->report);
	}
}
