/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <muslin/check.h>

static const struct mu_rule rules[] = {
#define MU_RULE(rule_id, rule_name, rule_severity, rule_summary, rule_help)      \
	[MU_RULE_##rule_id] = {#rule_id, rule_name, MU_SEVERITY_##rule_severity, \
		rule_summary, rule_help},
#include <muslin/rules.def>
#undef MU_RULE
};

static const char *const severities[] = {"note", "warning", "error"};
static const char *const modes[] = {"start", "dlopen-now", "dlopen-lazy"};
static const char *const verdicts[] = {
	"native", "compatible", "fixable", "incompatible", "unknown"};
static const char *const statuses[] = {"loads", "fails", "not-applicable"};
static const char *const origins[] = {"glibc", "library", "host", "unknown"};

const struct mu_rule *mu_rule_at(size_t i)
{
	return i < MU_RULE_COUNT ? &rules[i] : NULL;
}

const struct mu_rule *mu_rule_find(const char *id_or_name)
{
	for (size_t i = 0; i < MU_RULE_COUNT; i++)
		if (!strcmp(rules[i].id, id_or_name) ||
			!strcmp(rules[i].name, id_or_name))
			return &rules[i];
	return NULL;
}

const char *mu_severity_name(enum mu_severity severity)
{
	return severities[severity];
}

int mu_severity_by_name(const char *name)
{
	for (int i = 0; i < MU_SEVERITY_COUNT; i++)
		if (!strcmp(severities[i], name))
			return i;
	return -1;
}

const char *mu_mode_name(enum mu_mode mode)
{
	return modes[mode];
}

const char *mu_verdict_name(enum mu_verdict verdict)
{
	return verdicts[verdict];
}

const char *mu_status_name(enum mu_status status)
{
	return statuses[status];
}

const char *mu_origin_name(enum mu_origin origin)
{
	return origins[origin];
}

static const char *const proofs[] = {
	[MU_PROOF_ADVICE] = "advice",
	[MU_PROOF_SIMULATED] = "simulated",
	[MU_PROOF_VERIFIED] = "verified",
};

const char *mu_proof_name(enum mu_proof proof)
{
	return proofs[proof];
}

const struct mu_fix *mu_report_best_fix(const struct mu_report *r)
{
	for (size_t i = 0; i < r->nfixes; i++)
		if (strcmp(r->fixes[i].id, "nothing") != 0 && !r->fixes[i].also)
			return &r->fixes[i];
	return NULL;
}

bool mu_fix_is_part(const struct mu_fix *fix)
{
	return fix->after && !fix->complete;
}
