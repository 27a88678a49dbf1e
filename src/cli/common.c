/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "cli.h"

/* ---- options with a word of their own ------------------------------------------ */

static int take_layers(struct mu_common *a, const char *value)
{
	struct mu_list list = {0};
	int exit = 0;

	if (mu_list_split(&list, value))
		return MU_EXIT_INPUT;
	if (!list.n)
		return mu_say_usage(a->command, "'%s' names nothing", value);
	for (size_t i = 0; i < list.n && !exit; i++) {
		int layer = mu_layer_by_name(list.v[i]);
		if (!strcmp(list.v[i], "auto"))
			a->auto_layers = true;
		else if (layer < 0)
			exit = mu_say_usage(a->command,
				"there is no layer '%s': none, libc6-compat, gcompat, "
				"auto",
				list.v[i]);
		else
			a->check.layers |= 1u << layer;
	}
	mu_list_free(&list);
	return exit;
}

static int take_modes(struct mu_common *a, const char *value)
{
	struct mu_list list = {0};
	int exit = 0;

	if (mu_list_split(&list, value))
		return MU_EXIT_INPUT;
	if (!list.n)
		return mu_say_usage(a->command, "'%s' names nothing", value);
	for (size_t i = 0; i < list.n && !exit; i++) {
		unsigned bits = !strcmp(list.v[i], "all") ? (1u << MU_MODE_COUNT) - 1 : 0;
		for (int m = 0; m < MU_MODE_COUNT; m++)
			if (!strcmp(list.v[i], mu_mode_name((enum mu_mode)m)))
				bits |= 1u << m;
		if (!bits)
			exit = mu_say_usage(a->command,
				"there is no mode '%s': start, dlopen-now, dlopen-lazy, "
				"all",
				list.v[i]);
		a->check.modes |= bits;
	}
	mu_list_free(&list);
	return exit;
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
		return take_layers(a, value);
	case MU_OPT_MODE:
		return take_modes(a, value);
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

void mu_common_free(struct mu_common *a)
{
	mu_list_free(&a->targets);
	mu_list_free(&a->asserts);
	mu_list_free(&a->ignores);
	mu_list_free(&a->databases);
}
