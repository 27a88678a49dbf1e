/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "scan/config_run.h"

/* ---- logs ---------------------------------------------------------------------------
 */

/* A line of a script that calls what only Debian has; NULL. */
static const char *debian_call(const char *line)
{
	static const char *const calls[] = {"systemctl", "invoke-rc.d", "service ",
		"/usr/lib/rsyslog/rsyslog-rotate", "deb-systemd"};

	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		if (strstr(line, calls[i]))
			return calls[i];
	return NULL;
}

static bool script_begins(const char *line)
{
	static const char *const names[] = {
		"postrotate", "prerotate", "firstaction", "lastaction", "preremove"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(line, names[i]))
			return true;
	return false;
}

void config_logrotate(
	struct config_run *run, const struct mu_entry *entry, struct config_text *text)
{
	struct mu_config_finding f = {.rule = MU_RULE_MU054,
		.severity = MU_SEVERITY_NOTE,
		.path = entry->path,
		.subject = "logrotate",
		.message = "logrotate reads this; Alpine has it as a package.",
		.remedy = "Install logrotate, copy the file, and start crond.",
		.package = "logrotate",
		.command = "apk add --no-cache logrotate"};
	bool script = false;
	char *line;

	while ((line = config_setting(text))) {
		if (!f.line) {
			f.line = text->line;
			f.evidence = config_copy(run, line);
		}
		if (!strcmp(line, "endscript"))
			script = false;
		if (script && debian_call(line)) {
			f.line = text->line;
			f.evidence = config_copy(run, line);
			f.severity = MU_SEVERITY_WARNING;
			f.message =
				"After rotating, logrotate calls a command that Alpine "
				"does not have.";
			f.remedy = "Install logrotate, and call rc-service or send the "
				   "signal with kill.";
			break;
		}
		script |= script_begins(line);
	}
	if (f.line)
		config_tell(run, &f);
}

/* Ubuntu's package writes this one when it is installed. */
static bool written_by_package(const char *path)
{
	return !strcmp(path, "/etc/rsyslog.d/50-default.conf") ||
	       !strcmp(path, "/etc/rsyslog.d/20-ufw.conf") ||
	       !strcmp(path, "/etc/rsyslog.d/21-cloudinit.conf");
}

void config_syslog(
	struct config_run *run, const struct mu_entry *entry, struct config_text *text)
{
	bool ng = config_begins(entry->path, "/etc/syslog-ng/");
	const char *name = ng ? "syslog-ng" : "rsyslog", *line = config_setting(text);

	if (!line || written_by_package(entry->path))
		return;
	config_tell(run,
		&(struct mu_config_finding){.rule = MU_RULE_MU054,
			.severity = MU_SEVERITY_NOTE,
			.path = entry->path,
			.line = text->line,
			.evidence = line,
			.subject = name,
			.message = config_format(run,
				"%s reads this; Alpine has it as a package, and "
				"BusyBox' syslogd in the base.",
				name),
			.remedy = "Install the package where logs are to go where this "
				  "says; a container rather writes them to its output.",
			.package = name,
			.command = config_format(run, "apk add --no-cache %s", name)});
}

/* ---- sudo ----------------------------------------------------------------------------
 */

void config_sudoers(
	struct config_run *run, const struct mu_entry *entry, struct config_text *text)
{
	struct mu_config_finding f = {.rule = MU_RULE_MU055,
		.severity = MU_SEVERITY_WARNING,
		.path = entry->path,
		.message = "sudo reads this, and Alpine's base has no sudo.",
		.remedy = "Install sudo and copy the file, or write the rule for doas.",
		.package = "sudo",
		.command = "apk add --no-cache sudo"};
	char *line;

	while ((line = config_setting(text))) {
		if (config_begins(line, "Defaults") || config_begins(line, "@include") ||
			config_begins(line, "root"))
			continue;
		if (!f.line) {
			f.line = text->line;
			f.evidence = config_copy(run, line);
			line[strcspn(line, " \t")] = '\0';
			f.subject = config_copy(run, line);
		}
		if (config_begins(line, "%sudo") || config_begins(line, "%admin"))
			f.remedy = "Install sudo and copy the file with %wheel instead: "
				   "Alpine has no group sudo.";
	}
	if (f.line)
		config_tell(run, &f);
}

/* ---- kernel
 * ---------------------------------------------------------------------------- */

void config_sysctl(
	struct config_run *run, const struct mu_entry *entry, struct config_text *text)
{
	const char *line;
	char *next;
	unsigned n, more = 0;

	do {
		line = config_setting(text);
	} while (line && *line == ';');
	if (!line)
		return;
	n = text->line;
	line = config_copy(run, line);
	while ((next = config_setting(text)))
		more += *next != ';';
	config_tell(run,
		&(struct mu_config_finding){.rule = MU_RULE_MU056,
			.severity = MU_SEVERITY_NOTE,
			.path = entry->path,
			.line = n,
			.evidence = line,
			.subject = "sysctl",
			.message = more ? config_format(run,
						  "The kernel is set up here (%u more "
						  "lines).",
						  more)
					: "The kernel is set up here.",
			.remedy =
				"On a machine, copy the file: OpenRC's sysctl reads the "
				"same folder. A container's settings are given by "
				"whoever runs it (--sysctl)."});
}

/* ---- sources of packages
 * ------------------------------------------------------------------ */

struct archive {
	const char *uri, *key;
};

/* The distribution's own: its name is a part of the host's, or the address is that of a
 * mirror (one folder, of its name) and the key its own. */
static bool own_archive(struct config_run *run, const struct archive *a)
{
	const struct mu_distribution *d = mu_owners_distribution(run->owners);
	const char *id = d && d->id ? d->id : "debian", *host = strstr(a->uri, "://"),
		   *path;
	size_t n = strlen(id);

	if (!host)
		return true; /* cdrom:, file:/ … */
	host += 3;
	path = host + strcspn(host, "/");
	for (const char *p = host; p < path; p += strcspn(p, "./") + 1)
		if (!strncmp(p, id, n) && p[n] == '.')
			return true;
	if (a->key && !config_begins(mu_text_base(a->key), id))
		return false;
	path += strspn(path, "/");
	return !strncmp(path, id, n) && !strchr(path + n, '/');
}

/* Without what is before '@': it may be a password. */
static const char *address(struct config_run *run, const char *uri)
{
	const char *host = strstr(uri, "://"), *at;

	if (!host)
		return config_copy(run, uri);
	host += 3;
	at = memchr(host, '@', strcspn(host, "/"));
	return config_format(run, "%.*s%s", (int)(host - uri), uri, at ? at + 1 : host);
}

static void archive_tell(struct config_run *run, const struct mu_entry *entry,
	const struct archive *a, unsigned line)
{
	const char *uri;

	if (!a->uri || own_archive(run, a))
		return;
	uri = address(run, a->uri);
	config_tell(run,
		&(struct mu_config_finding){.rule = MU_RULE_MU057,
			.severity = MU_SEVERITY_NOTE,
			.path = entry->path,
			.line = line,
			.evidence = uri,
			.subject = uri,
			.message =
				"Packages come from this source too; they are built for "
				"the distribution.",
			.remedy = "Look for them among Alpine's packages, or ask the "
				  "vendor "
				  "for a build for musl."});
}

/* "deb [arch=amd64 signed-by=/usr/share/keyrings/x.gpg] https://… suite part" */
void config_sources(
	struct config_run *run, const struct mu_entry *entry, struct config_text *text)
{
	struct config_names seen = {0};
	char *line;

	while ((line = config_setting(text))) {
		struct archive a = {0};
		char *type = config_word(&line), *end;

		if (!type || strcmp(type, "deb"))
			continue;
		line += strspn(line, " \t");
		if (*line == '[' && (end = strchr(line, ']'))) {
			*end = '\0';
			a.key = strstr(line, "signed-by=");
			line = end + 1;
		}
		a.uri = config_word(&line);
		if (!a.uri || config_has(&seen, a.uri))
			continue;
		config_add(run, &seen, a.uri);
		archive_tell(run, entry, &a, text->line);
	}
	free(seen.list.v);
}

/* deb822: "URIs: …", "Signed-By: …", a blank line between stanzas */
void config_sources822(
	struct config_run *run, const struct mu_entry *entry, struct config_text *text)
{
	struct archive a = {0};
	unsigned at = 0;
	char *line;

	do {
		line = config_line(text);
		if (!line || !*line) {
			archive_tell(run, entry, &a, at);
			a = (struct archive){0};
		} else if (!strncasecmp(line, "URIs:", 5)) {
			line += 5;
			a.uri = config_copy(run, config_word(&line));
			at = text->line;
		} else if (!strncasecmp(line, "Signed-By:", 10)) {
			line += 10;
			a.key = config_copy(run, config_word(&line));
		}
	} while (line);
}

/* ---- shells
 * ------------------------------------------------------------------------------ */

void config_bashrc(
	struct config_run *run, const struct mu_entry *entry, struct config_text *text)
{
	(void)text;
	config_tell(run,
		&(struct mu_config_finding){.rule = MU_RULE_MU058,
			.severity = MU_SEVERITY_NOTE,
			.path = entry->path,
			.subject = "bash",
			.message = "Alpine's bash reads /etc/bash/bashrc, not this file.",
			.remedy =
				"Copy what was added to /etc/bash/, as a file ending in "
				".sh."});
}

/* What only bash understands, in a file that ash will read. */
static const char *bash_only(const char *line)
{
	static const char *const words[] = {
		"[[ ", "shopt ", "declare ", "typeset ", "<<<", "=(", "&>", "<("};

	if (config_begins(line, "function ") || config_begins(line, "complete "))
		return line;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strstr(line, words[i]))
			return words[i];
	return NULL;
}

/* Once a file: @n is the line. */
void config_shell_startup(
	struct config_run *run, const struct mu_entry *entry, char *line, unsigned n)
{
	if (run->startup == entry || !bash_only(line))
		return;
	run->startup = entry;
	config_tell(run,
		&(struct mu_config_finding){.rule = MU_RULE_MU058,
			.severity = MU_SEVERITY_WARNING,
			.path = entry->path,
			.line = n,
			.evidence = line,
			.subject = "ash",
			.message =
				"On Alpine ash reads this file, and stumbles over what "
				"only bash knows.",
			.remedy = "Write the line for a POSIX shell, or run it under "
				  "[ -n \"$BASH_VERSION\" ] in a file of its own."});
}

/* ---- certificates
 * -------------------------------------------------------------------------- */

void config_certificates_tell(struct config_run *run)
{
	if (!run->certificate)
		return;
	config_tell(run,
		&(struct mu_config_finding){.rule = MU_RULE_MU046,
			.severity = MU_SEVERITY_WARNING,
			.path = run->certificate->path,
			.subject = "ca-certificates",
			.message =
				run->certificates > 1
					? config_format(run,
						  "%zu certificates of one's own are "
						  "trusted here; Alpine's bundle does "
						  "not have them.",
						  run->certificates)
					: "A certificate of one's own is trusted here; "
					  "Alpine's bundle does not have it.",
			.remedy = "Copy /usr/local/share/ca-certificates, then run "
				  "update-ca-certificates.",
			.package = "ca-certificates",
			.command = "apk add --no-cache ca-certificates && "
				   "update-ca-certificates"});
}
