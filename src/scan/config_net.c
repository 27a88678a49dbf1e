/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "scan/config_run.h"

/* What Debian's own nsswitch.conf says although nobody asked for it. */
static bool is_default(const char *database, const char *module)
{
	static const struct {
		const char *database, *module;
	} rows[] = {
		{"netgroup", "nis"},
		{"protocols", "db"},
		{"services", "db"},
		{"ethers", "db"},
		{"rpc", "db"},
		{"networks", "db"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (!strcmp(database, rows[i].database) &&
			!strcmp(module, rows[i].module))
			return true;
	return false;
}

static void tell_module(struct config_run *run, struct mu_config_finding *f,
	const char *module, const struct mu_setting *s)
{
	/* without the module glibc goes on as well: nothing is lost */
	bool there = config_has(&run->modules, module);

	f->subject = module;
	f->severity = there ? (enum mu_severity)s->severity : MU_SEVERITY_NOTE;
	f->message =
		there ? s->message
		      : config_format(run,
				"The module %s is named, and not in the tree: it does "
				"nothing here either.",
				config_copy(run, module));
	f->remedy = there ? s->remedy : NULL;
	f->package = there ? s->package : NULL;
	f->command = f->package ? config_format(run, "apk add --no-cache %s", f->package)
				: NULL;
	config_tell(run, f);
}

/* "passwd: files ldap [NOTFOUND=return] sss" */
void config_nsswitch(
	struct config_run *run, const struct mu_entry *entry, struct config_text *text)
{
	struct config_names seen = {0};
	char *line, *word;

	while ((line = config_setting(text))) {
		const char *whole = config_copy(run, line), *database;
		struct mu_config_finding f = {.rule = MU_RULE_MU040,
			.path = entry->path,
			.line = text->line,
			.evidence = whole};
		bool bracket = false;

		line[strcspn(line, "#")] = '\0';
		database = config_field(&line, ':');
		while (line && (word = config_word(&line))) {
			const struct mu_setting *s;

			bracket |= *word == '[';
			if (bracket) {
				bracket = !strchr(word, ']');
				continue;
			}
			s = mu_setting_of(MU_SETTING_NSS, word);
			if (!s || s->silent || is_default(database, word) ||
				config_has(&seen, word))
				continue;
			config_add(run, &seen, word);
			tell_module(run, &f, word, s);
		}
	}
	free(seen.list.v);
}

/* ---- resolv.conf ---------------------------------------------------------------- */

#define NAMESERVERS_MAX 3 /* musl's MAXNS */
#define SEARCH_MAX 255    /* musl ignores a longer line */

static void resolver_option(
	struct config_run *run, struct mu_config_finding *f, const char *option)
{
	const struct mu_setting *s = mu_setting_of(MU_SETTING_RESOLVER, option);

	if (!s || s->silent)
		return;
	f->subject = option;
	f->severity = (enum mu_severity)s->severity;
	f->message = s->message;
	f->remedy = s->remedy;
	config_tell(run, f);
}

static void resolver_tell(struct config_run *run, struct mu_config_finding *f,
	enum mu_severity severity, const char *message, const char *remedy)
{
	f->severity = severity;
	f->message = message;
	f->remedy = remedy;
	config_tell(run, f);
}

static void search_list(
	struct config_run *run, struct mu_config_finding *f, const char *names)
{
	if (strlen(names) > SEARCH_MAX)
		resolver_tell(run, f, MU_SEVERITY_WARNING,
			"musl ignores a search list of more than 255 characters.",
			"Shorten the list, or write names out in full.");
	else if (*names && strcmp(names, "."))
		resolver_tell(run, f, MU_SEVERITY_NOTE,
			"musl completes only names with fewer dots than ndots says; "
			"glibc "
			"tries the list for all of them.",
			"Write names with dots out in full, or raise ndots.");
}

void config_resolv(
	struct config_run *run, const struct mu_entry *entry, struct config_text *text)
{
	unsigned servers = 0;
	char *line;

	while ((line = config_setting(text))) {
		struct mu_config_finding f = {.rule = MU_RULE_MU041,
			.path = entry->path,
			.evidence = config_copy(run, line),
			.line = text->line};
		char *key = config_word(&line), *word;

		if (!key || *key == ';')
			continue;
		f.subject = key;
		if (!strcmp(key, "nameserver") && ++servers == NAMESERVERS_MAX + 1)
			resolver_tell(run, &f, MU_SEVERITY_WARNING,
				"musl asks the first three name servers only.",
				"Keep three.");
		else if (!strcmp(key, "sortlist"))
			resolver_tell(run, &f, MU_SEVERITY_WARNING,
				"musl has no sortlist: addresses come in the order of "
				"RFC "
				"6724.",
				NULL);
		else if (!strcmp(key, "search") || !strcmp(key, "domain"))
			search_list(run, &f, line);
		while (!strcmp(key, "options") && (word = config_word(&line)))
			resolver_option(run, &f, word);
	}
}

/* ---- gai.conf and host.conf ------------------------------------------------------- */

void config_gai(
	struct config_run *run, const struct mu_entry *entry, struct config_text *text)
{
	const char *line = config_setting(text);

	if (line)
		config_tell(run,
			&(struct mu_config_finding){.rule = MU_RULE_MU041,
				.severity = MU_SEVERITY_WARNING,
				.path = entry->path,
				.line = text->line,
				.evidence = line,
				.subject = "gai.conf",
				.message = "musl reads no gai.conf: addresses are sorted "
					   "by RFC 6724's own table.",
				.remedy = "Prefer IPv4 or IPv6 in the program's own "
					  "settings."});
}

void config_host(
	struct config_run *run, const struct mu_entry *entry, struct config_text *text)
{
	char *line;

	while ((line = config_setting(text))) {
		struct mu_config_finding f = {.rule = MU_RULE_MU041,
			.severity = MU_SEVERITY_NOTE,
			.path = entry->path,
			.line = text->line,
			.evidence = config_copy(run, line),
			.subject = "host.conf",
			.message = "musl reads no host.conf: it looks into /etc/hosts, "
				   "takes all addresses there, then asks DNS."};
		const char *key = config_word(&line), *value = config_word(&line);

		if (!key || (value && !strcmp(key, "multi") && !strcmp(value, "on")) ||
			(value && !strcmp(key, "order") && config_begins(value, "hosts")))
			continue;
		config_tell(run, &f);
		return;
	}
}
