/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <muslin/error.h>
#include <stdlib.h>
#include <string.h>

#include "loaded.h"

/*
 * A data file is text, one record a line, fields between tabs; muslin-db(1) describes
 * them. `db import` writes them sorted, so that nothing has to be sorted here; of a file
 * that somebody else wrote, the order does not matter.
 */
#define MAX_FIELDS 8
#define MAX_ROWS 20000000
#define MAX_LIBCS 64

struct reader {
	struct mu_loaded_part *part;
	struct mu_error *err;
	unsigned line;
	size_t rows;
	struct mu_loaded_index *index; /* that packages go to; NULL before the first */
	struct mu_loaded_libc *libc;   /* that symbols go to */
};

static int wrong(const struct reader *r, const char *what)
{
	return mu_error_set(
		r->err, -EINVAL, r->part->file->path, "line %u: %s", r->line, what);
}

static int put_row(struct reader *r, mu_loaded_rows *rows, const char *row)
{
	if (++r->rows > MAX_ROWS)
		return wrong(r, "too many rows");
	if (mu_vec_room(rows))
		return -ENOMEM;
	rows->v[rows->n++] = row;
	return 0;
}

/* ---- packages -------------------------------------------------------------- */

static bool is_release(const char *s)
{
	size_t n = strspn(s, "0123456789"), m;

	if (!strcmp(s, "edge"))
		return true;
	m = s[n] == '.' ? strspn(s + n + 1, "0123456789") : 0;
	return n && n < 4 && m && m < 4 && !s[n + 1 + m];
}

static enum mu_tab_repo repo_of(const char *name)
{
	for (int i = MU_TAB_MAIN; i <= MU_TAB_TESTING; i++)
		if (!strcmp(mu_repo_name((enum mu_tab_repo)i), name))
			return (enum mu_tab_repo)i;
	return MU_TAB_NOWHERE;
}

static int take_release(struct reader *r, char **field)
{
	struct mu_loaded_index *x;

	if (!is_release(field[1]) || repo_of(field[2]) == MU_TAB_NOWHERE)
		return wrong(r, "a release record is: release, 3.25, main, date, "
				"machine");
	if (mu_vec_room(&r->part->indices))
		return -ENOMEM;
	x = calloc(1, sizeof *x);
	if (!x)
		return -ENOMEM;
	x->file = r->part->file;
	x->release = field[1];
	x->repo = repo_of(field[2]);
	x->date = field[3];
	x->machine = field[4];
	r->part->indices.v[r->part->indices.n++] = r->index = x;
	return 0;
}

static int take_package(struct reader *r, char **field)
{
	if (!r->index)
		return wrong(r, "a package before the first release record");
	return put_row(r, &r->index->packages, field[1]);
}

static const char *const kinds[MU_PROVIDED_COUNT] = {
	[MU_PROVIDED_SONAME] = "so",
	[MU_PROVIDED_COMMAND] = "cmd",
	[MU_PROVIDED_PKGCONFIG] = "pc",
	[MU_PROVIDED_VIRTUAL] = "virtual",
};

static int take_provides(struct reader *r, char **field)
{
	if (!r->index)
		return wrong(r, "a provided name before the first release record");
	for (int k = 0; k < MU_PROVIDED_COUNT; k++)
		if (!strcmp(kinds[k], field[1]))
			return put_row(r, &r->index->provides[k], field[2]);
	return wrong(r, "what is provided is so, cmd, pc or virtual");
}

/* ---- libcs ------------------------------------------------------------------ */

static int take_libc(struct reader *r, char **field)
{
	static const char ok[] = "abcdefghijklmnopqrstuvwxyz0123456789.:_+-";
	const struct mu_machine *m = mu_machine_by_name(field[3]);
	struct mu_loaded_libc *x;

	if (!m)
		return wrong(r, "unknown machine");
	if (strncmp(field[1], "musl", 4) || !strchr(field[1], ':') ||
		field[1][strspn(field[1], ok)] || strlen(field[1]) > 63)
		return wrong(r, "a target is named like musl:1.2.7");
	if (!*field[2] || strlen(field[2]) > 31)
		return wrong(r, "a version is like 1.2.7");
	if (r->part->libcs.n == MAX_LIBCS)
		return wrong(r, "too many libcs");
	if (mu_vec_room(&r->part->libcs))
		return -ENOMEM;
	x = calloc(1, sizeof *x);
	if (!x)
		return -ENOMEM;
	*x = (struct mu_loaded_libc){.file = r->part->file,
		.target = field[1],
		.version = field[2],
		.machine = m};
	r->part->libcs.v[r->part->libcs.n++] = r->libc = x;
	return 0;
}

static int take_symbol(struct reader *r, char **field)
{
	if (!r->libc)
		return wrong(r, "a symbol before the first libc record");
	if (!*field[1])
		return wrong(r, "a symbol record is: symbol, name");
	return put_row(r, &r->libc->symbols, field[1]);
}

/* ---- lines ------------------------------------------------------------------- */

static const struct {
	const char *name;
	int fields;
	int (*take)(struct reader *r, char **field);
	const char *form;
} records[] = {
	{"provides", 4, take_provides,
		"a provides record is: provides, kind, name, package"},
	{"package", 5, take_package,
		"a package record is: package, name, version, origin, size"},
	{"symbol", 2, take_symbol, "a symbol record is: symbol, name"},
	{"release", 5, take_release,
		"a release record is: release, 3.25, main, date, machine"},
	{"libc", 4, take_libc, "a libc record is: libc, target, version, machine"},
};

/* What is read here is shown on terminals and becomes part of commands. */
static bool is_printable(const char *s, size_t n)
{
	bool odd = false;

	for (size_t i = 0; i < n; i++)
		odd |= (unsigned char)(s[i] - ' ') > '~' - ' ' && s[i] != '\t';
	return !odd;
}

/* @line: @n bytes and a NUL */
static int take_line(struct reader *r, char *line, size_t n)
{
	char *field[MAX_FIELDS + 1] = {line};
	int fields = 1;

	if (n && line[n - 1] == '\r')
		line[--n] = 0;
	if (!n || *line == '#')
		return 0;
	if (!is_printable(line, n))
		return wrong(r, "characters that are not printable ASCII");
	for (char *s = line; fields <= MAX_FIELDS; s++) {
		s = memchr(s, '\t', n - (size_t)(s - line));
		if (!s)
			break;
		*s = 0;
		field[fields++] = s + 1;
	}
	for (size_t i = 0; i < sizeof records / sizeof *records; i++)
		if (!strcmp(records[i].name, field[0]))
			return fields < records[i].fields ? wrong(r, records[i].form)
							  : records[i].take(r, field);
	return wrong(r, "neither a libc nor a symbol record, nor one about packages");
}

static int take_lines(struct reader *r, size_t n)
{
	char *text = r->part->file->text;
	int e = 0;

	if (!n) {
		r->line = 1;
		return wrong(r, "the file is empty");
	}
	for (size_t at = 0; at < n && !e;) {
		char *line = text + at, *end = memchr(line, '\n', n - at);
		size_t len = end ? (size_t)(end - line) : n - at;
		if (end)
			*end = 0;
		if (!r->line++ && strncmp(line, "#muslin-db 1", 12))
			return wrong(r,
				"not a muslin data file: \"#muslin-db 1\" is not there");
		e = take_line(r, line, len);
		at += len + 1;
	}
	return e;
}

/* ---- order --------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_sorted(const mu_loaded_rows *rows, int (*cmp)(const void *, const void *))
{
	for (size_t i = 1; i < rows->n; i++)
		if (cmp(&rows->v[i - 1], &rows->v[i]) > 0)
			return false;
	return true;
}

/* qsort() takes no context; files are loaded one after the other. */
static _Thread_local const struct mu_loaded_index *sorting;
static _Thread_local enum mu_provided sorting_kind;

static const char *origin_of(const char *package)
{
	const char *row = mu_loaded_package(sorting, package);

	return row ? mu_loaded_field(row, 2) : package;
}

static int by_provider(const void *a, const void *b)
{
	const char *x = *(const char *const *)a, *y = *(const char *const *)b;
	int c = strcmp(x, y);
	const char *p, *q;

	if (c)
		return c;
	p = mu_loaded_field(x, 1);
	q = mu_loaded_field(y, 1);
	return mu_provider_order(sorting_kind, x, p, origin_of(p), q, origin_of(q));
}

static void sort_rows(mu_loaded_rows *rows, int (*cmp)(const void *, const void *))
{
	if (rows->n && !is_sorted(rows, cmp))
		qsort(rows->v, rows->n, sizeof *rows->v, cmp);
}

static void sort_index(struct mu_loaded_index *x)
{
	sort_rows(&x->packages, by_name);
	sorting = x;
	for (int k = 0; k < MU_PROVIDED_COUNT; k++) {
		sorting_kind = (enum mu_provided)k;
		sort_rows(&x->provides[k], by_provider);
	}
	sorting = NULL;
}

int mu_datafile_parse(struct mu_loaded_part *part, size_t n, struct mu_error *err)
{
	struct reader r = {.part = part, .err = err};
	int e = take_lines(&r, n);

	for (size_t i = 0; i < part->indices.n && !e; i++)
		sort_index(part->indices.v[i]);
	return e ? mu_error_set(err, e, part->file->path, NULL) : 0;
}
