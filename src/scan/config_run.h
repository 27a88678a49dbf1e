/* SPDX-License-Identifier: MIT */
#ifndef MU_SCAN_CONFIG_RUN_H
#define MU_SCAN_CONFIG_RUN_H

#include <muslin/db.h>
#include <muslin/packages.h>

#include "core/text.h"
#include "scan/config.h"

/*
 * Shared by config*.c: one reading of a tree's configuration. What fails for want of
 * memory is remembered in .failed and found by mu_config_read() at the end, so that a
 * reader need not care.
 */

#define CONFIG_FILE_MAX (1u << 20)
#define CONFIG_TOLD_MAX 200      /* findings of a rule; the rest are counted */
#define CONFIG_ACCOUNTS_MAX 4096 /* lines of passwd or group that are kept */
#define CONFIG_CREATED_MAX 500   /* users that are looked at closely */
#define CONFIG_MEMBER_MAX 32     /* groups of a user in a command */
#define CONFIG_WORDS_MAX 256     /* of a list */

/* A user of /etc/passwd, or a group of /etc/group, and who makes use of it. */
struct config_account {
	const char *name;
	uint32_t uid, gid; /* groups: gid alone */
	const char *gecos, *home, *shell;
	const char *members; /* groups: "a,b" */
	unsigned line;
	size_t files;      /* of the user's own that belong to it */
	size_t elsewhere;  /* … those in places where packages keep their data */
	const char *where; /* one of them */
	const char *runs;  /* what runs as it: "the image", "app.service" */
	bool wanted;       /* has to be created */
};

struct config_names {
	MU_VEC(const char *) list;
};

struct config_run {
	const struct mu_tree *tree;
	const struct mu_owners *owners;
	const struct mu_image *image; /* NULL */
	struct mu_arena *arena;
	struct mu_config *out;
	int failed;
	unsigned told[MU_RULE_COUNT];
	MU_VEC(struct config_account) users;  /* sorted by uid */
	MU_VEC(struct config_account) groups; /* sorted by gid */
	struct config_names modules;          /* libnss_NAME.so.2 in the tree */
	struct config_names folders;          /* library folders of one's own */
	const struct mu_entry *certificate;   /* the first of one's own */
	size_t certificates;
	const char *zone;               /* already told of */
	const struct mu_entry *startup; /* file of a shell that was told of last */
	unsigned lookups;               /* of users by name, capped */
};

/* ---- findings: config_text.c --------------------------------------------------- */

/** config_tell: keep a finding, its path and evidence copied */
void config_tell(struct config_run *run, const struct mu_config_finding *f);

/** config_keep: @s, or "" with the failure remembered where it is NULL */
const char *config_keep(struct config_run *run, const char *s);

#define config_format(run, ...) \
	config_keep(run, mu_arena_printf((run)->arena, __VA_ARGS__))
#define config_copy(run, s) config_keep(run, mu_arena_strdup((run)->arena, s))

/** config_plain: whether a shell takes the word as it is: commands hold nothing else */
bool config_plain(const char *s);

/** config_mine: whether a file is the user's work: nobody's, a vendor's, or changed */
bool config_mine(const struct config_run *run, const struct mu_entry *entry);

/** config_distro: whether a path leads to a distribution's file; its canonical path */
bool config_distro(const struct config_run *run, const char *path);

/** config_add: a name to a list, once; at most CONFIG_WORDS_MAX of them */
void config_add(struct config_run *run, struct config_names *names, const char *name);
bool config_has(const struct config_names *names, const char *name);

/** config_join: the names with @between between them */
const char *config_join(
	struct config_run *run, const struct config_names *names, const char *between);

bool config_begins(const char *s, const char *with);
bool config_ends(const char *s, const char *with);

/* ---- text: config_text.c ------------------------------------------------------- */

struct config_text {
	char *mem, *at, *end; /* mem: owned */
	unsigned line;
};

/** config_text_open: a file's lines; 0, or negative and nothing to close */
int config_text_open(
	struct config_run *run, const struct mu_entry *entry, struct config_text *ret);
void config_text_close(struct config_text *text);

/** config_line: the next line, without blanks at its ends; it may be written to
 *
 * Lines are cut at 64 KiB; NUL bytes become '?'.
 * Returns: NULL at the end.
 */
char *config_line(struct config_text *text);

/** config_setting: the next line that is no comment and not empty */
char *config_setting(struct config_text *text);

/** config_word: cut the next word of a line off; NULL at its end */
char *config_word(char **line);

/** config_field: cut off what stands before @separator; NULL at the end */
char *config_field(char **line, char separator);

/** config_unquote: a value without the quotes around it, in place */
char *config_unquote(char *value);

/* ---- readers, by file ----------------------------------------------------------- */

typedef void config_reader(
	struct config_run *run, const struct mu_entry *entry, struct config_text *text);

/* config_net.c */
config_reader config_nsswitch, config_resolv, config_gai, config_host;

/* config_loader.c */
config_reader config_ld_conf, config_ld_preload;
void config_library_path(struct config_run *run, const struct mu_config_finding *at,
	const char *value, bool kept);
void config_preload(
	struct config_run *run, const struct mu_config_finding *at, const char *value);
void config_folders_tell(struct config_run *run);

/* config_env.c */
config_reader config_environment, config_profile;

/** struct config_variable: NAME=value, wherever it stands */
struct config_variable {
	const char *name, *value;
	unsigned line;
};

/** enum config_place: where variables are set */
enum config_place {
	CONFIG_IMAGE,   /* goes along as ENV */
	CONFIG_PROFILE, /* login shells */
	CONFIG_PAM,     /* /etc/environment and the like */
	CONFIG_UNIT,
};

void config_variables(struct config_run *run, enum config_place place, const char *path,
	const struct config_variable *v, size_t n);

/* config_locale.c */
config_reader config_locale_file, config_timezone;
void config_locales(struct config_run *run, const char *path,
	const struct config_variable *v, size_t n);
void config_zone(struct config_run *run, const struct mu_config_finding *at,
	const char *zone, bool link);
void config_localtime(struct config_run *run);
void config_archive(struct config_run *run);

/* config_login.c */
config_reader config_shadow, config_pam;

/* config_users.c */
void config_users_read(struct config_run *run);
void config_users_count(struct config_run *run, const struct mu_entry *entry);

/** config_runs_as: something runs as a user (name or number, ":group" left out) */
void config_runs_as(struct config_run *run, const char *user, const char *what);
void config_users_tell(struct config_run *run);
void config_capabilities(struct config_run *run, const struct mu_entry *entry);

/* config_services.c */
config_reader config_unit, config_dropin, config_init, config_rc_local, config_supervisor;

/* config_cron.c */
config_reader config_crontab, config_user_crontab, config_periodic;

/* config_misc.c */
config_reader config_logrotate, config_syslog, config_sudoers, config_sysctl,
	config_sources, config_sources822, config_bashrc;
void config_shell_startup(
	struct config_run *run, const struct mu_entry *entry, char *line, unsigned n);
void config_certificates_tell(struct config_run *run);

/* config_image.c */
void config_image(struct config_run *run);

#endif
