/* SPDX-License-Identifier: MIT */
/* Root trees against the kernel's own resolving, and at their limits. */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"
#include "tree/root.h"

#define N(a) (sizeof(a) / sizeof *(a))

static int make_tree(void **state)
{
	scratch_setup(state);
	scratch_file("r/top", "top");
	scratch_file("r/a/b/file", "file");
	scratch_file("r/usr/lib/libz.so.1.2", "libz");
	scratch_link("r/usr/lib/libz.so.1", "libz.so.1.2");
	scratch_link("r/lib", "usr/lib");
	scratch_link("r/a/up", "..");
	scratch_link("r/dots", "././/a/.//b/./file");
	scratch_link("r/slash", "a/b/");
	scratch_link("r/file-slash", "a/b/file/");
	scratch_link("r/gone", "nowhere");
	scratch_link("r/self", "self");
	scratch_link("r/ping", "pong");
	scratch_link("r/pong", "ping");
	assert_int_equal(mkfifo("r/fifo", 0644), 0);
	scratch_link("r/to-fifo", "fifo");
	return 0;
}

static struct mu_root *open_root(const char *dir)
{
	struct mu_root *root = NULL;
	struct mu_error err = {0};

	if (mu_root_open(dir, &root, &err))
		fail_msg("%s: %s", dir, err.msg);
	return root;
}

/* Nothing here leads outside: a root must find what the kernel finds. */
static const char *const paths[] = {"/", "//", "/.", "/top", "top", "//top", "/./top",
	"/top/", "/top/.", "/top/..", "/top/x", "/a", "/a/", "/a/.", "/a//b/./file",
	"/a/b/../b/file", "/a/b/../../top", "/a/b/..", "/a/up", "/a/up/", "/a/up/top",
	"/a/up/a/up/a/up/top", "/lib", "/lib/", "/lib/libz.so.1", "/lib/libz.so.1/",
	"/lib/../top", "/usr/lib/libz.so.1", "/dots", "/dots/", "/slash", "/slash/file",
	"/file-slash", "/gone", "/gone/x", "/self", "/self/x", "/ping", "/fifo", "/fifo/",
	"/fifo/x", "/to-fifo", "/x", "/x/", "/x/../top", "/x/y"};

static void the_kernel_agrees(void **state)
{
	struct mu_root *r = open_root("r");

	(void)state;
	for (size_t i = 0; i < N(paths); i++) {
		char outside[PATH_MAX], ours[PATH_MAX], kernels[PATH_MAX], top[PATH_MAX];
		struct stat got, want;
		int e;
		snprintf(outside, sizeof outside, "r/%s", paths[i]);
		e = stat(outside, &want) ? -errno : 0;
		if (mu_root_stat(r, paths[i], &got) != e)
			fail_msg("%s: not %s", paths[i], mu_strerror(e));
		assert_int_equal(mu_root_realpath(r, paths[i], ours), e);
		if (e)
			continue;
		assert_true(got.st_ino == want.st_ino && got.st_dev == want.st_dev);
		assert_non_null(realpath("r", top));
		assert_non_null(realpath(outside, kernels));
		assert_string_equal(
			strcmp(kernels, top) ? kernels + strlen(top) : "/", ours);
	}
	mu_root_close(r);
}

static void forty_links_and_no_more(void **state)
{
	struct mu_root *r = open_root("r");
	char name[32], target[32];
	struct stat st;

	(void)state;
	for (int i = 1; i <= 41; i++) {
		snprintf(name, sizeof name, "r/l%d", i);
		snprintf(target, sizeof target, i > 1 ? "l%d" : "top", i - 1);
		scratch_link(name, target);
	}
	assert_int_equal(mu_root_stat(r, "/l40", &st), 0);
	assert_int_equal(st.st_size, 3);
	assert_int_equal(mu_root_stat(r, "/l41", &st), -ELOOP);
	/* the kernel's limit is the same */
	assert_int_equal(stat("r/l40", &st), 0);
	assert_int_equal(stat("r/l41", &st), -1);
	mu_root_close(r);
}

static void as_long_as_a_path_may_be(void **state)
{
	struct mu_root *r = open_root("r");
	char path[PATH_MAX + 16], real[PATH_MAX];
	struct stat st;

	(void)state;
	memset(path, 'x', NAME_MAX + 1);
	path[NAME_MAX + 1] = 0;
	assert_int_equal(mu_root_stat(r, path, &st), -ENAMETOOLONG);
	path[NAME_MAX] = 0;
	assert_int_equal(mu_root_stat(r, path, &st), -ENOENT);
	memset(path, '/', sizeof path);
	memcpy(path + PATH_MAX - 4, "top", 4);
	assert_int_equal(mu_root_realpath(r, path, real), 0);
	assert_string_equal(real, "/top");
	memset(path, '/', sizeof path);
	memcpy(path + PATH_MAX - 3, "top", 4);
	assert_int_equal(mu_root_stat(r, path, &st), -ENAMETOOLONG);
	mu_root_close(r);
}

/* Links whose targets, put together, are longer than a path. */
static void links_that_grow(void **state)
{
	struct mu_root *r = open_root("r");
	char target[PATH_MAX - 100];
	struct stat st;

	(void)state;
	memset(target, '/', sizeof target - 1);
	target[0] = 'a';
	memcpy(target + sizeof target - 6, "/../g", 6);
	scratch_link("r/g", target);
	/* nothing is left behind it: it goes round until there were too many */
	assert_int_equal(mu_root_stat(r, "/g", &st), -ELOOP);
	memset(target, '/', 200);
	target[0] = 'g';
	strcpy(target + 199, "h");
	scratch_link("r/h", target);
	assert_int_equal(mu_root_stat(r, "/h", &st), -ENAMETOOLONG);
	mu_root_close(r);
}

/* A path that goes up and down without end is given up, in no time. */
static void up_and_down(void **state)
{
	struct mu_root *r = open_root("r");
	char path[PATH_MAX], deep[PATH_MAX] = "r";
	struct stat st;
	size_t n = 0;

	(void)state;
	for (int i = 0; i < 300; i++)
		strcat(deep, "/d");
	scratch_folder(deep);
	for (int i = 0; i < 300; i++)
		n += (size_t)snprintf(path + n, sizeof path - n, "/d");
	while (n + 6 < sizeof path)
		n += (size_t)snprintf(path + n, sizeof path - n, "/../d");
	assert_int_equal(mu_root_stat(r, path, &st), -ELOOP);
	/* a few times is fine */
	path[600 + 5 * 8] = 0;
	assert_int_equal(mu_root_stat(r, path, &st), 0);
	mu_root_close(r);
}

static void the_host_is_no_cage(void **state)
{
	struct mu_root *host = open_root("/");
	char real[PATH_MAX], here[PATH_MAX];
	struct stat st;
	int fd;

	(void)state;
	scratch_file("secret", "outside");
	scratch_link("r/out", "../secret");
	fd = mu_root_file(host, "r/out", &st);
	assert_true(fd >= 0);
	assert_int_equal(st.st_size, strlen("outside"));
	close(fd);
	assert_int_equal(mu_root_file(host, "r/fifo", &st), -MU_E_NOT_REGULAR);
	assert_int_equal(mu_root_file(host, "r/a", &st), -MU_E_NOT_REGULAR);
	assert_int_equal(mu_root_file(host, "/dev/null", &st), -MU_E_NOT_REGULAR);
	assert_int_equal(mu_root_file(host, "r/self", &st), -ELOOP);
	assert_int_equal(mu_root_stat(host, "r/top/", &st), -ENOTDIR);
	assert_int_equal(mu_root_realpath(host, "r/out", real), 0);
	assert_non_null(realpath("secret", here));
	assert_string_equal(real, here);
	mu_root_close(host);
}

#define in_tree(f) cmocka_unit_test_setup_teardown(f, make_tree, scratch_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		in_tree(the_kernel_agrees),
		in_tree(forty_links_and_no_more),
		in_tree(as_long_as_a_path_may_be),
		in_tree(links_that_grow),
		in_tree(up_and_down),
		in_tree(the_host_is_no_cage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
