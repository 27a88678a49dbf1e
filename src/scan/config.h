/* SPDX-License-Identifier: MIT */
#ifndef MU_SCAN_CONFIG_H
#define MU_SCAN_CONFIG_H

#include <muslin/rules.h>

#include "core/arena.h"
#include "tree/owners.h"
#include "tree/tree.h"

/* Configuration that musl or Alpine treats otherwise than glibc and Debian. */

/** struct mu_config_finding: one place, with evidence and remedy */
struct mu_config_finding {
	enum mu_rule_id rule;
	enum mu_severity severity;
	const char *path;     /* file of the tree; NULL: the image's configuration */
	unsigned line;        /* from 1; 0: the file as a whole */
	const char *evidence; /* what stands there, at most 160 bytes; NULL */
	const char *subject;  /* "ldap", "LD_PRELOAD", "postgres" …; NULL */
	const char *message;  /* one sentence: what will be otherwise */
	const char *remedy;   /* one sentence: what to do; NULL */
	const char *package;  /* of Alpine, that the remedy installs; NULL */
	const char *command;  /* a line for a Dockerfile's RUN or a shell; NULL */
};

/** struct mu_account: a user or group to be created again, with its ids */
struct mu_account {
	const char *name;
	uint32_t uid, gid;
	const char *group; /* name of the primary group; NULL where it has none */
	const char *home, *shell, *gecos;
	bool is_group;          /* a group that no user to be created has as its own */
	struct mu_words groups; /* further groups of a user */
	bool system;            /* uid below 1000 */
	bool owns;              /* files that are the user's own belong to it */
	bool login;             /* has a shell that logs in */
};

struct mu_config {
	MU_VEC(struct mu_config_finding) findings; /* sorted by path, line, rule */
	MU_VEC(struct mu_account) accounts;
};

/** mu_config_read: look at all configuration of a tree
 * @owners: of the same tree
 * @arena: strings go there
 * @ret: zeroed; its arrays are the caller's to free()
 *
 * Returns: 0 or -ENOMEM.
 */
int mu_config_read(const struct mu_tree *tree, const struct mu_owners *owners,
	struct mu_arena *arena, struct mu_config *ret);

/** mu_config_wanted: whether mu_config_read() will read a file: for mu_tree_options */
bool mu_config_wanted(const char *path, uint64_t size);

#endif
