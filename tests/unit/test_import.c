/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <muslin/advice.h>
#include <muslin/error.h>
#include <muslin/import.h>
#include <muslin/packages.h>

#include "db/apkindex.h"

#define SIZE(array) (sizeof(array) / sizeof *(array))

/* ---- indices ------------------------------------------------------------ */

static int parse(const char *text, size_t n, struct mu_apkindex *x, char **ret_copy)
{
	struct mu_error err = {0};

	/* exactly as long: what is read beyond is found by the sanitizer */
	*ret_copy = malloc(n + 1);
	assert_non_null(*ret_copy);
	memcpy(*ret_copy, text, n);
	(*ret_copy)[n] = 0;
	return mu_apkindex_parse(*ret_copy, n, "index", x, &err);
}

static void good_index(void **state)
{
	static const char text[] =
		"C:Q1x=\nP:zlib\nV:1.3.1-r2\nA:x86_64\nS:1\nI:110592\nT:a:b =c\n"
		"o:zlib\nt:1700000000\nD:so:libc.musl-x86_64.so.1\n"
		"p:so:libz.so.1=1.3.1  cmd:z=1-r0 pc:zlib=1.3.1 z-virtual "
		"foo<2 bar>=3 baz~4\n\n\n"
		"P:second\nV:2\n";
	static const struct {
		const char *name;
		int kind;
	} want[] = {
		{"libz.so.1", MU_PROVIDED_SONAME},
		{"z", MU_PROVIDED_COMMAND},
		{"zlib", MU_PROVIDED_PKGCONFIG},
		{"z-virtual", MU_PROVIDED_VIRTUAL},
		{"foo", MU_PROVIDED_VIRTUAL},
		{"bar", MU_PROVIDED_VIRTUAL},
		{"baz", MU_PROVIDED_VIRTUAL},
	};
	struct mu_apkindex x = {0};
	char *copy;

	(void)state;
	assert_int_equal(parse(text, strlen(text), &x, &copy), 0);
	assert_int_equal(x.packages.n, 2);
	assert_string_equal(x.packages.v[0].name, "zlib");
	assert_string_equal(x.packages.v[0].version, "1.3.1-r2");
	assert_string_equal(x.packages.v[0].machine, "x86_64");
	assert_int_equal(x.packages.v[0].size, 110592);
	assert_int_equal(x.packages.v[0].built, 1700000000);
	assert_string_equal(x.packages.v[1].origin, "second");
	assert_int_equal(x.provides.n, SIZE(want));
	for (size_t i = 0; i < SIZE(want); i++) {
		assert_string_equal(x.provides.v[i].name, want[i].name);
		assert_int_equal(x.provides.v[i].kind, want[i].kind);
		assert_int_equal(x.provides.v[i].package, 0);
	}
	mu_apkindex_free(&x);
	free(copy);
}

static void bad_indices(void **state)
{
	static const struct {
		const char *text;
		size_t n; /* 0: up to the NUL */
		int code;
	} rows[] = {
		{"\n\n\n", 0, -EINVAL},
		{"P:a", 0, -MU_E_TRUNCATED},
		{"P:a\nV:1\np:so:x", 0, -MU_E_TRUNCATED},
		{"P:a\n\nP", 0, -MU_E_TRUNCATED},
		{"P:\n", 0, -EINVAL},
		{"P:-rf\n", 0, -EINVAL},
		{"P:a b\n", 0, -EINVAL},
		{"P:a;b\n", 0, -EINVAL},
		{"P:\xc3\xa4\n", 0, -EINVAL},
		{"V:1\n\n", 0, -EINVAL},
		{"P:a\nV:1\t2\n", 0, -EINVAL},
		{"P:a\no:b c\n", 0, -EINVAL},
		{"P:a\np:so:=1\n", 0, -EINVAL},
		{"P:a\np:so:x\033[1m\n", 0, -EINVAL},
		{"P:a\nhello\n", 0, -EINVAL},
		{"P:a\n:\n", 0, -EINVAL},
		{"P:a\n1:2\n", 0, -EINVAL},
		{"\0\0\0\n", 4, -EINVAL},
		{"P:a\0b\n", 6, -EINVAL},
		{"\x7f"
		 "ELF\2\1\1\n",
			0, -EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < SIZE(rows); i++) {
		struct mu_apkindex x = {0};
		char *copy;
		size_t n = rows[i].n ? rows[i].n : strlen(rows[i].text);
		int e = parse(rows[i].text, n, &x, &copy);
		if (e != rows[i].code)
			fail_msg("row %zu: %d, not %d", i, e, rows[i].code);
		mu_apkindex_free(&x);
		free(copy);
	}
}

/* Carriage returns are the end of a line; a name may be long, but not this long. */
static void odd_lines(void **state)
{
	enum { LONG = 1 << 20 };
	char *big = malloc(LONG + 64), *copy;
	struct mu_apkindex x = {0};

	(void)state;
	assert_non_null(big);
	assert_int_equal(parse("P:a\r\nV:1\r\n\r\nP:b\r\n", 17, &x, &copy), 0);
	assert_int_equal(x.packages.n, 2);
	assert_string_equal(x.packages.v[0].version, "1");
	mu_apkindex_free(&x);
	free(copy);

	memset(big, 'x', LONG);
	memcpy(big, "P:a\nT:", 6);
	strcpy(big + LONG, "\n\n");
	assert_int_equal(parse(big, LONG + 2, &x, &copy), 0);
	mu_apkindex_free(&x);
	free(copy);
	memcpy(big, "P:a\np:", 6);
	assert_int_equal(parse(big, LONG + 2, &x, &copy), -EINVAL);
	mu_apkindex_free(&x);
	free(copy);
	memset(big + 6, ' ', LONG - 6);
	assert_int_equal(parse(big, LONG + 2, &x, &copy), 0);
	assert_int_equal(x.provides.n, 0);
	mu_apkindex_free(&x);
	free(copy);
	free(big);
}

/* Cut off at each byte: an error, or what stood before it; never more. */
static void truncated_index(void **state)
{
	static const char text[] = "P:a\nV:1\np:so:liba.so.1=1 cmd:a\n\nP:b\nV:2\n\n";

	(void)state;
	for (size_t n = 0; n < strlen(text); n++) {
		struct mu_apkindex x = {0};
		char *copy;
		int e = parse(text, n, &x, &copy);
		assert_true(e == 0 || e == -EINVAL || e == -MU_E_TRUNCATED);
		assert_true((e == 0) == (n && text[n - 1] == '\n'));
		mu_apkindex_free(&x);
		free(copy);
	}
}

/* ---- data files ------------------------------------------------------------ */

static char file[] = "/tmp/muslin-import-XXXXXX";

static int load(const char *text)
{
	struct mu_error err = {0};
	char path[sizeof file];
	FILE *f;
	int fd, e;

	strcpy(path, file);
	fd = mkstemp(path);
	assert_true(fd >= 0);
	f = fdopen(fd, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	e = mu_db_load(path, &err);
	unlink(path);
	assert_true((e == 0) == (err.code == 0));
	return e;
}

static const struct mu_release *release(const char *name)
{
	const struct mu_release *r = mu_release_find(name);

	assert_non_null(r);
	return r;
}

/* "zlib main sure 3.22", joined by commas: all providers of a soname */
static const char *providers(const char *soname, const char *in, char *ret, size_t cap)
{
	struct mu_provider p;
	unsigned it = 0;
	size_t n = 0;

	*ret = 0;
	while (mu_soname_provider_next(soname, release(in), &it, &p) > 0)
		n += (size_t)snprintf(ret + n, cap - n, "%s%s %s %s %s", n ? "," : "",
			p.package, p.repo, mu_certainty_name(p.certainty), p.seen_in);
	return ret;
}

#define assert_providers(soname, in, want) \
	assert_string_equal(providers(soname, in, buf, sizeof buf), want)

static void takes_the_place(void **state)
{
	char buf[512];

	(void)state;
	assert_providers("libz.so.1", "3.22", "zlib main sure 3.22");
	/* not in order, as somebody wrote it by hand */
	assert_int_equal(load("#muslin-db 1\nrelease\t3.22\tmain\t2026-11-01\tx86_64\n"
			      "provides\tso\tlibz.so.1\tzlib-dev\n"
			      "provides\tso\tlibz.so.1\tother\n"
			      "provides\tso\tlibz.so.1\tzlib\n"
			      "provides\tso\tliba.so.1\tother\n"
			      "package\tzlib-dev\t9\tzlib\t1\n"
			      "package\tother\t9\tother\t77\n"
			      "package\tzlib\t9-r1\tzlib\t1\n"),
		0);
	assert_providers("libz.so.1", "3.22",
		"other main sure 3.22,zlib main sure 3.22,zlib-dev main sure 3.22");
	assert_providers("liba.so.1", "3.22", "other main sure 3.22");
	/* what main no longer has; what community has is as it was */
	assert_providers("libpcre2-8.so.0", "3.22", "");
	assert_null(mu_package_repo("pcre2", release("3.22")));
	assert_string_equal(mu_package_repo("zlib", release("3.22")), "main");
	assert_string_equal(mu_package_version("zlib", release("3.22")), "9-r1");
	assert_null(mu_package_version("zlib", release("3.21")));
	assert_providers("libz.so.1", "3.21", "zlib main sure 3.21");
	assert_false(
		mu_soname_releases("libpcre2-8.so.0") & mu_release_bit(release("3.22")));
	assert_true(mu_soname_releases("liba.so.1") == mu_release_bit(release("3.22")));
	mu_db_unload();
	assert_providers("libz.so.1", "3.22", "zlib main sure 3.22");
	assert_providers("liba.so.1", "3.22", "");
}

/* A release that comes in between moves the others; what they answer stays. */
static void new_releases(void **state)
{
	const struct mu_release *r;
	char buf[512], before[512], name[16];
	uint32_t mask = mu_soname_releases("libssl.so.1.1");
	struct mu_companion c;
	struct mu_package p;

	(void)state;
	providers("libicuuc.so.74", "3.20", before, sizeof before);
	assert_int_equal(load("#muslin-db 1\nrelease\t3.11\tmain\t-\t-\n"
			      "package\tmusl\t1.1.24-r3\tmusl\t1\n"
			      "provides\tso\tlibnew.so.1\told\n"
			      "release\t3.99\tmain\t-\t-\n"
			      "package\tmusl\t1.9.9_git1-r0\tmusl\t1\n"
			      "package\tgcompat\t1.1.0-r9\tgcompat\t1\n"
			      "package\tlibstdc++\t16.1.0_git20260901-r2\tgcc\t1\n"
			      "package\tbrandnew\t1\tbrandnew\t5\n"
			      "provides\tso\tlibnew.so.1\tbrandnew\n"),
		0);
	assert_string_equal(mu_release_at(0)->name, "3.11");
	assert_string_equal(mu_release_newest()->name, "3.99");
	for (int i = 0; (r = mu_release_at(i)); i++)
		snprintf(name, sizeof name, "%s", r->name);
	assert_string_equal(name, "edge");
	assert_string_equal(release("3.99")->musl_version, "1.9.9");
	assert_string_equal(mu_variant_at(release("3.99")->variant)->name,
		mu_variant_at(release("3.24")->variant)->name);
	assert_string_equal(release("3.99")->gcompat, "1.1.0");
	assert_true(release("3.99")->relr);
	assert_string_equal(mu_variant_at(release("3.11")->variant)->version, "1.1.24");
	assert_false(release("3.11")->relr);
	assert_string_equal(mu_release_gcc(release("3.99")), "16.1.0");
	assert_string_equal(mu_release_gcc(NULL), "16.1.0");
	assert_string_equal(mu_release_gcc(release("3.22")), "14.2.0");
	assert_null(mu_release_gcc(release("3.11")));
	/* its index of main has no musl-fts */
	assert_int_equal(mu_companion_of("fts_open", NULL, &c), -ENOENT);
	assert_int_equal(mu_companion_of("fts_open", release("3.24"), &c), 0);

	/* one bit further, since 3.11 is before them all */
	assert_true(mu_soname_releases("libssl.so.1.1") == mask << 1);
	assert_providers("libicuuc.so.74", "3.20", before);
	assert_providers("libz.so.1", "edge", "zlib main likely 3.22");
	assert_providers("libz.so.1", "3.99", "");
	assert_providers("libnew.so.1", "3.99", "brandnew main sure 3.99");
	assert_true(mu_index_was_read("main", release("3.99")));
	assert_false(mu_index_was_read("community", release("3.99")));
	assert_true(mu_index_was_read("main", release("3.22")));
	assert_false(mu_index_was_read("main", release("3.24")));
	assert_int_equal(mu_package_find("brandnew", &p), 0);
	assert_true(p.main == mu_release_bit(release("3.99")));
	assert_int_equal(mu_package_find("git", &p), 0);
	assert_false(p.main & mu_release_bit(release("3.99")));
	assert_true(p.main & mu_release_bit(release("3.24")));
	assert_string_equal(
		mu_soname_other("libnew.so.2", release("3.99"), NULL), "libnew.so.1");
	mu_db_unload();
	assert_null(mu_release_find("3.99"));
	assert_string_equal(mu_release_gcc(release("3.12")), "9.3.0");
	assert_string_equal(mu_release_at(0)->name, "3.12");
	assert_true(mu_soname_releases("libssl.so.1.1") == mask);
}

static void later_counts(void **state)
{
	struct mu_db_loaded l;
	char buf[512];

	(void)state;
	assert_int_equal(load("#muslin-db 1\nrelease\tedge\ttesting\t-\t-\n"
			      "provides\tso\tlibx.so.1\tone\n"),
		0);
	assert_providers("libx.so.1", "edge", "one testing sure edge");
	assert_int_equal(load("#muslin-db 1\nrelease\tedge\ttesting\t-\t-\n"
			      "provides\tso\tlibx.so.1\ttwo\n"),
		0);
	assert_providers("libx.so.1", "edge", "two testing sure edge");
	assert_int_equal(mu_db_loaded_at(0, &l), 1);
	assert_string_equal(l.repo, "testing");
	assert_int_equal(mu_db_loaded_at(1, &l), 0);
	/* a file that is wrong changes nothing */
	assert_int_equal(load("#muslin-db 1\nrelease\tedge\ttesting\t-\t-\n"
			      "provides\tso\tlibx.so.1\tthree\nwrong\n"),
		-EINVAL);
	assert_providers("libx.so.1", "edge", "two testing sure edge");
	mu_db_unload();
}

static void too_many_releases(void **state)
{
	char text[4096] = "#muslin-db 1\n";
	size_t n = strlen(text);

	(void)state;
	for (int i = 30; i < 60; i++)
		n += (size_t)snprintf(text + n, sizeof text - n,
			"release\t3.%d\tmain\t-\t-\npackage\ta\t1\ta\t1\n", i);
	assert_int_equal(load(text), -MU_E_LIMIT);
	mu_db_unload();
	assert_null(mu_release_find("3.30"));
}

static void user_folder(void **state)
{
	char buf[256];

	(void)state;
	setenv("HOME", "/home/x", 1);
	unsetenv("MUSLIN_DB_DIR");
	unsetenv("XDG_DATA_HOME");
	assert_int_equal(mu_db_user_dir(buf, sizeof buf), 0);
	assert_string_equal(buf, "/home/x/.local/share/muslin");
	setenv("XDG_DATA_HOME", "relative", 1);
	assert_int_equal(mu_db_user_dir(buf, sizeof buf), 0);
	assert_string_equal(buf, "/home/x/.local/share/muslin");
	setenv("XDG_DATA_HOME", "/data", 1);
	assert_int_equal(mu_db_user_dir(buf, sizeof buf), 0);
	assert_string_equal(buf, "/data/muslin");
	setenv("MUSLIN_DB_DIR", "mine", 1);
	assert_int_equal(mu_db_user_dir(buf, sizeof buf), 0);
	assert_string_equal(buf, "mine");
	assert_int_equal(mu_db_user_dir(buf, 3), -ENAMETOOLONG);
	setenv("MUSLIN_DB_DIR", "", 1);
	assert_int_equal(mu_db_user_dir(buf, sizeof buf), -ENOENT);
	assert_int_equal(mu_db_load_user(NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_index),
		cmocka_unit_test(bad_indices),
		cmocka_unit_test(odd_lines),
		cmocka_unit_test(truncated_index),
		cmocka_unit_test(takes_the_place),
		cmocka_unit_test(new_releases),
		cmocka_unit_test(later_counts),
		cmocka_unit_test(too_many_releases),
		cmocka_unit_test(user_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
