/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan.h"

#define MAX_LINES 400

/* ---- one step ---------------------------------------------------------------------- */

struct step {
	struct plan_lines details, commands;
};

static const char *const *keep(struct mu_scan *scan, const struct plan_lines *lines)
{
	const char **v = mu_arena_array(&scan->arena, lines->list.n + 1, sizeof *v);

	for (size_t i = 0; v && i < lines->list.n; i++)
		v[i] = lines->list.v[i];
	return v;
}

static int add_step(struct mu_scan *scan, const char *id, const char *title, bool manual,
	struct step *s)
{
	struct plan_step step = {
		.id = id,
		.title = title,
		.manual = manual,
		.details = keep(scan, &s->details),
		.ndetails = s->details.list.n,
		.commands = keep(scan, &s->commands),
		.ncommands = s->commands.list.n,
	};
	int e = title && step.details && step.commands ? 0 : -ENOMEM;

	if (!e && (step.ndetails || step.ncommands)) {
		e = mu_vec_room(&scan->plan.steps);
		if (!e)
			scan->plan.steps.v[scan->plan.steps.n++] = step;
	}
	plan_lines_free(&s->details);
	plan_lines_free(&s->commands);
	return e;
}

/* ---- the steps ------------------------------------------------------------------------
 */

/* "apk add --no-cache A B …" */
static const char *install_command(struct mu_scan *scan)
{
	const struct mu_plan *p = &scan->plan;
	const char *start = "apk add --no-cache";
	size_t n = strlen(start) + 1;
	char *line, *at;

	for (size_t i = 0; i < p->install.n; i++)
		n += strlen(p->install.v[i].name) + 1;
	line = mu_arena_alloc(&scan->arena, n);
	if (!line)
		return NULL;
	at = stpcpy(line, start);
	for (size_t i = 0; i < p->install.n; i++)
		at = stpcpy(stpcpy(at, " "), p->install.v[i].name);
	return line;
}

static int step_install(struct mu_scan *scan, struct step *s)
{
	const struct mu_plan *p = &scan->plan;
	const char *line = install_command(scan);
	int e = line ? 0 : -ENOMEM;

	if (!e && p->install.n)
		e = plan_line(scan, &s->commands, "%s", line);
	return e ? e
		 : add_step(scan, "install",
			   mu_arena_printf(&scan->arena, "install %zu package%s",
				   p->install.n, p->install.n == 1 ? "" : "s"),
			   false, s);
}

static int account_line(struct mu_scan *scan, const struct mu_account *a, struct step *s)
{
	const char *home = a->home && plan_is_plain(a->home) ? a->home : "/";
	const char *shell =
		a->shell && plan_is_plain(a->shell) ? a->shell : "/sbin/nologin";
	const char *group = a->group ? a->group : a->name;
	int e = 0;

	if (!plan_is_plain(a->name) || !plan_is_plain(group))
		return plan_line(scan, &s->details,
			"an account whose name cannot be written in a command");
	if (a->is_group)
		return plan_line(
			scan, &s->commands, "addgroup -g %u %s", a->gid, a->name);
	if (!strcmp(group, a->name))
		e = plan_line(scan, &s->commands, "addgroup -g %u %s", a->gid, group);
	if (!e)
		e = plan_line(scan, &s->commands,
			"adduser -D -H -u %u -G %s -h %s -s %s %s", a->uid, group, home,
			a->login ? shell : "/sbin/nologin", a->name);
	for (size_t i = 0; !e && i < a->groups.n; i++)
		if (plan_is_plain(a->groups.v[i]))
			e = plan_line(scan, &s->commands, "addgroup %s %s", a->name,
				a->groups.v[i]);
	return e;
}

static int step_users(struct mu_scan *scan, struct step *s)
{
	int e = 0;

	for (int groups = 1; groups >= 0; groups--)
		for (size_t i = 0; !e && i < scan->config.accounts.n; i++)
			if (scan->config.accounts.v[i].is_group == (groups == 1))
				e = account_line(scan, &scan->config.accounts.v[i], s);
	return e ? e
		 : add_step(scan, "users", "create the users and groups, with their ids",
			   false, s);
}

static int step_copy(struct mu_scan *scan, struct step *s)
{
	int e = 0;

	for (size_t i = 0; !e && i < scan->plan.copies.n && i < MAX_LINES; i++) {
		const struct plan_copy *c = &scan->plan.copies.v[i];
		e = plan_line(scan, &s->details, "%s%s (%zu file%s, %.1f MiB)", c->path,
			c->folder ? "/" : "", c->nfiles, c->nfiles == 1 ? "" : "s",
			(double)c->size / (1 << 20));
	}
	return e ? e : add_step(scan, "copy", "copy your own files", false, s);
}

static bool in_tree(const struct mu_owner *o)
{
	return !o->folder || !strstr(o->folder, "!/");
}

static int step_language(struct mu_scan *scan, struct step *s)
{
	bool rebuild = false;
	int e = 0;

	for (size_t i = 0; !e && i < scan->packages.n && i < MAX_LINES; i++) {
		const struct mu_owner *o = scan->packages.v[i].owner;
		const char *version = o->version ? o->version : "";
		if (o->kind != MU_OWNER_LANGUAGE || !in_tree(o) ||
			!plan_is_plain(o->package) ||
			(*version && !plan_is_plain(version)))
			continue;
		if (!strcmp(o->manager, "pip"))
			e = plan_line(scan, &s->commands,
				"pip install --no-cache-dir --break-system-packages "
				"%s==%s",
				o->package, version);
		else if (!strcmp(o->manager, "gem"))
			e = plan_line(scan, &s->commands, "gem install %s -v %s",
				o->package, version);
		else if (o->native) {
			e = plan_line(scan, &s->details,
				"%s %s in %s holds native code for glibc", o->package,
				version, o->folder ? o->folder : "");
			rebuild = true;
		}
	}
	if (!e && rebuild)
		e = plan_line(scan, &s->details,
			"run `npm ci` on Alpine, in the folder of package-lock.json: npm "
			"then takes the builds for musl");
	return e ? e
		 : add_step(scan, "language",
			   "install the language packages anew, for musl", rebuild, s);
}

static int object_line(struct mu_scan *scan, const struct scan_object *o, struct step *s)
{
	const struct mu_report *r = o->report;
	const struct mu_fix *best = mu_report_best_fix(r);
	const char *why = r->unreadable;
	int e = 0;

	for (size_t i = 0; !why && i < r->nfindings; i++)
		if (r->findings[i].severity == MU_SEVERITY_ERROR)
			why = r->findings[i].message;
	e = plan_line(scan, &s->details, "%s%s%s", why ? "" : o->entry->path,
		why ? "" : ": does not run", why ? why : "");
	if (!e && best)
		e = plan_line(scan, &s->details, "  %s (%s%s)", best->summary,
			mu_proof_name(best->proof),
			mu_fix_is_part(best) ? ", in part" : "");
	return e;
}

static int step_rebuild(struct mu_scan *scan, struct step *s)
{
	int e = 0;

	for (size_t i = 0; !e && i < scan->objects.n; i++) {
		const struct scan_object *o = &scan->objects.v[i];
		if (o->kind == MU_OWNER_APP && s->details.list.n < MAX_LINES &&
			o->report->verdict == MU_VERDICT_INCOMPATIBLE)
			e = object_line(scan, o, s);
	}
	return e ? e
		 : add_step(scan, "rebuild", "rebuild or replace what does not run", true,
			   s);
}

static int patch_object(
	struct mu_scan *scan, const struct scan_object *o, struct step *s, bool *tool)
{
	const struct mu_fix *f = o->entry->nested ? NULL : o->fix;
	int e = 0;

	for (size_t k = 0; !e && f && k < f->ncommands; k++) {
		const char *line = f->commands[k];
		if (!strncmp(line, "apk ", 4))
			continue; /* with the other packages */
		if (!*tool && !strncmp(line, "patchelf ", 9)) {
			*tool = true;
			e = plan_line(scan, &s->commands,
				"apk add --no-cache --virtual .patchelf patchelf");
		}
		if (!e)
			e = plan_line(scan, &s->commands, "%s", line);
	}
	return e;
}

/* What is changed on the files themselves, by a tool that does not stay. */
static int step_patch(struct mu_scan *scan, struct step *s)
{
	bool tool = false;
	int e = 0;

	for (size_t i = 0; !e && i < scan->objects.n && s->commands.list.n < MAX_LINES;
		i++)
		e = patch_object(scan, &scan->objects.v[i], s, &tool);
	if (!e && tool)
		e = plan_line(scan, &s->commands, "apk del .patchelf");
	return e ? e
		 : add_step(scan, "patch", "change what the files ask their loader for",
			   false, s);
}

static int step_packages(
	struct mu_scan *scan, const struct plan_lines *manual, struct step *s)
{
	int e = 0;

	for (size_t i = 0; !e && i < manual->list.n; i++)
		e = plan_line(scan, &s->details, "%s", manual->list.v[i]);
	return e ? e
		 : add_step(scan, "packages", "decide about what has no counterpart",
			   true, s);
}

/* What another step does already. */
static bool is_done(const struct mu_scan *scan, const struct mu_config_finding *f)
{
	if (f->rule == MU_RULE_MU049)
		return true;
	return f->package && mu_map_get(&scan->plan.installed, f->package,
				     strlen(f->package)) != MU_MAP_NONE;
}

static int step_configure(struct mu_scan *scan, struct step *s)
{
	int e = 0;

	for (size_t i = 0; !e && i < scan->config.findings.n; i++) {
		const struct mu_config_finding *f = &scan->config.findings.v[i];
		if (f->severity == MU_SEVERITY_NOTE || !f->remedy || is_done(scan, f) ||
			s->details.list.n >= MAX_LINES)
			continue;
		e = plan_line(scan, &s->details, "%s%s%s", f->path ? f->path : "",
			f->path ? ": " : "", f->remedy);
	}
	return e ? e : add_step(scan, "configure", "change the configuration", true, s);
}

static int step_test(struct mu_scan *scan, struct step *s)
{
	const struct mu_image *image = mu_tree_image(scan->tree);
	const char *loader = scan->machine ? scan->machine->musl_interp : NULL;
	size_t n = 0;
	int e = 0;

	for (size_t i = 0; !e && loader && i < scan->objects.n && n < 5; i++) {
		const struct scan_object *o = &scan->objects.v[i];
		if (o->kind != MU_OWNER_APP || o->entry->nested || !o->report->object ||
			!o->report->object->interpreter ||
			o->report->object->kind == MU_KIND_SCRIPT ||
			!plan_is_plain(o->entry->path))
			continue;
		e = plan_line(scan, &s->commands, "%s --list %s", loader, o->entry->path);
		n++;
	}
	if (!e && image && (image->entrypoint.n || image->cmd.n))
		e = plan_line(scan, &s->details,
			"start the image as it is meant to be started, and look at its "
			"log");
	return e ? e : add_step(scan, "test", "try it", false, s);
}

int plan_steps(struct mu_scan *scan, const struct plan_lines *manual)
{
	struct step s = {0};
	int e = step_install(scan, &s);

	if (!e)
		e = step_users(scan, &s);
	if (!e)
		e = step_copy(scan, &s);
	if (!e)
		e = step_language(scan, &s);
	if (!e)
		e = step_patch(scan, &s);
	if (!e)
		e = step_rebuild(scan, &s);
	if (!e)
		e = step_packages(scan, manual, &s);
	if (!e)
		e = step_configure(scan, &s);
	if (!e)
		e = step_test(scan, &s);
	plan_lines_free(&s.details);
	plan_lines_free(&s.commands);
	return e;
}
