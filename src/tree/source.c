/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "feed.h"
#include "image.h"

#define WINDOW (1u << 18)
/* Bytes of files that wait for a thread to read them. */
#define BUDGET ((size_t)64 << 20)

void source_progress(const struct mu_tree *tree)
{
	const struct mu_tree_options *o = &tree->opts;
	off_t at;

	if (!o->progress || tree->source < 0)
		return;
	at = lseek(tree->source, 0, SEEK_CUR);
	o->progress(o->progress_ctx, at > 0 ? (uint64_t)at : 0, tree->total, "bytes");
}

/* ---- packages ------------------------------------------------------------------- */

/* A tar archive in a member of a .deb. */
static int read_member(struct mu_tree *tree, struct archive *outer, struct layer *layer,
	struct mu_queue *queue, struct mu_error *err)
{
	struct feed in = {.outer = outer, .err = err};
	struct archive *a = stream_new(STREAM_TAR);
	int e = -ENOMEM;

	if (a && !feed_start(&in)) {
		e = feed_open(&in, a) ? stream_error(a, NULL, err)
				      : layer_read(tree, a, layer, queue, err);
	}
	archive_read_free(a);
	free(in.buf);
	return e;
}

/* A .deb: debian-binary, control.tar.X, data.tar.X. */
static int read_deb(struct mu_tree *tree, struct archive *a, struct archive_entry *entry,
	struct layer *layer, struct layer *control, struct mu_queue *queue,
	struct mu_error *err)
{
	bool found = false;
	int got, e = 0;

	do {
		const char *name = archive_entry_pathname(entry);
		if (name && !strncmp(name, "control.tar", 11))
			e = read_member(tree, a, control, queue, err);
		if (name && !strncmp(name, "data.tar", 8)) {
			e = read_member(tree, a, layer, queue, err);
			found = true;
		}
		if (e)
			return e;
		got = archive_read_next_header(a, &entry);
	} while (got >= ARCHIVE_WARN && got != ARCHIVE_EOF);
	if (got != ARCHIVE_EOF)
		return stream_error(a, NULL, err);
	if (!found)
		return mu_error_set(err, -MU_E_MALFORMED, NULL,
			"an ar archive without data.tar: no package, and nothing in it "
			"can be run (`muslin check` tells about static libraries)");
	return 0;
}

/* What a package's control archive holds stands in /DEBIAN, as before it was packed. */
static int apply_control(struct mu_tree *tree, const struct layer *control)
{
	struct node *top;

	if (!control->records.n)
		return 0;
	top = node_get(tree, tree->root, "DEBIAN", 6);
	if (!top)
		top = node_add(tree, tree->root, "DEBIAN", 6);
	return top ? layer_apply(tree, top, control) : -ENOMEM;
}

/* ---- archives --------------------------------------------------------------------- */

static int read_plain(struct mu_tree *tree, struct archive *a,
	struct archive_entry *entry, struct mu_queue *queue, struct mu_error *err)
{
	struct layer *layer = layer_create(), *control = layer_create();
	bool deb = (archive_format(a) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_AR;
	bool rpm = (archive_format(a) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_CPIO;
	int e = layer && control ? 0 : -ENOMEM;

	if (control)
		control->prefix = "/DEBIAN";
	tree->kind = deb || rpm ? MU_SOURCE_PACKAGE : MU_SOURCE_ARCHIVE;
	if (!e && deb)
		e = read_deb(tree, a, entry, layer, control, queue, err);
	else if (!e) {
		e = layer_entry(tree, a, entry, layer, queue, err);
		if (!e)
			e = stream_skip(a, NULL, err);
		if (!e)
			e = layer_read(tree, a, layer, queue, err);
	}
	mu_queue_close(queue);
	if (!e)
		e = layer_apply(tree, tree->root, layer);
	if (!e)
		e = apply_control(tree, control);
	layer_free(layer);
	layer_free(control);
	return e;
}

static int not_an_archive(const char *source, struct archive *a, struct mu_error *err)
{
	const char *text = archive_error_string(a);

	if (text && strstr(text, "nrecognized"))
		return mu_error_set(err, -MU_E_MALFORMED, source,
			"is no root tree, image or package: a folder, a `docker save` or "
			"OCI archive, .tar, .deb, .rpm, .apk, .whl, .jar or .zip is "
			"wanted; for one program there is `muslin check`");
	return stream_error(a, source, err);
}

static int read_archive(struct mu_tree *tree, const char *source, struct mu_queue *queue,
	struct mu_error *err)
{
	struct archive *a = stream_new(STREAM_ALL);
	struct archive_entry *entry;
	bool tar;
	int got, e = 0;

	if (!a)
		e = -ENOMEM;
	else if (archive_read_open_fd(a, tree->source, WINDOW))
		e = not_an_archive(source, a, err);
	got = e ? 0 : archive_read_next_header(a, &entry);
	if (!e && got == ARCHIVE_EOF)
		e = mu_error_set(err, -MU_E_TRUNCATED, source,
			"is empty: nothing came to be scanned");
	if (!e && got < ARCHIVE_WARN)
		e = not_an_archive(source, a, err);
	if (e) {
		mu_queue_close(queue);
	} else {
		tree->outer = a;
		tar = (archive_format(a) & ARCHIVE_FORMAT_BASE_MASK) ==
		      ARCHIVE_FORMAT_TAR;
		e = tar ? image_read_tar(tree, a, entry, queue, err)
			: read_plain(tree, a, entry, queue, err);
		tree->outer = NULL;
	}
	archive_read_free(a);
	return e;
}

/* ---- any source ---------------------------------------------------------------------
 */

static int open_source(struct mu_tree *tree, const char *source, struct mu_error *err)
{
	struct stat st;

	tree->source = strcmp(source, "-") ? open(source, O_RDONLY | O_CLOEXEC | O_NOCTTY)
					   : dup(STDIN_FILENO);
	if (tree->source < 0 || fstat(tree->source, &st))
		return mu_error_set(err, -errno, source, NULL);
	if (isatty(tree->source))
		return mu_error_set(err, -EINVAL, source,
			"a terminal: pipe an image into it, such as "
			"`docker save app | muslin scan -`");
	if (S_ISDIR(st.st_mode))
		return mu_error_set(err, -EISDIR, source, "name the folder itself");
	if (S_ISBLK(st.st_mode))
		return mu_error_set(err, -MU_E_NOT_REGULAR, source,
			"is a disk: mount it, and name the folder");
	tree->total = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	return 0;
}

static int read_file(struct mu_tree *tree, const char *source, struct mu_error *err)
{
	struct mu_queue *queue;
	int e = open_source(tree, source, err);

	if (e)
		return e;
	queue = mu_queue_open(tree->threads, BUDGET);
	return queue ? read_archive(tree, source, queue, err) : -ENOMEM;
}

static int read_source(struct mu_tree *tree, const char *source, struct mu_error *err)
{
	struct mu_queue *queue;
	struct stat st;

	if (!strcmp(source, "-"))
		return read_file(tree, source, err);
	if (stat(source, &st))
		return mu_error_set(err, -errno, source, NULL);
	if (!S_ISDIR(st.st_mode))
		return read_file(tree, source, err);
	if (!mu_tree_is_layout(source))
		return folder_read(tree, source, err);
	queue = mu_queue_open(tree->threads, BUDGET);
	return queue ? image_read_layout(tree, source, queue, err) : -ENOMEM;
}

int mu_tree_open(const char *source, const struct mu_tree_options *opts,
	struct mu_tree **ret, struct mu_error *err)
{
	struct mu_tree *tree;
	int e = tree_create(opts, &tree);

	if (!e) {
		e = read_source(tree, source, err);
		if (!e)
			e = tree_seal(tree);
		if (e)
			mu_tree_free(tree);
	}
	if (e)
		return mu_error_set(err, e, source, NULL);
	*ret = tree;
	return 0;
}
