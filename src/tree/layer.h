/* SPDX-License-Identifier: MIT */
#ifndef MU_TREE_LAYER_H
#define MU_TREE_LAYER_H

#include "nodes.h"

struct archive;
struct archive_entry;

/** layer_create, layer_free: NULL when out of memory; NULL is fine */
struct layer *layer_create(void);
void layer_free(struct layer *layer);

/** layer_read: all entries that are left of an archive
 * @queue: where ELF files are given to
 *
 * Returns: 0 or a negative code with the reason in @err.
 */
int layer_read(struct mu_tree *tree, struct archive *a, struct layer *layer,
	struct mu_queue *queue, struct mu_error *err);

/** layer_entry: one entry, whose header was just read; its data may be left unread */
int layer_entry(struct mu_tree *tree, struct archive *a, struct archive_entry *entry,
	struct layer *layer, struct mu_queue *queue, struct mu_error *err);

/** layer_begun: the same, where the first @n bytes of its data were read already */
int layer_begun(struct mu_tree *tree, struct archive *a, struct archive_entry *entry,
	struct layer *layer, struct mu_queue *queue, const char *data, size_t n,
	struct mu_error *err);

/** layer_file: add a file of which nothing but the size is known */
int layer_file(struct layer *layer, const char *path, uint64_t size);

/** layer_apply: put a layer's entries into the tree, over what is there
 * @top: where its paths start
 */
int layer_apply(struct mu_tree *tree, struct node *top, const struct layer *layer);

/** nested_read: what is inside of an archive in the tree
 * @fd: open at its start, or -1: then @n bytes in @data
 *
 * What cannot be read of it is a note.
 * Returns: 0 or -ENOMEM.
 */
int nested_read(struct mu_tree *tree, const char *path, struct content *c, int fd,
	const void *data, size_t n, int depth);

/** is_nested: whether a file is an archive to look into */
bool is_nested(const struct mu_tree *tree, const char *path, enum mu_magic magic,
	uint64_t size, int depth);

/** clean_path: without "/" at the ends, "." and "//"; ".." is not taken
 * @buf: PATH_MAX bytes
 *
 * Returns: 0, -EINVAL for "..", -ENAMETOOLONG.
 */
int clean_path(const char *path, char *buf);

#endif
