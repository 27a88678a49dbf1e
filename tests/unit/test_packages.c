/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <muslin/db.h>
#include <muslin/error.h>
#include <muslin/packages.h>

#include "db/package_tables.h"

#define SIZE(array) (sizeof(array) / sizeof *(array))

static const struct mu_release *release(const char *name)
{
	const struct mu_release *r = mu_release_find(name);

	assert_non_null(r);
	return r;
}

/* Mask of the releases from @first to @last. */
static uint32_t span(const char *first, const char *last)
{
	uint32_t a = mu_release_bit(release(first)), b = mu_release_bit(release(last));

	return (b | (b - 1)) & ~(a - 1);
}

/* "zlib main sure", of the first provider; "" for none. */
static const char *first_provider(
	enum mu_provided kind, const char *name, const char *in, char *ret, size_t size)
{
	struct mu_provider p;
	unsigned it = 0;

	*ret = '\0';
	if (mu_provider_next(kind, name, release(in), &it, &p) > 0)
		snprintf(ret, size, "%s %s %s %s", p.package, p.repo,
			mu_certainty_name(p.certainty), p.seen_in);
	return ret;
}

/* ---- packages --------------------------------------------------------- */

static void packages(void **state)
{
	static const struct {
		const char *name, *release, *repo;
	} rows[] = {
		{"git", "3.12", "main"},
		{"git", "edge", "main"},
		{"gcompat", "3.18", "community"},
		{"gcompat", "3.19", "main"},
		{"libssl1.1", "3.12", "main"},
		{"libssl1.1", "3.16", "main"},
		{"libssl1.1", "3.17", "community"},
		{"libssl1.1", "3.18", "community"},
		{"libssl1.1", "3.19", NULL},
		{"fts", "3.16", "main"},
		{"fts", "3.17", NULL},
		{"musl-fts", "3.16", NULL},
		{"musl-fts", "3.17", "main"},
		{"libexecinfo", "3.16", "main"},
		{"libexecinfo", "3.17", NULL},
		{"procps", "3.17", "main"},
		{"procps", "3.18", NULL},
		{"procps-ng", "3.18", "main"},
		{"no-such-package", "3.18", NULL},
		{"", "3.18", NULL},
	};

	(void)state;
	for (size_t i = 0; i < SIZE(rows); i++) {
		const char *repo =
			mu_package_repo(rows[i].name, release(rows[i].release));
		if (!rows[i].repo)
			assert_null(repo);
		else
			assert_string_equal(repo, rows[i].repo);
	}
	assert_string_equal(mu_package_repo("git", NULL), "main");
}

static void package_details(void **state)
{
	struct mu_package p;

	(void)state;
	assert_int_equal(mu_package_find("libssl1.1", &p), 0);
	assert_string_equal(p.name, "libssl1.1");
	assert_true(p.main == span("3.12", "3.16"));
	assert_true(p.community == span("3.17", "3.18"));
	assert_false(p.testing);
	assert_int_equal(mu_package_find("libz", &p), -ENOENT);
	assert_int_equal(mu_package_find("zlib ", &p), -ENOENT);
	assert_int_equal(mu_package_find("zlib-dev", &p), 0);
	assert_string_equal(p.origin, "zlib");
}

static void package_sizes(void **state)
{
	(void)state;
	assert_int_equal(mu_package_size("2bwm"), 81920);
	assert_int_equal(mu_package_size("7zip"), 1695744);
	assert_int_equal(mu_package_size("fts"), -ENOENT);
	assert_int_equal(mu_package_size("no-such-package"), -ENOENT);
}

static void every_package_is_found(void **state)
{
	struct mu_package p;

	(void)state;
	assert_true(mu_tab_package_count > 40000);
	for (uint32_t i = 0; i < mu_tab_package_count; i++) {
		assert_int_equal(mu_package_find(mu_package_name(i), &p), 0);
		assert_ptr_equal(p.name, mu_package_name(i));
		assert_false(p.main & p.community);
		assert_true(p.main || p.community || p.testing);
	}
}

/* ---- who provides what ------------------------------------------------ */

static void providers(void **state)
{
	static const struct {
		enum mu_provided kind;
		const char *name, *release, *says;
	} rows[] = {
		{MU_PROVIDED_SONAME, "libz.so.1", "3.12", "zlib main sure 3.12"},
		{MU_PROVIDED_SONAME, "libz.so.1", "3.15", "zlib main likely 3.16"},
		{MU_PROVIDED_SONAME, "libz.so.1", "3.22", "zlib main sure 3.22"},
		{MU_PROVIDED_SONAME, "libz.so.1", "edge", "zlib main likely 3.22"},
		{MU_PROVIDED_SONAME, "libssl.so.1.1", "3.16", "libssl1.1 main sure 3.16"},
		{MU_PROVIDED_SONAME, "libssl.so.1.1", "3.17",
			"libssl1.1 community likely 3.18"},
		{MU_PROVIDED_SONAME, "libssl.so.1.1", "3.18",
			"libssl1.1 community sure 3.18"},
		{MU_PROVIDED_SONAME, "libssl.so.1.1", "3.19", ""},
		{MU_PROVIDED_SONAME, "libssl.so.3", "3.16", ""},
		{MU_PROVIDED_SONAME, "libssl.so.3", "3.17", "libssl3 main sure 3.17"},
		{MU_PROVIDED_SONAME, "libpcre2-8.so.0", "3.18", "pcre2 main sure 3.18"},
		{MU_PROVIDED_SONAME, "libstdc++.so.6", "3.20",
			"libstdc++ main sure 3.20"},
		/* one index has it, the next one does not: as near as each other */
		{MU_PROVIDED_SONAME, "libicuuc.so.71", "3.15",
			"icu-libs main possible 3.16"},
		{MU_PROVIDED_SONAME, "libicuuc.so.71", "3.17", ""},
		{MU_PROVIDED_SONAME, "libicuuc.so.67", "3.13",
			"icu-libs main likely 3.14"},
		{MU_PROVIDED_SONAME, "libfoo.so.1", "3.18", ""},
		{MU_PROVIDED_SONAME, "zlib", "3.18", ""},
		{MU_PROVIDED_COMMAND, "git", "3.18", "git main sure 3.18"},
		{MU_PROVIDED_COMMAND, "wget", "3.18", "wget main sure 3.18"},
		{MU_PROVIDED_COMMAND, "ps", "3.18", "procps-ng main sure 3.18"},
		{MU_PROVIDED_COMMAND, "dig", "3.22", "bind-tools main sure 3.22"},
		{MU_PROVIDED_COMMAND, "nosuchcommand", "3.22", ""},
		{MU_PROVIDED_PKGCONFIG, "zlib", "3.18", "zlib-dev main sure 3.18"},
		{MU_PROVIDED_PKGCONFIG, "nosuchmodule", "3.18", ""},
		{MU_PROVIDED_VIRTUAL, "procps", "3.18", "procps-ng main sure 3.18"},
		{MU_PROVIDED_VIRTUAL, "nosuchname", "3.18", ""},
	};

	(void)state;
	for (size_t i = 0; i < SIZE(rows); i++) {
		char text[128];
		first_provider(
			rows[i].kind, rows[i].name, rows[i].release, text, sizeof text);
		if (strcmp(text, rows[i].says) != 0)
			fail_msg("%s in %s: '%s'", rows[i].name, rows[i].release, text);
	}
}

static void releases_of_names(void **state)
{
	uint32_t all = span("3.12", "edge");

	(void)state;
	assert_true(mu_soname_releases("libz.so.1") == all);
	assert_true(mu_soname_releases("libpcre2-8.so.0") == all);
	assert_true(mu_soname_releases("libssl.so.1.1") == span("3.12", "3.18"));
	assert_true(mu_soname_releases("libfoo.so.1") == 0);
	assert_true(mu_command_releases("git") == all);
	assert_true(mu_command_releases("nosuchcommand") == 0);
	/* 3.13 and 3.15 were not read, nor anything after 3.22 */
	assert_true(mu_provider_releases(
			    MU_PROVIDED_SONAME, "libz.so.1", MU_CERTAINTY_SURE) ==
		    (span("3.12", "3.22") & ~mu_release_bit(release("3.13")) &
			    ~mu_release_bit(release("3.15"))));
	assert_true(mu_provider_releases(
			    MU_PROVIDED_SONAME, "libz.so.1", MU_CERTAINTY_LIKELY) == all);
	/* in 3.22 alone: what comes then is a guess */
	assert_true(mu_provider_releases(MU_PROVIDED_SONAME, "libicuuc.so.76",
			    MU_CERTAINTY_LIKELY) == mu_release_bit(release("3.22")));
}

static void other_sonames(void **state)
{
	static const struct {
		const char *soname, *release, *other, *package;
	} rows[] = {
		{"libssl.so.1.1", "3.18", "libssl.so.3", "libssl3"},
		{"libicuuc.so.72", "3.22", "libicuuc.so.76", "icu-libs"},
		{"libicuuc.so.72", "3.18", "libicuuc.so.73", "icu-libs"},
		{"libz.so.1", "3.22", NULL, NULL},
		{"libz", "3.22", NULL, NULL},
		{".so.1", "3.22", NULL, NULL},
		{"", "3.22", NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < SIZE(rows); i++) {
		struct mu_provider p = {0};
		const char *other =
			mu_soname_other(rows[i].soname, release(rows[i].release), &p);
		if (!rows[i].other) {
			assert_null(other);
			continue;
		}
		assert_non_null(other);
		assert_string_equal(other, rows[i].other);
		assert_string_equal(p.package, rows[i].package);
	}
}

static void indices(void **state)
{
	(void)state;
	assert_true(mu_index_was_read("main", release("3.22")));
	assert_false(mu_index_was_read("main", release("3.13")));
	assert_true(mu_index_was_read("community", release("3.18")));
	assert_false(mu_index_was_read("community", release("3.19")));
	assert_false(mu_index_was_read("testing", release("3.18")));
	assert_false(mu_index_was_read("main", NULL));
}

static bool is_dev(const char *package)
{
	size_t len = strlen(package);

	return len > 4 && strcmp(package + len - 4, "-dev") == 0;
}

/* What runs comes before what builds, whatever the letters say. */
static void run_time_packages_first(void **state)
{
	unsigned mixed = 0;

	(void)state;
	for (uint32_t i = 1; i < mu_tab_commands_count; i++) {
		const struct mu_tab_provide *row = &mu_tab_commands[i];
		bool dev = is_dev(mu_package_name(row->package));
		bool before = is_dev(mu_package_name(row[-1].package));
		if (row->name != row[-1].name)
			continue;
		assert_false(before && !dev);
		mixed += before != dev;
	}
	assert_true(mixed > 0);
}

/* A package of the same name before others; then by name. */
static void order_of_providers(void **state)
{
	static const struct {
		enum mu_provided kind;
		const char *name, *release, *packages;
	} rows[] = {
		{MU_PROVIDED_SONAME, "libOpenCL.so.1", "3.18",
			"opencl opencl-icd-loader "},
		{MU_PROVIDED_SONAME, "bpipe-fd.so", "3.18", "bacula-libs bareos "},
		{MU_PROVIDED_COMMAND, "sh", "3.22",
			"busybox-binsh dash-binsh yash-binsh "},
	};

	(void)state;
	for (size_t i = 0; i < SIZE(rows); i++) {
		struct mu_provider p;
		char text[256] = "";
		unsigned it = 0;
		while (mu_provider_next(rows[i].kind, rows[i].name,
			       release(rows[i].release), &it, &p) > 0) {
			size_t n = strlen(text);
			snprintf(text + n, sizeof text - n, "%s ", p.package);
		}
		assert_string_equal(text, rows[i].packages);
		assert_int_equal(mu_provider_next(rows[i].kind, rows[i].name,
					 release(rows[i].release), &it, &p),
			0);
	}
}

/* Each row is reached by its name, and says the same as the table. */
static void every_name_is_found(void **state)
{
	static const struct {
		enum mu_provided kind;
		const struct mu_tab_provide *rows;
		const uint32_t *count;
		uint32_t least;
	} tables[] = {
		{MU_PROVIDED_SONAME, mu_tab_sonames, &mu_tab_sonames_count, 7900},
		{MU_PROVIDED_COMMAND, mu_tab_commands, &mu_tab_commands_count, 18000},
		{MU_PROVIDED_PKGCONFIG, mu_tab_pkgconfig, &mu_tab_pkgconfig_count, 2900},
		{MU_PROVIDED_VIRTUAL, mu_tab_virtuals, &mu_tab_virtuals_count, 1500},
	};

	(void)state;
	for (size_t t = 0; t < SIZE(tables); t++) {
		assert_true(*tables[t].count >= tables[t].least);
		for (uint32_t i = 0; i < *tables[t].count; i++) {
			const struct mu_tab_provide *row = &tables[t].rows[i];
			const char *name = mu_package_string(row->name);
			uint32_t sure = mu_provider_releases(
				tables[t].kind, name, MU_CERTAINTY_SURE);
			assert_true(row->main || row->community);
			assert_false((row->main | row->community) & ~sure);
			assert_true(i == 0 ||
				    strcmp(mu_package_string(row[-1].name), name) <= 0);
		}
	}
}

/* Whoever is told as certain was in that release; nobody is told of a release twice. */
static void answers_hold_together(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < mu_tab_sonames_count; i += 7) {
		const char *name = mu_package_string(mu_tab_sonames[i].name);
		const struct mu_release *r;
		for (int k = 0; (r = mu_release_at(k)); k++) {
			struct mu_provider p;
			const char *before = NULL;
			unsigned it = 0;
			while (mu_soname_provider_next(name, r, &it, &p) > 0) {
				assert_ptr_not_equal(p.package, before);
				before = p.package;
				assert_string_equal(
					mu_package_repo(p.package, r), p.repo);
				assert_true(p.certainty != MU_CERTAINTY_NONE);
				assert_int_equal(p.certainty == MU_CERTAINTY_SURE,
					strcmp(p.seen_in, r->name) == 0);
			}
		}
	}
}

/* ---- Debian's names --------------------------------------------------- */

static void debian_names(void **state)
{
	static const struct {
		const char *name, *release;
		enum mu_deb_action action;
		enum mu_deb_way way;
		const char *package; /* NULL: none */
		bool there;
	} rows[] = {
		{"build-essential", "3.22", MU_DEB_MAP, MU_DEB_BY_ROW, "build-base",
			true},
		{"procps", "3.18", MU_DEB_MAP, MU_DEB_BY_ROW, "procps-ng", true},
		{"procps", "3.17", MU_DEB_MAP, MU_DEB_BY_ROW, "procps", true},
		{"libssl-dev", "3.22", MU_DEB_MAP, MU_DEB_BY_ROW, "openssl-dev", true},
		{"zlib1g-dev", "3.22", MU_DEB_MAP, MU_DEB_BY_ROW, "zlib-dev", true},
		{"libicu72", "3.22", MU_DEB_MAP, MU_DEB_BY_ROW, "icu-libs", true},
		{"apt-utils", "3.22", MU_DEB_DROP, MU_DEB_BY_ROW, NULL, false},
		{"gcc-multilib", "3.22", MU_DEB_MANUAL, MU_DEB_BY_ROW, NULL, false},
		{"libc6", "3.18", MU_DEB_APPROX, MU_DEB_BY_ROW, "gcompat", true},
		/* PHP's version follows the release */
		{"php-fpm", "3.22", MU_DEB_MAP, MU_DEB_BY_ROW, "php84-fpm", true},
		{"php-fpm", "3.18", MU_DEB_MAP, MU_DEB_BY_ROW, "php82-fpm", true},
		{"libssl3t64", "3.22", MU_DEB_APPROX, MU_DEB_BY_ROW, "libssl3", true},
		/* names of Ubuntu's, and of releases to come */
		{"zlib1gt64", "3.22", MU_DEB_MAP, MU_DEB_BY_T64, "zlib", true},
		{"libicu70", "3.22", MU_DEB_MAP, MU_DEB_BY_ROW, "icu-libs", true},
		{"libicu76", "3.22", MU_DEB_APPROX, MU_DEB_BY_FAMILY, "icu-libs", true},
		{"libicu99t64", "3.12", MU_DEB_APPROX, MU_DEB_BY_FAMILY, "icu-libs",
			true},
		{"php8.3-fpm", "3.20", MU_DEB_APPROX, MU_DEB_BY_RULE, "php83-fpm", true},
		{"php8.3-redis", "3.20", MU_DEB_APPROX, MU_DEB_BY_RULE,
			"php83-pecl-redis", true},
		{"openjdk-21-jre", "3.22", MU_DEB_APPROX, MU_DEB_BY_RULE, "openjdk21-jre",
			true},
		{"openjdk-21-jre", "3.18", MU_DEB_APPROX, MU_DEB_BY_RULE, "openjdk21-jre",
			false},
		{"dotnet-sdk-8.0", "3.20", MU_DEB_APPROX, MU_DEB_BY_RULE, "dotnet8-sdk",
			true},
		{"postgresql-client-14", "3.18", MU_DEB_APPROX, MU_DEB_BY_RULE,
			"postgresql14-client", true},
		{"alpine-base", "3.22", MU_DEB_APPROX, MU_DEB_BY_NAME, "alpine-base",
			true},
	};

	(void)state;
	for (size_t i = 0; i < SIZE(rows); i++) {
		struct mu_deb d;
		int r = mu_deb_map(rows[i].name, release(rows[i].release), &d);
		if (r != 0 || d.action != rows[i].action || d.way != rows[i].way)
			fail_msg("%s: %d, action %d, way %d", rows[i].name, r,
				r ? -1 : (int)d.action, r ? -1 : (int)d.way);
		assert_int_equal(d.package_count, rows[i].package ? 1 : 0);
		if (!rows[i].package)
			continue;
		assert_string_equal(d.packages[0].package, rows[i].package);
		assert_int_equal(d.packages[0].repo != NULL, rows[i].there);
	}
}

static void debian_details(void **state)
{
	struct mu_deb d;

	(void)state;
	assert_int_equal(mu_deb_map("php-fpm", release("3.18"), &d), 0);
	assert_string_equal(d.packages[0].instead_of, "php84-fpm");
	assert_int_equal(d.certainty, MU_CERTAINTY_POSSIBLE);
	assert_int_equal(mu_deb_map("php-fpm", release("3.22"), &d), 0);
	assert_null(d.packages[0].instead_of);
	assert_int_equal(d.certainty, MU_CERTAINTY_SURE);
	/* its commands are in one package, its name is another's */
	assert_int_equal(mu_deb_map("aspell", release("3.22"), &d), 0);
	assert_string_equal(d.same_name_repo, "main");
	assert_int_equal(mu_deb_map("build-essential", NULL, &d), 0);
	assert_null(d.same_name_repo);
	assert_string_equal(d.row, "build-essential");
	assert_non_null(strstr(d.basis, "curated"));
	assert_int_equal(d.certainty, MU_CERTAINTY_SURE);
	/* two packages, both needed */
	assert_int_equal(mu_deb_map("ssh", NULL, &d), 0);
	assert_int_equal(d.package_count, 2);
	assert_string_equal(d.packages[0].package, "openssh-client");
	assert_string_equal(d.packages[1].package, "openssh-server");
}

static void debian_unknown(void **state)
{
	static const char *const names[] = {"", "#", "*", "lib", "libfoo99", "t64",
		"-t64", "lib-dev", "python3-", "php9.9-nosuch", "no-such-package",
		"libicu", "1.2.3", "9", "lib9", "php.", "....", "libicu72x9z"};
	char name[5000];
	struct mu_deb d;

	(void)state;
	for (size_t i = 0; i < SIZE(names); i++)
		assert_int_equal(mu_deb_map(names[i], NULL, &d), -ENOENT);
	for (size_t n = 1; n < sizeof name; n = 2 * n + 1) {
		memset(name, '8', n);
		name[n] = '\0';
		assert_int_equal(mu_deb_map(name, NULL, &d), -ENOENT);
		memcpy(name, "php", n < 3 ? n : 3);
		assert_true(mu_deb_map(name, NULL, &d) <= 0);
		memset(name, 'a', n);
		if (n > 8)
			memcpy(name, "python3-", 8);
		assert_true(mu_deb_map(name, NULL, &d) <= 0);
	}
}

static void every_debian_name_is_found(void **state)
{
	struct mu_deb d;

	(void)state;
	assert_true(mu_tab_debian_count > 11900);
	for (uint32_t i = 0; i < mu_tab_debian_count; i++) {
		const char *name = mu_package_string(mu_tab_debian[i].name);
		const struct mu_release *r;
		for (int k = 0; (r = mu_release_at(k)); k++) {
			assert_int_equal(mu_deb_map(name, r, &d), 0);
			assert_int_equal(d.way, MU_DEB_BY_ROW);
			assert_string_equal(d.row, name);
			assert_true(d.package_count || d.action == MU_DEB_DROP ||
				    d.action == MU_DEB_MANUAL);
			for (unsigned p = 0; p < d.package_count; p++)
				assert_ptr_equal(
					mu_package_repo(d.packages[p].package, r),
					d.packages[p].repo);
		}
	}
}

static void every_family_is_found(void **state)
{
	(void)state;
	assert_true(mu_tab_debian_family_count > 2000);
	for (uint32_t i = 0; i < mu_tab_debian_family_count; i++) {
		const char *stem = mu_package_string(mu_tab_debian_families[i].stem);
		const char *hole = strchr(stem, '#');
		char name[128];
		struct mu_deb d;
		snprintf(name, sizeof name, "%.*s9876%s", (int)(hole - stem), stem,
			hole + 1);
		assert_int_equal(mu_deb_map(name, NULL, &d), 0);
		assert_true(d.way == MU_DEB_BY_FAMILY || d.way == MU_DEB_BY_RULE);
		if (d.way == MU_DEB_BY_FAMILY)
			assert_string_equal(d.row, stem);
	}
}

/* ---- showing it ------------------------------------------------------- */

static char *shown(const char *name, enum mu_db_format format, int *ret_unknown)
{
	struct mu_db_query q = {.machine = -1, .format = format};
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	*ret_unknown = mu_db_show(&name, 1, &q, out, NULL);
	fclose(out);
	return text;
}

static void show(void **state)
{
	static const struct {
		const char *name;
		int unknown;
		const char *text, *json;
	} rows[] = {
		{"libz.so.1", 0, "zlib in main: 3.12,", "\"soname\""},
		{"so:libz.so.1", 0, "zlib in main: 3.12,", "\"soname\""},
		{"libssl.so.1.1", 0, "not seen in 3.19-edge", "\"libssl1.1\""},
		{"libc.so.6", 0, "takes the name for itself", "\"library\""},
		{"git", 0, "command ", "\"command\""},
		{"git", 0, "package ", "\"package\""},
		{"git", 0, "in Debian", "\"debian\""},
		{"cmd:git", 0, "git in main", "\"command\""},
		{"apk:git", 0, "main: 3.12-edge", "\"installed_size\""},
		{"pc:zlib", 0, "zlib-dev in main", "\"pkg-config\""},
		{"zlib-dev", 0, "built from zlib", "\"origin\": \"zlib\""},
		{"virtual:procps", 0, "procps-ng in main", "\"virtual\""},
		{"build-essential", 0, "build-base in main (sure)", "\"build-base\""},
		{"deb:procps", 0, "(instead of procps-ng)", "\"instead_of\""},
		{"qsort_r", 0, "musl:1.2.3-1.2.6", "\"symbol\""},
		{"libfoo.so.1", 1, "not known", "\"unknown\""},
		{"cmd:nosuchcommand", 1, "not known", "\"unknown\""},
		{"apk:build-essential", 1, "not known", "\"unknown\""},
		{"so:", 1, "not known", "\"unknown\""},
	};

	(void)state;
	for (size_t i = 0; i < SIZE(rows); i++) {
		int unknown;
		char *text = shown(rows[i].name, MU_DB_TEXT, &unknown);
		assert_int_equal(unknown, rows[i].unknown);
		if (!strstr(text, rows[i].text))
			fail_msg("%s: %s", rows[i].name, text);
		free(text);
		text = shown(rows[i].name, MU_DB_JSON, &unknown);
		assert_int_equal(unknown, rows[i].unknown);
		if (!strstr(text, rows[i].json))
			fail_msg("%s: %s", rows[i].name, text);
		free(text);
	}
}

static void sources(void **state)
{
	static const char *const files[] = {"packages/apk.tsv", "packages/sonames.tsv",
		"packages/commands.tsv", "packages/debian.tsv"};

	(void)state;
	for (size_t i = 0; i < SIZE(files); i++) {
		const struct mu_db_source *s;
		size_t n = 0;
		while ((s = mu_db_source_at(n)) && strcmp(s->file, files[i]) != 0)
			n++;
		assert_non_null(s);
		assert_true(s->rows > 1000);
	}
	assert_null(mu_db_source_at(SIZE_MAX));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(packages),
		cmocka_unit_test(package_details),
		cmocka_unit_test(package_sizes),
		cmocka_unit_test(every_package_is_found),
		cmocka_unit_test(providers),
		cmocka_unit_test(releases_of_names),
		cmocka_unit_test(other_sonames),
		cmocka_unit_test(indices),
		cmocka_unit_test(run_time_packages_first),
		cmocka_unit_test(order_of_providers),
		cmocka_unit_test(every_name_is_found),
		cmocka_unit_test(answers_hold_together),
		cmocka_unit_test(debian_names),
		cmocka_unit_test(debian_details),
		cmocka_unit_test(debian_unknown),
		cmocka_unit_test(every_debian_name_is_found),
		cmocka_unit_test(every_family_is_found),
		cmocka_unit_test(show),
		cmocka_unit_test(sources),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
