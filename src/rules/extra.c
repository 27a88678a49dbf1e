/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "run.h"

/*
 * A --db file is text, one record a line, fields between tabs:
 *
 *   #muslin-db 1
 *   libc    TARGET  VERSION  MACHINE     the libc.so that the following lines are of
 *   symbol  NAME                         a symbol that it defines
 */
#define MAX_FIELDS 8
#define MAX_SYMBOLS 1000000

struct extra_reader {
	struct mu_check *run;
	struct mu_error *err;
	const char *path;
	unsigned line;
	struct mu_elf *at; /* the libc that symbols go to; NULL before the first */
	size_t symbols;
};

static int wrong(struct extra_reader *r, const char *what)
{
	return mu_error_set(r->err, -EINVAL, r->path, "line %u: %s", r->line, what);
}

static struct extra_libc *find(struct mu_check *run, const char *name)
{
	for (size_t i = 0; i < run->nextra; i++)
		if (!strcmp(run->extra[i].name, name))
			return &run->extra[i];
	return NULL;
}

static struct extra_libc *add(
	struct extra_reader *r, const char *name, const char *version)
{
	struct mu_check *run = r->run;
	struct extra_libc *x = find(run, name);

	if (x || run->nextra == MAX_EXTRA)
		return x;
	x = &run->extra[run->nextra++];
	snprintf(x->name, sizeof x->name, "%s", name);
	snprintf(x->version, sizeof x->version, "%s", version);
	x->variant = variant_of_version(version);
	x->view = -1;
	return x;
}

static int take_libc(struct extra_reader *r, char **field, int n)
{
	const struct mu_machine *m = n == 4 ? mu_machine_by_name(field[3]) : NULL;
	struct extra_libc *x;

	if (n != 4 || strlen(field[1]) >= sizeof x->name ||
		strlen(field[2]) >= sizeof x->version)
		return wrong(r, "a libc record is: libc, target, version, machine");
	if (!m)
		return wrong(r, "unknown machine");
	if (strncmp(field[1], "musl", 4) || !strchr(field[1], ':') ||
		field[1][strspn(field[1], "abcdefghijklmnopqrstuvwxyz0123456789.:_+-")])
		return wrong(r, "a target is named like musl:1.2.7");
	x = add(r, field[1], field[2]);
	if (!x)
		return wrong(r, "too many libcs");
	if (!x->elf[m->id])
		x->elf[m->id] = mu_elf_virtual(m, "libc.so");
	r->at = x->elf[m->id];
	if (!r->at)
		return -ENOMEM;
	x->view = mu_store_add_libc(r->run->store, r->at, x->view, x->variant);
	return x->view < 0 ? x->view : 0;
}

static int take_symbol(struct extra_reader *r, char **field, int n)
{
	if (n < 2 || !*field[1])
		return wrong(r, "a symbol record is: symbol, name");
	if (!r->at)
		return wrong(r, "a symbol before the first libc record");
	if (++r->symbols > MAX_SYMBOLS)
		return wrong(r, "too many symbols");
	return mu_exports_add(
		&r->at->exports, mu_hash(field[1], strlen(field[1])), MU_ANSWER_DEF);
}

static int take_line(struct extra_reader *r, char *line)
{
	char *field[MAX_FIELDS] = {line}, *s = line;
	int n = 0;

	line[strcspn(line, "\r\n")] = 0;
	if (!*line || *line == '#')
		return 0;
	while (n < MAX_FIELDS && s)
		field[n++] = strsep(&s, "\t");
	if (!strcmp(field[0], "libc"))
		return take_libc(r, field, n);
	if (!strcmp(field[0], "symbol"))
		return take_symbol(r, field, n);
	return wrong(r, "neither a libc nor a symbol record");
}

static int read_file(struct mu_check *run, const char *path, struct mu_error *err)
{
	struct extra_reader r = {.run = run, .err = err, .path = path};
	FILE *in = fopen(path, "rbe");
	char *line = NULL;
	size_t cap = 0;
	int e = 0;

	if (!in)
		return mu_error_set(err, -errno, path, NULL);
	while (!e && getline(&line, &cap, in) >= 0) {
		r.line++;
		if (r.line == 1 && strncmp(line, "#muslin-db 1", 12))
			e = wrong(&r,
				"not a muslin data file: \"#muslin-db 1\" is not there");
		else
			e = take_line(&r, line);
	}
	if (!e && ferror(in))
		e = -EIO;
	if (!e && !r.line)
		e = wrong(&r, "the file is empty");
	free(line);
	fclose(in);
	return e ? mu_error_set(err, e, path, NULL) : 0;
}

int extra_open(struct mu_check *run, struct mu_error *err)
{
	int e = 0;

	for (size_t i = 0; i < run->opts.ndb_files && !e; i++)
		e = read_file(run, run->opts.db_files[i], err);
	return e;
}

bool extra_target(const struct mu_check *run, const char *name, struct target *t)
{
	const struct extra_libc *x = find((struct mu_check *)run, name);

	if (!x)
		return false;
	memset(t, 0, sizeof *t);
	snprintf(t->name, sizeof t->name, "%s", name);
	t->bare = true;
	t->view = x->view;
	t->variant = x->variant;
	t->pub.libc_version = x->version;
	return true;
}

void extra_close(struct mu_check *run)
{
	for (size_t i = 0; i < run->nextra; i++)
		for (int m = 0; m < MU_MACHINE_COUNT; m++)
			if (run->extra[i].elf[m])
				mu_object_free(&run->extra[i].elf[m]->facts);
}
