/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include <muslin/advice.h>

#include "run.h"

/* More than these are no choice but a list. */
#define MAX_PROVIDERS 8

/* ---- what the tables say ---------------------------------------------------- */

static int copy_providers(
	struct mu_arena *a, const struct mu_release *r, struct mu_missing_library *m)
{
	struct mu_provider v[MAX_PROVIDERS], *copy;
	unsigned it = 0;
	size_t n = 0;

	while (n < MAX_PROVIDERS && mu_soname_provider_next(m->name, r, &it, &v[n]) > 0)
		n++;
	copy = mu_arena_array(a, n, sizeof *copy);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, v, n * sizeof *copy);
	m->packages = copy;
	m->npackages = n;
	return 0;
}

/* The newest numbered release of a mask; edge where there is no other. */
static const struct mu_release *newest_of(uint32_t mask)
{
	const struct mu_release *r, *best = NULL;

	for (int i = 0; (r = mu_release_at(i)); i++)
		if (mask >> i & 1 && (!best || strcmp(r->name, "edge")))
			best = r;
	return best;
}

static void find_elsewhere(struct mu_missing_library *m)
{
	struct mu_provider p;
	unsigned it = 0;

	m->releases_with =
		mu_provider_releases(MU_PROVIDED_SONAME, m->name, MU_CERTAINTY_LIKELY);
	if (!m->releases_with) {
		m->releases_with = mu_soname_releases(m->name);
		m->possible = m->releases_with != 0;
	}
	if (m->releases_with && mu_soname_provider_next(m->name,
					newest_of(m->releases_with), &it, &p) > 0)
		m->elsewhere = p.package;
}

int packages_find(struct job *job, const struct target *t, struct mu_missing_library *m)
{
	const struct mu_release *r = t->pub.release;

	/* what is in the way of the search stays there, whatever is installed */
	if (!r || m->in_the_way || !m->name)
		return 0;
	if (copy_providers(job->arena, r, m))
		return -ENOMEM;
	find_elsewhere(m);
	if (!m->npackages)
		m->other = mu_soname_other(m->name, r, &m->from);
	return 0;
}

bool packages_unseen(const struct target *t, const struct mu_missing_library *m)
{
	const struct mu_release *r = t->pub.release;

	return r && !m->in_the_way && !m->npackages && !m->releases_with && !m->other &&
	       !mu_library_of(m->name) &&
	       !(mu_index_was_read("main", r) && mu_index_was_read("community", r));
}

/* ---- what follows from it ---------------------------------------------------- */

/* A layer's own package works by what the layer does, which is simulated. */
bool packages_brought(const struct mu_missing_library *m)
{
	return m->npackages && mu_layer_by_name(m->packages[0].package) < 0;
}

bool packages_answer(const struct target *t, const struct mu_missing_symbol *m)
{
	const char *first = m->version ? mu_gcc_of_tag(m->version) : NULL;
	const char *gcc = first ? mu_release_gcc(t->pub.release) : NULL;

	if (m->origin != MU_ORIGIN_LIBRARY || m->shadow)
		return false;
	if (gcc && mu_version_cmp(gcc, first) < 0)
		return false; /* built with a newer GCC than the release has */
	return !(first && mu_libstdcxx_lacks(m->symbol));
}

bool packages_bring(const struct target *t, const struct mu_result *r)
{
	if (!r->interpreter_found || !r->nmissing_libraries || !can_be_brought(r))
		return false;
	for (size_t i = 0; i < r->nmissing_libraries; i++)
		if (!packages_brought(&r->missing_libraries[i]))
			return false;
	for (size_t i = 0; i < r->nmissing_symbols; i++)
		if (r->missing_symbols[i].origin == MU_ORIGIN_LIBRARY &&
			!packages_answer(t, &r->missing_symbols[i]))
			return false;
	return true;
}

/* "3.12 to 3.16, 3.18" */
static const char *spans(struct mu_arena *a, uint32_t mask)
{
	const struct mu_release *r;
	const char *text = "";

	for (int i = 0; text && (r = mu_release_at(i)); i++) {
		const struct mu_release *last = r;
		const char *comma = *text ? ", " : "";
		if (!(mask >> i & 1))
			continue;
		for (; mu_release_at(i + 1) && mask >> (i + 1) & 1; i++)
			last = mu_release_at(i + 1);
		text = last == r ? mu_arena_printf(a, "%s%s%s", text, comma, r->name)
				 : mu_arena_printf(a, "%s%s%s to %s", text, comma,
					   r->name, last->name);
	}
	return text;
}

static const char *where_else(
	struct mu_arena *a, const struct mu_missing_library *m, const char *text)
{
	const char *where = spans(a, m->releases_with);
	bool one = !(m->releases_with & (m->releases_with - 1));

	if (!where || !text)
		return NULL;
	return mu_arena_printf(a, "%s; %s %s it (%s)", text, where,
		m->possible ? "may have"
		: one       ? "has"
			    : "have",
		m->elsewhere);
}

/* Its indices were read; or the package is gone, by the list of packages. */
static bool surely_absent(const struct mu_release *r, const struct mu_missing_library *m)
{
	return (mu_index_was_read("main", r) && mu_index_was_read("community", r)) ||
	       (m->elsewhere && !mu_package_repo(m->elsewhere, r));
}

const char *packages_lack(
	struct mu_arena *a, const struct target *t, const struct mu_missing_library *m)
{
	const struct mu_library *l = mu_library_of(m->name);
	const struct mu_release *r = t->pub.release;
	const char *text;

	if (!r || m->npackages || m->in_the_way)
		return "";
	/* the program's own, most likely, whatever the release */
	if (!m->releases_with && !m->other)
		return l ? l->note : "no package of Alpine is known that has it";
	text = mu_arena_printf(
		a, "not %sin %s", surely_absent(r, m) ? "" : "known to be ", t->pub.name);
	if (m->releases_with)
		text = where_else(a, m, text);
	if (text && m->other)
		return mu_arena_printf(a,
			"%s; %s %s %s (%s): a rebuild is needed, the package alone does "
			"not help",
			text, t->pub.name,
			m->from.certainty > MU_CERTAINTY_POSSIBLE ? "has" : "may have",
			m->other, m->from.package);
	return text;
}
