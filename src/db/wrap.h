/* SPDX-License-Identifier: MIT */
#ifndef MU_DB_WRAP_H
#define MU_DB_WRAP_H

#include <stddef.h>
#include <stdio.h>

/** struct mu_wrap: words broken into lines of 79 columns, beside a label */
struct mu_wrap {
	FILE *out;
	size_t column;
};

/** mu_wrap_end: end the line, unless it has ended */
void mu_wrap_end(struct mu_wrap *w);

/** mu_wrap_label: a new line that begins with a label, which may be empty */
void mu_wrap_label(struct mu_wrap *w, const char *name);

/** mu_wrap_word: @n bytes that must not be parted */
void mu_wrap_word(struct mu_wrap *w, const char *word, size_t n);

/** mu_wrap_words: text whose blanks part words */
void mu_wrap_words(struct mu_wrap *w, const char *text);

/** mu_wrap_put: mu_wrap_words() of up to 511 bytes */
__attribute__((format(printf, 2, 3))) void mu_wrap_put(
	struct mu_wrap *w, const char *fmt, ...);

/** mu_wrap_mark: a mark that stays with the word before it */
void mu_wrap_mark(struct mu_wrap *w, char mark);

/** mu_wrap_heading: a line of its own, any bytes */
void mu_wrap_heading(struct mu_wrap *w, const char *name);

#endif
