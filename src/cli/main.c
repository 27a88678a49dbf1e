/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "config.h"

static const struct mu_command commands[] = {
	{"check", "FILE...", "will these binaries run on the target?", mu_cmd_check},
	{"scan", "SOURCE", "what is in a root tree or image, and the plan to move it",
		mu_cmd_scan},
	{"explain", "TEXT|FILE", "what an error message means, and what helps",
		mu_cmd_explain},
	{"db", "COMMAND...", "what is known of musl, glibc, gcompat and Alpine",
		mu_cmd_db},
	{"rules", "[RULE...]", "every finding, with its explanation", mu_cmd_rules},
};

const struct mu_command *mu_command_at(size_t i)
{
	return i < sizeof commands / sizeof *commands ? &commands[i] : NULL;
}

static void help(FILE *out)
{
	fputs("muslin: will this run on Alpine, and if not, what is the least that makes "
	      "it "
	      "run?\n\nUsage: muslin COMMAND [OPTION...] [ARGUMENT...]\n\n",
		out);
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		fprintf(out, "  muslin %-7s %-10s %s\n", commands[i].name,
			commands[i].args, commands[i].summary);
	fputs("\n`muslin COMMAND --help` tells the options of a command.\n"
	      "Exit codes: 0 nothing found, 1 findings, 2 unreadable input, 64 usage.\n",
		out);
}

static int run(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (!strcmp(argv[0], commands[i].name))
			return commands[i].run(argc, argv);
	mu_say("there is no command '%s'; `muslin --help` lists those there are",
		argv[0]);
	return MU_EXIT_USAGE;
}

/* What was printed must have arrived. */
static int finish(int code)
{
	if (!fflush(stdout) && !ferror(stdout))
		return code;
	mu_say("standard output: %s",
		errno ? mu_strerror(-errno) : "could not be written");
	return MU_EXIT_INPUT;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		help(stderr);
		return MU_EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
		!strcmp(argv[1], "help")) {
		help(stdout);
		return finish(MU_EXIT_OK);
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		puts("muslin " MU_VERSION);
		return finish(MU_EXIT_OK);
	}
	return finish(run(argc - 1, argv + 1));
}
