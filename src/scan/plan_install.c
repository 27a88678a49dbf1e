/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "plan.h"

#define MAX_REASONS 5

/* ---- one more package
 * ------------------------------------------------------------------ */

static int add_reason(struct mu_scan *scan, struct plan_package *p, const char *reason)
{
	const char **reasons = (const char **)(uintptr_t)p->reasons;

	for (size_t i = 0; i < p->nreasons; i++)
		if (!strcmp(reasons[i], reason))
			return 0;
	if (p->nreasons == MAX_REASONS)
		return 0;
	reasons[p->nreasons] = mu_arena_strdup(&scan->arena, reason);
	return reasons[p->nreasons++] ? 0 : -ENOMEM;
}

__attribute__((format(printf, 5, 6))) static int add(struct mu_scan *scan,
	const char *name, const char *repo, enum mu_certainty certainty, const char *fmt,
	...)
{
	struct mu_plan *plan = &scan->plan;
	struct plan_package *p;
	uint32_t at;
	char reason[512];
	int64_t size;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof reason, fmt, ap);
	va_end(ap);
	at = mu_map_get(&plan->installed, name, strlen(name));
	if (at != MU_MAP_NONE) {
		p = &plan->install.v[at];
	} else {
		if (mu_vec_room(&plan->install))
			return -ENOMEM;
		p = &plan->install.v[plan->install.n++];
		size = mu_package_size(name);
		*p = (struct plan_package){
			.name = mu_arena_strdup(&scan->arena, name),
			.repo = repo ? repo
				     : mu_package_repo(name, scan->target->release),
			.size = size > 0 ? (uint64_t)size : 0,
			.reasons = mu_arena_array(
				&scan->arena, MAX_REASONS, sizeof *p->reasons),
		};
		if (!p->name || !p->reasons ||
			mu_map_put(&plan->installed, p->name, strlen(p->name),
				(uint32_t)plan->install.n - 1))
			return -ENOMEM;
	}
	if (certainty > p->certainty)
		p->certainty = certainty;
	return add_reason(scan, p, reason);
}

/* ---- what was chosen
 * -------------------------------------------------------------------- */

/* Libraries and headers come with what needs them, or are needed by soname. */
static bool is_for_others(const struct mu_owner *o)
{
	static const char *const ends[] = {"-dev", "-dbg", "-dbgsym", "-doc", "-common"};
	size_t n = strlen(o->package);

	if (!strncmp(o->package, "lib", 3) ||
		(o->section && (strstr(o->section, "libs") || strstr(o->section, "doc"))))
		return true;
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (n > strlen(ends[i]) &&
			!strcmp(o->package + n - strlen(ends[i]), ends[i]))
			return true;
	return false;
}

static int add_mapped(
	struct mu_scan *scan, const struct scan_package *p, struct plan_lines *manual)
{
	int e = 0;

	for (unsigned i = 0; !e && i < p->map.package_count; i++) {
		const struct mu_deb_package *to = &p->map.packages[i];
		if (to->repo)
			e = add(scan, to->package, to->repo, p->map.certainty,
				"chosen in the source (%s)", p->owner->package);
		else
			e = plan_line(scan, manual, "%s: %s has no package %s",
				p->owner->package, scan->target->name, to->package);
	}
	return e;
}

static int add_chosen(struct mu_scan *scan, struct plan_lines *manual)
{
	int e = 0;

	for (size_t i = 0; !e && i < scan->packages.n; i++) {
		const struct scan_package *p = &scan->packages.v[i];
		const struct mu_owner *o = p->owner;
		if (o->kind != MU_OWNER_DISTRO || !o->chosen ||
			strcmp(o->manager, "dpkg") != 0 || is_for_others(o))
			continue;
		if (!p->known || p->map.action == MU_DEB_MANUAL)
			e = plan_line(scan, manual,
				"%s: no counterpart in Alpine is known", o->package);
		else if (p->map.action != MU_DEB_DROP)
			e = add_mapped(scan, p, manual);
	}
	return e;
}

/* ---- what files need
 * ---------------------------------------------------------------------- */

static int add_library(struct mu_scan *scan, const struct scan_object *o,
	const struct mu_missing_library *m, struct plan_lines *manual)
{
	struct mu_provider p;
	unsigned it = 0;

	if (mu_soname_provider_next(m->name, scan->target->release, &it, &p))
		return add(scan, p.package, p.repo, p.certainty, "%s needs %s",
			o->entry->path, m->name);
	return plan_line(scan, manual,
		"%s needs %s, which no package of %s is known to have", o->entry->path,
		m->name, scan->target->name);
}

static int add_libraries(struct mu_scan *scan, struct plan_lines *manual)
{
	int e = 0;

	for (size_t i = 0; !e && i < scan->objects.n; i++) {
		const struct scan_object *o = &scan->objects.v[i];
		const struct mu_result *r = plan_result(o->report);
		/* what pip and npm install anew brings its own */
		if (o->kind != MU_OWNER_APP || !r)
			continue;
		for (size_t k = 0; !e && k < r->nmissing_libraries; k++)
			e = add_library(scan, o, &r->missing_libraries[k], manual);
		for (size_t k = 0; !e && o->fix && k < o->fix->npackages; k++)
			if (mu_layer_by_name(o->fix->packages[k]) >= 0 ||
				plan_has_step(o->fix, "add-companion"))
				e = add(scan, o->fix->packages[k], NULL,
					MU_CERTAINTY_SURE, "%s runs with it",
					o->entry->path);
	}
	return e;
}

/* ---- what scripts, languages and the image need
 * ----------------------------------------------- */

static int add_scripts(struct mu_scan *scan)
{
	int e = 0;

	for (size_t i = 0; !e && i < scan->scripts.n; i++) {
		const struct scan_script *s = &scan->scripts.v[i];
		if (s->kind != MU_OWNER_DISTRO && s->package && !s->builtin)
			e = add(scan, s->package, NULL, MU_CERTAINTY_SURE,
				"%s is a script for %s", s->entry->path, s->program);
	}
	return e;
}

static int add_runtimes(struct mu_scan *scan)
{
	static const struct {
		const char *manager, *package;
	} rows[] = {
		{"pip", "python3"},
		{"pip", "py3-pip"},
		{"npm", "nodejs"},
		{"npm", "npm"},
		{"gem", "ruby"},
	};
	int e = 0;

	for (size_t i = 0; i < sizeof rows / sizeof *rows && !e; i++)
		for (size_t k = 0; !e && k < scan->packages.n; k++) {
			const struct mu_owner *o = scan->packages.v[k].owner;
			if (o->kind != MU_OWNER_LANGUAGE ||
				strcmp(o->manager, rows[i].manager) != 0)
				continue;
			e = add(scan, rows[i].package, NULL, MU_CERTAINTY_SURE,
				"packages of %s are in it", rows[i].manager);
			break;
		}
	return e;
}

/* A program that the image starts: the user's own comes along; the distribution's is
 * brought by a package, unless Alpine's base has it. */
static int add_program(struct mu_scan *scan, const struct mu_words *w, const char *what)
{
	static const char *const base[] = {"sh", "ash", "sleep", "cat", "echo", "env",
		"tail", "test", "true", "false", "ls", "wget", "nc", "su", "kill", "NONE",
		"CMD", "CMD-SHELL"};
	const struct mu_entry *entry;
	const struct mu_owner *owner;
	struct mu_provider p;
	unsigned it = 0;
	size_t at = 0;

	while (at < w->n && (!strcmp(w->v[at], "CMD") || !strcmp(w->v[at], "CMD-SHELL")))
		at++;
	if (at == w->n)
		return 0;
	if (!mu_tree_resolve(scan->tree, w->v[at], &entry)) {
		owner = scan_owner_of(scan, entry);
		if (!owner || owner->kind != MU_OWNER_DISTRO)
			return 0;
	}
	for (size_t i = 0; i < sizeof base / sizeof *base; i++)
		if (!strcmp(mu_text_base(w->v[at]), base[i]))
			return 0;
	if (!mu_command_provider_next(
		    mu_text_base(w->v[at]), scan->target->release, &it, &p))
		return 0;
	return add(scan, p.package, p.repo, p.certainty, "%s runs %s", what, w->v[at]);
}

static int add_image(struct mu_scan *scan)
{
	const struct mu_image *image = mu_tree_image(scan->tree);
	int e = 0;

	if (!image)
		return 0;
	e = add_program(scan, &image->entrypoint, "the image's entry point");
	if (!e && !image->entrypoint.n)
		e = add_program(scan, &image->cmd, "the image's command");
	return e ? e : add_program(scan, &image->healthcheck, "the image's health check");
}

static int add_configured(struct mu_scan *scan)
{
	int e = 0;

	for (size_t i = 0; !e && i < scan->config.findings.n; i++) {
		const struct mu_config_finding *f = &scan->config.findings.v[i];
		if (f->package && plan_is_plain(f->package) && !strchr(f->package, '/'))
			e = add(scan, f->package, NULL, MU_CERTAINTY_SURE, "%s",
				f->message);
	}
	return e;
}

static int by_name(const void *a, const void *b)
{
	const struct plan_package *x = a, *y = b;

	return strcmp(x->name, y->name);
}

int plan_install(struct mu_scan *scan, struct plan_lines *manual)
{
	int e = add_chosen(scan, manual);

	if (!e)
		e = add_libraries(scan, manual);
	if (!e)
		e = add_scripts(scan);
	if (!e)
		e = add_runtimes(scan);
	if (!e)
		e = add_image(scan);
	if (!e)
		e = add_configured(scan);
	if (!e && scan->plan.install.n)
		qsort(scan->plan.install.v, scan->plan.install.n,
			sizeof *scan->plan.install.v, by_name);
	return e;
}
