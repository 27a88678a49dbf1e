/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/check_tree.h"
#include "scan.h"
#include "scripts.h"

/* Shells that Alpine's base has, by the names that scripts call them. */
static bool is_base_shell(const char *program)
{
	return !strcmp(program, "sh") || !strcmp(program, "ash") ||
	       !strcmp(program, "busybox");
}

/*
 * What Alpine calls a program that Debian has in several versions: python3.11 is
 * python3, perl5.36-x86_64-linux-gnu is perl. The name itself comes first.
 */
static const char *find_package(
	struct mu_arena *arena, const char *program, const struct mu_release *release)
{
	struct mu_provider p;
	char *name = mu_arena_strdup(arena, program);
	size_t n;

	while (name && *name) {
		unsigned it = 0;
		if (mu_command_provider_next(name, release, &it, &p))
			return p.package;
		/* first what stands behind a '.' or '-', then the digits before it */
		n = strcspn(name, ".-");
		if (!name[n])
			while (n && name[n - 1] >= '0' && name[n - 1] <= '9')
				n--;
		if (!name[n])
			break;
		name[n] = 0;
	}
	/* Debian's name for node, from when another program had that one */
	if (!strcmp(program, "nodejs"))
		return "nodejs";
	return NULL;
}

static int add_finding(struct mu_scan *scan, const struct mu_config_finding *f)
{
	if (mu_vec_room(&scan->config.findings))
		return -ENOMEM;
	scan->config.findings.v[scan->config.findings.n++] = *f;
	return 0;
}

static int tell_interpreter(struct mu_scan *scan, const struct scan_script *s)
{
	struct mu_arena *a = &scan->arena;
	struct mu_config_finding f = {
		.rule = MU_RULE_MU030,
		.severity = MU_SEVERITY_NOTE,
		.path = s->entry->path,
		.line = 1,
		.subject = s->program,
		.evidence = mu_arena_printf(a, "#!%.150s", s->interpreter),
		.package = s->package,
	};

	if (s->builtin || !s->program)
		return 0;
	if (s->package) {
		f.message = mu_arena_printf(a,
			"scripts run %s, which Alpine's base does not have", s->program);
		f.remedy = mu_arena_printf(a, "install the package %s", s->package);
		f.command = mu_arena_printf(a, "apk add --no-cache %s", s->package);
	} else {
		const struct mu_entry *own;
		/* a program that comes along needs no package */
		if (!mu_tree_resolve(scan->tree, s->interpreter, &own) &&
			(!mu_owners_of(scan->owners, own) ||
				mu_owners_of(scan->owners, own)->kind != MU_OWNER_DISTRO))
			return 0;
		f.severity = MU_SEVERITY_WARNING;
		f.message = mu_arena_printf(a,
			"scripts run %s, and no package of %s is known to bring it",
			s->program, scan->target->name);
		f.remedy = "bring the interpreter along, or rewrite the script";
	}
	if (!f.message || !f.remedy || !f.evidence)
		return -ENOMEM;
	return add_finding(scan, &f);
}

static int tell_carriage_return(struct mu_scan *scan, const struct scan_script *s)
{
	return add_finding(scan,
		&(struct mu_config_finding){
			.rule = MU_RULE_MU031,
			.severity = MU_SEVERITY_ERROR,
			.path = s->entry->path,
			.line = 1,
			.evidence = "the first line ends in a carriage return",
			.message = "the kernel looks for an interpreter whose name ends "
				   "in a carriage return, and says \"not found\"",
			.remedy = "write the script with Unix line ends (dos2unix)",
		});
}

/* ---- what it calls and how -----------------------------------------------------------
 */

static int tell_use(
	struct mu_scan *scan, const struct scan_script *s, const struct mu_script_use *u)
{
	struct mu_arena *a = &scan->arena;
	struct mu_config_finding f = {
		.rule = u->kind == MU_USE_BASH ? MU_RULE_MU032 : MU_RULE_MU033,
		.severity = MU_SEVERITY_WARNING,
		.path = s->entry->path,
		.line = u->line,
		.evidence = mu_arena_strdup(a, u->evidence),
		.subject = mu_arena_strdup(a, u->command ? u->command : u->what),
		.package = u->package,
		.remedy = u->instead ? mu_arena_strdup(a, u->instead) : NULL,
	};

	if (u->kind == MU_USE_BASH)
		f.message = mu_arena_printf(a,
			"a script for sh uses %s, which Alpine's sh does not have",
			u->what);
	else
		f.message = mu_arena_printf(a, "BusyBox' %s does not do %s as it is here",
			u->command ? u->command : "sh", u->what);
	if (!f.remedy && u->package)
		f.remedy = mu_arena_printf(a, "install the package %s", u->package);
	else if (f.remedy && u->package)
		f.remedy = mu_arena_printf(
			a, "%s; or install the package %s", f.remedy, u->package);
	if (u->package)
		f.command = mu_arena_printf(a, "apk add --no-cache %s", u->package);
	if (!f.message || !f.evidence || !f.subject || (u->instead && !f.remedy) ||
		(u->package && !f.command))
		return -ENOMEM;
	return add_finding(scan, &f);
}

/* The program that a name stands for in the tree; NULL: none, or the user's own. */
static bool is_distros(const struct mu_scan *scan, const char *name)
{
	static const char *const folders[] = {"/usr/local/sbin", "/usr/local/bin",
		"/usr/sbin", "/usr/bin", "/sbin", "/bin"};
	char path[600];

	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		const struct mu_entry *e;
		const struct mu_owner *o;
		int n = snprintf(path, sizeof path, "%s/%s", folders[i], name);
		if (n < 0 || (size_t)n >= sizeof path ||
			mu_tree_resolve(scan->tree, path, &e))
			continue;
		o = scan_owner_of(scan, e);
		return o && o->kind == MU_OWNER_DISTRO;
	}
	/* an application without a system around it counts on its programs */
	return !scan->packages.n && !strchr(name, '/');
}

static int tell_call(
	struct mu_scan *scan, const struct scan_script *s, const struct mu_script_call *c)
{
	struct mu_arena *a = &scan->arena;
	struct mu_config_finding f = {.path = s->entry->path, .line = c->line};
	struct mu_provider p;
	unsigned it = 0;

	if (!c->foreign && (c->applet || !is_distros(scan, c->name) ||
				   !mu_command_provider_next(
					   c->name, scan->target->release, &it, &p)))
		return 0;
	f.subject = mu_arena_strdup(a, c->name);
	if (!f.subject)
		return -ENOMEM;
	if (c->foreign) {
		f.rule = MU_RULE_MU034;
		f.severity = MU_SEVERITY_WARNING;
		f.message = mu_arena_printf(
			a, "scripts call %s, which Alpine does not have", c->name);
		f.remedy = c->foreign->instead;
		f.package = c->foreign->package;
		return f.message ? add_finding(scan, &f) : -ENOMEM;
	}
	f.rule = MU_RULE_MU035;
	f.severity = MU_SEVERITY_NOTE;
	f.package = p.package;
	f.message = mu_arena_printf(
		a, "scripts call %s, which Alpine's base does not have", c->name);
	f.remedy = mu_arena_printf(a, "install the package %s", p.package);
	f.command = mu_arena_printf(a, "apk add --no-cache %s", p.package);
	return f.message && f.remedy && f.command ? add_finding(scan, &f) : -ENOMEM;
}

static int tell_script(
	struct mu_scan *scan, const struct scan_script *s, const struct mu_script *read)
{
	int e = read->crlf ? tell_carriage_return(scan, s) : tell_interpreter(scan, s);

	for (size_t i = 0; !e && i < read->use_count; i++)
		if (read->uses[i].kind != MU_USE_INTERPRETER)
			e = tell_use(scan, s, &read->uses[i]);
	for (size_t i = 0; !e && i < read->call_count; i++)
		e = tell_call(scan, s, &read->calls[i]);
	return e;
}

/* Of what is replaced, the first line is enough. */
static size_t first_line(const struct mu_bytes *b)
{
	const char *end = memchr(b->data, '\n', b->n);

	return end ? (size_t)(end - b->data) + 1 : b->n;
}

/* What stays of the script is copied: the rest of the reading is thrown away. */
static int keep_program(
	struct mu_scan *scan, struct scan_script *s, const struct mu_script *read)
{
	struct mu_arena *a = &scan->arena;

	s->interpreter = mu_arena_strdup(a, read->interpreter);
	if (!s->interpreter)
		return -ENOMEM;
	if (!read->program)
		return 0;
	s->program = mu_arena_strdup(a, read->program);
	if (!s->program)
		return -ENOMEM;
	s->builtin = is_base_shell(s->program);
	if (!s->builtin)
		s->package = find_package(a, s->program, scan->target->release);
	return 0;
}

static int read_text(struct mu_scan *scan, struct scan_script *s,
	const struct mu_bytes *b, struct mu_arena *work)
{
	size_t n = s->kind == MU_OWNER_DISTRO ? first_line(b) : b->n;
	struct mu_script read = {0};
	int e = mu_script_read(b->data, n, work, &read);

	if (!e && read.interpreter)
		e = keep_program(scan, s, &read);
	if (!e && read.interpreter && s->kind != MU_OWNER_DISTRO)
		e = tell_script(scan, s, &read);
	return e;
}

static int read_script(struct mu_scan *scan, struct scan_script *s)
{
	struct mu_arena work = {0};
	struct mu_bytes b;
	int e = mu_tree_read(scan->tree, s->entry, MU_TREE_MAX_SCRIPT, &b);

	if (e)
		return e == -ENOMEM ? e : 0;
	e = read_text(scan, s, &b, &work);
	mu_bytes_free(&b);
	mu_arena_free(&work);
	return e;
}

int scan_scripts(struct mu_scan *scan)
{
	int e = 0;

	for (size_t i = 0; !e && i < scan->scripts.n; i++)
		e = read_script(scan, &scan->scripts.v[i]);
	return e;
}
