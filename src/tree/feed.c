/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "feed.h"

#define WINDOW (1u << 18)

int feed_start(struct feed *f)
{
	if (f->summed)
		sha256_init(&f->sha);
	f->buf = malloc(WINDOW);
	return f->buf ? 0 : -ENOMEM;
}

ssize_t feed_next(struct feed *f)
{
	ssize_t n;

	if (f->outer) {
		n = stream_read(f->outer, f->buf, WINDOW, f->path, f->err);
		if (n > 0 && stream_check(f->outer, f->path, f->err))
			return -MU_E_LIMIT;
	} else {
		do {
			n = read(f->fd, f->buf, WINDOW);
		} while (n < 0 && errno == EINTR);
		if (n < 0)
			n = mu_error_set(f->err, -errno, f->path, NULL);
	}
	if (n > 0 && f->summed)
		sha256_update(&f->sha, (size_t)n, (const uint8_t *)f->buf);
	if (n > 0)
		f->bytes += (uint64_t)n;
	return n;
}

static la_ssize_t feed_read(struct archive *a, void *ctx, const void **buf)
{
	struct feed *f = ctx;
	ssize_t n = (ssize_t)f->nhead;

	f->nhead = 0;
	if (!n)
		n = feed_next(f);
	*buf = f->buf;
	if (n < 0)
		archive_set_error(a, EIO, "%s", mu_strerror((int)n));
	return n < 0 ? ARCHIVE_FATAL : n;
}

int feed_open(struct feed *f, struct archive *a)
{
	return archive_read_open(a, f, NULL, feed_read, NULL);
}

void feed_sum(struct feed *f, char *hex)
{
	uint8_t sum[SHA256_DIGEST_SIZE];

	sha256_digest(&f->sha, sizeof sum, sum);
	for (size_t i = 0; i < sizeof sum; i++)
		sprintf(hex + 2 * i, "%02x", sum[i]);
}
