/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "scan/config_run.h"

/* ---- languages ------------------------------------------------------------------------
 */

/* The locales that musl has, whatever their spelling. */
static bool plain_locale(const char *value)
{
	return !*value || !strcmp(value, "C") || !strcmp(value, "POSIX") ||
	       !strncasecmp(value, "C.", 2);
}

static bool is_utf8(const char *value)
{
	const char *dot = strchr(value, '.');

	return dot && (!strncasecmp(dot, ".utf-8", 6) || !strncasecmp(dot, ".utf8", 5));
}

static bool is_locale(const char *name)
{
	static const char *const names[] = {"LANG", "LC_ALL", "LC_COLLATE", "LC_CTYPE",
		"LC_MESSAGES", "LC_MONETARY", "LC_NUMERIC", "LC_TIME", "LC_ADDRESS",
		"LC_IDENTIFICATION", "LC_MEASUREMENT", "LC_NAME", "LC_PAPER",
		"LC_TELEPHONE"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

static void locale_tell(struct config_run *run, struct mu_config_finding *f,
	const char *value, bool charset)
{
	bool english = config_begins(value, "en");

	f->rule = MU_RULE_MU044;
	f->subject = value;
	f->severity = english && !charset ? MU_SEVERITY_NOTE : MU_SEVERITY_WARNING;
	if (charset) {
		f->message = "musl treats all text as UTF-8, also under a locale with "
			     "another character set.";
		f->remedy = "Convert the files and the terminal to UTF-8.";
	} else if (english) {
		f->message = "musl sorts by bytes and formats as in C: the locale only "
			     "says UTF-8.";
		f->remedy = "C.UTF-8 is the same on Alpine.";
	} else {
		f->message =
			"musl sorts by bytes and formats as in C; messages and names "
			"of days come with musl-locales, for some languages.";
		f->remedy = "Install musl-locales and musl-locales-lang, and set "
			    "MUSL_LOCPATH=/usr/share/i18n/locales/musl.";
		f->package = "musl-locales";
		f->command = "apk add --no-cache musl-locales musl-locales-lang";
	}
	config_tell(run, f);
}

/* One finding for all of a place's; the strongest decides what it says. */
void config_locales(struct config_run *run, const char *path,
	const struct config_variable *v, size_t n)
{
	struct config_names told = {0};
	struct mu_config_finding f = {.path = path};
	const char *value = NULL;
	bool charset = false;

	for (size_t i = 0; i < n; i++) {
		bool other;

		if (!is_locale(v[i].name) || plain_locale(v[i].value) ||
			*v[i].value == '$')
			continue;
		other = !is_utf8(v[i].value);
		if (!value || other > charset || !strcmp(v[i].name, "LC_ALL")) {
			value = v[i].value;
			charset |= other;
		}
		f.line = f.line ? f.line : v[i].line;
		config_add(
			run, &told, config_format(run, "%s=%s", v[i].name, v[i].value));
	}
	if (value) {
		f.evidence = config_join(run, &told, " ");
		locale_tell(run, &f, value, charset);
	}
	free(told.list.v);
}

void config_locale_file(
	struct config_run *run, const struct mu_entry *entry, struct config_text *text)
{
	struct config_variable v[32];
	size_t n = 0;
	char *line;

	while (n < sizeof v / sizeof *v && (line = config_setting(text))) {
		char *eq = strchr(line, '=');

		if (!eq)
			continue;
		*eq = '\0';
		v[n].name = config_begins(line, "export ") ? line + 7 : line;
		v[n].value = config_unquote(eq + 1);
		v[n++].line = text->line;
	}
	config_locales(run, entry->path, v, n);
}

/* What /etc/locale.gen asks for, beside C and English. */
static const char *generated(struct config_run *run)
{
	const struct mu_entry *entry;
	struct config_names names = {0};
	struct config_text text;
	const char *all = NULL;
	char *line;

	if (mu_tree_resolve(run->tree, "/etc/locale.gen", &entry) ||
		config_text_open(run, entry, &text))
		return NULL;
	while ((line = config_setting(&text))) {
		const char *name = config_word(&line);

		if (name && !plain_locale(name) && !config_begins(name, "en_"))
			config_add(run, &names, name);
	}
	if (names.list.n)
		all = config_join(run, &names, " ");
	config_text_close(&text);
	free(names.list.v);
	return all;
}

/* Locales that somebody has had generated, by locale.gen (a package brings all of them
 * without it): programs may ask for them by name. */
void config_archive(struct config_run *run)
{
	const struct mu_entry *entry;
	const char *names;

	if (mu_tree_resolve(run->tree, "/usr/lib/locale/locale-archive", &entry))
		return;
	names = generated(run);
	if (!names)
		return;
	config_tell(run,
		&(struct mu_config_finding){.rule = MU_RULE_MU044,
			.severity = MU_SEVERITY_NOTE,
			.path = entry->path,
			.subject = "locale-archive",
			.evidence = names,
			.message =
				"These locales were generated for glibc; musl takes any "
				"of their names and behaves as under C.UTF-8.",
			.remedy =
				"Sort and format in the program where a language's rules "
				"are wanted."});
}

/* ---- time zones
 * ------------------------------------------------------------------------- */

static bool is_utc(const char *zone)
{
	static const char *const names[] = {"UTC", "UCT", "GMT", "GMT0", "Zulu",
		"Greenwich", "Universal", "Etc/UTC", "Etc/UCT", "Etc/GMT", "Etc/GMT0",
		"Etc/Zulu", "Etc/Universal", "Etc/Greenwich", "UTC0", "localtime",
		"Factory", "/etc/localtime"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(zone, names[i]))
			return true;
	return false;
}

/* "CET-1CEST,M3.5.0,M10.5.0/3": says all itself; "Etc/GMT+5" does not. */
static bool posix_zone(const char *zone)
{
	const char *p = zone;

	if (*p == '<')
		p = strchr(p, '>') ? strchr(p, '>') + 1 : "";
	else
		p += strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
	return p > zone + 2 && *p && strchr("+-0123456789", *p);
}

/* @link: the machine's own zone, which a link has to tell again. */
void config_zone(struct config_run *run, const struct mu_config_finding *at,
	const char *zone, bool link)
{
	static const char top[] = "/usr/share/zoneinfo/";
	struct mu_config_finding f = *at;

	zone += *zone == ':';
	if (config_begins(zone, top))
		zone += sizeof top - 1;
	if (!*zone || *zone == '$' || is_utc(zone) || posix_zone(zone) || *zone == '/' ||
		(run->zone && !strcmp(zone, run->zone)))
		return;
	run->zone = config_copy(run, zone);
	f.rule = MU_RULE_MU045;
	f.severity = MU_SEVERITY_WARNING;
	f.subject = zone;
	f.message = "Alpine's base has no zone files: without them the time is UTC, and "
		    "nothing says so.";
	f.remedy = link ? "Install tzdata and link /etc/localtime again."
			: "Install tzdata and keep the variable.";
	f.package = "tzdata";
	if (!link)
		f.command = "apk add --no-cache tzdata";
	else if (config_plain(zone))
		f.command = config_format(run,
			"apk add --no-cache tzdata && ln -sf %s%s /etc/localtime", top,
			zone);
	config_tell(run, &f);
}

void config_timezone(
	struct config_run *run, const struct mu_entry *entry, struct config_text *text)
{
	const char *line = config_setting(text);

	if (line)
		config_zone(run,
			&(struct mu_config_finding){.path = entry->path,
				.line = text->line,
				.evidence = line},
			line, true);
}

void config_localtime(struct config_run *run)
{
	const struct mu_entry *entry = mu_tree_find(run->tree, "/etc/localtime");
	const char *zone;

	if (!entry || entry->type != MU_ENTRY_LINK || !entry->target)
		return;
	zone = strstr(entry->target, "zoneinfo/");
	if (zone)
		config_zone(run,
			&(struct mu_config_finding){
				.path = entry->path, .evidence = entry->target},
			zone + 9, true);
}
