/* SPDX-License-Identifier: MIT */
#ifndef MU_EXPLAIN_TABLES_H
#define MU_EXPLAIN_TABLES_H

#include <stddef.h>
#include <stdint.h>

#include <muslin/explain.h>

/* What gen_explain.py writes out of data/. */

/** struct mu_tab_pattern: a message, and what it is about */
struct mu_tab_pattern {
	const char *id;
	const char *const *needles; /* one of them is in each line that matches */
	size_t nneedles;
	const char *regex; /* PCRE2, groups subject, object, by, wrap */
	int cause;         /* enum mu_cause; -1: tells of the system, see context.c */
	const char *certainty;
	const char *resolver;
	const char *text;         /* unless the resolver finds another one */
	const char *const *under; /* patterns and causes that it follows from */
	size_t nunder;
};
extern const struct mu_tab_pattern mu_tab_patterns[]; /* the first that matches counts */
extern const size_t mu_tab_pattern_count;

/** struct mu_tab_text: what to say */
struct mu_tab_text {
	const char *id, *title, *explanation;
	int cause;                /* enum mu_cause; -1: the pattern's */
	const char *certainty;    /* NULL: the pattern's */
	const char *const *fixes; /* "@name": fixes.c makes it; else a recipe, with =ID
				     where it is to have another id than its own */
	size_t nfixes;
};
extern const struct mu_tab_text mu_tab_texts[]; /* sorted by id */
extern const size_t mu_tab_text_count;

/** struct mu_tab_header: a C header, and the package that it is compiled with */
struct mu_tab_header {
	const char *header, *package;
};
extern const struct mu_tab_header mu_tab_headers[]; /* sorted by header */
extern const size_t mu_tab_header_count;

extern const char *const mu_tab_prefixes[]; /* regular expressions */
extern const size_t mu_tab_prefix_count;

#endif
