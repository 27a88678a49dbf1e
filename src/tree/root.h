/* SPDX-License-Identifier: MIT */
#ifndef MU_TREE_ROOT_H
#define MU_TREE_ROOT_H

#include <stdbool.h>
#include <sys/stat.h>

#include <muslin/error.h>

#include "tree.h"

/*
 * Where the loader looks: every path is resolved inside it, symlinks included, as after
 * a chroot. "/" is this machine's own; a folder is asked path by path; a tree was listed
 * before, and may be an image.
 */
struct mu_root;

/** mu_root_open: open a root tree
 * @dir: "/" or the path of a folder
 * @ret: to be freed with mu_root_close()
 */
int mu_root_open(const char *dir, struct mu_root **ret, struct mu_error *err);
void mu_root_close(struct mu_root *root);

/** mu_root_of_tree: a tree that was read
 * @tree: borrowed
 */
int mu_root_of_tree(
	const struct mu_tree *tree, struct mu_root **ret, struct mu_error *err);

/** mu_root_tree: the tree that it is; NULL for "/" and folders */
const struct mu_tree *mu_root_tree(const struct mu_root *root);

/** mu_root_dir: the folder's path as it was given */
const char *mu_root_dir(const struct mu_root *root);

/** mu_root_is_host: whether it is "/" */
bool mu_root_is_host(const struct mu_root *root);

/** mu_root_same: whether both are the same folder */
bool mu_root_same(const struct mu_root *a, const struct mu_root *b);

/** mu_root_file: open a regular file for reading
 * @path: inside the root; relative paths count from its top, from the working
 *        directory where the root is "/"
 * @st: what fstat(2) says of it
 *
 * Nothing but a regular file is ever opened: no device, no FIFO. A folder or a
 * special file is reported as -MU_E_NOT_REGULAR. A tree's files have no descriptor: ask
 * mu_tree_resolve() for them.
 * Returns: a file descriptor, or a negative code (-ENOENT, -ELOOP, -EACCES …).
 */
int mu_root_file(const struct mu_root *root, const char *path, struct stat *st);

/** mu_root_read: all of a regular file, of a tree or not
 * @max: bytes; larger files are -EFBIG
 * @ret: *n bytes and a NUL, to be freed
 */
int mu_root_read(
	const struct mu_root *root, const char *path, size_t max, char **ret, size_t *n);

/** mu_root_stat: as stat(2), symlinks followed inside the root */
int mu_root_stat(const struct mu_root *root, const char *path, struct stat *st);

/** mu_root_realpath: canonical path inside the root, starting with '/'
 * @buf: PATH_MAX bytes
 *
 * Returns: 0 or a negative code.
 */
int mu_root_realpath(const struct mu_root *root, const char *path, char *buf);

#endif
