/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <muslin/rules.h>

#include "cli.h"

enum { OPT_HELP };

static const struct mu_option table[] = {
	{"help", 'h', NULL, "print this and exit", OPT_HELP},
	{0},
};

#define WIDTH 78

/* Breaks text at blanks. */
static void wrap(const char *s, int indent)
{
	int column = WIDTH;

	while (*s) {
		int n = (int)strcspn(s, " ");
		if (column + n + 1 > WIDTH) {
			printf("%s%*s", column == WIDTH ? "" : "\n", indent, "");
			column = indent;
		} else {
			putchar(' ');
			column++;
		}
		printf("%.*s", n, s);
		column += n;
		s += n + (s[n] == ' ');
	}
	putchar('\n');
}

static void show(const struct mu_rule *r)
{
	printf("%s %s (%s)\n", r->id, r->name, mu_severity_name(r->severity));
	wrap(r->summary, 2);
	putchar('\n');
	wrap(r->help, 2);
}

int mu_cmd_rules(int argc, char **argv)
{
	struct mu_options o;
	const struct mu_rule *r;
	int id, first;

	if (mu_options_begin(&o, table, argc, argv))
		return MU_EXIT_INPUT;
	id = mu_options_next(&o);
	first = mu_options_end(&o);
	if (id == OPT_HELP) {
		mu_options_help(stdout, "rules [RULE...]",
			"Every finding that muslin can report; with RULE (an id or a "
			"name) its "
			"explanation.",
			table);
		return MU_EXIT_OK;
	}
	if (id != -1)
		return MU_EXIT_USAGE;
	for (int i = first; i < argc; i++) {
		r = mu_rule_find(argv[i]);
		if (!r)
			return mu_say_usage("rules", "there is no rule '%s'", argv[i]);
		if (i > first)
			putchar('\n');
		show(r);
	}
	for (size_t i = 0; first == argc && (r = mu_rule_at(i)); i++)
		printf("%s  %-23s %-8s %s\n", r->id, r->name,
			mu_severity_name(r->severity), r->summary);
	return MU_EXIT_OK;
}
