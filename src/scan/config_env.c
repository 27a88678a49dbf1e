/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scan/config_run.h"

/* What is a variable's name, and can be one in a shell. */
static bool is_name(const char *s, size_t n)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"_0123456789";

	return n && strspn(s, letters) >= n && !(*s >= '0' && *s <= '9');
}

/* ---- one variable ------------------------------------------------------------------ */

static void setting_tell(
	struct config_run *run, struct mu_config_finding *f, const struct mu_setting *s)
{
	f->rule = MU_RULE_MU059;
	f->severity = (enum mu_severity)s->severity;
	f->message = s->message;
	f->remedy = s->remedy;
	if (s->package) {
		f->package = s->package;
		f->command = config_format(run, "apk add --no-cache %s", s->package);
	}
	config_tell(run, f);
}

/* A folder of Debian's in a list of folders, unless it is one that the user filled. */
static void debian_folder(
	struct config_run *run, struct mu_config_finding *f, const char *value)
{
	char *rest = (char *)config_copy(run, value), *folder;

	while ((folder = config_field(&rest, ':'))) {
		const struct mu_setting *s = NULL;
		const struct mu_entry *entry;

		if (*folder == '/')
			s = mu_setting_of(MU_SETTING_PATH, folder);
		if (!s || s->silent)
			continue;
		if (!mu_tree_resolve(run->tree, folder, &entry) &&
			!config_distro(run, folder))
			continue; /* copied along with its name */
		setting_tell(run, f, s);
		return;
	}
}

static bool one_variable(struct config_run *run, enum config_place place,
	const char *path, const struct config_variable *v)
{
	const struct mu_setting *s;
	struct mu_config_finding f = {.path = path,
		.line = v->line,
		.subject = v->name,
		.evidence = config_format(run, "%s=%s", v->name, v->value)};

	if (!strcmp(v->name, "LD_LIBRARY_PATH")) {
		config_library_path(run, &f, v->value, place == CONFIG_IMAGE);
	} else if (!strcmp(v->name, "LD_PRELOAD")) {
		config_preload(run, &f, v->value);
	} else if (!strcmp(v->name, "TZ")) {
		config_zone(run, &f, v->value, false);
	} else if ((s = mu_setting_of(MU_SETTING_VARIABLE, v->name))) {
		setting_tell(run, &f, s);
	} else if (strcmp(v->name, "PATH") && strcmp(v->name, "MANPATH")) {
		debian_folder(run, &f, v->value);
		return false;
	}
	return true;
}

/* Those of Debian's package tools, as one. */
static void debian_variables(struct config_run *run, const char *path,
	const struct config_variable *v, size_t n)
{
	struct config_names names = {0};
	const struct mu_setting *s, *first = NULL;
	struct mu_config_finding f = {.path = path};

	for (size_t i = 0; i < n; i++) {
		s = mu_setting_of(MU_SETTING_DEBIAN, v[i].name);
		if (!s)
			continue;
		if (!first)
			f.line = v[i].line;
		first = first ? first : s;
		config_add(run, &names, v[i].name);
	}
	if (first) {
		f.subject = f.evidence = config_join(run, &names, " ");
		setting_tell(run, &f, first);
	}
	free(names.list.v);
}

void config_variables(struct config_run *run, enum config_place place, const char *path,
	const struct config_variable *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		one_variable(run, place, path, &v[i]);
	config_locales(run, path, v, n);
	debian_variables(run, path, v, n);
}

/* ---- files of variables ---------------------------------------------------------------
 */

struct variables {
	MU_VEC(struct config_variable) list;
};

/* "export NAME=value", "NAME=value"; the value without its quotes */
static bool assignment(char *line, struct config_variable *ret)
{
	char *eq;

	if (config_begins(line, "export "))
		line += 7 + strspn(line + 7, " \t");
	eq = strchr(line, '=');
	if (!eq || !is_name(line, (size_t)(eq - line)))
		return false;
	*eq = '\0';
	ret->name = line;
	ret->value = eq + 1;
	if (*ret->value == '"' || *ret->value == '\'')
		config_unquote(eq + 1);
	if (*ret->value == '"' || *ret->value == '\'')
		ret->value++;
	return true;
}

static void keep_variable(struct config_run *run, struct variables *to,
	const struct config_variable *v, unsigned line)
{
	if (to->list.n >= CONFIG_WORDS_MAX)
		return;
	if (mu_vec_room(&to->list)) {
		run->failed = -ENOMEM;
		return;
	}
	to->list.v[to->list.n++] = (struct config_variable){
		config_copy(run, v->name), config_copy(run, v->value), line};
}

/* Only PAM reads the file, and little of Alpine is built for PAM. */
static void environment_tell(
	struct config_run *run, const char *path, const struct variables *all)
{
	struct config_names names = {0};
	unsigned line = 0;

	for (size_t i = 0; i < all->list.n; i++) {
		const char *name = all->list.v[i].name;

		if (!strcmp(name, "PATH") || config_begins(name, "LC_") ||
			config_begins(name, "LANG") || !strcmp(name, "TZ") ||
			config_begins(name, "LD_"))
			continue; /* Debian's own, or told by another rule */
		line = line ? line : all->list.v[i].line;
		config_add(run, &names, name);
	}
	if (line)
		config_tell(run,
			&(struct mu_config_finding){.rule = MU_RULE_MU059,
				.severity = MU_SEVERITY_NOTE,
				.path = path,
				.line = line,
				.evidence = config_join(run, &names, " "),
				.subject = "/etc/environment",
				.message = "Only PAM reads this file, and on Alpine few "
					   "programs are built for PAM: the variables "
					   "are not set.",
				.remedy = "Set them with ENV, in /etc/profile.d/*.sh for "
					  "logins, or in /etc/conf.d/NAME for "
					  "services."});
	free(names.list.v);
}

void config_environment(
	struct config_run *run, const struct mu_entry *entry, struct config_text *text)
{
	struct config_variable v;
	struct variables all = {0};
	char *line;

	while ((line = config_setting(text)))
		if (assignment(line, &v))
			keep_variable(run, &all, &v, text->line);
	environment_tell(run, entry->path, &all);
	config_variables(run, CONFIG_PAM, entry->path, all.list.v, all.list.n);
	free(all.list.v);
}

void config_profile(
	struct config_run *run, const struct mu_entry *entry, struct config_text *text)
{
	struct config_variable v;
	struct variables all = {0};
	char *line;

	while ((line = config_setting(text))) {
		config_shell_startup(run, entry, line, text->line);
		if (assignment(line, &v))
			keep_variable(run, &all, &v, text->line);
	}
	config_variables(run, CONFIG_PROFILE, entry->path, all.list.v, all.list.n);
	free(all.list.v);
}
