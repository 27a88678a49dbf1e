/* SPDX-License-Identifier: MIT */
#include "wrap.h"

#include <stdarg.h>
#include <string.h>

#include "core/text.h"

#define WIDTH 79
#define LABEL 16 /* column where the text beside a label begins */

void mu_wrap_end(struct mu_wrap *w)
{
	if (w->column)
		putc('\n', w->out);
	w->column = 0;
}

void mu_wrap_label(struct mu_wrap *w, const char *name)
{
	mu_wrap_end(w);
	fprintf(w->out, "  %-*s", LABEL - 2, name);
	w->column = LABEL;
}

void mu_wrap_word(struct mu_wrap *w, const char *word, size_t n)
{
	if (w->column + 1 + n > WIDTH && w->column > LABEL) {
		fprintf(w->out, "\n%*s", LABEL, "");
		w->column = LABEL;
	}
	if (w->column > LABEL) {
		putc(' ', w->out);
		w->column++;
	}
	fwrite(word, 1, n, w->out);
	w->column += n;
}

void mu_wrap_words(struct mu_wrap *w, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, " ");
		if (n)
			mu_wrap_word(w, text, n);
		text += n + (text[n] == ' ');
	}
}

void mu_wrap_put(struct mu_wrap *w, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	mu_wrap_words(w, text);
}

void mu_wrap_mark(struct mu_wrap *w, char mark)
{
	putc(mark, w->out);
	w->column++;
}

void mu_wrap_heading(struct mu_wrap *w, const char *name)
{
	mu_wrap_end(w);
	mu_text_put(w->out, name);
	w->column = 1;
	mu_wrap_end(w);
}
