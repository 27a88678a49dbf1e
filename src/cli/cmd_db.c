/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <muslin/db.h>

#include "cli.h"

enum { OPT_ARCH, OPT_FORMAT, OPT_OUTPUT, OPT_HELP };

static const struct mu_option table[] = {
	{"arch", 'A', "MACHINE",
		"this machine only: x86_64 x86 aarch64 armv7 armhf\n"
		"ppc64le s390x riscv64 loongarch64",
		OPT_ARCH},
	{"format", 'f', "FORMAT", "text (default) or json", OPT_FORMAT},
	{"output", 'o', "FILE", "write to FILE", OPT_OUTPUT},
	{"help", 'h', NULL, "print this and exit", OPT_HELP},
	{0},
};

static const char about[] =
	"What is known of musl, glibc, gcompat and Alpine.\n"
	"\n"
	"  list       Alpine releases, tables of symbols, machines, layers, data files\n"
	"  show NAME  a symbol (qsort_r), a library (libz.so.1), a release (3.22, "
	"edge),\n"
	"             a libc (musl:1.2.5), a package of Alpine or Debian (zlib, "
	"zlib1g),\n"
	"             a command (git) or a pkg-config module (zlib); where a word is\n"
	"             several of these, so: apk: deb: cmd: pc: or virtual: before it\n"
	"             chooses one\n"
	"\n"
	"Exit codes: 0 known, 1 a NAME is not known, 2 cannot write, 64 usage.";

struct db_options {
	struct mu_db_query query;
	const char *output; /* borrowed; NULL: standard output */
	bool help;
};

/* ---- options ---------------------------------------------------------- */

static int parse_arch(const char *name, int *ret)
{
	const struct mu_machine *m = mu_machine_by_name(name);

	if (!m)
		return mu_say_usage("db", "there is no machine '%s'", name);
	*ret = (int)m->id;
	return 0;
}

static int parse_format(const char *name, enum mu_db_format *ret)
{
	static const char *const names[] = {[MU_DB_TEXT] = "text", [MU_DB_JSON] = "json"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (strcmp(names[i], name) == 0) {
			*ret = (enum mu_db_format)i;
			return 0;
		}
	}
	return mu_say_usage("db", "there is no format '%s' here: text or json", name);
}

static int take_option(int id, const char *value, struct db_options *ret)
{
	switch (id) {
	case OPT_ARCH:
		return parse_arch(value, &ret->query.machine);
	case OPT_FORMAT:
		return parse_format(value, &ret->query.format);
	case OPT_OUTPUT:
		ret->output = value;
		return 0;
	case OPT_HELP:
		ret->help = true;
		return 0;
	default:
		return MU_EXIT_USAGE; /* told already */
	}
}

/* Operands stand from *ret_first on. */
static int parse(int argc, char **argv, struct db_options *ret, int *ret_first)
{
	struct mu_options o;
	int id, r = mu_options_begin(&o, table, argc, argv);

	if (r)
		return r;
	*ret = (struct db_options){.query = {.machine = -1, .format = MU_DB_TEXT}};
	while (r == 0 && !ret->help && (id = mu_options_next(&o)) != -1)
		r = take_option(id, o.value, ret);
	*ret_first = mu_options_end(&o);
	return r;
}

/* ---- the commands ----------------------------------------------------- */

static int run_list(const char *const *names, size_t count, const struct mu_db_query *q,
	FILE *out, struct mu_error *err)
{
	(void)names;
	(void)count;
	return mu_db_list(q, out, err);
}

static const struct db_command {
	const char *name;
	bool takes_names;
	int (*run)(const char *const *names, size_t count, const struct mu_db_query *q,
		FILE *out, struct mu_error *err);
} commands[] = {
	{"list", false, run_list},
	{"show", true, mu_db_show},
};

static const struct db_command *find_command(const char *name)
{
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	return NULL;
}

/* The number of unknown names, or negative; the output is complete, or is not there. */
static int run(const struct db_command *command, char **names, int count,
	const struct db_options *o, struct mu_error *err)
{
	struct mu_output out;
	int r = mu_output_open(&out, o->output, err), closed;

	if (r < 0)
		return r;
	r = command->run(
		(const char *const *)names, (size_t)count, &o->query, out.f, err);
	closed = mu_output_close(&out, r >= 0, err);
	return r >= 0 && closed < 0 ? closed : r;
}

static int check_operands(int count, char **operands, const struct db_command **ret)
{
	if (!count)
		return mu_say_usage("db", "list, or show what?");
	*ret = find_command(operands[0]);
	if (!*ret)
		return mu_say_usage("db", "there is no command 'db %s'", operands[0]);
	if ((*ret)->takes_names && count < 2)
		return mu_say_usage("db", "show needs a name, such as qsort_r");
	if (!(*ret)->takes_names && count > 1)
		return mu_say_usage("db", "%s takes no name", (*ret)->name);
	return 0;
}

int mu_cmd_db(int argc, char **argv)
{
	const struct db_command *command = NULL;
	struct mu_error err = {0};
	struct db_options o;
	int first = 0, r = parse(argc, argv, &o, &first);

	if (r)
		return r;
	if (o.help) {
		mu_options_help(stdout, "db list | show NAME...", about, table);
		return MU_EXIT_OK;
	}
	r = check_operands(argc - first, argv + first, &command);
	if (r)
		return r;
	r = run(command, argv + first + 1, argc - first - 1, &o, &err);
	if (r < 0)
		mu_say("%s%s%s", err.path, *err.path ? ": " : "", err.msg);
	return r < 0 ? MU_EXIT_INPUT : r > 0 ? MU_EXIT_FOUND : MU_EXIT_OK;
}
