/* SPDX-License-Identifier: MIT */
#ifndef MU_RULES_RUN_H
#define MU_RULES_RUN_H

#include <pthread.h>

#include <muslin/check.h>

#include "loader/loader.h"

#define MAX_TARGETS 64
/* ways to look: machines × what layers bring by release × starts, those used in a run */
#define MAX_ENVS 1024

struct target {
	struct mu_target pub;
	char name[64];
	bool bare;                        /* "musl:V": ROOT by the loader's own rules */
	int view;                         /* whose symbols: see mu_open_ref_fails() */
	int variant;                      /* the database's variant of the same version */
	const struct mu_machine *machine; /* of a real target root; NULL: any */
};

/* A way to look. Releases whose layer brings the same share one, and so the work. */
struct env_slot {
	struct mu_env env;
	bool bare;
	enum mu_layer layer;
	int gcompat;                /* mu_gcompat_version(), -1 for other layers */
	uint64_t files;             /* bit: mu_layer_file_at() that is in it */
	struct mu_overlay *overlay; /* owned */
	char *strings;              /* owned: what the overlay's paths point into */
};

/* A libc that a --db file brings, on the machines that it tells of. */
struct extra_libc {
	char name[64], version[32];
	int view, variant;
	struct mu_elf *elf[MU_MACHINE_COUNT]; /* owned */
};
#define MAX_EXTRA 4

struct mu_check {
	struct mu_check_options opts;
	struct extra_libc extra[MAX_EXTRA];
	size_t nextra;
	struct target targets[MAX_TARGETS];
	size_t ntargets;
	unsigned threads;
	const struct mu_machine *arch; /* NULL: each file's own */
	struct mu_root *root;          /* owned */
	struct mu_root *target_root;   /* owned; NULL */
	struct mu_tree *target_tree;   /* owned; what target_root is of; NULL */
	bool (*is_own)(
		const void *ctx, const struct mu_entry *entry); /* NULL: by folder */
	const void *own_ctx;
	struct mu_object *real_libc;     /* owned; NULL */
	struct mu_store *store;          /* owned */
	pthread_mutex_t lock;            /* of envs */
	struct env_slot *envs[MAX_ENVS]; /* owned */
	size_t nenvs;
};

struct mu_report_memory {
	struct mu_arena arena;
};

/* closures of one file: targets that look the same way share one */
struct job_closure {
	const struct mu_env *env; /* NULL: not used yet */
	struct mu_closure c;
};
/** struct outcome: what was found on one target */
struct outcome {
	size_t first, end;  /* its results, in job.results */
	enum mu_layer best; /* the least that works, else the last that was tried */
	bool judged;        /* a loader has a say in it, and there is such a target */
	bool works;         /* with .best */
	enum mu_verdict verdict;
};

#define MAX_CLOSURES 96 /* releases × layers × starts, and the bare ones */

/** struct job: one file being checked */
struct job {
	struct mu_check *run;
	struct mu_report *report;
	struct mu_arena *arena; /* the report's */
	struct mu_file *file;
	const struct mu_env *env; /* to look this way, whatever the target and the layer
				     say; NULL */
	const struct mu_object *o;
	const struct mu_machine
		*machine; /* of the targets, for this file; NULL: unknown */
	struct job_closure closures[MAX_CLOSURES];
	struct outcome outcomes[MAX_TARGETS];
	MU_VEC(struct mu_result) results;
	MU_VEC(struct mu_finding) findings;
	int *fix_ranks;         /* of the report's fixes, as src/fix orders them; arena */
	struct mu_exports told; /* hashes of the findings: each is told once */
};

/* targets.c */
int targets_open(struct mu_check *run, struct mu_error *err);
/** layer_exists: whether a layer can be had on a target */
bool layer_exists(
	const struct target *t, const struct mu_machine *m, enum mu_layer layer);
/** layer_of: the layer that a name means on a target */
enum mu_layer layer_of(const struct target *t, enum mu_layer layer);
/** env_for: how a loader looks on a target with a layer; NULL when out of memory */
const struct mu_env *env_for(struct mu_check *run, const struct target *t,
	const struct mu_machine *m, enum mu_layer layer, enum mu_start start);
/** release_target: a target for a release that was not asked for */
void release_target(const struct mu_release *r, struct target *ret);

/** variant_of_version: the database's musl of a version, the newest for unknown ones */
int variant_of_version(const char *version);

/** musl_version_in: the version that a libc.so tells; "" for none
 * @p: the file, @n bytes
 */
void musl_version_in(const char *p, size_t n, char *ret, size_t cap);

/* extra.c */
/** extra_open: read the --db files */
int extra_open(struct mu_check *run, struct mu_error *err);
/** extra_target: fill in a target whose libc was loaded
 * Returns: 1, 0 where none was, or a negative code.
 */
int extra_target(struct mu_check *run, const char *name, struct target *t);
void extra_close(struct mu_check *run);

/* cell.c */
/** cell_run: one result; 0 or -ENOMEM */
int cell_run(struct job *job, const struct target *t, size_t index, enum mu_layer layer,
	enum mu_mode mode, struct mu_result *ret);
/** cell_works: only whether it works; 1, 0 or -ENOMEM */
int cell_works(
	struct job *job, const struct target *t, enum mu_layer layer, enum mu_mode mode);
/** needs_loader: whether musl's loader has a say in the file at all */
bool needs_loader(const struct mu_object *o);

/* packages.c */
/** packages_find: which packages of a target bring a missing library; 0 or -ENOMEM */
int packages_find(struct job *job, const struct target *t, struct mu_missing_library *m);
/** packages_brought: whether some package of the target brings a missing library */
bool packages_brought(const struct mu_missing_library *m);
/** packages_bring: whether with the packages of the target, and what they are assumed to
 * export, nothing is missing any more
 */
bool packages_bring(const struct target *t, const struct mu_result *r);
/** packages_answer: whether a library that a package brings defines a missing symbol,
 * as far as its soname and its GCC tell
 */
bool packages_answer(const struct target *t, const struct mu_missing_symbol *m);
/** packages_lack: "not in alpine:3.24; 3.12 to 3.16 have it (libssl1.1)"
 * Returns: "" where a package has it, or the target has none; NULL when out of memory.
 */
const char *packages_lack(
	struct mu_arena *a, const struct target *t, const struct mu_missing_library *m);
/** packages_unseen: nothing is known of it, and not all of the release's indices were
 * read: only apk can tell
 */
bool packages_unseen(const struct target *t, const struct mu_missing_library *m);

/* findings.c */
__attribute__((format(printf, 6, 7))) int add_finding(struct job *job,
	enum mu_rule_id rule, enum mu_severity severity, const struct target *t,
	const char *symbol, const char *fmt, ...);
int file_findings(struct job *job);
int result_findings(
	struct job *job, const struct target *t, const struct mu_result *r, bool fatal);
void drop_ignored(struct job *job);

/* asserts.c */
int asserts_parse(const struct mu_check_options *opts, struct mu_error *err);
int assert_findings(struct job *job);

/* verify.c */
/** verify_open: make sure that --verify names the loader that the targets have */
int verify_open(struct mu_check *run, struct mu_error *err);
/** verify_result: ask the real loader, and set @r->verified; 0 or -ENOMEM */
int verify_result(struct job *job, struct mu_result *r);
/** verify_with: ask it with options of its own; a difference is a finding
 * @r: what is simulated with the same options
 */
int verify_with(struct job *job, const struct mu_result *r, const char *library_path,
	const char *preload, bool *agrees);

/* judge.c */
/** can_be_brought: only an interpreter or libraries are missing: things to put there */
bool can_be_brought(const struct mu_result *r);
/** worst_verdict: the report's verdict is the worst of its targets' */
void worst_verdict(struct job *job);
int judge_file(struct job *job);

#endif
