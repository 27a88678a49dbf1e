/* SPDX-License-Identifier: MIT */
#ifndef MU_FIX_FIX_H
#define MU_FIX_FIX_H

#include <muslin/fixes.h>

#include "rules/run.h"

/** fix_file: find the ways out of what was found in a file
 * @job: judged; its report gets .fixes, the best of each target first, and where one of
 *	them clears all that was called incompatible, a better verdict
 *
 * Returns: 0 or -ENOMEM.
 */
int fix_file(struct job *job);

#endif
