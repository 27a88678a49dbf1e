/* SPDX-License-Identifier: MIT */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "mkimage.h"
#include "sha256.h"

#define XATTR_CAPS "security.capability"

/* A layer on its way: entries → pax archive → compression → file, hashed twice. */
struct layer {
	struct archive *tar, *out;
	struct archive *disk;
	struct sha256 plain, packed;
	uint64_t size;
	FILE *file;
};

/* One line of a list. */
struct line {
	char type;
	char *path, *from, *to, *text, *caps;
	long mode, uid, gid, mtime, repeat;
	int64_t size;
};

static la_ssize_t to_file(struct archive *a, void *data, const void *buf, size_t n)
{
	struct layer *l = data;

	(void)a;
	sha256_add(&l->packed, buf, n);
	l->size += n;
	return fwrite(buf, 1, n, l->file) == n ? (la_ssize_t)n : -1;
}

static la_ssize_t to_filter(struct archive *a, void *data, const void *buf, size_t n)
{
	struct layer *l = data;

	(void)a;
	sha256_add(&l->plain, buf, n);
	return archive_write_data(l->out, buf, n);
}

static void must(struct archive *a, int code, const char *what)
{
	if (code < ARCHIVE_WARN)
		die("%s: %s", what, archive_error_string(a));
}

static void open_layer(struct layer *l, enum compression how, int level, const char *path)
{
	struct archive_entry *e = archive_entry_new();
	char digits[16];

	snprintf(digits, sizeof digits, "%d", level);
	l->file = fopen(path, "wb");
	if (!l->file)
		die("%s: %s", path, strerror(errno));
	sha256_start(&l->plain);
	sha256_start(&l->packed);
	l->out = archive_write_new();
	archive_write_set_format_raw(l->out);
	if (how == GZIP) {
		must(l->out, archive_write_add_filter_gzip(l->out), "gzip");
		/* no time in the header, so that equal layers are equal files */
		archive_write_set_filter_option(l->out, "gzip", "timestamp", NULL);
	}
	if (how == ZSTD)
		must(l->out, archive_write_add_filter_zstd(l->out), "zstd");
	if (how != PLAIN && level)
		archive_write_set_filter_option(
			l->out, NULL, "compression-level", digits);
	archive_write_set_bytes_in_last_block(l->out, 1);
	must(l->out, archive_write_open(l->out, l, NULL, to_file, NULL), path);
	archive_entry_set_pathname(e, "layer");
	archive_entry_set_filetype(e, AE_IFREG);
	must(l->out, archive_write_header(l->out, e), path);
	archive_entry_free(e);
	l->tar = archive_write_new();
	archive_write_set_format_pax_restricted(l->tar);
	archive_write_set_format_option(l->tar, "pax", "xattrheader", "SCHILY");
	must(l->tar, archive_write_open(l->tar, l, NULL, to_filter, NULL), path);
	l->disk = archive_read_disk_new();
	archive_read_disk_set_symlink_physical(l->disk);
	archive_read_disk_set_standard_lookup(l->disk);
}

static void close_layer(struct layer *l, const char *path)
{
	must(l->tar, archive_write_close(l->tar), path);
	must(l->out, archive_write_close(l->out), path);
	archive_write_free(l->tar);
	archive_write_free(l->out);
	archive_read_free(l->disk);
	if (fclose(l->file))
		die("%s: %s", path, strerror(errno));
}

static void put_file(struct layer *l, const char *from)
{
	static char buf[1 << 16];
	FILE *f = fopen(from, "rb");
	size_t n;

	if (!f)
		die("%s: %s", from, strerror(errno));
	while ((n = fread(buf, 1, sizeof buf, f)) > 0)
		if (archive_write_data(l->tar, buf, n) < 0)
			die("%s: %s", from, archive_error_string(l->tar));
	fclose(f);
}

static void put_zeros(struct layer *l, uint64_t n)
{
	static const char zeros[1 << 16];

	while (n) {
		size_t some = n < sizeof zeros ? n : sizeof zeros;

		if (archive_write_data(l->tar, zeros, some) < 0)
			die("%s", archive_error_string(l->tar));
		n -= some;
	}
}

/* \xNN in a list's words, in place: any byte, blanks and newlines too. */
static size_t unescape(char *s)
{
	char *out = s, *start = s;

	for (; *s; s++) {
		unsigned byte;

		if (s[0] == '\\' && s[1] == 'x' && sscanf(s + 2, "%2x", &byte) == 1) {
			*out++ = byte;
			s += 3;
		} else {
			*out++ = *s;
		}
	}
	*out = '\0';
	return out - start;
}

static void put_caps(struct archive_entry *e, const char *hex)
{
	unsigned char raw[64];
	unsigned byte;
	size_t n = 0;

	for (; n < sizeof raw && sscanf(hex + 2 * n, "%2x", &byte) == 1; n++)
		raw[n] = byte;
	archive_entry_xattr_add_entry(e, XATTR_CAPS, raw, n);
}

static void set_numbers(struct archive_entry *e, const struct line *w)
{
	if (w->mode >= 0)
		archive_entry_set_perm(e, w->mode);
	if (w->uid >= 0) {
		archive_entry_set_uid(e, w->uid);
		archive_entry_set_uname(e, NULL);
	}
	if (w->gid >= 0) {
		archive_entry_set_gid(e, w->gid);
		archive_entry_set_gname(e, NULL);
	}
	if (w->mtime >= 0)
		archive_entry_set_mtime(e, w->mtime, 0);
	if (w->caps)
		put_caps(e, w->caps);
}

/* An entry as it is on disk; the line's own words go over it. */
static struct archive_entry *from_disk(struct layer *l, const struct line *w)
{
	struct archive_entry *e = archive_entry_new();

	archive_entry_copy_pathname(e, w->from);
	archive_entry_copy_sourcepath(e, w->from);
	must(l->disk, archive_read_disk_entry_from_file(l->disk, e, -1, NULL), w->from);
	archive_entry_copy_pathname(e, w->path);
	archive_entry_set_fflags(e, 0, 0);
	archive_entry_acl_clear(e);
	/* pax times below a second are of no use here */
	archive_entry_unset_atime(e);
	archive_entry_unset_ctime(e);
	archive_entry_set_mtime(e, archive_entry_mtime(e), 0);
	archive_entry_set_nlink(e, 1);
	return e;
}

static struct archive_entry *from_line(const struct line *w)
{
	static const struct {
		char letter;
		unsigned type, mode;
	} types[] = {{'f', AE_IFREG, 0644}, {'d', AE_IFDIR, 0755}, {'l', AE_IFLNK, 0777},
		{'c', AE_IFCHR, 0600}, {'b', AE_IFBLK, 0600}, {'p', AE_IFIFO, 0600},
		{'s', AE_IFSOCK, 0600}, {'h', AE_IFREG, 0644}};
	struct archive_entry *e = archive_entry_new();
	size_t i;

	for (i = 0; i < sizeof types / sizeof *types && types[i].letter != w->type; i++)
		;
	if (i == sizeof types / sizeof *types)
		die("no such type: %c", w->type);
	archive_entry_copy_pathname(e, w->path);
	archive_entry_set_filetype(e, types[i].type);
	archive_entry_set_perm(e, types[i].mode);
	archive_entry_set_mtime(e, 0, 0);
	archive_entry_set_size(e, 0);
	if (w->type == 'l')
		archive_entry_copy_symlink(e, w->to ? w->to : "");
	if (w->type == 'h')
		archive_entry_copy_hardlink(e, w->to ? w->to : "");
	return e;
}

static void put_line(struct layer *l, const struct line *w)
{
	struct archive_entry *e =
		w->from && w->type == '=' ? from_disk(l, w) : from_line(w);
	size_t ntext = w->text ? unescape(w->text) : 0;
	struct stat st;

	if (w->type == 'f' && w->from) {
		if (stat(w->from, &st))
			die("%s: %s", w->from, strerror(errno));
		archive_entry_set_size(e, st.st_size);
	}
	if (w->text)
		archive_entry_set_size(e, ntext);
	else if (w->size >= 0)
		archive_entry_set_size(e, w->size);
	set_numbers(e, w);
	must(l->tar, archive_write_header(l->tar, e), w->path);
	if (w->text) {
		if (archive_write_data(l->tar, w->text, ntext) < 0)
			die("%s", archive_error_string(l->tar));
	} else if (w->size >= 0) {
		put_zeros(l, w->size);
	} else if (w->from && archive_entry_filetype(e) == AE_IFREG) {
		put_file(l, w->from);
	}
	archive_entry_free(e);
}

/* NAME=VALUE */
static void word(struct line *w, char *s)
{
	const struct {
		const char *name;
		char **text;
		long *number;
	} keys[] = {{"from", &w->from}, {"to", &w->to}, {"text", &w->text},
		{"caps", &w->caps}, {"uid", NULL, &w->uid}, {"gid", NULL, &w->gid},
		{"mtime", NULL, &w->mtime}, {"repeat", NULL, &w->repeat}};
	char *value = strchr(s, '=');
	size_t i;

	if (!value)
		die("no value: %s", s);
	*value++ = '\0';
	if (!strcmp(s, "mode")) {
		w->mode = strtol(value, NULL, 8);
		return;
	}
	if (!strcmp(s, "size")) {
		w->size = strtoll(value, NULL, 10);
		return;
	}
	for (i = 0; i < sizeof keys / sizeof *keys && strcmp(s, keys[i].name) != 0; i++)
		;
	if (i == sizeof keys / sizeof *keys)
		die("no such key: %s", s);
	if (keys[i].number) {
		*keys[i].number = strtol(value, NULL, 10);
		return;
	}
	if (keys[i].text != &w->text) /* that may hold NULs: later */
		unescape(value);
	*keys[i].text = value;
}

/* ".wh.NAME" beside NAME; ".wh..wh..opq" in a folder */
static char *whiteout(const struct line *w)
{
	const char *slash = strrchr(w->path, '/');
	int folder = slash ? (int)(slash + 1 - w->path) : 0;

	if (w->type == 'o')
		return print("%s/.wh..wh..opq", w->path);
	return print("%.*s.wh.%s", folder, w->path, w->path + folder);
}

static void put_list_line(struct layer *l, char *s)
{
	struct line w = {
		.mode = -1, .uid = -1, .gid = -1, .mtime = -1, .size = -1, .repeat = 1};
	char *made = NULL, *path, *next;
	long i;

	w.type = s[0];
	if (s[1] != ' ')
		die("no entry: %s", s);
	w.path = s + 2;
	next = strchr(w.path, ' ');
	while (next) {
		*next++ = '\0';
		s = next;
		next = strchr(s, ' ');
		if (next)
			*next = '\0';
		word(&w, s);
	}
	unescape(w.path);
	if (w.type == 'w' || w.type == 'o') {
		w.path = made = whiteout(&w);
		w.type = 'f';
	}
	path = w.path;
	for (i = 0; i < w.repeat; i++) {
		if (w.repeat > 1)
			w.path = print("%s%ld", path, i);
		put_line(l, &w);
		if (w.repeat > 1)
			free(w.path);
	}
	free(made);
}

static void put_list(struct layer *l, const char *list)
{
	FILE *f = fopen(list, "rb");
	size_t room = 0;
	char *s = NULL;
	ssize_t n;

	if (!f)
		die("%s: %s", list, strerror(errno));
	while ((n = getline(&s, &room, f)) > 0) {
		if (s[n - 1] == '\n')
			s[n - 1] = '\0';
		if (s[0] && s[0] != '#')
			put_list_line(l, s);
	}
	free(s);
	fclose(f);
}

static void put_entry(
	struct layer *l, struct archive_entry *e, const char *folder, size_t cut)
{
	char *from = print("%s", archive_entry_sourcepath(e));
	char *path = print("%s", archive_entry_pathname(e) + cut);
	const char *link = archive_entry_hardlink(e);

	if (*path) {
		archive_entry_copy_pathname(e, path);
		if (link)
			archive_entry_copy_hardlink(e, link + cut);
		archive_entry_set_fflags(e, 0, 0);
		archive_entry_unset_atime(e);
		archive_entry_unset_ctime(e);
		archive_entry_set_mtime(e, archive_entry_mtime(e), 0);
		must(l->tar, archive_write_header(l->tar, e), folder);
		if (archive_entry_filetype(e) == AE_IFREG && archive_entry_size(e) > 0)
			put_file(l, from);
	}
	free(from);
	free(path);
}

/* A folder, hard links as links, in the order of the folder. */
static void put_folder(struct layer *l, const char *folder)
{
	struct archive_entry_linkresolver *links = archive_entry_linkresolver_new();
	struct archive_entry *e = archive_entry_new(), *spare;
	size_t cut = strlen(folder) + 1;
	int r;

	archive_entry_linkresolver_set_strategy(links, ARCHIVE_FORMAT_TAR_PAX_RESTRICTED);
	must(l->disk, archive_read_disk_open(l->disk, folder), folder);
	while ((r = archive_read_next_header2(l->disk, e)) != ARCHIVE_EOF) {
		must(l->disk, r, folder);
		archive_read_disk_descend(l->disk);
		if (strlen(archive_entry_pathname(e)) >= cut) {
			spare = NULL;
			archive_entry_linkify(links, &e, &spare);
			put_entry(l, e, folder, cut);
		}
		archive_entry_clear(e);
	}
	archive_entry_free(e);
	archive_entry_linkresolver_free(links);
}

void layer_write(const char *spec, enum compression how, int level, const char *path,
	struct blob *ret)
{
	struct layer l = {0};
	struct stat st;

	if (stat(spec, &st))
		die("%s: %s", spec, strerror(errno));
	open_layer(&l, how, level, path);
	if (S_ISDIR(st.st_mode))
		put_folder(&l, spec);
	else
		put_list(&l, spec);
	close_layer(&l, path);
	sha256_end(&l.plain, ret->diff);
	sha256_end(&l.packed, ret->digest);
	ret->size = l.size;
	ret->path = print("%s", path);
}
