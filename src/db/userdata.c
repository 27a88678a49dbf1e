/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <muslin/error.h>
#include <muslin/import.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"

#define MAX_FILES 1000

int mu_db_user_dir(char *buf, size_t cap)
{
	const char *own = getenv("MUSLIN_DB_DIR"), *data = getenv("XDG_DATA_HOME");
	const char *home = getenv("HOME");
	int n = -1;

	if (own)
		n = snprintf(buf, cap, "%s", own);
	else if (data && *data == '/') /* the specification: else it is ignored */
		n = snprintf(buf, cap, "%s/muslin", data);
	else if (home && *home)
		n = snprintf(buf, cap, "%s/.local/share/muslin", home);
	if (n >= 0 && (size_t)n >= cap)
		return -ENAMETOOLONG;
	return n > 0 ? 0 : -ENOENT;
}

static bool is_data(const char *name)
{
	size_t n = strlen(name);

	return *name != '.' && n > 3 && !strcmp(name + n - 3, ".db");
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

struct names {
	char **v;
	size_t n, cap;
};

static int list_files(const char *dir, struct names *names)
{
	struct dirent *entry;
	DIR *d = opendir(dir);
	int e = 0;

	if (!d)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	while (!e && (entry = readdir(d))) {
		size_t n = strlen(dir) + strlen(entry->d_name) + 2;
		if (!is_data(entry->d_name))
			continue;
		if (names->n == MAX_FILES || mu_vec_room(names))
			e = names->n == MAX_FILES ? -MU_E_LIMIT : -ENOMEM;
		else if (!(names->v[names->n] = malloc(n)))
			e = -ENOMEM;
		else
			snprintf(names->v[names->n++], n, "%s/%s", dir, entry->d_name);
	}
	closedir(d);
	if (names->n)
		qsort(names->v, names->n, sizeof *names->v, by_name);
	return e;
}

int mu_db_load_user(struct mu_error *err)
{
	struct names names = {0};
	char dir[4096];
	int e = mu_db_user_dir(dir, sizeof dir);

	if (e)
		return e == -ENOENT ? 0 : mu_error_set(err, e, NULL, NULL);
	e = list_files(dir, &names);
	if (e)
		mu_error_set(err, e, dir, NULL);
	for (size_t i = 0; i < names.n && !e; i++)
		e = mu_db_load(names.v[i], err);
	for (size_t i = 0; i < names.n; i++)
		free(names.v[i]);
	free(names.v);
	return e;
}

/* ---- files in it --------------------------------------------------------- */

/* "alpine:3.25" → "alpine-3.25-"; nothing that leads out of the folder */
static int file_prefix(const char *what, char *buf, size_t cap)
{
	static const char ok[] = "abcdefghijklmnopqrstuvwxyz0123456789.:_+-";
	bool release = !strchr(what, ':');
	int n;

	if (!*what || *what == '.' || what[strspn(what, ok)])
		return -EINVAL;
	what += release && *what == 'v';
	n = snprintf(buf, cap, "%s%s-", release ? "alpine-" : "", what);
	if (n < 0 || (size_t)n >= cap)
		return -ENAMETOOLONG;
	for (char *s = buf; (s = strchr(s, ':')); s++)
		*s = '-';
	return 0;
}

/* Each folder of a path, from the top; those that are there stay. */
static int make_folders(char *path)
{
	for (char *s = path + 1; (s = strchr(s, '/')); s++) {
		int failed;
		*s = 0;
		failed = mkdir(path, 0777) && errno != EEXIST;
		*s = '/';
		if (failed)
			return -errno;
	}
	return 0;
}

int mu_db_user_file(
	const char *what, const char *part, char *buf, size_t cap, struct mu_error *err)
{
	char dir[4096], prefix[128];
	int e = mu_db_user_dir(dir, sizeof dir), n;

	if (e == -ENOENT)
		return e;
	if (!e)
		e = file_prefix(what, prefix, sizeof prefix);
	if (e)
		return mu_error_set(err, e, what, NULL);
	n = snprintf(buf, cap, "%s/%s%s.db", dir, prefix, part);
	if (n < 0 || (size_t)n >= cap)
		return mu_error_set(err, -ENAMETOOLONG, dir, NULL);
	e = make_folders(buf);
	return e ? mu_error_set(err, e, dir, NULL) : 0;
}

/* The last part of a path is PREFIX PART .db, and PART holds no further dash. */
static bool is_file_of(const char *path, const char *prefix, const char *part)
{
	const char *name = strrchr(path, '/') + 1;
	size_t n = strlen(prefix), left;

	if (strncmp(name, prefix, n) != 0)
		return false;
	name += n;
	left = strlen(name) - strlen(".db");
	if (part)
		return strlen(part) == left && !strncmp(name, part, left);
	return left && !memchr(name, '-', left) && !memchr(name, '.', left);
}

int mu_db_user_remove(const char *what, const char *part, struct mu_error *err)
{
	struct names names = {0};
	char dir[4096], prefix[128];
	int e = mu_db_user_dir(dir, sizeof dir), removed = 0;

	if (e == -ENOENT)
		return 0;
	if (!e && file_prefix(what, prefix, sizeof prefix))
		e = mu_error_set(err, -MU_E_USAGE, NULL,
			"'%s' is neither a release nor a libc", what);
	if (!e)
		e = list_files(dir, &names);
	for (size_t i = 0; i < names.n; i++) {
		if (!e && is_file_of(names.v[i], prefix, part)) {
			if (unlink(names.v[i]))
				e = mu_error_set(err, -errno, names.v[i], NULL);
			removed++;
		}
		free(names.v[i]);
	}
	free(names.v);
	return e ? mu_error_set(err, e, dir, NULL) : removed;
}
