/* SPDX-License-Identifier: MIT */
#ifndef MUSLIN_SCAN_H
#define MUSLIN_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <muslin/check.h>
#include <muslin/error.h>
#include <muslin/report.h>

/** struct mu_scan_options: one scan; all pointers are borrowed until it is freed */
struct mu_scan_options {
	struct mu_check_options check; /* targets, layers, … ; root is not used */
	const char *source;            /* folder, image, archive, "-" */
	bool nested;                   /* look into jars, wheels, zip files */
	/* NULL, or told now and then how far it is; one thread at a time */
	void (*progress)(void *ctx, uint64_t done, uint64_t total, const char *what);
	void *progress_ctx;
};

/** struct mu_scan: everything found in one source, and the plan */
struct mu_scan;

/** mu_scan_run: read a source, check what is in it, and make the plan
 * @ret: to be freed with mu_scan_free()
 *
 * Returns: 0; what mu_check_open() returns; a negative code where the source cannot be
 * read, with the reason in @err.
 * Since: 0.1
 */
int mu_scan_run(
	const struct mu_scan_options *opts, struct mu_scan **ret, struct mu_error *err);

/** mu_scan_free: free a scan; NULL is fine
 * Since: 0.1
 */
void mu_scan_free(struct mu_scan *scan);

/** mu_scan_worst: the highest severity of all findings that count
 *
 * What the distribution brought does not count: it is replaced.
 * Returns: an enum mu_severity, -1 for none.
 * Since: 0.1
 */
int mu_scan_worst(const struct mu_scan *scan);

/** mu_scan_write: print a scan
 * @format: MU_FORMAT_TEXT, MU_FORMAT_JSON, MU_FORMAT_NDJSON
 *
 * Returns: 0 or a negative code.
 * Since: 0.1
 */
int mu_scan_write(
	const struct mu_scan *scan, const struct mu_write_options *opts, FILE *f);

/** mu_scan_dockerfile: the Dockerfile of the plan
 * Returns: text that lives as long as the scan; never NULL.
 * Since: 0.1
 */
const char *mu_scan_dockerfile(const struct mu_scan *scan);

/** mu_scan_note_at: what of the source could not be read, one line each
 * @path: set to where it was, or NULL
 *
 * Returns: NULL past the last.
 * Since: 0.1
 */
const char *mu_scan_note_at(const struct mu_scan *scan, size_t i, const char **path);

#endif
