/* SPDX-License-Identifier: MIT */
#ifndef MU_CHECK_CHECK_TREE_H
#define MU_CHECK_CHECK_TREE_H

#include <muslin/check.h>

#include "tree/tree.h"

/* Checks of what is in a tree: as mu_check_open() and mu_check_files(), for src/scan. */

/** check_open_tree: make ready for a run over a tree, and read the tree
 * @opts: .root is not used
 * @tree_opts: .take and .ctx are filled in here
 * @ret: to be closed with mu_check_close(), before the tree is freed
 * @tree: to be freed with mu_tree_free()
 */
int check_open_tree(const struct mu_check_options *opts, const char *source,
	const struct mu_tree_options *tree_opts, struct mu_check **ret,
	struct mu_tree **tree, struct mu_error *err);

/** check_own: say which of the tree's files a target would have
 * @is_own: false for what the distribution brought. Called on many threads
 * @library_path: NULL, or as of LD_LIBRARY_PATH, where the options name none; borrowed
 *
 * To be called before the first check.
 */
void check_own(struct mu_check *run,
	bool (*is_own)(const void *ctx, const struct mu_entry *entry), const void *ctx,
	const char *library_path);

/** struct check_item: a file to be checked */
struct check_item {
	const char *path; /* canonical */
	bool replaced;    /* the distribution's: on an Alpine target it is not there, and
			     only its facts are told */
};

/** check_items: check @n files
 * @ret: @n reports, each to be freed with mu_report_free()
 *
 * Returns: 0 or -ENOMEM.
 */
int check_items(struct mu_check *run, const struct check_item *items, size_t n,
	struct mu_report **ret);

#endif
