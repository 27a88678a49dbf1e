/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scan/config_run.h"

/* ---- systemd ----------------------------------------------------------------------- */

struct unit {
	const char *start, *user, *calendar, *listen;
	unsigned line; /* of what is started, or of the first setting */
	MU_VEC(struct config_variable) env;
};

/* Environment="A=b c" D=e */
static void unit_environment(
	struct config_run *run, struct unit *u, char *value, unsigned line)
{
	while (*value && u->env.n < CONFIG_WORDS_MAX) {
		char quote = 0, *word, *eq, *end;

		value += strspn(value, " \t");
		if (*value == '"' || *value == '\'')
			quote = *value++;
		word = value;
		end = quote ? strchr(word, quote) : word + strcspn(word, " \t");
		if (!end)
			end = word + strlen(word);
		value = end + (*end != '\0');
		*end = '\0';
		eq = strchr(word, '=');
		if (!eq)
			continue;
		*eq = '\0';
		if (mu_vec_room(&u->env)) {
			run->failed = -ENOMEM;
			return;
		}
		u->env.v[u->env.n++] = (struct config_variable){config_copy(run, word),
			config_copy(run, config_unquote(eq + 1)), line};
	}
}

static void unit_line(struct config_run *run, struct unit *u, char *line, unsigned n)
{
	char *value = strchr(line, '=');

	if (!value)
		return;
	*value++ = '\0';
	line[strcspn(line, " \t")] = '\0';
	value += strspn(value, " \t");
	if (!strcmp(line, "ExecStart") && *value && !u->start) {
		u->start = config_copy(run, value);
		u->line = n;
	} else if (!strcmp(line, "User")) {
		u->user = config_copy(run, value);
	} else if (!strcmp(line, "OnCalendar") || !strcmp(line, "OnUnitActiveSec")) {
		u->calendar = config_copy(run, value);
		u->line = n;
	} else if (config_begins(line, "Listen") && !u->listen) {
		u->listen = config_copy(run, value);
		u->line = n;
	} else if (!strcmp(line, "Environment")) {
		unit_environment(run, u, value, n);
	}
}

static void unit_read(struct config_run *run, struct config_text *text, struct unit *u)
{
	char *line;

	while ((line = config_setting(text)))
		if (*line != ';' && *line != '[')
			unit_line(run, u, line, text->line);
}

/* Whether a link in one of the usual targets starts it at boot. */
static bool enabled(struct config_run *run, const char *name)
{
	static const char *const targets[] = {"multi-user.target.wants",
		"default.target.wants", "timers.target.wants", "sockets.target.wants",
		"graphical.target.wants", "sysinit.target.wants"};

	for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
		if (mu_tree_find(
			    run->tree, config_format(run, "/etc/systemd/system/%s/%s",
					       targets[i], name)))
			return true;
	return false;
}

/* ExecStart's command line without the characters that systemd puts in front. */
static const char *command_line(const char *start)
{
	return start + strspn(start, "@-:+!|");
}

static const char *unit_message(
	struct config_run *run, const char *name, const struct unit *u)
{
	const char *how = enabled(run, name) ? "at boot" : "when asked";

	if (u->calendar)
		return config_format(run,
			"%s starts a job by time (%s), and Alpine has no "
			"systemd.",
			name, u->calendar);
	if (u->listen)
		return config_format(run,
			"%s waits at %s for systemd, which Alpine does not "
			"have.",
			name, u->listen);
	if (u->start)
		return config_format(run,
			"%s is started %s%s%s by systemd, which Alpine does "
			"not have.",
			name, how, u->user ? " as " : "", u->user ? u->user : "");
	return config_format(
		run, "%s belongs to systemd, which Alpine does not have.", name);
}

static const char *unit_remedy(
	struct config_run *run, const char *name, const struct unit *u)
{
	const char *line, *args;
	size_t n;

	if (u->calendar)
		return "Write a line for cron into /etc/crontabs, or a script into "
		       "/etc/periodic.";
	if (!u->start)
		return "Let the service listen by itself, or start it at boot.";
	line = command_line(u->start);
	n = strcspn(line, " \t");
	args = line + n + strspn(line + n, " \t");
	/* the same for an image and a root tree: what it becomes is not told by what it
	 * is */
	return config_format(run,
		"In a container, make it the entry point of its own, or start it from s6 "
		"or supervisor; on a machine, write /etc/init.d/%.*s for OpenRC: "
		"command=\"%.*s\", "
		"command_args=\"%s\", "
		"command_user=\"%s\", command_background=yes with a pidfile; then "
		"rc-update "
		"add.",
		(int)strcspn(name, "."), name, (int)n, line, args,
		u->user ? u->user : "root");
}

void config_unit(
	struct config_run *run, const struct mu_entry *entry, struct config_text *text)
{
	const char *name = config_copy(run, mu_text_base(entry->path));
	struct unit u = {0};

	if (entry->type != MU_ENTRY_FILE)
		return;
	unit_read(run, text, &u);
	if (u.user)
		config_runs_as(run, u.user, name);
	config_tell(run, &(struct mu_config_finding){.rule = MU_RULE_MU051,
				 .severity = MU_SEVERITY_WARNING,
				 .path = entry->path,
				 .line = u.line,
				 .evidence = u.start      ? u.start
					     : u.calendar ? u.calendar
							  : u.listen,
				 .subject = name,
				 .message = unit_message(run, name, &u),
				 .remedy = unit_remedy(run, name, &u)});
	config_variables(run, CONFIG_UNIT, entry->path, u.env.v, u.env.n);
	free(u.env.v);
}

/* /etc/systemd/system/NAME.service.d/x.conf: what changes a unit of the distribution */
void config_dropin(
	struct config_run *run, const struct mu_entry *entry, struct config_text *text)
{
	char *path = (char *)config_copy(run, entry->path), *slash = strrchr(path, '/');
	struct unit u = {0};
	const char *unit, *first = NULL;
	unsigned at = 0;
	char *line;

	if (!slash || entry->type != MU_ENTRY_FILE)
		return;
	*slash = '\0';
	unit = mu_text_base(path);
	if (!config_ends(unit, ".d"))
		return;
	while ((line = config_setting(text))) {
		if (*line == ';' || *line == '[')
			continue;
		if (!first) {
			first = config_copy(run, line);
			at = text->line;
		}
		unit_line(run, &u, line, text->line);
	}
	if (u.user)
		config_runs_as(run, u.user, unit);
	if (first)
		config_tell(run,
			&(struct mu_config_finding){.rule = MU_RULE_MU051,
				.severity = MU_SEVERITY_WARNING,
				.path = entry->path,
				.line = at,
				.evidence = first,
				.subject = config_format(
					run, "%.*s", (int)(strlen(unit) - 2), unit),
				.message = "Settings for a unit of systemd, which Alpine "
					   "does not have.",
				.remedy = "Set limits, variables and arguments in "
					  "/etc/conf.d/NAME for OpenRC, or where the "
					  "container is started."});
	config_variables(run, CONFIG_UNIT, entry->path, u.env.v, u.env.n);
	free(u.env.v);
}

/* ---- boot scripts
 * ---------------------------------------------------------------------- */

void config_init(
	struct config_run *run, const struct mu_entry *entry, struct config_text *text)
{
	struct mu_config_finding f = {.rule = MU_RULE_MU053,
		.severity = MU_SEVERITY_WARNING,
		.path = entry->path,
		.subject = mu_text_base(entry->path),
		.message = "OpenRC does not run boot scripts of this form.",
		.remedy = "Write it again as a script of OpenRC (#!/sbin/openrc-run)."};
	char *line;

	if (entry->type != MU_ENTRY_FILE)
		return;
	while ((line = config_line(text))) {
		if (text->line == 1) {
			if (strstr(line, "openrc-run") || strncmp(line, "#!", 2))
				return; /* OpenRC's, or no script: a README */
			f.line = 1;
			f.evidence = config_copy(run, line);
		}
		if (*line != '#' && strstr(line, "lsb/init-functions")) {
			f.line = text->line;
			f.evidence = config_copy(run, line);
			f.message = "The boot script reads Debian's "
				    "/lib/lsb/init-functions, and OpenRC does not run "
				    "scripts of this form.";
			break;
		}
	}
	if (f.line)
		config_tell(run, &f);
}

void config_rc_local(
	struct config_run *run, const struct mu_entry *entry, struct config_text *text)
{
	char *line;

	while ((line = config_setting(text))) {
		if (!strcmp(line, "exit 0"))
			continue;
		config_tell(run,
			&(struct mu_config_finding){.rule = MU_RULE_MU053,
				.severity = MU_SEVERITY_WARNING,
				.path = entry->path,
				.line = text->line,
				.evidence = line,
				.subject = "rc.local",
				.message = "OpenRC does not run /etc/rc.local.",
				.remedy =
					"Put it into /etc/local.d/NAME.start and enable "
					"the service local.",
				.command = "rc-update add local default"});
		return;
	}
}

/* ---- supervisor
 * --------------------------------------------------------------------------- */

void config_supervisor(
	struct config_run *run, const struct mu_entry *entry, struct config_text *text)
{
	struct mu_config_finding f = {.rule = MU_RULE_MU061,
		.severity = MU_SEVERITY_NOTE,
		.path = entry->path,
		.package = "supervisor",
		.command = "apk add --no-cache supervisor",
		.message = "supervisor reads this; Alpine has it as a package.",
		.remedy = "Install supervisor and start it with this file (supervisord "
			  "-c)."};
	bool program = false;
	char *line;

	if (config_begins(entry->path, "/etc/supervisor/conf.d/")) {
		f.severity = MU_SEVERITY_WARNING;
		f.message = "Alpine's supervisor reads /etc/supervisor.d/*.ini, not this "
			    "folder.";
		f.remedy = "Install supervisor, and copy the file there as NAME.ini.";
	}
	while ((line = config_setting(text))) {
		if (config_begins(line, "[program:") && !f.line) {
			f.line = text->line;
			f.evidence = f.subject = config_copy(run, line);
			program = true;
		} else if (program && config_begins(line, "user")) {
			line = strchr(line, '=');
			if (line)
				config_runs_as(run, line + 1 + strspn(line + 1, " \t"),
					"supervisor");
		}
	}
	if (program)
		config_tell(run, &f);
}
