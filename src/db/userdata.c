/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <muslin/error.h>
#include <muslin/import.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
