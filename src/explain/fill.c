/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "core/text.h"
#include "explain.h"

/* The names of places, and what stands there when nothing is known. */
static const struct {
	const char *name, *unknown, *unknown_word;
} places[PLACE_COUNT] = {
	[PLACE_SUBJECT] = {"subject", "it", "NAME"},
	[PLACE_OBJECT] = {"object", "the file", "FILE"},
	[PLACE_BY] = {"by", "a program", "PROGRAM"},
	[PLACE_RELEASE] = {"release", "latest", "latest"},
	[PLACE_TARGET] = {"target", "the target", "alpine:latest"},
	[PLACE_SINCE] = {"since", "a newer one", "latest"},
	[PLACE_VERSION] = {"version", "another version", "VERSION"},
	[PLACE_NAME] = {"name", "another name", "NAME"},
	[PLACE_PACKAGE] = {"package", "its package", "PACKAGE"},
	[PLACE_HOST] = {"host", "its host", "HOST"},
	[PLACE_FAMILY] = {"family", "functions of glibc", "FAMILY"},
	[PLACE_ADVICE] = {"advice", "", ""},
	[PLACE_INTERP] = {"interp", "musl's loader", "LOADER"},
	[PLACE_MACHINE] = {"machine", "this machine", "MACHINE"},
};

static bool is_plain(const char *s)
{
	return *s && *s != '-' &&
	       !s[strspn(s,
		       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
		       "._+-/:=@,")];
}

/* Text out of a log becomes part of a command that people paste. */
static const char *shell_word(struct mu_arena *a, const char *s, const char *unknown)
{
	const char *word = "'";

	if (is_plain(s))
		return s;
	for (const char *c = s; *c; c++)
		if ((unsigned char)*c < 0x20 || (unsigned char)*c >= 0x7f)
			return unknown;
	if (!*s || *s == '-' || strlen(s) > 200)
		return unknown;
	for (size_t n; word && *s; s += n + (s[n] == '\'')) {
		n = strcspn(s, "'");
		word = mu_arena_printf(
			a, "%s%.*s%s", word, (int)n, s, s[n] ? "'\\''" : "");
	}
	return word ? mu_arena_printf(a, "%s'", word) : NULL;
}

static const char *value_of(
	struct mu_explanation *x, const struct draft *d, int place, bool shell)
{
	const char *value = d->place[place];

	if (!shell)
		return value ? value : places[place].unknown;
	if (!value)
		return places[place].unknown_word;
	/* several words, each of them plain */
	if (place == PLACE_PACKAGE)
		return value;
	return shell_word(&x->arena, value, places[place].unknown_word);
}

/* {file} and {base} of the recipes are the object: the file given, else the text's. */
static const char *recipe_place(struct mu_explanation *x, const struct draft *d,
	const char *name, size_t n, bool shell)
{
	bool base = n == 4 && !memcmp(name, "base", n);
	const char *file = x->opts->file ? x->opts->file : d->place[PLACE_OBJECT];

	if (!base && !(n == 4 && !memcmp(name, "file", n)))
		return NULL;
	if (!file)
		return base ? "PROGRAM" : "FILE";
	file = base ? mu_text_base(file) : file;
	return shell ? shell_word(&x->arena, file, base ? "PROGRAM" : "FILE") : file;
}

static const char *place_value(struct mu_explanation *x, const struct draft *d,
	const char *name, size_t n, bool shell)
{
	for (int i = 0; i < PLACE_COUNT; i++)
		if (strlen(places[i].name) == n && !memcmp(places[i].name, name, n))
			return value_of(x, d, i, shell);
	return recipe_place(x, d, name, n, shell);
}

/* "{name}" or "{name|what stands there where nothing is known}"; its length, or 0 */
static size_t place_len(const char *text, size_t *name, size_t *other)
{
	*name = strspn(text + 1, "abcdefghijklmnopqrstuvwxyz");
	*other = 0;
	if (*name && text[1 + *name] == '|')
		*other = strcspn(text + 2 + *name, "{}") + 1;
	return *name && text[1 + *name + *other] == '}' ? *name + *other + 2 : 0;
}

static bool is_known(const struct draft *d, const char *name, size_t n)
{
	for (int i = 0; i < PLACE_COUNT; i++)
		if (strlen(places[i].name) == n && !memcmp(places[i].name, name, n))
			return d->place[i] != NULL;
	return true;
}

const char *fill(
	struct mu_explanation *x, const struct draft *d, const char *text, bool shell)
{
	const char *done = "", *value;
	size_t name, other, len;

	while (done && *text) {
		size_t n = strcspn(text, "{");
		len = text[n] ? place_len(text + n, &name, &other) : 0;
		if (!len || (n && text[n - 1] == '$')) {
			n += text[n] == '{';
			done = mu_arena_printf(&x->arena, "%s%.*s", done, (int)n, text);
			text += n;
			continue;
		}
		if (other && !is_known(d, text + n + 1, name)) {
			done = mu_arena_printf(&x->arena, "%s%.*s%.*s", done, (int)n,
				text, (int)other - 1, text + n + name + 2);
		} else {
			value = place_value(x, d, text + n + 1, name, shell);
			done = mu_arena_printf(&x->arena, "%s%.*s%s", done, (int)n, text,
				value ? value : "");
		}
		text += n + len;
	}
	return done;
}
