/* SPDX-License-Identifier: MIT */
#include <stdarg.h>

#include "core/text.h"
#include "writer.h"

static const char *const codes[] = {
	"", "\033[1m", "\033[2m", "\033[32m", "\033[33m", "\033[31m"};

static void begin(const struct mu_writer *w, enum style style)
{
	if (w->opts.color && style)
		fputs(codes[style], w->out);
}

static void end(const struct mu_writer *w, enum style style)
{
	if (w->opts.color && style)
		fputs("\033[0m", w->out);
}

void put(const struct mu_writer *w, enum style style, const char *s)
{
	begin(w, style);
	mu_text_put(w->out, s);
	end(w, style);
}

void say(const struct mu_writer *w, enum style style, const char *fmt, ...)
{
	va_list ap;

	begin(w, style);
	va_start(ap, fmt);
	vfprintf(w->out, fmt, ap);
	va_end(ap);
	end(w, style);
}

enum style style_of(enum mu_verdict verdict)
{
	static const enum style styles[MU_VERDICT_COUNT] = {
		[MU_VERDICT_NATIVE] = STYLE_GOOD,
		[MU_VERDICT_COMPATIBLE] = STYLE_GOOD,
		[MU_VERDICT_FIXABLE] = STYLE_WARN,
		[MU_VERDICT_INCOMPATIBLE] = STYLE_BAD,
		[MU_VERDICT_UNKNOWN] = STYLE_DIM,
	};
	return styles[verdict];
}

void mu_print_escaped(FILE *out, const char *s)
{
	mu_text_put(out, s);
}
