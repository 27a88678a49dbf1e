/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "core/hash.h"
#include "core/text.h"
#include "writer.h"

/* Findings are known again by file, rule, object and symbol: not by their words,
 * which another version of muslin may choose better. */
struct mu_baseline {
	json_t *seen; /* object: key → true */
};

static char *make_key(
	const char *path, const char *rule, const char *object, const char *symbol)
{
	size_t n = strlen(path) + strlen(rule) + strlen(object) + strlen(symbol) + 4;
	char *key = malloc(n), *clean;

	if (!key)
		return NULL;
	snprintf(key, n, "%s\n%s\n%s\n%s", path, rule, object, symbol);
	clean = mu_text_utf8(key, strlen(key));
	free(key);
	return clean;
}

static const char *member(json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s ? s : "";
}

static int take_object(struct mu_baseline *b, json_t *o)
{
	json_t *findings = json_object_get(o, "findings"), *f;
	size_t i;

	json_array_foreach(findings, i, f)
	{
		char *key = make_key(member(o, "path"), member(f, "rule"),
			member(f, "object"), member(f, "symbol"));
		int e = key ? json_object_set_new(b->seen, key, json_true()) : -1;
		free(key);
		if (e)
			return -ENOMEM;
	}
	return 0;
}

/* Both forms: one document, or an object a line. */
static int take_report(
	struct mu_baseline *b, FILE *in, const char *path, struct mu_error *err)
{
	size_t documents = 0;

	for (;;) {
		json_error_t why;
		json_t *j, *o;
		size_t i;
		int c, e = 0;
		while ((c = getc(in)) == ' ' || c == '\t' || c == '\r' || c == '\n')
			;
		if (c == EOF)
			break;
		ungetc(c, in);
		j = json_loadf(in, JSON_DISABLE_EOF_CHECK, &why);
		if (!j)
			return mu_error_set(err, -EINVAL, path,
				"not a report of muslin: %s", why.text);
		if (json_object_get(j, "findings"))
			e = take_object(b, j);
		json_array_foreach(json_object_get(j, "objects"), i, o)
		{
			if (!e)
				e = take_object(b, o);
		}
		documents += json_object_get(j, "findings") ||
			     json_object_get(j, "objects") ||
			     json_object_get(j, "summary");
		json_decref(j);
		if (e)
			return e;
	}
	return documents ? 0 : mu_error_set(err, -EINVAL, path, "not a report of muslin");
}

int mu_baseline_load(const char *path, struct mu_baseline **ret, struct mu_error *err)
{
	struct mu_baseline *b = calloc(1, sizeof *b);
	FILE *in = fopen(path, "rbe");
	int e = in ? -ENOMEM : -errno;

	if (in && b && (b->seen = json_object()))
		e = take_report(b, in, path, err);
	if (in)
		fclose(in);
	if (e) {
		mu_baseline_free(b);
		return mu_error_set(err, e, path, NULL);
	}
	*ret = b;
	return 0;
}

void mu_baseline_free(struct mu_baseline *b)
{
	if (!b)
		return;
	json_decref(b->seen);
	free(b);
}

static bool is_known(const struct mu_baseline *b, const struct mu_report *r,
	const struct mu_finding *f)
{
	char *key = make_key(r->path, mu_rule_at(f->rule)->id,
		f->object ? f->object : r->path, f->symbol ? f->symbol : "");
	bool known = key && json_object_get(b->seen, key);

	free(key);
	return known;
}

void mu_baseline_apply(const struct mu_baseline *b, struct mu_report *r)
{
	size_t kept = 0;

	for (size_t i = 0; b && i < r->nfindings; i++)
		if (!is_known(b, r, &r->findings[i]))
			r->findings[kept++] = r->findings[i];
	if (b)
		r->nfindings = kept;
}
