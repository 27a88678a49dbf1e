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
#include <jansson.h>

#include <muslin/report.h>

#include "scratch.h"

#define N(a) (sizeof(a) / sizeof *(a))

/* A name that commands a terminal, turns text around and is no UTF-8. */
#define HOSTILE "a\033[31mb\xe2\x80\xae\xff\n\"<c>"
#define HOSTILE_SHOWN "a\\x1b[31mb\\xe2\\x80\\xae\\xff\\x0a\"<c>"
#define HOSTILE_JSON "a\033[31mb\xe2\x80\xae\\xff\n\"<c>"
#define HOSTILE_BASE64 "YRtbMzFtYuKArv8KIjxjPg=="

/* ---- a report made by hand ------------------------------------------------------- */

static const char *const needed[] = {"lib" HOSTILE ".so"};

static const struct mu_object object = {
	.kind = MU_KIND_EXECUTABLE,
	.libc = MU_LIBC_GLIBC,
	.e_type = 3,
	.e_machine = 62,
	.bits = 64,
	.little = true,
	.interpreter = "/lib64/" HOSTILE,
	.runpath = "/one:" HOSTILE "::/two",
	.needed = needed,
	.nneeded = 1,
	.glibc_required = "2.38",
	.has_dynamic = true,
	.language = "rust",
	.compiler = "rustc " HOSTILE,
};

static const struct mu_missing_library libraries[] = {{.name = "lib" HOSTILE ".so",
	.needed_by = "/" HOSTILE,
	.reason = "No such file or directory"}};
static const struct mu_missing_symbol symbols[] = {
	{.object = "/" HOSTILE, .symbol = "f" HOSTILE, .version = "V" HOSTILE},
	{.object = "/" HOSTILE, .symbol = "plain", .origin = MU_ORIGIN_LIBRARY},
};
static const struct mu_bad_relocation relocations[] = {
	{.object = "/" HOSTILE, .type = 37, .name = "R_X86_64_IRELATIVE"},
	{.object = "/" HOSTILE, .type = 4000000000u}};
static const struct mu_loaded_library loaded[] = {{"libz.so.1", "/usr/lib/" HOSTILE}};
static const struct mu_tree_edge edges[] = {{"lib" HOSTILE ".so", -1}, {"libz.so.1", 1}};
static const struct mu_tree_node tree[] = {
	{.path = "/" HOSTILE, .edges = edges, .nedges = N(edges)},
	{.path = "/usr/lib/" HOSTILE},
};
static const struct mu_result results[] = {{
	.status = MU_STATUS_FAILS,
	.missing_libraries = libraries,
	.nmissing_libraries = N(libraries),
	.missing_symbols = symbols,
	.nmissing_symbols = N(symbols),
	.bad_relocations = relocations,
	.nbad_relocations = N(relocations),
	.loaded = loaded,
	.nloaded = N(loaded),
	.tree = tree,
	.ntree = N(tree),
}};
static const char *const commands[] = {"apk add " HOSTILE};
static const struct mu_fix fixes[] = {{.id = "packages",
	.proof = MU_PROOF_ADVICE,
	.summary = "install " HOSTILE,
	.commands = commands,
	.ncommands = 1,
	.dockerfile = commands,
	.ndockerfile = 1,
	.caveats = commands,
	.ncaveats = 1}};

static const struct mu_finding findings[] = {
	{.rule = MU_RULE_MU002,
		.severity = MU_SEVERITY_ERROR,
		.message = "Error loading shared library lib" HOSTILE ".so",
		.object = "/" HOSTILE,
		.target = "musl:1.2.5"},
	{.rule = MU_RULE_MU003,
		.severity = MU_SEVERITY_ERROR,
		.message = "Error relocating /" HOSTILE ": f" HOSTILE,
		.object = "/" HOSTILE,
		.symbol = "f" HOSTILE,
		.target = "musl:1.2.5"},
	{.rule = MU_RULE_MU003,
		.severity = MU_SEVERITY_ERROR,
		.message = "Error relocating /" HOSTILE ": plain",
		.object = "/" HOSTILE,
		.symbol = "plain",
		.origin = MU_ORIGIN_LIBRARY,
		.target = "musl:1.2.5"},
	{.rule = MU_RULE_MU015,
		.severity = MU_SEVERITY_WARNING,
		.message = "run path " HOSTILE},
	{.rule = MU_RULE_MU017, .severity = MU_SEVERITY_NOTE, .message = "threads"},
};

/* Its findings are the caller's, who may drop some. */
static struct mu_report report_of(struct mu_finding *copy)
{
	memcpy(copy, findings, sizeof findings);
	return (struct mu_report){
		.path = "/" HOSTILE,
		.object = &object,
		.verdict = MU_VERDICT_INCOMPATIBLE,
		.results = results,
		.nresults = N(results),
		.findings = copy,
		.nfindings = N(findings),
		.fixes = fixes,
		.nfixes = N(fixes),
	};
}

static const struct mu_report unreadable = {
	.path = HOSTILE, .unreadable = "why " HOSTILE, .verdict = MU_VERDICT_UNKNOWN};

/* ---- writing ------------------------------------------------------------------------
 */

static struct mu_check *open_run(void)
{
	static const char *const targets[] = {"musl:1.2.5"};
	static const struct mu_check_options o = {.targets = targets, .ntargets = 1};
	struct mu_check *run = NULL;

	assert_int_equal(mu_check_open(&o, &run, NULL), 0);
	return run;
}

/* Returns what is written; to be freed. */
static char *write_all(const struct mu_write_options *options,
	struct mu_report *const *reports, size_t n, unsigned threads)
{
	struct mu_check *run = open_run();
	struct mu_writer *w = NULL;
	struct mu_summary s = {0};
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	assert_int_equal(mu_writer_open(f, options, run, &w), 0);
	assert_int_equal(mu_writer_add(w, reports, n, threads), 0);
	for (size_t i = 0; i < n; i++)
		mu_summary_add(&s, reports[i]);
	assert_int_equal(mu_writer_close(w, &s), 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(strlen(text), size);
	mu_check_close(run);
	return text;
}

static char *write_one(const struct mu_write_options *options)
{
	struct mu_finding copy[N(findings)];
	struct mu_report r = report_of(copy), bad = unreadable;
	struct mu_report *reports[] = {&r, &bad};

	return write_all(options, reports, N(reports), 1);
}

/* ---- text and trees ---------------------------------------------------------------- */

static void nothing_commands_the_terminal(void **state)
{
	(void)state;
	for (int format = 0; format < MU_FORMAT_COUNT; format++) {
		for (int verbosity = -1; verbosity <= 1; verbosity++) {
			char *text = write_one(&(struct mu_write_options){
				.format = (enum mu_format)format,
				.command = "check",
				.utf8 = true,
				.verbosity = verbosity});
			for (const char *s = text; *s; s++)
				assert_true((unsigned char)*s >= 0x20 || *s == '\n');
			assert_null(strchr(text, '\xff'));
			if (format == MU_FORMAT_TEXT || format == MU_FORMAT_TREE) {
				assert_null(strstr(text, "\xe2\x80\xae"));
				assert_non_null(strstr(text, HOSTILE_SHOWN));
			}
			free(text);
		}
	}
}

static void colours_only_when_asked_for(void **state)
{
	static const enum mu_format formats[] = {MU_FORMAT_TEXT, MU_FORMAT_TREE};

	(void)state;
	for (size_t i = 0; i < N(formats); i++) {
		struct mu_write_options o = {
			.format = formats[i], .command = "check", .verbosity = 1};
		char *plain = write_one(&o), *coloured, *out;
		o.color = true;
		coloured = write_one(&o);
		assert_null(strchr(plain, '\033'));
		assert_non_null(strstr(coloured, "\033[31m"));
		/* without the codes it is the same text, and each code is taken back */
		out = coloured;
		for (const char *s = coloured; *s;) {
			if (*s == '\033')
				s += strcspn(s, "m") + 1;
			else
				*out++ = *s++;
		}
		*out = 0;
		assert_string_equal(coloured, plain);
		free(coloured);
		free(plain);
	}
}

static void quiet_is_one_line(void **state)
{
	char *text = write_one(&(struct mu_write_options){
		.format = MU_FORMAT_TEXT, .command = "check", .verbosity = -1});

	(void)state;
	assert_non_null(strchr(text, '\n'));
	assert_string_equal(strchr(text, '\n'), "\n");
	assert_int_equal(
		strncmp(text, "/" HOSTILE_SHOWN ": ", strlen("/" HOSTILE_SHOWN ": ")), 0);
	free(text);
}

static void verbose_tells_rules_and_caveats(void **state)
{
	struct mu_write_options o = {
		.format = MU_FORMAT_TEXT, .command = "check", .verbosity = 0};
	char *text = write_one(&o), *all;

	(void)state;
	assert_null(strstr(text, "[MU015]"));
	o.verbosity = 1;
	all = write_one(&o);
	assert_non_null(strstr(all, "[MU015]"));
	assert_non_null(strstr(all, "rustc "));
	assert_true(strlen(all) > strlen(text));
	free(all);
	free(text);
}

static void lines_of_trees(void **state)
{
	struct mu_write_options o = {
		.format = MU_FORMAT_TREE, .command = "check", .utf8 = true};
	char *text = write_one(&o);

	(void)state;
	assert_non_null(strstr(text, "├── lib" HOSTILE_SHOWN ".so not found\n"));
	assert_non_null(strstr(text, "└── libz.so.1 => /usr/lib/" HOSTILE_SHOWN "\n"));
	assert_non_null(strstr(text, "2 symbols missing: f" HOSTILE_SHOWN ", plain\n"));
	assert_non_null(
		strstr(text, "unsupported relocation type 37 R_X86_64_IRELATIVE\n"));
	assert_non_null(strstr(text, "unsupported relocation type 4000000000\n"));
	free(text);
	o.utf8 = false;
	text = write_one(&o);
	assert_non_null(strstr(text, "|-- lib"));
	assert_non_null(strstr(text, "`-- libz"));
	for (const char *s = text; *s; s++)
		assert_false(*s & 0x80);
	free(text);
}

/* A chain that is deeper than anybody draws has an end that is told. */
static void deep_trees(void **state)
{
	enum { DEEP = 200 };
	struct mu_tree_node nodes[DEEP];
	struct mu_tree_edge to[DEEP];
	struct mu_result r = {
		.status = MU_STATUS_LOADS, .works = true, .interpreter_found = true};
	struct mu_report report = {
		.path = "/app", .object = &object, .results = &r, .nresults = 1};
	struct mu_report *reports[] = {&report};
	char *text;

	(void)state;
	for (int i = 0; i < DEEP; i++) {
		to[i] = (struct mu_tree_edge){"liba.so", i + 1 < DEEP ? i + 1 : 0};
		nodes[i] = (struct mu_tree_node){
			.path = "/lib/liba.so", .edges = &to[i], .nedges = 1};
	}
	r.tree = nodes;
	r.ntree = DEEP;
	text = write_all(
		&(struct mu_write_options){.format = MU_FORMAT_TREE}, reports, 1, 1);
	/* none of them was preloaded */
	assert_null(strstr(text, "preloaded"));
	free(text);
}

/* ---- JSON ---------------------------------------------------------------------------
 */

static const char *string_in(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	if (!s)
		fail_msg("no string %s", key);
	return s;
}

static void check_findings(const json_t *list)
{
	assert_int_equal(json_array_size(list), N(findings));
	for (size_t i = 0; i < N(findings); i++) {
		const json_t *f = json_array_get(list, i);
		const struct mu_rule *rule = mu_rule_at(findings[i].rule);
		assert_string_equal(string_in(f, "rule"), rule->id);
		assert_string_equal(string_in(f, "name"), rule->name);
		assert_string_equal(
			string_in(f, "severity"), mu_severity_name(findings[i].severity));
		/* the file itself, where it is of no other */
		assert_string_equal(string_in(f, "object"), "/" HOSTILE_JSON);
		assert_int_equal(json_is_null(json_object_get(f, "symbol")),
			findings[i].symbol == NULL);
		assert_int_equal(
			json_object_get(f, "target") == NULL, findings[i].target == NULL);
		assert_true(json_is_array(json_object_get(f, "locations")));
	}
	assert_string_equal(
		string_in(json_array_get(list, 1), "symbol"), "f" HOSTILE_JSON);
}

static void check_loader(const json_t *l)
{
	const json_t *s = json_object_get(l, "missing_symbols");
	const json_t *r = json_object_get(l, "unsupported_relocations");
	const json_t *lib = json_array_get(json_object_get(l, "missing_libraries"), 0);

	assert_string_equal(string_in(l, "status"), "fails");
	assert_string_equal(string_in(lib, "name"), "lib" HOSTILE_JSON ".so");
	assert_string_equal(string_in(lib, "needed_by"), "/" HOSTILE_JSON);
	assert_int_equal(json_array_size(s), 2);
	assert_string_equal(string_in(json_array_get(s, 0), "symbol"), "f" HOSTILE_JSON);
	assert_string_equal(string_in(json_array_get(s, 0), "version"), "V" HOSTILE_JSON);
	assert_string_equal(string_in(json_array_get(s, 0), "origin"), "glibc");
	assert_true(json_is_null(json_object_get(json_array_get(s, 1), "version")));
	assert_string_equal(string_in(json_array_get(s, 1), "origin"), "library");
	assert_int_equal(json_array_size(r), 2);
	assert_int_equal(
		json_integer_value(json_object_get(json_array_get(r, 0), "type")), 37);
	assert_string_equal(
		string_in(json_array_get(r, 0), "name"), "R_X86_64_IRELATIVE");
	assert_int_equal(
		json_integer_value(json_object_get(json_array_get(r, 1), "type")),
		4000000000u);
	assert_true(json_is_null(json_object_get(json_array_get(r, 1), "name")));
	assert_int_equal(json_array_size(json_object_get(l, "loaded")), 1);
}

static void check_object(const json_t *o)
{
	const json_t *r = json_array_get(json_object_get(o, "results"), 0);

	assert_string_equal(string_in(o, "path"), "/" HOSTILE_JSON);
	assert_string_equal(string_in(o, "path_bytes"), "L2EbWzMxbWLigK7/CiI8Yz4=");
	assert_string_equal(string_in(o, "kind"), "executable");
	assert_string_equal(string_in(o, "libc"), "glibc");
	assert_string_equal(string_in(o, "machine"), "EM_62"); /* none was set */
	assert_int_equal(json_integer_value(json_object_get(o, "class")), 64);
	assert_string_equal(string_in(o, "interpreter"), "/lib64/" HOSTILE_JSON);
	assert_true(json_is_null(json_object_get(o, "soname")));
	assert_int_equal(json_array_size(json_object_get(o, "needed")), 1);
	assert_int_equal(json_array_size(json_object_get(o, "rpath")), 0);
	/* empty folders of a run path are none */
	assert_int_equal(json_array_size(json_object_get(o, "runpath")), 3);
	assert_string_equal(string_in(o, "glibc_required"), "2.38");
	assert_string_equal(string_in(o, "verdict"), "incompatible");
	assert_string_equal(
		string_in(json_object_get(o, "provenance"), "language"), "rust");
	assert_true(json_is_null(json_object_get(o, "oldest_release")));
	assert_string_equal(string_in(r, "target"), "musl:1.2.5");
	assert_string_equal(string_in(r, "layer"), "none");
	assert_string_equal(string_in(r, "mode"), "start");
	assert_true(json_is_false(json_object_get(r, "interpreter_found")));
	check_loader(json_object_get(r, "loader"));
	check_findings(json_object_get(o, "findings"));
	assert_string_equal(
		string_in(json_array_get(json_object_get(o, "fixes"), 0), "proof"),
		"advice");
}

static void check_unreadable(const json_t *o)
{
	assert_string_equal(string_in(o, "path"), HOSTILE_JSON);
	assert_string_equal(string_in(o, "path_bytes"), HOSTILE_BASE64);
	assert_string_equal(string_in(o, "kind"), "unreadable");
	assert_string_equal(string_in(o, "error"), "why " HOSTILE_JSON);
	assert_string_equal(string_in(o, "verdict"), "unknown");
	assert_int_equal(json_array_size(json_object_get(o, "results")), 0);
	assert_true(json_is_null(json_object_get(o, "machine")));
	assert_true(json_is_null(json_object_get(o, "class")));
}

static void check_summary(const json_t *s)
{
	static const struct {
		const char *key;
		int value;
	} rows[] = {{"objects", 2}, {"native", 0}, {"incompatible", 1}, {"unknown", 0},
		{"unreadable", 1}, {"errors", 3}, {"warnings", 1}, {"notes", 1}};

	for (size_t i = 0; i < N(rows); i++)
		assert_int_equal(json_integer_value(json_object_get(s, rows[i].key)),
			rows[i].value);
}

static json_t *parse(const char *text)
{
	json_error_t why;
	json_t *j = json_loads(text, JSON_REJECT_DUPLICATES, &why);

	if (!j)
		fail_msg("%s at %d: %s", why.text, why.position, text);
	return j;
}

static void json_is_read_back(void **state)
{
	char *text = write_one(
		&(struct mu_write_options){.format = MU_FORMAT_JSON, .command = "check"});
	json_t *j = parse(text), *t;

	(void)state;
	assert_int_equal(json_integer_value(json_object_get(j, "schema_version")), 1);
	assert_string_equal(string_in(json_object_get(j, "tool"), "name"), "muslin");
	assert_string_equal(string_in(j, "command"), "check");
	t = json_array_get(json_object_get(j, "targets"), 0);
	assert_string_equal(string_in(t, "name"), "musl:1.2.5");
	assert_string_equal(string_in(t, "libc_version"), "1.2.5");
	assert_int_equal(json_array_size(json_object_get(j, "objects")), 2);
	check_object(json_array_get(json_object_get(j, "objects"), 0));
	check_unreadable(json_array_get(json_object_get(j, "objects"), 1));
	check_summary(json_object_get(j, "summary"));
	json_decref(j);
	free(text);
}

static void a_line_for_each_object(void **state)
{
	char *text = write_one(&(struct mu_write_options){
		.format = MU_FORMAT_NDJSON, .command = "check"});
	char *lines[4] = {0}, *rest = text, *line;
	size_t n = 0;
	json_t *j;

	(void)state;
	while ((line = strsep(&rest, "\n")) && n < N(lines))
		lines[n++] = line;
	assert_int_equal(n, 4);
	assert_string_equal(lines[3], "");
	j = parse(lines[0]);
	check_object(j);
	json_decref(j);
	j = parse(lines[1]);
	check_unreadable(j);
	json_decref(j);
	j = parse(lines[2]);
	assert_int_equal(json_object_size(j), 1);
	check_summary(json_object_get(j, "summary"));
	json_decref(j);
	free(text);
}

static void no_objects_at_all(void **state)
{
	char *text = write_all(
		&(struct mu_write_options){.format = MU_FORMAT_JSON, .command = "check"},
		NULL, 0, 1);
	json_t *j = parse(text);

	(void)state;
	assert_int_equal(json_array_size(json_object_get(j, "objects")), 0);
	json_decref(j);
	free(text);
	text = write_all(
		&(struct mu_write_options){.format = MU_FORMAT_TEXT}, NULL, 0, 1);
	assert_string_equal(text, "");
	free(text);
}

/* However many threads make it, the document is the same. */
static void threads_make_no_difference(void **state)
{
	enum { REPORTS = 200 };
	static char paths[REPORTS][24];
	static struct mu_finding copies[REPORTS][N(findings)];
	static struct mu_report all[REPORTS];
	struct mu_report *reports[REPORTS];

	(void)state;
	for (int i = 0; i < REPORTS; i++) {
		snprintf(paths[i], sizeof paths[i], "/file%d", i);
		all[i] = report_of(copies[i]);
		all[i].path = paths[i];
		reports[i] = &all[i];
	}
	for (int format = 0; format < MU_FORMAT_COUNT; format++) {
		struct mu_write_options o = {
			.format = (enum mu_format)format, .command = "check"};
		char *one = write_all(&o, reports, REPORTS, 1);
		char *many = write_all(&o, reports, REPORTS, 8);
		assert_string_equal(one, many);
		assert_non_null(strstr(one, "/file199"));
		free(one);
		free(many);
	}
}

/* ---- what goes wrong ----------------------------------------------------------------
 */

static void a_full_disk_is_told(void **state)
{
	(void)state;
	if (access("/dev/full", W_OK))
		skip();
	for (int format = 0; format < MU_FORMAT_COUNT; format++) {
		const struct mu_write_options o = {
			.format = (enum mu_format)format, .command = "check"};
		struct mu_finding copy[N(findings)];
		struct mu_report r = report_of(copy), *reports[] = {&r};
		struct mu_summary s = {.objects = 1};
		struct mu_check *run = open_run();
		struct mu_writer *w = NULL;
		FILE *f = fopen("/dev/full", "w");
		int e;
		assert_non_null(f);
		e = mu_writer_open(f, &o, run, &w);
		if (!e)
			e = mu_writer_add(w, reports, 1, 1);
		errno = 0;
		e = e ? e : mu_writer_close(w, &s);
		assert_int_equal(e, -ENOSPC);
		fclose(f);
		mu_check_close(run);
	}
}

static void an_unfinished_document(void **state)
{
	const struct mu_write_options o = {.format = MU_FORMAT_JSON, .command = "check"};
	struct mu_check *run = open_run();
	struct mu_writer *w = NULL;
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	json_error_t why;

	(void)state;
	assert_non_null(f);
	assert_int_equal(mu_writer_open(f, &o, run, &w), 0);
	assert_int_equal(mu_writer_close(w, NULL), 0);
	assert_int_equal(mu_writer_close(NULL, NULL), 0);
	fclose(f);
	assert_null(json_loads(text, 0, &why));
	free(text);
	mu_check_close(run);
}

static void names_of_formats(void **state)
{
	(void)state;
	for (int i = 0; i < MU_FORMAT_COUNT; i++)
		assert_int_equal(mu_format_by_name(mu_format_name((enum mu_format)i)), i);
	assert_int_equal(mu_format_by_name("xml"), -1);
	assert_int_equal(mu_format_by_name(""), -1);
}

/* ---- baselines ------------------------------------------------------------------------
 */

static void write_baseline(const char *path, enum mu_format format)
{
	char *text = write_one(
		&(struct mu_write_options){.format = format, .command = "check"});

	scratch_file(path, text);
	free(text);
}

static void a_report_is_its_own_baseline(void **state)
{
	static const enum mu_format formats[] = {MU_FORMAT_JSON, MU_FORMAT_NDJSON};

	(void)state;
	for (size_t i = 0; i < N(formats); i++) {
		struct mu_finding copy[N(findings)];
		struct mu_report r = report_of(copy);
		struct mu_baseline *b = NULL;
		struct mu_error err = {0};
		write_baseline("base", formats[i]);
		if (mu_baseline_load("base", &b, &err))
			fail_msg("%s", err.msg);
		mu_baseline_apply(b, &r);
		assert_int_equal(r.nfindings, 0);
		mu_baseline_free(b);
	}
}

static void what_is_new_is_kept(void **state)
{
	struct mu_finding copy[N(findings)];
	struct mu_report r = report_of(copy);
	struct mu_baseline *b = NULL;

	(void)state;
	write_baseline("base", MU_FORMAT_JSON);
	assert_int_equal(mu_baseline_load("base", &b, NULL), 0);
	copy[1].symbol = "another";         /* new */
	copy[2].message = "in other words"; /* known all the same */
	copy[3].rule = MU_RULE_MU016;       /* new */
	mu_baseline_apply(b, &r);
	assert_int_equal(r.nfindings, 2);
	assert_string_equal(r.findings[0].symbol, "another");
	assert_int_equal(r.findings[1].rule, MU_RULE_MU016);
	/* another file's findings are its own */
	r = report_of(copy);
	r.path = "/other";
	mu_baseline_apply(b, &r);
	assert_int_equal(r.nfindings, N(findings));
	/* no baseline drops nothing */
	mu_baseline_apply(NULL, &r);
	assert_int_equal(r.nfindings, N(findings));
	mu_baseline_free(b);
	mu_baseline_free(NULL);
}

static void what_is_no_baseline(void **state)
{
	static const struct {
		const char *text;
		int code;
	} rows[] = {
		{"", -EINVAL},
		{"\n \n", -EINVAL},
		{"text", -EINVAL},
		{"{", -EINVAL},
		{"{}", -EINVAL},
		{"[]", -EINVAL},
		{"{\"a\": 1}", -EINVAL},
		{"{\"summary\": {}} {", -EINVAL},
		{"{\"summary\": {}}", 0},
		{"{\"objects\": []}", 0},
		{"{\"objects\": {}}", 0},
		{"{\"objects\": [1, null, {}]}", 0},
		{"{\"path\": 1, \"findings\": [{}, 1, {\"rule\": []}]}", 0},
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		struct mu_baseline *b = NULL;
		struct mu_error err = {0};
		scratch_file("base", rows[i].text);
		if (mu_baseline_load("base", &b, &err) != rows[i].code)
			fail_msg("%s: %d", rows[i].text, err.code);
		assert_int_equal(b == NULL, rows[i].code != 0);
		if (rows[i].code)
			assert_string_equal(err.path, "base");
		mu_baseline_free(b);
	}
	assert_int_equal(
		mu_baseline_load("none", &(struct mu_baseline *){NULL}, NULL), -ENOENT);
}

#define in_scratch(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_commands_the_terminal),
		cmocka_unit_test(colours_only_when_asked_for),
		cmocka_unit_test(quiet_is_one_line),
		cmocka_unit_test(verbose_tells_rules_and_caveats),
		cmocka_unit_test(lines_of_trees),
		cmocka_unit_test(deep_trees),
		cmocka_unit_test(json_is_read_back),
		cmocka_unit_test(a_line_for_each_object),
		cmocka_unit_test(no_objects_at_all),
		cmocka_unit_test(threads_make_no_difference),
		cmocka_unit_test(a_full_disk_is_told),
		cmocka_unit_test(an_unfinished_document),
		cmocka_unit_test(names_of_formats),
		in_scratch(a_report_is_its_own_baseline),
		in_scratch(what_is_new_is_kept),
		in_scratch(what_is_no_baseline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
