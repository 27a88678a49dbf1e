/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scratch.h"

static void require(bool ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	abort();
}

int scratch_setup(void **state)
{
	const char *tmp = getenv("TMPDIR");
	char *path = malloc(PATH_MAX);

	require(path != NULL, "malloc");
	snprintf(path, PATH_MAX, "%s/muslin-test-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	require(mkdtemp(path) != NULL, path);
	require(chdir(path) == 0, path);
	*state = path;
	return 0;
}

static int drop(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int scratch_teardown(void **state)
{
	int e = chdir("/") || nftw(*state, drop, 16, FTW_DEPTH | FTW_PHYS);

	free(*state);
	return e;
}

void scratch_folder(const char *path)
{
	char part[PATH_MAX];

	for (size_t n = 1; n <= strlen(path); n++) {
		if (path[n] && path[n] != '/')
			continue;
		snprintf(part, sizeof part, "%.*s", (int)n, path);
		require(mkdir(part, 0755) == 0 || errno == EEXIST, part);
	}
}

static void make_folder_of(const char *path)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');

	if (!slash || slash == path)
		return;
	snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
	scratch_folder(folder);
}

void scratch_file(const char *path, const char *text)
{
	FILE *f;

	make_folder_of(path);
	f = fopen(path, "wb");
	require(f != NULL, path);
	require(fputs(text, f) >= 0 && fclose(f) == 0, path);
}

void scratch_link(const char *path, const char *target)
{
	make_folder_of(path);
	require(symlink(target, path) == 0, path);
}
