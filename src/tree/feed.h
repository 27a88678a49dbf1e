/* SPDX-License-Identifier: MIT */
#ifndef MU_TREE_FEED_H
#define MU_TREE_FEED_H

#include <nettle/sha2.h>
#include <stdbool.h>

#include "stream.h"

/*
 * Bytes on their way into the reader of an archive that is inside of another, or that
 * are to be summed while they are read.
 */

/** struct feed: where they come from: an entry of an archive, or a file */
struct feed {
	struct archive *outer; /* NULL: .fd */
	int fd;
	const char *path; /* in messages; NULL */
	struct mu_error *err;
	bool summed; /* .sha is wanted */
	struct sha256_ctx sha;
	uint64_t bytes; /* that came so far */
	size_t nhead;   /* of .buf, looked at before: they come first */
	char *buf;      /* owned by whoever called feed_start() */
};

/** feed_start: make .buf; 0 or -ENOMEM */
int feed_start(struct feed *f);

/** feed_next: the next bytes, in .buf
 * Returns: how many, 0 at the end, a negative code.
 */
ssize_t feed_next(struct feed *f);

/** feed_open: let an archive's reader have them; 0 or a code of libarchive's */
int feed_open(struct feed *f, struct archive *a);

/** feed_sum: SHA-256 of all that came, 64 digits and a NUL */
void feed_sum(struct feed *f, char *hex);

#endif
