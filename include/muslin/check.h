/* SPDX-License-Identifier: MIT */
#ifndef MUSLIN_CHECK_H
#define MUSLIN_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <muslin/db.h>
#include <muslin/fixes.h>
#include <muslin/object.h>
#include <muslin/packages.h>
#include <muslin/rules.h>

/* ---- what is asked ------------------------------------------------------ */

enum mu_mode {
	MU_MODE_START,
	MU_MODE_DLOPEN_NOW,
	MU_MODE_DLOPEN_LAZY,
	MU_MODE_COUNT,
};

/** mu_mode_name: "start", "dlopen-now", "dlopen-lazy"
 * Since: 0.1
 */
const char *mu_mode_name(enum mu_mode mode);

/** struct mu_check_options: one run; all pointers are borrowed until it is closed */
struct mu_check_options {
	const char *const *targets; /* "alpine:3.22" …; none: the newest release */
	size_t ntargets;
	const char *target_root; /* NULL, or a folder with the real target */
	const char *arch;        /* NULL: each file's own */
	unsigned layers;         /* bits 1 << mu_layer; 0: auto, the least that works */
	unsigned modes;          /* bits 1 << mu_mode; 0: start */
	const char *root;        /* NULL: "/" */
	const char *library_path, *preload;
	const char *const *asserts; /* "musl", "glibc<=2.28" … */
	size_t nasserts;
	const char *const *ignores; /* "RULE" or "RULE:GLOB" */
	size_t nignores;
	const char *const *db_files; /* further data, see muslin-db(1) */
	size_t ndb_files;
	const char *verify; /* NULL, or the path of a real musl loader */
	unsigned threads;   /* 0: one a processor */
};

/** struct mu_target: a target as the run understood it */
struct mu_target {
	const char *name;                 /* "alpine:3.22" */
	const char *libc_version;         /* "1.2.5" */
	const char *arch;                 /* asked for by --arch; NULL: of each file */
	const struct mu_release *release; /* NULL for a bare musl */
};

/* ---- what is found ------------------------------------------------------ */

enum mu_status {
	MU_STATUS_LOADS,
	MU_STATUS_FAILS,
	MU_STATUS_NOT_APPLICABLE,
};

enum mu_origin {
	MU_ORIGIN_GLIBC,
	MU_ORIGIN_LIBRARY, /* of a library, most likely one that is missing */
	MU_ORIGIN_HOST,    /* of the process that opens the plugin */
	MU_ORIGIN_UNKNOWN,
};

enum mu_verdict {
	MU_VERDICT_NATIVE,     /* built for musl or needs no libc, and loads */
	MU_VERDICT_COMPATIBLE, /* loads as it is, if need be with a layer */
	MU_VERDICT_FIXABLE, /* does not load as it is; what is missing can be brought */
	MU_VERDICT_INCOMPATIBLE, /* needs what neither musl nor a layer has */
	MU_VERDICT_UNKNOWN,      /* cannot be told, or the question does not arise */
	MU_VERDICT_COUNT,
};

struct mu_missing_library {
	const char *name, *needed_by;
	const char *reason; /* as the loader tells it: "No such file or directory" */
	bool in_the_way;    /* a file of that name was found, and is no library */
	/* of a target that is a release of Alpine; else nothing: */
	const struct mu_provider *packages; /* that bring it, the best first */
	size_t npackages;
	uint32_t releases_with;  /* in which some package brings it: mu_release_bit() */
	bool possible;           /* … but no more than possibly, in any of them */
	const char *elsewhere;   /* a package that brings it in the newest of these */
	const char *other;       /* the same library under another soname; NULL */
	struct mu_provider from; /* … and who brings that */
};

struct mu_missing_symbol {
	const char *object, *symbol;
	const char *version; /* NULL where none is asked for */
	enum mu_origin origin;
	const char *host;   /* "node" …, where the origin is a host that is known */
	const char *shadow; /* an object that has it in a form musl does not bind; NULL */
	bool hidden;        /* … namely in a non-default version */
};

struct mu_bad_relocation {
	const char *object;
	uint32_t type;
	const char *name; /* NULL when the number has no name here */
};

struct mu_tls_error {
	const char *object;
	const char *symbol;     /* NULL: the object's own block */
	const char *definition; /* object that has it */
};

struct mu_loaded_library {
	const char *name, *path;
};

/** struct mu_copy: a copy relocation whose size is not musl's */
struct mu_copy {
	const char *symbol;
	uint64_t program_size, musl_size; /* bytes */
};

/** struct mu_tree_node: what is loaded and by whom, for drawing
 *
 * Node 0 is the file itself. Children stand in the order of DT_NEEDED.
 */
struct mu_tree_edge {
	const char *name;
	int node; /* index in mu_result.tree; -1: missing */
};
struct mu_tree_node {
	const char *path; /* as the loader writes it; musl's own name for itself */
	bool is_libc;
	bool preloaded; /* nobody asked for it */
	const struct mu_tree_edge *edges;
	size_t nedges;
};

/** struct mu_result: one file on one target, under one layer, in one mode */
struct mu_result {
	size_t target; /* index of mu_check_target_at() */
	enum mu_layer layer;
	enum mu_mode mode;
	bool interpreter_found; /* or needs none */
	enum mu_status status;
	bool works; /* starts (or opens), what a host provides taken for given */
	const struct mu_missing_library *missing_libraries;
	size_t nmissing_libraries;
	const struct mu_missing_symbol *missing_symbols;
	size_t nmissing_symbols;
	const struct mu_missing_symbol *deferred_symbols; /* dlopen-lazy: when called */
	size_t ndeferred_symbols;
	const struct mu_bad_relocation *bad_relocations;
	size_t nbad_relocations;
	const struct mu_tls_error *tls_errors; /* dlopen modes */
	size_t ntls_errors;
	const char *relr_ignored; /* first object whose DT_RELR this musl ignores; NULL */
	const struct mu_copy *copies;
	size_t ncopies;
	const struct mu_loaded_library *loaded;
	size_t nloaded;
	const struct mu_tree_node *tree;
	size_t ntree;
	const char *verified; /* NULL: not asked; "agrees", or where it differs */
};

struct mu_finding {
	enum mu_rule_id rule;
	enum mu_severity severity;
	const char *message;
	const char *object;    /* NULL: the file itself */
	const char *symbol;    /* NULL */
	const char *subject;   /* a library that it is about; NULL */
	const char *target;    /* NULL: holds whatever the target */
	enum mu_origin origin; /* of a missing symbol */
	bool shadowed; /* … which some object has in a form musl does not bind */
};

/** struct mu_report_owner: who brought a file; members but .kind are NULL for nobody */
struct mu_report_owner {
	const char *kind; /* "distro", "language", "app" */
	const char *manager, *package, *version;
};

/** struct mu_report: all about one file */
struct mu_report {
	const char *path;
	const struct mu_object *object; /* NULL when unreadable */
	const char *unreadable;         /* why; NULL */
	enum mu_verdict verdict;
	const struct mu_result *results;
	size_t nresults;
	struct mu_finding *findings;
	size_t nfindings;
	const struct mu_fix *fixes;
	size_t nfixes;
	const struct mu_release *oldest_release; /* NULL: none, or not asked for */
	enum mu_layer oldest_layer;
	const struct mu_report_owner *owner; /* borrowed; NULL where nobody asked */
	struct mu_report_memory *memory;     /* private */
};

/** mu_verdict_name: "native", "compatible" …
 * Since: 0.1
 */
const char *mu_verdict_name(enum mu_verdict verdict);

/** mu_status_name: "loads", "fails", "not-applicable"
 * Since: 0.1
 */
const char *mu_status_name(enum mu_status status);

/** mu_origin_name: "glibc", "library", "host", "unknown"
 * Since: 0.1
 */
const char *mu_origin_name(enum mu_origin origin);

/* ---- a run -------------------------------------------------------------- */

struct mu_check;

/** mu_check_open: make ready for a run
 * @opts: borrowed until mu_check_close()
 * @ret: to be freed with mu_check_close()
 *
 * Returns: 0; -MU_E_UNKNOWN_TARGET, -MU_E_UNKNOWN_MACHINE, -MU_E_USAGE for what was
 * asked wrongly; another negative code where a root or the loader cannot be read.
 * Since: 0.1
 */
int mu_check_open(
	const struct mu_check_options *opts, struct mu_check **ret, struct mu_error *err);

/** mu_check_close: end a run; reports of it must be freed before. NULL is fine
 * Since: 0.1
 */
void mu_check_close(struct mu_check *check);

/** mu_check_target_at: the targets of the run
 * Returns: NULL past the last.
 * Since: 0.1
 */
const struct mu_target *mu_check_target_at(const struct mu_check *check, size_t i);

/** mu_check_files: check @n files, on as many threads as were asked for
 * @paths: of the files
 * @ret: @n reports, in the order of @paths, each to be freed with mu_report_free()
 *
 * A file that cannot be read is a report like any other.
 * Returns: 0 or -ENOMEM.
 * Since: 0.1
 */
int mu_check_files(struct mu_check *check, const char *const *paths, size_t n,
	struct mu_report **ret);

/** mu_report_free: free a report; NULL is fine
 * Since: 0.1
 */
void mu_report_free(struct mu_report *report);

/** mu_report_best_fix: what to do about a file first
 * Returns: NULL where nothing is to be done, or nothing is known.
 * Since: 0.1
 */
const struct mu_fix *mu_report_best_fix(const struct mu_report *report);

/** mu_fix_is_part: whether a fix clears a part of what is missing, and not all
 * Since: 0.1
 */
bool mu_fix_is_part(const struct mu_fix *fix);

#endif
