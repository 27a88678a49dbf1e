/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <muslin/db.h>
#include <muslin/import.h>

#include "cli.h"

enum {
	OPT_ARCH,
	OPT_FORMAT,
	OPT_OUTPUT,
	OPT_RELEASE,
	OPT_APKINDEX,
	OPT_REPO,
	OPT_MUSL,
	OPT_TARGET,
	OPT_REMOVE,
	OPT_DB,
	OPT_NO_USER_DB,
	OPT_HELP,
};

static const struct mu_option table[] = {
	{"arch", 'A', "MACHINE",
		"this machine only: x86_64 x86 aarch64 armv7 armhf\n"
		"ppc64le s390x riscv64 loongarch64",
		OPT_ARCH},
	{"format", 'f', "FORMAT", "text (default) or json", OPT_FORMAT},
	{"output", 'o', "FILE",
		"write to FILE; of import: the data, instead of keeping it\n"
		"for all further runs",
		OPT_OUTPUT},
	{"release", 0, "R", "show: this release alone; import: what the index is of",
		OPT_RELEASE},
	{"apkindex", 0, "FILE",
		"import: an APKINDEX.tar.gz or an APKINDEX, -: stdin;\n"
		"may be given several times",
		OPT_APKINDEX},
	{"repo", 0, "REPO",
		"import: main, community or testing, of the --apkindex\n"
		"before it (default: told by what is in it, or its path)",
		OPT_REPO},
	{"musl", 0, "LIBC", "import: the symbols of a musl libc.so", OPT_MUSL},
	{"target", 't', "T",
		"import --musl: what the target is to be called\n"
		"(default: musl:VERSION)",
		OPT_TARGET},
	{"remove", 0, "R",
		"import: forget what was imported of release R, or of a\n"
		"target such as musl:1.2.7",
		OPT_REMOVE},
	{"db", 0, "FILE", "further data, over what is built in", OPT_DB},
	{"no-user-db", 0, NULL, "leave out what was imported", OPT_NO_USER_DB},
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
	"  import     take an index of Alpine's packages, or a libc.so of musl, over "
	"what\n"
	"             is built in: --apkindex FILE --release 3.25, or --musl LIBC\n"
	"\n"
	"Exit codes: 0 known, 1 a NAME is not known, 2 cannot read or write, 64 usage.";

struct db_options {
	struct mu_db_query query;
	struct import_options import;
	struct mu_list databases;
	const char *output; /* borrowed; NULL: standard output */
	bool no_user, help;
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
	case OPT_RELEASE:
		ret->import.release = value;
		return 0;
	case OPT_APKINDEX:
		return mu_import_take_index(&ret->import, value);
	case OPT_REPO:
		return mu_import_take_repo(&ret->import, value);
	case OPT_MUSL:
		ret->import.musl = value;
		return 0;
	case OPT_TARGET:
		ret->import.target = value;
		return 0;
	case OPT_REMOVE:
		ret->import.remove = value;
		return 0;
	case OPT_DB:
		return mu_list_add(&ret->databases, value, strlen(value)) ? MU_EXIT_INPUT
									  : 0;
	case OPT_NO_USER_DB:
		ret->no_user = true;
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
		FILE *out, struct mu_error *err); /* NULL: import, another kind */
} commands[] = {
	{"list", false, run_list},
	{"show", true, mu_db_show},
	{"import", false, NULL},
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
static int write_answer(const struct db_command *command, char **names, int count,
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
		return mu_say_usage("db", "list, show or import what?");
	*ret = find_command(operands[0]);
	if (!*ret)
		return mu_say_usage("db", "there is no command 'db %s'", operands[0]);
	if ((*ret)->takes_names && count < 2)
		return mu_say_usage("db", "show needs a name, such as qsort_r");
	if (!(*ret)->takes_names && count > 1)
		return mu_say_usage("db", "%s takes no name", (*ret)->name);
	return 0;
}

/* Releases are known when the data is there. */
static int find_release(struct db_options *o)
{
	const char *name = o->import.release;

	if (!name)
		return 0;
	o->query.release = mu_release_find(strncmp(name, "alpine:", 7) ? name : name + 7);
	if (!o->query.release)
		return mu_say_usage("db", "there is no release '%s'", name);
	return 0;
}

static int answer(
	const struct db_command *command, char **names, int count, struct db_options *o)
{
	struct mu_error err = {0};
	int r = mu_load_data(&o->databases, o->no_user);

	if (r)
		return r;
	r = find_release(o);
	if (r)
		return r;
	r = write_answer(command, names, count, o, &err);
	if (r < 0)
		mu_say("%s%s%s", err.path, *err.path ? ": " : "", err.msg);
	return r < 0 ? MU_EXIT_INPUT : r > 0 ? MU_EXIT_FOUND : MU_EXIT_OK;
}

static int run(int argc, char **argv, struct db_options *o)
{
	const struct db_command *command = NULL;
	int r = check_operands(argc, argv, &command);

	if (r)
		return r;
	if (!command->run)
		return mu_import_run(&o->import, o->output);
	if (mu_import_asked(&o->import))
		return mu_say_usage("db", "%s imports nothing", command->name);
	return answer(command, argv + 1, argc - 1, o);
}

int mu_cmd_db(int argc, char **argv)
{
	struct db_options o;
	int first = 0, r = parse(argc, argv, &o, &first);

	if (!r && o.help)
		mu_options_help(stdout, "db list | show NAME... | import OPTION...",
			about, table);
	else if (!r)
		r = run(argc - first, argv + first, &o);
	mu_list_free(&o.databases);
	mu_list_free(&o.import.indices);
	return r;
}
