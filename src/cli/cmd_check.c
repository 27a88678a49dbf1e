/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <muslin/check.h>
#include <muslin/report.h>

#include "cli.h"

/* Files checked before the first of them is written: enough for all threads, and
 * little to hold in memory. */
#define BATCH 256

#define MAX_STDIN ((size_t)1 << 30)

enum {
	OPT_TARGET,
	OPT_TARGET_ROOT,
	OPT_LAYER,
	OPT_ROOT,
	OPT_LIBRARY_PATH,
	OPT_PRELOAD,
	OPT_MODE,
	OPT_ASSERT,
	OPT_ARCH,
	OPT_FORMAT,
	OPT_OUTPUT,
	OPT_FILES_FROM,
	OPT_JOBS,
	OPT_COLOR,
	OPT_QUIET,
	OPT_VERBOSE,
	OPT_FAIL_ON,
	OPT_IGNORE,
	OPT_BASELINE,
	OPT_DB,
	OPT_NO_USER_DB,
	OPT_VERIFY,
	OPT_HELP,
};

static const struct mu_option table[] = {
	{"target", 't', "T[,T…]",
		"alpine:3.22, alpine:edge, musl:1.2.5 (the bare loader),\n"
		"musl-debian:1.2.3; several give a matrix\n"
		"(default: the newest Alpine release known)",
		OPT_TARGET},
	{"target-root", 0, "DIR",
		"a root tree of the real target: its libc and libraries",
		OPT_TARGET_ROOT},
	{"layer", 'l', "L[,L…]",
		"none, libc6-compat, gcompat, or auto: the least that\n"
		"works (default)",
		OPT_LAYER},
	{"root", 'R', "DIR", "resolve everything inside DIR; nothing outside is opened",
		OPT_ROOT},
	{"library-path", 0, "P", "as the loader's option of that name", OPT_LIBRARY_PATH},
	{"preload", 0, "P", "as the loader's option of that name", OPT_PRELOAD},
	{"mode", 0, "M",
		"start (default), dlopen-now, dlopen-lazy (opened at run\n"
		"time by a program built for musl), all",
		OPT_MODE},
	{"assert", 0, "A[,A…]",
		"musl, static, static-pie, pie, glibc<=VERSION,\n"
		"interpreter=PATH, no-exec-stack, no-textrel, no-rpath:\n"
		"what is not so is an error",
		OPT_ASSERT},
	{"arch", 0, "A", "machine of the target (default: that of each file)", OPT_ARCH},
	{"format", 'f', "F", "text (default), json, ndjson, tree", OPT_FORMAT},
	{"output", 'o', "FILE", "write to FILE, which appears when it is complete",
		OPT_OUTPUT},
	{"files-from", 0, "FILE",
		"read names from FILE (-: stdin), one a line or NUL-separated",
		OPT_FILES_FROM},
	{"jobs", 'j', "N", "threads (default: one a processor)", OPT_JOBS},
	{"color", 0, "WHEN", "auto (default), always, never; NO_COLOR is honoured",
		OPT_COLOR},
	{"quiet", 'q', NULL, "only the verdicts of files with findings", OPT_QUIET},
	{"verbose", 'v', NULL, "all symbols, rule ids, caveats", OPT_VERBOSE},
	{"fail-on", 0, "S", "exit 1 at error (default), warning, note; never",
		OPT_FAIL_ON},
	{"ignore", 0, "RULE[:GLOB]",
		"drop findings; GLOB is of the symbol, object or file", OPT_IGNORE},
	{"baseline", 0, "REPORT.json", "drop the findings that this report has",
		OPT_BASELINE},
	{"db", 0, "FILE", "further data, over what is built in (see muslin-db(1))",
		OPT_DB},
	{"no-user-db", 0, NULL, "leave out what `muslin db import` keeps",
		OPT_NO_USER_DB},
	{"verify", 0, "LOADER", "let a real musl loader (--list) confirm each verdict",
		OPT_VERIFY},
	{"help", 'h', NULL, "print this and exit", OPT_HELP},
	{0},
};

struct args {
	struct mu_check_options check;
	struct mu_write_options write;
	struct mu_list targets, asserts, ignores, databases, files;
	const char *color, *output, *baseline;
	int fail_on;
	bool help, auto_layers, no_user_db;
};

/* ---- options with a word of their own ------------------------------------------ */

static int take_layers(struct args *a, const char *value)
{
	struct mu_list list = {0};
	int exit = 0;

	if (mu_list_split(&list, value))
		return MU_EXIT_INPUT;
	if (!list.n)
		return mu_say_usage("check", "'%s' names nothing", value);
	for (size_t i = 0; i < list.n && !exit; i++) {
		int layer = mu_layer_by_name(list.v[i]);
		if (!strcmp(list.v[i], "auto"))
			a->auto_layers = true;
		else if (layer < 0)
			exit = mu_say_usage("check",
				"there is no layer '%s': none, libc6-compat, gcompat, "
				"auto",
				list.v[i]);
		else
			a->check.layers |= 1u << layer;
	}
	mu_list_free(&list);
	return exit;
}

static int take_modes(struct args *a, const char *value)
{
	struct mu_list list = {0};
	int exit = 0;

	if (mu_list_split(&list, value))
		return MU_EXIT_INPUT;
	if (!list.n)
		return mu_say_usage("check", "'%s' names nothing", value);
	for (size_t i = 0; i < list.n && !exit; i++) {
		unsigned bits = !strcmp(list.v[i], "all") ? (1u << MU_MODE_COUNT) - 1 : 0;
		for (int m = 0; m < MU_MODE_COUNT; m++)
			if (!strcmp(list.v[i], mu_mode_name((enum mu_mode)m)))
				bits |= 1u << m;
		if (!bits)
			exit = mu_say_usage("check",
				"there is no mode '%s': start, dlopen-now, dlopen-lazy, "
				"all",
				list.v[i]);
		a->check.modes |= bits;
	}
	mu_list_free(&list);
	return exit;
}

static int take_number(unsigned *ret, const char *value)
{
	char *end;
	long n = strtol(value, &end, 10);

	if (*end || end == value || n < 1 || n > 1024)
		return mu_say_usage("check", "'%s' is no number of threads", value);
	*ret = (unsigned)n;
	return 0;
}

static int take_fail_on(struct args *a, const char *value)
{
	a->fail_on = mu_severity_by_name(value);
	if (a->fail_on < 0 && strcmp(value, "never"))
		return mu_say_usage(
			"check", "--fail-on takes error, warning, note or never");
	return 0;
}

static int take_format(struct args *a, const char *value)
{
	int f = mu_format_by_name(value);

	if (f < 0)
		return mu_say_usage("check",
			"there is no format '%s': text, json, ndjson, tree", value);
	a->write.format = (enum mu_format)f;
	return 0;
}

static int take_ignore(struct args *a, const char *value)
{
	char *rule = strdup(value);
	int exit = rule ? 0 : MU_EXIT_INPUT;

	if (rule)
		rule[strcspn(rule, ":")] = 0;
	if (rule && !mu_rule_find(rule))
		exit = mu_say_usage(
			"check", "there is no rule '%s'; see `muslin rules`", rule);
	free(rule);
	if (exit)
		return exit;
	return mu_list_add(&a->ignores, value, strlen(value)) ? MU_EXIT_INPUT : 0;
}

static int take_files_from(struct args *a, const char *value)
{
	struct mu_error err = {0};

	if (mu_list_read(&a->files, value, &err)) {
		mu_say("%s: %s", value, err.msg);
		return MU_EXIT_INPUT;
	}
	return 0;
}

static int take_list(struct mu_list *list, const char *value)
{
	size_t before = list->n;

	if (mu_list_split(list, value))
		return MU_EXIT_INPUT;
	return list->n > before ? 0 : mu_say_usage("check", "'%s' names nothing", value);
}

static int take_option(struct args *a, int id, const char *value)
{
	switch (id) {
	case OPT_TARGET:
		return take_list(&a->targets, value);
	case OPT_ASSERT:
		return take_list(&a->asserts, value);
	case OPT_DB:
		return mu_list_add(&a->databases, value, strlen(value)) ? MU_EXIT_INPUT
									: 0;
	case OPT_LAYER:
		return take_layers(a, value);
	case OPT_MODE:
		return take_modes(a, value);
	case OPT_JOBS:
		return take_number(&a->check.threads, value);
	case OPT_FAIL_ON:
		return take_fail_on(a, value);
	case OPT_FORMAT:
		return take_format(a, value);
	case OPT_IGNORE:
		return take_ignore(a, value);
	case OPT_FILES_FROM:
		return take_files_from(a, value);
	case OPT_TARGET_ROOT:
		a->check.target_root = value;
		return 0;
	case OPT_ROOT:
		a->check.root = value;
		return 0;
	case OPT_LIBRARY_PATH:
		a->check.library_path = value;
		return 0;
	case OPT_PRELOAD:
		a->check.preload = value;
		return 0;
	case OPT_ARCH:
		a->check.arch = value;
		return 0;
	case OPT_VERIFY:
		a->check.verify = value;
		return 0;
	case OPT_OUTPUT:
		a->output = value;
		return 0;
	case OPT_COLOR:
		a->color = value;
		return 0;
	case OPT_BASELINE:
		a->baseline = value;
		return 0;
	case OPT_NO_USER_DB:
		a->no_user_db = true;
		return 0;
	case OPT_QUIET:
		a->write.verbosity = -1;
		return 0;
	case OPT_VERBOSE:
		a->write.verbosity = 1;
		return 0;
	default:
		a->help = true;
		return 0;
	}
}

static int parse(struct args *a, int argc, char **argv)
{
	struct mu_options o;
	int exit = mu_options_begin(&o, table, argc, argv), id;

	while (!exit && !a->help && (id = mu_options_next(&o)) != -1)
		exit = id == '?' ? MU_EXIT_USAGE : take_option(a, id, o.value);
	for (int i = mu_options_end(&o); i < argc && !exit; i++)
		if (mu_list_add(&a->files, argv[i], strlen(argv[i])))
			exit = MU_EXIT_INPUT;
	if (exit || a->help)
		return exit;
	if (mu_want_color(a->color, stdout) < 0)
		return mu_say_usage("check", "--color takes auto, always or never");
	if (a->auto_layers)
		a->check.layers = 0;
	a->check.targets = (const char *const *)a->targets.v;
	a->check.ntargets = a->targets.n;
	a->check.asserts = (const char *const *)a->asserts.v;
	a->check.nasserts = a->asserts.n;
	a->check.ignores = (const char *const *)a->ignores.v;
	a->check.nignores = a->ignores.n;
	return 0;
}

/* ---- standard input as a file --------------------------------------------------- */

/* A pipe cannot be read twice: it goes into a file without a name first, which takes
 * its place as standard input. */
static int spool_stdin(void)
{
	struct stat st;
	char buf[65536];
	ssize_t n;
	size_t all = 0;
	FILE *f;

	if (!fstat(0, &st) && S_ISREG(st.st_mode))
		return 0;
	f = tmpfile();
	if (!f)
		return -errno;
	while ((n = read(0, buf, sizeof buf)) > 0 || (n < 0 && errno == EINTR))
		if (n > 0 && (all += (size_t)n) > MAX_STDIN)
			return -EFBIG;
		else if (n > 0 && fwrite(buf, 1, (size_t)n, f) != (size_t)n)
			return -errno;
	if (n < 0 || fflush(f) || dup2(fileno(f), 0) < 0)
		return -errno;
	return 0;
}

static int name_stdin(struct args *a)
{
	for (size_t i = 0; i < a->files.n; i++) {
		int e;
		char *name;
		if (strcmp(a->files.v[i], "-"))
			continue;
		if (a->check.root)
			return mu_say_usage("check", "standard input is in no --root");
		e = spool_stdin();
		if (e) {
			mu_say("standard input: %s", mu_strerror(e));
			return MU_EXIT_INPUT;
		}
		name = strdup("/dev/stdin");
		if (!name)
			return MU_EXIT_INPUT;
		free(a->files.v[i]);
		a->files.v[i] = name;
	}
	return 0;
}

/* ---- the run ----------------------------------------------------------------------- */

struct run {
	struct args *a;
	struct mu_check *check;
	struct mu_baseline *baseline;
	struct mu_output out;
	struct mu_writer *writer;
	struct mu_summary summary;
};

static void progress(const struct run *r, size_t done)
{
	if (r->a->files.n <= BATCH || r->a->write.verbosity < 0 || !isatty(2))
		return;
	fprintf(stderr, "\r%zu of %zu files%s", done, r->a->files.n,
		done == r->a->files.n ? "\r\033[K" : "");
}

static int write_batch(struct run *r, struct mu_report **reports, size_t n)
{
	int e = 0;

	for (size_t i = 0; i < n; i++) {
		const char *invalid = mu_report_invalid(reports[i]);
		mu_baseline_apply(r->baseline, reports[i]);
		mu_summary_add(&r->summary, reports[i]);
		if (invalid)
			mu_say("%s: %s", reports[i]->path, invalid);
	}
	/* only now is it known what machine the files are for */
	if (!r->writer)
		e = mu_writer_open(r->out.f, &r->a->write, r->check, &r->writer);
	if (!e)
		e = mu_writer_add(r->writer, reports, n, r->a->check.threads);
	for (size_t i = 0; i < n; i++)
		mu_report_free(reports[i]);
	return e;
}

static int run_all(struct run *r)
{
	const struct mu_list *files = &r->a->files;
	struct mu_report *reports[BATCH];
	int e = 0;

	for (size_t i = 0; i < files->n && !e; i += BATCH) {
		size_t n = files->n - i < BATCH ? files->n - i : BATCH;
		e = mu_check_files(
			r->check, (const char *const *)files->v + i, n, reports);
		if (!e)
			e = write_batch(r, reports, n);
		progress(r, i + n);
	}
	return e;
}

static int report_error(const struct mu_error *err)
{
	int code = -err->code;
	bool usage = code == MU_E_USAGE || code == MU_E_UNKNOWN_TARGET ||
		     code == MU_E_UNKNOWN_MACHINE;

	if (usage)
		return mu_say_usage("check", "%s", err->msg);
	mu_say("%s%s%s", err->path, *err->path ? ": " : "", err->msg);
	return MU_EXIT_INPUT;
}

static int run_opened(struct run *r, struct mu_error *err)
{
	int e = run_all(r), closed;

	closed = mu_writer_close(r->writer, e ? NULL : &r->summary);
	if (e || closed)
		return mu_error_set(err, e ? e : closed, NULL, NULL);
	return 0;
}

static int check(struct args *a)
{
	struct run r = {.a = a};
	struct mu_error err = {0};
	int e = 0;

	if (a->baseline)
		e = mu_baseline_load(a->baseline, &r.baseline, &err);
	if (!e)
		e = mu_check_open(&a->check, &r.check, &err);
	if (!e && !(e = mu_output_open(&r.out, a->output, &err))) {
		a->write.color = mu_want_color(a->color, r.out.f);
		a->write.utf8 = mu_want_utf8();
		a->write.command = "check";
		e = run_opened(&r, &err);
		if (!e)
			e = mu_output_close(&r.out, true, &err);
		else
			mu_output_close(&r.out, false, NULL);
	}
	mu_check_close(r.check);
	mu_baseline_free(r.baseline);
	return e ? report_error(&err) : mu_summary_exit(&r.summary, a->fail_on);
}

int mu_cmd_check(int argc, char **argv)
{
	struct args a = {.fail_on = MU_SEVERITY_ERROR};
	int exit = parse(&a, argc, argv);

	if (!exit && a.help)
		mu_options_help(stdout, "check [OPTION...] FILE...",
			"Will these binaries run on the target? Each verdict is what "
			"musl's own "
			"loader\nwould say. FILE may be - for standard input.",
			table);
	else if (!exit && !a.files.n)
		exit = mu_say_usage("check", "no file is named");
	else if (!exit && !(exit = name_stdin(&a)) &&
		 !(exit = mu_load_data(&a.databases, a.no_user_db)))
		exit = check(&a);
	mu_list_free(&a.targets);
	mu_list_free(&a.asserts);
	mu_list_free(&a.ignores);
	mu_list_free(&a.databases);
	mu_list_free(&a.files);
	return exit;
}
