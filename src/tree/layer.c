/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "layer.h"
#include "stream.h"

#define HEAD 16
/* Of a file that is read into memory: beyond FREE_OBJECT, as far as the source really
 * has bytes for it. */
#define MAX_OBJECT ((size_t)512 << 20)
#define MAX_NESTED ((size_t)512 << 20)
#define FREE_OBJECT ((size_t)64 << 20)
/* Of archives in the tree: files up to the first by each thread, larger ones one after
 * the other, and archives in archives no more than the second in all. */
#define SMALL_INSIDE ((size_t)1 << 20)
#define MAX_INSIDE ((size_t)128 << 20)
#define MAX_KEPT_FILE ((size_t)32 << 20)
#define MAX_KEPT ((size_t)96 << 20) /* of all files of a source */
#define MAX_DEPTH 3
#define MAX_CAPS 24

/* Names of archives that hold programs; each is a zip file. */
static const char *const nested_names[] = {
	".jar", ".war", ".ear", ".whl", ".egg", ".zip", ".nupkg", ".aar", ".pex", ".pyz"};

/* What no native code can be in: not worth unpacking. */
static const char *const plain_names[] = {".class", ".java", ".html", ".png", ".gif",
	".jpg", ".svg", ".xml", ".properties", ".css", ".pyi"};

static bool ends_in(const char *path, const char *const *names, size_t n)
{
	const char *dot = strrchr(path, '.');

	for (size_t i = 0; dot && i < n; i++)
		if (!strcasecmp(dot, names[i]))
			return true;
	return false;
}
#define ENDS_IN(path, names) ends_in(path, names, sizeof(names) / sizeof *(names))

bool is_nested(const struct mu_tree *tree, const char *path, enum mu_magic magic,
	uint64_t size, int depth)
{
	/* a zip file may have a script on top of it: pex */
	return tree->opts.nested && depth < MAX_DEPTH && size > 22 &&
	       size <= MAX_NESTED &&
	       (magic == MU_MAGIC_ZIP || magic == MU_MAGIC_SCRIPT) &&
	       ENDS_IN(path, nested_names);
}

struct layer *layer_create(void)
{
	return calloc(1, sizeof(struct layer));
}

void layer_free(struct layer *layer)
{
	if (!layer)
		return;
	mu_arena_free(&layer->arena);
	free(layer->records.v);
	free(layer);
}

int clean_path(const char *path, char *buf)
{
	size_t n = 0;

	while (*(path += strspn(path, "/"))) {
		size_t len = strcspn(path, "/");
		if (len == 2 && path[0] == '.' && path[1] == '.')
			return -EINVAL;
		if (len > NAME_MAX || n + len + 2 > PATH_MAX)
			return -ENAMETOOLONG;
		if (len != 1 || *path != '.') {
			if (n)
				buf[n++] = '/';
			memcpy(buf + n, path, len);
			n += len;
		}
		path += len;
	}
	buf[n] = 0;
	return 0;
}

/* ---- one entry ------------------------------------------------------------------ */

struct reading {
	struct mu_tree *tree;
	struct archive *a;
	struct layer *layer;
	struct mu_queue *queue;
	struct mu_error *err;
	const char *prefix; /* of the paths that are shown: "" or "/x.jar!" */
	int depth;
	bool large;        /* the file that is read: the tree's .large is held */
	uint64_t gathered; /* bytes that were read into memory */
	const char *begun; /* what was read of the entry before; NULL */
	size_t nbegun;
};

/* A file in memory that a thread is to look at. */
struct piece {
	struct mu_tree *tree;
	struct content *content;
	char *data; /* owned */
	size_t n;
	int depth;
	char path[];
};

static void look_at(void *arg)
{
	struct piece *p = arg;
	int e;

	if (p->content->magic == MU_MAGIC_ELF)
		e = content_take(p->tree, p->content, p->path, -1, p->data, p->n);
	else
		e = nested_read(
			p->tree, p->path, p->content, -1, p->data, p->n, p->depth + 1);
	if (e)
		tree_note(p->tree, p->path, "%s", mu_strerror(e));
	free(p->data);
	free(p);
}

static int give(
	struct reading *r, const char *path, struct content *c, char *data, size_t n)
{
	size_t len = strlen(path);
	struct piece *p = malloc(sizeof *p + len + 1);

	if (!p) {
		free(data);
		return -ENOMEM;
	}
	*p = (struct piece){r->tree, c, data, n, r->depth};
	memcpy(p->path, path, len + 1);
	if (r->queue)
		mu_queue_put(r->queue, look_at, p, n);
	else
		look_at(p);
	return 0;
}

/* What an archive may have unpacked of itself: a zip's members are compressed one by one,
 * and stream_check() sees nothing of it. */
static bool is_bomb(const struct reading *r, int64_t size)
{
	uint64_t in = (uint64_t)archive_filter_bytes(r->a, -1) + (UINT64_C(1) << 20);
	uint64_t next = size > 0 ? (uint64_t)size : 0;

	if (!r->depth)
		return r->gathered > ((uint64_t)1 << 30) && r->gathered / 200 > in;
	return r->gathered + next > ((uint64_t)256 << 20) &&
	       (r->gathered + next) / 100 > in;
}

/* How large a file may be that comes next. */
static struct stream_limit limit_of(const struct reading *r)
{
	if (r->depth)
		return (struct stream_limit){
			.max = r->large ? MAX_INSIDE - r->tree->unpacked : SMALL_INSIDE};
	return (struct stream_limit){
		.max = MAX_OBJECT,
		.free = FREE_OBJECT,
		.source = r->tree->outer ? r->tree->outer : r->a,
	};
}

static bool keep_room(struct mu_tree *tree, size_t n)
{
	bool fits;

	pthread_mutex_lock(&tree->lock);
	fits = n <= MAX_KEPT - tree->kept;
	if (fits)
		tree->kept += n;
	pthread_mutex_unlock(&tree->lock);
	return fits;
}

static int keep(
	struct reading *r, const char *path, struct content *c, char *data, size_t n)
{
	if (!keep_room(r->tree, n)) {
		free(data);
		return tree_note(r->tree, path,
			"not looked into: the scripts and configuration before it "
			"take all the memory there is for them");
	}
	c->data = data;
	c->ndata = n;
	return 0;
}

static int too_big(struct reading *r, const char *path, const struct stream_limit *limit,
	size_t size)
{
	if (limit->source && size <= limit->max)
		return tree_note(r->tree, path,
			"not looked into: %zu MiB, and more than %d times what the "
			"archive has for it",
			size >> 20, STREAM_GROWTH);
	return tree_note(r->tree, path,
		"not looked into: more than %zu MiB inside an archive", limit->max >> 20);
}

/* A copy of what is wanted, where a thread gets the bytes themselves. */
static int keep_copy(struct reading *r, const char *path, struct content *c,
	const char *data, size_t n)
{
	char *copy = n <= MAX_KEPT_FILE ? malloc(n + 1) : NULL;

	if (!copy)
		return n <= MAX_KEPT_FILE ? -ENOMEM : 0;
	memcpy(copy, data, n + 1);
	return keep(r, path, c, copy, n);
}

struct interest {
	bool nested, kept;
};

static int read_body(struct reading *r, struct record *rec, const char *path,
	int64_t size, const char *head, size_t nhead, struct interest why)
{
	bool given = rec->magic == MU_MAGIC_ELF || why.nested;
	struct stream_limit limit = {.max = MAX_KEPT_FILE};
	size_t n;
	char *data;
	int e;

	if (given)
		limit = limit_of(r);
	if (given && r->queue)
		mu_queue_wait(r->queue, size < 0 || (uint64_t)size > limit.max
						? limit.max
						: (size_t)size);
	e = stream_gather(r->a, head, nhead, size, &limit, &data, &n, path, r->err);
	if (e == -EFBIG)
		return too_big(r, path, &limit, rec->size);
	if (e)
		return e;
	r->gathered += n;
	rec->size = n;
	rec->content = content_create(r->tree, n, rec->magic);
	if (!rec->content) {
		free(data);
		return -ENOMEM;
	}
	rec->content->mode = rec->mode;
	if (!given)
		return keep(r, path, rec->content, data, n);
	/* a file may be both: an object whose bytes are wanted, too */
	e = why.kept ? keep_copy(r, path, rec->content, data, n) : 0;
	if (e) {
		free(data);
		return e;
	}
	r->tree->unpacked += r->large ? n : 0;
	e = give(r, path, rec->content, data, n);
	r->tree->unpacked -= r->large ? n : 0;
	return e;
}

/* Contents that are of interest are read, the rest is passed over. */
static int read_content(
	struct reading *r, struct record *rec, const char *path, int64_t size)
{
	char buf[HEAD];
	const char *head = r->begun ? r->begun : buf;
	const char *name = strrchr(path, '/') + 1;
	struct interest why;
	ssize_t got = 0;
	int e;

	if (r->begun)
		got = (ssize_t)r->nbegun;
	else if (size && !(r->depth && ENDS_IN(name, plain_names)))
		got = stream_read(r->a, buf, sizeof buf, path, r->err);
	if (got < 0)
		return (int)got;
	rec->magic = (uint8_t)magic_of(head, (size_t)got);
	rec->size = size > 0 ? (uint64_t)size : 0;
	why.nested = is_nested(
		r->tree, path, rec->magic, rec->size ? rec->size : 23, r->depth);
	why.kept = (rec->magic == MU_MAGIC_SCRIPT && rec->size <= MU_TREE_MAX_SCRIPT) ||
		   (r->tree->opts.wanted && r->tree->opts.wanted(path, rec->size));
	if (rec->magic != MU_MAGIC_ELF && !why.nested && !why.kept)
		return 0;
	if (is_bomb(r, size))
		return mu_error_set(r->err, -MU_E_LIMIT, path,
			"unpacks to more than %s times its size",
			r->depth ? "a hundred" : "two hundred");
	r->large = r->depth && (size < 0 || (size_t)size > SMALL_INSIDE);
	if (r->large)
		pthread_mutex_lock(&r->tree->large);
	e = read_body(r, rec, path, size, head, (size_t)got, why);
	if (r->large)
		pthread_mutex_unlock(&r->tree->large);
	return e;
}

static const char *text_of(const char *bytes, const char *utf8)
{
	return bytes ? bytes : utf8;
}

static int take_caps(struct reading *r, struct record *rec, struct archive_entry *entry)
{
	const char *name;
	const void *value;
	size_t n;

	archive_entry_xattr_reset(entry);
	while (archive_entry_xattr_next(entry, &name, &value, &n) == ARCHIVE_OK) {
		if (!name || strcmp(name, "security.capability") || n > MAX_CAPS || !n)
			continue;
		rec->caps = (uint8_t *)mu_arena_strndup(&r->layer->arena, value, n);
		if (!rec->caps)
			return -ENOMEM;
		rec->ncaps = (uint8_t)n;
	}
	return 0;
}

/* What AUFS keeps for itself: ".wh..wh.plnk/", ".wh..wh.aufs". The opaque mark alone of
 * these names means something in a layer. */
static bool is_aufs(const struct layer *layer, const char *path)
{
	const char *mark = ".wh..wh.";
	size_t n = strlen(mark);

	for (const char *s = path; layer->image && s; s = strchr(s, '/')) {
		s += *s == '/';
		if (!strncmp(s, mark, n) && strcmp(s, ".wh..wh..opq") != 0)
			return true;
	}
	return false;
}

#define WHITEOUT ".wh."
#define OPAQUE ".wh..wh..opq"

/* Turns "a/.wh.b" into the removal of "a/b". True where it is no file of its own. */
static bool is_whiteout(const struct layer *layer, char *path, struct record *rec)
{
	char *name = strrchr(path, '/');

	name = name ? name + 1 : path;
	if (!layer->image || strncmp(name, WHITEOUT, strlen(WHITEOUT)))
		return false;
	if (!strcmp(name, OPAQUE)) {
		rec->kind = RECORD_OPAQUE;
		*(name > path ? name - 1 : name) = 0;
		return true;
	}
	memmove(name, name + strlen(WHITEOUT), strlen(name + strlen(WHITEOUT)) + 1);
	rec->kind = RECORD_WHITEOUT;
	return true;
}

static int take_link(struct reading *r, struct record *rec, const char *target,
	const char *path, bool hard)
{
	char clean[PATH_MAX];

	if (strlen(target) >= PATH_MAX)
		return tree_note(r->tree, path, "a link with too long a target");
	if (hard) {
		if (clean_path(target, clean))
			return tree_note(r->tree, path,
				"a hard link that leads out of the archive: left out");
		target = clean;
	}
	rec->kind = hard ? RECORD_HARD : RECORD_LINK;
	rec->link = mu_arena_strdup(&r->layer->arena, target);
	return rec->link ? 1 : -ENOMEM;
}

/* What kind of thing an entry is; for a file, its contents. Returns 1 to take it. */
static int take_kind(struct reading *r, struct record *rec, struct archive_entry *entry,
	const char *path)
{
	const char *hard = text_of(
		archive_entry_hardlink(entry), archive_entry_hardlink_utf8(entry));
	const char *target =
		text_of(archive_entry_symlink(entry), archive_entry_symlink_utf8(entry));
	int e = 0;

	if (hard)
		return take_link(r, rec, hard, path, true);
	switch (archive_entry_filetype(entry)) {
	case AE_IFREG:
		rec->kind = RECORD_FILE;
		e = read_content(r, rec, path,
			archive_entry_size_is_set(entry) ? archive_entry_size(entry)
							 : -1);
		return e ? e : 1;
	case AE_IFDIR:
		rec->kind = RECORD_FOLDER;
		return 1;
	case AE_IFLNK:
		return target ? take_link(r, rec, target, path, false) : 0;
	default:
		rec->kind = RECORD_OTHER;
		return 1;
	}
}

static int add_record(struct reading *r, const struct record *rec)
{
	int e = mu_vec_room(&r->layer->records);

	if (!e)
		r->layer->records.v[r->layer->records.n++] = *rec;
	return e;
}

static int count_entry(struct reading *r)
{
	bool many;

	pthread_mutex_lock(&r->tree->lock);
	many = ++r->tree->nentries > MAX_ENTRIES;
	pthread_mutex_unlock(&r->tree->lock);
	if (!many)
		return 0;
	return mu_error_set(
		r->err, -MU_E_LIMIT, NULL, "more than %u entries: refused", MAX_ENTRIES);
}

static int take_entry(struct reading *r, struct archive_entry *entry)
{
	const char *raw = text_of(
		archive_entry_pathname(entry), archive_entry_pathname_utf8(entry));
	struct record rec = {
		.uid = (uint32_t)archive_entry_uid(entry),
		.gid = (uint32_t)archive_entry_gid(entry),
		.mode = (uint16_t)(archive_entry_perm(entry) & 07777),
	};
	char clean[PATH_MAX], *shown;
	size_t n = strlen(r->prefix);
	int e = count_entry(r);

	if (e)
		return e;
	e = raw ? clean_path(raw, clean) : -EINVAL;
	if (e)
		return tree_note(r->tree, raw,
			e == -EINVAL ? "a name that leads out of the "
				       "archive: left out"
				     : "too long a name: left out");
	if (is_aufs(r->layer, clean))
		return 0;
	if (is_whiteout(r->layer, clean, &rec))
		e = 1;
	else {
		shown = malloc(n + strlen(clean) + 2);
		if (!shown)
			return -ENOMEM;
		memcpy(shown, r->prefix, n);
		shown[n] = '/';
		strcpy(shown + n + 1, clean);
		e = take_kind(r, &rec, entry, shown);
		free(shown);
	}
	if (e != 1)
		return e;
	e = take_caps(r, &rec, entry);
	rec.path = mu_arena_strdup(&r->layer->arena, clean);
	if (!rec.path || e)
		return -ENOMEM;
	return add_record(r, &rec);
}

static int read_all(struct reading *r)
{
	struct archive_entry *entry;
	int e = 0, got = ARCHIVE_OK;

	while (!e) {
		got = archive_read_next_header(r->a, &entry);
		if (got == ARCHIVE_RETRY)
			continue;
		if (got == ARCHIVE_EOF || got < ARCHIVE_WARN)
			break;
		e = take_entry(r, entry);
		if (!e)
			e = stream_skip(r->a, r->prefix, r->err);
		if (!r->depth && r->layer->records.n % 256 == 0)
			source_progress(r->tree);
	}
	if (!e && got != ARCHIVE_EOF)
		e = stream_error(r->a, NULL, r->err);
	return e;
}

static struct reading reading_of(struct mu_tree *tree, struct archive *a,
	struct layer *layer, struct mu_queue *queue, struct mu_error *err)
{
	return (struct reading){
		.tree = tree,
		.a = a,
		.layer = layer,
		.queue = queue,
		.err = err,
		.prefix = layer->prefix ? layer->prefix : "",
	};
}

int layer_read(struct mu_tree *tree, struct archive *a, struct layer *layer,
	struct mu_queue *queue, struct mu_error *err)
{
	struct reading r = reading_of(tree, a, layer, queue, err);

	return read_all(&r);
}

int layer_entry(struct mu_tree *tree, struct archive *a, struct archive_entry *entry,
	struct layer *layer, struct mu_queue *queue, struct mu_error *err)
{
	struct reading r = reading_of(tree, a, layer, queue, err);

	return take_entry(&r, entry);
}

int layer_begun(struct mu_tree *tree, struct archive *a, struct archive_entry *entry,
	struct layer *layer, struct mu_queue *queue, const char *data, size_t n,
	struct mu_error *err)
{
	struct reading r = reading_of(tree, a, layer, queue, err);

	r.begun = data;
	r.nbegun = n;
	return take_entry(&r, entry);
}

int layer_file(struct layer *layer, const char *path, uint64_t size)
{
	struct record rec = {.kind = RECORD_FILE, .size = size, .mode = 0644};

	rec.path = mu_arena_strdup(&layer->arena, path);
	if (!rec.path || mu_vec_room(&layer->records))
		return -ENOMEM;
	layer->records.v[layer->records.n++] = rec;
	return 0;
}

/* ---- archives in the tree ---------------------------------------------------------- */

int nested_read(struct mu_tree *tree, const char *path, struct content *c, int fd,
	const void *data, size_t n, int depth)
{
	struct archive *a = stream_new(STREAM_ZIP);
	struct mu_error why = {0};
	struct reading r = {.tree = tree, .a = a, .err = &why, .depth = depth};
	char *prefix = malloc(strlen(path) + 2);
	int e = 0;

	r.layer = layer_create();
	if (!a || !r.layer || !prefix) {
		e = -ENOMEM;
		goto end;
	}
	strcpy(prefix, path);
	strcat(prefix, "!");
	r.prefix = prefix;
	if (fd >= 0 ? archive_read_open_fd(a, fd, 1 << 16)
		    : archive_read_open_memory(a, data, n))
		e = stream_error(a, NULL, &why);
	else
		e = read_all(&r);
	if (e && e != -ENOMEM)
		e = tree_note(tree, path, "not all of it could be looked into: %s",
			why.msg[0] ? why.msg : mu_strerror(e));
	if (!e && r.layer->records.n) {
		c->inside = r.layer;
		r.layer = NULL;
	}
end:
	archive_read_free(a);
	layer_free(r.layer);
	free(prefix);
	return e;
}

/* ---- putting a layer into the tree ---------------------------------------------------
 */

/* The folder of a record, made where it is not there. In an archive that is itself in
 * the tree no link is followed: it has no say in what is around it. */
static int parent_of(struct mu_tree *tree, struct node *top, const char *path, bool make,
	struct node **ret, const char **name)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX];
	struct node *at = top;
	const char *s = path;

	*name = slash ? slash + 1 : path;
	*ret = top;
	if (!slash)
		return 0;
	if (!top->e.nested) {
		memcpy(folder, path, (size_t)(slash - path));
		folder[slash - path] = 0;
		return node_resolve(tree, top, folder, make, ret);
	}
	while (s < slash) {
		size_t n = strcspn(s, "/");
		struct node *next = node_get(tree, at, s, n);
		if (!next && make)
			next = node_add(tree, at, s, n);
		if (!next)
			return make ? -ENOMEM : -ENOENT;
		if (next->e.type != MU_ENTRY_FOLDER)
			return -ENOTDIR;
		at = next;
		s += n + 1;
	}
	*ret = at;
	return 0;
}

static void take_away(struct mu_tree *tree, struct node *top, const struct record *rec)
{
	struct node *at;
	const char *name;

	if (rec->kind == RECORD_WHITEOUT) {
		if (parent_of(tree, top, rec->path, false, &at, &name))
			return;
		at = *name ? node_get(tree, at, name, strlen(name)) : NULL;
		if (at)
			node_remove(tree, at);
		return;
	}
	if (node_resolve(tree, top, rec->path, false, &at) ||
		at->e.type != MU_ENTRY_FOLDER)
		return;
	while (at->child)
		node_remove(tree, at->child);
}

/* A file's other name. The file must be there by then, as in any tar. */
static int share(
	struct mu_tree *tree, struct node *top, struct node *e, const struct record *rec)
{
	struct node *at, *from = NULL;
	const char *name;

	if (!parent_of(tree, top, rec->link, false, &at, &name))
		from = node_get(tree, at, name, strlen(name));
	if (!from || from->e.type == MU_ENTRY_FOLDER || from == e)
		return -ENOENT;
	e->content = from->content;
	e->e.type = from->e.type;
	e->e.target = from->e.target;
	e->e.size = from->e.size;
	e->e.inode = from->e.inode;
	e->e.magic = from->e.magic;
	e->e.uid = from->e.uid;
	e->e.gid = from->e.gid;
	e->e.mode = from->e.mode;
	e->e.caps = from->e.caps;
	e->e.ncaps = from->e.ncaps;
	return 0;
}

static int fill(struct mu_tree *tree, struct node *e, const struct record *rec)
{
	static const uint8_t types[] = {
		[RECORD_FILE] = MU_ENTRY_FILE,
		[RECORD_FOLDER] = MU_ENTRY_FOLDER,
		[RECORD_LINK] = MU_ENTRY_LINK,
		[RECORD_OTHER] = MU_ENTRY_OTHER,
	};

	e->e.type = types[rec->kind];
	e->e.mode = rec->mode;
	e->e.uid = rec->uid;
	e->e.gid = rec->gid;
	e->e.size = rec->size;
	e->e.magic = rec->magic;
	e->content = rec->content;
	if (rec->kind == RECORD_FILE)
		e->e.inode = rec->content ? rec->content->inode : new_inode(tree);
	if (rec->link && !(e->e.target = mu_arena_strdup(&tree->arena, rec->link)))
		return -ENOMEM;
	if (rec->ncaps) {
		e->e.caps = (uint8_t *)mu_arena_strndup(
			&tree->arena, (const char *)rec->caps, rec->ncaps);
		if (!e->e.caps)
			return -ENOMEM;
		e->e.ncaps = rec->ncaps;
	}
	return 0;
}

static int put(struct mu_tree *tree, struct node *top, const struct record *rec)
{
	struct node *at, *old, *e;
	const char *name;
	int err = parent_of(tree, top, rec->path, true, &at, &name);

	if (err == -ENOMEM)
		return err;
	if (!err && at->e.type != MU_ENTRY_FOLDER)
		err = -ENOTDIR;
	if (err)
		return tree_note(tree, rec->path, "left out: %s", mu_strerror(err));
	if (!*name)
		return rec->kind == RECORD_FOLDER ? fill(tree, top, rec) : 0;
	old = node_get(tree, at, name, strlen(name));
	if (old && old->e.type == MU_ENTRY_FOLDER && rec->kind == RECORD_FOLDER)
		return fill(tree, old, rec);
	if (rec->kind == RECORD_HARD && old) {
		struct node probe = *top;
		/* a link to itself would take itself away */
		if (share(tree, top, &probe, rec))
			return tree_note(tree, rec->path,
				"left out: a hard link to %s, which is not there",
				rec->link);
		if (probe.e.inode && probe.e.inode == old->e.inode)
			return 0;
	}
	e = node_add(tree, at, name, strlen(name));
	if (!e)
		return -ENOMEM;
	if (rec->kind != RECORD_HARD)
		err = fill(tree, e, rec);
	else if (share(tree, top, e, rec)) {
		node_remove(tree, e);
		return tree_note(tree, rec->path,
			"left out: a hard link to %s, which is not there", rec->link);
	}
	if (old)
		node_remove(tree, old);
	return err;
}

int layer_apply(struct mu_tree *tree, struct node *top, const struct layer *layer)
{
	int e = 0;

	/* a layer takes away what is below it, never what it brings itself */
	for (size_t i = 0; i < layer->records.n; i++)
		if (layer->records.v[i].kind >= RECORD_WHITEOUT)
			take_away(tree, top, &layer->records.v[i]);
	for (size_t i = 0; !e && i < layer->records.n; i++)
		if (layer->records.v[i].kind < RECORD_WHITEOUT)
			e = put(tree, top, &layer->records.v[i]);
	return e;
}
