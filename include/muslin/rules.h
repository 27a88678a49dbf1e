/* SPDX-License-Identifier: MIT */
#ifndef MUSLIN_RULES_H
#define MUSLIN_RULES_H

#include <stddef.h>

enum mu_severity {
	MU_SEVERITY_NOTE,
	MU_SEVERITY_WARNING,
	MU_SEVERITY_ERROR,
	MU_SEVERITY_COUNT,
};

enum mu_rule_id {
#define MU_RULE(id, name, severity, summary, help) MU_RULE_##id,
#include "rules.def"
#undef MU_RULE
	MU_RULE_COUNT,
};

/** struct mu_rule: one kind of finding */
struct mu_rule {
	const char *id;   /* "MU003" */
	const char *name; /* "missing-symbol" */
	enum mu_severity
		severity;    /* usual; a finding may have another, by its evidence */
	const char *summary; /* one line */
	const char *help;    /* a paragraph: what it means, what to do */
};

/** mu_rule_at: a rule by its number
 * Returns: NULL past the last.
 * Since: 0.1
 */
const struct mu_rule *mu_rule_at(size_t i);

/** mu_rule_find: a rule by id ("MU003") or name ("missing-symbol")
 * Returns: NULL when there is none.
 * Since: 0.1
 */
const struct mu_rule *mu_rule_find(const char *id_or_name);

/** mu_severity_name: "note", "warning", "error"
 * Since: 0.1
 */
const char *mu_severity_name(enum mu_severity severity);

/** mu_severity_by_name: the reverse
 * Returns: the severity, -1 when unknown.
 * Since: 0.1
 */
int mu_severity_by_name(const char *name);

#endif
