/* SPDX-License-Identifier: MIT */
#ifndef MU_SHELL_SHELL_H
#define MU_SHELL_SHELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"

struct mu_error;

/*
 * Shell text, POSIX and bash, as a tree over the bytes it was read from. Nothing is
 * lost: each node knows its place, so that a caller can replace it and leave every
 * other byte as it was. All places are offsets into the text that was given to
 * mu_sh_parse(), also those inside `…` and of a Dockerfile's joined lines.
 */

/** struct mu_sh_span: bytes [start, end) of the text */
struct mu_sh_span {
	size_t start, end;
};

/* ---- words ------------------------------------------------------------ */

enum mu_sh_part_kind {
	MU_SH_TEXT,          /* plain characters */
	MU_SH_ESCAPE,        /* \x */
	MU_SH_CONTINUATION,  /* backslash, newline */
	MU_SH_SINGLE,        /* '…' */
	MU_SH_DOUBLE,        /* "…" */
	MU_SH_DOLLAR_SINGLE, /* $'…' */
	MU_SH_DOLLAR_DOUBLE, /* $"…" */
	MU_SH_PARAM,         /* $x */
	MU_SH_BRACE_PARAM,   /* ${x…} */
	MU_SH_COMMAND,       /* $(…) */
	MU_SH_BACKTICK,      /* `…` */
	MU_SH_ARITH,         /* $((…)) and $[…] */
	MU_SH_PROCESS,       /* <(…) and >(…) */
	MU_SH_ARRAY,         /* (…) of an assignment */
	MU_SH_EXTGLOB,       /* the parentheses of ?(…) and the like */
};

/** struct mu_sh_part: a piece of a word; the pieces follow each other without a gap */
struct mu_sh_part {
	enum mu_sh_part_kind kind;
	bool unread; /* `…` whose inside is no shell text: list is NULL */
	struct mu_sh_span at;
	struct mu_sh_span name; /* of the parameter, without $ and braces */
	struct mu_sh_span op;   /* what follows the name in ${…}: ":-", "//", "[" … */
	struct mu_sh_part *inside; /* pieces between the quotes or braces */
	struct mu_sh_list *list;   /* the commands inside */
	struct mu_sh_word *words;  /* of MU_SH_ARRAY */
	struct mu_sh_part *next;
};

enum {
	MU_SH_W_QUOTED = 1,     /* some of it stands in quotes or behind a backslash */
	MU_SH_W_GLOB = 2,       /* an unquoted * ? or [ */
	MU_SH_W_BRACES = 4,     /* {a,b} or {1..9} that bash expands */
	MU_SH_W_TILDE = 8,      /* begins with ~ */
	MU_SH_W_CONTINUED = 16, /* bytes inside that do not count: a continuation … */
	MU_SH_W_ASSIGN = 32,    /* name=…, where that assigns */
	MU_SH_W_OPERATOR = 64,  /* of [[ ]]: && || ( ) < > and not a word */
};

/** struct mu_sh_word: one word */
struct mu_sh_word {
	struct mu_sh_span at;
	const char *value;  /* arena; quotes removed; NULL where an expansion is in it */
	const char *prefix; /* arena; what stands before the first expansion */
	unsigned flags;     /* MU_SH_W_* */
	struct mu_sh_part *parts;
	struct mu_sh_word *next;
};

/* ---- commands --------------------------------------------------------- */

enum mu_sh_redir_kind {
	MU_SH_LESS,       /* < */
	MU_SH_GREAT,      /* > */
	MU_SH_APPEND,     /* >> */
	MU_SH_CLOBBER,    /* >| */
	MU_SH_READ_WRITE, /* <> */
	MU_SH_LESS_AND,   /* <& */
	MU_SH_GREAT_AND,  /* >& */
	MU_SH_BOTH,       /* &> */
	MU_SH_BOTH_APPEND,
	MU_SH_HERE,        /* << */
	MU_SH_HERE_TABS,   /* <<- */
	MU_SH_HERE_STRING, /* <<< */
};

/** struct mu_sh_redir: one redirection */
struct mu_sh_redir {
	enum mu_sh_redir_kind kind;
	struct mu_sh_span at; /* number, operator and target; not the body */
	struct mu_sh_span fd; /* "2" or "{var}" before it; empty: none */
	struct mu_sh_span op;
	struct mu_sh_word *target;
	bool quoted;                /* a here-document: nothing in it is expanded */
	struct mu_sh_span body;     /* its lines */
	struct mu_sh_span end_line; /* the line that ends it; empty: the text's end did */
	struct mu_sh_part *parts;   /* expansions in the body */
	struct mu_sh_redir *next;
};

enum mu_sh_kind {
	MU_SH_SIMPLE,
	MU_SH_GROUP,    /* { } */
	MU_SH_SUBSHELL, /* ( ) */
	MU_SH_IF,
	MU_SH_WHILE,
	MU_SH_UNTIL,
	MU_SH_FOR,
	MU_SH_FOR_ARITH, /* for ((…)) */
	MU_SH_SELECT,
	MU_SH_CASE,
	MU_SH_FUNCTION,
	MU_SH_TEST,      /* [[ ]] */
	MU_SH_ARITH_CMD, /* (( )) */
	MU_SH_COPROC,
};

/** struct mu_sh_clause: one part of a compound command
 *
 * if: a clause for each condition, and one without for else. case: one for each group
 * of patterns. Loops, groups, functions: one.
 */
struct mu_sh_clause {
	struct mu_sh_span at;
	struct mu_sh_word *patterns; /* of case */
	struct mu_sh_list *cond;     /* NULL: none */
	struct mu_sh_list *body;
	struct mu_sh_span end; /* ;; ;& ;;& of case; empty: none */
	struct mu_sh_clause *next;
};

/** struct mu_sh_command: one command of a pipeline */
struct mu_sh_command {
	enum mu_sh_kind kind;
	struct mu_sh_span at;
	struct mu_sh_word *assigns; /* simple: x=1 in front */
	struct mu_sh_word *words; /* simple, test; for and select: what is looped over */
	struct mu_sh_word *name;  /* for, select, function, coproc; case: its subject */
	struct mu_sh_redir *redirs;
	struct mu_sh_clause *clauses;
	struct mu_sh_part *arith; /* what is inside (( )) */
	struct mu_sh_span pipe;   /* the | or |& behind it; empty: none */
	struct mu_sh_command *next;
};

enum mu_sh_op {
	MU_SH_OP_NONE, /* the list ends here */
	MU_SH_OP_SEMI,
	MU_SH_OP_NEWLINE,
	MU_SH_OP_BACKGROUND, /* & */
	MU_SH_OP_AND,
	MU_SH_OP_OR,
};

/** struct mu_sh_pipeline: commands joined by |, and what follows them */
struct mu_sh_pipeline {
	struct mu_sh_span at;
	bool negated, timed;
	struct mu_sh_command *first;
	enum mu_sh_op op;
	struct mu_sh_span op_at;
	struct mu_sh_pipeline *next;
};

/** struct mu_sh_list: pipelines one after the other */
struct mu_sh_list {
	struct mu_sh_span at;
	struct mu_sh_pipeline *first; /* NULL: nothing but blanks and comments */
};

/* ---- the whole text --------------------------------------------------- */

enum mu_sh_mark_kind {
	MU_SH_M_WORD,
	MU_SH_M_OPERATOR, /* reserved words are M_WORD */
	MU_SH_M_NEWLINE,
	MU_SH_M_HERE, /* body of a here-document with the line that ends it */
	MU_SH_M_COMMENT,
	MU_SH_M_CONTINUATION,
};

/** struct mu_sh_mark: a token, or a comment or continuation */
struct mu_sh_mark {
	enum mu_sh_mark_kind kind;
	struct mu_sh_span at;
};

/** enum mu_sh_feature_kind: what POSIX does not have */
enum mu_sh_feature_kind {
	MU_SH_F_DOUBLE_BRACKET, /* [[ ]] */
	MU_SH_F_REGEX,          /* =~ in it */
	MU_SH_F_ARITH_COMMAND,  /* (( )) */
	MU_SH_F_ARITH_FOR,
	MU_SH_F_ARITH_OLD,        /* $[ ] */
	MU_SH_F_ARRAY,            /* a=(…), a[i]=…, ${a[i]} */
	MU_SH_F_APPEND,           /* a+=… */
	MU_SH_F_FUNCTION_KEYWORD, /* function f */
	MU_SH_F_SELECT,
	MU_SH_F_COPROC,
	MU_SH_F_CASE_FALL,      /* ;& */
	MU_SH_F_CASE_TEST,      /* ;;& */
	MU_SH_F_PROCESS,        /* <(…) */
	MU_SH_F_HERE_STRING,    /* <<< */
	MU_SH_F_BOTH,           /* &> */
	MU_SH_F_BOTH_APPEND,    /* &>> */
	MU_SH_F_PIPE_BOTH,      /* |& */
	MU_SH_F_FD_VARIABLE,    /* {fd}>… */
	MU_SH_F_DOLLAR_SINGLE,  /* $'…' */
	MU_SH_F_DOLLAR_DOUBLE,  /* $"…" */
	MU_SH_F_SUBSTRING,      /* ${x:1:2} */
	MU_SH_F_REPLACE,        /* ${x/a/b} */
	MU_SH_F_REPLACE_ANCHOR, /* ${x/#a/b}, ${x/%a/b} */
	MU_SH_F_CASE_CHANGE,    /* ${x^^}, ${x,,} */
	MU_SH_F_INDIRECT,       /* ${!x} */
	MU_SH_F_TRANSFORM,      /* ${x@Q} */
	MU_SH_F_BRACES,         /* {a,b}, {1..9} */
	MU_SH_F_EXTGLOB,        /* @(a|b) */
	MU_SH_F_COUNT,
};

/** struct mu_sh_feature: a place where the text leaves POSIX */
struct mu_sh_feature {
	enum mu_sh_feature_kind kind;
	struct mu_sh_span at;
};

/** struct mu_sh_script: what mu_sh_parse() gives; all of it is the arena's */
struct mu_sh_script {
	const char *text; /* borrowed: the caller's */
	size_t n;
	struct mu_sh_list *body;
	struct mu_sh_mark *tokens; /* outside of words, in order; gaps hold blanks */
	size_t token_count;
	struct mu_sh_mark *marks; /* comments and continuations anywhere, in order */
	size_t mark_count;
	struct mu_sh_feature *features; /* anywhere, in the order they end */
	size_t feature_count;
};

/** struct mu_sh_options: how to read */
struct mu_sh_options {
	bool dockerfile; /* the body of a RUN: a line that ends in @escape goes on, and
			    comment lines and empty ones behind it are dropped first */
	char escape;     /* 0 stands for the backslash */
	unsigned depth;  /* 0 stands for 100 */
};

#define MU_SH_DEPTH 100
#define MU_SH_MAX_BYTES ((size_t)4 << 20)

/** mu_sh_parse: read shell text
 * @data: @n bytes; must live as long as the result
 * @o: NULL for a plain script
 * @err: may be NULL; its offset tells where reading ended
 *
 * Linear time. Here-documents without an end and `…` that hold something else are no
 * errors, as for bash -n.
 * Returns: 0, -MU_E_SYNTAX, -MU_E_LIMIT (nesting, size) or -ENOMEM.
 */
int mu_sh_parse(const char *data, size_t n, const struct mu_sh_options *o,
	struct mu_arena *arena, struct mu_sh_script **ret, struct mu_error *err);

/** mu_sh_interrupted: whether a comment or continuation stands inside of a range */
bool mu_sh_interrupted(const struct mu_sh_script *script, struct mu_sh_span at);

/** mu_sh_is: whether a word's value is known, and is @text */
bool mu_sh_is(const struct mu_sh_word *word, const char *text);

/** struct mu_sh_visit: a command, and where it stands */
struct mu_sh_visit {
	const struct mu_sh_command *command;
	const struct mu_sh_pipeline *pipeline; /* that it is part of */
	const struct mu_sh_pipeline *before;   /* in the same list; NULL */
	const struct mu_sh_command *function;  /* innermost function around it, or NULL */
	bool condition;    /* of if, while or until, or left of && or ||, or negated */
	bool substitution; /* inside $(…), `…` or <(…) */
};

/** mu_sh_walk: call @fn for every command: in conditions, functions, substitutions
 *
 * A compound command comes before its parts, and a command before the substitutions in
 * its words. Ends early when @fn returns something else than 0.
 * Returns: that, or 0.
 */
int mu_sh_walk(const struct mu_sh_script *script,
	int (*fn)(void *ctx, const struct mu_sh_visit *visit), void *ctx);

/** mu_sh_walk_parts: call @fn for pieces and the pieces inside of them, not for those of
 * the commands inside
 */
int mu_sh_walk_parts(const struct mu_sh_part *parts,
	int (*fn)(void *ctx, const struct mu_sh_part *part), void *ctx);

#endif
