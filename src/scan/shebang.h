/* SPDX-License-Identifier: MIT */
#ifndef MU_SCAN_SHEBANG_H
#define MU_SCAN_SHEBANG_H

#include <stdbool.h>
#include <stddef.h>

#include "core/arena.h"

/** struct shebang: the first line of a script */
struct shebang {
	const char *interpreter; /* "/usr/bin/env" */
	const char *program;     /* that runs in the end: "python3"; NULL: not told */
	bool carriage_return;    /* the kernel takes "\r" for a part of the name */
};

/** shebang_read: what stands behind "#!"
 * @ret: strings are in the arena
 *
 * Returns: 0; -ENOENT where there is no such line; -ENOMEM.
 */
int shebang_read(const char *data, size_t n, struct mu_arena *arena, struct shebang *ret);

#endif
