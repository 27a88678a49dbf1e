/* SPDX-License-Identifier: MIT */
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

#include <muslin/check.h>
#include <muslin/report.h>

#include "elfbuild.h"
#include "rules/run.h"
#include "scratch.h"

#define N(a) (sizeof(a) / sizeof *(a))

/* ---- rules and names ------------------------------------------------------------- */

static void rules_are_whole(void **state)
{
	char before[8] = "";

	(void)state;
	for (size_t i = 0; i < MU_RULE_COUNT; i++) {
		const struct mu_rule *r = mu_rule_at(i);
		assert_non_null(r);
		/* numbers are never given twice; some are left free */
		assert_true(!strncmp(r->id, "MU", 2) && strlen(r->id) == 5);
		assert_true(strcmp(r->id, before) > 0);
		snprintf(before, sizeof before, "%s", r->id);
		assert_ptr_equal(mu_rule_find(r->id), r);
		assert_ptr_equal(mu_rule_find(r->name), r);
		assert_true(*r->summary && strlen(r->summary) < 80);
		assert_true(strlen(r->help) > strlen(r->summary));
		assert_null(strchr(r->name, ' '));
	}
	assert_null(mu_rule_at(MU_RULE_COUNT));
	assert_null(mu_rule_find("MU000"));
	assert_null(mu_rule_find("mu003"));
	assert_null(mu_rule_find(""));
}

static void names(void **state)
{
	(void)state;
	for (int i = 0; i < MU_SEVERITY_COUNT; i++)
		assert_int_equal(
			mu_severity_by_name(mu_severity_name((enum mu_severity)i)), i);
	assert_int_equal(mu_severity_by_name("fatal"), -1);
	assert_string_equal(mu_mode_name(MU_MODE_DLOPEN_LAZY), "dlopen-lazy");
	assert_string_equal(mu_verdict_name(MU_VERDICT_FIXABLE), "fixable");
	assert_string_equal(mu_status_name(MU_STATUS_NOT_APPLICABLE), "not-applicable");
	assert_string_equal(mu_origin_name(MU_ORIGIN_HOST), "host");
}

/* ---- opening a run ------------------------------------------------------------------
 */

static void targets_that_there_are(void **state)
{
	static const struct {
		const char *name, *shown, *version, *release;
	} rows[] = {
		{"alpine:3.18", "alpine:3.18", "1.2.4", "3.18"},
		{"alpine:3.18.4", "alpine:3.18", "1.2.4", "3.18"},
		{"alpine:3.22", "alpine:3.22", "1.2.5", "3.22"},
		{"musl:1.2.5", "musl:1.2.5", "1.2.5", NULL},
		{"musl:1.1.24", "musl:1.1.24", "1.1.24", NULL},
		{"musl-debian:1.2.3", "musl-debian:1.2.3", "1.2.3", NULL},
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		const struct mu_check_options o = {
			.targets = &rows[i].name, .ntargets = 1};
		struct mu_check *run = NULL;
		const struct mu_target *t;
		assert_int_equal(mu_check_open(&o, &run, NULL), 0);
		t = mu_check_target_at(run, 0);
		assert_string_equal(t->name, rows[i].shown);
		assert_string_equal(t->libc_version, rows[i].version);
		if (rows[i].release)
			assert_string_equal(t->release->name, rows[i].release);
		else
			assert_null(t->release);
		assert_null(mu_check_target_at(run, 1));
		mu_check_close(run);
	}
}

static void the_newest_release_is_meant(void **state)
{
	static const char *const latest[] = {"alpine:latest"};
	const struct mu_check_options none = {0}, o = {.targets = latest, .ntargets = 1};
	struct mu_check *run = NULL;

	(void)state;
	assert_int_equal(mu_check_open(&none, &run, NULL), 0);
	assert_ptr_equal(mu_check_target_at(run, 0)->release, mu_release_newest());
	mu_check_close(run);
	assert_int_equal(mu_check_open(&o, &run, NULL), 0);
	assert_ptr_equal(mu_check_target_at(run, 0)->release, mu_release_newest());
	mu_check_close(run);
	mu_check_close(NULL);
}

static void targets_that_there_are_not(void **state)
{
	static const char *const bad[] = {"", "alpine", "alpine:", "alpine:2.1",
		"alpine:3", "alpine:3.22x", "musl", "musl:", "musl:9.9", "debian:12",
		"3.22", "Alpine:3.22", "alpine:3.18 "};

	(void)state;
	for (size_t i = 0; i < N(bad); i++) {
		const struct mu_check_options o = {.targets = &bad[i], .ntargets = 1};
		struct mu_check *run = NULL;
		struct mu_error err = {0};
		char quoted[32];
		assert_int_equal(mu_check_open(&o, &run, &err), -MU_E_UNKNOWN_TARGET);
		assert_null(run);
		/* the message names it, and the next step */
		snprintf(quoted, sizeof quoted, "'%s'", bad[i]);
		assert_non_null(strstr(err.msg, quoted));
		assert_non_null(strstr(err.msg, "muslin db list"));
		assert_non_null(strstr(err.msg, "alpine:3.22"));
	}
}

static void wrong_questions(void **state)
{
	static const char *const many[MAX_TARGETS + 1] = {"alpine:3.22"};
	static const char *const two[] = {"alpine:3.22", "alpine:3.21"};
	static const struct {
		struct mu_check_options o;
		int code;
		const char *says;
	} rows[] = {
		{{.arch = "pdp11"}, -MU_E_UNKNOWN_MACHINE, "pdp11"},
		{{.arch = ""}, -MU_E_UNKNOWN_MACHINE, "''"},
		{{.targets = many, .ntargets = N(many)}, -MU_E_USAGE, "64"},
		{{.targets = two, .ntargets = 2, .target_root = "."}, -MU_E_USAGE, "one"},
		{{.target_root = "."}, -ENOENT, "ld-musl"},
		{{.target_root = "none"}, -ENOENT, "No such file"},
		{{.root = "none"}, -ENOENT, "No such file"},
		{{.verify = "/bin/true"}, -MU_E_USAGE, "bare target"},
		{{.db_files = many, .ndb_files = 1}, -ENOENT, "No such file"},
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		struct mu_check *run = NULL;
		struct mu_error err = {0};
		assert_int_equal(mu_check_open(&rows[i].o, &run, &err), rows[i].code);
		assert_int_equal(err.code, rows[i].code);
		assert_null(run);
		if (!strstr(err.msg, rows[i].says))
			fail_msg("row %zu: %s", i, err.msg);
		assert_int_equal(mu_check_open(&rows[i].o, &run, NULL), rows[i].code);
	}
}

/* The libc of a target root must be one, and of the machine whose name it bears. */
static void target_roots(void **state)
{
	static const struct {
		const char *name;
		struct elf_spec spec;
		bool good;
	} rows[] = {
		{"x86_64", {.soname = "libc.so"}, true},
		{"aarch64", {.soname = "libc.so", .machine = EM_AARCH64}, true},
		{"x86_64", {.soname = "libc.so", .machine = EM_AARCH64}, false},
		{"x86_64", {.soname = "libc.so", .machine = EM_SPARC}, false},
		{"x86_64", {.type = ET_EXEC, .is_static = true}, false},
		{"x86_64", {.type = ET_REL}, false},
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		const struct mu_check_options o = {.target_root = "target"};
		char path[64];
		struct mu_check *run = NULL;
		struct mu_error err = {0};
		int e;
		snprintf(path, sizeof path, "target/lib/ld-musl-%s.so.1", rows[i].name);
		scratch_folder("target/lib");
		elf_write(path, &rows[i].spec);
		e = mu_check_open(&o, &run, &err);
		assert_int_equal(e == 0, rows[i].good);
		assert_int_equal(e == 0, run != NULL);
		assert_true(e == 0 || err.msg[0]);
		mu_check_close(run);
		unlink(path);
	}
}

/* ---- assertions
 * ------------------------------------------------------------------------ */

static void assertions_that_there_are(void **state)
{
	static const char *const good[] = {"musl", "static", "static-pie", "pie",
		"glibc<=2.28", "glibc<=3", "interpreter=/lib/x", "no-exec-stack",
		"no-textrel", "no-rpath"};
	static const char *const bad[] = {"", "shiny", "musl2", "Musl", "glibc",
		"glibc<2.28", "glibc<=", "glibc<=latest", "interpreter",
		"interpreter=", "static "};
	const struct mu_check_options o = {.asserts = good, .nasserts = N(good)};
	struct mu_check *run = NULL;

	(void)state;
	assert_int_equal(mu_check_open(&o, &run, NULL), 0);
	mu_check_close(run);
	for (size_t i = 0; i < N(bad); i++) {
		const struct mu_check_options b = {.asserts = &bad[i], .nasserts = 1};
		struct mu_error err = {0};
		run = NULL;
		assert_int_equal(mu_check_open(&b, &run, &err), -MU_E_USAGE);
		assert_null(run);
		assert_non_null(strstr(err.msg, "no-exec-stack"));
	}
}

/* ---- exit codes ------------------------------------------------------------------- */

static void exit_codes(void **state)
{
	static const struct {
		struct mu_summary s;
		int never, error, warning, note;
	} rows[] = {
		{{0}, 0, 0, 0, 0},
		{{.objects = 5}, 0, 0, 0, 0},
		{{.findings = {[MU_SEVERITY_NOTE] = 1}}, 0, 0, 0, 1},
		{{.findings = {[MU_SEVERITY_WARNING] = 1}}, 0, 0, 1, 1},
		{{.findings = {[MU_SEVERITY_ERROR] = 1}}, 0, 1, 1, 1},
		{{.unreadable = 1}, 2, 2, 2, 2},
		{{.unreadable = 1, .findings = {[MU_SEVERITY_ERROR] = 1}}, 2, 2, 2, 2},
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		const struct mu_summary *s = &rows[i].s;
		assert_int_equal(mu_summary_exit(s, -1), rows[i].never);
		assert_int_equal(mu_summary_exit(s, MU_SEVERITY_ERROR), rows[i].error);
		assert_int_equal(
			mu_summary_exit(s, MU_SEVERITY_WARNING), rows[i].warning);
		assert_int_equal(mu_summary_exit(s, MU_SEVERITY_NOTE), rows[i].note);
	}
}

#define in_scratch(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_are_whole),
		cmocka_unit_test(names),
		cmocka_unit_test(targets_that_there_are),
		cmocka_unit_test(the_newest_release_is_meant),
		cmocka_unit_test(targets_that_there_are_not),
		in_scratch(wrong_questions),
		in_scratch(target_roots),
		cmocka_unit_test(assertions_that_there_are),
		cmocka_unit_test(exit_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
