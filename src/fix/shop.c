/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "shop.h"

/* A name out of a file becomes part of a command that people paste: only what is
 * plainly a soname may. */
bool is_plain(const char *s)
{
	return *s && *s != '-' &&
	       !s[strspn(s,
		       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
		       "._+-")];
}

void shop_buy(struct shopping *s, const char *name)
{
	for (size_t i = 0; name && i < s->nnames; i++)
		if (!strcmp(s->names[i], name))
			return;
	s->failed |= !name;
	s->names[s->nnames++] = name;
}

static void guess(struct shopping *s, const char *soname)
{
	const char *name = mu_arena_printf(s->a, "so:%s", soname);

	s->failed |= !name;
	s->guesses[s->nguesses++] = name;
}

void shop_say(struct shopping *s, const char *text)
{
	s->failed |= !text;
	s->caveats[s->ncaveats++] = text;
}

/* "libz.so.1: zlib, likely; bar has it too" */
static const char *choice(struct shopping *s, const struct mu_missing_library *m)
{
	const struct mu_provider *p = m->packages;
	const char *text = mu_arena_printf(s->a, "%s: %s, %s%s%s%s", m->name, p->package,
		mu_certainty_name(p->certainty),
		strcmp(p->repo, "main") ? "; needs the repository " : "",
		strcmp(p->repo, "main") ? p->repo : "",
		p->certainty == MU_CERTAINTY_POSSIBLE
			? "; apk finds the package by the soname, and says so where "
			  "there is none"
			: "");

	for (size_t i = 1; text && i < m->npackages; i++)
		text = mu_arena_printf(
			s->a, "%s%s%s", text, i > 1 ? ", " : "; or: ", p[i].package);
	return text;
}

/* One library's line. A guess is left to apk, which knows its index. */
static void shop_for(struct shopping *s, const struct mu_missing_library *m)
{
	const char *lack;

	s->brought += m->npackages || packages_unseen(s->t, m);
	if (m->npackages) {
		if (m->packages->certainty == MU_CERTAINTY_POSSIBLE ||
			!is_plain(m->packages->package))
			guess(s, m->name);
		else
			shop_buy(s, m->packages->package);
		shop_say(s, choice(s, m));
	} else if (packages_unseen(s->t, m)) {
		guess(s, m->name);
		shop_say(s, mu_arena_printf(s->a,
				    "so:%s: no package is known that has it; apk says "
				    "whether "
				    "%s has one",
				    m->name, s->t->pub.name));
	} else {
		lack = packages_lack(s->a, s->t, m);
		lack = lack ? mu_arena_printf(s->a, "%s: %s", m->name, lack) : NULL;
		shop_say(s, lack);
		if (!s->lacking && (m->releases_with || m->other))
			s->lacking = lack;
	}
}

int shop_begin(struct shopping *s, struct mu_arena *a, const struct target *t,
	const struct mu_result *r)
{
	size_t n = r->nmissing_libraries + SHOP_ROOM;

	*s = (struct shopping){.a = a, .t = t};
	s->names = mu_arena_array(a, n, sizeof *s->names);
	s->caveats = mu_arena_array(a, n, sizeof *s->caveats);
	s->guesses = mu_arena_array(a, n, sizeof *s->guesses);
	return s->names && s->caveats && s->guesses ? 0 : -ENOMEM;
}

int shop_libraries(struct shopping *s, const struct mu_result *r)
{
	struct mu_exports seen = {0}; /* hashes of names */

	for (size_t i = 0; i < r->nmissing_libraries; i++) {
		const char *name = r->missing_libraries[i].name;
		uint64_t hash = mu_hash(name, strlen(name));
		if (mu_exports_find(&seen, hash) != MU_ANSWER_NONE || !is_plain(name))
			continue;
		s->failed |= mu_exports_add(&seen, hash, MU_ANSWER_DEF) != 0;
		shop_for(s, &r->missing_libraries[i]);
	}
	free(seen.slots);
	return s->failed ? -ENOMEM : 0;
}
