/* SPDX-License-Identifier: MIT */
#include "apkindex.h"

#include <errno.h>
#include <muslin/error.h>
#include <stdlib.h>
#include <string.h>

/*
 * Records are lines "X:value" up to an empty line. Letters that are not read here (the
 * checksum, dependencies, triggers …) are passed over.
 */
#define MAX_PACKAGES 1000000
#define MAX_PROVIDES 8000000
#define MAX_NAME 255

struct parser {
	const char *path;
	struct mu_apkindex *index;
	struct mu_error *err;
	unsigned line;
	bool open;                /* inside a record */
	struct mu_apk_package at; /* the record */
	size_t first;             /* of its provides */
};

static int wrong(const struct parser *p, const char *what)
{
	return mu_error_set(p->err, -EINVAL, p->path, "line %u: %s", p->line, what);
}

bool mu_apk_name_ok(const char *name)
{
	static const char ok[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-";

	return *name && *name != '-' && !name[strspn(name, ok)] &&
	       strlen(name) <= MAX_NAME;
}

/* Printable ASCII without blanks: it becomes a field of a line. */
static bool is_word(const char *s)
{
	for (; *s; s++)
		if (*s <= ' ' || *s >= 0x7f)
			return false;
	return true;
}

static uint64_t number(const char *s)
{
	char *end;
	unsigned long long n = *s >= '0' && *s <= '9' ? strtoull(s, &end, 10) : 0;

	return n;
}

/* ---- what a package provides ------------------------------------------- */

static const struct {
	const char *prefix;
	enum mu_provided kind;
} prefixes[] = {
	{"so:", MU_PROVIDED_SONAME},
	{"cmd:", MU_PROVIDED_COMMAND},
	{"pc:", MU_PROVIDED_PKGCONFIG},
	{"", MU_PROVIDED_VIRTUAL},
};

/* "so:libz.so.1=1.3.1": the version is behind the first of = < > ~ */
static int take_provided(struct parser *p, char *word)
{
	struct mu_apkindex *x = p->index;
	size_t i = 0, n;

	while (strncmp(word, prefixes[i].prefix, strlen(prefixes[i].prefix)) != 0)
		i++;
	word += strlen(prefixes[i].prefix);
	word[strcspn(word, "=<>~")] = 0;
	n = strlen(word);
	if (!n || n > MAX_NAME || !is_word(word))
		return wrong(p, "a provided name of no sense");
	if (x->provides.n == MAX_PROVIDES)
		return mu_error_set(p->err, -MU_E_LIMIT, p->path, NULL);
	if (mu_vec_room(&x->provides))
		return -ENOMEM;
	x->provides.v[x->provides.n++] =
		(struct mu_apk_provide){.name = word, .kind = prefixes[i].kind};
	return 0;
}

static int take_provides(struct parser *p, char *list)
{
	char *word;
	int e = 0;

	while (!e && (word = strsep(&list, " ")))
		if (*word)
			e = take_provided(p, word);
	return e;
}

/* ---- records ------------------------------------------------------------ */

static int end_record(struct parser *p)
{
	struct mu_apkindex *x = p->index;

	if (!p->open)
		return 0;
	if (!p->at.name)
		return wrong(p, "a record without a name (P:)");
	if (x->packages.n == MAX_PACKAGES)
		return mu_error_set(p->err, -MU_E_LIMIT, p->path, NULL);
	if (mu_vec_room(&x->packages))
		return -ENOMEM;
	for (size_t i = p->first; i < x->provides.n; i++)
		x->provides.v[i].package = (uint32_t)x->packages.n;
	if (!*p->at.origin)
		p->at.origin = p->at.name;
	x->packages.v[x->packages.n++] = p->at;
	p->open = false;
	return 0;
}

static void begin_record(struct parser *p)
{
	p->open = true;
	p->at = (struct mu_apk_package){.version = "", .origin = "", .machine = ""};
	p->first = p->index->provides.n;
}

static int take_word(struct parser *p, const char *value, const char **ret)
{
	if (!is_word(value) || strlen(value) > MAX_NAME)
		return wrong(p, "a value that is no word");
	*ret = value;
	return 0;
}

static int take_field(struct parser *p, char letter, char *value)
{
	switch (letter) {
	case 'P':
		if (!mu_apk_name_ok(value))
			return wrong(p, "this is no name of a package");
		p->at.name = value;
		return 0;
	case 'V':
		return take_word(p, value, &p->at.version);
	case 'A':
		return take_word(p, value, &p->at.machine);
	case 'o':
		if (*value && !mu_apk_name_ok(value))
			return wrong(p, "this is no name of a package");
		p->at.origin = value;
		return 0;
	case 'I':
		p->at.size = number(value);
		return 0;
	case 't':
		p->at.built = number(value);
		return 0;
	case 'p':
		return take_provides(p, value);
	default:
		return 0;
	}
}

static bool is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static int take_line(struct parser *p, char *line, size_t n)
{
	p->line++;
	if (n && line[n - 1] == '\r')
		line[--n] = 0;
	if (!n)
		return end_record(p);
	if (n < 2 || !is_letter(line[0]) || line[1] != ':' || strlen(line) != n)
		return wrong(p, "no line of an APKINDEX (such as P:zlib)");
	if (!p->open)
		begin_record(p);
	return take_field(p, line[0], line + 2);
}

int mu_apkindex_parse(char *text, size_t n, const char *path, struct mu_apkindex *ret,
	struct mu_error *err)
{
	struct parser p = {.path = path, .index = ret, .err = err};
	size_t before = ret->packages.n;
	int e = 0;

	for (size_t at = 0; at < n && !e;) {
		char *end = memchr(text + at, '\n', n - at);
		if (!end) {
			p.line++;
			return mu_error_set(err, -MU_E_TRUNCATED, path,
				"line %u: ends in the middle of a line", p.line);
		}
		*end = 0;
		e = take_line(&p, text + at, (size_t)(end - text) - at);
		at = (size_t)(end - text) + 1;
	}
	if (!e)
		e = end_record(&p);
	if (!e && ret->packages.n == before)
		e = mu_error_set(err, -EINVAL, path, "there is no package in it");
	return e ? mu_error_set(err, e, path, NULL) : 0;
}

void mu_apkindex_free(struct mu_apkindex *index)
{
	free(index->packages.v);
	free(index->provides.v);
	*index = (struct mu_apkindex){0};
}
