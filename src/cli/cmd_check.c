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
	OPT_ROOT = MU_OPT_OWN,
	OPT_LIBRARY_PATH,
	OPT_PRELOAD,
	OPT_FILES_FROM,
	OPT_BASELINE,
	OPT_VERIFY,
};

static const struct mu_option table[] = {
	{"target", 't', "T[,T…]",
		"alpine:3.22, alpine:edge, musl:1.2.5 (the bare loader),\n"
		"musl-debian:1.2.3; several give a matrix\n"
		"(default: the newest Alpine release known)",
		MU_OPT_TARGET},
	{"target-root", 0, "DIR",
		"a root tree of the real target: its libc and libraries",
		MU_OPT_TARGET_ROOT},
	{"layer", 'l', "L[,L…]",
		"none, libc6-compat, gcompat, or auto: the least that\n"
		"works (default)",
		MU_OPT_LAYER},
	{"root", 'R', "DIR", "resolve everything inside DIR; nothing outside is opened",
		OPT_ROOT},
	{"library-path", 0, "P", "as the loader's option of that name", OPT_LIBRARY_PATH},
	{"preload", 0, "P", "as the loader's option of that name", OPT_PRELOAD},
	{"mode", 0, "M",
		"start (default), dlopen-now, dlopen-lazy (opened at run\n"
		"time by a program built for musl), all",
		MU_OPT_MODE},
	{"assert", 0, "A[,A…]",
		"musl, static, static-pie, pie, glibc<=VERSION,\n"
		"interpreter=PATH, no-exec-stack, no-textrel, no-rpath:\n"
		"what is not so is an error",
		MU_OPT_ASSERT},
	{"arch", 0, "A", "machine of the target (default: that of each file)",
		MU_OPT_ARCH},
	{"format", 'f', "F", "text (default), json, ndjson, tree", MU_OPT_FORMAT},
	{"output", 'o', "FILE", "write to FILE, which appears when it is complete",
		MU_OPT_OUTPUT},
	{"files-from", 0, "FILE",
		"read names from FILE (-: stdin), one a line or NUL-separated",
		OPT_FILES_FROM},
	{"jobs", 'j', "N", "threads (default: one a processor)", MU_OPT_JOBS},
	{"color", 0, "WHEN", "auto (default), always, never; NO_COLOR is honoured",
		MU_OPT_COLOR},
	{"quiet", 'q', NULL, "only the verdicts of files with findings", MU_OPT_QUIET},
	{"verbose", 'v', NULL, "all symbols, rule ids, caveats", MU_OPT_VERBOSE},
	{"fail-on", 0, "S", "exit 1 at error (default), warning, note; never",
		MU_OPT_FAIL_ON},
	{"ignore", 0, "RULE[:GLOB]",
		"drop findings; GLOB is of the symbol, object or file", MU_OPT_IGNORE},
	{"baseline", 0, "REPORT.json", "drop the findings that this report has",
		OPT_BASELINE},
	{"db", 0, "FILE", "further data, over what is built in (see muslin-db(1))",
		MU_OPT_DB},
	{"no-user-db", 0, NULL, "leave out what `muslin db import` keeps",
		MU_OPT_NO_USER_DB},
	{"verify", 0, "LOADER", "let a real musl loader (--list) confirm each verdict",
		OPT_VERIFY},
	{"help", 'h', NULL, "print this and exit", MU_OPT_HELP},
	{0},
};

struct args {
	struct mu_common c;
	struct mu_list files;
	const char *baseline;
};

static int take_files_from(struct args *a, const char *value)
{
	struct mu_error err = {0};

	if (mu_list_read(&a->files, value, &err)) {
		mu_say("%s: %s", value, err.msg);
		return MU_EXIT_INPUT;
	}
	return 0;
}

static int take_option(struct args *a, int id, const char *value)
{
	switch (id) {
	case OPT_FILES_FROM:
		return take_files_from(a, value);
	case OPT_ROOT:
		a->c.check.root = value;
		return 0;
	case OPT_LIBRARY_PATH:
		a->c.check.library_path = value;
		return 0;
	case OPT_PRELOAD:
		a->c.check.preload = value;
		return 0;
	case OPT_VERIFY:
		a->c.check.verify = value;
		return 0;
	case OPT_BASELINE:
		a->baseline = value;
		return 0;
	default:
		return mu_common_take(&a->c, id, value);
	}
}

static int parse(struct args *a, int argc, char **argv)
{
	struct mu_options o;
	int exit = mu_options_begin(&o, table, argc, argv), id;

	while (!exit && !a->c.help && (id = mu_options_next(&o)) != -1)
		exit = id == '?' ? MU_EXIT_USAGE : take_option(a, id, o.value);
	for (int i = mu_options_end(&o); i < argc && !exit; i++)
		if (mu_list_add(&a->files, argv[i], strlen(argv[i])))
			exit = MU_EXIT_INPUT;
	if (exit || a->c.help)
		return exit;
	return mu_common_ready(&a->c);
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
		if (a->c.check.root)
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
	if (r->a->files.n <= BATCH || r->a->c.write.verbosity < 0 || !isatty(2))
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
		e = mu_writer_open(r->out.f, &r->a->c.write, r->check, &r->writer);
	if (!e)
		e = mu_writer_add(r->writer, reports, n, r->a->c.check.threads);
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
		e = mu_check_open(&a->c.check, &r.check, &err);
	if (!e && !(e = mu_output_open(&r.out, a->c.output, &err))) {
		a->c.write.color = mu_want_color(a->c.color, r.out.f);
		a->c.write.utf8 = mu_want_utf8();
		a->c.write.command = "check";
		e = run_opened(&r, &err);
		if (!e)
			e = mu_output_close(&r.out, true, &err);
		else
			mu_output_close(&r.out, false, NULL);
	}
	mu_check_close(r.check);
	mu_baseline_free(r.baseline);
	return e ? mu_say_error("check", &err, NULL)
		 : mu_summary_exit(&r.summary, a->c.fail_on);
}

int mu_cmd_check(int argc, char **argv)
{
	struct args a = {.c = {.command = "check", .fail_on = MU_SEVERITY_ERROR}};
	int exit = parse(&a, argc, argv);

	if (!exit && a.c.help)
		mu_options_help(stdout, "check [OPTION...] FILE...",
			"Will these binaries run on the target? Each verdict is what "
			"musl's own "
			"loader\nwould say. FILE may be - for standard input.",
			table);
	else if (!exit && !a.files.n)
		exit = mu_say_usage("check", "no file is named");
	else if (!exit && !(exit = name_stdin(&a)) &&
		 !(exit = mu_load_data(&a.c.databases, a.c.no_user_db)))
		exit = check(&a);
	mu_common_free(&a.c);
	mu_list_free(&a.files);
	return exit;
}
