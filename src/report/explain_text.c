/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "explain_write.h"
#include "writer.h"

/*
 * For somebody at two in the morning: what it is, why, what to type, how to be sure.
 */

#define COLUMNS 78
#define SHOWN_FIXES 3
#define SHOWN_OTHERS 8
#define SHOWN_LINES 3
#define SHOWN_WIDTH 160 /* bytes of a line that is quoted */

/* Words of a paragraph, broken before the right margin. */
static void paragraph(
	const struct mu_writer *w, const char *indent, enum style style, const char *s)
{
	size_t column = 0, n;
	char word[512];

	for (; *s; s += n + strspn(s + n, " ")) {
		n = strcspn(s, " ");
		if (n >= sizeof word)
			n = sizeof word - 1;
		memcpy(word, s, n);
		word[n] = 0;
		if (column && column + 1 + n > COLUMNS) {
			fputc('\n', w->out);
			column = 0;
		}
		fputs(column ? " " : indent, w->out);
		column += column ? 1 + n : strlen(indent) + n;
		put(w, style, word);
	}
	fputc('\n', w->out);
}

static enum style certainty_style(const struct mu_diagnosis *d)
{
	return !strcmp(d->certainty, "certain")  ? STYLE_BAD
	       : !strcmp(d->certainty, "likely") ? STYLE_WARN
						 : STYLE_DIM;
}

static void headline(const struct mu_writer *w, const struct mu_diagnosis *d)
{
	put(w, STYLE_BOLD, d->title);
	say(w, certainty_style(d), "  [%s%s%s]", d->certainty,
		d->proven ? ", by the file: " : "", d->proven ? d->proven : "");
	fputc('\n', w->out);
}

static void others(const struct mu_writer *w, const struct mu_diagnosis *d)
{
	size_t most = w->opts.verbosity > 0 ? d->nothers : SHOWN_OTHERS;

	if (!d->nothers)
		return;
	say(w, STYLE_DIM, "  likewise: ");
	for (size_t i = 0; i < d->nothers && i < most; i++) {
		say(w, STYLE_PLAIN, "%s", i ? ", " : "");
		put(w, STYLE_PLAIN, d->others[i]);
	}
	if (d->nothers > most)
		say(w, STYLE_DIM, " and %zu more (-v shows all)", d->nothers - most);
	fputc('\n', w->out);
}

static void quote(const struct mu_writer *w, const struct mu_evidence *e)
{
	char line[SHOWN_WIDTH + 4];

	snprintf(line, sizeof line, "%s", e->text);
	if (strlen(e->text) >= sizeof line)
		memcpy(line + sizeof line - 4, "...", 4);
	say(w, STYLE_DIM, "  %6zu: ", e->line);
	put(w, STYLE_DIM, line);
	fputc('\n', w->out);
}

static void lines(const struct mu_writer *w, const struct mu_diagnosis *d)
{
	size_t most = w->opts.verbosity > 0 ? d->nevidence : SHOWN_LINES;

	/* who asked about one word knows it */
	if (d->nevidence == 1 && d->subject && !strcmp(d->evidence[0].text, d->subject))
		return;
	for (size_t i = 0; i < d->nevidence && i < most; i++)
		quote(w, &d->evidence[i]);
	if (d->nlines > most || d->nlines > d->nevidence)
		say(w, STYLE_DIM, "          and %zu more lines\n",
			d->nlines - (d->nevidence < most ? d->nevidence : most));
}

static void fix(const struct mu_writer *w, const struct mu_fix *f, const char *lead)
{
	say(w, STYLE_GOOD, "  %s", lead);
	if (f->proof != MU_PROOF_ADVICE)
		say(w, STYLE_GOOD, " (%s)", mu_proof_name(f->proof));
	fputc('\n', w->out);
	paragraph(w, "    ", STYLE_PLAIN, f->summary);
	for (size_t i = 0; i < f->ncommands; i++) {
		fputs("      ", w->out);
		put(w, STYLE_BOLD, f->commands[i]);
		fputc('\n', w->out);
	}
	if (w->opts.verbosity > 0 || !f->ncommands)
		for (size_t i = 0; i < f->ndockerfile; i++) {
			fputs("      ", w->out);
			put(w, STYLE_BOLD, f->dockerfile[i]);
			fputc('\n', w->out);
		}
	for (size_t i = 0; i < f->ncaveats && (i < 2 || w->opts.verbosity > 0); i++)
		paragraph(w, "      ", STYLE_DIM, f->caveats[i]);
}

static void fixes(const struct mu_writer *w, const struct mu_diagnosis *d)
{
	size_t most = w->opts.verbosity > 0 ? d->nfixes : SHOWN_FIXES;

	for (size_t i = 0; i < d->nfixes && i < most; i++)
		fix(w, &d->fixes[i], i ? "or" : "what helps");
	if (d->nfixes > most)
		say(w, STYLE_DIM, "  -v shows %zu more\n", d->nfixes - most);
	if (d->ntell)
		say(w, STYLE_GOOD, "  how to tell\n");
	for (size_t i = 0; i < d->ntell; i++) {
		fputs("      ", w->out);
		put(w, STYLE_BOLD, d->tell[i]);
		fputc('\n', w->out);
	}
}

/* How to be sure: of a file, muslin itself can tell. */
static void be_sure(const struct mu_writer *w, const struct mu_diagnosis *d)
{
	switch (d->cause) {
	case MU_CAUSE_INTERPRETER:
	case MU_CAUSE_LIBRARY:
	case MU_CAUSE_SYMBOL:
	case MU_CAUSE_RELOCATION:
	case MU_CAUSE_TLS:
	case MU_CAUSE_EXEC_FORMAT:
		break;
	default:
		return;
	}
	if (d->proven || d->ntell)
		return;
	say(w, STYLE_DIM, "  to be sure: ");
	say(w, STYLE_PLAIN, "muslin explain --file ");
	put(w, STYLE_PLAIN, d->object ? d->object : "FILE");
	say(w, STYLE_PLAIN, " …\n");
}

static void one(const struct mu_writer *w, const struct mu_diagnosis *d)
{
	headline(w, d);
	if (w->opts.verbosity < 0)
		return;
	lines(w, d);
	others(w, d);
	paragraph(w, "  ", STYLE_PLAIN, d->explanation);
	if (d->proof)
		paragraph(w, "  ", STYLE_GOOD, d->proof);
	fixes(w, d);
	be_sure(w, d);
}

static void nothing(const struct mu_writer *w, const struct mu_explanation_facts *facts)
{
	if (!facts->lines) {
		say(w, STYLE_BOLD, "The text is empty: there is nothing to explain.\n");
		return;
	}
	say(w, STYLE_BOLD, "Nothing in this text is known to muslin.\n");
	paragraph(w, "  ", STYLE_PLAIN,
		"That does not mean that musl is not the cause: only that none of its "
		"messages, nor of what commonly follows from it, is in there. Give the "
		"lines before this one too: the first error is mostly the one that "
		"counts. "
		"If a program or library fails, ask the file itself:");
	fputs("      muslin check FILE\n", w->out);
	fputs("      strace -f PROGRAM 2>&1 | muslin explain -\n", w->out);
}

static void tail(const struct mu_writer *w, const struct mu_explanation_facts *facts)
{
	if (!strcmp(facts->target_from, "text"))
		say(w, STYLE_DIM,
			"The text tells of %s, which this is for; -t takes "
			"another.\n",
			facts->target);
	else
		say(w, STYLE_DIM, "For %s; -t takes another.\n", facts->target);
	if (facts->cut)
		say(w, STYLE_WARN,
			"The text is too much to look at all of it: this is "
			"what its first part tells.\n");
}

int explain_write_text(
	const struct mu_explanation *x, const struct mu_write_options *opts, FILE *f)
{
	const struct mu_writer w = {.out = f, .opts = *opts};
	struct mu_explanation_facts facts;
	const struct mu_diagnosis *d;

	mu_explanation_facts(x, &facts);
	for (size_t i = 0; (d = mu_diagnosis_at(x, i)); i++) {
		if (i && opts->verbosity >= 0)
			fputc('\n', f);
		one(&w, d);
	}
	if (!mu_diagnosis_at(x, 0)) {
		nothing(&w, &facts);
		return 0;
	}
	if (opts->verbosity >= 0) {
		fputc('\n', f);
		tail(&w, &facts);
	}
	return 0;
}

int mu_explanation_write(
	const struct mu_explanation *x, const struct mu_write_options *opts, FILE *f)
{
	int e = opts->format == MU_FORMAT_TEXT ? explain_write_text(x, opts, f)
					       : explain_write_json(x, opts, f);

	return !e && ferror(f) ? -EIO : e;
}
