/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "cli.h"

/* ---- options with a word of their own ------------------------------------------ */

/* Takes one word; false where it names nothing. */
typedef bool take_word(struct mu_common *a, const char *word);

static int take_words(struct mu_common *a, const char *value, take_word *take,
	const char *what, const char *known)
{
	struct mu_list list = {0};
	int exit = 0;

	if (mu_list_split(&list, value))
		return MU_EXIT_INPUT;
	if (!list.n)
		return mu_say_usage(a->command, "'%s' names nothing", value);
	for (size_t i = 0; i < list.n && !exit; i++)
		if (!take(a, list.v[i]))
			exit = mu_say_usage(a->command, "there is no %s '%s': %s", what,
				list.v[i], known);
	mu_list_free(&list);
	return exit;
}

static bool take_layer(struct mu_common *a, const char *word)
{
	int layer = mu_layer_by_name(word);

	if (!strcmp(word, "auto"))
		a->auto_layers = true;
	else if (layer >= 0)
		a->check.layers |= 1u << layer;
	else
		return false;
	return true;
}

static bool take_mode(struct mu_common *a, const char *word)
{
	unsigned bits = !strcmp(word, "all") ? (1u << MU_MODE_COUNT) - 1 : 0;

	for (int m = 0; m < MU_MODE_COUNT; m++)
		if (!strcmp(word, mu_mode_name((enum mu_mode)m)))
			bits |= 1u << m;
	a->check.modes |= bits;
	return bits != 0;
}

static int take_threads(struct mu_common *a, const char *value)
{
	char *end;
	long n = strtol(value, &end, 10);

	if (*end || end == value || n < 1 || n > 1024)
		return mu_say_usage(a->command, "'%s' is no number of threads", value);
	a->check.threads = (unsigned)n;
	return 0;
}

static int take_fail_on(struct mu_common *a, const char *value)
{
	a->fail_on = mu_severity_by_name(value);
	if (a->fail_on < 0 && strcmp(value, "never"))
		return mu_say_usage(
			a->command, "--fail-on takes error, warning, note or never");
	return 0;
}

static int take_format(struct mu_common *a, const char *value)
{
	int f = mu_format_by_name(value);

	if (f < 0)
		return mu_say_usage(a->command,
			"there is no format '%s': text, json, ndjson, tree", value);
	a->write.format = (enum mu_format)f;
	return 0;
}

static int take_ignore(struct mu_common *a, const char *value)
{
	char *rule = strdup(value);
	int exit = rule ? 0 : MU_EXIT_INPUT;

	if (rule)
		rule[strcspn(rule, ":")] = 0;
	if (rule && !mu_rule_find(rule))
		exit = mu_say_usage(
			a->command, "there is no rule '%s'; see `muslin rules`", rule);
	free(rule);
	if (exit)
		return exit;
	return mu_list_add(&a->ignores, value, strlen(value)) ? MU_EXIT_INPUT : 0;
}

static int take_list(struct mu_common *a, struct mu_list *list, const char *value)
{
	size_t before = list->n;

	if (mu_list_split(list, value))
		return MU_EXIT_INPUT;
	return list->n > before ? 0
				: mu_say_usage(a->command, "'%s' names nothing", value);
}

int mu_common_take(struct mu_common *a, int id, const char *value)
{
	switch (id) {
	case MU_OPT_TARGET:
		return take_list(a, &a->targets, value);
	case MU_OPT_ASSERT:
		return take_list(a, &a->asserts, value);
	case MU_OPT_DB:
		return mu_list_add(&a->databases, value, strlen(value)) ? MU_EXIT_INPUT
									: 0;
	case MU_OPT_NO_USER_DB:
		a->no_user_db = true;
		return 0;
	case MU_OPT_LAYER:
		return take_words(a, value, take_layer, "layer",
			"none, libc6-compat, gcompat, auto");
	case MU_OPT_MODE:
		return take_words(a, value, take_mode, "mode",
			"start, dlopen-now, dlopen-lazy, all");
	case MU_OPT_JOBS:
		return take_threads(a, value);
	case MU_OPT_FAIL_ON:
		return take_fail_on(a, value);
	case MU_OPT_FORMAT:
		return take_format(a, value);
	case MU_OPT_IGNORE:
		return take_ignore(a, value);
	case MU_OPT_TARGET_ROOT:
		a->check.target_root = value;
		return 0;
	case MU_OPT_ARCH:
		a->check.arch = value;
		return 0;
	case MU_OPT_OUTPUT:
		a->output = value;
		return 0;
	case MU_OPT_COLOR:
		a->color = value;
		return 0;
	case MU_OPT_QUIET:
		a->write.verbosity = -1;
		return 0;
	case MU_OPT_VERBOSE:
		a->write.verbosity = 1;
		return 0;
	default:
		a->help = true;
		return 0;
	}
}

int mu_common_ready(struct mu_common *a)
{
	if (mu_want_color(a->color, stdout) < 0)
		return mu_say_usage(a->command, "--color takes auto, always or never");
	if (a->auto_layers)
		a->check.layers = 0;
	a->check.targets = (const char *const *)a->targets.v;
	a->check.ntargets = a->targets.n;
	a->check.asserts = (const char *const *)a->asserts.v;
	a->check.nasserts = a->asserts.n;
	a->check.ignores = (const char *const *)a->ignores.v;
	a->check.nignores = a->ignores.n;
	return 0;
}

int mu_say_error(const char *command, const struct mu_error *err, const char *input)
{
	const char *text = err->msg[0] ? err->msg : mu_strerror(err->code);
	const char *path = err->path[0] ? err->path : input ? input : "";

	if (err->code == -MU_E_USAGE || err->code == -MU_E_UNKNOWN_TARGET ||
		err->code == -MU_E_UNKNOWN_MACHINE)
		return mu_say_usage(command, "%s", text);
	mu_say("%s%s%s", path, *path ? ": " : "", text);
	return MU_EXIT_INPUT;
}

void mu_common_free(struct mu_common *a)
{
	mu_list_free(&a->targets);
	mu_list_free(&a->asserts);
	mu_list_free(&a->ignores);
	mu_list_free(&a->databases);
}
