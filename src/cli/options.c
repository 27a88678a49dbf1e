/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <muslin/report.h>

#include "cli.h"

#define HELP_COLUMN 26
#define FIRST_LONG 0x1000

int mu_options_begin(
	struct mu_options *o, const struct mu_option *table, int argc, char **argv)
{
	size_t n = 0;
	struct option *longs;
	char *s;

	while (table[n].name)
		n++;
	*o = (struct mu_options){.table = table, .argc = argc, .argv = argv};
	o->longs = longs = calloc(n + 1, sizeof *longs);
	o->shorts = s = calloc(2 * n + 2, 1);
	if (!longs || !s) {
		mu_options_end(o);
		return MU_EXIT_INPUT;
	}
	*s++ = ':'; /* a missing argument is told apart from an unknown option */
	for (size_t i = 0; i < n; i++) {
		longs[i] = (struct option){table[i].name,
			!table[i].arg          ? no_argument
			: *table[i].arg == '[' ? optional_argument
					       : required_argument,
			NULL, FIRST_LONG + (int)i};
		if (!table[i].letter)
			continue;
		*s++ = table[i].letter;
		if (table[i].arg)
			*s++ = ':';
	}
	optind = 1;
	opterr = 0;
	return 0;
}

static int by_letter(const struct mu_options *o, int letter)
{
	for (size_t i = 0; o->table[i].name; i++)
		if (o->table[i].letter == letter)
			return o->table[i].id;
	return '?';
}

static int complain(const struct mu_options *o, int c)
{
	const char *word = optind > 0 && optind <= o->argc ? o->argv[optind - 1] : "";

	if (c == ':')
		mu_say_usage(o->argv[0], "option '%s' needs an argument", word);
	else if (optopt && optopt < FIRST_LONG)
		mu_say_usage(o->argv[0], "unknown option '-%c'", optopt);
	else
		mu_say_usage(o->argv[0], "unknown or ambiguous option '%s'", word);
	return '?';
}

int mu_options_next(struct mu_options *o)
{
	int c = getopt_long(o->argc, o->argv, o->shorts, o->longs, NULL);

	o->value = optarg;
	if (c == -1)
		return -1;
	if (c == '?' || c == ':')
		return complain(o, c);
	return c >= FIRST_LONG ? o->table[c - FIRST_LONG].id : by_letter(o, c);
}

int mu_options_end(struct mu_options *o)
{
	free(o->longs);
	free(o->shorts);
	o->longs = NULL;
	o->shorts = NULL;
	return optind;
}

/* Columns that a text takes: characters of UTF-8, not bytes. */
static int columns(const char *s)
{
	int n = 0;

	for (; s && *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

void mu_options_help(
	FILE *out, const char *usage, const char *about, const struct mu_option *table)
{
	fprintf(out, "Usage: muslin %s\n\n%s\n\nOptions:\n", usage, about);
	for (; table->name; table++) {
		const char *arg = table->arg ? table->arg : "";
		bool spaced = *arg && *arg != '[';
		char letter[5] = "    ";
		int used;
		if (table->letter)
			snprintf(letter, sizeof letter, "-%c, ", table->letter);
		used = 8 + columns(table->name) + columns(arg) + spaced;
		fprintf(out, "  %s--%s%s%s", letter, table->name, spaced ? " " : "", arg);
		if (used >= HELP_COLUMN)
			fprintf(out, "\n%*s", HELP_COLUMN, "");
		else
			fprintf(out, "%*s", HELP_COLUMN - used, "");
		/* help of several lines goes on in its column */
		for (const char *s = table->help; *s; s++) {
			fputc(*s, out);
			if (*s == '\n')
				fprintf(out, "%*s", HELP_COLUMN, "");
		}
		fputc('\n', out);
	}
}

static void say_list(const char *fmt, va_list ap)
{
	char text[8192];

	vsnprintf(text, sizeof text, fmt, ap);
	fputs("muslin: ", stderr);
	mu_print_escaped(stderr, text);
	fputc('\n', stderr);
}

void mu_say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_list(fmt, ap);
	va_end(ap);
}

int mu_say_usage(const char *command, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_list(fmt, ap);
	va_end(ap);
	mu_say("`muslin %s --help` tells how it is used", command);
	return MU_EXIT_USAGE;
}
