/* SPDX-License-Identifier: MIT */
#include "cli.h"

#include <errno.h>
#include <string.h>

#include <muslin/error.h>
#include <muslin/import.h>
#include <muslin/report.h>

static int tell(const struct mu_error *err)
{
	if (err->code == -MU_E_USAGE || err->code == -MU_E_UNKNOWN_TARGET)
		return mu_say_usage(
			"db", "%s%s%s", err->path, *err->path ? ": " : "", err->msg);
	mu_say("%s%s%s", err->path, *err->path ? ": " : "", err->msg);
	return MU_EXIT_INPUT;
}

int mu_load_data(const struct mu_list *files, bool no_user)
{
	struct mu_error err = {0};
	int e = no_user ? 0 : mu_db_load_user(&err);

	if (e) {
		tell(&err);
		mu_say("`muslin db import --remove` forgets what was imported, "
		       "--no-user-db leaves it out");
		return MU_EXIT_INPUT;
	}
	for (size_t i = 0; i < files->n && !e; i++)
		e = mu_db_load(files->v[i], &err);
	return e ? tell(&err) : 0;
}

/* ---- options ---------------------------------------------------------------- */

int mu_import_take_index(struct import_options *o, const char *path)
{
	if (o->indices.n == MAX_INDICES)
		return mu_say_usage("db", "more than %d indices", MAX_INDICES);
	o->repos[o->indices.n] = o->repo;
	return mu_list_add(&o->indices, path, strlen(path)) ? MU_EXIT_INPUT : 0;
}

/* Of the index before it, unless that has one; else of those that follow. */
int mu_import_take_repo(struct import_options *o, const char *repo)
{
	if (o->indices.n && !o->repos[o->indices.n - 1])
		o->repos[o->indices.n - 1] = repo;
	else
		o->repo = repo;
	return 0;
}

bool mu_import_asked(const struct import_options *o)
{
	return o->indices.n || o->repo || o->musl || o->target || o->remove;
}

/* ---- where it goes ------------------------------------------------------------ */

static int refuse_no_folder(void)
{
	return mu_say_usage("db",
		"there is no folder to keep it in: MUSLIN_DB_DIR is empty, or HOME is "
		"not set; -o FILE writes it elsewhere");
}

/* "alpine:3.25" "main" → …/alpine-3.25-main.db, in a folder that is there */
static int place(
	const char *what, const char *part, char *buf, size_t cap, struct mu_error *err)
{
	int e = mu_db_user_file(what, part, buf, cap, err);

	return e == -ENOENT ? refuse_no_folder() : e ? tell(err) : 0;
}

static void kept(const char *prefix, const char *what, const char *part, size_t n,
	const char *unit, const char *path)
{
	printf("%s%s %s: %zu %s, kept in ", prefix, what, part, n, unit);
	mu_print_escaped(stdout, path);
	putchar('\n');
}

/* ---- indices -------------------------------------------------------------------- */

static int write_file(struct mu_import *import, const char *repo, const char *path)
{
	struct mu_error err = {0};
	struct mu_output out;
	int e = mu_output_open(&out, path, &err), closed;

	if (!e) {
		e = mu_import_write(import, repo, out.f, &err);
		closed = mu_output_close(&out, !e, &err);
		e = e ? e : closed;
	}
	return e ? tell(&err) : 0;
}

static int keep_repository(struct mu_import *import, const char *repo)
{
	struct mu_error err = {0};
	char what[32], path[4096];
	int exit;

	snprintf(what, sizeof what, "alpine:%s", mu_import_release(import));
	exit = place(what, repo, path, sizeof path, &err);
	if (!exit)
		exit = write_file(import, repo, path);
	if (!exit)
		kept("alpine:", mu_import_release(import), repo,
			mu_import_packages(import, repo), "packages", path);
	return exit;
}

static int keep(struct mu_import *import, const char *output)
{
	static const char *const repos[] = {"main", "community", "testing"};
	int exit = 0;

	if (output)
		return write_file(import, NULL, output);
	for (size_t i = 0; i < sizeof repos / sizeof *repos && !exit; i++)
		if (mu_import_packages(import, repos[i]))
			exit = keep_repository(import, repos[i]);
	return exit;
}

static int run_indices(const struct import_options *o, const char *output)
{
	struct mu_error err = {0};
	struct mu_import *import = NULL;
	int e, exit;

	if (!o->release)
		return mu_say_usage("db", "of which release? --release 3.25, or edge");
	e = mu_import_new(o->release, &import, &err);
	for (size_t i = 0; i < o->indices.n && !e; i++)
		e = mu_import_add(import, o->indices.v[i], o->repos[i], &err);
	exit = e ? tell(&err) : keep(import, output);
	mu_import_free(import);
	return exit;
}

/* ---- a libc ------------------------------------------------------------------------ */

static int run_libc(const struct import_options *o, const char *output)
{
	struct mu_error err = {0};
	struct mu_libc_import *libc = NULL;
	struct mu_output out;
	char path[4096];
	int e = mu_libc_import_read(o->musl, o->target, &libc, &err), exit, closed;

	if (e)
		return tell(&err);
	exit = output ? 0
		      : place(mu_libc_import_target(libc), mu_libc_import_machine(libc),
				path, sizeof path, &err);
	if (!exit && mu_output_open(&out, output ? output : path, &err)) {
		exit = tell(&err);
	} else if (!exit) {
		e = mu_libc_import_write(libc, out.f, &err);
		closed = mu_output_close(&out, !e, &err);
		exit = e || closed ? tell(&err) : 0;
	}
	if (!exit && !output)
		kept("", mu_libc_import_target(libc), mu_libc_import_machine(libc),
			mu_libc_import_symbols(libc), "symbols", path);
	mu_libc_import_free(libc);
	return exit;
}

/* ---- all -----------------------------------------------------------------------------
 */

static int run_remove(const struct import_options *o)
{
	struct mu_error err = {0};
	const char *repo = o->repo;
	int n = mu_db_user_remove(o->remove, repo, &err);

	if (n < 0)
		return tell(&err);
	if (!n) {
		mu_say("nothing was imported of %s", o->remove);
		return MU_EXIT_FOUND;
	}
	return MU_EXIT_OK;
}

int mu_import_run(const struct import_options *o, const char *output)
{
	int kinds = (o->indices.n > 0) + (o->musl != NULL) + (o->remove != NULL);

	if (kinds != 1)
		return mu_say_usage("db",
			"import takes one of --apkindex FILE, --musl LIBC, --remove R");
	if (o->remove)
		return run_remove(o);
	return o->musl ? run_libc(o, output) : run_indices(o, output);
}
