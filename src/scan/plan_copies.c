/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "plan.h"

/*
 * What goes along: the user's own files, as folders where a folder holds nothing else.
 * Entries are sorted by path, so that what is below a folder stands in one piece; sums
 * over the pieces tell what a folder holds without looking again.
 */

/* What lies here is of this machine or this run, and is never taken along. */
static const char *const passing[] = {"/proc/", "/sys/", "/dev/", "/run/", "/tmp/",
	"/boot/", "/var/cache/", "/var/log/", "/var/tmp/", "/var/run/", "/var/lock/",
	"/var/lib/dpkg/", "/var/lib/apt/", "/var/lib/systemd/", "/lost+found/",
	"/.dockerenv", "/etc/os-release", "/etc/lsb-release", "/etc/debian_version",
	"/etc/issue", "/usr/lib/os-release", "/etc/passwd", "/etc/group", "/etc/shadow",
	"/etc/gshadow", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf", "/etc/mtab",
	"/etc/ld.so.", "/etc/alternatives/", "/etc/rc", "/etc/apt/", "/etc/dpkg/",
	"/etc/machine-id", "/etc/subuid", "/etc/subgid", "/DEBIAN/", "/.PKGINFO",
	"/.SIGN."};

/* Folders that belong to the system, however empty the rest of them is. */
static const char *const systems[] = {"/usr", "/etc", "/var", "/bin", "/sbin", "/lib",
	"/lib64", "/usr/bin", "/usr/sbin", "/usr/lib", "/usr/share", "/usr/local",
	"/usr/local/bin", "/usr/local/lib", "/usr/local/sbin", "/usr/local/share",
	"/var/lib", "/var/spool", "/root", "/usr/include", "/usr/libexec"};

enum what { IGNORED, OWN, OTHER, TAKEN };

struct piece {
	struct mu_scan *scan;
	uint8_t *what;         /* by entry */
	uint32_t *own, *other; /* of all entries before this one */
	size_t n;
};

static bool starts_with_one(const char *path, const char *const *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strncmp(path, v[i], strlen(v[i])))
			return true;
	return false;
}

/* pip's and gem's files are made for the interpreter and the libc that are here: they
 * are installed anew. npm's stand in the application's own folder. */
static bool is_installed_anew(const struct mu_owner *o, const char *path)
{
	return strcmp(o->manager, "npm") != 0 ||
	       !strncmp(path, "/usr/lib/node_modules/", 22) ||
	       !strncmp(path, "/usr/local/lib/node_modules/", 28);
}

static enum what what_of(struct mu_scan *scan, const struct mu_entry *e)
{
	const struct mu_owner *o;

	if (e->type == MU_ENTRY_FOLDER || e->nested || e->type == MU_ENTRY_OTHER)
		return IGNORED;
	if (starts_with_one(e->path, passing, sizeof passing / sizeof *passing) ||
		mu_text_ends(e->path, strlen(e->path), ".pyc"))
		return IGNORED;
	o = mu_owners_of(scan->owners, e);
	if (!o || o->kind == MU_OWNER_APP)
		return OWN;
	if (o->kind == MU_OWNER_LANGUAGE)
		return is_installed_anew(o, e->path) ? OTHER : OWN;
	if (!strcmp(o->package, "(generated)"))
		return IGNORED;
	return mu_owners_modified(scan->owners, e) ? OWN : OTHER;
}

static int sort_out(struct piece *p)
{
	p->n = mu_tree_count(p->scan->tree);
	p->what = calloc(p->n + 1, 1);
	p->own = calloc(p->n + 1, sizeof *p->own);
	p->other = calloc(p->n + 1, sizeof *p->other);
	if (!p->what || !p->own || !p->other)
		return -ENOMEM;
	for (size_t i = 0; i < p->n; i++) {
		p->what[i] = (uint8_t)what_of(p->scan, mu_tree_at(p->scan->tree, i));
		p->own[i + 1] = p->own[i] + (p->what[i] == OWN);
		p->other[i + 1] = p->other[i] + (p->what[i] == OTHER);
	}
	return 0;
}

/* The first entry from @low on that is not below @path ("…/"). */
static size_t end_of(const struct piece *p, const char *path, size_t n, size_t low)
{
	size_t high = p->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (strncmp(mu_tree_at(p->scan->tree, mid)->path, path, n) <= 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static size_t begin_of(const struct piece *p, const char *path, size_t n)
{
	size_t low = 0, high = p->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (strncmp(mu_tree_at(p->scan->tree, mid)->path, path, n) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* "1000:1000", where all of it has one owner who is not root. */
static int name_owner(const struct piece *p, size_t from, size_t to, const char **ret)
{
	const struct mu_entry *first = NULL;

	*ret = NULL;
	for (size_t i = from; i < to; i++) {
		const struct mu_entry *e = mu_tree_at(p->scan->tree, i);
		if (p->what[i] != OWN)
			continue;
		if (!first)
			first = e;
		else if (e->uid != first->uid || e->gid != first->gid)
			return 0;
	}
	if (!first || (!first->uid && !first->gid))
		return 0;
	*ret = mu_arena_printf(&p->scan->arena, "%u:%u", first->uid, first->gid);
	return *ret ? 0 : -ENOMEM;
}

static int add(struct piece *p, const struct mu_entry *e, size_t from, size_t to)
{
	struct mu_plan *plan = &p->scan->plan;
	struct plan_copy copy = {.path = e->path, .folder = e->type == MU_ENTRY_FOLDER};
	int err = name_owner(p, from, to, &copy.owner);

	for (size_t i = from; i < to; i++)
		if (p->what[i] == OWN) {
			const struct mu_entry *x = mu_tree_at(p->scan->tree, i);
			copy.nfiles++;
			copy.size += x->type == MU_ENTRY_FILE ? x->size : 0;
		}
	if (err || mu_vec_room(&plan->copies))
		return -ENOMEM;
	plan->copies.v[plan->copies.n++] = copy;
	return 0;
}

static bool is_systems(const char *path)
{
	for (size_t i = 0; i < sizeof systems / sizeof *systems; i++)
		if (!strcmp(path, systems[i]))
			return true;
	return false;
}

/* One folder: taken whole, or not. */
static int decide(struct piece *p, const struct mu_entry *e)
{
	char below[PATH_MAX + 2];
	int n = snprintf(below, sizeof below, "%s/", e->path), err;
	size_t from, to;

	if (n < 0 || (size_t)n >= sizeof below)
		return 0;
	from = begin_of(p, below, (size_t)n);
	to = end_of(p, below, (size_t)n, from);
	if (p->own[to] == p->own[from] || p->other[to] != p->other[from] ||
		is_systems(e->path))
		return 0;
	err = add(p, e, from, to);
	/* folders come before what is in them, though not right before it ("/a", "/a-b",
	 * "/a/x"): it is not to be taken again */
	memset(p->what + from, TAKEN, to - from);
	return err;
}

static int walk(struct piece *p)
{
	int e = 0;

	for (size_t i = 1; !e && i < p->n; i++) {
		const struct mu_entry *x = mu_tree_at(p->scan->tree, i);
		if (p->what[i] == TAKEN)
			continue;
		if (x->type == MU_ENTRY_FOLDER && !x->nested)
			e = decide(p, x);
		else if (p->what[i] == OWN)
			e = add(p, x, i, i + 1);
	}
	return e;
}

int plan_copies(struct mu_scan *scan)
{
	struct piece p = {.scan = scan};
	int e = sort_out(&p);

	if (!e)
		e = walk(&p);
	free(p.what);
	free(p.own);
	free(p.other);
	return e;
}
