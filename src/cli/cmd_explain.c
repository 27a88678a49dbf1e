/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <muslin/explain.h>

#include "cli.h"

#define MAX_TEXT ((size_t)256 << 20) /* bytes; of more the first are read */

enum { OPT_FILE = MU_OPT_OWN, OPT_ROOT };

static const struct mu_option table[] = {
	{"file", 0, "BINARY", "the real file: what the text says is looked for in it",
		OPT_FILE},
	{"root", 'R', "DIR", "BINARY and its libraries are looked for inside DIR",
		OPT_ROOT},
	{"target", 't', "T",
		"alpine:3.22, alpine:edge, musl:1.2.5 (default: the release\n"
		"that the text names, else the newest)",
		MU_OPT_TARGET},
	{"target-root", 0, "DIR", "the real target, for --file", MU_OPT_TARGET_ROOT},
	{"arch", 0, "A", "x86_64, aarch64 … (default: as the text has it)", MU_OPT_ARCH},
	{"format", 'f', "F", "text (default), json, ndjson", MU_OPT_FORMAT},
	{"output", 'o', "FILE", "write to FILE, which appears when it is complete",
		MU_OPT_OUTPUT},
	{"color", 0, "WHEN", "auto (default), always, never; NO_COLOR is honoured",
		MU_OPT_COLOR},
	{"quiet", 'q', NULL, "one line a cause", MU_OPT_QUIET},
	{"verbose", 'v', NULL, "all lines, all ways out, all caveats", MU_OPT_VERBOSE},
	{"db", 0, "FILE", "further data, over what is built in (see muslin-db(1))",
		MU_OPT_DB},
	{"no-user-db", 0, NULL, "leave out what `muslin db import` keeps",
		MU_OPT_NO_USER_DB},
	{"help", 'h', NULL, "print this and exit", MU_OPT_HELP},
	{0},
};

static const char about[] =
	"What an error message means, and what helps against it.\n"
	"\n"
	"TEXT is a message, or a bare symbol, library, package or command. FILE is a "
	"log;\n"
	"- is standard input:\n"
	"\n"
	"  docker build . 2>&1 | muslin explain -\n"
	"  muslin explain 'Error relocating ./app: __printf_chk: symbol not found'\n"
	"  muslin explain libssl.so.1.1\n"
	"\n"
	"Exit code 0, also where the text tells nothing that is known.";

struct args {
	struct mu_common c;
	const char *file, *root;
	char **operands;
	int noperands;
};

/* ---- options --------------------------------------------------------------------------
 */

static int take_option(struct args *a, int id, const char *value)
{
	switch (id) {
	case OPT_FILE:
		a->file = value;
		return 0;
	case OPT_ROOT:
		a->root = value;
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
	if (a->c.write.format == MU_FORMAT_TREE)
		return mu_say_usage("explain", "formats are text, json and ndjson");
	if (a->c.targets.n > 1)
		return mu_say_usage("explain", "one target at a time");
	a->operands = argv + at;
	a->noperands = argc - at;
	if (!a->noperands && isatty(0))
		return mu_say_usage(
			"explain", "give a text, a file, or - for standard input");
	return mu_common_ready(&a->c);
}

/* ---- the text
 * --------------------------------------------------------------------------- */

struct text {
	char *p; /* owned */
	size_t n, cap;
	bool cut;
};

static int add_text(struct text *t, const char *p, size_t n)
{
	char *bigger;

	if (t->cap - t->n < n) {
		size_t cap = t->cap * 2 > t->n + n ? t->cap * 2 : t->n + n + 4096;
		bigger = realloc(t->p, cap);
		if (!bigger)
			return -ENOMEM;
		t->p = bigger;
		t->cap = cap;
	}
	if (n)
		memcpy(t->p + t->n, p, n);
	t->n += n;
	return 0;
}

static int read_fd(struct text *t, int fd)
{
	static char buffer[1 << 16];
	ssize_t n;

	while (t->n < MAX_TEXT) {
		n = read(fd, buffer, sizeof buffer);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : 0;
		if (add_text(t, buffer, (size_t)n))
			return -ENOMEM;
	}
	t->cut = true;
	return 0;
}

static int read_file(struct text *t, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), e;

	if (fd < 0)
		return -errno;
	e = add_text(t, "\n", t->n && t->p[t->n - 1] != '\n');
	if (!e)
		e = read_fd(t, fd);
	close(fd);
	return e;
}

/* A library or a loader by its path is asked about by its name: what it holds is no
 * text. */
static bool is_elf(const char *s)
{
	char magic[4] = "";
	struct stat st;
	bool is;
	int fd;

	/* what a pipe gives is gone when it is looked at */
	if (stat(s, &st) || !S_ISREG(st.st_mode))
		return false;
	fd = open(s, O_RDONLY | O_CLOEXEC);
	is = fd >= 0 && read(fd, magic, 4) == 4 && !memcmp(magic, "\177ELF", 4);
	if (fd >= 0)
		close(fd);
	return is;
}

static bool is_file(const char *s)
{
	struct stat st;

	return !stat(s, &st) && !S_ISDIR(st.st_mode) && !is_elf(s);
}

static int take_operand(struct text *t, const char *s, bool file)
{
	if (file)
		return strcmp(s, "-") ? read_file(t, s) : read_fd(t, 0);
	if (t->n && t->p[t->n - 1] != '\n' && add_text(t, " ", 1))
		return -ENOMEM;
	return add_text(t, s, strlen(s));
}

static bool is_folder(const char *s)
{
	struct stat st;

	return !stat(s, &st) && S_ISDIR(st.st_mode);
}

/* Words of a message are given without quotes as well: they are one text, unless one of
 * them is a file. */
static int read_all(struct args *a, struct text *t)
{
	bool files = false;
	int e = 0;

	if (!a->noperands)
		return read_fd(t, 0) ? (mu_say("standard input: %s", mu_strerror(-errno)),
					       MU_EXIT_INPUT)
				     : 0;
	if (a->noperands == 1 && is_folder(a->operands[0])) {
		mu_say("%s is a folder: give a text, a log, or - for standard input",
			a->operands[0]);
		return MU_EXIT_INPUT;
	}
	for (int i = 0; i < a->noperands; i++)
		files |= !strcmp(a->operands[i], "-") || is_file(a->operands[i]);
	for (int i = 0; i < a->noperands && !e; i++) {
		const char *s = a->operands[i];
		bool file = files && (!strcmp(s, "-") || is_file(s));
		e = take_operand(t, s, file);
		if (e)
			mu_say("%s: %s", s, mu_strerror(e));
	}
	return e ? MU_EXIT_INPUT : 0;
}

/* A program in the place of a log is a misunderstanding that is easily cleared up. */
static bool is_program(const struct args *a)
{
	return a->noperands == 1 && is_elf(a->operands[0]) &&
	       !strstr(a->operands[0], ".so");
}

/* ---- the explanation
 * ---------------------------------------------------------------------- */

static int say_error(const struct args *a, const struct mu_error *err)
{
	const char *text = err->msg[0] ? err->msg : mu_strerror(err->code);
	bool usage = err->code == -MU_E_USAGE || err->code == -MU_E_UNKNOWN_TARGET ||
		     err->code == -MU_E_UNKNOWN_MACHINE;

	if (usage)
		return mu_say_usage("explain", "%s", text);
	mu_say("%s: %s", err->path[0] ? err->path : a->file ? a->file : "explain", text);
	return MU_EXIT_INPUT;
}

static int write_it(struct args *a, const struct mu_explanation *x, struct mu_error *err)
{
	struct mu_output out;
	int e = mu_output_open(&out, a->c.output, err);

	if (e)
		return e;
	a->c.write.color = mu_want_color(a->c.color, out.f);
	a->c.write.utf8 = mu_want_utf8();
	a->c.write.command = "explain";
	e = mu_explanation_write(x, &a->c.write, out.f);
	if (e)
		mu_output_close(&out, false, NULL);
	else
		e = mu_output_close(&out, true, err);
	return e ? mu_error_set(err, e, NULL, NULL) : 0;
}

static int explain(struct args *a, const struct text *t)
{
	struct mu_explain_options o = {.check = a->c.check, .file = a->file};
	struct mu_explanation *x = NULL;
	struct mu_error err = {0};
	int e;

	o.check.root = a->root;
	e = mu_explain(t->p ? t->p : "", t->n, &o, &x, &err);
	if (!e)
		e = write_it(a, x, &err);
	mu_explanation_free(x);
	return e ? say_error(a, &err) : MU_EXIT_OK;
}

static int run(struct args *a)
{
	struct text t = {0};
	int exit = 0;

	if (is_program(a)) {
		mu_say("%s is a program, not a text: `muslin check %s`, or give the "
		       "message and --file %s",
			a->operands[0], a->operands[0], a->operands[0]);
		exit = MU_EXIT_INPUT;
	}
	if (!exit)
		exit = read_all(a, &t);
	if (!exit && t.cut)
		mu_say("more than %zu MiB: only these are read", MAX_TEXT >> 20);
	if (!exit)
		exit = explain(a, &t);
	free(t.p);
	return exit;
}

int mu_cmd_explain(int argc, char **argv)
{
	struct args a = {.c = {.command = "explain"}};
	int exit = parse(&a, argc, argv);

	if (!exit && a.c.help)
		mu_options_help(
			stdout, "explain [OPTION...] [TEXT|FILE|-]...", about, table);
	else if (!exit && !(exit = mu_load_data(&a.c.databases, a.c.no_user_db)))
		exit = run(&a);
	mu_common_free(&a.c);
	return exit;
}
