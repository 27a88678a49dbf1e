/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tree/root.h"

/* A root below a scratch folder, with a file beside it that nobody may reach. */
struct place {
	char top[64];
	struct mu_root *root;
};

static void in_top(const struct place *p, const char *name, char *path, size_t cap)
{
	snprintf(path, cap, "%s/%s", p->top, name);
}

static void make_file(const struct place *p, const char *name)
{
	char path[PATH_MAX];
	FILE *f;

	in_top(p, name, path, sizeof path);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(name, f);
	fclose(f);
}

static void make_folder(const struct place *p, const char *name)
{
	char path[PATH_MAX];

	in_top(p, name, path, sizeof path);
	assert_int_equal(mkdir(path, 0755), 0);
}

static void make_link(const struct place *p, const char *name, const char *target)
{
	char path[PATH_MAX];

	in_top(p, name, path, sizeof path);
	assert_int_equal(symlink(target, path), 0);
}

static int set_up(void **state)
{
	static struct place p;
	char path[PATH_MAX];

	strcpy(p.top, "/tmp/muslin-root-XXXXXX");
	if (!mkdtemp(p.top))
		return -1;
	make_folder(&p, "r");
	make_folder(&p, "r/dir");
	make_folder(&p, "r/dir/deep");
	make_file(&p, "secret");
	make_file(&p, "r/file");
	make_file(&p, "r/dir/deep/file");
	make_link(&p, "r/absolute", "/dir/deep/file");
	make_link(&p, "r/dir/relative", "deep/file");
	make_link(&p, "r/dir/up", "../file");
	make_link(&p, "r/out", "../secret");
	make_link(&p, "r/far-out", "../../../../../../secret");
	make_link(&p, "r/folder", "/dir");
	make_link(&p, "r/loop", "loop");
	make_link(&p, "r/a", "b");
	make_link(&p, "r/b", "a");
	make_link(&p, "r/etc-passwd", "/etc/passwd");
	in_top(&p, "r/fifo", path, sizeof path);
	if (mkfifo(path, 0644))
		return -1;
	in_top(&p, "r", path, sizeof path);
	*state = &p;
	return mu_root_open(path, &p.root, NULL);
}

static int tear_down(void **state)
{
	struct place *p = *state;
	char command[128];

	mu_root_close(p->root);
	snprintf(command, sizeof command, "rm -rf %s", p->top);
	return system(command);
}

/* ---- what opens, and what does not ---------------------------------------------- */

static void files_are_found_inside(void **state)
{
	static const struct {
		const char *path, *content;
	} rows[] = {
		{"/file", "r/file"},
		{"file", "r/file"},
		{"//file", "r/file"},
		{"/./dir/../file", "r/file"},
		{"/../../file", "r/file"},
		{"/absolute", "r/dir/deep/file"},
		{"/dir/relative", "r/dir/deep/file"},
		{"/dir/up", "r/file"},
		{"/folder/deep/file", "r/dir/deep/file"},
		{"/dir/deep/../deep/../../file", "r/file"},
	};
	struct place *p = *state;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[64] = "";
		struct stat st;
		int fd = mu_root_file(p->root, rows[i].path, &st);
		if (fd < 0)
			fail_msg("%s: %s", rows[i].path, mu_strerror(fd));
		assert_true(read(fd, text, sizeof text - 1) > 0);
		assert_string_equal(text, rows[i].content);
		close(fd);
	}
}

static void nothing_outside_opens(void **state)
{
	static const struct {
		const char *path;
		int error;
	} rows[] = {
		{"/out", -ENOENT},
		{"/far-out", -ENOENT},
		{"/../secret", -ENOENT},
		{"/etc-passwd", -ENOENT},
		{"/etc/passwd", -ENOENT},
		{"/loop", -ELOOP},
		{"/a", -ELOOP},
		{"/file/x", -ENOTDIR},
		{"/file/", -ENOTDIR},
		{"", -ENOENT},
		{"/gone", -ENOENT},
		{"/dir", -MU_E_NOT_REGULAR},
		{"/", -MU_E_NOT_REGULAR},
		{"/fifo", -MU_E_NOT_REGULAR},
	};
	struct place *p = *state;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct stat st;
		int fd = mu_root_file(p->root, rows[i].path, &st);
		if (fd != rows[i].error)
			fail_msg("%s: %d (%s), not %d", rows[i].path, fd, mu_strerror(fd),
				rows[i].error);
	}
}

static void long_names_are_refused(void **state)
{
	struct place *p = *state;
	char path[2 * PATH_MAX];
	struct stat st;

	memset(path, 'a', sizeof path);
	path[0] = '/';
	path[300] = 0;
	assert_int_equal(mu_root_file(p->root, path, &st), -ENAMETOOLONG);
	path[300] = 'a';
	path[sizeof path - 1] = 0;
	assert_int_equal(mu_root_file(p->root, path, &st), -ENAMETOOLONG);
}

static void upwards_has_an_end(void **state)
{
	struct place *p = *state;
	char path[PATH_MAX] = "";
	struct stat st;

	for (int i = 0; i < 400; i++)
		strcat(path, "/dir/..");
	assert_int_equal(mu_root_stat(p->root, path, &st), 0);
	path[0] = 0;
	for (int i = 0; i < 70; i++)
		strcat(path, "/dir/deep");
	/* not there, but that is found out soon */
	assert_int_equal(mu_root_stat(p->root, path, &st), -ENOENT);
}

static void paths_become_canonical(void **state)
{
	static const struct {
		const char *path, *real;
	} rows[] = {
		{"/absolute", "/dir/deep/file"},
		{"/folder/up", "/file"},
		{"/folder", "/dir"},
		{"/", "/"},
		{"/../..", "/"},
		{"/fifo", "/fifo"},
	};
	struct place *p = *state;
	char real[PATH_MAX];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(mu_root_realpath(p->root, rows[i].path, real), 0);
		assert_string_equal(real, rows[i].real);
	}
	assert_int_equal(mu_root_realpath(p->root, "/out", real), -ENOENT);
}

static void roots_are_told_apart(void **state)
{
	struct place *p = *state;
	struct mu_root *host = NULL, *again = NULL, *none = NULL;
	char path[PATH_MAX];

	in_top(p, "r/dir/..", path, sizeof path);
	assert_int_equal(mu_root_open("/", &host, NULL), 0);
	assert_int_equal(mu_root_open(path, &again, NULL), 0);
	assert_true(mu_root_is_host(host));
	assert_false(mu_root_is_host(again));
	assert_true(mu_root_same(p->root, again));
	assert_false(mu_root_same(p->root, host));
	in_top(p, "secret", path, sizeof path);
	assert_int_equal(mu_root_open(path, &none, NULL), -ENOTDIR);
	assert_null(none);
	mu_root_close(host);
	mu_root_close(again);
	mu_root_close(NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_found_inside),
		cmocka_unit_test(nothing_outside_opens),
		cmocka_unit_test(long_names_are_refused),
		cmocka_unit_test(upwards_has_an_end),
		cmocka_unit_test(paths_become_canonical),
		cmocka_unit_test(roots_are_told_apart),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
