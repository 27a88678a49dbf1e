/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <muslin/db.h>

#include "core/hash.h"
#include "elfbuild.h"
#include "loader/loader.h"
#include "scratch.h"

#define N(a) (sizeof(a) / sizeof *(a))
#define MAX_FILES 12

/*
 * A small tree, and what the loader makes of it. Paths count from the tree's top.
 * `want` is what gets loaded, in order, then what is missing, with who asked for it:
 * "liba.so=/lib/liba.so libc.so.6=musl libz.so!/app".
 */
struct file {
	const char *path; /* NULL ends the list */
	const char *text; /* instead of an ELF file */
	const char *link; /* a symlink to that */
	struct elf_spec elf;
};

struct tree {
	const char *name; /* what it shows */
	struct file files[MAX_FILES];
	const char *program; /* NULL: "/app" */
	const char *library_path, *preload;
	bool dlopen;
	const char *want;
};

/* ---- running a tree -------------------------------------------------------------- */

static void make_file(const struct file *f)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "root%s", f->path);
	if (f->link) {
		scratch_link(path, f->link);
	} else {
		scratch_file(path, f->text ? f->text : "");
		if (!f->text)
			elf_write(path, &f->elf);
	}
}

struct world {
	struct mu_root *root;
	struct mu_store *store;
	struct mu_env env;
	struct mu_file *program;
	struct mu_closure closure;
};

static void open_world(struct world *w, const struct tree *t)
{
	const char *program = t->program ? t->program : "/app";

	memset(w, 0, sizeof *w);
	scratch_folder("root");
	for (size_t i = 0; i < MAX_FILES && t->files[i].path; i++)
		make_file(&t->files[i]);
	assert_int_equal(mu_root_open("root", &w->root, NULL), 0);
	assert_int_equal(mu_store_create(&w->store), 0);
	w->env = (struct mu_env){
		.store = w->store,
		.machine = mu_machine_by_name("x86_64"),
		.root = w->root,
		.library_path = t->library_path,
		.preload = t->preload,
		.loader = "/lib/ld-musl-x86_64.so.1",
		.start = t->dlopen ? MU_START_DLOPEN : MU_START_LIST,
	};
	assert_int_equal(mu_store_open(w->store, w->root, program, &w->program), 0);
	assert_non_null(w->program->elf);
}

static int load(struct world *w, const struct tree *t)
{
	return mu_closure_load(
		&w->env, w->program, t->program ? t->program : "/app", &w->closure);
}

static void close_world(struct world *w)
{
	mu_closure_free(&w->closure);
	mu_store_free(w->store);
	mu_root_close(w->root);
}

static void add(char *out, size_t cap, const char *a, const char *sign, const char *b)
{
	size_t n = strlen(out);

	snprintf(out + n, cap - n, "%s%s%s%s", n ? " " : "", a, sign, b);
}

static void describe(const struct mu_closure *c, char *out, size_t cap)
{
	*out = 0;
	for (size_t i = 0; i < c->loaded.n; i++)
		add(out, cap, c->loaded.v[i].name, "=",
			c->loaded.v[i].path == c->self ? "musl" : c->loaded.v[i].path);
	for (size_t i = 0; i < c->nodes.n; i++)
		for (size_t k = 0; k < c->nodes.v[i].ndeps; k++) {
			const struct mu_dep *d = &c->deps.v[c->nodes.v[i].dep0 + k];
			if (d->node == MU_NODE_MISSING)
				add(out, cap, d->name, "!", c->nodes.v[i].name);
		}
}

static void run_tree(const struct tree *t)
{
	struct world w;
	char got[4096];

	open_world(&w, t);
	assert_int_equal(load(&w, t), 0);
	describe(&w.closure, got, sizeof got);
	if (strcmp(got, t->want))
		fail_msg("%s:\n got  %s\n want %s", t->name, got, t->want);
	close_world(&w);
}

static void run_trees(void **state, const struct tree *trees, size_t n)
{
	(void)state;
	for (size_t i = 0; i < n; i++) {
		void *folder = NULL;
		scratch_setup(&folder);
		run_tree(&trees[i]);
		scratch_teardown(&folder);
	}
}

#define ELF(...) .elf = {__VA_ARGS__}
#define NEEDS(...) .needed = {__VA_ARGS__}
#define EMPTY .elf = {.bits = 64}

#define A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LONG_NAME A64 A64 A64 A64

/* ---- where it looks ------------------------------------------------------------------
 */

static const struct tree search_trees[] = {
	{"the system's folders, in their order",
		{{"/app", ELF(NEEDS("liba.so", "libb.so", "libc2.so", "libd.so"))},
			{"/lib/liba.so", EMPTY}, {"/usr/local/lib/liba.so", EMPTY},
			{"/usr/local/lib/libb.so", EMPTY}, {"/usr/lib/libb.so", EMPTY},
			{"/usr/lib/libc2.so", EMPTY}, {"/lib64/libd.so", EMPTY},
			{"/usr/lib/x86_64-linux-gnu/libd.so", EMPTY}},
		.want = "liba.so=/lib/liba.so libb.so=/usr/local/lib/libb.so "
			"libc2.so=/usr/lib/libc2.so libd.so!/app"},
	{"the path file stands instead of them",
		{{"/app", ELF(NEEDS("liba.so", "libb.so", "libc2.so"))},
			{"/etc/ld-musl-x86_64.path", .text = "/one:/two\n/three"},
			{"/one/liba.so", EMPTY}, {"/three/libb.so", EMPTY},
			{"/lib/libc2.so", EMPTY}},
		.want = "liba.so=/one/liba.so libb.so=/three/libb.so libc2.so!/app"},
	{"an empty path file: no folder at all",
		{{"/app", ELF(NEEDS("liba.so"))},
			{"/etc/ld-musl-x86_64.path", .text = ""},
			{"/lib/liba.so", EMPTY}},
		.want = "liba.so!/app"},
	{"a path file that cannot be read: no folder at all",
		{{"/app", ELF(NEEDS("liba.so"))},
			{"/etc/ld-musl-x86_64.path/x", .text = ""},
			{"/lib/liba.so", EMPTY}},
		.want = "liba.so!/app"},
	{"the path file of another machine",
		{{"/app", ELF(NEEDS("liba.so"))},
			{"/etc/ld-musl-aarch64.path", .text = "/one"},
			{"/lib/liba.so", EMPTY}},
		.want = "liba.so=/lib/liba.so"},
	{"the path file is that of the prefix of PT_INTERP",
		{{"/app", ELF(.interp = "/opt/m/lib/ld-musl-x86_64.so.1",
				  NEEDS("liba.so"))},
			{"/opt/m/etc/ld-musl-x86_64.path", .text = "/opt/m/lib"},
			{"/opt/m/lib/liba.so", EMPTY}, {"/lib/liba.so", EMPTY}},
		.want = "liba.so=/opt/m/lib/liba.so"},
	{"the library path comes first",
		{{"/app",
			 ELF(.runpath = "/run", NEEDS("liba.so", "libb.so", "libc2.so"))},
			{"/first/liba.so", EMPTY}, {"/run/liba.so", EMPTY},
			{"/run/libb.so", EMPTY}, {"/lib/libb.so", EMPTY},
			{"/lib/libc2.so", EMPTY}},
		.library_path = "/none:/first",
		.want = "liba.so=/first/liba.so libb.so=/run/libb.so "
			"libc2.so=/lib/libc2.so"},
	{"a name with a slash is opened as it is",
		{{"/app", ELF(.runpath = "/run", NEEDS("/opt/liba.so", "/lib/none.so"))},
			{"/opt/liba.so", EMPTY}, {"/run/opt/liba.so", EMPTY}},
		.want = "/opt/liba.so=/opt/liba.so /lib/none.so!/app"},
	{"what was loaded by its path has no name until a search meets it",
		{{"/app", ELF(NEEDS("/lib/liba.so", "liba.so", "libb.so"))},
			{"/lib/liba.so", EMPTY}, {"/lib/libb.so", .link = "liba.so"}},
		.want = "/lib/liba.so=/lib/liba.so"},
	{"the name that was asked for is the one that is remembered",
		{{"/app", ELF(NEEDS("liba.so", "liba.so.1"))}, {"/lib/liba.so", EMPTY},
			{"/lib/liba.so.1", ELF(.soname = "liba.so")}},
		.want = "liba.so=/lib/liba.so liba.so.1=/lib/liba.so.1"},
	{"two names of one inode are one library",
		{{"/app", ELF(NEEDS("liba.so", "libb.so"))}, {"/lib/liba.so", EMPTY},
			{"/lib/libb.so", .link = "/lib/liba.so"}},
		.want = "liba.so=/lib/liba.so"},
	{"breadth first, each once",
		{{"/app", ELF(NEEDS("liba.so", "libb.so"))},
			{"/lib/liba.so", ELF(NEEDS("libx.so", "libb.so"))},
			{"/lib/libb.so", ELF(NEEDS("liby.so", "liba.so"))},
			{"/lib/libx.so", ELF(NEEDS("liby.so"))},
			{"/lib/liby.so", ELF(NEEDS("libx.so"))}},
		.want = "liba.so=/lib/liba.so libb.so=/lib/libb.so libx.so=/lib/libx.so "
			"liby.so=/lib/liby.so"},
	{"an empty name, and one that is too long",
		{{"/app", ELF(NEEDS("", LONG_NAME, "liba.so"))}, {"/lib/liba.so", EMPTY}},
		.want = "liba.so=/lib/liba.so !/app " LONG_NAME "!/app"},
	{"what is missing is told of each that needs it",
		{{"/app", ELF(NEEDS("liba.so", "libz.so"))},
			{"/lib/liba.so", ELF(NEEDS("libz.so"))}},
		.want = "liba.so=/lib/liba.so libz.so!/app libz.so!/lib/liba.so"},
	{"the program is not found by its own name or inode",
		{{"/app", ELF(.soname = "app", NEEDS("app", "liba.so"))},
			{"/lib/liba.so", ELF(NEEDS("app"))},
			{"/lib/app", .link = "/app"}},
		.want = "app=/lib/app liba.so=/lib/liba.so"},
};

static void where_it_looks(void **state)
{
	run_trees(state, search_trees, N(search_trees));
}

/* ---- run paths
 * -------------------------------------------------------------------------- */

static const struct tree rpath_trees[] = {
	{"DT_RPATH",
		{{"/app", ELF(.rpath = "/r", NEEDS("liba.so"))}, {"/r/liba.so", EMPTY}},
		.want = "liba.so=/r/liba.so"},
	{"DT_RUNPATH wins over DT_RPATH",
		{{"/app", ELF(.rpath = "/r", .runpath = "/u",
				  NEEDS("liba.so", "libb.so"))},
			{"/r/liba.so", EMPTY}, {"/u/liba.so", EMPTY},
			{"/r/libb.so", EMPTY}},
		.want = "liba.so=/u/liba.so libb.so!/app"},
	{"run paths are inherited, DT_RUNPATH too, the nearest first",
		{{"/app", ELF(.runpath = "/u", NEEDS("liba.so"))},
			{"/u/liba.so", ELF(.runpath = "/v", NEEDS("libb.so", "libx.so"))},
			{"/v/libb.so", ELF(NEEDS("libx.so", "liby.so", "libz.so"))},
			{"/v/libx.so", EMPTY}, {"/u/libx.so", EMPTY},
			{"/u/liby.so", EMPTY}, {"/lib/libz.so", EMPTY}},
		.want = "liba.so=/u/liba.so libb.so=/v/libb.so libx.so=/v/libx.so "
			"liby.so=/u/liby.so libz.so=/lib/libz.so"},
	{"not from a sibling",
		{{"/app", ELF(NEEDS("liba.so", "libb.so"))},
			{"/lib/liba.so", ELF(.runpath = "/v")},
			{"/lib/libb.so", ELF(NEEDS("libx.so"))}, {"/v/libx.so", EMPTY}},
		.want = "liba.so=/lib/liba.so libb.so=/lib/libb.so libx.so!/lib/libb.so"},
	{"only from the one that loaded it first",
		{{"/app", ELF(NEEDS("liba.so", "libb.so"))},
			{"/lib/liba.so", ELF(NEEDS("libc2.so"))},
			{"/lib/libb.so", ELF(.runpath = "/v", NEEDS("libc2.so"))},
			{"/lib/libc2.so", ELF(NEEDS("libx.so"))}, {"/v/libx.so", EMPTY}},
		.want = "liba.so=/lib/liba.so libb.so=/lib/libb.so "
			"libc2.so=/lib/libc2.so "
			"libx.so!/lib/libc2.so"},
	{"$ORIGIN and ${ORIGIN}, of the file that has it",
		{{"/opt/app", ELF(.runpath = "$ORIGIN/lib:${ORIGIN}/more",
				      NEEDS("liba.so", "libb.so"))},
			{"/opt/lib/liba.so",
				ELF(.rpath = "$ORIGIN/sub", NEEDS("libc2.so"))},
			{"/opt/more/libb.so", EMPTY}, {"/opt/lib/sub/libc2.so", EMPTY}},
		.program = "/opt/app",
		.want = "liba.so=/opt/lib/liba.so libb.so=/opt/more/libb.so "
			"libc2.so=/opt/lib/sub/libc2.so"},
	{"$ORIGIN is where the loader found it, links and all",
		{{"/app", ELF(.runpath = "/links", NEEDS("liba.so"))},
			{"/real/liba.so", ELF(.runpath = "$ORIGIN", NEEDS("libb.so"))},
			{"/real/libb.so", EMPTY},
			{"/links/liba.so", .link = "../real/liba.so"}},
		.want = "liba.so=/links/liba.so libb.so!/links/liba.so"},
	{"$ORIGIN twice, and in the middle of a name",
		{{"/o/app", ELF(.runpath = "/x$ORIGIN/y:/x$ORIGIN$ORIGIN/z",
				    NEEDS("liba.so", "libb.so"))},
			{"/x/o/y/liba.so", EMPTY}, {"/x/o/o/z/libb.so", EMPTY}},
		.program = "/o/app",
		.want = "liba.so=/x/o/y/liba.so libb.so=/x/o/o/z/libb.so"},
	{"one $ that is not known spoils the whole run path",
		{{"/app", ELF(.runpath = "/u:/$LIB", NEEDS("liba.so"))},
			{"/u/liba.so", EMPTY}},
		.want = "liba.so!/app"},
	{"... and then those above count",
		{{"/app", ELF(.runpath = "/u", NEEDS("liba.so"))},
			{"/u/liba.so", ELF(.runpath = "/v:$PLATFORM", NEEDS("libb.so"))},
			{"/u/libb.so", EMPTY}, {"/v/libb.so", EMPTY}},
		.want = "liba.so=/u/liba.so libb.so=/u/libb.so"},
	{"... and DT_RPATH does not step in for DT_RUNPATH",
		{{"/app", ELF(.rpath = "/r", .runpath = "/$LIB", NEEDS("liba.so"))},
			{"/r/liba.so", EMPTY}},
		.want = "liba.so!/app"},
	{"an empty run path is one",
		{{"/app", ELF(.rpath = "/r", .runpath = "", NEEDS("liba.so"))},
			{"/r/liba.so", EMPTY}},
		.want = "liba.so!/app"},
	{"empty entries are passed over, newlines divide",
		{{"/app", ELF(.runpath = "::/u\n/v:", NEEDS("liba.so", "libb.so"))},
			{"/u/liba.so", EMPTY}, {"/v/libb.so", EMPTY}},
		.want = "liba.so=/u/liba.so libb.so=/v/libb.so"},
};

static void run_paths(void **state)
{
	run_trees(state, rpath_trees, N(rpath_trees));
}

/* ---- what ends a search
 * ------------------------------------------------------------------- */

static const struct tree end_trees[] = {
	{"a file that is no ELF file",
		{{"/app", ELF(.runpath = "/u", NEEDS("liba.so"))},
			{"/u/liba.so", .text = "text"}, {"/lib/liba.so", EMPTY}},
		.want = "liba.so!/app"},
	{"an object file",
		{{"/app", ELF(.runpath = "/u", NEEDS("liba.so"))},
			{"/u/liba.so", ELF(.type = ET_REL)}, {"/lib/liba.so", EMPTY}},
		.want = "liba.so!/app"},
	{"a static program",
		{{"/app", ELF(.runpath = "/u", NEEDS("liba.so"))},
			{"/u/liba.so", ELF(.type = ET_EXEC, .is_static = true)},
			{"/lib/liba.so", EMPTY}},
		.want = "liba.so!/app"},
	{"another class, another byte order",
		{{"/app", ELF(.runpath = "/u", NEEDS("liba.so", "libb.so"))},
			{"/u/liba.so", ELF(.bits = 32)}, {"/u/libb.so", ELF(.big = true)},
			{"/lib/liba.so", EMPTY}, {"/lib/libb.so", EMPTY}},
		.want = "liba.so!/app libb.so!/app"},
	{"not another machine: nobody looks",
		{{"/app", ELF(.runpath = "/u", NEEDS("liba.so"))},
			{"/u/liba.so", ELF(.machine = EM_AARCH64)},
			{"/lib/liba.so", EMPTY}},
		.want = "liba.so=/u/liba.so"},
	{"a folder",
		{{"/app", ELF(.runpath = "/u", NEEDS("liba.so"))},
			{"/u/liba.so/x", .text = ""}, {"/lib/liba.so", EMPTY}},
		.want = "liba.so!/app"},
	{"a link that loops",
		{{"/app", ELF(.runpath = "/u", NEEDS("liba.so"))},
			{"/u/liba.so", .link = "liba.so"}, {"/lib/liba.so", EMPTY}},
		.want = "liba.so!/app"},
	{"not a link to nothing, not a file for a folder, not a long name",
		{{"/app", ELF(.runpath = "/u:/app:/" LONG_NAME, NEEDS("liba.so"))},
			{"/u/liba.so", .link = "nowhere"}, {"/lib/liba.so", EMPTY}},
		.want = "liba.so=/lib/liba.so"},
};

static void what_ends_a_search(void **state)
{
	run_trees(state, end_trees, N(end_trees));
}

/* ---- musl's own names
 * ------------------------------------------------------------------------ */

static const struct tree own_trees[] = {
	{"reserved names are musl, whatever file there is; each is told once",
		{{"/app",
			 ELF(NEEDS("libc.so.6", "libm.so.6", "libc.so",
				 "libc.musl-x86_64.so.1", "libpthread.so.0", "librt.so.1",
				 "libdl.so.2", "libutil.so.1", "libxnet.so"))},
			{"/lib/libc.so.6", EMPTY}, {"/lib/libm.so.6", .text = "text"}},
		.want = "libc.so.6=musl libm.so.6=musl libpthread.so.0=musl "
			"librt.so.1=musl "
			"libdl.so.2=musl libutil.so.1=musl libxnet.so=musl"},
	{"names that only look like them",
		{{"/app", ELF(NEEDS("libc", "libm", "libcrypt.so.1", "libmvec.so.1",
				  "libresolv.so.2", "libdlx.so", "xlibc.so"))},
			{"/lib/libcrypt.so.1", EMPTY}, {"/lib/libm", EMPTY}},
		.want = "libm=/lib/libm libcrypt.so.1=/lib/libcrypt.so.1 libc!/app "
			"libmvec.so.1!/app libresolv.so.2!/app libdlx.so!/app "
			"xlibc.so!/app"},
	{"PT_INTERP's string is the loader's name, whole",
		{{"/app", ELF(.interp = "/lib64/ld-linux-x86-64.so.2",
				  NEEDS("/lib64/ld-linux-x86-64.so.2",
					  "ld-linux-x86-64.so.2"))}},
		.want = "ld-linux-x86-64.so.2!/app"},
	{"without PT_INTERP it is the path by which the loader was called",
		{{"/app", ELF(NEEDS("/lib/ld-musl-x86_64.so.1", "ld-musl-x86_64.so.1"))}},
		.want = "ld-musl-x86_64.so.1!/app"},
	{"a libc by its path is let go again",
		{{"/app", ELF(NEEDS("/opt/libc.so.6", "libx.so"))},
			{"/opt/libc.so.6", ELF(.symbols = {{.name = "__libc_start_main",
								   .defined = true,
								   .value = 1},
						       {.name = "stdin",
							       .defined = true,
							       .value = 1}})},
			{"/lib/libx.so", .link = "/opt/libc.so.6"}},
		.want = "libc.so=musl"},
};

static void musls_own_names(void **state)
{
	run_trees(state, own_trees, N(own_trees));
}

/* ---- preloads, and what is opened at run time
 * ------------------------------------------------- */

static const struct tree start_trees[] = {
	{"preloads come first, and what is missing of them is passed over",
		{{"/app", ELF(NEEDS("liba.so", "libp.so"))}, {"/lib/liba.so", EMPTY},
			{"/lib/libp.so", ELF(NEEDS("libq.so"))}, {"/opt/libr.so", EMPTY},
			{"/lib/libq.so", EMPTY}},
		.preload = " libnone.so:libp.so /opt/libr.so ",
		.want = "libp.so=/lib/libp.so /opt/libr.so=/opt/libr.so "
			"liba.so=/lib/liba.so libq.so=/lib/libq.so"},
	{"run paths do not count for preloads",
		{{"/app", ELF(.runpath = "/u")}, {"/u/libp.so", EMPTY}},
		.preload = "libp.so", .want = ""},
	{"a library that is opened: musl is there already",
		{{"/lib/liba.so", ELF(NEEDS("libb.so", "libc.so.6"))},
			{"/lib/libb.so", EMPTY}},
		.program = "/lib/liba.so", .dlopen = true,
		.want = "libb.so=/lib/libb.so libc.so.6=musl"},
	{"... and it is found again by its inode",
		{{"/lib/liba.so", ELF(NEEDS("libb.so"))},
			{"/lib/libb.so", ELF(NEEDS("liba.so"))}},
		.program = "/lib/liba.so", .dlopen = true,
		.want = "libb.so=/lib/libb.so"},
};

static void other_starts(void **state)
{
	run_trees(state, start_trees, N(start_trees));
}

/* ---- binding
 * ------------------------------------------------------------------------------------ */

/* References that stay open, as "symbol@object", for musl 1.2.5. */
static void open_references(struct world *w, char *out, size_t cap)
{
	const struct mu_closure *c = &w->closure;
	int variant = mu_variant_find("musl:1.2.5");

	assert_true(variant >= 0);
	*out = 0;
	for (size_t i = 0; i < c->open.n; i++) {
		const struct mu_open_ref *o = &c->open.v[i];
		const struct mu_node *node = &c->nodes.v[o->node];
		if (mu_open_ref_fails(c, o, variant))
			add(out, cap, node->file->elf->refs[o->ref].name, "@",
				node->name);
	}
}

#define DEFINED(symbol)                                     \
	{                                                   \
		.name = symbol, .defined = true, .value = 1 \
	}
#define SLOT(i)                             \
	{                                   \
		R_X86_64_JUMP_SLOT, i, true \
	}
#define DATA(i)                       \
	{                             \
		R_X86_64_64, i, false \
	}

static const struct tree bind_trees[] = {
	{"anybody in the scope answers, and musl; libraries first, the program last",
		{{"/app", ELF(NEEDS("liba.so", "libc.so"),
				  .symbols = {{.name = "puts"}, {.name = "fa"},
					  {.name = "none"}},
				  .relocs = {SLOT(1), SLOT(2), SLOT(3)})},
			{"/lib/liba.so", ELF(.symbols = {{.name = "in_app"},
						     {.name = "neither"}, DEFINED("fa")},
						 .relocs = {SLOT(1), SLOT(2)})}},
		.want = "in_app@/lib/liba.so neither@/lib/liba.so none@/app"},
	{"a library asks the program, too",
		{{"/app", ELF(NEEDS("liba.so"), .symbols = {DEFINED("in_app")})},
			{"/lib/liba.so", ELF(.symbols = {{.name = "in_app"}},
						 .relocs = {SLOT(1)})}},
		.want = ""},
	{"musl answers only where somebody asked for it",
		{{"/app", ELF(.symbols = {{.name = "puts"}}, .relocs = {SLOT(1)})}},
		.want = "puts@/app"},
	{"the LFS64 names are musl's without being asked for",
		{{"/app", ELF(.symbols = {{.name = "open64"}, {.name = "fcntl64"}},
				  .relocs = {SLOT(1), SLOT(2)})}},
		.want = "fcntl64@/app"},
	{"versions are not compared",
		{{"/app", ELF(NEEDS("liba.so"),
				  .symbols = {{.name = "f",
					  .version = "V1",
					  .file = "liba.so"}},
				  .relocs = {SLOT(1)})},
			{"/lib/liba.so", ELF(.symbols = {{.name = "f",
						     .version = "V2",
						     .defined = true,
						     .value = 1}})}},
		.want = ""},
	{"but a version that is not the default is not seen",
		{{"/app", ELF(NEEDS("liba.so"),
				  .symbols = {{.name = "f",
					  .version = "V1",
					  .file = "liba.so"}},
				  .relocs = {SLOT(1)})},
			{"/lib/liba.so", ELF(.symbols = {{.name = "f",
						     .version = "V1",
						     .hidden = true,
						     .defined = true,
						     .value = 1}})}},
		.want = "f@/app"},
	{"undefined and weak may stay away; weak definitions are definitions",
		{{"/app", ELF(NEEDS("liba.so"),
				  .symbols = {{.name = "w", .bind = STB_WEAK},
					  {.name = "v"}},
				  .relocs = {SLOT(1), SLOT(2)})},
			{"/lib/liba.so", ELF(.symbols = {{.name = "v",
						     .bind = STB_WEAK,
						     .type = STT_FUNC,
						     .defined = true,
						     .value = 1}})}},
		.want = ""},
	{"an undefined symbol without a relocation is nobody's",
		{{"/app", ELF(.symbols = {{.name = "nobody"}})}}, .want = ""},
	{"an indirect function does not answer",
		{{"/app", ELF(NEEDS("liba.so"), .symbols = {{.name = "f"}},
				  .relocs = {SLOT(1)})},
			{"/lib/liba.so", ELF(.symbols = {{.name = "f",
						     .bind = STB_GLOBAL,
						     .type = STT_GNU_IFUNC,
						     .defined = true,
						     .value = 1}})}},
		.want = "f@/app"},
	{"a copy is not taken from the program itself",
		{{"/app", ELF(NEEDS("liba.so"),
				  .symbols = {{.name = "x",
						      .defined = true,
						      .bind = STB_GLOBAL,
						      .type = STT_OBJECT,
						      .value = 8,
						      .size = 8},
					  {.name = "y",
						  .defined = true,
						  .bind = STB_GLOBAL,
						  .type = STT_OBJECT,
						  .value = 8,
						  .size = 8}},
				  .relocs = {{R_X86_64_COPY, 1, false},
					  {R_X86_64_COPY, 2, false}})},
			{"/lib/liba.so", ELF(.symbols = {DEFINED("y")})}},
		.want = "x@/app"},
	{"with the library missing, its symbols are, too",
		{{"/app", ELF(NEEDS("liba.so"), .symbols = {{.name = "f"}},
				  .relocs = {DATA(1)})}},
		.want = "f@/app"},
};

static void what_stays_open(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(bind_trees); i++) {
		const struct tree *t = &bind_trees[i];
		void *folder = NULL;
		struct world w;
		char got[1024];
		scratch_setup(&folder);
		open_world(&w, t);
		assert_int_equal(load(&w, t), 0);
		open_references(&w, got, sizeof got);
		if (strcmp(got, t->want))
			fail_msg("%s:\n got  %s\n want %s", t->name, got, t->want);
		close_world(&w);
		scratch_teardown(&folder);
	}
}

/* Two programs of one run share a library; what it finds differs by what they bring. */
static void one_library_in_two_programs(void **state)
{
	static const struct tree t = {
		.files = {{"/one/app",
				  ELF(.runpath = "$ORIGIN", NEEDS("liba.so", "libc.so"))},
			{"/two/app",
				ELF(.runpath = "$ORIGIN", NEEDS("liba.so", "libc.so"))},
			{"/lib/liba.so", ELF(NEEDS("libb.so"), .symbols = {{.name = "f"}},
						 .relocs = {SLOT(1)})},
			{"/one/libb.so", ELF(.symbols = {DEFINED("f")})},
			{"/two/libb.so", EMPTY}},
		.program = "/one/app",
	};
	struct world w;
	char got[256];

	(void)state;
	open_world(&w, &t);
	for (int round = 0; round < 2; round++) {
		struct mu_file *program;
		assert_int_equal(load(&w, &t), 0);
		open_references(&w, got, sizeof got);
		assert_string_equal(got, "");
		mu_closure_free(&w.closure);
		assert_int_equal(mu_store_open(w.store, w.root, "/two/app", &program), 0);
		assert_int_equal(
			mu_closure_load(&w.env, program, "/two/app", &w.closure), 0);
		open_references(&w, got, sizeof got);
		assert_string_equal(got, "f@/lib/liba.so");
		mu_closure_free(&w.closure);
	}
	close_world(&w);
}

/* ---- who defines a symbol
 * ------------------------------------------------------------------------ */

static void definers_and_shadows(void **state)
{
	static const struct tree t = {
		.files = {{"/app", ELF(NEEDS("liba.so", "libb.so"),
					   .symbols = {DEFINED("both")})},
			{"/lib/liba.so",
				ELF(.symbols = {DEFINED("both"), {.name = "old",
									 .version = "V",
									 .hidden = true,
									 .defined = true,
									 .value = 1}})},
			{"/lib/libb.so", ELF(.symbols = {{.name = "indirect",
						     .bind = STB_GLOBAL,
						     .type = STT_GNU_IFUNC,
						     .defined = true,
						     .value = 1}})}},
	};
	struct world w;
	enum mu_answer a = MU_ANSWER_NONE;

	(void)state;
	open_world(&w, &t);
	assert_int_equal(load(&w, &t), 0);
	assert_int_equal(mu_closure_definer(&w.closure, mu_hash("both", 4), -1, true), 0);
	assert_int_equal(mu_closure_definer(&w.closure, mu_hash("both", 4), 0, true), 1);
	assert_int_equal(
		mu_closure_definer(&w.closure, mu_hash("old", 3), -1, false), -1);
	assert_int_equal(
		mu_closure_definer(&w.closure, mu_hash("none", 4), -1, false), -1);
	assert_int_equal(mu_closure_shadow(&w.closure, mu_hash("old", 3), &a), 1);
	assert_int_equal(a, MU_ANSWER_HIDDEN);
	assert_int_equal(mu_closure_shadow(&w.closure, mu_hash("indirect", 8), &a), 2);
	assert_int_equal(a, MU_ANSWER_UNFIT);
	assert_int_equal(mu_closure_shadow(&w.closure, mu_hash("both", 4), &a), -1);
	close_world(&w);
}

/* ---- the store
 * ----------------------------------------------------------------------------------- */

static void files_are_read_once(void **state)
{
	static const struct tree t = {
		.files = {{"/app", EMPTY}, {"/lib/liba.so", EMPTY},
			{"/lib/other", .link = "liba.so"}, {"/text", .text = "text"},
			{"/short", .text = "\x7f"
					   "ELF"}},
	};
	struct world w;
	struct mu_file *a, *b, *c;

	(void)state;
	open_world(&w, &t);
	assert_int_equal(mu_store_open(w.store, w.root, "/lib/liba.so", &a), 0);
	assert_int_equal(mu_store_open(w.store, w.root, "/lib/liba.so", &b), 0);
	assert_int_equal(mu_store_open(w.store, w.root, "/lib/other", &c), 0);
	assert_ptr_equal(a, b);
	assert_ptr_equal(a, c);
	assert_non_null(a->elf);
	/* also what is not there, and what is no library */
	assert_int_equal(mu_store_open(w.store, w.root, "/none", &a), -ENOENT);
	assert_int_equal(mu_store_open(w.store, w.root, "/none", &a), -ENOENT);
	assert_int_equal(mu_store_open(w.store, w.root, "/lib", &a), -MU_E_NOT_REGULAR);
	assert_int_equal(mu_store_open(w.store, w.root, "/text", &a), 0);
	assert_int_equal(a->elf->facts.kind, MU_KIND_NOT_ELF);
	assert_int_equal(mu_store_open(w.store, w.root, "/short", &a), 0);
	assert_null(a->elf);
	assert_int_equal(a->why.code, -MU_E_TRUNCATED);
	close_world(&w);
}

#define in_scratch(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(where_it_looks),
		cmocka_unit_test(run_paths),
		cmocka_unit_test(what_ends_a_search),
		cmocka_unit_test(musls_own_names),
		cmocka_unit_test(other_starts),
		cmocka_unit_test(what_stays_open),
		in_scratch(one_library_in_two_programs),
		in_scratch(definers_and_shadows),
		in_scratch(files_are_read_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
