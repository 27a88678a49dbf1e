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

#define GLIBC_INTERP "/lib64/ld-linux-x86-64.so.2"
#define MUSL_INTERP "/lib/ld-musl-x86_64.so.1"

/* ---- checking one file
 * -------------------------------------------------------------------- */

struct question {
	struct mu_check_options o;
	const char *target; /* NULL: musl:1.2.5 */
	const char *assert_that, *ignore;
};

struct answer {
	struct mu_check *run;
	struct mu_report *report;
};

static struct answer ask(const struct question *q, const char *path)
{
	static const char *target; /* as long as the run */
	struct mu_check_options o = q->o;
	struct answer a = {0};
	struct mu_error err = {0};

	target = q->target ? q->target : "musl:1.2.5";
	o.targets = &target;
	o.ntargets = 1;
	o.root = o.root ? o.root : "root";
	o.threads = 1;
	o.asserts = q->assert_that ? &q->assert_that : NULL;
	o.nasserts = q->assert_that != NULL;
	o.ignores = q->ignore ? &q->ignore : NULL;
	o.nignores = q->ignore != NULL;
	if (mu_check_open(&o, &a.run, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(mu_check_files(a.run, &path, 1, &a.report), 0);
	assert_non_null(a.report);
	return a;
}

static void done(struct answer *a)
{
	mu_report_free(a->report);
	mu_check_close(a->run);
}

static bool has_rule(const struct mu_report *r, enum mu_rule_id rule)
{
	for (size_t i = 0; i < r->nfindings; i++)
		if (r->findings[i].rule == rule)
			return true;
	return false;
}

static void put(const char *path, const struct elf_spec *spec)
{
	char below[PATH_MAX];

	snprintf(below, sizeof below, "root%s", path);
	scratch_file(below, "");
	elf_write(below, spec);
}

static void assertions_hold_or_not(void **state)
{
	static const struct elf_spec glibc = {
		.interp = GLIBC_INTERP,
		.needed = {"libc.so.6"},
		.runpath = "/x",
		.symbols = {{.name = "puts",
			.version = "GLIBC_2.17",
			.file = "libc.so.6"}},
		.dt_flags_1 = DF_1_PIE,
		.textrel = true,
		.stack = true,
		.exec_stack = true,
	};
	static const struct elf_spec musl = {.type = ET_EXEC,
		.interp = MUSL_INTERP,
		.needed = {"libc.so"},
		.stack = true};
	static const struct elf_spec fixed = {.type = ET_EXEC, .is_static = true};
	static const struct elf_spec moving = {.dt_flags_1 = DF_1_PIE};
	static const struct {
		const char *assert_that;
		bool glibc, musl, fixed, moving;
	} rows[] = {
		{"musl", false, true, false, false},
		{"static", false, false, true, true},
		{"static-pie", false, false, false, true},
		{"pie", true, false, false, true},
		{"glibc<=2.17", true, true, true, true},
		{"glibc<=2.16", false, true, true, true},
		{"glibc<=2.9", false, true, true, true},
		{"glibc<=2.170", true, true, true, true},
		{"interpreter=" GLIBC_INTERP, true, false, false, false},
		{"interpreter=/lib64", false, false, false, false},
		{"no-exec-stack", false, true, false, false},
		{"no-textrel", false, true, true, true},
		{"no-rpath", false, true, true, true},
	};

	(void)state;
	put("/glibc", &glibc);
	put("/musl", &musl);
	put("/fixed", &fixed);
	put("/moving", &moving);
	for (size_t i = 0; i < N(rows); i++) {
		static const char *const files[] = {
			"/glibc", "/musl", "/fixed", "/moving"};
		const bool holds[] = {
			rows[i].glibc, rows[i].musl, rows[i].fixed, rows[i].moving};
		for (size_t k = 0; k < N(files); k++) {
			struct answer a = ask(
				&(struct question){.assert_that = rows[i].assert_that},
				files[k]);
			if (has_rule(a.report, MU_RULE_MU013) == holds[k])
				fail_msg("%s of %s", rows[i].assert_that, files[k]);
			done(&a);
		}
	}
}

/* ---- verdicts
 * ---------------------------------------------------------------------------------- */

#define NEEDS(...) .needed = {__VA_ARGS__}
#define ASKS(symbol) \
	.symbols = {{.name = symbol}}, .relocs = {{R_X86_64_JUMP_SLOT, 1, true}}
#define ASKS_GLIBC(symbol)                                                           \
	.symbols = {{.name = symbol, .version = "GLIBC_2.34", .file = "libc.so.6"}}, \
	.relocs = {{R_X86_64_JUMP_SLOT, 1, true}}

static void verdicts(void **state)
{
	static const struct {
		const char *name;
		struct elf_spec spec;
		const char *target;
		enum mu_verdict verdict;
		int rule; /* one that is found, -1: none at all */
	} rows[] = {
		{"musl's own program",
			{.interp = MUSL_INTERP, NEEDS("libc.so"), ASKS("puts")},
			"musl:1.2.5", MU_VERDICT_NATIVE, -1},
		{"a library that needs no libc", {.soname = "libx.so"}, "musl:1.2.5",
			MU_VERDICT_NATIVE, -1},
		{"a static program", {.type = ET_EXEC, .is_static = true}, "musl:1.2.5",
			MU_VERDICT_NATIVE, -1},
		{"glibc's interpreter is not there, that is all",
			{.interp = GLIBC_INTERP, NEEDS("libc.so.6"), ASKS_GLIBC("puts")},
			"musl:1.2.5", MU_VERDICT_FIXABLE, MU_RULE_MU001},
		{"libc6-compat brings it",
			{.interp = GLIBC_INTERP, NEEDS("libc.so.6"), ASKS_GLIBC("puts")},
			"alpine:3.18", MU_VERDICT_COMPATIBLE, MU_RULE_MU001},
		{"gcompat brings it, and a symbol",
			{.interp = GLIBC_INTERP,
				NEEDS("libc.so.6"),
				ASKS_GLIBC("__printf_chk")},
			"alpine:3.22", MU_VERDICT_COMPATIBLE, MU_RULE_MU001},
		{"a glibc-built library that musl satisfies",
			{.soname = "libx.so", NEEDS("libc.so.6"), ASKS_GLIBC("puts")},
			"alpine:3.22", MU_VERDICT_COMPATIBLE, -1},
		{"nobody has that symbol",
			{.interp = GLIBC_INTERP,
				NEEDS("libc.so.6"),
				ASKS_GLIBC("gnu_get_nothing")},
			"alpine:3.22", MU_VERDICT_INCOMPATIBLE, MU_RULE_MU003},
		{"a library is missing, and its symbols with it",
			{.interp = MUSL_INTERP,
				NEEDS("libz.so.1", "libc.so"),
				ASKS("crc32")},
			"alpine:3.22", MU_VERDICT_FIXABLE, MU_RULE_MU002},
		{"IRELATIVE",
			{.interp = MUSL_INTERP,
				NEEDS("libc.so"),
				.relocs = {{R_X86_64_IRELATIVE, 0, false}}},
			"musl:1.2.5", MU_VERDICT_INCOMPATIBLE, MU_RULE_MU005},
		{"packed relocations, old musl",
			{.interp = MUSL_INTERP, NEEDS("libc.so"), .relr = true},
			"musl:1.2.3", MU_VERDICT_INCOMPATIBLE, MU_RULE_MU006},
		{"packed relocations, new musl",
			{.interp = MUSL_INTERP, NEEDS("libc.so"), .relr = true},
			"musl:1.2.5", MU_VERDICT_NATIVE, -1},
		{"LFS64 names of a program, before they left",
			{.interp = MUSL_INTERP, NEEDS("libc.so"), ASKS("open64")},
			"musl:1.2.3", MU_VERDICT_NATIVE, -1},
		{"... and after",
			{.interp = MUSL_INTERP, NEEDS("libc.so"), ASKS("open64")},
			"musl:1.2.5", MU_VERDICT_NATIVE, -1},
		{"... but fcntl64 was never there",
			{.interp = MUSL_INTERP, NEEDS("libc.so"), ASKS("fcntl64")},
			"musl:1.2.5", MU_VERDICT_INCOMPATIBLE, MU_RULE_MU003},
		{"a module: its process has the rest",
			{.soname = "x.node",
				NEEDS("libc.so.6"),
				ASKS("napi_create_function")},
			"alpine:3.22", MU_VERDICT_COMPATIBLE, MU_RULE_MU014},
		{"another machine that nobody knows",
			{.machine = EM_SPARC, .bits = 32, .big = true}, "musl:1.2.5",
			MU_VERDICT_UNKNOWN, -1},
		{"an object file", {.type = ET_REL}, "musl:1.2.5", MU_VERDICT_UNKNOWN,
			-1},
		{"a core", {.type = ET_CORE}, "musl:1.2.5", MU_VERDICT_UNKNOWN, -1},
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		struct answer a;
		put("/file", &rows[i].spec);
		a = ask(&(struct question){.target = rows[i].target}, "/file");
		if (a.report->verdict != rows[i].verdict)
			fail_msg("%s: %s", rows[i].name,
				mu_verdict_name(a.report->verdict));
		if (rows[i].rule < 0 && a.report->nfindings)
			fail_msg("%s: %s", rows[i].name, a.report->findings[0].message);
		if (rows[i].rule >= 0 &&
			!has_rule(a.report, (enum mu_rule_id)rows[i].rule))
			fail_msg("%s: no %s", rows[i].name,
				mu_rule_at((size_t)rows[i].rule)->id);
		done(&a);
	}
}

/* What is no program for a machine is a result, too. */
static void other_files(void **state)
{
	struct answer a;
	char long_path[PATH_MAX + 100];

	(void)state;
	scratch_file("root/text", "text");
	scratch_file("root/script", "#!/bin/sh\n");
	scratch_file("root/archive", "!<arch>\n");
	scratch_file("root/short", "\x7f"
				   "ELF\x02\x01\x01");
	a = ask(&(struct question){0}, "/text");
	assert_int_equal(a.report->object->kind, MU_KIND_NOT_ELF);
	assert_non_null(mu_report_invalid(a.report));
	done(&a);
	a = ask(&(struct question){0}, "/script");
	assert_int_equal(a.report->object->kind, MU_KIND_SCRIPT);
	assert_int_equal(a.report->verdict, MU_VERDICT_UNKNOWN);
	assert_null(mu_report_invalid(a.report));
	done(&a);
	a = ask(&(struct question){0}, "/archive");
	assert_int_equal(a.report->object->kind, MU_KIND_ARCHIVE);
	assert_null(mu_report_invalid(a.report));
	done(&a);
	a = ask(&(struct question){0}, "/short");
	assert_null(a.report->object);
	assert_non_null(strstr(a.report->unreadable, "truncated"));
	assert_string_equal(mu_report_invalid(a.report), a.report->unreadable);
	done(&a);
	a = ask(&(struct question){0}, "/none");
	assert_string_equal(a.report->unreadable, mu_strerror(-ENOENT));
	done(&a);
	a = ask(&(struct question){0}, "/");
	assert_non_null(strstr(a.report->unreadable, "folder"));
	done(&a);
	memset(long_path, 'x', sizeof long_path - 1);
	long_path[sizeof long_path - 1] = 0;
	a = ask(&(struct question){0}, long_path);
	assert_string_equal(a.report->unreadable, mu_strerror(-ENAMETOOLONG));
	done(&a);
}

/* ---- layers, modes and machines
 * --------------------------------------------------------------------- */

/* The layers that were tried, by bits. */
static unsigned layers_tried(const char *target, unsigned asked, const char *path)
{
	struct answer a =
		ask(&(struct question){.target = target, .o = {.layers = asked}}, path);
	unsigned tried = 0;

	for (size_t i = 0; i < a.report->nresults; i++)
		tried |= 1u << a.report->results[i].layer;
	done(&a);
	return tried;
}

static void layers_by_release(void **state)
{
	static const struct elf_spec hopeless = {.interp = GLIBC_INTERP,
		NEEDS("libc.so.6"),
		ASKS_GLIBC("gnu_get_nothing")};
	static const struct elf_spec plain = {
		.interp = GLIBC_INTERP, NEEDS("libc.so.6"), ASKS_GLIBC("puts")};
	static const struct elf_spec native = {
		.interp = MUSL_INTERP, NEEDS("libc.so"), ASKS("nobody_has_it")};
	const unsigned none = 1u << MU_LAYER_NONE, compat = 1u << MU_LAYER_LIBC6_COMPAT,
		       gcompat = 1u << MU_LAYER_GCOMPAT;

	(void)state;
	put("/hopeless", &hopeless);
	put("/plain", &plain);
	put("/native", &native);
	assert_int_equal(
		layers_tried("alpine:3.18", 0, "/hopeless"), none | compat | gcompat);
	/* from 3.19 on there is no libc6-compat of its own */
	assert_int_equal(layers_tried("alpine:3.19", 0, "/hopeless"), none | gcompat);
	/* the least that works */
	assert_int_equal(layers_tried("alpine:3.18", 0, "/plain"), none | compat);
	assert_int_equal(layers_tried("alpine:3.22", 0, "/plain"), none | gcompat);
	/* a bare musl has no packages; what is built for musl needs none */
	assert_int_equal(layers_tried("musl:1.2.5", 0, "/plain"), none);
	assert_int_equal(layers_tried("alpine:3.18", 0, "/native"), none);
	/* a list is tried to its end */
	assert_int_equal(layers_tried("alpine:3.18", compat | gcompat, "/plain"),
		compat | gcompat);
	assert_int_equal(layers_tried("alpine:3.18", none, "/plain"), none);
}

static void modes(void **state)
{
	static const struct elf_spec spec = {
		.soname = "libx.so",
		NEEDS("libc.so.6"),
		.symbols = {{.name = "called",
				    .version = "GLIBC_2.4",
				    .file = "libc.so.6"},
			{.name = "data", .version = "GLIBC_2.4", .file = "libc.so.6"}},
		.relocs = {{R_X86_64_JUMP_SLOT, 1, true}, {R_X86_64_64, 2, false}},
	};
	struct elf_spec now = spec;
	struct answer a;

	(void)state;
	now.dt_flags_1 = DF_1_NOW;
	put("/lazy", &spec);
	put("/now", &now);
	a = ask(&(struct question){.o = {.modes = (1u << MU_MODE_COUNT) - 1}}, "/lazy");
	assert_int_equal(a.report->nresults, 3);
	assert_int_equal(a.report->results[0].mode, MU_MODE_START);
	assert_int_equal(a.report->results[0].nmissing_symbols, 2);
	assert_int_equal(a.report->results[0].ndeferred_symbols, 0);
	assert_int_equal(a.report->results[1].mode, MU_MODE_DLOPEN_NOW);
	assert_int_equal(a.report->results[1].nmissing_symbols, 2);
	assert_int_equal(a.report->results[2].mode, MU_MODE_DLOPEN_LAZY);
	assert_int_equal(a.report->results[2].nmissing_symbols, 1);
	assert_string_equal(a.report->results[2].missing_symbols[0].symbol, "data");
	assert_int_equal(a.report->results[2].ndeferred_symbols, 1);
	assert_string_equal(a.report->results[2].deferred_symbols[0].symbol, "called");
	assert_true(has_rule(a.report, MU_RULE_MU003));
	done(&a);
	a = ask(&(struct question){.o = {.modes = 1u << MU_MODE_DLOPEN_LAZY}}, "/now");
	assert_int_equal(a.report->nresults, 1);
	assert_int_equal(a.report->results[0].nmissing_symbols, 2);
	assert_int_equal(a.report->results[0].ndeferred_symbols, 0);
	done(&a);
}

static void initial_exec_tls(void **state)
{
	struct elf_spec spec = {.soname = "libx.so",
		.tls = true,
		.relocs = {{R_X86_64_TPOFF64, 0, false}}};
	struct answer a;

	(void)state;
	put("/tls", &spec);
	a = ask(&(struct question){0}, "/tls");
	assert_true(a.report->results[0].works);
	assert_true(has_rule(a.report, MU_RULE_MU007)); /* a note */
	assert_int_equal(a.report->findings[0].severity, MU_SEVERITY_NOTE);
	done(&a);
	a = ask(&(struct question){.o = {.modes = 1u << MU_MODE_DLOPEN_NOW}}, "/tls");
	assert_int_equal(a.report->results[0].status, MU_STATUS_FAILS);
	assert_int_equal(a.report->results[0].ntls_errors, 1);
	done(&a);
	spec.tls = false; /* no block, no error */
	put("/none", &spec);
	a = ask(&(struct question){.o = {.modes = 1u << MU_MODE_DLOPEN_NOW}}, "/none");
	assert_int_equal(a.report->results[0].ntls_errors, 0);
	done(&a);
}

static void another_machine(void **state)
{
	static const struct elf_spec arm = {.machine = EM_AARCH64, .soname = "libx.so"};
	struct answer a;

	(void)state;
	put("/arm", &arm);
	a = ask(&(struct question){.o = {.arch = "x86_64"}}, "/arm");
	assert_int_equal(a.report->verdict, MU_VERDICT_INCOMPATIBLE);
	assert_true(has_rule(a.report, MU_RULE_MU010));
	assert_int_equal(a.report->results[0].status, MU_STATUS_NOT_APPLICABLE);
	done(&a);
	a = ask(&(struct question){.o = {.arch = "arm64"}}, "/arm");
	assert_int_equal(a.report->verdict, MU_VERDICT_NATIVE);
	done(&a);
	a = ask(&(struct question){0}, "/arm");
	assert_int_equal(a.report->verdict, MU_VERDICT_NATIVE);
	assert_string_equal(mu_check_target_at(a.run, 0)->arch, "aarch64");
	done(&a);
}

static void the_oldest_release(void **state)
{
	static const struct elf_spec spec = {
		.interp = MUSL_INTERP, NEEDS("libc.so"), ASKS("qsort_r")};
	static const struct elf_spec relr = {
		.interp = MUSL_INTERP, NEEDS("libc.so"), .relr = true};
	struct answer a;

	(void)state;
	put("/app", &spec);
	put("/relr", &relr);
	a = ask(&(struct question){.target = "alpine:3.22"}, "/app");
	assert_non_null(a.report->oldest_release);
	/* of musl 1.2.3, which 3.16 has; Alpine took it a release earlier */
	assert_string_equal(a.report->oldest_release->name, "3.15");
	assert_int_equal(a.report->oldest_layer, MU_LAYER_NONE);
	done(&a);
	/* nobody asked about Alpine */
	a = ask(&(struct question){.target = "musl:1.2.5"}, "/app");
	assert_null(a.report->oldest_release);
	done(&a);
	a = ask(&(struct question){.target = "alpine:3.22"}, "/relr");
	/* of musl 1.2.4, and of 3.17's 1.2.3 */
	assert_string_equal(a.report->oldest_release->name, "3.17");
	done(&a);
}

/* As many targets as there are releases, all layers, all modes: no limit is in the way.
 */
static void everything_at_once(void **state)
{
	static const struct elf_spec spec = {
		.interp = GLIBC_INTERP, NEEDS("libc.so.6"), ASKS_GLIBC("puts")};
	char names[MAX_TARGETS][32];
	const char *targets[MAX_TARGETS], *path = "/app";
	struct mu_check_options o = {.root = "root", .targets = targets, .threads = 1};
	struct mu_check *run = NULL;
	struct mu_report *report = NULL;

	(void)state;
	put("/app", &spec);
	for (int i = 0; mu_release_at(i) && o.ntargets < MAX_TARGETS; i++)
		snprintf(names[o.ntargets++], sizeof *names, "alpine:%s",
			mu_release_at(i)->name);
	for (int i = 0; mu_variant_at(i) && o.ntargets < MAX_TARGETS; i++)
		if (!strncmp(mu_variant_at(i)->name, "musl", 4))
			snprintf(names[o.ntargets++], sizeof *names, "%s",
				mu_variant_at(i)->name);
	for (size_t i = 0; i < o.ntargets; i++)
		targets[i] = names[i];
	o.layers = (1u << MU_LAYER_COUNT) - 1;
	o.modes = (1u << MU_MODE_COUNT) - 1;
	assert_int_equal(mu_check_open(&o, &run, NULL), 0);
	assert_int_equal(mu_check_files(run, &path, 1, &report), 0);
	assert_in_range(report->nresults, o.ntargets * MU_MODE_COUNT,
		o.ntargets * MU_MODE_COUNT * MU_LAYER_COUNT);
	mu_report_free(report);
	mu_check_close(run);
}

/* ---- what is ignored, and what comes out
 * ----------------------------------------------------------- */

static void findings_are_ignored(void **state)
{
	static const struct elf_spec spec = {
		.interp = MUSL_INTERP,
		NEEDS("libzzz.so.1", "libc.so"),
		.symbols = {{.name = "alpha"}, {.name = "alphabet"}},
		.relocs = {{R_X86_64_JUMP_SLOT, 1, true}, {R_X86_64_JUMP_SLOT, 2, true}},
	};
	static const struct {
		const char *ignore;
		size_t left; /* of one library, two symbols */
	} rows[] = {
		{NULL, 3},
		{"MU003", 1},
		{"missing-symbol", 1},
		{"MU002", 2},
		{"MU004", 3},
		{"MU003:alpha", 2},
		{"MU003:alpha*", 1},
		{"MU003:alph", 3},
		{"MU003:*bet", 2},
		{"MU003:[!a]*", 1}, /* "/app" is no a-name: the file's path matches */
		{"missing-symbol:alpha", 2},
		{"MU003:symbol", 3},
		{"MU003:not", 3},
		{"MU002:libzzz.so.1", 2},
		{"MU002:libzzz*", 2},
		{"MU002:No", 3},
		{"MU003:/app", 1},
		{"MU003:/other", 3},
		{"MU003:", 3},
	};

	(void)state;
	put("/app", &spec);
	for (size_t i = 0; i < N(rows); i++) {
		struct answer a =
			ask(&(struct question){.ignore = rows[i].ignore}, "/app");
		if (a.report->nfindings != rows[i].left)
			fail_msg("%s: %zu left", rows[i].ignore, a.report->nfindings);
		/* it is no better for that */
		assert_int_equal(a.report->verdict, MU_VERDICT_FIXABLE);
		done(&a);
	}
}

/* ---- fixes
 * -------------------------------------------------------------------------------------------
 */

/* A name out of a file becomes part of a command only when it can be nothing else. */
static void only_plain_names_go_into_commands(void **state)
{
	static const char *const bad[] = {"libx.so;reboot", "libx.so\nRUN x", "$(x).so",
		"lib x.so", "`x`.so", "-x.so", "libx.so&&x", "libx'.so", "lib\"x.so",
		"lib\\x", "lib\xc3\xa4.so", "lib*.so"};
	struct elf_spec spec = {
		.interp = MUSL_INTERP, NEEDS("libx-1.2+b_c.so.1", "libc.so")};
	struct answer a;

	(void)state;
	put("/app", &spec);
	a = ask(&(struct question){.target = "alpine:3.22"}, "/app");
	assert_int_equal(a.report->nfixes, 1);
	assert_string_equal(a.report->fixes[0].id, "packages");
	assert_non_null(strstr(a.report->fixes[0].commands[0], "so:libx-1.2+b_c.so.1"));
	done(&a);
	for (size_t i = 0; i < N(bad); i++) {
		spec.needed[0] = bad[i];
		put("/app", &spec);
		a = ask(&(struct question){.target = "alpine:3.22"}, "/app");
		for (size_t k = 0; k < a.report->nfixes; k++) {
			const struct mu_fix *f = &a.report->fixes[k];
			for (size_t c = 0; c < f->ncommands; c++)
				assert_null(strstr(f->commands[c], bad[i]));
			for (size_t c = 0; c < f->ndockerfile; c++)
				assert_null(strstr(f->dockerfile[c], bad[i]));
		}
		assert_true(has_rule(a.report, MU_RULE_MU002));
		done(&a);
	}
}

/* ---- many files
 * -------------------------------------------------------------------------------------
 */

static void reports_in_the_order_of_the_files(void **state)
{
	enum { FILES = 100 };
	char names[FILES][16];
	const char *paths[FILES];
	struct mu_report *reports[FILES];
	const struct mu_check_options o = {.root = "root", .threads = 8};
	struct mu_check *run = NULL;

	(void)state;
	for (int i = 0; i < FILES; i++) {
		const struct elf_spec spec = {.soname = names[i]};
		snprintf(names[i], sizeof names[i], "/f%d", i);
		paths[i] = names[i];
		if (i % 7)
			put(names[i], &spec);
	}
	assert_int_equal(mu_check_open(&o, &run, NULL), 0);
	assert_int_equal(mu_check_files(run, paths, FILES, reports), 0);
	for (int i = 0; i < FILES; i++) {
		assert_string_equal(reports[i]->path, names[i]);
		if (i % 7)
			assert_string_equal(reports[i]->object->soname, names[i]);
		else
			assert_string_equal(reports[i]->unreadable, mu_strerror(-ENOENT));
		mu_report_free(reports[i]);
	}
	assert_int_equal(mu_check_files(run, NULL, 0, NULL), 0);
	mu_report_free(NULL);
	mu_check_close(run);
}

/* With --root a path counts from its top; as this machine sees it, it is the same file.
 */
static void paths_in_a_root(void **state)
{
	static const struct elf_spec spec = {.soname = "libx.so"};
	static const char *const paths[] = {
		"/usr/x", "usr/x", "root/usr/x", "./root/usr/x"};
	static const char *const roots[] = {"root", "root", "root/", "./root"};

	(void)state;
	put("/usr/x", &spec);
	for (size_t i = 0; i < N(paths); i++) {
		struct answer a =
			ask(&(struct question){.o = {.root = roots[i]}}, paths[i]);
		assert_string_equal(a.report->path, "/usr/x");
		assert_non_null(a.report->object);
		done(&a);
	}
}

#define in_scratch(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		in_scratch(assertions_hold_or_not),
		in_scratch(verdicts),
		in_scratch(other_files),
		in_scratch(layers_by_release),
		in_scratch(modes),
		in_scratch(initial_exec_tls),
		in_scratch(another_machine),
		in_scratch(the_oldest_release),
		in_scratch(everything_at_once),
		in_scratch(findings_are_ignored),
		in_scratch(only_plain_names_go_into_commands),
		in_scratch(reports_in_the_order_of_the_files),
		in_scratch(paths_in_a_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
