/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scan/config_run.h"

/*
 * Which file is read by what. Of files that the distribution brings, and that nobody
 * has changed, only those are read whose contents decide (.always): maintainer scripts
 * write them, so that no package owns them.
 */
struct source {
	const char *path;   /* a file, or with '/' at its end a folder */
	const char *suffix; /* of a file in the folder; NULL: any */
	config_reader *read;
	bool always;
	bool deep; /* below the folder, too */
};

/* The first that matches reads the file. */
static const struct source sources[] = {
	{"/etc/nsswitch.conf", NULL, config_nsswitch, true},
	{"/etc/resolv.conf", NULL, config_resolv, true},
	{"/etc/gai.conf", NULL, config_gai},
	{"/etc/host.conf", NULL, config_host},
	{"/etc/ld.so.conf", NULL, config_ld_conf},
	{"/etc/ld.so.conf.d/", ".conf", config_ld_conf},
	{"/etc/ld.so.preload", NULL, config_ld_preload, true},
	{"/etc/environment", NULL, config_environment, true},
	{"/etc/profile.d/", ".sh", config_profile},
	{"/etc/profile", NULL, NULL},
	{"/etc/bash.bashrc", NULL, config_bashrc},
	{"/etc/default/locale", NULL, config_locale_file, true},
	{"/etc/locale.conf", NULL, config_locale_file, true},
	{"/etc/timezone", NULL, config_timezone, true},
	{"/etc/locale.gen", NULL, NULL},
	{"/etc/passwd", NULL, NULL},
	{"/etc/group", NULL, NULL},
	{"/etc/shadow", NULL, config_shadow, true},
	{"/etc/pam.d/common-account", NULL, config_pam, true},
	{"/etc/pam.d/common-auth", NULL, config_pam, true},
	{"/etc/pam.d/common-password", NULL, config_pam, true},
	{"/etc/pam.d/common-session", NULL, config_pam, true},
	{"/etc/pam.d/common-session-noninteractive", NULL, config_pam, true},
	{"/etc/pam.d/", NULL, config_pam},
	{"/etc/crontab", NULL, config_crontab},
	{"/etc/cron.d/", NULL, config_crontab},
	{"/etc/cron.hourly/", NULL, config_periodic},
	{"/etc/cron.daily/", NULL, config_periodic},
	{"/etc/cron.weekly/", NULL, config_periodic},
	{"/etc/cron.monthly/", NULL, config_periodic},
	{"/var/spool/cron/crontabs/", NULL, config_user_crontab},
	{"/etc/systemd/system/", ".service", config_unit},
	{"/etc/systemd/system/", ".timer", config_unit},
	{"/etc/systemd/system/", ".socket", config_unit},
	{"/etc/systemd/system/", ".path", config_unit},
	{"/etc/systemd/system/", ".mount", config_unit},
	{"/etc/systemd/system/", ".conf", config_dropin, false, true},
	{"/usr/lib/systemd/system/", ".service", config_unit},
	{"/usr/lib/systemd/system/", ".timer", config_unit},
	{"/lib/systemd/system/", ".service", config_unit},
	{"/lib/systemd/system/", ".timer", config_unit},
	{"/etc/init.d/", NULL, config_init},
	{"/etc/rc.local", NULL, config_rc_local},
	{"/etc/supervisord.conf", NULL, config_supervisor},
	{"/etc/supervisor/supervisord.conf", NULL, config_supervisor},
	{"/etc/supervisor/conf.d/", ".conf", config_supervisor},
	{"/etc/logrotate.conf", NULL, config_logrotate},
	{"/etc/logrotate.d/", NULL, config_logrotate},
	{"/etc/rsyslog.conf", NULL, config_syslog},
	{"/etc/rsyslog.d/", ".conf", config_syslog},
	{"/etc/syslog-ng/", ".conf", config_syslog, false, true},
	{"/etc/sudoers", NULL, config_sudoers},
	{"/etc/sudoers.d/", NULL, config_sudoers},
	{"/etc/sysctl.conf", NULL, config_sysctl},
	{"/etc/sysctl.d/", ".conf", config_sysctl},
	{"/etc/apt/sources.list", NULL, config_sources, true},
	{"/etc/apt/sources.list.d/", ".list", config_sources, true},
	{"/etc/apt/sources.list.d/", ".sources", config_sources822, true},
};

static bool source_takes(const struct source *s, const char *path)
{
	size_t n = strlen(s->path);

	if (s->path[n - 1] != '/')
		return !strcmp(path, s->path);
	if (strncmp(path, s->path, n) || path[n] == '.' || path[n] == '\0')
		return false;
	if (!s->deep && strchr(path + n, '/'))
		return false;
	return !s->suffix || config_ends(path, s->suffix);
}

static const struct source *source_of(const char *path)
{
	static const char *const tops[] = {
		"/etc/", "/usr/lib/systemd/", "/lib/systemd/", "/var/spool/cron/"};
	bool near = false;

	/* spares nearly all files of a tree the long list */
	for (size_t i = 0; i < sizeof tops / sizeof *tops; i++)
		near |= config_begins(path, tops[i]);
	for (size_t i = 0; near && i < sizeof sources / sizeof *sources; i++)
		if (source_takes(&sources[i], path))
			return &sources[i];
	return NULL;
}

bool mu_config_wanted(const char *path, uint64_t size)
{
	return size <= CONFIG_FILE_MAX && source_of(path);
}

/* ---- the walk ------------------------------------------------------------------- */

/* "libnss_ldap.so.2" in any folder: the module is there. */
static void nss_module(struct config_run *run, const char *path)
{
	const char *base = mu_text_base(path);
	size_t n = strlen(base);
	char name[64];

	if (!config_begins(base, "libnss_") || !config_ends(base, ".so.2") ||
		n - 12 >= sizeof name || n <= 12)
		return;
	memcpy(name, base + 7, n - 12);
	name[n - 12] = '\0';
	config_add(run, &run->modules, name);
}

static void look_at(struct config_run *run, const struct mu_entry *e)
{
	if (e->nested || e->type == MU_ENTRY_OTHER)
		return;
	if (e->uid || e->gid)
		config_users_count(run, e);
	if (e->type != MU_ENTRY_FILE)
		return;
	if (e->ncaps)
		config_capabilities(run, e);
	nss_module(run, e->path);
	if (config_begins(e->path, "/usr/local/share/ca-certificates/") &&
		config_ends(e->path, ".crt")) {
		if (!run->certificates++)
			run->certificate = e;
	}
}

static void read_source(struct config_run *run, const struct mu_entry *entry)
{
	const struct source *s = source_of(entry->path);
	const struct mu_entry *file = entry;
	struct config_text text;

	if (!s || !s->read || entry->nested)
		return;
	if (entry->type == MU_ENTRY_LINK) {
		/* a link into the same folders is read where it leads to; units are
		 * linked to enable them */
		if (strchr(s->path + 1, '/') != strrchr(s->path, '/') ||
			mu_tree_resolve(run->tree, entry->path, &file) ||
			source_of(file->path))
			return;
	}
	if (file->type != MU_ENTRY_FILE || (!s->always && !config_mine(run, file)))
		return;
	if (config_text_open(run, file, &text))
		return;
	s->read(run, entry, &text);
	config_text_close(&text);
}

static int compare_findings(const void *pa, const void *pb)
{
	const struct mu_config_finding *a = pa, *b = pb;
	int r;

	if (!a->path || !b->path)
		r = (a->path != NULL) - (b->path != NULL);
	else
		r = strcmp(a->path, b->path);
	if (!r)
		r = (a->line > b->line) - (a->line < b->line);
	if (!r)
		r = (a->rule > b->rule) - (a->rule < b->rule);
	if (!r)
		r = strcmp(a->subject ? a->subject : "", b->subject ? b->subject : "");
	return r ? r
		 : strcmp(a->evidence ? a->evidence : "", b->evidence ? b->evidence : "");
}

static void tell_rest(struct config_run *run)
{
	for (int i = 0; i < MU_RULE_COUNT; i++) {
		unsigned more = run->told[i] - CONFIG_TOLD_MAX;

		if (run->told[i] <= CONFIG_TOLD_MAX)
			continue;
		run->told[i] = 0; /* there is room for this one */
		config_tell(run, &(struct mu_config_finding){.rule = (enum mu_rule_id)i,
					 .severity = mu_rule_at((size_t)i)->severity,
					 .message = config_format(
						 run, "… and %u more of this.", more)});
	}
}

static void read_all(struct config_run *run)
{
	size_t n = mu_tree_count(run->tree);

	config_users_read(run);
	for (size_t i = 0; i < n; i++)
		look_at(run, mu_tree_at(run->tree, i));
	/* links first, so that /etc/timezone does not repeat /etc/localtime */
	config_localtime(run);
	if (run->image)
		config_image(run);
	for (size_t i = 0; i < n; i++)
		read_source(run, mu_tree_at(run->tree, i));
	config_archive(run);
	config_folders_tell(run);
	config_certificates_tell(run);
	config_users_tell(run);
	tell_rest(run);
}

int mu_config_read(const struct mu_tree *tree, const struct mu_owners *owners,
	struct mu_arena *arena, struct mu_config *ret)
{
	struct config_run run = {.tree = tree,
		.owners = owners,
		.image = mu_tree_image(tree),
		.arena = arena,
		.out = ret};

	read_all(&run);
	if (ret->findings.n)
		qsort(ret->findings.v, ret->findings.n, sizeof *ret->findings.v,
			compare_findings);
	free(run.users.v);
	free(run.groups.v);
	free(run.modules.list.v);
	free(run.folders.list.v);
	return run.failed;
}
