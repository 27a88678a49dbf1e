/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <muslin/advice.h>
#include <muslin/packages.h>

static const struct mu_release *release(const char *name)
{
	const struct mu_release *r = mu_release_find(name);

	assert_non_null(r);
	return r;
}

/* ---- recipes --------------------------------------------------------------- */

static void recipes_are_sorted_and_found(void **state)
{
	const struct mu_recipe *r, *before = NULL;
	size_t n = 0;

	(void)state;
	for (; (r = mu_recipe_at(n)); n++, before = r) {
		if (before)
			assert_true(strcmp(before->id, r->id) < 0);
		assert_ptr_equal(mu_recipe_find(r->id), r);
		assert_true(*r->fix && *r->summary && *r->source);
	}
	assert_true(n > 60);
	assert_null(mu_recipe_at(SIZE_MAX));
	assert_null(mu_recipe_find(""));
	assert_null(mu_recipe_find("rebuild"));
	assert_null(mu_recipe_find("zzz"));
}

static void recipe_holds_its_lists(void **state)
{
	const struct mu_recipe *r = mu_recipe_find("rebuild-go");

	(void)state;
	assert_non_null(r);
	assert_string_equal(r->fix, "rebuild");
	assert_int_equal(r->ncommands, 1);
	assert_string_equal(
		r->commands[0], "CGO_ENABLED=0 go build -trimpath -o {base} .");
	assert_int_equal(r->ndockerfile, 6);
	assert_string_equal(r->dockerfile[0], "FROM golang:alpine{release} AS build");
	assert_int_equal(r->ncaveats, 2);
	r = mu_recipe_find("nothing");
	assert_int_equal(r->ncommands + r->ndockerfile + r->ncaveats, 0);
}

static const char *first(enum mu_advice_kind kind, const char *name)
{
	unsigned it = 0;
	const struct mu_recipe *r = mu_advice_next(kind, name, &it);

	return r ? r->id : "";
}

static void advice_goes_from_little_to_much(void **state)
{
	static const char *const want[] = {"rebuild-go", "rebuild-go-cgo", "static-go",
		"other-build", "glibc-beside", "stay-on-glibc"};
	const struct mu_recipe *r;
	unsigned it = 0;
	size_t n = 0;

	(void)state;
	while ((r = mu_advice_next(MU_ADVICE_LANGUAGE, "go", &it)))
		assert_string_equal(r->id, want[n++]);
	assert_int_equal(n, sizeof want / sizeof *want);
	assert_null(mu_advice_next(MU_ADVICE_LANGUAGE, "go", &it)); /* stays at the end */
}

static void advice_is_of_its_kind(void **state)
{
	(void)state;
	assert_string_equal(first(MU_ADVICE_MODULE, "python"), "python-wheel");
	assert_string_equal(first(MU_ADVICE_LANGUAGE, "python"), "python-apk");
	assert_string_equal(first(MU_ADVICE_FAMILY, "fts"), "companion-fts");
	assert_string_equal(first(MU_ADVICE_PROBLEM, "exec-format"), "same-machine");
	assert_string_equal(first(MU_ADVICE_PROBLEM, "fts"), "");
	assert_string_equal(first(MU_ADVICE_LANGUAGE, "cobol"), "");
	assert_string_equal(first(MU_ADVICE_LANGUAGE, ""), "");
	assert_string_equal(first(MU_ADVICE_SOFTWARE, "zzz"), "");
	assert_string_equal(first(MU_ADVICE_COUNT, "go"), "");
}

static void every_family_and_software_has_advice(void **state)
{
	const struct mu_family *f;
	const struct mu_software *s;

	(void)state;
	for (size_t i = 0; (f = mu_family_at(i)); i++)
		assert_true(*first(MU_ADVICE_FAMILY, f->id));
	for (size_t i = 0; (s = mu_software_at(i)); i++)
		assert_true(*first(MU_ADVICE_SOFTWARE, s->id));
}

/* A place that nobody fills in would be shown as it is. */
static void check_places(const char *text)
{
	static const char *const known[] = {"file}", "base}", "release}", "target}",
		"machine}", "interp}", "subject}", "package}"};

	for (const char *start = text; (text = strchr(text, '{')); text++) {
		bool found = text > start && text[-1] == '$';

		for (size_t i = 0; i < sizeof known / sizeof *known; i++)
			found |= !strncmp(text + 1, known[i], strlen(known[i]));
		assert_true(found);
	}
}

static void places_are_those_of_the_header(void **state)
{
	const struct mu_recipe *r;

	(void)state;
	for (size_t i = 0; (r = mu_recipe_at(i)); i++) {
		for (size_t k = 0; k < r->ncommands; k++)
			check_places(r->commands[k]);
		for (size_t k = 0; k < r->ndockerfile; k++)
			check_places(r->dockerfile[k]);
		for (size_t k = 0; k < r->ncaveats; k++)
			check_places(r->caveats[k]);
	}
}

/* ---- software ---------------------------------------------------------------- */

static const char *known(enum mu_software_mark mark, const char *value)
{
	const struct mu_software *s = mu_software_of(mark, value);

	return s ? s->id : "";
}

static void software_is_known_by_its_marks(void **state)
{
	(void)state;
	assert_string_equal(known(MU_SOFTWARE_SONAME, "libcuda.so.1"), "cuda");
	assert_string_equal(known(MU_SOFTWARE_SONAME, "libcudnn_ops.so.9"), "cuda");
	assert_string_equal(known(MU_SOFTWARE_SONAME, "libz.so.1"), "");
	assert_string_equal(known(MU_SOFTWARE_SYMBOL, "cuInit"), "cuda");
	assert_string_equal(
		known(MU_SOFTWARE_SYMBOL, "OCIEnvNlsCreate"), "oracle-instant-client");
	assert_string_equal(known(MU_SOFTWARE_SYMBOL, "fts_open"), "");
	assert_string_equal(known(MU_SOFTWARE_PACKAGE, "torch"), "pytorch");
	assert_string_equal(known(MU_SOFTWARE_PACKAGE, "torchlight"), "");
	assert_string_equal(known(MU_SOFTWARE_PACKAGE, "@img/sharp-linux-x64"), "sharp");
	assert_string_equal(known(MU_SOFTWARE_PACKAGE, "electron"), "electron");
	assert_string_equal(known(MU_SOFTWARE_PACKAGE, "electron-builder"), "");
	assert_string_equal(known(MU_SOFTWARE_SONAME, "electron"), "");
	assert_string_equal(known(MU_SOFTWARE_PACKAGE, ""), "");
	assert_string_equal(known(MU_SOFTWARE_COUNT, "electron"), "");
}

/* A pattern with a slash in it is about as many parts of the path, and no more. */
static void files_are_known_by_the_end_of_their_path(void **state)
{
	(void)state;
	assert_string_equal(known(MU_SOFTWARE_FILE, "/opt/app/electron"), "electron");
	assert_string_equal(known(MU_SOFTWARE_FILE, "electron"), "electron");
	assert_string_equal(known(MU_SOFTWARE_FILE, "/opt/electron/app"), "");
	assert_string_equal(known(MU_SOFTWARE_FILE, "/opt/notelectron"), "");
	assert_string_equal(known(MU_SOFTWARE_FILE,
				    "/root/.cache/ms-playwright/webkit-2050/MiniBrowser"),
		"playwright");
	assert_string_equal(known(MU_SOFTWARE_FILE, "/srv/x-ms-playwright/a/b"), "");
	assert_string_equal(
		known(MU_SOFTWARE_FILE, "/r/.cache/chrome-linux64/chrome"), "puppeteer");
	assert_string_equal(known(MU_SOFTWARE_FILE, "/r/chrome-linux64/x/chrome"), "");
	assert_string_equal(
		known(MU_SOFTWARE_FILE, "/app/node_modules/@swc/core-linux-x64-gnu/"
					"swc.linux-x64-gnu.node"),
		"napi-glibc");
	assert_string_equal(known(MU_SOFTWARE_FILE, "/app/swc.linux-x64-musl.node"), "");
	assert_string_equal(known(MU_SOFTWARE_FILE, ""), "");
	assert_string_equal(known(MU_SOFTWARE_FILE, "/"), "");
}

static void software_is_sorted_and_its_package_exists(void **state)
{
	const struct mu_software *s;
	struct mu_package p;

	(void)state;
	for (size_t i = 0; (s = mu_software_at(i)); i++) {
		if (i)
			assert_true(strcmp(mu_software_at(i - 1)->id, s->id) < 0);
		if (s->package)
			assert_int_equal(mu_package_find(s->package, &p), 0);
	}
	assert_null(mu_software_at(SIZE_MAX));
}

/* ---- companions ---------------------------------------------------------------- */

static void companion_is_that_of_the_release(void **state)
{
	struct mu_companion c;

	(void)state;
	assert_int_equal(mu_companion_of("fts_open", NULL, &c), 0);
	assert_string_equal(c.soname, "libfts.so.0");
	assert_string_equal(c.package, "musl-fts");
	assert_string_equal(c.dev, "musl-fts-dev");
	assert_string_equal(c.flag, "-lfts");
	assert_string_equal(c.header, "fts.h");
	assert_int_equal(mu_companion_of("fts_open", release("3.16"), &c), 0);
	assert_string_equal(c.package, "fts");
	assert_int_equal(mu_companion_of("backtrace", release("3.16"), &c), 0);
	assert_string_equal(c.package, "libexecinfo");
	assert_int_equal(mu_companion_of("backtrace", release("3.17"), &c), -ENOENT);
	assert_int_equal(mu_companion_of("yp_bind", release("3.18"), &c), 0);
	assert_string_equal(c.soname, "libnsl.so.3");
	assert_int_equal(mu_companion_of("nis_list", release("3.18"), &c), -ENOENT);
	assert_int_equal(mu_companion_of("nis_list", release("3.12"), &c), 0);
	assert_string_equal(c.soname, "libnsl.so.2");
}

static void companion_without_a_library(void **state)
{
	struct mu_companion c = {.soname = "untouched"};

	(void)state;
	assert_int_equal(mu_companion_of("printf", NULL, &c), -ENOENT);
	assert_int_equal(mu_companion_of("", NULL, &c), -ENOENT);
	assert_int_equal(mu_companion_of("zzzz", NULL, &c), -ENOENT);
	assert_string_equal(c.soname, "untouched");
	assert_int_equal(mu_companion_of("argp_parse", NULL, &c), 0);
	assert_null(c.soname);
	assert_string_equal(c.flag, "-largp");
	assert_int_equal(mu_companion_of("error_at_line", NULL, &c), 0);
	assert_null(c.flag);
}

static void companion_defines_what_it_defines(void **state)
{
	(void)state;
	assert_true(mu_companion_defines("libfts.so.0", "fts_read"));
	assert_true(mu_companion_defines("libucontext.so.1", "__makecontext"));
	assert_true(mu_companion_defines("libobstack.so.1", "_obstack_begin"));
	assert_false(mu_companion_defines("libobstack.so.1", "_init"));
	assert_false(mu_companion_defines("libfts.so.0", "fts64_read"));
	assert_false(mu_companion_defines("libfts.so.0", "backtrace"));
	assert_false(mu_companion_defines("libfts.so", "fts_read"));
	assert_true(mu_companion_defines("libnsl.so.2", "nis_list"));
	assert_false(mu_companion_defines("libnsl.so.3", "nis_list"));
	assert_true(mu_companion_defines("libnsl.so.3", "yp_match"));
}

/* ---- GCC ------------------------------------------------------------------------ */

static void tags_tell_the_gcc(void **state)
{
	(void)state;
	assert_string_equal(mu_gcc_of_tag("GLIBCXX_3.4.30"), "12.1");
	assert_string_equal(mu_gcc_of_tag("GLIBCXX_3.4"), "3.4");
	assert_string_equal(mu_gcc_of_tag("GLIBCXX_3.4.32"), "13.2");
	assert_string_equal(mu_gcc_of_tag("CXXABI_1.3.13"), "11.1");
	assert_string_equal(mu_gcc_of_tag("GCC_12.0.0"), "12.1");
	assert_string_equal(mu_gcc_of_tag("GFORTRAN_10"), "10.1");
	assert_string_equal(mu_gcc_of_tag("GOMP_5.0"), "9.1");
	assert_null(mu_gcc_of_tag("GLIBCXX_3.4.99"));
	assert_null(mu_gcc_of_tag("GLIBC_2.34"));
	assert_null(mu_gcc_of_tag(""));
	assert_null(mu_gcc_of_tag("zzz"));
}

static void releases_tell_their_gcc(void **state)
{
	(void)state;
	assert_string_equal(mu_release_gcc(release("3.22")), "14.2.0");
	assert_string_equal(mu_release_gcc(release("3.18")), "12.2.1");
	assert_string_equal(mu_release_gcc(release("3.12")), "9.3.0");
	assert_string_equal(mu_release_gcc(NULL), mu_release_gcc(mu_release_newest()));
	assert_true(mu_version_cmp(mu_release_gcc(release("3.19")),
			    mu_gcc_of_tag("GLIBCXX_3.4.32")) > 0);
}

static void libstdcxx_of_alpine_lacks_the_locale_model(void **state)
{
	(void)state;
	assert_true(mu_libstdcxx_lacks("_ZNKSt5ctypeIwE5do_isEtw"));
	assert_true(mu_libstdcxx_lacks("_ZSt15future_category"));
	assert_false(mu_libstdcxx_lacks("_ZSt4cout"));
	assert_false(mu_libstdcxx_lacks("_ZNSt6localeC1Ev"));
	assert_false(mu_libstdcxx_lacks("printf"));
	assert_false(mu_libstdcxx_lacks(""));
	assert_false(mu_libstdcxx_lacks("_zzz"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recipes_are_sorted_and_found),
		cmocka_unit_test(recipe_holds_its_lists),
		cmocka_unit_test(advice_goes_from_little_to_much),
		cmocka_unit_test(advice_is_of_its_kind),
		cmocka_unit_test(every_family_and_software_has_advice),
		cmocka_unit_test(places_are_those_of_the_header),
		cmocka_unit_test(software_is_known_by_its_marks),
		cmocka_unit_test(files_are_known_by_the_end_of_their_path),
		cmocka_unit_test(software_is_sorted_and_its_package_exists),
		cmocka_unit_test(companion_is_that_of_the_release),
		cmocka_unit_test(companion_without_a_library),
		cmocka_unit_test(companion_defines_what_it_defines),
		cmocka_unit_test(tags_tell_the_gcc),
		cmocka_unit_test(releases_tell_their_gcc),
		cmocka_unit_test(libstdcxx_of_alpine_lacks_the_locale_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
