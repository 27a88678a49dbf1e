/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/text.h"
#include "feed.h"
#include "image.h"

#define MAX_BLOBS 20000
#define MAX_ALL_JSON ((size_t)64 << 20) /* of what is kept of all blobs */
#define SMALL_JSON 4096

/* ---- blobs ------------------------------------------------------------------------ */

/* The files that an image is read from: they often come last, and are kept always. */
static bool is_start(const char *name)
{
	return !strcmp(name, "manifest.json") || !strcmp(name, "index.json");
}

static int blob_add(struct blobs *blobs, const char *name, struct blob **ret)
{
	struct blob *b;

	if (blobs->list.n == MAX_BLOBS)
		return mu_error_set(blobs->err, -MU_E_LIMIT, NULL,
			"more than %d files that may be parts of an image: refused",
			MAX_BLOBS);
	b = mu_arena_alloc(&blobs->tree->arena, sizeof *b);
	if (!b || mu_vec_room(&blobs->list))
		return -ENOMEM;
	b->name = mu_arena_strdup(&blobs->tree->arena, name);
	/* a name that comes twice means the last one */
	if (!b->name || mu_map_put(&blobs->names, b->name, strlen(b->name),
				(uint32_t)blobs->list.n))
		return -ENOMEM;
	blobs->list.v[blobs->list.n++] = b;
	*ret = b;
	return 0;
}

struct blob *blob_find(struct blobs *blobs, const char *name)
{
	for (int links = 0; links < 8; links++) {
		uint32_t i = mu_map_get(&blobs->names, name, strlen(name));
		struct blob *b = i == MU_MAP_NONE ? NULL : blobs->list.v[i];
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
	mu_map_free(&blobs->names);
	if (blobs->fd >= 0)
		close(blobs->fd);
}

/* All that is left of a feed, behind what was looked at; *ret NULL: more than MAX_JSON.
 */
static int read_text(struct feed *f, char **ret, size_t *ret_n)
{
	size_t n = f->nhead, cap = n;
	char *text = malloc(cap + 1), *more;
	ssize_t got;

	if (!text)
		return -ENOMEM;
	memcpy(text, f->buf, n);
	while ((got = feed_next(f)) > 0 && n + (size_t)got <= MAX_JSON) {
		if (n + (size_t)got > cap) {
			cap = 2 * (n + (size_t)got);
			more = realloc(text, cap + 1);
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
		*ret = NULL;
		return got < 0 ? (int)got : 0;
	}
	text[n] = 0;
	more = realloc(text, n + 1);
	*ret = more ? more : text;
	*ret_n = n;
	return 0;
}

/* Whether it may be a manifest, an index or a configuration: an image's bills of
 * material are JSON too, and large. */
static bool is_of_image(const char *name, const char *text, size_t n)
{
	static const char *const keys[] = {"\"manifests\"", "\"layers\"", "\"config\"",
		"\"rootfs\"", "\"architecture\""};

	if (n <= SMALL_JSON || is_start(name))
		return true;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (strstr(text, keys[i]))
			return true;
	return false;
}

/* A blob that begins with '{' or '[' and is small is JSON, else perhaps a layer. */
static int read_json(struct blobs *blobs, struct blob *b, struct feed *f)
{
	char *text;
	size_t n = 0;
	int e = read_text(f, &text, &n);

	if (e)
		return e;
	if (!text) {
		mu_error_set(&b->why, -MU_E_LIMIT, b->name,
			"is JSON of more than %zu MiB: refused", MAX_JSON >> 20);
	} else if (!is_of_image(b->name, text, n)) {
		mu_error_set(&b->why, -MU_E_MALFORMED, b->name,
			"is neither a manifest nor an index nor a configuration");
	} else if (!is_start(b->name) && n > MAX_ALL_JSON - blobs->json) {
		mu_error_set(&b->why, -MU_E_LIMIT, b->name,
			"more than %zu MiB of manifests and configurations: refused",
			MAX_ALL_JSON >> 20);
	} else {
		if (!is_start(b->name))
			blobs->json += n;
		b->json = text;
		b->njson = n;
		return 0;
	}
	b->refused = true;
	free(text);
	return 0;
}

static int open_layer(
	struct blobs *blobs, struct blob *b, struct feed *f, struct archive *a)
{
	struct archive_entry *entry;
	int got, e = 0;

	if (feed_open(f, a))
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

	f->summed = true;
	if (feed_start(f))
		return -ENOMEM;
	n = feed_next(f);
	f->nhead = n > 0 ? (size_t)n : 0;
	if (n < 0)
		e = (int)n;
	else if (n && magic_of(f->buf, (size_t)n) != MU_MAGIC_NONE)
		return NO_BLOB; /* f->buf is the caller's now */
	else if (n && (*f->buf == '{' || *f->buf == '['))
		e = read_json(blobs, b, f);
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
	struct blob *b = NULL;
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
	e = fstat(f.fd, &st) || !S_ISREG(st.st_mode) ? -MU_E_NOT_REGULAR
						     : blob_add(blobs, name, &b);
	if (!e)
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
	if (b->refused)
		return mu_error_set(err, b->why.code, name, "%s", b->why.msg);
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
	size_t n = 0;
	int e = 0;

	for (size_t i = 0; !e && i < plan->nlayers; i++)
		e = blob_layer(blobs, plan->layers[i], plan->diff_ids[i], &layer[i], err);
	/* what the threads are still at belongs to the layers */
	mu_queue_close(blobs->queue);
	blobs->queue = NULL;
	for (size_t i = 0; !e && i < plan->nlayers; i++) {
		plan->image->size += layer[i]->size;
		if (!layer[i]->layer)
			continue;
		/* a layer may be named more than once */
		n += layer[i]->layer->records.n;
		e = n > MAX_ENTRIES
			    ? mu_error_set(err, -MU_E_LIMIT, NULL,
				      "more than %u entries: refused", MAX_ENTRIES)
			    : layer_apply(tree, tree->root, layer[i]->layer);
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
	struct blobs blobs = {.tree = tree, .queue = queue, .folder = dir, .err = err};
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
		return !strcmp(slash, "/layer.tar");
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
	int e;

	/* "../ID/layer.tar": all of them stand side by side */
	if (slash && !strncmp(target, "../", 3) && slash == strchr(path, '/')) {
		target += 3;
		slash = NULL;
	}
	if (snprintf(joined, sizeof joined, "%.*s%s", slash ? (int)(slash - path + 1) : 0,
		    path, target) >= (int)sizeof joined ||
		clean_path(joined, clean) || !strcmp(clean, path))
		return 0;
	e = blob_add(blobs, path, &b);
	if (e)
		return e;
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
	e = blob_add(blobs, path, &b);
	if (!e)
		e = read_blob(blobs, b, &f);
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
	struct archive_entry *entry, struct layer *plain, bool *ended)
{
	int got = ARCHIVE_OK, e = 0;
	int64_t at;

	for (;;) {
		if (got != ARCHIVE_RETRY)
			e = take_any(blobs, a, entry, plain, blobs->err);
		if (!e && got != ARCHIVE_RETRY)
			e = stream_skip(a, NULL, blobs->err);
		if (e)
			return e;
		source_progress(blobs->tree);
		at = archive_filter_bytes(a, 0);
		got = archive_read_next_header(a, &entry);
		/* libarchive does not tell an archive's end mark, blocks of zeros, from
		 * the end of all bytes */
		*ended = archive_filter_bytes(a, 0) > at;
		if (got == ARCHIVE_EOF)
			return 0;
		if (got < ARCHIVE_WARN && got != ARCHIVE_RETRY)
			return stream_error(a, NULL, blobs->err);
	}
}

static bool is_hex(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && s[i] && strchr("0123456789abcdef", s[i]))
		i++;
	return i == n;
}

/* Names that nothing but an image's parts have. */
static bool is_part(const char *name)
{
	return (!strncmp(name, "blobs/sha256/", 13) && is_hex(name + 13, 64)) ||
	       (is_hex(name, 64) && !strcmp(name + 64, "/layer.tar"));
}

/* What `docker save` writes beside layers and configurations. */
static bool is_beside(const char *path)
{
	return may_be_blob(path) || !strcmp(path, "repositories") ||
	       mu_text_ends(path, strlen(path), "/VERSION") ||
	       mu_text_ends(path, strlen(path), "/json");
}

/* Parts of an image without what says how they make one: its end is missing. */
static int check_parts(const struct blobs *blobs, const struct layer *plain, bool ended)
{
	bool sure = false, alone = true, layers = false;

	for (size_t i = 0; i < blobs->list.n; i++) {
		sure = sure || is_part(blobs->list.v[i]->name);
		layers = layers ||
			 (blobs->list.v[i]->layer && blobs->list.v[i]->layer->records.n);
	}
	for (size_t i = 0; i < plain->records.n; i++)
		alone = alone && (plain->records.v[i].kind != RECORD_FILE ||
					 is_beside(plain->records.v[i].path));
	if (!alone || !(sure || (layers && !ended)))
		return 0;
	if (!ended)
		return mu_error_set(blobs->err, -MU_E_TRUNCATED, NULL,
			"the archive ends early: it has parts of an image, and neither a "
			"manifest.json nor an OCI layout's index.json");
	return mu_error_set(blobs->err, -MU_E_MALFORMED, NULL,
		"has parts of an image, and neither a manifest.json nor an OCI layout's "
		"index.json that names them");
}

static int apply_plain(struct blobs *blobs, struct layer *plain, bool ended)
{
	struct mu_tree *tree = blobs->tree;
	int e = check_parts(blobs, plain, ended);

	mu_queue_close(blobs->queue);
	blobs->queue = NULL;
	tree->kind = MU_SOURCE_ARCHIVE;
	if (!e)
		e = layer_apply(tree, tree->root, plain);
	if (!e && !ended)
		e = tree_note(tree, NULL,
			"the archive has no end mark: what came last may be missing");
	if (node_get(tree, tree->root, ".PKGINFO", 8))
		tree->kind = MU_SOURCE_PACKAGE; /* Alpine's */
	return e;
}

int image_read_tar(struct mu_tree *tree, struct archive *a, struct archive_entry *first,
	struct mu_queue *queue, struct mu_error *err)
{
	struct mu_error why = {0};
	struct blobs blobs = {.tree = tree, .queue = queue, .fd = -1, .err = &why};
	struct layer *plain = layer_create();
	bool ended = true;
	int e = plain ? read_entries(&blobs, a, first, plain, &ended) : -ENOMEM;

	if (!e) {
		e = make_image(&blobs, &why);
		if (e == -ENOENT && !why.code)
			e = apply_plain(&blobs, plain, ended);
	}
	mu_queue_close(blobs.queue);
	blobs_free(&blobs);
	layer_free(plain);
	return why.code ? mu_error_set(err, why.code, *why.path ? why.path : NULL, "%s",
				  why.msg)
			: e;
}
