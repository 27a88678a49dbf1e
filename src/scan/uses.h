/* SPDX-License-Identifier: MIT */
#ifndef MU_SCAN_USES_H
#define MU_SCAN_USES_H

#include "scan/scripts.h"

/** struct names: a set, sorted when it is complete */
struct names {
	MU_VEC(const char *) set;
};

/** struct finder: one shell text that is looked at */
struct finder {
	const struct mu_sh_script *sh;
	struct mu_arena *arena;
	bool bash;
	bool adapts;            /* it asks whether it runs in bash */
	struct names functions; /* and aliases */
	struct names guarded;   /* commands that are looked for first */
	struct names assigned;  /* variables */
	struct names installed; /* packages, by apk add */
	MU_VEC(size_t) lines;   /* where each begins */
	MU_VEC(struct mu_script_use) uses;
	MU_VEC(struct mu_script_call) calls;
};

/* uses.c */
unsigned uses_line(const struct finder *f, size_t at);
bool names_has(const struct names *names, const char *name);

/** uses_add: one more place; @at is in the text; 0 or -ENOMEM */
int uses_add(struct finder *f, enum mu_script_use_kind kind, size_t at,
	const char *command, const char *what, const char *package, const char *instead);

/** uses_evidence: the line of a place, trimmed; NULL when out of memory */
const char *uses_evidence(const char *text, size_t n, size_t at, struct mu_arena *arena);

/** uses_text: a word's text with each expansion as one \1; NULL when out of memory */
const char *uses_text(struct finder *f, const struct mu_sh_word *word);

/** uses_base: name of a command without the folders where commands are; NULL: elsewhere
 */
const char *uses_base(const char *path);

/* uses_bash.c */
/** uses_features: syntax that only bash has */
int uses_features(struct finder *f);

/** uses_bash: builtins, options and variables of a command that only bash has */
int uses_bash(struct finder *f, const struct mu_sh_command *command);

/* uses_tools.c */
/** uses_tool: options and arguments of an applet
 * @first: the word behind its name; @end: NULL, or the word that ends the command
 * @ret_next: set to the command that it runs itself, or NULL
 */
int uses_tool(struct finder *f, const struct mu_applet *applet,
	const struct mu_sh_visit *visit, const struct mu_sh_word *first,
	const struct mu_sh_word *end, const struct mu_sh_word **ret_next,
	const struct mu_sh_word **ret_end);

#endif
