/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "scan.h"

const char *plan_outcome_name(enum plan_outcome outcome)
{
	static const char *const names[] = {
		[PLAN_MOVES] = "moves",
		[PLAN_WITH_PACKAGES] = "moves-with-packages",
		[PLAN_WITH_LAYER] = "moves-with-layer",
		[PLAN_WITH_WORK] = "needs-work",
		[PLAN_STAYS] = "stays",
		[PLAN_NOTHING] = "nothing-of-its-own",
	};

	return names[outcome];
}

/* A damaged file in a tree is a finding about that file, not a source that could not be
 * read. What the distribution brought is replaced: nothing about it counts. */
void scan_summary(const struct mu_scan *s, struct mu_summary *ret)
{
	memset(ret, 0, sizeof *ret);
	for (size_t i = 0; i < s->objects.n; i++) {
		const struct scan_object *o = &s->objects.v[i];
		ret->objects++;
		ret->verdicts[o->report->verdict]++;
		if (o->kind == MU_OWNER_DISTRO)
			continue;
		ret->unreadable += o->report->object == NULL;
		for (size_t k = 0; k < o->report->nfindings; k++)
			ret->findings[o->report->findings[k].severity]++;
	}
	ret->objects += s->scripts.n;
	ret->verdicts[MU_VERDICT_UNKNOWN] += s->scripts.n;
	for (size_t i = 0; i < s->config.findings.n; i++)
		ret->findings[s->config.findings.v[i].severity]++;
}

int mu_scan_worst(const struct mu_scan *s)
{
	struct mu_summary sum;
	int worst = MU_SEVERITY_COUNT - 1;

	scan_summary(s, &sum);
	while (worst >= 0 && !sum.findings[worst])
		worst--;
	return worst;
}

const char *mu_scan_dockerfile(const struct mu_scan *s)
{
	return s->plan.dockerfile;
}

int mu_scan_write(const struct mu_scan *s, const struct mu_write_options *opts, FILE *f)
{
	return opts->format == MU_FORMAT_TEXT ? scan_write_text(s, opts, f)
					      : scan_write_json(s, opts, f);
}
