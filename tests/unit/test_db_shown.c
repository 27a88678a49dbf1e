/* SPDX-License-Identifier: MIT */
#include <elf.h>
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

#include "core/hash.h"
#include "db/names.h"
#include "db/tables.h"

static uint32_t libc_mask(enum mu_machine_id m, const char *name)
{
	size_t n = strlen(name);

	return mu_db_libc_mask(m, name, n, mu_hash(name, n));
}

static bool maps(const char *variant, const char *name, const char **ret_to)
{
	size_t n = strlen(name);
	int v = mu_variant_find(variant);

	assert_true(v >= 0);
	return mu_db_lfs64_mask(name, n, mu_hash(name, n), ret_to) >> v & 1;
}

/* ---- releases --------------------------------------------------------- */

static void versions(void **state)
{
	(void)state;
	assert_true(mu_version_cmp("1.2.10", "1.2.9") > 0);
	assert_true(mu_version_cmp("1.2", "1.2.1") < 0);
	assert_true(mu_version_cmp("1.2", "1.2.0") == 0);
	assert_true(mu_version_cmp("2.0", "1.99.99") > 0);
	assert_true(mu_version_cmp("", "") == 0);
	assert_true(mu_version_cmp("", "0.1") < 0);
	assert_true(mu_version_cmp("GLIBC_2.34", "GLIBC_2.4") > 0);
	assert_true(mu_version_cmp("99999999999999999999", "1") > 0);
}

static void releases(void **state)
{
	const struct mu_release *r;
	int n = 0;

	(void)state;
	assert_string_equal(mu_release_find("3.22")->musl_package, "1.2.5-r10");
	assert_ptr_equal(mu_release_find("v3.22"), mu_release_find("3.22"));
	assert_ptr_equal(mu_release_find("3.22.1"), mu_release_find("3.22"));
	assert_string_equal(mu_release_find("edge")->name, "edge");
	assert_null(mu_release_find("3.2"));
	assert_null(mu_release_find("3.222"));
	assert_null(mu_release_find("3.22."));
	assert_null(mu_release_find("3.22.1.2"));
	assert_null(mu_release_find("3.22.x"));
	assert_null(mu_release_find("edgy"));
	assert_null(mu_release_find("edge.1"));
	assert_null(mu_release_find(""));
	assert_null(mu_release_find("3.11"));
	assert_string_equal(mu_release_newest()->name, "3.24");
	assert_string_equal(mu_release_at(0)->name, "3.12");
	assert_null(mu_release_at(-1));
	for (; (r = mu_release_at(n)); n++) {
		assert_ptr_equal(mu_release_find(r->name), r);
		assert_non_null(mu_variant_at(r->variant));
	}
	assert_int_equal(n, 14);
	assert_string_equal(mu_release_at(n - 1)->name, "edge");
	assert_null(mu_release_at(n - 1)->eol);
}

static void releases_and_libc(void **state)
{
	(void)state;
	assert_int_equal(
		mu_release_find("3.15")->variant, mu_variant_find("alpine:3.15"));
	assert_int_equal(mu_release_find("3.19")->variant, mu_variant_find("musl:1.2.4"));
	assert_int_equal(mu_release_find("3.20")->variant, mu_variant_find("musl:1.2.5"));
	assert_true(mu_release_find("3.18")->libc6_compat);
	assert_false(mu_release_find("3.19")->libc6_compat);
	assert_string_equal(mu_release_find("3.16")->gcompat, "1.0.0");
	assert_string_equal(mu_release_find("3.18")->gcompat_repo, "community");
	assert_string_equal(mu_release_find("3.19")->gcompat_repo, "main");
	assert_false(mu_release_find("3.16")->relr);
	assert_true(mu_release_find("3.17")->relr);
}

/* ---- families and hosts ----------------------------------------------- */

static void families(void **state)
{
	static const char *const rows[][2] = {
		{"__printf_chk", "fortify"},
		{"__fdelt_warn", "fortify"},
		{"__isoc23_strtol", "c23-conversion"},
		{"__exp_finite", "finite-math"},
		{"_ZGVbN2v_sin", "vector-math"},
		{"fcntl64", "fcntl64"},
		{"open64", "lfs64"},
		{"__xstat64", "lfs64"},
		{"__open64", "lfs64"},
		{"backtrace", "backtrace"},
		{"argp_parse", "argp"},
		{"fts_open", "fts"},
		{"obstack_free", "obstack"},
		{"makecontext", "ucontext"},
		{"xdr_string", "sunrpc"},
		{"xdr_ypall", "nis"},
		{"res_ninit", "resolver"},
		{"error", "error-h"},
		{"__register_atfork", "tls-destructors"},
		{"strtol_l", "locale-l"},
		{"__strtol_internal", "strto-internal"},
		{"_dl_find_object", "loader-internals"},
		{"gnu_get_libc_version", "glibc-version"},
		{"close_range", "syscalls-new"},
		{"pthread_cond_clockwait", "threads"},
		{"__ctype_b", "ctype-tables"},
		{"mallinfo2", "malloc-debug"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct mu_family *f = mu_family_of(rows[i][0]);
		if (!f || strcmp(f->id, rows[i][1]) != 0)
			fail_msg("%s: %s, not %s", rows[i][0], f ? f->id : "none",
				rows[i][1]);
	}
	assert_null(mu_family_of("malloc"));
	assert_null(mu_family_of("__stack_chk_fail"));
	/* A guard of a C++ static, and names that only look like glibc's. */
	assert_null(mu_family_of("_ZGVN3foo3barE"));
	assert_null(mu_family_of("my_func_f64"));
	assert_null(mu_family_of("re_render"));
}

/* Whatever glibc has and no musl: nothing is left without advice on x86_64. */
static void families_cover_glibc(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < mu_tab_name_count; i++) {
		const char *name = mu_tab_strings + mu_tab_names[i];
		if (!mu_db_glibc_has(MU_MACHINE_X86_64, name) ||
			libc_mask(MU_MACHINE_X86_64, name))
			continue;
		if (!mu_family_of(name) && !maps("musl:1.2.6", name, NULL))
			fail_msg("%s has no family", name);
	}
}

static void family_texts(void **state)
{
	const struct mu_family *f;
	size_t n = 0;

	(void)state;
	for (; (f = mu_family_at(n)); n++) {
		size_t len = strlen(f->advice);
		assert_true(len > 0 && f->advice[len - 1] == '.');
		assert_true(*f->id && *f->title && *f->source);
	}
	assert_true(n > 50);
}

static void hosts(void **state)
{
	static const char *const rows[][2] = {
		{"napi_create_function", "node"},
		{"_ZN2v87Isolate10GetCurrentEv", "node"},
		{"PyModule_Create2", "python"},
		{"_Py_NoneStruct", "python"},
		{"Perl_newSV", "perl"},
		{"PL_thr_key", "perl"},
		{"PL_register_foreign", "swi-prolog"},
		{"rb_define_method", "ruby"},
		{"zend_parse_parameters", "php"},
		{"JVM_Open", "java"},
		{"luaL_newstate", "lua"},
		{"Rf_allocVector", "r"},
		{"ap_hook_handler", "apache"},
		{"ngx_log_error_core", "nginx"},
		{"palloc0", "postgres"},
		{"enif_make_atom", "erlang"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *host = mu_db_host_of(rows[i][0]);
		if (!host || strcmp(host, rows[i][1]) != 0)
			fail_msg("%s: %s", rows[i][0], host ? host : "none");
	}
	assert_null(mu_db_host_of("_ZN2v0"));
	assert_null(mu_db_host_of("printf"));
}

static void hosts_by_path(void **state)
{
	static const char *const rows[][2] = {
		{"/app/node_modules/bcrypt/build/Release/bcrypt_lib.node", "node"},
		{"x.cpython-311-x86_64-linux-gnu.so", "python"},
		{"/usr/lib/python3.11/lib-dynload/_ssl.so", "python"},
		{"/venv/lib/python3.12/site-packages/numpy.libs/libopenblas.so",
			"python"},
		{"/app/x.jar!linux/libx.so", "java"},
		{"/usr/local/lib/php/extensions/no-debug-non-zts-20220829/x.so", "php"},
		{"/usr/lib/postgresql/15/lib/postgis-3.so", "postgres"},
		{"/usr/lib/nginx/modules/ngx_http_geoip_module.so", "nginx"},
		{"/usr/lib/libz.so.1", NULL},
		{"/usr/bin/node", NULL},
		{"/opt/python/libx.so", NULL},
		{"/opt/nodejs/x.so", NULL},
		{"", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *host = mu_db_host_of_path(rows[i][0]);
		if (rows[i][1])
			assert_string_equal(host, rows[i][1]);
		else
			assert_null(host);
	}
}

static void hosts_have_no_libc_names(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < mu_tab_name_count; i++)
		assert_null(mu_db_host_of(mu_tab_strings + mu_tab_names[i]));
}

/* ---- sources and showing ---------------------------------------------- */

static void sources(void **state)
{
	const struct mu_db_source *s;
	size_t n = 0;

	(void)state;
	for (; (s = mu_db_source_at(n)); n++)
		assert_true(*s->file && *s->what && *s->source && s->rows > 0);
	assert_true(n >= 20);
}

static char *shown(const char *name, enum mu_db_format format, int *ret_unknown)
{
	struct mu_db_query q = {.machine = -1, .format = format};
	struct mu_error err = {0};
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	*ret_unknown = mu_db_show(&name, 1, &q, out, &err);
	fclose(out);
	return text;
}

static void show_text(void **state)
{
	static const struct {
		const char *name;
		int unknown;
		const char *says;
	} rows[] = {
		{"qsort_r", 0, "musl:1.2.3-1.2.6"},
		{"stat64", 0, "maps it to stat"},
		{"libm.so.6", 0, "never fails"},
		{"libmvec.so.1", 0, "none of them"},
		{"alpine:3.22", 0, "1.2.5-r10"},
		{"musl:1.2.5", 0, "preadv2 pwritev2 statx"},
		{"PyList_New", 0, "python"},
		{"nosuchname", 1, "not known"},
		{"libfoo.so.1", 1, "not known"},
		{"a\x1b[1m", 1, "a\\x1b[1m"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int unknown;
		char *text = shown(rows[i].name, MU_DB_TEXT, &unknown);
		assert_int_equal(unknown, rows[i].unknown);
		if (!strstr(text, rows[i].says))
			fail_msg("%s: %s", rows[i].name, text);
		assert_null(strchr(text, '\x1b'));
		free(text);
	}
}

static void show_json(void **state)
{
	int unknown;
	char *text = shown("qsort_r", MU_DB_JSON, &unknown);

	(void)state;
	assert_int_equal(unknown, 0);
	assert_non_null(strstr(text, "\"schema_version\": 1"));
	assert_non_null(strstr(text, "\"command\": \"db\""));
	free(text);
	text = shown("\xff\xfe", MU_DB_JSON, &unknown);
	assert_int_equal(unknown, 1);
	assert_non_null(strstr(text, "\"kind\": \"unknown\""));
	free(text);
}

static void list_in_both_formats(void **state)
{
	struct mu_db_query q = {.machine = -1, .format = MU_DB_TEXT};
	char *text = NULL;
	size_t size = 0;

	(void)state;
	for (int format = MU_DB_TEXT; format <= MU_DB_JSON; format++) {
		FILE *out = open_memstream(&text, &size);
		q.format = (enum mu_db_format)format;
		assert_int_equal(mu_db_list(&q, out, NULL), 0);
		fclose(out);
		assert_non_null(strstr(text, "musl/x86_64.tsv"));
		assert_non_null(strstr(text, "derived"));
		free(text);
	}
}

/* A full disk is told, not passed over. */
static void show_to_a_full_disk(void **state)
{
	const char *name = "malloc";
	struct mu_db_query q = {.machine = -1, .format = MU_DB_TEXT};
	struct mu_error err = {0};
	FILE *out = fopen("/dev/full", "w");

	(void)state;
	if (!out)
		skip();
	assert_int_equal(mu_db_show(&name, 1, &q, out, &err), -EIO);
	assert_int_equal(err.code, -EIO);
	q.format = MU_DB_JSON;
	assert_int_equal(mu_db_show(&name, 1, &q, out, NULL), -EIO);
	fclose(out);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions),
		cmocka_unit_test(releases),
		cmocka_unit_test(releases_and_libc),
		cmocka_unit_test(families),
		cmocka_unit_test(families_cover_glibc),
		cmocka_unit_test(family_texts),
		cmocka_unit_test(hosts),
		cmocka_unit_test(hosts_have_no_libc_names),
		cmocka_unit_test(sources),
		cmocka_unit_test(show_text),
		cmocka_unit_test(show_json),
		cmocka_unit_test(list_in_both_formats),
		cmocka_unit_test(hosts_by_path),
		cmocka_unit_test(show_to_a_full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
