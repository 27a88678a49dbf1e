/* SPDX-License-Identifier: MIT */
#ifndef MU_CLI_CLI_H
#define MU_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <muslin/check.h>
#include <muslin/error.h>
#include <muslin/report.h>

enum {
	MU_EXIT_OK = 0,
	MU_EXIT_FOUND = 1,
	MU_EXIT_INPUT = 2,
	MU_EXIT_USAGE = 64,
};

/** struct mu_command: a row of the command table in main.c */
struct mu_command {
	const char *name;
	const char *args;    /* "FILE..." */
	const char *summary; /* one line */
	int (*run)(int argc, char **argv);
};

/** mu_command_at: the commands; NULL past the last */
const struct mu_command *mu_command_at(size_t i);

int mu_cmd_check(int argc, char **argv);
int mu_cmd_db(int argc, char **argv);
int mu_cmd_explain(int argc, char **argv);
int mu_cmd_rules(int argc, char **argv);
int mu_cmd_scan(int argc, char **argv);

/* ---- options: one table says what is parsed and what --help prints ---------- */

/** struct mu_option: one option of a command */
struct mu_option {
	const char *name; /* long */
	char letter;      /* short, 0 */
	const char *arg;  /* NULL: takes none; "[=FILE]": may be left out (long form) */
	const char *help;
	int id; /* what mu_options_next() returns */
};

struct mu_options {
	const struct mu_option *table; /* ends with a NULL name */
	int argc;
	char **argv;
	const char *value; /* of the option returned last */
	void *longs;       /* owned */
	char *shorts;      /* owned */
};

/** mu_options_begin: start parsing; 0 or MU_EXIT_INPUT when out of memory */
int mu_options_begin(
	struct mu_options *o, const struct mu_option *table, int argc, char **argv);

/** mu_options_next: the next option's id; -1 at the end, '?' for a wrong one (told) */
int mu_options_next(struct mu_options *o);

/** mu_options_end: free what parsing took; the operands begin at the result */
int mu_options_end(struct mu_options *o);

/** mu_options_help: "Usage: muslin NAME …" and the table */
void mu_options_help(
	FILE *out, const char *usage, const char *about, const struct mu_option *table);

/** struct mu_list: strings out of options and files; the first may be borrowed */
struct mu_list {
	char **v; /* owned, each owned */
	size_t n, cap;
};

/* ---- options that commands share ----------------------------------------------- */

enum {
	MU_OPT_TARGET,
	MU_OPT_TARGET_ROOT,
	MU_OPT_LAYER,
	MU_OPT_MODE,
	MU_OPT_ASSERT,
	MU_OPT_ARCH,
	MU_OPT_FORMAT,
	MU_OPT_OUTPUT,
	MU_OPT_JOBS,
	MU_OPT_COLOR,
	MU_OPT_QUIET,
	MU_OPT_VERBOSE,
	MU_OPT_FAIL_ON,
	MU_OPT_IGNORE,
	MU_OPT_DB,
	MU_OPT_NO_USER_DB,
	MU_OPT_HELP,
	MU_OPT_OWN, /* a command's own begin here */
};

/** struct mu_common: what those options say */
struct mu_common {
	const char *command; /* for messages */
	struct mu_check_options check;
	struct mu_write_options write;
	struct mu_list targets, asserts, ignores, databases;
	const char *color, *output;
	int fail_on;
	bool help, auto_layers, no_user_db;
};

/** mu_common_take: take one of them; 0 or an exit code (told) */
int mu_common_take(struct mu_common *c, int id, const char *value);

/** mu_common_ready: after the last: fill in .check; 0 or an exit code (told) */
int mu_common_ready(struct mu_common *c);
void mu_common_free(struct mu_common *c);

/* ---- messages (all to stderr) ------------------------------------------------ */

/** mu_say: "muslin: …", names in it escaped */
__attribute__((format(printf, 1, 2))) void mu_say(const char *fmt, ...);

/** mu_say_usage: the same, and where help is; returns MU_EXIT_USAGE */
__attribute__((format(printf, 2, 3))) int mu_say_usage(
	const char *command, const char *fmt, ...);

/** mu_say_error: why a command failed
 * @input: what is named where the error names nothing; NULL
 * Returns: the exit code.
 */
int mu_say_error(const char *command, const struct mu_error *err, const char *input);

/* ---- lists and output --------------------------------------------------------- */

int mu_list_add(struct mu_list *l, const char *s, size_t n);
/** mu_list_split: add what is between commas */
int mu_list_split(struct mu_list *l, const char *s);
/** mu_list_read: add the lines of a file ("-": stdin), or what is between its NULs */
int mu_list_read(struct mu_list *l, const char *path, struct mu_error *err);
void mu_list_free(struct mu_list *l);

/** mu_load_data: read the user's own data, and the --db files; 0 or an exit code (told)
 * @no_user: leave the user's own out
 */
int mu_load_data(const struct mu_list *files, bool no_user);

/** struct mu_output: stdout, or a file that appears only when it is complete */
struct mu_output {
	FILE *f;
	const char *path;
	char *temp;  /* owned; NULL for stdout */
	char *place; /* owned: where it goes, links followed */
};

int mu_output_open(struct mu_output *o, const char *path, struct mu_error *err);
/** mu_output_close: put the file in place where @keep, else throw it away */
int mu_output_close(struct mu_output *o, bool keep, struct mu_error *err);

/** mu_want_color: --color WHEN, NO_COLOR and the terminal; -1: not a WHEN */
int mu_want_color(const char *when, FILE *f);

/** mu_want_utf8: whether the locale's characters are UTF-8 */
bool mu_want_utf8(void);

/* ---- muslin db import (import.c) ------------------------------------------------ */

#define MAX_INDICES 64

/** struct import_options: what `muslin db import` was asked for; strings borrowed */
struct import_options {
	const char *release, *musl, *target, *remove;
	struct mu_list indices;         /* --apkindex */
	const char *repos[MAX_INDICES]; /* of each; NULL: not said */
	const char *repo;               /* of those that follow */
};

/** mu_import_take_index, mu_import_take_repo: an option; 0 or an exit code */
int mu_import_take_index(struct import_options *o, const char *path);
int mu_import_take_repo(struct import_options *o, const char *repo);

/** mu_import_asked: whether there was an option that import alone has */
bool mu_import_asked(const struct import_options *o);

/** mu_import_run: do it
 * @output: NULL: into the user's folder
 * Returns: the exit code.
 */
int mu_import_run(const struct import_options *o, const char *output);

#endif
