/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "stream.h"

/* What comes out of a compressed archive may be this much, or this many times what
 * went in. */
#define FREE_OUTPUT (INT64_C(1) << 30)
#define MAX_RATIO 200

struct archive *stream_new(unsigned formats)
{
	struct archive *a = archive_read_new();

	if (!a)
		return NULL;
	archive_read_support_filter_gzip(a);
	archive_read_support_filter_bzip2(a);
	archive_read_support_filter_xz(a);
	archive_read_support_filter_lzma(a);
	archive_read_support_filter_zstd(a);
	archive_read_support_filter_rpm(a);
	if (formats & STREAM_TAR) {
		archive_read_support_format_tar(a);
		archive_read_support_format_empty(a);
		/* names are bytes, whatever this machine's locale is */
		archive_read_set_format_option(a, "tar", "hdrcharset", "BINARY");
	}
	if (formats & STREAM_ZIP)
		archive_read_support_format_zip(a);
	if (formats & STREAM_AR)
		archive_read_support_format_ar(a);
	if (formats & STREAM_CPIO)
		archive_read_support_format_cpio(a);
	if (formats & STREAM_RAW)
		archive_read_support_format_raw(a);
	return a;
}

int stream_error(struct archive *a, const char *path, struct mu_error *err)
{
	const char *text = archive_error_string(a);
	int no = archive_errno(a), code = -MU_E_MALFORMED;

	if (!text)
		text = "cannot be read";
	if (no == ENOMEM)
		return mu_error_set(err, -ENOMEM, path, NULL);
	/* what a callback of ours failed with was told by it */
	if (err && err->code)
		return err->code;
	if (strstr(text, "runcated") || strstr(text, "nexpected end") ||
		strstr(text, "premature") || strstr(text, "Premature"))
		code = -MU_E_TRUNCATED;
	return mu_error_set(err, code, path, "the archive is %s: %s",
		code == -MU_E_TRUNCATED ? "cut off" : "damaged", text);
}

int stream_check(struct archive *a, const char *path, struct mu_error *err)
{
	int64_t out = archive_filter_bytes(a, 0), in = archive_filter_bytes(a, -1);

	if (out < FREE_OUTPUT || out / MAX_RATIO < in)
		return 0;
	return mu_error_set(err, -MU_E_LIMIT, path,
		"grows to more than %d times its size when it is unpacked: refused",
		MAX_RATIO);
}

int stream_skip(struct archive *a, const char *path, struct mu_error *err)
{
	const void *block;
	size_t n, since = 0;
	la_int64_t at;
	int r;

	/* where nothing is to be unpacked, this is a seek */
	if (archive_filter_count(a) < 2 || archive_format(a) == ARCHIVE_FORMAT_ZIP) {
		r = archive_read_data_skip(a);
		return r < ARCHIVE_WARN ? stream_error(a, path, err) : 0;
	}
	while ((r = archive_read_data_block(a, &block, &n, &at)) == ARCHIVE_OK) {
		since += n;
		if (since > 16 << 20) {
			int e = stream_check(a, path, err);
			if (e)
				return e;
			since = 0;
		}
	}
	return r < ARCHIVE_WARN ? stream_error(a, path, err) : 0;
}

ssize_t stream_read(
	struct archive *a, void *buf, size_t n, const char *path, struct mu_error *err)
{
	size_t got = 0;

	while (got < n) {
		la_ssize_t r = archive_read_data(a, (char *)buf + got, n - got);
		if (r == ARCHIVE_RETRY)
			continue;
		if (r < 0)
			return stream_error(a, path, err);
		if (!r)
			break;
		got += (size_t)r;
	}
	return (ssize_t)got;
}

#define FIRST_GUESS (1u << 16)
#define PIECE ((size_t)8 << 20)

/* How much may have been gathered by now. */
static size_t allowed(const struct stream_limit *limit)
{
	uint64_t grown;

	if (!limit->source)
		return limit->max;
	grown = (uint64_t)archive_filter_bytes(limit->source, -1) * STREAM_GROWTH;
	if (grown < limit->free)
		grown = limit->free;
	return grown < limit->max ? (size_t)grown : limit->max;
}

int stream_gather(struct archive *a, const void *head, size_t nhead, int64_t size,
	const struct stream_limit *limit, char **ret, size_t *n, const char *path,
	struct mu_error *err)
{
	size_t cap = FIRST_GUESS + nhead, got = nhead;
	char *data;
	int e = 0;

	if (size > (int64_t)limit->max)
		return -EFBIG;
	if (size >= 0 && (size_t)size > nhead)
		cap = (size_t)size;
	/* a size is believed piece by piece: it may be a lie */
	if (cap > PIECE)
		cap = PIECE;
	data = malloc(cap + 1);
	if (!data)
		return mu_error_set(err, -ENOMEM, path, NULL);
	memcpy(data, head, nhead);
	for (;;) {
		ssize_t r = stream_read(a, data + got, cap - got, path, err);
		char *more;
		if (r < 0) {
			e = (int)r;
			break;
		}
		got += (size_t)r;
		if (got < cap)
			break;
		if (got > allowed(limit)) {
			e = -EFBIG;
			break;
		}
		if (size >= 0 && got == (size_t)size)
			break;
		cap = cap > SIZE_MAX / 2 ? SIZE_MAX - 1 : cap * 2;
		if (size >= 0 && cap > (size_t)size)
			cap = (size_t)size;
		if (cap <= got)
			break;
		e = stream_check(a, path, err);
		more = e ? NULL : realloc(data, cap + 1);
		if (!more) {
			e = e ? e : mu_error_set(err, -ENOMEM, path, NULL);
			break;
		}
		data = more;
	}
	if (e) {
		free(data);
		return e;
	}
	data[got] = 0;
	*ret = data;
	*n = got;
	return 0;
}
