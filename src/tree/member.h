/* SPDX-License-Identifier: MIT */
#ifndef MU_TREE_MEMBER_H
#define MU_TREE_MEMBER_H

#include <stddef.h>

#include <muslin/error.h>

/** mu_input_read: all of a file, or of standard input, into memory
 * @path: "-" is standard input
 * @max: bytes; more is an error
 * @ret: *n bytes and a NUL, to be freed
 *
 * Returns: 0 or a negative code.
 */
int mu_input_read(
	const char *path, size_t max, char **ret, size_t *n, struct mu_error *err);

/** mu_member_read: one member of an archive in memory (tar or zip, compressed or not)
 * @data: the archive, @size bytes; several that stand behind each other count as one
 * @member: its name; the first of that name counts
 * @max: bytes that may be unpacked on the way to it, and of it
 * @path: what the archive is called in messages
 * @ret: *n bytes and a NUL, to be freed
 *
 * Returns: 0; -ENOENT where there is no such member; another negative code.
 */
int mu_member_read(const void *data, size_t size, const char *member, size_t max,
	const char *path, char **ret, size_t *n, struct mu_error *err);

#endif
