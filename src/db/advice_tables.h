/* SPDX-License-Identifier: MIT */
#ifndef MU_DB_ADVICE_TABLES_H
#define MU_DB_ADVICE_TABLES_H

#include <muslin/advice.h>

/*
 * What gen_advice.py writes out of data/. Names that are searched for are offsets into
 * one pool.
 */
extern const char mu_tab_advice_strings[];

extern const struct mu_recipe mu_tab_recipes[]; /* sorted by id */
extern const size_t mu_tab_recipe_count;

/* Of one kind: [mu_tab_advice_first[kind], mu_tab_advice_first[kind + 1]), sorted by
 * name; those of one name as they are to be told. */
struct mu_tab_advice {
	uint32_t name; /* string */
	uint16_t recipe;
};
extern const struct mu_tab_advice mu_tab_advice[];
extern const uint16_t mu_tab_advice_first[MU_ADVICE_COUNT + 1];

extern const struct mu_software mu_tab_software[]; /* sorted by id */
extern const size_t mu_tab_software_count;

/* Of one kind: [mu_tab_mark_first[kind], mu_tab_mark_first[kind + 1]). The first that
 * matches counts. */
struct mu_tab_mark {
	uint32_t pattern; /* string */
	uint16_t software;
};
extern const struct mu_tab_mark mu_tab_marks[];
extern const uint16_t mu_tab_mark_first[MU_SOFTWARE_COUNT + 1];

struct mu_tab_companion {
	struct mu_companion companion;
	uint16_t library;
	const char *since, *until; /* releases; NULL: no end */
};
/* The better ones first; of one library the rows stand together. */
extern const struct mu_tab_companion mu_tab_companions[];
extern const size_t mu_tab_companion_count;

struct mu_tab_companion_symbol {
	uint32_t name; /* string */
	uint16_t library;
};
extern const struct mu_tab_companion_symbol
	mu_tab_companion_symbols[]; /* by name, library */
extern const size_t mu_tab_companion_symbol_count;

struct mu_tab_gcc_tag {
	uint32_t tag; /* string */
	const char *gcc;
};
extern const struct mu_tab_gcc_tag mu_tab_gcc_tags[]; /* sorted by tag */
extern const size_t mu_tab_gcc_tag_count;

extern const uint32_t mu_tab_libstdcxx_lacks[]; /* strings, sorted */
extern const size_t mu_tab_libstdcxx_lack_count;

extern const struct mu_db_source mu_tab_advice_sources[];
extern const size_t mu_tab_advice_source_count;

#endif
