/* SPDX-License-Identifier: MIT */
#include "advice_view.h"

const struct mu_release *mu_view_companion(
	const char *symbol, const struct mu_db_query *q, struct mu_companion *ret)
{
	uint32_t wanted = mu_view_releases(q);
	const struct mu_release *r, *found = NULL;

	/* Edge is newer than the newest release, and no better an answer. */
	for (int i = 0; (r = mu_release_at(i)) && found != mu_release_newest(); i++)
		if (wanted >> i & 1 && mu_companion_of(symbol, r, ret) == 0)
			found = r;
	return found;
}

const char *mu_view_software_repo(
	const struct mu_software *s, const struct mu_db_query *q)
{
	return s->package ? mu_package_repo(s->package, q->release) : NULL;
}

void mu_companion_show_text(
	struct mu_wrap *w, const char *symbol, const struct mu_db_query *q)
{
	struct mu_companion c;
	const struct mu_release *r = mu_view_companion(symbol, q, &c);
	bool gone = r && !q->release && r < mu_release_newest();

	if (!r)
		return;
	mu_wrap_label(w, "library");
	mu_wrap_put(w, "%s of package %s has it%s%s; to build: %s, %s %s",
		c.soname ? c.soname
		: c.flag ? "the static library"
			 : "the header",
		c.package, gone ? ", up to Alpine " : "", gone ? r->name : "", c.dev,
		c.header, c.flag ? c.flag : "");
}

void mu_software_show_text(
	struct mu_wrap *w, const char *name, const struct mu_db_query *q)
{
	const struct mu_software *s = mu_view_software(name);
	const char *repo = mu_view_software_repo(s, q);
	const struct mu_recipe *r;
	unsigned it = 0;

	mu_wrap_label(w, "software");
	mu_wrap_put(w, "%s%s", s->name,
		s->declined ? "; its makers decline to support musl" : "");
	mu_wrap_label(w, "");
	mu_wrap_words(w, s->why);
	if (repo) {
		mu_wrap_label(w, "package");
		mu_wrap_put(w, "%s (%s)", s->package, repo);
	}
	for (const char *label = "advice";
		(r = mu_advice_next(MU_ADVICE_SOFTWARE, s->id, &it)); label = "") {
		mu_wrap_label(w, label);
		mu_wrap_words(w, r->summary);
	}
	mu_wrap_label(w, "source");
	mu_wrap_words(w, s->source);
}
