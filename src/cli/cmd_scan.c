/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <muslin/scan.h>

#include "cli.h"

enum {
	OPT_NESTED = MU_OPT_OWN,
	OPT_NO_NESTED,
	OPT_EMIT_DOCKERFILE,
};

static const struct mu_option table[] = {
	{"target", 't', "T[,T…]",
		"alpine:3.22, alpine:edge, musl:1.2.5 (the bare loader)\n"
		"(default: the newest Alpine release known)",
		MU_OPT_TARGET},
	{"target-root", 0, "DIR|IMAGE",
		"the real target: its libc and libraries are read", MU_OPT_TARGET_ROOT},
	{"layer", 'l', "L[,L…]",
		"none, libc6-compat, gcompat, or auto: the least that\n"
		"works (default)",
		MU_OPT_LAYER},
	{"mode", 0, "M", "start (default), dlopen-now, dlopen-lazy, all", MU_OPT_MODE},
	{"arch", 0, "A", "which platform of an image that has several", MU_OPT_ARCH},
	{"nested", 0, NULL, "look into jars, wheels and zip files (default)", OPT_NESTED},
	{"no-nested", 0, NULL, "do not", OPT_NO_NESTED},
	{"emit-dockerfile", 0, "[=FILE]",
		"print the Dockerfile of the plan instead of the report;\n"
		"or write it to FILE beside the report",
		OPT_EMIT_DOCKERFILE},
	{"format", 'f', "F", "text (default), json, ndjson", MU_OPT_FORMAT},
	{"output", 'o', "FILE", "write to FILE, which appears when it is complete",
		MU_OPT_OUTPUT},
	{"jobs", 'j', "N", "threads (default: one a processor)", MU_OPT_JOBS},
	{"color", 0, "WHEN", "auto (default), always, never; NO_COLOR is honoured",
		MU_OPT_COLOR},
	{"quiet", 'q', NULL, "only the headline and what is wrong", MU_OPT_QUIET},
	{"verbose", 'v', NULL, "everything that was found", MU_OPT_VERBOSE},
	{"fail-on", 0, "S", "exit 1 at error (default), warning, note; never",
		MU_OPT_FAIL_ON},
	{"ignore", 0, "RULE[:GLOB]",
		"drop findings; GLOB is of the symbol, object or file", MU_OPT_IGNORE},
	{"db", 0, "FILE", "further data, over what is built in (see muslin-db(1))",
		MU_OPT_DB},
	{"no-user-db", 0, NULL, "leave out what `muslin db import` keeps",
		MU_OPT_NO_USER_DB},
	{"help", 'h', NULL, "print this and exit", MU_OPT_HELP},
	{0},
};

static const char about[] =
	"Everything in a root tree or an image, and the plan to move it to Alpine.\n"
	"\n"
	"SOURCE is a folder, a `docker save` or OCI archive, an OCI layout folder, a\n"
	".tar, .deb, .rpm, .apk, .whl, .jar or .zip, or - for standard input:\n"
	"\n"
	"  docker save app | muslin scan -";

struct args {
	struct mu_common c;
	const char *source, *dockerfile; /* "-": in the place of the report */
	bool nested;
	bool told;      /* a progress line stands on the terminal */
	uint64_t shown; /* what it shows: pieces of a hundred, or megabytes */
};

/* ---- options ---------------------------------------------------------------------- */

static int take_option(struct args *a, int id, const char *value)
{
	switch (id) {
	case OPT_NESTED:
		a->nested = true;
		return 0;
	case OPT_NO_NESTED:
		a->nested = false;
		return 0;
	case OPT_EMIT_DOCKERFILE:
		a->dockerfile = value ? value : "-";
		return 0;
	default:
		return mu_common_take(&a->c, id, value);
	}
}

static int parse(struct args *a, int argc, char **argv)
{
	struct mu_options o;
	int exit = mu_options_begin(&o, table, argc, argv), id, at;

	while (!exit && !a->c.help && (id = mu_options_next(&o)) != -1)
		exit = id == '?' ? MU_EXIT_USAGE : take_option(a, id, o.value);
	at = mu_options_end(&o);
	if (exit || a->c.help)
		return exit;
	if (at == argc)
		return mu_say_usage("scan", "name a folder, an image or an archive");
	if (at + 1 < argc)
		return mu_say_usage(
			"scan", "one source at a time: '%s' is a second", argv[at + 1]);
	if (a->c.write.format == MU_FORMAT_TREE)
		return mu_say_usage("scan",
			"the format tree is of `muslin check`; here there are "
			"text, json, ndjson");
	a->source = argv[at];
	return mu_common_ready(&a->c);
}

/* ---- progress ---------------------------------------------------------------------- */

#define BAR 30

static void show_progress(void *ctx, uint64_t done, uint64_t total, const char *what)
{
	struct args *a = ctx;
	bool bytes = !strcmp(what, "bytes");
	unsigned full = total ? (unsigned)(done * BAR / total) : 0;

	if (a->told && a->shown == (total ? done * 100 / total : done >> 20))
		return;
	a->shown = total ? done * 100 / total : done >> 20;
	a->told = true;
	if (full > BAR)
		full = BAR;
	fprintf(stderr, "\r");
	if (total)
		fprintf(stderr, "[%.*s%*s] ", (int)full, "##############################",
			(int)(BAR - full), "");
	fprintf(stderr, "%llu %s", (unsigned long long)(bytes ? done >> 20 : done),
		bytes ? "MiB" : what);
	fprintf(stderr, "\033[K");
	fflush(stderr);
}

static void end_progress(struct args *a)
{
	if (a->told)
		fputs("\r\033[K", stderr);
	a->told = false;
}

/* ---- the scan ------------------------------------------------------------------------
 */

/* What could not be read is told; the rest of the tree was scanned all the same. */
static void say_notes(const struct args *a, const struct mu_scan *scan)
{
	const char *path, *text;
	size_t most = a->c.write.verbosity > 0 ? SIZE_MAX : 10, n = 0;

	for (; (text = mu_scan_note_at(scan, n, &path)); n++)
		if (n < most && a->c.write.verbosity >= 0)
			mu_say("%s%s%s", path ? path : "", path ? ": " : "", text);
	if (n > most && a->c.write.verbosity >= 0)
		mu_say("… and %zu more notes like these (-v shows all)", n - most);
}

static int write_file(const char *path, const struct mu_scan *scan, struct args *a,
	bool dockerfile, struct mu_error *err)
{
	struct mu_output out;
	int e = mu_output_open(&out, path, err);

	if (e)
		return e;
	if (dockerfile) {
		fputs(mu_scan_dockerfile(scan), out.f);
	} else {
		a->c.write.color = mu_want_color(a->c.color, out.f);
		a->c.write.utf8 = mu_want_utf8();
		a->c.write.command = "scan";
		e = mu_scan_write(scan, &a->c.write, out.f);
	}
	if (e)
		mu_output_close(&out, false, NULL);
	else
		e = mu_output_close(&out, true, err);
	return e;
}

static int write_all(const struct mu_scan *scan, struct args *a, struct mu_error *err)
{
	bool instead = a->dockerfile && !strcmp(a->dockerfile, "-");
	int e = 0;

	if (a->dockerfile && !instead)
		e = write_file(a->dockerfile, scan, a, true, err);
	return e ? e : write_file(a->c.output, scan, a, instead, err);
}

static int scan(struct args *a)
{
	struct mu_scan_options o = {
		.check = a->c.check,
		.source = a->source,
		.nested = a->nested,
	};
	struct mu_error err = {0};
	struct mu_scan *s = NULL;
	int e, worst;

	if (isatty(2) && a->c.write.verbosity >= 0) {
		o.progress = show_progress;
		o.progress_ctx = a;
	}
	e = mu_scan_run(&o, &s, &err);
	end_progress(a);
	if (!e) {
		say_notes(a, s);
		e = write_all(s, a, &err);
		if (e && !err.code)
			err.code = e;
	}
	if (e)
		e = mu_say_error("scan", &err, a->source);
	else {
		worst = mu_scan_worst(s);
		e = a->c.fail_on >= 0 && worst >= a->c.fail_on ? MU_EXIT_FOUND
							       : MU_EXIT_OK;
	}
	mu_scan_free(s);
	return e;
}

int mu_cmd_scan(int argc, char **argv)
{
	struct args a = {
		.c = {.command = "scan", .fail_on = MU_SEVERITY_ERROR},
		.nested = true,
	};
	int exit = parse(&a, argc, argv);

	if (!exit && a.c.help)
		mu_options_help(stdout, "scan [OPTION...] SOURCE", about, table);
	else if (!exit && !(exit = mu_load_data(&a.c.databases, a.c.no_user_db)))
		exit = scan(&a);
	mu_common_free(&a.c);
	return exit;
}
