/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "scan/config_run.h"

#define PATH_DEFAULT "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* ---- file capabilities ---------------------------------------------------------------
 */

/* linux/capability.h: revision, its flag, then words of permitted and inheritable */
#define REVISION_MASK 0xff000000u
#define REVISION_1 0x01000000u
#define EFFECTIVE 0x000001u

static const char *const capabilities[] = {"cap_chown", "cap_dac_override",
	"cap_dac_read_search", "cap_fowner", "cap_fsetid", "cap_kill", "cap_setgid",
	"cap_setuid", "cap_setpcap", "cap_linux_immutable", "cap_net_bind_service",
	"cap_net_broadcast", "cap_net_admin", "cap_net_raw", "cap_ipc_lock",
	"cap_ipc_owner", "cap_sys_module", "cap_sys_rawio", "cap_sys_chroot",
	"cap_sys_ptrace", "cap_sys_pacct", "cap_sys_admin", "cap_sys_boot",
	"cap_sys_nice", "cap_sys_resource", "cap_sys_time", "cap_sys_tty_config",
	"cap_mknod", "cap_lease", "cap_audit_write", "cap_audit_control", "cap_setfcap",
	"cap_mac_override", "cap_mac_admin", "cap_syslog", "cap_wake_alarm",
	"cap_block_suspend", "cap_audit_read", "cap_perfmon", "cap_bpf",
	"cap_checkpoint_restore"};

static uint32_t le32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* "cap_a,cap_b" of a set; unknown ones by number */
static const char *capability_names(struct config_run *run, uint64_t set)
{
	const char *s = "";

	for (unsigned i = 0; i < 64; i++) {
		if (!(set >> i & 1))
			continue;
		if (i < sizeof capabilities / sizeof *capabilities)
			s = config_format(
				run, "%s%s%s", s, *s ? "," : "", capabilities[i]);
		else
			s = config_format(run, "%s%s%u", s, *s ? "," : "", i);
	}
	return s;
}

/* As setcap takes it: "cap_net_raw+ep"; NULL where it cannot be read, or is empty. */
static const char *capability_text(struct config_run *run, const uint8_t *caps, size_t n)
{
	uint32_t magic = n >= 12 ? le32(caps) : 0;
	uint64_t permitted, inheritable;
	const char *e = magic & EFFECTIVE ? "e" : "", *s = "";

	if (n < 12 || ((magic & REVISION_MASK) != REVISION_1 && n < 20))
		return NULL;
	permitted = le32(caps + 4);
	inheritable = le32(caps + 8);
	if ((magic & REVISION_MASK) != REVISION_1) {
		permitted |= (uint64_t)le32(caps + 12) << 32;
		inheritable |= (uint64_t)le32(caps + 16) << 32;
	}
	if (permitted & inheritable)
		s = config_format(run, "%s+%sip",
			capability_names(run, permitted & inheritable), e);
	if (permitted & ~inheritable)
		s = config_format(run, "%s%s%s+%sp", s, *s ? " " : "",
			capability_names(run, permitted & ~inheritable), e);
	if (inheritable & ~permitted)
		s = config_format(run, "%s%s%s+%si", s, *s ? " " : "",
			capability_names(run, inheritable & ~permitted), e);
	return *s ? s : NULL;
}

/* The package of the newest release that brings a command; NULL. */
static const char *package_of(const char *command)
{
	struct mu_provider p;
	unsigned it = 0;

	return mu_command_provider_next(command, NULL, &it, &p) > 0 ? p.package : NULL;
}

void config_capabilities(struct config_run *run, const struct mu_entry *entry)
{
	const char *text = capability_text(run, entry->caps, entry->ncaps);
	const char *package = package_of("setcap");
	const struct mu_owner *owner = mu_owners_of(run->owners, entry);
	struct mu_config_finding f = {.rule = MU_RULE_MU050,
		.path = entry->path,
		.evidence = text,
		.subject = text};

	if (!text)
		return;
	if (owner && owner->kind == MU_OWNER_DISTRO) {
		f.severity = MU_SEVERITY_NOTE;
		f.message =
			"The distribution's file has these rights; Alpine's own may have "
			"them otherwise, or not.";
		config_tell(run, &f);
		return;
	}
	f.severity = MU_SEVERITY_WARNING;
	f.message = "The file's rights are lost where it is copied without extended "
		    "attributes.";
	f.remedy = "Set them again after it was copied.";
	f.package = package;
	if (package && config_plain(entry->path))
		f.command = config_format(run, "apk add --no-cache %s && setcap '%s' %s",
			package, text, entry->path);
	config_tell(run, &f);
}

/* ---- what the image starts
 * --------------------------------------------------------------- */

static const char *image_path(const struct mu_image *image)
{
	for (size_t i = 0; i < image->nenv; i++)
		if (!strcmp(image->env[i].key, "PATH"))
			return image->env[i].value;
	return PATH_DEFAULT;
}

/* Where a program is that is called by name; NULL. */
static const struct mu_entry *find_program(struct config_run *run, const char *name)
{
	char *rest = (char *)config_copy(run, image_path(run->image)), *folder;
	const struct mu_entry *entry;

	if (strchr(name, '/'))
		return mu_tree_resolve(run->tree, name, &entry) ? NULL : entry;
	while ((folder = config_field(&rest, ':')))
		if (!mu_tree_resolve(
			    run->tree, config_format(run, "%s/%s", folder, name), &entry))
			return entry;
	return NULL;
}

static void program_tell(struct config_run *run, const char *what, const char *program)
{
	const char *name = mu_text_base(program), *package;
	const struct mu_entry *entry = find_program(run, program);
	const struct mu_owner *owner = entry ? mu_owners_of(run->owners, entry) : NULL;
	struct mu_config_finding f = {.rule = MU_RULE_MU060,
		.evidence = program,
		.subject = config_format(run, "%s: %s", what, name)};

	/* one's own file is checked as a file */
	if (!owner || owner->kind != MU_OWNER_DISTRO ||
		mu_setting_of(MU_SETTING_APPLET, name))
		return;
	package = package_of(name);
	f.severity = MU_SEVERITY_WARNING;
	f.package = package;
	if (package) {
		f.message = config_format(run,
			"The image's %s is %s, which package %s brings on Alpine.", what,
			config_copy(run, name), package);
		f.remedy = strchr(program, '/')
				   ? "Install the package, and call the program without "
				     "its folder: that may be another one."
				   : "Install the package.";
		f.command = config_format(run, "apk add --no-cache %s", package);
	} else {
		f.message = config_format(run,
			"The image's %s is %s, and no package of Alpine has a command of "
			"that name.",
			what, config_copy(run, name));
		f.remedy = "Find out what the program does, and what does it on Alpine.";
	}
	config_tell(run, &f);
}

/* The program of a line for a shell: the first word that sets no variable. */
static void shell_tell(struct config_run *run, const char *what, const char *line)
{
	char *rest = (char *)config_copy(run, line), *word;

	while ((word = config_word(&rest))) {
		const char *eq = strchr(word, '=');

		if (!strcmp(word, "exec") || (eq && !strchr(word, '/')))
			continue;
		word[strcspn(word, ";&|")] = '\0';
		if (*word && config_plain(word))
			program_tell(run, what, word);
		return;
	}
}

static bool is_shell(const char *word)
{
	const char *name = mu_text_base(word);

	return !strcmp(name, "sh") || !strcmp(name, "bash") || !strcmp(name, "dash") ||
	       !strcmp(name, "ash");
}

static void words_tell(
	struct config_run *run, const char *what, const char *const *v, size_t n)
{
	if (!n || !v[0])
		return;
	program_tell(run, what, v[0]);
	if (n > 2 && is_shell(v[0]) && *v[1] == '-' && config_ends(v[1], "c"))
		shell_tell(run, what, v[2]);
}

static void healthcheck_tell(struct config_run *run, const struct mu_words *h)
{
	if (h->n < 2)
		return;
	if (!strcmp(h->v[0], "CMD-SHELL"))
		shell_tell(run, "health check", h->v[1]);
	else if (!strcmp(h->v[0], "CMD"))
		words_tell(run, "health check", h->v + 1, h->n - 1);
}

static void environment(struct config_run *run)
{
	const struct mu_image *image = run->image;
	struct config_variable *v = calloc(image->nenv + 1, sizeof *v);

	if (!v) {
		config_keep(run, NULL);
		return;
	}
	for (size_t i = 0; i < image->nenv; i++)
		v[i] = (struct config_variable){image->env[i].key,
			image->env[i].value ? image->env[i].value : "", 0};
	config_variables(run, CONFIG_IMAGE, NULL, v, image->nenv);
	free(v);
}

void config_image(struct config_run *run)
{
	const struct mu_image *image = run->image;

	if (image->user)
		config_runs_as(run, image->user, "the image");
	environment(run);
	words_tell(run, "entry point", image->entrypoint.v, image->entrypoint.n);
	/* with an entry point, the command may be its arguments; a script may run it */
	if (!image->entrypoint.n || (image->cmd.n && find_program(run, image->cmd.v[0])))
		words_tell(run, "command", image->cmd.v, image->cmd.n);
	words_tell(run, "shell", image->shell.v, image->shell.n);
	healthcheck_tell(run, &image->healthcheck);
}
