/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "member.h"
#include "stream.h"

#define MAX_MEMBERS 100000

/* ---- files ------------------------------------------------------------------ */

static int read_stream(FILE *in, size_t max, char **ret, size_t *ret_n)
{
	size_t cap = 1 << 16, n = 0, got;
	char *buf = malloc(cap + 1), *more;

	while (buf && (got = fread(buf + n, 1, cap - n, in)) > 0) {
		n += got;
		if (n > max) {
			free(buf);
			return -EFBIG;
		}
		if (n < cap)
			continue;
		cap *= 2;
		more = realloc(buf, cap + 1);
		if (!more)
			free(buf);
		buf = more;
	}
	if (!buf)
		return -ENOMEM;
	if (ferror(in)) {
		free(buf);
		return -EIO;
	}
	buf[n] = 0;
	*ret = buf;
	*ret_n = n;
	return 0;
}

int mu_input_read(
	const char *path, size_t max, char **ret, size_t *n, struct mu_error *err)
{
	FILE *in = strcmp(path, "-") ? fopen(path, "rbe") : stdin;
	int e;

	if (!in)
		return mu_error_set(err, -errno, path, NULL);
	errno = 0;
	e = read_stream(in, max, ret, n);
	if (e == -EIO && errno)
		e = -errno; /* a folder, for instance */
	if (in != stdin)
		fclose(in);
	if (e == -EFBIG)
		return mu_error_set(err, e, path, "more than %zu MiB", max >> 20);
	return e ? mu_error_set(err, e, path, NULL) : 0;
}

/* ---- members ------------------------------------------------------------------ */

static bool is_named(struct archive_entry *entry, const char *member)
{
	const char *name = archive_entry_pathname(entry);

	if (name && !strncmp(name, "./", 2))
		name += 2;
	return name && archive_entry_filetype(entry) == AE_IFREG && !strcmp(name, member);
}

/* What is passed over has to be unpacked too. */
static int pass_over(struct archive *a, struct archive_entry *entry, size_t *left,
	const char *path, struct mu_error *err)
{
	int64_t size = archive_entry_size_is_set(entry) ? archive_entry_size(entry) : 0;

	if (size < 0 || (uint64_t)size > *left)
		return -EFBIG;
	*left -= (size_t)size;
	return stream_skip(a, path, err);
}

static int find_member(struct archive *a, const char *member, size_t max,
	const char *path, char **ret, size_t *n, struct mu_error *err)
{
	struct archive_entry *entry;

	for (int i = 0; i < MAX_MEMBERS; i++) {
		int r = archive_read_next_header(a, &entry), e;
		struct stream_limit limit = {.max = max};
		if (r == ARCHIVE_EOF)
			return -ENOENT;
		if (r < ARCHIVE_WARN)
			return stream_error(a, path, err);
		if (is_named(entry, member))
			return stream_gather(a, "", 0,
				archive_entry_size_is_set(entry)
					? archive_entry_size(entry)
					: -1,
				&limit, ret, n, path, err);
		e = pass_over(a, entry, &max, path, err);
		if (e)
			return e;
	}
	return -MU_E_LIMIT;
}

int mu_member_read(const void *data, size_t size, const char *member, size_t max,
	const char *path, char **ret, size_t *n, struct mu_error *err)
{
	struct archive *a = stream_new(STREAM_TAR | STREAM_ZIP);
	int e;

	if (!a)
		return mu_error_set(err, -ENOMEM, path, NULL);
	archive_read_set_format_option(a, "tar", "read_concatenated_archives", "1");
	e = archive_read_open_memory(a, data, size)
		    ? stream_error(a, path, err)
		    : find_member(a, member, max, path, ret, n, err);
	archive_read_free(a);
	if (e == -ENOENT)
		mu_error_set(err, e, path, "there is no member %s in it", member);
	if (e == -EFBIG)
		mu_error_set(err, e, path, "unpacks to more than %zu MiB", max >> 20);
	return e ? mu_error_set(err, e, path, NULL) : 0;
}
