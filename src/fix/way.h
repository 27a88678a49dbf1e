/* SPDX-License-Identifier: MIT */
#ifndef MU_FIX_WAY_H
#define MU_FIX_WAY_H

#include <muslin/advice.h>

#include "fix.h"

/* Inside src/fix only. A way is a set of steps, tried on the simulated loader. */

/* From the least to the most invasive: the last step of a way gives it its id. */
enum step {
	STEP_PACKAGES,     /* packages that bring missing libraries */
	STEP_LIBC6_COMPAT, /* a layer's package is installed */
	STEP_GCOMPAT,
	STEP_PATH_FILE,   /* folders in /etc/ld-musl-ARCH.path */
	STEP_INTERPRETER, /* musl's loader in PT_INTERP */
	STEP_REMOVE,      /* glibc's loader out of DT_NEEDED */
	STEP_COMPANION,   /* libraries beside musl into DT_NEEDED */
	STEP_ADD_GCOMPAT, /* libgcompat.so.0 into DT_NEEDED */
	STEP_RPATH,
	STEP_COUNT,
};
#define BIT(step) (1u << (step))

#define MAX_COMPANIONS 8
#define LIBGCOMPAT "libgcompat.so.0"

/** struct way: what is done to the file and the target; strings are an arena's */
struct way {
	unsigned steps;                         /* bits */
	const char *companions[MAX_COMPANIONS]; /* sonames */
	const char *companion_packages[MAX_COMPANIONS];
	size_t ncompanions;
	const char *folders; /* for the path file or the run path: a:b */
	const char *rpath;   /* all of the new run path */
};

/** struct problem: what a target makes of a file as it is */
struct problem {
	struct job *job;
	const struct target *t;
	size_t index; /* of the target */
	enum mu_mode mode;
	bool module;           /* opened or linked: nothing starts it */
	struct mu_result base; /* without a layer, or any other step */
	size_t left;           /* problems in it */
	struct mu_result rest; /* with the way gone that leaves least */
};

/** step_name: "packages", "gcompat", "set-interpreter" … */
const char *step_name(enum step step);

/** count_left: what a loader still misses; symbols of a host process do not count */
size_t count_left(const struct mu_result *r);

/* trial.c */
/** try_way: the simulated loader's result with a way gone
 * @a: where the result is put
 * @raw: NULL, or the result before packages were taken for installed
 *
 * Returns: 0 or -ENOMEM.
 */
int try_way(const struct problem *p, const struct way *way, struct mu_arena *a,
	struct mu_result *ret, struct mu_result *raw);

/* folders.c */
/** find_folders: where the libraries are that a loader does not find
 * @abs: set to folders joined by colons, from the root's top; NULL: none
 * @rpath: set to all of the run path that the file should have; NULL: it cannot be told
 *	in a command
 */
int find_folders(const struct problem *p, struct mu_arena *a, const char **abs,
	const char **rpath);

/* show.c */
/** show_way: have a real loader confirm a way, where options of it can show it
 * @after: its result
 * @verified: set to whether it did; a loader that differs is a finding
 *
 * Returns: 0 or -ENOMEM.
 */
int show_way(const struct problem *p, const struct way *way,
	const struct mu_result *after, bool *verified);

/* proposal.c, shop.c */
/** is_line: whether a text out of a file fits on a line: it is short, and nothing in it
 * but printed characters
 */
bool is_line(const char *s);
/** shell_word: a name as one word of a shell command
 * Returns: NULL where it is no line, or memory ran out.
 */
const char *shell_word(struct mu_arena *a, const char *s);
/** is_plain: whether a name out of a file may become part of a command */
bool is_plain(const char *s);
/** enum rank: the order of fixes, of one target and all together */
enum rank {
	RANK_NOTHING,
	RANK_ITSELF, /* the program itself, as Alpine has it; what is known of it by name
		      */
	RANK_SOLVED, /* all that was missing is there */
	RANK_REBUILD,
	RANK_PART,   /* something remains */
	RANK_BESIDE, /* a glibc brought along */
	RANK_STAY,
	RANK_ALSO, /* about what it does once it runs */
};
/** add_fix: put a fix into the report, behind those of its rank, unless the same is
 * there for another target
 */
int add_fix(struct job *job, enum rank rank, const struct mu_fix *fix);
/** propose_way: make a fix of a way that was tried
 * @after: its result, in the report's arena
 * @raw: the same before packages were taken for installed
 */
int propose_way(const struct problem *p, const struct way *way,
	const struct mu_result *after, const struct mu_result *raw);
/** propose_elsewhere: no package of this release brings a library, others do
 * @guess: apk may know more, and no way says so yet
 */
int propose_elsewhere(const struct problem *p, bool guess);

/* advice.c */
/** propose_nothing: it runs as it is */
int propose_nothing(struct job *job, const struct target *t, const char *why);
/** propose_advice: what no simulation can show
 * @solved: some way clears everything
 */
int propose_advice(const struct problem *p, bool solved);
/** propose_also: what to mind once it runs, by what was found in the file */
int propose_also(const struct problem *p);

#endif
