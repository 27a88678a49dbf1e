/* SPDX-License-Identifier: MIT */
#ifndef MU_REPORT_SCAN_H
#define MU_REPORT_SCAN_H

#include "scan/scan.h"

/* The writers of a scan. */
int scan_write_json(
	const struct mu_scan *s, const struct mu_write_options *opts, FILE *f);
int scan_write_text(
	const struct mu_scan *s, const struct mu_write_options *opts, FILE *f);

/** scan_summary: count all that the exit code and the summary are about */
void scan_summary(const struct mu_scan *s, struct mu_summary *ret);

/** plan_outcome_name: "moves", "with-packages" … */
const char *plan_outcome_name(enum plan_outcome outcome);

#endif
