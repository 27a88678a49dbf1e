/* SPDX-License-Identifier: MIT */
#ifndef MUSLIN_EXPLAIN_H
#define MUSLIN_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <muslin/check.h>
#include <muslin/error.h>
#include <muslin/fixes.h>
#include <muslin/report.h>

enum mu_cause {
	MU_CAUSE_INTERPRETER, /* "missing-interpreter" */
	MU_CAUSE_LIBRARY,     /* "missing-library" */
	MU_CAUSE_SYMBOL,      /* "missing-symbol" */
	MU_CAUSE_RELOCATION,
	MU_CAUSE_TLS,
	MU_CAUSE_EXEC_FORMAT,
	MU_CAUSE_SCRIPT,
	MU_CAUSE_DNS,
	MU_CAUSE_LOCALE,
	MU_CAUSE_NSS,
	MU_CAUSE_STACK,
	MU_CAUSE_TIMEZONE,
	MU_CAUSE_CERTIFICATES,
	MU_CAUSE_PACKAGE,
	MU_CAUSE_OTHER,
	MU_CAUSE_COUNT,
};

/** mu_cause_name: as in JSON: "missing-interpreter", "exec-format" …
 * Since: 0.1
 */
const char *mu_cause_name(enum mu_cause cause);

/** struct mu_evidence: a line of the text that a diagnosis rests on */
struct mu_evidence {
	size_t line; /* the first is 1 */
	const char *
		text; /* bytes as they came, cut where very long: escape before showing */
};

/** struct mu_diagnosis: one cause of what a text tells, with all lines that show it */
struct mu_diagnosis {
	enum mu_cause cause;
	const char *subject; /* the symbol, soname, package, interpreter …; NULL */
	const char *object;  /* the file that it happened to, as the text has it; NULL */
	const char *title;   /* one line: what it is */
	const char *explanation; /* a few sentences: what it means */
	const char *certainty;   /* "certain", "likely", "possible" */
	const char *id;          /* of the pattern, stable: "relocating-symbol" */
	const struct mu_evidence *evidence; /* the first lines of them */
	size_t nevidence;
	size_t nlines;             /* how many lines tell it */
	const char *const *others; /* further subjects of the same cause: symbols of one
				      object, or of one family */
	size_t nothers;
	const struct mu_fix *fixes; /* the best first */
	size_t nfixes;
	const char *const *tell; /* commands that tell several possible causes apart */
	size_t ntell;
	/* what the real file says, where one was given: "confirmed", "contradicted",
	 * "cannot be told"; NULL */
	const char *proven;
	const char *proof; /* … in a sentence; NULL */
};

/** struct mu_explain_options: all pointers are borrowed until it is freed */
struct mu_explain_options {
	struct mu_check_options check; /* target, root, arch, db files */
	const char *file;              /* the real file; NULL */
};

/** struct mu_explanation: what a text means */
struct mu_explanation;

/** mu_explain: find out what a text tells
 * @text: any bytes, @n of them: one line or a whole log, or a bare symbol, soname or
 *	package name
 * @ret: to be freed with mu_explanation_free(). A text that tells nothing known has no
 *	diagnosis: that is no error.
 *
 * Returns: 0; what mu_check_open() returns; -ENOMEM.
 * Since: 0.1
 */
int mu_explain(const char *text, size_t n, const struct mu_explain_options *opts,
	struct mu_explanation **ret, struct mu_error *err);

/** mu_explanation_free: free an explanation; NULL is fine
 * Since: 0.1
 */
void mu_explanation_free(struct mu_explanation *explanation);

/** mu_diagnosis_at: the diagnoses, the root causes and the most certain first
 * Returns: NULL past the last.
 * Since: 0.1
 */
const struct mu_diagnosis *mu_diagnosis_at(
	const struct mu_explanation *explanation, size_t i);

/** mu_explanation_report: the check of the real file
 * Returns: NULL where none was given.
 * Since: 0.1
 */
const struct mu_report *mu_explanation_report(const struct mu_explanation *explanation);

/** struct mu_explanation_facts: what a text was explained for; strings live as long as
 * the explanation */
struct mu_explanation_facts {
	const char *target;      /* "alpine:3.22" */
	const char *target_from; /* "option", "text" (it names a release), "default" */
	const char *libc_version, *arch;
	size_t lines; /* that were read */
	bool cut;     /* not all of it was: it took too much work */
};

/** mu_explanation_facts: what a text was explained for
 * Since: 0.1
 */
void mu_explanation_facts(
	const struct mu_explanation *explanation, struct mu_explanation_facts *ret);

/** mu_explanation_write: print an explanation
 * @opts: .format is MU_FORMAT_TEXT, MU_FORMAT_JSON or MU_FORMAT_NDJSON
 *
 * Returns: 0 or a negative code.
 * Since: 0.1
 */
int mu_explanation_write(const struct mu_explanation *explanation,
	const struct mu_write_options *opts, FILE *f);

#endif
