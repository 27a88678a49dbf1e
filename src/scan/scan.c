/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "core/pool.h"
#include "check/check_tree.h"
#include "scan.h"

/* ---- what is read of a tree ------------------------------------------------------ */

static bool wanted(const char *path, uint64_t size)
{
	return mu_owners_wanted(path, size) || mu_config_wanted(path, size);
}

/* ---- whose is it? ------------------------------------------------------------------ */

/* The file that an entry inside of an archive is in, as it stands in the tree. */
static const struct mu_entry *outer_of(
	const struct mu_tree *tree, const struct mu_entry *entry)
{
	const struct mu_entry *top = entry, *up;
	char *path;
	size_t n;

	if (!entry->nested)
		return entry;
	while ((up = mu_tree_parent(top)) && up->nested)
		top = up;
	/* "/opt/app.jar!" stands beside "/opt/app.jar" */
	path = strdup(top->path);
	if (!path)
		return entry;
	n = strlen(path);
	while (n && path[n - 1] == '!')
		path[--n] = 0;
	up = mu_tree_find(tree, path);
	free(path);
	return up ? up : entry;
}

const struct mu_owner *scan_owner_of(
	const struct mu_scan *scan, const struct mu_entry *entry)
{
	const struct mu_owner *owner = mu_owners_of(scan->owners, entry);

	if (!owner && entry->nested)
		owner = mu_owners_of(scan->owners, outer_of(scan->tree, entry));
	return owner;
}

/* What the loader finds on the target: all but what the distribution brought. */
static bool is_own(const void *ctx, const struct mu_entry *entry)
{
	return scan_kind_of(scan_owner_of(ctx, entry)) != MU_OWNER_DISTRO;
}

/* ---- objects and scripts --------------------------------------------------------- */

static int add_object(
	struct mu_scan *scan, const struct mu_entry *entry, const struct mu_owner *owner)
{
	if (mu_vec_room(&scan->objects))
		return -ENOMEM;
	scan->objects.v[scan->objects.n++] = (struct scan_object){
		.entry = entry, .owner = owner, .kind = scan_kind_of(owner)};
	return 0;
}

static int add_script(
	struct mu_scan *scan, const struct mu_entry *entry, const struct mu_owner *owner)
{
	if (mu_vec_room(&scan->scripts))
		return -ENOMEM;
	scan->scripts.v[scan->scripts.n++] = (struct scan_script){
		.entry = entry, .owner = owner, .kind = scan_kind_of(owner)};
	return 0;
}

static int collect_files(struct mu_scan *scan)
{
	const struct mu_entry *entry;
	int e = 0;

	for (size_t i = 0; !e && (entry = mu_tree_at(scan->tree, i)); i++) {
		if (entry->type != MU_ENTRY_FILE)
			continue;
		if (entry->magic == MU_MAGIC_ELF)
			e = add_object(scan, entry, scan_owner_of(scan, entry));
		else if (entry->magic == MU_MAGIC_SCRIPT && (entry->mode & 0111))
			e = add_script(scan, entry, scan_owner_of(scan, entry));
	}
	return e;
}

static int set_owner(
	struct mu_scan *scan, struct mu_report *report, const struct mu_owner *owner)
{
	struct mu_report_owner *o = mu_arena_alloc(&scan->arena, sizeof *o);

	if (!o)
		return -ENOMEM;
	o->kind = mu_owner_kind_name(scan_kind_of(owner));
	if (owner) {
		o->manager = owner->manager;
		o->package = owner->package;
		o->version = owner->version;
	}
	report->owner = o;
	return 0;
}

/* Scripts have reports as other files have: they stand among the objects. */
static int check_files(struct mu_scan *scan)
{
	size_t no = scan->objects.n, n = no + scan->scripts.n;
	struct check_item *items = calloc(n + 1, sizeof *items);
	struct mu_report **reports = calloc(n + 1, sizeof(struct mu_report *));
	int e = items && reports ? 0 : -ENOMEM;

	for (size_t i = 0; !e && i < n; i++) {
		enum mu_owner_kind kind =
			i < no ? scan->objects.v[i].kind : scan->scripts.v[i - no].kind;
		items[i].path = i < no ? scan->objects.v[i].entry->path
				       : scan->scripts.v[i - no].entry->path;
		items[i].replaced = kind == MU_OWNER_DISTRO;
	}
	if (!e)
		e = check_items(scan->check, items, n, reports);
	for (size_t i = 0; !e && i < n; i++) {
		if (i < no)
			scan->objects.v[i].report = reports[i];
		else
			scan->scripts.v[i - no].report = reports[i];
	}
	for (size_t i = 0; !e && i < n; i++)
		e = set_owner(scan, reports[i],
			i < no ? scan->objects.v[i].owner
			       : scan->scripts.v[i - no].owner);
	free(items);
	free(reports);
	return e;
}

/* The machine that most of the objects are for. */
static const struct mu_machine *usual_machine(const struct mu_scan *scan)
{
	size_t count[MU_MACHINE_COUNT] = {0};
	const struct mu_machine *best = NULL;

	for (size_t i = 0; i < scan->objects.n; i++) {
		const struct mu_object *o = scan->objects.v[i].report->object;
		if (!o || !o->machine)
			continue;
		count[o->machine->id]++;
		if (!best || count[o->machine->id] > count[best->id])
			best = o->machine;
	}
	return best;
}

/* ---- packages -------------------------------------------------------------------- */

static int collect_packages(struct mu_scan *scan)
{
	const struct mu_release *release = scan->target->release;
	const struct mu_owner *owner;

	for (size_t i = 0; (owner = mu_owners_at(scan->owners, i)); i++) {
		struct scan_package *p;
		if (mu_vec_room(&scan->packages))
			return -ENOMEM;
		p = &scan->packages.v[scan->packages.n++];
		*p = (struct scan_package){.owner = owner};
		if (!strcmp(owner->manager, "dpkg"))
			p->known = !mu_deb_map(owner->package, release, &p->map);
	}
	return 0;
}

/* ---- all of it --------------------------------------------------------------------- */

/* The image's LD_LIBRARY_PATH goes along with it: musl honours it. */
static const char *library_path(const struct mu_scan *scan)
{
	const struct mu_image *image = mu_tree_image(scan->tree);

	for (size_t i = 0; image && i < image->nenv; i++)
		if (!strcmp(image->env[i].key, "LD_LIBRARY_PATH") && *image->env[i].value)
			return image->env[i].value;
	return NULL;
}

static int open_source(struct mu_scan *scan, struct mu_error *err)
{
	const struct mu_scan_options *o = &scan->opts;
	struct mu_tree_options tree = {
		.arch = o->check.arch,
		.nested = o->nested,
		.threads = o->check.threads,
		.wanted = wanted,
		.progress = o->progress,
		.progress_ctx = o->progress_ctx,
	};
	int e = check_open_tree(
		&o->check, o->source, &tree, &scan->check, &scan->tree, err);

	if (e)
		return e;
	scan->target = mu_check_target_at(scan->check, 0);
	e = mu_owners_read(scan->tree, &scan->owners);
	if (!e)
		check_own(scan->check, is_own, scan, library_path(scan));
	return e;
}

static int by_place(const void *a, const void *b)
{
	const struct mu_config_finding *x = a, *y = b;
	int c = strcmp(x->path ? x->path : "", y->path ? y->path : "");

	if (!c)
		c = x->line < y->line ? -1 : x->line > y->line;
	if (!c)
		c = (int)x->rule - (int)y->rule;
	if (!c)
		c = strcmp(x->subject ? x->subject : "", y->subject ? y->subject : "");
	return c ? c : strcmp(x->message, y->message);
}

static bool is_ignored(const struct mu_scan *scan, const struct mu_config_finding *f)
{
	const struct mu_check_options *o = &scan->opts.check;

	for (size_t i = 0; i < o->nignores; i++) {
		const char *colon = strchr(o->ignores[i], ':');
		size_t n =
			colon ? (size_t)(colon - o->ignores[i]) : strlen(o->ignores[i]);
		const struct mu_rule *rule = mu_rule_at(f->rule);
		if ((strncmp(rule->id, o->ignores[i], n) || rule->id[n]) &&
			(strncmp(rule->name, o->ignores[i], n) || rule->name[n]))
			continue;
		if (!colon || (f->path && !fnmatch(colon + 1, f->path, 0)) ||
			(f->subject && !fnmatch(colon + 1, f->subject, 0)))
			return true;
	}
	return false;
}

static void order_findings(struct mu_scan *scan)
{
	size_t n = 0;

	for (size_t i = 0; i < scan->config.findings.n; i++)
		if (!is_ignored(scan, &scan->config.findings.v[i]))
			scan->config.findings.v[n++] = scan->config.findings.v[i];
	scan->config.findings.n = n;
	if (n)
		qsort(scan->config.findings.v, n, sizeof *scan->config.findings.v,
			by_place);
}

static int look_at_all(struct mu_scan *scan)
{
	int e = collect_files(scan);

	if (!e)
		e = check_files(scan);
	if (!e) {
		scan->machine = usual_machine(scan);
		e = collect_packages(scan);
	}
	if (!e)
		e = mu_config_read(scan->tree, scan->owners, &scan->arena, &scan->config);
	if (!e)
		e = scan_scripts(scan);
	if (e)
		return e;
	order_findings(scan);
	e = plan_make(scan);
	return e ? e : emit_dockerfile(scan);
}

int mu_scan_run(
	const struct mu_scan_options *opts, struct mu_scan **ret, struct mu_error *err)
{
	struct mu_scan *scan = calloc(1, sizeof *scan);
	int e;

	if (!scan)
		return mu_error_set(err, -ENOMEM, NULL, NULL);
	scan->opts = *opts;
	e = open_source(scan, err);
	if (!e)
		e = look_at_all(scan);
	if (e) {
		mu_scan_free(scan);
		return mu_error_set(err, e, opts->source, NULL);
	}
	*ret = scan;
	return 0;
}

void mu_scan_free(struct mu_scan *scan)
{
	if (!scan)
		return;
	plan_free(&scan->plan);
	for (size_t i = 0; i < scan->objects.n; i++)
		mu_report_free((struct mu_report *)(uintptr_t)scan->objects.v[i].report);
	for (size_t i = 0; i < scan->scripts.n; i++)
		mu_report_free((struct mu_report *)(uintptr_t)scan->scripts.v[i].report);
	free(scan->objects.v);
	free(scan->scripts.v);
	free(scan->packages.v);
	free(scan->config.findings.v);
	free(scan->config.accounts.v);
	mu_check_close(scan->check);
	mu_owners_free(scan->owners);
	mu_tree_free(scan->tree);
	mu_arena_free(&scan->arena);
	free(scan);
}

const char *mu_scan_note_at(const struct mu_scan *scan, size_t i, const char **path)
{
	const struct mu_tree_note *note = mu_tree_note_at(scan->tree, i);
	size_t n = 0;

	while (!note && mu_tree_note_at(scan->tree, n))
		n++;
	if (!note)
		note = mu_owners_note_at(scan->owners, i - n);
	if (!note)
		return NULL;
	*path = note->path;
	return note->text;
}
