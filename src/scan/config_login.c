/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scan/config_run.h"

/* ---- passwords: of a hash nothing is ever kept but the name of its method -----------
 */

#define ROUNDS_MAX 9999999ul /* of musl's SHA-256 and SHA-512 */

static bool logs_in(const struct config_run *run, const char *user)
{
	for (size_t i = 0; i < run->users.n; i++) {
		const struct config_account *a = &run->users.v[i];

		if (!strcmp(a->name, user))
			return !config_ends(a->shell, "/nologin") &&
			       !config_ends(a->shell, "/false");
	}
	return false;
}

static bool too_many_rounds(const char *hash)
{
	unsigned long rounds;

	if (!config_begins(hash, "$5$rounds=") && !config_begins(hash, "$6$rounds="))
		return false;
	rounds = strtoul(hash + 10, NULL, 10);
	return rounds > ROUNDS_MAX;
}

static void password(struct config_run *run, struct mu_config_finding *f,
	const char *user, const char *hash)
{
	const struct mu_setting *s = mu_setting_of(MU_SETTING_HASH, hash);
	const char *method;

	if (too_many_rounds(hash))
		method = "SHA with more than 9999999 rounds";
	else if (s && !s->silent)
		method = s->message;
	else
		return;
	f->severity = logs_in(run, user) ? MU_SEVERITY_WARNING : MU_SEVERITY_NOTE;
	f->subject = user;
	f->evidence = config_format(run, "%s: %s", user, method);
	f->message = config_format(run,
		"The password of %s is hashed with %s, which musl's crypt() does not "
		"know: "
		"it is refused.",
		config_copy(run, user), method);
	f->remedy = "Set it again on Alpine (passwd), or log in with keys.";
	config_tell(run, f);
}

void config_shadow(
	struct config_run *run, const struct mu_entry *entry, struct config_text *text)
{
	char *line;

	while ((line = config_setting(text))) {
		const char *user = config_field(&line, ':');
		const char *hash = config_field(&line, ':');
		struct mu_config_finding f = {
			.rule = MU_RULE_MU048, .path = entry->path, .line = text->line};

		if (hash && *hash == '$')
			password(run, &f, user, hash);
	}
}

/* ---- PAM ------------------------------------------------------------------------------
 */

/* "common-auth" is Debian's name of what Alpine calls "base-auth". */
static void included(
	struct config_run *run, struct mu_config_finding *f, const char *file)
{
	f->subject = "@include";
	f->severity = MU_SEVERITY_WARNING;
	f->message = config_format(run,
		"Alpine's PAM knows no \"@include\", and has no %s: the whole file is "
		"refused.",
		config_copy(run, file));
	f->remedy =
		"Take in base-auth, base-account, base-password and base-session with "
		"lines as \"auth include base-auth\".";
	config_tell(run, f);
}

/* "pam_unix.so", "/lib/security/pam_unix.so" → "unix"; false where it is no module */
static bool module_name(const char *word, char *name, size_t cap)
{
	const char *base = mu_text_base(word);
	size_t n = strlen(base);

	if (!config_begins(base, "pam_") || !config_ends(base, ".so") || n < 8)
		return false;
	return (size_t)snprintf(name, cap, "%.*s", (int)(n - 7), base + 4) < cap;
}

static void module(struct config_run *run, struct mu_config_finding *f, const char *name,
	bool generated)
{
	const struct mu_setting *s = mu_setting_of(MU_SETTING_PAM, name);

	/* pam-auth-update writes a line for each module that happens to be installed, and
	 * a distribution's file has some that are skipped where they are missing */
	if (!s || s->silent || (generated && s->severity == MU_SEVERITY_NOTE))
		return;
	f->subject = config_format(run, "pam_%s", name);
	f->severity = (enum mu_severity)s->severity;
	f->message = s->message;
	f->remedy = s->remedy;
	if (s->package && mu_package_repo(s->package, NULL)) {
		f->package = s->package;
		f->command = config_format(run, "apk add --no-cache %s", s->package);
	}
	config_tell(run, f);
}

/* The module of "type control module …", where control may be "[… …]". */
static char *module_word(char *line, const char **control)
{
	char *word;

	config_word(&line);
	line += strspn(line, " \t");
	*control = line;
	if (*line == '[') {
		line = strchr(line, ']');
		if (!line)
			return NULL;
		*line++ = '\0';
	} else if (!config_word(&line)) {
		return NULL;
	}
	word = config_word(&line);
	return word;
}

void config_pam(
	struct config_run *run, const struct mu_entry *entry, struct config_text *text)
{
	bool generated = config_begins(entry->path, "/etc/pam.d/common-") ||
			 config_distro(run, entry->path);
	bool include = false;
	struct config_names seen = {0};
	char name[64], *line, *word;

	while ((line = config_setting(text))) {
		struct mu_config_finding f = {.rule = MU_RULE_MU047,
			.path = entry->path,
			.line = text->line,
			.evidence = config_copy(run, line)};
		const char *control = "";
		bool at = config_begins(line, "@include");

		if (at) {
			config_word(&line);
			word = config_word(&line);
		} else {
			word = module_word(line, &control);
		}
		if (!word)
			continue;
		if (at ||
			((!strcmp(control, "include") || !strcmp(control, "substack")) &&
				config_begins(word, "common-"))) {
			if (!include)
				included(run, &f, word);
			include = true;
		} else if (module_name(word, name, sizeof name) &&
			   !config_has(&seen, name)) {
			config_add(run, &seen, name);
			module(run, &f, name, generated);
		}
	}
	free(seen.list.v);
}
