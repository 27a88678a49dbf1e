/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "core/text.h"
#include "explain.h"

/* ---- one diagnosis a cause
 * ------------------------------------------------------------- */

static bool same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* The linker names no program: what one run of it misses is one cause. */
static bool same_link(const struct draft *a, const struct draft *b)
{
	bool named = !strcmp(a->text->id, "link-companion");

	return (!strncmp(a->text->id, "link-", 5) ||
		       !strcmp(a->text->id, "lfs64-source")) &&
	       !a->place[PLACE_OBJECT] && !b->place[PLACE_OBJECT] &&
	       (!named || same(a->place[PLACE_NAME], b->place[PLACE_NAME]));
}

/* What two lines have to share to be about one thing. */
static bool same_cause(const struct draft *a, const struct draft *b)
{
	const char *oa = a->place[PLACE_OBJECT], *ob = b->place[PLACE_OBJECT];

	const char *sa = a->place[PLACE_SUBJECT], *sb = b->place[PLACE_SUBJECT];

	if (a->text != b->text)
		return false;
	if (oa && ob)
		return !strcmp(oa, ob) || (sa && same(sa, sb));
	if (same_link(a, b))
		return true;
	/* a line that names nothing belongs to one that does */
	return same(sa, sb) || (a->pattern == b->pattern && (!sa || !sb));
}

static bool knows(const struct draft *d, const char *subject)
{
	if (!subject || same(d->place[PLACE_SUBJECT], subject))
		return true;
	for (size_t i = 0; i < d->others.n; i++)
		if (!strcmp(d->others.v[i], subject))
			return true;
	return false;
}

static void add_evidence(struct draft *to, const struct draft *from)
{
	for (size_t i = 0; i < from->nevidence && to->nevidence < MAX_EVIDENCE; i++)
		to->evidence[to->nevidence++] = from->evidence[i];
	to->nlines += from->nlines;
}

static void add_package(struct draft *d, const char *package)
{
	for (size_t i = 0; i < d->npackages; i++)
		if (!strcmp(d->packages[i], package))
			return;
	if (d->npackages < MAX_PACKAGES)
		d->packages[d->npackages++] = package;
}

static int merge(struct draft *to, const struct draft *from)
{
	const char *subject = from->place[PLACE_SUBJECT];

	if (!to->place[PLACE_SUBJECT])
		to->place[PLACE_SUBJECT] = subject;
	if (!knows(to, subject) && to->others.n < MAX_OTHERS) {
		if (mu_vec_room(&to->others))
			return -ENOMEM;
		to->others.v[to->others.n++] = subject;
	}
	add_evidence(to, from);
	if (!to->place[PLACE_OBJECT])
		to->place[PLACE_OBJECT] = from->place[PLACE_OBJECT];
	for (size_t i = 0; i < from->npackages; i++)
		add_package(to, from->packages[i]);
	for (size_t i = 0; i < from->nnotes && to->nnotes < MAX_PACKAGES; i++)
		to->notes[to->nnotes++] = from->notes[i];
	/* the release that has all of them */
	if (from->since && (!to->since || from->since > to->since)) {
		to->since = from->since;
		to->place[PLACE_SINCE] = from->place[PLACE_SINCE];
	}
	return 0;
}

static int add_draft(struct mu_explanation *x, const struct draft *d)
{
	for (size_t i = 0; i < x->ndrafts; i++)
		if (same_cause(&x->drafts[i], d))
			return merge(&x->drafts[i], d);
	if (x->ndrafts == MAX_DRAFTS) {
		x->cut = true;
		return 0;
	}
	x->drafts[x->ndrafts++] = *d;
	return 0;
}

/* ---- what follows from something else
 * ------------------------------------------------------ */

static bool listed(const struct mu_tab_pattern *p, const struct draft *root)
{
	const char *cause = mu_cause_name((enum mu_cause)(
		root->text->cause >= 0 ? root->text->cause : root->pattern->cause));

	for (size_t i = 0; i < p->nunder; i++)
		if (!strcmp(p->under[i], root->pattern->id) ||
			!strcmp(p->under[i], cause) ||
			!strcmp(p->under[i], root->text->id))
			return true;
	return false;
}

/* Symbols of a library that is missing are missing with it; those of glibc are not. */
static bool symbol_of_missing(const struct draft *d, const struct draft *root)
{
	static const char *const follow[] = {"symbol-unknown", "symbol-mixed",
		"symbol-cxx", "symbol-gcc", "symbol-library"};
	int cause = root->text->cause >= 0 ? root->text->cause : root->pattern->cause;
	const char *oa = d->place[PLACE_OBJECT], *ob = root->place[PLACE_OBJECT];

	if (cause != MU_CAUSE_LIBRARY || !strcmp(root->text->id, "soname-glibc-loader"))
		return false;
	for (size_t i = 0; i < sizeof follow / sizeof *follow; i++)
		if (!strcmp(d->text->id, follow[i]))
			return !oa || !ob ||
			       !strcmp(mu_text_base(oa), mu_text_base(ob)) ||
			       mu_text_ends(d->text->id, strlen(d->text->id), "cxx");
	return false;
}

static struct draft *root_of(struct mu_explanation *x, const struct draft *d)
{
	for (size_t i = 0; i < x->ndrafts; i++) {
		struct draft *root = &x->drafts[i];
		if (root == d || root->folded || root->pattern == d->pattern)
			continue;
		if (listed(d->pattern, root) || symbol_of_missing(d, root))
			return root;
	}
	return NULL;
}

static void fold(struct mu_explanation *x)
{
	for (size_t i = 0; i < x->ndrafts; i++) {
		struct draft *root = root_of(x, &x->drafts[i]);
		if (!root)
			continue;
		x->drafts[i].folded = true;
		add_evidence(root, &x->drafts[i]);
		if (!root->place[PLACE_OBJECT])
			root->place[PLACE_OBJECT] = x->drafts[i].place[PLACE_OBJECT];
	}
}

int group_finds(struct mu_explanation *x)
{
	int e = 0;

	for (size_t i = 0; i < x->nfinds && e >= 0; i++) {
		const struct find *f = &x->finds[i];
		struct draft d = {.pattern = f->pattern,
			.certainty = f->pattern->certainty,
			.nevidence = f->nevidence,
			.nlines = f->nlines};
		memcpy(d.evidence, f->evidence, sizeof d.evidence);
		d.place[PLACE_SUBJECT] = f->group[GROUP_SUBJECT];
		d.place[PLACE_OBJECT] = f->group[GROUP_OBJECT];
		d.place[PLACE_BY] = f->group[GROUP_BY];
		d.place[PLACE_RELEASE] = x->release ? x->release->name : NULL;
		d.place[PLACE_TARGET] = x->target;
		d.place[PLACE_INTERP] = x->machine->musl_interp;
		d.place[PLACE_MACHINE] = x->machine->name;
		d.place[PLACE_VERSION] = mu_variant_at(x->variant)->version;
		e = resolve(x, f, &d);
		if (e > 0)
			e = add_draft(x, &d);
	}
	if (e >= 0)
		fold(x);
	return e < 0 ? e : 0;
}
