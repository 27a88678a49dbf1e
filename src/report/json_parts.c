/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "json.h"

/*
 * jansson passes NULL on and takes references that it is given. A member that could not
 * be made would be missing without a word: each goes through set_member() or push(), and
 * the object that lacks one is not written.
 */
_Thread_local bool incomplete;

void set_member(json_t *o, const char *key, json_t *value)
{
	incomplete |= json_object_set_new(o, key, value) != 0;
}

void push(json_t *a, json_t *value)
{
	incomplete |= json_array_append_new(a, value) != 0;
}

/* A string out of a file: what is no UTF-8 in it becomes \xNN. */
json_t *text(const char *s)
{
	char *clean;
	json_t *j;

	if (!s)
		return json_null();
	if (mu_text_is_utf8(s, strlen(s)))
		return json_string(s);
	clean = mu_text_utf8(s, strlen(s));
	j = clean ? json_string(clean) : NULL;
	free(clean);
	return j;
}

json_t *strings(const char *const *v, size_t n)
{
	json_t *a = json_array();

	for (size_t i = 0; i < n; i++)
		push(a, text(v[i]));
	return a;
}

int dump(FILE *out, json_t *j)
{
	int e = j ? json_dumpf(j, out, DUMP_FLAGS) : -1;

	json_decref(j);
	/* nothing wrong with the file: memory ran out */
	return !e ? 0 : ferror(out) ? -EIO : -ENOMEM;
}

int dump_member(FILE *out, const char *before, json_t *j, const char *after)
{
	int e;

	fputs(before, out);
	e = dump(out, j);
	fputs(after, out);
	return e;
}
