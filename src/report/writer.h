/* SPDX-License-Identifier: MIT */
#ifndef MU_REPORT_WRITER_H
#define MU_REPORT_WRITER_H

#include <muslin/report.h>

/* One output format: begin once, one call a report, end once. */
struct format {
	const char *name;
	int (*begin)(struct mu_writer *w);
	int (*add)(struct mu_writer *w, const struct mu_report *r);
	int (*end)(struct mu_writer *w, const struct mu_summary *s);
	/* where making the text is most of the work: make it on any thread, then put it
	 */
	char *(*render)(const struct mu_writer *w, const struct mu_report *r);
	int (*put)(struct mu_writer *w, const char *text);
};

struct mu_writer {
	FILE *out;
	struct mu_write_options opts;
	const struct mu_check *check;
	const struct format *format;
	size_t n; /* reports written so far */
	/* JSON: what a command has beside objects, before and behind them; NULL */
	int (*head)(struct mu_writer *w);
	int (*tail)(struct mu_writer *w, const struct mu_summary *s);
	const struct mu_scan *scan; /* for those */
};

/** writer_open: mu_writer_open() with what is set in @with */
int writer_open(FILE *out, const struct mu_write_options *opts,
	const struct mu_check *check, const struct mu_writer *with,
	struct mu_writer **ret);

extern const struct format format_text, format_json, format_ndjson, format_tree;

/* ---- what text and tree share (style.c) ------------------------------------ */

enum style { STYLE_PLAIN, STYLE_BOLD, STYLE_DIM, STYLE_GOOD, STYLE_WARN, STYLE_BAD };

/** put: a string out of a file, escaped, in a style */
void put(const struct mu_writer *w, enum style style, const char *s);

/** say: our own words, in a style */
__attribute__((format(printf, 3, 4))) void say(
	const struct mu_writer *w, enum style style, const char *fmt, ...);

/** style_of: the colour of a verdict */
enum style style_of(enum mu_verdict verdict);

#endif
