/* SPDX-License-Identifier: MIT */
#ifndef MU_SCAN_PLAN_H
#define MU_SCAN_PLAN_H

#include "scan.h"

/* What plan.c and its parts share. Each returns 0 or -ENOMEM. */

/** plan_fixes: scan->objects' .fix and .covered */
void plan_fixes(struct mu_scan *scan);

/** plan_has_step: whether a fix has a step ("gcompat"); none has where it is NULL */
bool plan_has_step(const struct mu_fix *fix, const char *step);

/** plan_install: plan->install, and what has no counterpart in @manual */
struct plan_lines {
	MU_VEC(const char *) list;
	struct mu_map told; /* those of them: each stands there once */
};
int plan_install(struct mu_scan *scan, struct plan_lines *manual);

/** plan_copies: plan->copies */
int plan_copies(struct mu_scan *scan);

/** plan_steps: plan->steps */
int plan_steps(struct mu_scan *scan, const struct plan_lines *manual);

/** plan_line: add a formatted line */
__attribute__((format(printf, 3, 4))) int plan_line(
	struct mu_scan *scan, struct plan_lines *lines, const char *fmt, ...);

void plan_lines_free(struct plan_lines *lines);

/** plan_result: the result that decides about a report; NULL where there is none */
const struct mu_result *plan_result(const struct mu_report *r);

/** plan_is_plain: whether a name can stand in a command as it is */
bool plan_is_plain(const char *s);

#endif
