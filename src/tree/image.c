/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/text.h"
#include "image.h"
#include "stream.h"

#define WINDOW (1u << 18)
#define MAX_BLOBS 20000

/* ---- bytes on their way into a layer's reader ------------------------------------- */

/** struct feed: where a layer's bytes come from: an entry of an archive, or a file */
struct feed {
	struct archive *outer; /* NULL: .fd */
	int fd;
	const char *path;
	struct mu_error *err;
	struct sha256_ctx sha;
	uint64_t bytes;
	size_t nhead, head_at; /* what was looked at before, and comes first */
	char *buf;             /* owned; WINDOW bytes */
};

static ssize_t feed_next(struct feed *f)
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
	if (n > 0) {
		sha256_update(&f->sha, (size_t)n, (const uint8_t *)f->buf);
		f->bytes += (uint64_t)n;
	}
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

static void feed_sum(struct feed *f, char *hex)
{
	uint8_t sum[SHA256_DIGEST_SIZE];

	sha256_digest(&f->sha, sizeof sum, sum);
	for (size_t i = 0; i < sizeof sum; i++)
		sprintf(hex + 2 * i, "%02x", sum[i]);
}

/* ---- blobs ------------------------------------------------------------------------ */

static struct blob *blob_add(struct blobs *blobs, const char *name)
{
	struct blob *b = mu_arena_alloc(&blobs->tree->arena, sizeof *b);

	if (!b || blobs->list.n == MAX_BLOBS || mu_vec_room(&blobs->list))
		return NULL;
	b->name = mu_arena_strdup(&blobs->tree->arena, name);
	if (!b->name)
		return NULL;
	blobs->list.v[blobs->list.n++] = b;
	return b;
}

struct blob *blob_find(struct blobs *blobs, const char *name)
{
	for (int links = 0; links < 8; links++) {
		struct blob *b = NULL;
		/* newest first: a name that comes twice means the last one */
		for (size_t i = blobs->list.n; !b && i;)
			if (!strcmp(blobs->list.v[--i]->name, name))
				b = blobs->list.v[i];
		if (!b || !b->alias)
			return b;
		name = b->alias;
	}
	return NULL;
}

static void blobs_free(struct blobs *blobs)
{
	for (size_t i = 0; i < blobs->list.n; i++) {
		free(blobs->list.v[i]->json);
		layer_free(blobs->list.v[i]->layer);
	}
	free(blobs->list.v);
	if (blobs->fd >= 0)
		close(blobs->fd);
}

/* A blob that begins with '{' or '[' and is small is JSON, else perhaps a layer. */
static int read_json(struct blob *b, struct feed *f)
{
	size_t n = f->nhead, cap = WINDOW;
	char *text = malloc(cap + 1);
	ssize_t got;

	if (!text)
		return -ENOMEM;
	memcpy(text, f->buf, n);
	while ((got = feed_next(f)) > 0) {
		if (n + (size_t)got > MAX_JSON)
			break;
		if (n + (size_t)got > cap) {
			char *more = realloc(text, (cap = n + (size_t)got + WINDOW) + 1);
			if (!more) {
				free(text);
				return -ENOMEM;
			}
			text = more;
		}
		memcpy(text + n, f->buf, (size_t)got);
		n += (size_t)got;
	}
	if (got) {
		free(text);
		return got < 0 ? (int)got : 0;
	}
	text[n] = 0;
	free(b->json);
	b->json = text;
	b->njson = n;
	return 0;
}

static int open_layer(
	struct blobs *blobs, struct blob *b, struct feed *f, struct archive *a)
{
	struct archive_entry *entry;
	int got, e = 0;

	if (archive_read_open(a, f, NULL, feed_read, NULL))
		return stream_error(a, b->name, &b->why);
	got = archive_read_next_header(a, &entry);
	b->compressed = archive_filter_count(a) > 1;
	if (got == ARCHIVE_EOF)
		return 0;
	if (got < ARCHIVE_WARN)
		return stream_error(a, b->name, &b->why);
	e = layer_entry(blobs->tree, a, entry, b->layer, blobs->queue, &b->why);
	if (!e)
		e = stream_skip(a, b->name, &b->why);
	return e ? e : layer_read(blobs->tree, a, b->layer, blobs->queue, &b->why);
}

/* A program or an archive of programs is no blob, whatever its name is. */
#define NO_BLOB 1

/* Reads a layer to its end, whatever is in it: the sum is of all bytes. */
static int read_layer(struct blobs *blobs, struct blob *b, struct feed *f)
{
	struct archive *a = stream_new(STREAM_TAR);
	ssize_t n = 1;
	int e;

	b->layer = layer_create();
	if (!a || !b->layer) {
		archive_read_free(a);
		return -ENOMEM;
	}
	b->layer->image = true;
	e = open_layer(blobs, b, f, a);
	archive_read_free(a);
	if (e == -ENOMEM)
		return e;
	if (e) {
		layer_free(b->layer);
		b->layer = NULL;
		if (!b->why.code)
			b->why.code = e;
	}
	while (n > 0 && e != -MU_E_LIMIT)
		n = feed_next(f);
	return n < 0 ? (int)n : 0;
}

static int read_blob(struct blobs *blobs, struct blob *b, struct feed *f)
{
	ssize_t n;
	int e;

	sha256_init(&f->sha);
	f->buf = malloc(WINDOW);
	if (!f->buf)
		return -ENOMEM;
	n = feed_next(f);
	f->nhead = n > 0 ? (size_t)n : 0;
	if (n < 0)
		e = (int)n;
	else if (n && magic_of(f->buf, (size_t)n) != MU_MAGIC_NONE)
		return NO_BLOB; /* f->buf is the caller's now */
	else if (n && (*f->buf == '{' || *f->buf == '['))
		e = read_json(b, f);
	else
		e = n ? read_layer(blobs, b, f) : 0;
	b->size = f->bytes;
	if (!e)
		feed_sum(f, b->sha256);
	free(f->buf);
	return e;
}

/* ---- an OCI layout in a folder --------------------------------------------------------
 */

bool mu_tree_is_layout(const char *dir)
{
	static const char *const names[] = {"oci-layout", "index.json"};
	bool all = true;

	for (size_t i = 0; i < 2; i++) {
		char path[PATH_MAX];
		struct stat st;
		int n = snprintf(path, sizeof path, "%s/%s", dir, names[i]);
		all = all && n > 0 && (size_t)n < sizeof path && !stat(path, &st) &&
		      S_ISREG(st.st_mode);
	}
	return all;
}

/* A file of the layout: only what stands in the folder itself, no links. */
static int fetch(
	struct blobs *blobs, const char *name, struct blob **ret, struct mu_error *err)
{
	struct feed f = {.fd = blobs->fd, .path = name, .err = err};
	char part[PATH_MAX];
	struct blob *b;
	struct stat st;
	int at = blobs->fd, e = 0;

	for (const char *s = name; s; s = strchr(s, '/') ? strchr(s, '/') + 1 : NULL) {
		size_t n = strcspn(s, "/");
		bool last = !s[n];
		if (n >= sizeof part || !n || !strncmp(s, "..", n))
			e = -ENOENT;
		else {
			memcpy(part, s, n);
			part[n] = 0;
			f.fd = openat(at, part,
				(last ? O_RDONLY | O_NONBLOCK : O_PATH | O_DIRECTORY) |
					O_NOFOLLOW | O_CLOEXEC);
			e = f.fd < 0 ? -errno : 0;
		}
		if (at != blobs->fd)
			close(at);
		if (e)
			return e;
		at = f.fd;
	}
	b = fstat(f.fd, &st) || !S_ISREG(st.st_mode) ? NULL : blob_add(blobs, name);
	if (!b)
		e = -MU_E_NOT_REGULAR;
	else
		e = read_blob(blobs, b, &f);
	if (e == NO_BLOB) {
		free(f.buf);
		e = 0;
	}
	close(f.fd);
	*ret = b;
	return e;
}

static int get(struct blobs *blobs, const char *name, const char *what, struct blob **ret,
	struct mu_error *err)
{
	struct blob *b = blob_find(blobs, name);
	int e = b ? 0 : -ENOENT;

	if (!b && blobs->folder)
		e = fetch(blobs, name, &b, err);
	*ret = b;
	if (e == -ENOENT)
		return mu_error_set(err, e, name, "%s is not in the image", what);
	return e ? mu_error_set(err, e, name, NULL) : 0;
}

static int check_sum(
	const struct blob *b, const char *want, const char *what, struct mu_error *err)
{
	if (strncmp(want, "sha256:", 7) || !*b->sha256 || !strcmp(want + 7, b->sha256))
		return 0;
	return mu_error_set(err, -MU_E_MALFORMED, b->name,
		"%s is not what its digest says (%.19s…): the image was damaged or "
		"changed",
		what, want);
}

/* "blobs/sha256/X" is the digest "sha256:X". */
static int check_name(const struct blob *b, const char *what, struct mu_error *err)
{
	char want[80];

	if (sscanf(b->name, "blobs/sha256/%64[0-9a-f]", want + 7) != 1)
		return 0;
	memcpy(want, "sha256:", 7);
	return check_sum(b, want, what, err);
}

int blob_json(struct blobs *blobs, const char *name, const char **ret, size_t *n,
	struct mu_error *err)
{
	struct blob *b;
	int e = get(blobs, name, "the file", &b, err);

	if (e)
		return e;
	if (!b->json)
		return mu_error_set(err, -MU_E_MALFORMED, name, "is no JSON");
	e = check_name(b, "the file", err);
	if (e)
		return e;
	*ret = b->json;
	*n = b->njson;
	return 0;
}

int blob_layer(struct blobs *blobs, const char *name, const char *diff_id,
	struct blob **ret, struct mu_error *err)
{
	struct blob *b;
	int e = get(blobs, name, "the layer", &b, err);

	if (e)
		return e;
	/* a digest that is wrong tells more than the damage that comes of it; what was
	 * cut off tells most */
	if (b->why.code != -MU_E_TRUNCATED) {
		e = check_name(b, "the layer", err);
		if (!e && diff_id && !b->compressed && !b->why.code)
			e = check_sum(b, diff_id, "the layer", err);
	}
	if (!e && b->why.code)
		e = mu_error_set(err, b->why.code, name, "the layer cannot be read: %s",
			b->why.msg[0] ? b->why.msg : mu_strerror(b->why.code));
	if (!e && !b->layer && b->size)
		e = mu_error_set(
			err, -MU_E_MALFORMED, name, "the layer is no tar archive");
	if (!e)
		*ret = b;
	return e;
}

/* ---- putting it together -------------------------------------------------------------
 */

static int apply_plan(struct blobs *blobs, struct image_plan *plan, struct mu_error *err)
{
	struct mu_tree *tree = blobs->tree;
	struct blob *layer[MAX_LAYERS];
	int e = 0;

	for (size_t i = 0; !e && i < plan->nlayers; i++)
		e = blob_layer(blobs, plan->layers[i], plan->diff_ids[i], &layer[i], err);
	/* what the threads are still at belongs to the layers */
	mu_queue_close(blobs->queue);
	blobs->queue = NULL;
	for (size_t i = 0; !e && i < plan->nlayers; i++) {
		plan->image->size += layer[i]->size;
		if (layer[i]->layer)
			e = layer_apply(tree, tree->root, layer[i]->layer);
	}
	plan->image->nlayers = plan->nlayers;
	tree->image = plan->image;
	tree->kind = plan->kind;
	return e;
}

static int make_image(struct blobs *blobs, struct mu_error *err)
{
	struct image_plan *plan = calloc(1, sizeof *plan);
	int e = plan ? image_plan(blobs, plan, err) : -ENOMEM;

	if (!e)
		e = apply_plan(blobs, plan, err);
	free(plan);
	return e;
}

int image_read_layout(struct mu_tree *tree, const char *dir, struct mu_queue *queue,
	struct mu_error *err)
{
	struct blobs blobs = {.tree = tree, .queue = queue, .folder = dir};
	int e;

	blobs.fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (blobs.fd < 0) {
		mu_queue_close(queue);
		return mu_error_set(err, -errno, dir, NULL);
	}
	e = make_image(&blobs, err);
	mu_queue_close(blobs.queue);
	blobs_free(&blobs);
	return e == -ENOENT ? mu_error_set(err, e, dir, "no image in this OCI layout")
			    : e;
}

/* ---- a tar archive, image or not
 * --------------------------------------------------------- */

/* Names that an image archive has: `docker save` old and new, podman, crane, OCI. */
static bool may_be_blob(const char *path)
{
	const char *slash = strchr(path, '/');
	size_t n = strlen(path);

	if (!strncmp(path, "blobs/", 6))
		return true;
	if (slash)
		return !strcmp(slash, "/layer.tar") || !strcmp(slash, "/json");
	return mu_text_ends(path, n, ".json") || mu_text_ends(path, n, ".tar") ||
	       mu_text_ends(path, n, ".tar.gz") || mu_text_ends(path, n, ".tar.zst") ||
	       !strncmp(path, "sha256:", 7) || !strcmp(path, "oci-layout");
}

/* In the archives of older Dockers a layer that comes twice is a link the second time. */
static int take_alias(
	struct blobs *blobs, const char *path, const char *target, bool hard)
{
	char joined[PATH_MAX], clean[PATH_MAX];
	const char *slash = hard ? NULL : strrchr(path, '/');
	struct blob *b;

	/* "../ID/layer.tar": all of them stand side by side */
	if (slash && !strncmp(target, "../", 3) && slash == strchr(path, '/')) {
		target += 3;
		slash = NULL;
	}
	if (snprintf(joined, sizeof joined, "%.*s%s", slash ? (int)(slash - path + 1) : 0,
		    path, target) >= (int)sizeof joined ||
		clean_path(joined, clean) || !strcmp(clean, path))
		return 0;
	b = blob_add(blobs, path);
	if (!b)
		return -ENOMEM;
	b->alias = mu_arena_strdup(&blobs->tree->arena, clean);
	return b->alias ? 0 : -ENOMEM;
}

static int take_blob(struct blobs *blobs, struct archive *a, struct archive_entry *entry,
	const char *path, struct layer *plain, struct mu_error *err)
{
	const char *hard = archive_entry_hardlink(entry);
	const char *target = hard ? hard : archive_entry_symlink(entry);
	struct feed f = {.outer = a, .path = path, .err = err};
	struct blob *b;
	int e;

	if (target)
		return take_alias(blobs, path, target, hard != NULL);
	if (archive_entry_filetype(entry) != AE_IFREG)
		return 0;
	b = blob_add(blobs, path);
	e = b ? read_blob(blobs, b, &f) : -ENOMEM;
	if (e == NO_BLOB) {
		e = layer_begun(
			blobs->tree, a, entry, plain, blobs->queue, f.buf, f.nhead, err);
		free(f.buf);
		return e ? e : NO_BLOB;
	}
	return e;
}

static int take_any(struct blobs *blobs, struct archive *a, struct archive_entry *entry,
	struct layer *plain, struct mu_error *err)
{
	const char *raw = archive_entry_pathname(entry);
	char path[PATH_MAX];
	int e;

	if (!raw || clean_path(raw, path) || !may_be_blob(path))
		return layer_entry(blobs->tree, a, entry, plain, blobs->queue, err);
	e = take_blob(blobs, a, entry, path, plain, err);
	if (e == NO_BLOB)
		return 0;
	/* and a file like others, should the archive be none of an image */
	return e ? e : layer_file(plain, path, (uint64_t)archive_entry_size(entry));
}

static int read_entries(struct blobs *blobs, struct archive *a,
	struct archive_entry *entry, struct layer *plain, struct mu_error *err)
{
	int got = ARCHIVE_OK, e = 0;

	for (;;) {
		if (got != ARCHIVE_RETRY)
			e = take_any(blobs, a, entry, plain, err);
		if (!e && got != ARCHIVE_RETRY)
			e = stream_skip(a, NULL, err);
		if (e)
			return e;
		source_progress(blobs->tree);
		got = archive_read_next_header(a, &entry);
		if (got == ARCHIVE_EOF)
			return 0;
		if (got < ARCHIVE_WARN && got != ARCHIVE_RETRY)
			return stream_error(a, NULL, err);
	}
}

int image_read_tar(struct mu_tree *tree, struct archive *a, struct archive_entry *first,
	struct mu_queue *queue, struct mu_error *err)
{
	struct blobs blobs = {.tree = tree, .queue = queue, .fd = -1};
	struct layer *plain = layer_create();
	int e = plain ? read_entries(&blobs, a, first, plain, err) : -ENOMEM;

	if (!e) {
		e = make_image(&blobs, err);
		if (e == -ENOENT && !(err && err->code)) {
			mu_queue_close(blobs.queue);
			blobs.queue = NULL;
			tree->kind = MU_SOURCE_ARCHIVE;
			e = layer_apply(tree, tree->root, plain);
			if (node_get(tree, tree->root, ".PKGINFO", 8))
				tree->kind = MU_SOURCE_PACKAGE; /* Alpine's */
		}
	}
	mu_queue_close(blobs.queue);
	blobs_free(&blobs);
	layer_free(plain);
	return e;
}
