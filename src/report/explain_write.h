/* SPDX-License-Identifier: MIT */
#ifndef MU_REPORT_EXPLAIN_WRITE_H
#define MU_REPORT_EXPLAIN_WRITE_H

#include <muslin/explain.h>

/* The writers of an explanation. */
int explain_write_json(
	const struct mu_explanation *x, const struct mu_write_options *opts, FILE *f);
int explain_write_text(
	const struct mu_explanation *x, const struct mu_write_options *opts, FILE *f);

#endif
