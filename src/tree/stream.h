/* SPDX-License-Identifier: MIT */
#ifndef MU_TREE_STREAM_H
#define MU_TREE_STREAM_H

#include <archive.h>
#include <archive_entry.h>
#include <sys/types.h>

#include <muslin/error.h>

/*
 * libarchive as this project uses it: the filters and formats named here and no others,
 * for some of libarchive's start programs.
 */

enum stream_formats {
	STREAM_TAR = 1,
	STREAM_ZIP = 2,
	STREAM_AR = 4,
	STREAM_CPIO = 8,
	STREAM_RAW = 16, /* what is none of the others: one entry of plain bytes */
	STREAM_ALL = STREAM_TAR | STREAM_ZIP | STREAM_AR | STREAM_CPIO,
};

/** stream_new: a reader, not yet open; NULL when out of memory */
struct archive *stream_new(unsigned formats);

/** stream_error: libarchive's last failure, as ours
 * Returns: -ENOMEM, -MU_E_TRUNCATED, -MU_E_MALFORMED or an errno.
 */
int stream_error(struct archive *a, const char *path, struct mu_error *err);

/** stream_check: refuse what unpacks to far more than it is; 0 or -MU_E_LIMIT */
int stream_check(struct archive *a, const char *path, struct mu_error *err);

/** stream_skip: go over the rest of an entry, unless it never ends
 * Returns: 0 or a negative code.
 */
int stream_skip(struct archive *a, const char *path, struct mu_error *err);

/** stream_read: up to @n bytes of an entry; fewer at its end
 * Returns: bytes or a negative code.
 */
ssize_t stream_read(
	struct archive *a, void *buf, size_t n, const char *path, struct mu_error *err);

/** struct stream_limit: how much of an entry may be read into memory */
struct stream_limit {
	size_t max;  /* bytes */
	size_t free; /* beyond that, as many times what .source has given … */
	struct archive *source; /* … as STREAM_GROWTH; NULL: no such limit */
};
#define STREAM_GROWTH 8

/** stream_gather: all of an entry
 * @size: as the header says it, -1 where it does not
 * @limit: more is -EFBIG, and the rest of the entry is still to be skipped
 * @ret: *n bytes and a NUL, to be freed
 */
int stream_gather(struct archive *a, const void *head, size_t nhead, int64_t size,
	const struct stream_limit *limit, char **ret, size_t *n, const char *path,
	struct mu_error *err);

#endif
