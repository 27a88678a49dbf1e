/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "scan/config_run.h"

/* What one table of cron holds. */
struct table {
	const char *job, *user; /* user: of all jobs; NULL where they differ */
	unsigned line, jobs;
	bool several;
	const char *macro;
	unsigned macro_line;
	const char *variable, *name;
	unsigned variable_line;
};

/* "NAME = value", as cron has it: no time begins with a letter and holds '=' */
static bool variable(struct config_run *run, struct table *t, char *line, unsigned n)
{
	size_t name = strcspn(line, " \t=");
	const char *eq = line + name + strspn(line + name, " \t");

	if (!name || *eq != '=' || strchr("@*0123456789", *line))
		return false;
	/* BusyBox takes these two from the table itself */
	if (t->variable || !strncmp(line, "MAILTO=", 7) || !strncmp(line, "SHELL=", 6))
		return true;
	t->variable = config_copy(run, line);
	t->variable_line = n;
	line[name] = '\0';
	t->name = config_copy(run, line);
	return true;
}

static void job(
	struct config_run *run, struct table *t, char *line, unsigned n, bool column)
{
	const char *whole = config_copy(run, line), *user = NULL;
	bool macro = *line == '@';

	for (int i = macro ? 1 : 5; i; i--)
		if (!config_word(&line))
			return;
	if (column && !(user = config_word(&line)))
		return;
	if (!*line)
		return;
	if (!t->jobs++) {
		t->job = whole;
		t->line = n;
		t->user = user ? config_copy(run, user) : NULL;
	} else if (user && t->user && strcmp(user, t->user)) {
		t->several = true;
	}
	if (macro && !t->macro) {
		t->macro = whole;
		t->macro_line = n;
	}
	if (user)
		config_runs_as(run, user, "cron");
}

static void table_read(
	struct config_run *run, struct config_text *text, bool column, struct table *t)
{
	char *line;

	while ((line = config_setting(text)))
		if (!variable(run, t, line, text->line))
			job(run, t, line, text->line, column);
}

static void extras_tell(
	struct config_run *run, const struct mu_entry *entry, const struct table *t)
{
	struct mu_config_finding f = {.rule = MU_RULE_MU052,
		.severity = MU_SEVERITY_WARNING,
		.path = entry->path};

	if (t->macro) {
		f.line = t->macro_line;
		f.evidence = t->macro;
		f.subject = "@";
		f.message =
			"BusyBox' crond knows names as @daily and @reboot only where it "
			"is built with them.";
		f.remedy =
			"Write the five fields out; start what @reboot starts from the "
			"entry point or /etc/local.d; or install cronie.";
		config_tell(run, &f);
	}
	if (t->variable) {
		f.line = t->variable_line;
		f.evidence = t->variable;
		f.subject = t->name;
		f.message =
			"BusyBox' crond sets no variables from the table but MAILTO and "
			"SHELL.";
		f.remedy = "Set the variable in the command itself, or install cronie.";
		config_tell(run, &f);
	}
}

static void table_tell(struct config_run *run, const struct mu_entry *entry,
	const struct table *t, const char *user, const char *command)
{
	const char *count = t->jobs > 1 ? config_format(run, " (%u jobs)", t->jobs) : "";

	if (!t->jobs)
		return;
	config_tell(run,
		&(struct mu_config_finding){.rule = MU_RULE_MU052,
			.severity = MU_SEVERITY_WARNING,
			.path = entry->path,
			.line = t->line,
			.evidence = t->job,
			.subject = user ? user : "several users",
			.message = config_format(
				run, "BusyBox' crond does not read this table%s.", count),
			.remedy = config_format(run,
				"Write it to /etc/crontabs/%s, without a column for the "
				"user, and start crond.",
				user ? user : "USER"),
			.command = command});
	extras_tell(run, entry, t);
}

/* /etc/crontab and /etc/cron.d: with a column for the user */
void config_crontab(
	struct config_run *run, const struct mu_entry *entry, struct config_text *text)
{
	struct table t = {0};
	const char *command = NULL, *user;

	if (entry->type != MU_ENTRY_FILE)
		return;
	table_read(run, text, true, &t);
	user = t.several ? NULL : t.user;
	if (user && config_plain(user) && !strpbrk(user, "./+") &&
		config_plain(entry->path))
		command = config_format(run,
			"sed -nE "
			"'s/^(([^[:space:]#]+[[:space:]]+){5})%s[[:space:]]+/\\1/p' "
			"%s >> /etc/crontabs/%s",
			user, entry->path, user);
	table_tell(run, entry, &t, user, command);
}

/* /var/spool/cron/crontabs/USER: as BusyBox has it, in another folder */
void config_user_crontab(
	struct config_run *run, const struct mu_entry *entry, struct config_text *text)
{
	const char *user = mu_text_base(entry->path);
	struct table t = {0};

	if (entry->type != MU_ENTRY_FILE)
		return;
	table_read(run, text, false, &t);
	if (t.jobs)
		config_runs_as(run, user, "cron");
	table_tell(run, entry, &t, user,
		config_plain(entry->path)
			? config_format(run, "cp %s /etc/crontabs/%s", entry->path, user)
			: NULL);
}

/* /etc/cron.daily and the like: run-parts takes only plain names, here and there */
void config_periodic(
	struct config_run *run, const struct mu_entry *entry, struct config_text *text)
{
	const char *period = entry->path + sizeof "/etc/cron." - 1;
	size_t n = strcspn(period, "/");
	const char *name = mu_text_base(entry->path);

	(void)text;
	if (entry->type != MU_ENTRY_FILE || !(entry->mode & 0111) || strchr(name, '.'))
		return;
	config_tell(run,
		&(struct mu_config_finding){.rule = MU_RULE_MU052,
			.severity = MU_SEVERITY_WARNING,
			.path = entry->path,
			.subject = name,
			.message = config_format(run,
				"BusyBox' crond runs /etc/periodic/%.*s, not this "
				"folder.",
				(int)n, period),
			.remedy = "Copy the script there, executable and with a name "
				  "without dots, and start crond.",
			.command = config_plain(entry->path)
					   ? config_format(run,
						     "cp -p %s /etc/periodic/%.*s/",
						     entry->path, (int)n, period)
					   : NULL});
}
