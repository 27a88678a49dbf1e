/* SPDX-License-Identifier: MIT */
#ifndef FAKETREE_H
#define FAKETREE_H

#include "tree/owners.h"
#include "tree/tree.h"

/*
 * A tree in memory, with its owners: stands in for src/tree where a test is about what
 * is made of files, not about how they are found.
 */
struct fake_file {
	const char *path;
	const char *text;   /* NULL: a folder, or a link */
	const char *target; /* of a link */
	uint32_t uid, gid;
	uint16_t mode; /* 0: usual */
	char owner;    /* 'd': the distribution's, 'm': … and changed, 'v': a vendor's;
			  0: nobody's */
	const uint8_t *caps;
	uint8_t ncaps;
	size_t size; /* of .text where it holds NUL bytes; 0: strlen() */
};

/** fake_tree_set: the tree that mu_tree_* answer for; folders are made as needed
 * @image: may be NULL
 */
void fake_tree_set(const struct fake_file *files, size_t n, const struct mu_image *image);

/** fake_tree_id: "debian" until set */
void fake_tree_id(const char *id);
void fake_tree_clear(void);

/** fake_tree_wanted: whether a reader may read a file: mu_config_wanted and the like */
void fake_tree_wanted(bool (*wanted)(const char *path, uint64_t size));

#endif
