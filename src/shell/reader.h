/* SPDX-License-Identifier: MIT */
#ifndef MU_SHELL_READER_H
#define MU_SHELL_READER_H

#include "shell.h"

/* A run of the text that is read, and where it stands in the caller's. */
struct segment {
	size_t at, raw;
};

/** struct sh_common: what all readers of one text share */
struct sh_common {
	struct mu_arena *arena;
	struct mu_error *err;
	int code;
	unsigned depth, max_depth;
	size_t ahead;    /* bytes that may still be looked at twice */
	unsigned inside; /* of a word: its tokens are not the text's */
	MU_VEC(struct mu_sh_mark) tokens;
	MU_VEC(struct mu_sh_mark) marks;
	MU_VEC(struct mu_sh_feature) features;
	MU_VEC(char) literal; /* values of the words that are being read */
};

struct pending_here;

/** struct reader: a place in a text; the inside of `…` has a reader of its own */
struct reader {
	struct sh_common *g;
	const char *s;
	size_t at, n;
	const struct segment *map; /* sorted by .at; NULL: raw offsets are the same */
	size_t map_count;
	struct pending_here *here, *last_here; /* here-documents to come */
};

/** struct pending_here: a here-document whose body comes after the line */
struct pending_here {
	struct mu_sh_redir *redir;
	const char *delimiter;
	size_t len;
	struct pending_here *next;
};

enum {                    /* how a word is read */
	READ_ASSIGN = 1,  /* name=… assigns here */
	READ_BRACES = 2,  /* {a,b} is expanded here */
	READ_REGEX = 4,   /* right of =~ */
	READ_PATTERN = 8, /* of case or [[ ]] */
};

/* ---- text.c ---- */

/** sh_span: [from, to) of what is read, as a place in the caller's text */
struct mu_sh_span sh_span(const struct reader *r, size_t from, size_t to);

/** sh_fail: end with an error at a place; returns false */
bool sh_fail(struct reader *r, int code, size_t at, const char *what);

/** sh_enter: one level deeper; false past the limit */
bool sh_enter(struct reader *r);

/** sh_leave: the reverse; true, to stand at the end of a function */
bool sh_leave(struct reader *r);

void *sh_new(struct reader *r, size_t size);
bool sh_token(struct reader *r, enum mu_sh_mark_kind kind, size_t from, size_t to);
bool sh_mark(struct reader *r, enum mu_sh_mark_kind kind, size_t from, size_t to);
bool sh_feature(struct reader *r, enum mu_sh_feature_kind kind, size_t from, size_t to);

/** sh_peek: the character @ahead of the place, 0 past the end */
char sh_peek(const struct reader *r, size_t ahead);

/** sh_blanks: pass blanks, continuations and a comment */
bool sh_blanks(struct reader *r);

/** sh_join: the text of a Dockerfile's command, lines joined */
bool sh_join(struct reader *r, char escape);

/** sh_unescape: a reader of the inside of `…`, [from, to) of @r */
bool sh_unescape(
	struct reader *r, size_t from, size_t to, bool in_double, struct reader *ret);

/** sh_look_ahead: account for bytes that will be read again; false where text that is
 * made for it would take more than linear time
 */
bool sh_look_ahead(const struct reader *r, size_t bytes);

/** sh_is_arith: whether the (( at @at ends in )) */
bool sh_is_arith(const struct reader *r, size_t at);

bool sh_is_meta(char c);
bool sh_is_name(char c, bool first);

/* ---- word.c ---- */

/** sh_word: read a word; NULL on failure, an empty word is one */
struct mu_sh_word *sh_word(struct reader *r, unsigned how);

/** sh_arith: pieces up to the )) that ends it, which is passed; both parentheses that
 * begin it are passed already
 */
bool sh_arith(struct reader *r, struct mu_sh_part **ret);

/* ---- expand.c ---- */

/** struct word_state: the value of a word that is being read */
struct word_state {
	size_t base;   /* of its literal */
	size_t prefix; /* bytes before the first expansion */
	bool dynamic;
	unsigned flags;
};

bool sh_literal(struct reader *r, struct word_state *w, const char *s, size_t n);
void sh_dynamic(struct reader *r, struct word_state *w);

/** sh_dollar: what begins with a $, or the $ alone as text */
struct mu_sh_part *sh_dollar(struct reader *r, struct word_state *w, bool in_double);
struct mu_sh_part *sh_backtick(struct reader *r, struct word_state *w, bool in_double);
struct mu_sh_part *sh_process(struct reader *r, struct word_state *w);
struct mu_sh_part *sh_single(struct reader *r, struct word_state *w);
struct mu_sh_part *sh_double(struct reader *r, struct word_state *w);

/** sh_pieces: expansions up to the end of @r: the body of a here-document */
bool sh_pieces(struct reader *r, struct mu_sh_part **ret);

/** sh_part: a new part that begins at @from and ends at the place */
struct mu_sh_part *sh_part(struct reader *r, enum mu_sh_part_kind kind, size_t from);

/* ---- here.c ---- */

bool sh_redir(struct reader *r, struct mu_sh_redir ***end, bool *ret_was_one);

/** sh_newline: pass a newline, and the here-documents that it begins */
bool sh_newline(struct reader *r);

/* ---- parse.c ---- */

/** sh_list: pipelines up to what ends a list; @r stands there then */
struct mu_sh_list *sh_list(struct reader *r);

/* ---- command.c ---- */

struct mu_sh_command *sh_command(struct reader *r);

/** sh_reserved: whether the reserved word @word comes next */
bool sh_reserved(const struct reader *r, const char *word);

/** sh_take: pass a token of @len bytes */
bool sh_take(struct reader *r, enum mu_sh_mark_kind kind, size_t len);

/** sh_newlines: pass blanks, comments and newlines */
bool sh_newlines(struct reader *r);

/** sh_closes: whether what comes next ends a list: ) ;; fi … or the end */
bool sh_closes(const struct reader *r);

#endif
