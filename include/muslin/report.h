/* SPDX-License-Identifier: MIT */
#ifndef MUSLIN_REPORT_H
#define MUSLIN_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include <muslin/check.h>

/* ---- formats -------------------------------------------------------------- */

enum mu_format {
	MU_FORMAT_TEXT,
	MU_FORMAT_JSON,
	MU_FORMAT_NDJSON,
	MU_FORMAT_TREE,
	MU_FORMAT_COUNT,
};

/** mu_format_name: "text", "json", "ndjson", "tree"
 * Since: 0.1
 */
const char *mu_format_name(enum mu_format format);

/** mu_format_by_name: the reverse
 * Returns: the format, -1 when unknown.
 * Since: 0.1
 */
int mu_format_by_name(const char *name);

/* ---- counting -------------------------------------------------------------- */

/** struct mu_summary: what all reports of a run come to */
struct mu_summary {
	size_t objects;
	size_t verdicts[MU_VERDICT_COUNT];
	size_t findings[MU_SEVERITY_COUNT];
	size_t unreadable; /* files that could not be read, or are no valid input */
};

/** mu_summary_add: count one more report
 * Since: 0.1
 */
void mu_summary_add(struct mu_summary *s, const struct mu_report *r);

/** mu_summary_exit: the exit code that a run ends with
 * @fail_on: findings of this severity and above count; -1: never
 *
 * Returns: 2 where an input could not be read, else 1 where findings count, else 0.
 * Since: 0.1
 */
int mu_summary_exit(const struct mu_summary *s, int fail_on);

/** mu_report_invalid: why a report's file is no valid input at all
 * Returns: a sentence borrowed from the report; NULL when it is valid.
 * Since: 0.1
 */
const char *mu_report_invalid(const struct mu_report *r);

/* ---- writing --------------------------------------------------------------- */

/** struct mu_write_options: how reports are shown */
struct mu_write_options {
	enum mu_format format;
	const char *command; /* "check" */
	bool color;
	bool utf8;     /* line-drawing characters may be used */
	int verbosity; /* -1 quiet, 0, 1 everything */
};

struct mu_writer;

/** mu_writer_open: begin a document
 * @out: stays the caller's; must outlive the writer
 * @check: the run whose reports are written; borrowed
 * @ret: to be ended with mu_writer_close()
 *
 * Returns: 0 or -ENOMEM.
 * Since: 0.1
 */
int mu_writer_open(FILE *out, const struct mu_write_options *opts,
	const struct mu_check *check, struct mu_writer **ret);

/** mu_writer_add: write reports, in their order
 * @reports: @n of them; nothing of them is kept
 * @threads: how many may work at it; 0: one a processor
 *
 * Returns: 0 or a negative code.
 * Since: 0.1
 */
int mu_writer_add(struct mu_writer *w, struct mu_report *const *reports, size_t n,
	unsigned threads);

/** mu_writer_close: end the document and free the writer; NULL is fine
 * @summary: NULL leaves an unfinished document unfinished
 *
 * Returns: 0 or a negative code, also where @out could not be written.
 * Since: 0.1
 */
int mu_writer_close(struct mu_writer *w, const struct mu_summary *summary);

/** mu_print_escaped: print a string so that a terminal obeys nothing in it
 * Since: 0.1
 */
void mu_print_escaped(FILE *out, const char *s);

/* ---- baselines --------------------------------------------------------------- */

struct mu_baseline;

/** mu_baseline_load: read the findings of an earlier JSON report
 * @ret: to be freed with mu_baseline_free()
 * Since: 0.1
 */
int mu_baseline_load(const char *path, struct mu_baseline **ret, struct mu_error *err);

/** mu_baseline_free: free a baseline; NULL is fine
 * Since: 0.1
 */
void mu_baseline_free(struct mu_baseline *b);

/** mu_baseline_apply: drop the findings that the baseline has already
 * @b: NULL drops nothing
 * Since: 0.1
 */
void mu_baseline_apply(const struct mu_baseline *b, struct mu_report *r);

#endif
