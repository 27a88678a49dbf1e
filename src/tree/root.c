/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "root.h"

#define MAX_LINKS 40
/* Folders entered for one path: ".." walks again from the top. */
#define MAX_STEPS 4096

struct mu_root {
	char *dir;                  /* owned */
	int fd;                     /* -1 for "/" and for trees */
	const struct mu_tree *tree; /* NULL: none */
	dev_t dev;
	ino_t ino;
};

int mu_root_open(const char *dir, struct mu_root **ret, struct mu_error *err)
{
	struct mu_root *root = calloc(1, sizeof *root);
	struct stat st;
	int e = -ENOMEM;

	if (!root)
		return mu_error_set(err, e, dir, NULL);
	root->fd = -1;
	root->dir = strdup(dir);
	if (!root->dir)
		goto fail;
	if (stat(dir, &st)) {
		e = -errno;
		goto fail;
	}
	root->dev = st.st_dev;
	root->ino = st.st_ino;
	if (!strcmp(dir, "/")) {
		*ret = root;
		return 0;
	}
	root->fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root->fd < 0) {
		e = -errno;
		goto fail;
	}
	*ret = root;
	return 0;
fail:
	mu_root_close(root);
	return mu_error_set(err, e, dir, NULL);
}

void mu_root_close(struct mu_root *root)
{
	if (!root)
		return;
	if (root->fd >= 0)
		close(root->fd);
	free(root->dir);
	free(root);
}

int mu_root_of_tree(
	const struct mu_tree *tree, struct mu_root **ret, struct mu_error *err)
{
	struct mu_root *root = calloc(1, sizeof *root);

	if (!root)
		return mu_error_set(err, -ENOMEM, NULL, NULL);
	root->fd = -1;
	root->tree = tree;
	*ret = root;
	return 0;
}

const struct mu_tree *mu_root_tree(const struct mu_root *root)
{
	return root->tree;
}

const char *mu_root_dir(const struct mu_root *root)
{
	return root->dir;
}

bool mu_root_is_host(const struct mu_root *root)
{
	return root->fd < 0 && !root->tree;
}

bool mu_root_same(const struct mu_root *a, const struct mu_root *b)
{
	return a->tree == b->tree && a->dev == b->dev && a->ino == b->ino;
}

/* ---- walking inside a root -------------------------------------------- */

/* One path being resolved: how far it got, and what is left of it. */
struct walk {
	const struct mu_root *root;
	int fd;              /* O_PATH, of the folder reached */
	char done[PATH_MAX]; /* canonical path of that folder; "" is the top */
	size_t ndone;
	char rest[PATH_MAX];
	int links, steps;
};

static int push(struct walk *w, const char *name)
{
	size_t n = strlen(name);

	if (w->ndone + n + 2 > sizeof w->done)
		return -ENAMETOOLONG;
	w->done[w->ndone] = '/';
	memcpy(w->done + w->ndone + 1, name, n + 1);
	w->ndone += n + 1;
	return 0;
}

static void pop(struct walk *w)
{
	while (w->ndone && w->done[--w->ndone] != '/')
		;
	w->done[w->ndone] = 0;
}

/* Steps into a folder of the one reached. */
static int enter(struct walk *w, const char *name)
{
	int fd;

	if (++w->steps > MAX_STEPS)
		return -ELOOP;
	fd = openat(w->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC | O_DIRECTORY);
	if (fd < 0)
		return -errno;
	close(w->fd);
	w->fd = fd;
	return push(w, name);
}

static int restart(struct walk *w)
{
	int fd = fcntl(w->root->fd, F_DUPFD_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (w->fd >= 0)
		close(w->fd);
	w->fd = fd;
	w->ndone = 0;
	w->done[0] = 0;
	return 0;
}

/*
 * ".." is done on the path and walked again from the top: the folder's own ".." may
 * lead outside when somebody moves it meanwhile.
 */
static int leave(struct walk *w)
{
	char path[PATH_MAX], *s = path, *part;
	int e;

	pop(w);
	memcpy(path, w->done, w->ndone + 1);
	e = restart(w);
	while (!e && (part = strsep(&s, "/")))
		if (*part)
			e = enter(w, part);
	return e;
}

/* Puts a symlink's target before what is still to be resolved. */
static int follow(struct walk *w, const char *name)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(w->fd, name, target, sizeof target - 1);
	size_t rest = strlen(w->rest);

	if (n < 0)
		return -errno;
	if (++w->links > MAX_LINKS)
		return -ELOOP;
	if (!n)
		return -ENOENT;
	if ((size_t)n + rest + 2 > sizeof w->rest)
		return -ENAMETOOLONG;
	memmove(w->rest + n + 1, w->rest, rest + 1);
	memcpy(w->rest, target, (size_t)n);
	w->rest[n] = rest ? '/' : 0;
	return *target == '/' ? restart(w) : 0;
}

/* Takes the next component off w->rest; *ret is NULL at the end. */
static int next_name(struct walk *w, char *name, bool *ret_more)
{
	char *s = w->rest + strspn(w->rest, "/");
	size_t n = strcspn(s, "/");

	*ret_more = n != 0;
	if (n > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, s, n);
	name[n] = 0;
	memmove(w->rest, s + n, strlen(s + n) + 1);
	return 0;
}

/* One component. Returns 1 when it is no folder: the end of the path, in @name. */
static int step(struct walk *w, const char *name, struct stat *st)
{
	if (!strcmp(name, "."))
		return 0;
	if (!strcmp(name, ".."))
		return leave(w);
	if (fstatat(w->fd, name, st, AT_SYMLINK_NOFOLLOW))
		return -errno;
	if (S_ISLNK(st->st_mode))
		return follow(w, name);
	if (S_ISDIR(st->st_mode))
		return enter(w, name);
	return *w->rest ? -ENOTDIR : 1;
}

/*
 * Resolves @path. On success w->fd and w->done are the folder reached, and @name is
 * the file in it, or "" where the path is that folder itself. The caller closes w->fd,
 * also on failure.
 */
static int resolve(struct walk *w, const char *path, char *name, struct stat *st)
{
	bool more = true;
	int e;

	w->fd = -1;
	if (!*path)
		return -ENOENT;
	if (strlen(path) >= sizeof w->rest)
		return -ENAMETOOLONG;
	strcpy(w->rest, path);
	e = restart(w);
	while (!e && more) {
		e = next_name(w, name, &more);
		if (!e && more)
			e = step(w, name, st);
	}
	if (e)
		return e < 0 ? e : 0;
	*name = 0;
	return fstat(w->fd, st) ? -errno : 0;
}

static void done(struct walk *w)
{
	if (w->fd >= 0)
		close(w->fd);
}

/* ---- what is asked for ------------------------------------------------- */

#define READ_FLAGS (O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)

/* Opens what @before says is a regular file; makes sure that it still is that file. */
static int open_regular(
	int dir, const char *name, int flags, const struct stat *before, struct stat *st)
{
	int fd;

	if (!S_ISREG(before->st_mode))
		return -MU_E_NOT_REGULAR;
	fd = openat(dir, name, READ_FLAGS | flags);
	if (fd < 0)
		return -errno;
	if (fstat(fd, st) || !S_ISREG(st->st_mode)) {
		close(fd);
		return -MU_E_NOT_REGULAR;
	}
	return fd;
}

int mu_root_file(const struct mu_root *root, const char *path, struct stat *st)
{
	struct walk w = {.root = root};
	char name[NAME_MAX + 1];
	struct stat before;
	int e;

	if (root->tree)
		return -MU_E_NOT_REGULAR;
	if (mu_root_is_host(root))
		return stat(path, &before) ? -errno
					   : open_regular(AT_FDCWD, path, 0, &before, st);
	e = resolve(&w, path, name, &before);
	if (!e)
		e = open_regular(w.fd, name, O_NOFOLLOW, &before, st);
	done(&w);
	return e;
}

static int read_fd(int fd, size_t size, char **ret, size_t *n)
{
	char *buf = malloc(size + 1);
	size_t got = 0;

	if (!buf)
		return -ENOMEM;
	while (got < size) {
		ssize_t r = read(fd, buf + got, size - got);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0) {
			int e = -errno;
			free(buf);
			return e;
		}
		if (!r)
			break;
		got += (size_t)r;
	}
	buf[got] = 0;
	*ret = buf;
	*n = got;
	return 0;
}

static int read_tree(
	const struct mu_tree *tree, const char *path, size_t max, char **ret, size_t *n)
{
	struct mu_bytes bytes;
	int e = mu_tree_slurp(tree, path, max, &bytes);
	char *copy;

	if (e)
		return e;
	copy = malloc(bytes.n + 1);
	if (copy) {
		memcpy(copy, bytes.data, bytes.n);
		copy[bytes.n] = 0;
		*ret = copy;
		*n = bytes.n;
	}
	mu_bytes_free(&bytes);
	return copy ? 0 : -ENOMEM;
}

int mu_root_read(
	const struct mu_root *root, const char *path, size_t max, char **ret, size_t *n)
{
	struct stat st;
	int fd, e;

	if (root->tree)
		return read_tree(root->tree, path, max, ret, n);
	fd = mu_root_file(root, path, &st);
	if (fd < 0)
		return fd;
	e = (uint64_t)st.st_size > max ? -EFBIG : read_fd(fd, (size_t)st.st_size, ret, n);
	close(fd);
	return e;
}

/* What can be told of an entry in stat(2)'s terms. */
static int stat_entry(const struct mu_tree *tree, const char *path, struct stat *st)
{
	static const mode_t types[] = {
		[MU_ENTRY_FILE] = S_IFREG,
		[MU_ENTRY_FOLDER] = S_IFDIR,
		[MU_ENTRY_LINK] = S_IFLNK,
		[MU_ENTRY_OTHER] = S_IFCHR,
	};
	const struct mu_entry *e;
	int err = mu_tree_resolve(tree, path, &e);

	if (err)
		return err;
	memset(st, 0, sizeof *st);
	st->st_mode = types[e->type] | e->mode;
	st->st_size = (off_t)e->size;
	st->st_ino = e->inode;
	st->st_uid = e->uid;
	st->st_gid = e->gid;
	return 0;
}

int mu_root_stat(const struct mu_root *root, const char *path, struct stat *st)
{
	struct walk w = {.root = root};
	char name[NAME_MAX + 1];
	int e;

	if (root->tree)
		return stat_entry(root->tree, path, st);
	if (mu_root_is_host(root))
		return stat(path, st) ? -errno : 0;
	e = resolve(&w, path, name, st);
	done(&w);
	return e;
}

int mu_root_realpath(const struct mu_root *root, const char *path, char *buf)
{
	struct walk w = {.root = root};
	char name[NAME_MAX + 1];
	const struct mu_entry *entry;
	struct stat st;
	int e;

	if (root->tree) {
		e = mu_tree_resolve(root->tree, path, &entry);
		if (!e && strlen(entry->path) >= PATH_MAX)
			e = -ENAMETOOLONG;
		if (!e)
			strcpy(buf, entry->path);
		return e;
	}
	if (mu_root_is_host(root))
		return realpath(path, buf) ? 0 : -errno;
	e = resolve(&w, path, name, &st);
	if (!e && *name)
		e = push(&w, name);
	if (!e)
		strcpy(buf, w.ndone ? w.done : "/");
	done(&w);
	return e;
}
