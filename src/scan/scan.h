/* SPDX-License-Identifier: MIT */
#ifndef MU_SCAN_SCAN_H
#define MU_SCAN_SCAN_H

#include <muslin/packages.h>
#include <muslin/scan.h>

#include "core/arena.h"
#include "core/map.h"
#include "scan/config.h"
#include "tree/owners.h"
#include "tree/tree.h"

/*
 * scan/: one source from its files to the plan. scan.c drives; config*.c and scripts.c
 * look at what is no ELF file; plan*.c says what to do; emit.c writes the Dockerfile.
 */

/** struct scan_object: an ELF file */
struct scan_object {
	const struct mu_entry *entry;
	const struct mu_report *report; /* owned by the scan */
	const struct mu_owner *owner;   /* NULL: the user's own */
	enum mu_owner_kind kind;
	const struct mu_fix *fix; /* that the plan takes: it clears everything; NULL */
	bool covered; /* a program of the user's own, which starts, loads it */
};

/** struct scan_script: an executable script */
struct scan_script {
	const struct mu_entry *entry;
	const struct mu_report *report; /* owned by the scan */
	const struct mu_owner *owner;
	enum mu_owner_kind kind;
	const char *interpreter; /* as it stands behind "#!" */
	const char *program;     /* that truly runs: "python3"; NULL: not told */
	const char *package;     /* of Alpine, that brings the program; NULL */
	bool builtin;            /* Alpine's base has the program (sh) */
};

/** struct scan_package: an installed package and what it becomes */
struct scan_package {
	const struct mu_owner *owner;
	struct mu_deb map; /* dpkg: Alpine's answer, where .known */
	bool known;
};

/** struct plan_package: something to install on the target */
struct plan_package {
	const char *name;
	const char *repo; /* "main", "community"; NULL: not told */
	enum mu_certainty certainty;
	uint64_t size;              /* installed bytes; 0: not known */
	const char *const *reasons; /* "chosen in the image (postgresql-client-15)",
				       "/opt/app/bin/server needs libpq.so.5", sorted */
	size_t nreasons;
};

/** struct plan_copy: files of the user's own that go along */
struct plan_copy {
	const char *path; /* a folder, where all of it is the user's, or a file */
	bool folder;
	uint64_t size; /* bytes */
	size_t nfiles;
	const char *owner; /* "app:app" where all of it has one owner that is not root */
};

/** struct plan_step: something that a person or the Dockerfile does */
struct plan_step {
	const char *id;    /* "install", "rebuild", "configure", "users", "test" … */
	const char *title; /* one line */
	const char *const *details;
	size_t ndetails;
	const char *const *commands;
	size_t ncommands;
	bool manual; /* nobody but a person can do it */
};

/** enum plan_outcome: the answer in one word */
enum plan_outcome {
	PLAN_MOVES,         /* runs on the target as it is */
	PLAN_WITH_PACKAGES, /* … with packages, or files copied along */
	PLAN_WITH_LAYER,    /* … with gcompat or another layer */
	PLAN_WITH_WORK,     /* something must be rebuilt or replaced first */
	PLAN_STAYS,         /* cannot move: what it needs nobody has */
	PLAN_NOTHING,       /* nothing of the user's own is in it */
};

struct plan_count {
	size_t native, compatible, fixable, incompatible, unknown;
	size_t files; /* ELF files */
	size_t scripts;
};

struct mu_plan {
	enum plan_outcome outcome;
	const char *headline; /* one sentence that a manager reads */
	struct plan_count app, language, distro;
	const char *layer; /* that the image needs: "gcompat"; NULL */
	const char *base;  /* "alpine:3.22", "node:22-alpine3.22", "scratch",
			      "debian:bookworm-slim" */
	const char *base_why;
	const char *const *base_others; /* "gcr.io…"-like names with their why, lines */
	size_t nbase_others;
	uint64_t size_now, size_then; /* bytes; then: the base, packages and copies */
	bool size_partial;            /* sizes of some packages are not known */
	MU_VEC(struct plan_package) install; /* sorted by name */
	struct mu_map installed;             /* by name; numbers until sorted */
	MU_VEC(struct plan_copy) copies;     /* sorted by path */
	MU_VEC(struct plan_step) steps;      /* in the order to be done */
	const char *dockerfile;
};

struct mu_scan {
	struct mu_scan_options opts;
	struct mu_check *check;               /* owned */
	struct mu_tree *tree;                 /* owned */
	struct mu_owners *owners;             /* owned */
	const struct mu_target *target;       /* the first */
	const struct mu_machine *machine;     /* of most of the files; NULL */
	MU_VEC(struct scan_object) objects;   /* sorted by path */
	MU_VEC(struct scan_script) scripts;   /* sorted by path */
	MU_VEC(struct scan_package) packages; /* as mu_owners_at() */
	struct mu_config config; /* findings of configuration and of scripts, accounts */
	struct mu_plan plan;
	struct mu_arena arena; /* everything else */
};

/* scan.c */
/** scan_owner_of: whose an entry is; what is in an archive is the archive's */
const struct mu_owner *scan_owner_of(
	const struct mu_scan *scan, const struct mu_entry *entry);

/** scan_kind_of: what nobody owns is the user's own */
static inline enum mu_owner_kind scan_kind_of(const struct mu_owner *owner)
{
	return owner ? owner->kind : MU_OWNER_APP;
}

/* scan_scripts.c */
/** scan_scripts: read scan->scripts, and add what is found in them to the findings */
int scan_scripts(struct mu_scan *scan);

/* plan.c */
/** plan_make: fill in scan->plan from all the rest; 0 or -ENOMEM */
int plan_make(struct mu_scan *scan);
void plan_free(struct mu_plan *plan);

/* emit.c */
/** emit_dockerfile: scan->plan.dockerfile; 0 or -ENOMEM */
int emit_dockerfile(struct mu_scan *scan);

#endif
