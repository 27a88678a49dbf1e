/* SPDX-License-Identifier: MIT */
#include <jansson.h>

#include "advice_view.h"

void mu_companion_show_json(json_t *o, const char *symbol, const struct mu_db_query *q)
{
	struct mu_companion c;
	const struct mu_release *r = mu_view_companion(symbol, q, &c);
	json_t *companion = json_null();

	if (r)
		companion = json_pack("{s:s?, s:s, s:s, s:s?, s:s?, s:s}", "soname",
			c.soname, "package", c.package, "dev", c.dev, "flag", c.flag,
			"header", c.header, "release", r->name);
	json_object_set_new(o, "companion", companion);
}

static json_t *advice_list(const struct mu_software *s)
{
	json_t *list = json_array();
	const struct mu_recipe *r;
	unsigned it = 0;

	while ((r = mu_advice_next(MU_ADVICE_SOFTWARE, s->id, &it)))
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:s}", "id", r->id, "fix", r->fix,
				      "summary", r->summary));
	return list;
}

void mu_software_show_json(json_t *o, const char *name, const struct mu_db_query *q)
{
	const struct mu_software *s = mu_view_software(name);
	const char *package = mu_view_software_repo(s, q) ? s->package : NULL;
	json_t *facts = json_pack("{s:s, s:s, s:b, s:s, s:s?, s:s, s:o}", "id", s->id,
		"title", s->name, "declined", s->declined, "why", s->why, "package",
		package, "source", s->source, "advice", advice_list(s));

	json_object_update(o, facts);
	json_decref(facts);
}
