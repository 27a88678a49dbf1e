/* SPDX-License-Identifier: MIT */
#ifndef MU_LOADER_SEARCH_H
#define MU_LOADER_SEARCH_H

#include "loader.h"

/* The loader's own buffer: a longer path is passed over. */
#define MU_SEARCH_PATH_MAX (2 * 255 + 2)

struct found {
	struct mu_file *file; /* NULL: musl itself, under a layer's name */
	char path[4096];
};

/** mu_search: find a library as the loader does
 * @name: as in DT_NEEDED; with a slash it is opened as it is
 * @needed_by: node that needs it, -1: no run paths
 *
 * Returns: 0 and @ret, or the negative code that the search ended with.
 */
int mu_search(struct mu_closure *c, const char *name, int needed_by, struct found *ret);

#endif
