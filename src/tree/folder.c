/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/hash.h"
#include "layer.h"
#include "nodes.h"

#define HEAD 16 /* bytes that tell what a file is */
#define MAX_CAPS 24
#define HARD_SLOTS 4096

struct todo {
	struct node *folder;
	dev_t dev; /* of the folder that it is in */
};

/* A folder on disk: listed by one thread, its files looked at by all. */
struct listing {
	struct mu_tree *tree;
	struct mu_error *err;
	MU_VEC(struct node *) files;
	MU_VEC(struct todo) todo; /* folders that are not yet listed */
	dev_t dev;                /* of the one that is */
	atomic_size_t done;
	atomic_int failed;                /* a negative code */
	pthread_mutex_t lock;             /* of hard, and of progress */
	struct content *hard[HARD_SLOTS]; /* by inode: files with several names */
};

/* ---- opening inside ------------------------------------------------------------ */

#ifdef SYS_openat2
/* As the kernel has them since 5.6; linux/openat2.h is not on every machine. */
struct how {
	uint64_t flags, mode, resolve;
};
#define HOW_NO_SYMLINKS 0x04
#define HOW_BENEATH 0x08

static int open_at_once(int top, const char *path, int flags)
{
	struct how how = {
		.flags = (uint64_t)(unsigned)flags,
		.resolve = HOW_NO_SYMLINKS | HOW_BENEATH,
	};
	long fd = syscall(SYS_openat2, top, path, &how, sizeof how);

	return fd < 0 ? -errno : (int)fd;
}
#else
static int open_at_once(int top, const char *path, int flags)
{
	(void)top, (void)path, (void)flags;
	return -ENOSYS;
}
#endif

static int open_by_steps(int top, const char *path, int flags)
{
	int at = top, fd = -1;

	for (;;) {
		char name[NAME_MAX + 1];
		size_t n = strcspn(path, "/");
		bool last = !path[n];
		if (n > NAME_MAX)
			fd = -1, errno = ENAMETOOLONG;
		else {
			memcpy(name, path, n);
			name[n] = 0;
			fd = openat(at, name,
				last ? flags | O_NOFOLLOW
				     : O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		}
		if (at != top) {
			int keep = errno;
			close(at);
			errno = keep;
		}
		if (fd < 0)
			return -errno;
		if (last)
			return fd;
		at = fd;
		path += n + 1;
	}
}

/*
 * Somebody may change the tree while it is read: no component of the path may be a
 * symlink by then. (Old kernels and some sandboxes have no openat2: EPERM.)
 */
static int open_inside(const struct mu_tree *tree, const char *path, int flags)
{
	int fd = open_at_once(tree->fd, path, flags);

	return fd == -ENOSYS || fd == -EPERM ? open_by_steps(tree->fd, path, flags) : fd;
}

/* The path of a node on disk, without the first '/'. */
static int disk_path(const struct node *e, char *buf)
{
	size_t at = PATH_MAX - 1;

	buf[at] = 0;
	for (; e->parent; e = e->parent) {
		if (at < e->len + 1u)
			return -ENAMETOOLONG;
		at -= e->len;
		memcpy(buf + at, e->name, e->len);
		buf[--at] = '/';
	}
	if (!buf[at])
		strcpy(buf, ".");
	else
		memmove(buf, buf + at + 1, PATH_MAX - at - 1);
	return 0;
}

static int open_node(const struct mu_tree *tree, const struct node *e, int flags)
{
	char path[PATH_MAX];
	int err = disk_path(e, path);

	return err ? err : open_inside(tree, path, flags | O_CLOEXEC | O_NOCTTY);
}

static ssize_t read_some(int fd, void *buf, size_t n, off_t at)
{
	size_t got = 0;

	while (got < n) {
		ssize_t r = pread(fd, (char *)buf + got, n - got, at + (off_t)got);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		if (!r)
			break;
		got += (size_t)r;
	}
	return (ssize_t)got;
}

int folder_content(const struct mu_tree *tree, const struct node *node, size_t max,
	char **ret, size_t *n)
{
	int fd = open_node(tree, node, O_RDONLY | O_NONBLOCK);
	struct stat st;
	char *data = NULL;
	ssize_t got = 0;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		got = -MU_E_NOT_REGULAR;
	else if ((uint64_t)st.st_size > max)
		got = -EFBIG;
	else if (!(data = malloc((size_t)st.st_size + 1)))
		got = -ENOMEM;
	else
		got = read_some(fd, data, (size_t)st.st_size, 0);
	close(fd);
	if (got < 0) {
		free(data);
		return (int)got;
	}
	data[got] = 0;
	*ret = data;
	*n = (size_t)got;
	return 0;
}

/* ---- listing ------------------------------------------------------------------ */

/* File systems that hold the kernel's words, not files. */
static bool is_pseudo(int fd)
{
	static const unsigned long types[] = {
		0x9fa0,     /* proc */
		0x62656572, /* sysfs */
		0x27e0eb,   /* cgroup */
		0x63677270, /* cgroup2 */
		0x1cd1,     /* devpts */
		0x73636673, /* securityfs */
		0x64626720, /* debugfs */
		0x74726163, /* tracefs */
		0xcafe4a11, /* bpf */
		0x19800202, /* mqueue */
		0x958458f6, /* hugetlbfs */
		0x6165676c, /* pstore */
		0x62656570, /* configfs */
		0x65735543, /* fusectl */
		0x42494e4d, /* binfmt_misc */
		0xde5e81e4, /* efivarfs */
	};
	struct statfs fs;

	if (fstatfs(fd, &fs))
		return false;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (((unsigned long)fs.f_type & 0xffffffff) == types[i])
			return true;
	return false;
}

static void take_stat(struct node *e, const struct stat *st)
{
	e->e.mode = (uint16_t)(st->st_mode & 07777);
	e->e.uid = st->st_uid;
	e->e.gid = st->st_gid;
}

static int add_link(struct mu_tree *tree, int dir, struct node *e)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(dir, e->name, target, sizeof target - 1);
	struct stat st;

	if (n < 0 || fstatat(dir, e->name, &st, AT_SYMLINK_NOFOLLOW))
		return tree_note(tree, e->name, "%s", mu_strerror(-errno));
	take_stat(e, &st);
	e->e.type = MU_ENTRY_LINK;
	e->e.target = mu_arena_strndup(&tree->arena, target, (size_t)n);
	return e->e.target ? 0 : -ENOMEM;
}

static unsigned char type_of(int dir, const struct dirent *d)
{
	struct stat st;

	if (d->d_type != DT_UNKNOWN)
		return d->d_type;
	if (fstatat(dir, d->d_name, &st, AT_SYMLINK_NOFOLLOW))
		return DT_UNKNOWN;
	return S_ISREG(st.st_mode)   ? DT_REG
	       : S_ISDIR(st.st_mode) ? DT_DIR
	       : S_ISLNK(st.st_mode) ? DT_LNK
				     : DT_FIFO;
}

static int add_name(
	struct listing *l, struct node *folder, int dir, const struct dirent *d)
{
	struct mu_tree *tree = l->tree;
	struct node *e;

	if (tree->nnodes >= MAX_ENTRIES)
		return mu_error_set(l->err, -MU_E_LIMIT, NULL,
			"more than %u entries: a smaller folder may do", MAX_ENTRIES);
	e = node_add(tree, folder, d->d_name, strlen(d->d_name));
	if (!e)
		return -ENOMEM;
	switch (type_of(dir, d)) {
	case DT_REG:
		e->e.type = MU_ENTRY_FILE;
		if (mu_vec_room(&l->files))
			return -ENOMEM;
		l->files.v[l->files.n++] = e;
		return 0;
	case DT_DIR:
		if (mu_vec_room(&l->todo))
			return -ENOMEM;
		l->todo.v[l->todo.n++] = (struct todo){e, l->dev};
		return 0;
	case DT_LNK:
		return add_link(tree, dir, e);
	default:
		e->e.type = MU_ENTRY_OTHER;
		return 0;
	}
}

static int list_names(struct listing *l, struct node *folder, int fd)
{
	DIR *dir = fdopendir(fd);
	const struct dirent *d;
	int e = 0;

	if (!dir) {
		e = -errno;
		close(fd);
		return e;
	}
	while (!e && (d = readdir(dir)))
		if (strcmp(d->d_name, ".") && strcmp(d->d_name, ".."))
			e = add_name(l, folder, dirfd(dir), d);
	closedir(dir);
	return e;
}

static int note_node(struct mu_tree *tree, const struct node *e, int code)
{
	char path[PATH_MAX + 1] = "/";

	if (disk_path(e, path + 1))
		strcpy(path, e->name);
	return tree_note(tree, path, "%s", mu_strerror(code));
}

static int list_folder(struct listing *l, struct todo todo)
{
	struct mu_tree *tree = l->tree;
	struct node *folder = todo.folder;
	struct stat st;
	int fd = open_node(tree, folder, O_RDONLY | O_DIRECTORY);

	if (fd < 0 || fstat(fd, &st)) {
		int e = fd < 0 ? fd : -errno;
		if (fd >= 0)
			close(fd);
		return note_node(tree, folder, e);
	}
	take_stat(folder, &st);
	/* one file system has one device */
	if (folder->parent && st.st_dev != todo.dev && is_pseudo(fd)) {
		close(fd);
		return 0;
	}
	l->dev = st.st_dev;
	return list_names(l, folder, fd);
}

/* ---- looking at files ------------------------------------------------------------ */

/* The content of an inode with several names: the first one's. *mine: it is new. */
static struct content *shared_content(
	struct listing *l, const struct stat *st, enum mu_magic magic, bool *mine)
{
	struct content **p, *c;
	uint64_t key[2] = {st->st_dev, st->st_ino};

	*mine = true;
	if (st->st_nlink < 2)
		return content_create(l->tree, (uint64_t)st->st_size, magic);
	p = &l->hard[mu_hash((const char *)key, sizeof key) % HARD_SLOTS];
	pthread_mutex_lock(&l->lock);
	for (c = *p; c && (c->dev != key[0] || c->ino != key[1]); c = c->chain)
		;
	if (c) {
		*mine = false;
	} else if ((c = content_create(l->tree, (uint64_t)st->st_size, magic))) {
		c->dev = key[0];
		c->ino = key[1];
		c->chain = *p;
		*p = c;
	}
	pthread_mutex_unlock(&l->lock);
	return c;
}

/* Only what can be run can have its capabilities used. */
static int take_caps(struct listing *l, struct node *e, int fd)
{
	uint8_t caps[MAX_CAPS];
	ssize_t n;
	int err = 0;

	if (!(e->e.mode & 0111))
		return 0;
	n = fgetxattr(fd, "security.capability", caps, sizeof caps);
	if (n <= 0)
		return 0;
	pthread_mutex_lock(&l->tree->lock);
	e->e.caps =
		(uint8_t *)mu_arena_strndup(&l->tree->shared, (char *)caps, (size_t)n);
	pthread_mutex_unlock(&l->tree->lock);
	e->e.ncaps = e->e.caps ? (uint8_t)n : 0;
	if (!e->e.caps)
		err = -ENOMEM;
	return err;
}

static int look_inside(struct listing *l, struct node *e, int fd, const char *path,
	const struct stat *st)
{
	struct mu_tree *tree = l->tree;
	char head[HEAD];
	ssize_t n = read_some(fd, head, sizeof head, 0);
	bool nested, mine;

	if (n < 0)
		return tree_note(tree, path, "%s", mu_strerror((int)n));
	e->e.magic = (uint8_t)magic_of(head, (size_t)n);
	e->e.size = (uint64_t)st->st_size;
	nested = is_nested(tree, path, e->e.magic, e->e.size, 0);
	if (e->e.magic != MU_MAGIC_ELF && !nested && st->st_nlink < 2) {
		e->e.inode = new_inode(tree);
		return 0;
	}
	e->content = shared_content(l, st, e->e.magic, &mine);
	if (!e->content)
		return -ENOMEM;
	if (!mine)
		return 0;
	if (e->e.magic == MU_MAGIC_ELF)
		return content_take(tree, e->content, path, fd, NULL, 0);
	return nested ? nested_read(tree, path, e->content, fd, NULL, 0, 1) : 0;
}

static int look(struct listing *l, struct node *e)
{
	char path[PATH_MAX + 1] = "/";
	struct stat st;
	int fd, err = disk_path(e, path + 1);

	if (err)
		return tree_note(l->tree, e->name, "%s", mu_strerror(err));
	fd = open_inside(l->tree, path + 1,
		O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return tree_note(l->tree, path, "%s", mu_strerror(fd));
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		close(fd);
		return tree_note(l->tree, path, "changed while it was read");
	}
	take_stat(e, &st);
	err = take_caps(l, e, fd);
	if (!err)
		err = look_inside(l, e, fd, path, &st);
	close(fd);
	return err;
}

static void work(void *ctx, size_t i)
{
	struct listing *l = ctx;
	const struct mu_tree_options *o = &l->tree->opts;
	int e = l->failed ? 0 : look(l, l->files.v[i]);
	size_t done = l->done++;

	if (e)
		l->failed = e;
	if (o->progress && done % 512 == 0) {
		pthread_mutex_lock(&l->lock);
		o->progress(o->progress_ctx, done, l->files.n, "files");
		pthread_mutex_unlock(&l->lock);
	}
}

int folder_read(struct mu_tree *tree, const char *dir, struct mu_error *err)
{
	struct listing *l = calloc(1, sizeof *l);
	int e = 0;

	if (!l)
		return -ENOMEM;
	l->tree = tree;
	l->err = err;
	pthread_mutex_init(&l->lock, NULL);
	tree->kind = MU_SOURCE_FOLDER;
	tree->fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (tree->fd < 0)
		e = mu_error_set(err, -errno, dir, NULL);
	if (!e && !mu_vec_room(&l->todo))
		l->todo.v[l->todo.n++] = (struct todo){.folder = tree->root};
	while (!e && l->todo.n)
		e = list_folder(l, l->todo.v[--l->todo.n]);
	if (!e)
		mu_parallel(tree->threads, l->files.n, work, l);
	if (!e)
		e = l->failed;
	free(l->files.v);
	free(l->todo.v);
	pthread_mutex_destroy(&l->lock);
	free(l);
	return e;
}
