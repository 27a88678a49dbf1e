/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/check_tree.h"
#include "scan.h"
#include "shebang.h"

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

static int tell_interpreter(
	struct mu_scan *scan, const struct scan_script *s, const struct shebang *line)
{
	struct mu_arena *a = &scan->arena;
	struct mu_config_finding f = {
		.rule = MU_RULE_MU030,
		.severity = MU_SEVERITY_NOTE,
		.path = s->entry->path,
		.line = 1,
		.subject = s->program,
		.evidence = mu_arena_printf(a, "#!%.150s", line->interpreter),
		.package = s->package,
	};

	if (s->kind == MU_OWNER_DISTRO || s->builtin || !s->program)
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

static int read_script(struct mu_scan *scan, struct scan_script *s)
{
	const struct mu_release *release = scan->target->release;
	struct shebang line;
	struct mu_bytes b;
	int e = mu_tree_read(scan->tree, s->entry, MU_TREE_MAX_SCRIPT, &b);

	if (e)
		return e == -ENOMEM ? e : 0;
	e = shebang_read(b.data, b.n, &scan->arena, &line);
	mu_bytes_free(&b);
	if (e)
		return e == -ENOMEM ? e : 0;
	s->interpreter = line.interpreter;
	s->program = line.program;
	if (s->program) {
		s->builtin = is_base_shell(s->program);
		if (!s->builtin)
			s->package = find_package(&scan->arena, s->program, release);
	}
	if (line.carriage_return && s->kind != MU_OWNER_DISTRO)
		return tell_carriage_return(scan, s);
	return tell_interpreter(scan, s, &line);
}

/* Reports as of other files, so that scripts stand among the objects. */
static int check_scripts(struct mu_scan *scan)
{
	size_t n = scan->scripts.n;
	struct check_item *items = calloc(n + 1, sizeof *items);
	struct mu_report **reports = calloc(n + 1, sizeof(struct mu_report *));
	int e = items && reports ? 0 : -ENOMEM;

	for (size_t i = 0; !e && i < n; i++) {
		items[i].path = scan->scripts.v[i].entry->path;
		items[i].replaced = scan->scripts.v[i].kind == MU_OWNER_DISTRO;
	}
	if (!e)
		e = check_items(scan->check, items, n, reports);
	for (size_t i = 0; !e && i < n; i++) {
		struct scan_script *s = &scan->scripts.v[i];
		s->report = reports[i];
		e = scan_set_owner(scan, reports[i], s->owner);
	}
	free(items);
	free(reports);
	return e;
}

int scan_scripts(struct mu_scan *scan)
{
	const struct mu_entry *entry;
	int e = 0;

	for (size_t i = 0; (entry = mu_tree_at(scan->tree, i)); i++) {
		struct scan_script *s;
		if (entry->type != MU_ENTRY_FILE || entry->magic != MU_MAGIC_SCRIPT ||
			!(entry->mode & 0111))
			continue;
		if (mu_vec_room(&scan->scripts))
			return -ENOMEM;
		s = &scan->scripts.v[scan->scripts.n++];
		*s = (struct scan_script){
			.entry = entry, .owner = scan_owner_of(scan, entry)};
		s->kind = s->owner ? s->owner->kind : MU_OWNER_APP;
	}
	e = check_scripts(scan);
	for (size_t i = 0; !e && i < scan->scripts.n; i++)
		e = read_script(scan, &scan->scripts.v[i]);
	return e;
}
