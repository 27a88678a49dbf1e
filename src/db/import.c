/* SPDX-License-Identifier: MIT */
#include <muslin/import.h>

#include <errno.h>
#include <muslin/error.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "apkindex.h"
#include "loaded.h"
#include "tree/member.h"

#define MAX_COMPRESSED ((size_t)256 << 20)
#define MAX_INDEX ((size_t)256 << 20)

struct mu_import {
	char release[16];
	struct mu_apkindex index[MU_TAB_TESTING + 1];
	MU_VEC(char *) texts; /* owned, each owned: what the indices point into */
};

/* ---- names of releases ----------------------------------------------------- */

/* "v3.25.1" is 3.25 */
static bool parse_release(const char *name, char ret[16])
{
	size_t major, minor;

	if (!strcmp(name, "edge")) {
		strcpy(ret, name);
		return true;
	}
	name += *name == 'v';
	major = strspn(name, "0123456789");
	if (!major || major > 3 || name[major] != '.')
		return false;
	minor = strspn(name + major + 1, "0123456789");
	if (!minor || minor > 3)
		return false;
	snprintf(ret, 16, "%.*s", (int)(major + 1 + minor), name);
	name += major + 1 + minor;
	return !*name ||
	       (*name == '.' && name[1] && !name[1 + strspn(name + 1, "0123456789")]);
}

int mu_import_new(const char *release, struct mu_import **ret, struct mu_error *err)
{
	struct mu_import *import = calloc(1, sizeof *import);

	if (!import)
		return mu_error_set(err, -ENOMEM, NULL, NULL);
	if (!parse_release(release, import->release)) {
		free(import);
		return mu_error_set(err, -MU_E_UNKNOWN_TARGET, NULL,
			"'%s' is no release of Alpine: 3.25, or edge", release);
	}
	*ret = import;
	return 0;
}

void mu_import_free(struct mu_import *import)
{
	if (!import)
		return;
	for (int i = 0; i <= MU_TAB_TESTING; i++)
		mu_apkindex_free(&import->index[i]);
	for (size_t i = 0; i < import->texts.n; i++)
		free(import->texts.v[i]);
	free(import->texts.v);
	free(import);
}

const char *mu_import_release(const struct mu_import *import)
{
	return import->release;
}

static enum mu_tab_repo repo_by_name(const char *name, size_t n)
{
	for (int i = MU_TAB_MAIN; i <= MU_TAB_TESTING; i++) {
		const char *repo = mu_repo_name((enum mu_tab_repo)i);
		if (strlen(repo) == n && !strncmp(repo, name, n))
			return (enum mu_tab_repo)i;
	}
	return MU_TAB_NOWHERE;
}

size_t mu_import_packages(const struct mu_import *import, const char *repo)
{
	return import->index[repo_by_name(repo, strlen(repo))].packages.n;
}

/* ---- reading ------------------------------------------------------------------ */

/* An index that was unpacked begins with its first record. */
static bool is_plain(const char *text, size_t n)
{
	return n > 2 && text[1] == ':' &&
	       ((text[0] >= 'A' && text[0] <= 'Z') || (text[0] >= 'a' && text[0] <= 'z'));
}

static int read_text(const char *path, char **ret, size_t *n, struct mu_error *err)
{
	char *file = NULL;
	size_t size = 0;
	int e = mu_input_read(path, MAX_COMPRESSED, &file, &size, err);

	if (e)
		return e;
	if (is_plain(file, size)) {
		*ret = file;
		*n = size;
		return 0;
	}
	e = size ? mu_member_read(file, size, "APKINDEX", MAX_INDEX, path, ret, n, err)
		 : mu_error_set(err, -EINVAL, path, "the file is empty");
	free(file);
	return e;
}

static bool has_package(const struct mu_apkindex *x, const char *name)
{
	for (size_t i = 0; i < x->packages.n; i++)
		if (!strcmp(x->packages.v[i].name, name))
			return true;
	return false;
}

/* A folder of the path that is called like a repository. */
static enum mu_tab_repo repo_of_path(const char *path)
{
	enum mu_tab_repo found = MU_TAB_NOWHERE;

	while (*path) {
		size_t n = strcspn(path, "/");
		if (path[n] && repo_by_name(path, n) != MU_TAB_NOWHERE)
			found = repo_by_name(path, n);
		path += n + (path[n] == '/');
	}
	return found;
}

static enum mu_tab_repo find_repo(
	const struct mu_apkindex *x, const char *path, const char *repo)
{
	enum mu_tab_repo by_path;

	if (repo)
		return repo_by_name(repo, strlen(repo));
	/* every release has its libc in main */
	if (has_package(x, "musl"))
		return MU_TAB_MAIN;
	by_path = repo_of_path(path);
	return by_path == MU_TAB_MAIN ? MU_TAB_NOWHERE : by_path;
}

/* Rows of one index behind those of another; the names point where they did. */
static int append(struct mu_apkindex *to, const struct mu_apkindex *from)
{
	uint32_t base = (uint32_t)to->packages.n;

	for (size_t i = 0; i < from->packages.n; i++) {
		if (mu_vec_room(&to->packages))
			return -ENOMEM;
		to->packages.v[to->packages.n++] = from->packages.v[i];
	}
	for (size_t i = 0; i < from->provides.n; i++) {
		if (mu_vec_room(&to->provides))
			return -ENOMEM;
		to->provides.v[to->provides.n] = from->provides.v[i];
		to->provides.v[to->provides.n++].package += base;
	}
	return 0;
}

static int keep_text(struct mu_import *import, char *text)
{
	if (mu_vec_room(&import->texts)) {
		free(text);
		return -ENOMEM;
	}
	import->texts.v[import->texts.n++] = text;
	return 0;
}

int mu_import_add(struct mu_import *import, const char *path, const char *repo,
	struct mu_error *err)
{
	struct mu_apkindex x = {0};
	enum mu_tab_repo at;
	char *text;
	size_t n;
	int e;

	if (repo && repo_by_name(repo, strlen(repo)) == MU_TAB_NOWHERE)
		return mu_error_set(err, -MU_E_USAGE, NULL,
			"there is no repository '%s': main, community, testing", repo);
	e = read_text(path, &text, &n, err);
	if (e)
		return e;
	e = keep_text(import, text);
	if (!e)
		e = mu_apkindex_parse(text, n, path, &x, err);
	at = e ? MU_TAB_NOWHERE : find_repo(&x, path, repo);
	if (!e && at == MU_TAB_NOWHERE)
		e = mu_error_set(err, -MU_E_USAGE, path,
			"which repository is it of? --repo main, community or testing");
	if (!e)
		e = append(&import->index[at], &x);
	mu_apkindex_free(&x);
	return e ? mu_error_set(err, e, path, NULL) : 0;
}

/* ---- writing -------------------------------------------------------------------- */

/* qsort() takes no context. */
static _Thread_local const struct mu_apkindex *sorting;

static int by_package(const void *a, const void *b)
{
	const struct mu_apk_package *x = &sorting->packages.v[*(const uint32_t *)a];
	const struct mu_apk_package *y = &sorting->packages.v[*(const uint32_t *)b];
	int c = strcmp(x->name, y->name);

	/* of two versions the newer one stands first */
	return c ? c : mu_version_cmp(y->version, x->version);
}

static int by_provide(const void *a, const void *b)
{
	const struct mu_apk_provide *x = &sorting->provides.v[*(const uint32_t *)a];
	const struct mu_apk_provide *y = &sorting->provides.v[*(const uint32_t *)b];
	const struct mu_apk_package *p = &sorting->packages.v[x->package];
	const struct mu_apk_package *q = &sorting->packages.v[y->package];
	int c = (int)x->kind - (int)y->kind;

	if (!c)
		c = strcmp(x->name, y->name);
	return c ? c
		 : mu_provider_order((enum mu_provided)x->kind, x->name, p->name,
			   p->origin, q->name, q->origin);
}

/* The numbers of @n rows in an order; to be freed. */
static uint32_t *in_order(
	const struct mu_apkindex *x, size_t n, int (*cmp)(const void *, const void *))
{
	uint32_t *v = n < UINT32_MAX ? calloc(n + 1, sizeof *v) : NULL;

	for (size_t i = 0; v && i < n; i++)
		v[i] = (uint32_t)i;
	sorting = x;
	if (v)
		qsort(v, n, sizeof *v, cmp);
	sorting = NULL;
	return v;
}

static void put_date(const struct mu_apkindex *x, FILE *out)
{
	uint64_t newest = 0;
	time_t when;
	struct tm tm;
	char text[16] = "-";

	for (size_t i = 0; i < x->packages.n; i++)
		if (x->packages.v[i].built > newest)
			newest = x->packages.v[i].built;
	when = (time_t)newest;
	if (newest && newest < UINT32_MAX && gmtime_r(&when, &tm))
		strftime(text, sizeof text, "%Y-%m-%d", &tm);
	fprintf(out, "\t%s", text);
}

/* noarch is every machine's. */
static const char *machine_of(const struct mu_apkindex *x)
{
	for (size_t i = 0; i < x->packages.n; i++)
		if (*x->packages.v[i].machine &&
			strcmp(x->packages.v[i].machine, "noarch"))
			return x->packages.v[i].machine;
	return "-";
}

/* Of several versions the newest alone; what the others provide is left out too. */
static void put_packages(
	struct mu_apkindex *x, const uint32_t *order, bool *dropped, FILE *out)
{
	const char *last = "";

	for (size_t i = 0; i < x->packages.n; i++) {
		const struct mu_apk_package *p = &x->packages.v[order[i]];
		bool other = i && !strcmp(last, p->name) &&
			     strcmp(x->packages.v[order[i - 1]].version, p->version) != 0;
		bool twice = i && !strcmp(last, p->name);
		dropped[order[i]] = other || (twice && dropped[order[i - 1]]);
		last = p->name;
		if (!twice)
			fprintf(out, "package\t%s\t%s\t%s\t%llu\n", p->name, p->version,
				p->origin, (unsigned long long)p->size);
	}
}

static void put_provides(const struct mu_apkindex *x, const uint32_t *order,
	const bool *dropped, FILE *out)
{
	static const char *const kinds[] = {
		[MU_PROVIDED_SONAME] = "so",
		[MU_PROVIDED_COMMAND] = "cmd",
		[MU_PROVIDED_PKGCONFIG] = "pc",
		[MU_PROVIDED_VIRTUAL] = "virtual",
	};
	const struct mu_apk_provide *last = NULL;

	for (size_t i = 0; i < x->provides.n; i++) {
		const struct mu_apk_provide *p = &x->provides.v[order[i]];
		const char *package = x->packages.v[p->package].name;
		if (dropped[p->package] ||
			(last && last->kind == p->kind && !strcmp(last->name, p->name) &&
				!strcmp(x->packages.v[last->package].name, package)))
			continue;
		fprintf(out, "provides\t%s\t%s\t%s\n", kinds[p->kind], p->name, package);
		last = p;
	}
}

static int write_index(struct mu_import *import, enum mu_tab_repo repo, FILE *out)
{
	struct mu_apkindex *x = &import->index[repo];
	uint32_t *packages = in_order(x, x->packages.n, by_package);
	uint32_t *provides = in_order(x, x->provides.n, by_provide);
	bool *dropped = calloc(x->packages.n + 1, sizeof *dropped);
	int e = packages && provides && dropped ? 0 : -ENOMEM;

	if (!e) {
		fprintf(out, "release\t%s\t%s", import->release, mu_repo_name(repo));
		put_date(x, out);
		fprintf(out, "\t%s\n", machine_of(x));
		put_packages(x, packages, dropped, out);
		put_provides(x, provides, dropped, out);
	}
	free(packages);
	free(provides);
	free(dropped);
	return e;
}

int mu_import_write(
	struct mu_import *import, const char *repo, FILE *out, struct mu_error *err)
{
	enum mu_tab_repo only = repo ? repo_by_name(repo, strlen(repo)) : MU_TAB_NOWHERE;
	int e = 0;

	fputs("#muslin-db 1\n# by muslin db import, see muslin-db(1)\n", out);
	for (int i = MU_TAB_MAIN; i <= MU_TAB_TESTING && !e; i++)
		if (import->index[i].packages.n && (!repo || only == (enum mu_tab_repo)i))
			e = write_index(import, (enum mu_tab_repo)i, out);
	if (!e && (fflush(out) || ferror(out)))
		e = -EIO;
	return e ? mu_error_set(err, e, NULL, NULL) : 0;
}
