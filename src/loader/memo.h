/* SPDX-License-Identifier: MIT */
#ifndef MU_LOADER_MEMO_H
#define MU_LOADER_MEMO_H

#include "loader.h"

/*
 * What stays open of an object's references once the libraries that it needs itself
 * have been asked. The same object with the same libraries stands in hundreds of
 * programs: the work is done for the first.
 */
struct mu_memo {
	struct mu_file **deps; /* owned: which files its DT_NEEDED led to */
	size_t ndeps;
	uint32_t *left; /* owned: references */
	size_t nleft;
};

void mu_memo_free(struct mu_memo *m);

#endif
