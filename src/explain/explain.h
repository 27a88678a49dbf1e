/* SPDX-License-Identifier: MIT */
#ifndef MU_EXPLAIN_EXPLAIN_H
#define MU_EXPLAIN_EXPLAIN_H

#include <stdbool.h>
#include <stdint.h>

#include <muslin/explain.h>

#include "core/arena.h"
#include "tables.h"

#define MAX_LINE 8192      /* of a line this much is looked at */
#define MAX_EVIDENCE 8     /* lines kept of a diagnosis */
#define MAX_SHOWN_LINE 600 /* bytes kept of such a line */
#define MAX_FINDS 8192     /* different things that a text tells */
#define MAX_DRAFTS 256
#define MAX_OTHERS 2000
#define MAX_PACKAGES 24
#define MAX_FIXES 12

/* ---- lines: what a log wraps around them ------------------------------------------ */

/** struct line: one line of the text */
struct line {
	const char *raw; /* as it came, without its end */
	size_t nraw;
	size_t number; /* the first is 1 */
	const char *p; /* what is looked at: colours taken out, quotes made plain */
	size_t n;
};

struct lines {
	const char *at, *end;
	size_t number;
	char buffer[MAX_LINE];
};

bool lines_next(struct lines *l, struct line *ret);

/* ---- needles: which patterns a line may match at all ------------------------------- */

struct needles;

/** needles_open: an automaton of the needles of all patterns; case does not matter */
int needles_open(struct needles **ret);
void needles_free(struct needles *n);

/** needles_find: set the bit of each pattern one of whose needles is in the line
 * Returns: whether there is any.
 */
bool needles_find(const struct needles *n, const char *p, size_t len, uint64_t *bits);

#define PATTERN_WORDS 8 /* of 64 bits; the generator refuses more patterns */

/* ---- matching ---------------------------------------------------------------------- */

enum { GROUP_SUBJECT, GROUP_OBJECT, GROUP_BY, GROUP_WRAP, GROUP_COUNT };

/** struct match: what a pattern found in a line; borrowed from the line */
struct match {
	const char *p[GROUP_COUNT]; /* NULL: not there */
	size_t n[GROUP_COUNT];
};

struct matcher;

int matcher_open(struct matcher **ret);
void matcher_free(struct matcher *m);

/** matcher_try: match one pattern
 * Returns: 1, 0, or -ENOMEM.
 */
int matcher_try(
	struct matcher *m, size_t pattern, const char *p, size_t n, struct match *ret);

/** matcher_strip: how much of a line's beginning is a time or a name of a log's */
size_t matcher_strip(struct matcher *m, const char *p, size_t n);

/** matcher_usable: whether an expression that was tried is one */
bool matcher_usable(const struct matcher *m, size_t pattern);

/** matcher_spent: whether the text took more work than any honest one */
bool matcher_spent(const struct matcher *m);

/* ---- what was found -----------------------------------------------------------------
 */

/** struct find: one thing that the text tells, on one line or many alike */
struct find {
	const struct mu_tab_pattern *pattern;
	const char *group[GROUP_COUNT]; /* arena; NULL */
	struct mu_evidence evidence[MAX_EVIDENCE];
	size_t nevidence, nlines;
};

/** struct context: what the text tells of the system */
struct context {
	const struct mu_release *release; /* NULL: not told */
	const struct mu_machine *machine; /* NULL: not told */
	bool glibc;                       /* a glibc distribution is at work in it */
	bool alpine;                      /* … Alpine, or musl */
	bool gcompat;                     /* gcompat was installed */
	bool musl_build; /* a file is said to be built for musl, by its name */
};

/** enum place: what a text's braces may hold */
enum place {
	PLACE_SUBJECT,
	PLACE_OBJECT,
	PLACE_BY,
	PLACE_RELEASE, /* of the target */
	PLACE_TARGET,
	PLACE_SINCE,   /* a release that has what is missing */
	PLACE_VERSION, /* of musl, glibc or GCC */
	PLACE_NAME,    /* what a symbol maps to, a relocation's name … */
	PLACE_PACKAGE,
	PLACE_HOST,
	PLACE_FAMILY,
	PLACE_ADVICE,
	PLACE_INTERP,
	PLACE_MACHINE,
	PLACE_COUNT,
};

/** struct draft: a diagnosis in the making */
struct draft {
	const struct mu_tab_pattern *pattern;
	const struct mu_tab_text *text;
	const char *certainty;
	const char *place[PLACE_COUNT]; /* arena or constant; NULL */
	struct mu_evidence evidence[MAX_EVIDENCE];
	size_t nevidence, nlines;
	MU_VEC(const char *) others; /* heap */
	const char *packages[MAX_PACKAGES];
	size_t npackages;
	const char *notes[MAX_PACKAGES]; /* caveats of these */
	size_t nnotes;
	bool library; /* the object is a library */
	bool module;  /* … that a program of musl opens, as far as its path tells */
	bool folded;  /* told by another one */
	const struct mu_release *since;
	const char *symbol; /* whose library beside musl may help */
	const struct mu_software *software;
};

struct mu_explanation {
	struct mu_arena arena;
	const struct mu_explain_options *opts;
	struct context context;
	const struct mu_machine *machine; /* asked for, told, or x86_64 */
	const struct mu_release *release; /* target; NULL: a bare musl */
	int variant;                      /* … its libc */
	char target[64];
	const char *target_from; /* "option", "text", "default" */
	struct find *finds;      /* heap */
	size_t nfinds;
	struct draft *drafts; /* heap */
	size_t ndrafts;
	struct mu_diagnosis *diagnoses; /* arena */
	size_t ndiagnoses;
	size_t nlines;
	bool cut; /* not all of it was looked at */
	struct mu_check *check;
	struct mu_report *report;
};

/* read.c: collect what the text tells */
int read_text(struct mu_explanation *x, const char *text, size_t n);

/* words.c: a bare symbol, soname, package …; a find where it is one */
int read_word(struct mu_explanation *x, const char *text, size_t n);

/* resolve.c: what a find means */
/** resolve: fill in a draft
 * Returns: 1; 0 where it is nothing after all; -ENOMEM.
 */
int resolve(struct mu_explanation *x, const struct find *f, struct draft *d);

/** struct resolver: how subjects of one kind are looked up; same results as resolve() */
struct resolver {
	const char *name;
	int (*run)(struct mu_explanation *x, const struct find *f, struct draft *d);
};
int resolve_symbol(struct mu_explanation *x, const struct find *f, struct draft *d);
int resolve_link_symbol(struct mu_explanation *x, const struct find *f, struct draft *d);
int resolve_soname(struct mu_explanation *x, const struct find *f, struct draft *d);
int resolve_glibc_soname(struct mu_explanation *x, const struct find *f, struct draft *d);
int resolve_package(struct mu_explanation *x, const struct find *f, struct draft *d);
int resolve_program(struct mu_explanation *x, const struct find *f, struct draft *d);
int resolve_command(struct mu_explanation *x, const struct find *f, struct draft *d);
int resolve_command_known(
	struct mu_explanation *x, const struct find *f, struct draft *d);
int resolve_interpreter(struct mu_explanation *x, const struct find *f, struct draft *d);
int resolve_header(struct mu_explanation *x, const struct find *f, struct draft *d);
int resolve_pkgconfig(struct mu_explanation *x, const struct find *f, struct draft *d);
int resolve_relocation(struct mu_explanation *x, const struct find *f, struct draft *d);
int resolve_native(struct mu_explanation *x, const struct find *f, struct draft *d);
int resolve_native_known(struct mu_explanation *x, const struct find *f, struct draft *d);
int resolve_gcompat_crash(
	struct mu_explanation *x, const struct find *f, struct draft *d);
int resolve_frames(struct mu_explanation *x, const struct find *f, struct draft *d);
int resolve_crash(struct mu_explanation *x, const struct find *f, struct draft *d);
int resolve_tag(struct mu_explanation *x, const struct find *f, struct draft *d);

/** draft_text: the draft's text, by its id */
int draft_text(struct draft *d, const char *id);

/** draft_package: a package that helps; several are for one apk line */
int draft_package(struct mu_explanation *x, struct draft *d, const char *package);

/** draft_providers: the packages that provide a name in the target's release */
int draft_providers(struct mu_explanation *x, struct draft *d, enum mu_provided kind,
	const char *name);

/** release_since: the first release after which all have a bit of the mask set */
const struct mu_release *release_since(uint32_t releases);

/** is_library: whether a path is a library's */
bool is_library(const char *path);

/* group.c: one diagnosis a cause */
int group_finds(struct mu_explanation *x);

/* fixes.c */
int make_fixes(
	struct mu_explanation *x, const struct draft *d, struct mu_fix **ret, size_t *n);

int make_questions(
	struct mu_explanation *x, const struct draft *d, struct mu_diagnosis *g);

/* fill.c: texts with places in braces */
/** fill: @text with its places filled in
 * @shell: what is filled in becomes part of a command
 * Returns: arena; NULL when out of memory.
 */
const char *fill(
	struct mu_explanation *x, const struct draft *d, const char *text, bool shell);

/* prove.c: the real file */
int prove_open(struct mu_explanation *x, struct mu_error *err);
int prove(struct mu_explanation *x, const struct draft *d, struct mu_diagnosis *g);

#endif
