/* SPDX-License-Identifier: MIT */
#ifndef MU_SCAN_SCRIPTS_H
#define MU_SCAN_SCRIPTS_H

#include <stdbool.h>
#include <stddef.h>

#include <muslin/db.h>

#include "core/arena.h"
#include "shell/shell.h"

/* What a script relies on, and what of that Alpine's BusyBox does not have. */

enum mu_script_use_kind {
	MU_USE_INTERPRETER, /* the #! line itself: a carriage return, env -S */
	MU_USE_BASH,        /* a script for sh that needs bash */
	MU_USE_OPTION,      /* an option that the applet does not take */
	MU_USE_FORM,        /* an argument that it does not understand, or otherwise */
};

/** struct mu_script_use: one place that fails or does something else on Alpine */
struct mu_script_use {
	enum mu_script_use_kind kind;
	unsigned line;        /* from 1 */
	const char *evidence; /* arena; the line, trimmed, at most 160 bytes */
	const char *what;     /* "--include", "arrays" */
	const char *command;  /* "grep"; NULL for the shell's own */
	const char *package; /* of the newest Alpine, that brings what is missing; NULL */
	const char *instead; /* what BusyBox understands; NULL where nothing is known */
};

/** struct mu_script_call: a command that is called by name */
struct mu_script_call {
	const char *name;
	unsigned line;                    /* of the first call */
	bool applet;                      /* Alpine's BusyBox has it */
	const struct mu_foreign *foreign; /* belongs to another distribution; or NULL */
};

/** struct mu_script: what was found; strings are the arena's */
struct mu_script {
	const char *interpreter; /* "/usr/bin/env"; NULL: no #! line */
	const char *argument;    /* "python3 -u"; NULL */
	const char *program; /* that truly runs: "python3"; NULL where none is named */
	bool crlf;           /* the #! line ends in a carriage return */
	bool shell;          /* sh, ash, dash or bash: the rest was read */
	bool bash;           /* it is bash: what only bash has is no finding */
	int error;           /* what mu_sh_parse() said; 0: all was read */
	unsigned error_line;
	const struct mu_script_use *uses; /* by line */
	size_t use_count;
	const struct mu_script_call *calls; /* by name; no builtins, no functions, nothing
					       that the script looks for before */
	size_t call_count;
};

/** mu_script_read: look at a script
 * @data: @n bytes; must live as long as @ret
 *
 * A file without a #! line gives an empty answer.
 * Returns: 0 or -ENOMEM.
 */
int mu_script_read(
	const char *data, size_t n, struct mu_arena *arena, struct mu_script *ret);

/** mu_script_uses: look at shell text that was read already
 * @bash: it runs in bash
 * @ret: its uses, calls and their counts are set, nothing else
 *
 * Returns: 0 or -ENOMEM.
 */
int mu_script_uses(const struct mu_sh_script *sh, bool bash, struct mu_arena *arena,
	struct mu_script *ret);

#endif
