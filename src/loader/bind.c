/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memo.h"

void mu_memo_free(struct mu_memo *m)
{
	if (!m)
		return;
	free(m->deps);
	free(m->left);
	free(m);
}

static const struct mu_elf *elf_of(const struct mu_closure *c, int node)
{
	const struct mu_file *f = c->nodes.v[node].file;

	return f ? f->elf : NULL;
}

int mu_closure_definer(const struct mu_closure *c, uint64_t hash, int skip, bool plt)
{
	for (size_t i = 0; i < c->nodes.n; i++) {
		const struct mu_elf *o = elf_of(c, (int)i);
		if (o && (int)i != skip && mu_exports_resolve(&o->exports, hash, plt))
			return (int)i;
	}
	return -1;
}

int mu_closure_shadow(const struct mu_closure *c, uint64_t hash, enum mu_answer *ret)
{
	for (size_t i = 0; i < c->nodes.n; i++) {
		const struct mu_elf *o = elf_of(c, (int)i);
		enum mu_answer a =
			o ? mu_exports_find(&o->exports, hash) : MU_ANSWER_NONE;
		if (a == MU_ANSWER_HIDDEN || a == MU_ANSWER_UNFIT) {
			*ret = a;
			return (int)i;
		}
	}
	return -1;
}

/* ---- what an object's own libraries leave open ------------------------- */

static bool answered_by_deps(
	const struct mu_closure *c, const struct mu_node *node, const struct mu_symref *s)
{
	for (size_t i = 0; i < node->ndeps; i++) {
		int d = c->deps.v[node->dep0 + i].node;
		const struct mu_elf *o = d >= 0 ? elf_of(c, d) : NULL;
		if (o && o != node->file->elf &&
			mu_exports_resolve(&o->exports, s->hash, s->how & MU_REF_PLT))
			return true;
	}
	return false;
}

static struct mu_file *dep_file(
	const struct mu_closure *c, const struct mu_node *node, size_t i)
{
	int d = c->deps.v[node->dep0 + i].node;

	return d >= 0 ? c->nodes.v[d].file : NULL;
}

static bool memo_fits(
	const struct mu_memo *m, const struct mu_closure *c, const struct mu_node *node)
{
	if (m->ndeps != node->ndeps)
		return false;
	for (size_t i = 0; i < m->ndeps; i++)
		if (m->deps[i] != dep_file(c, node, i))
			return false;
	return true;
}

static struct mu_memo *make_memo(const struct mu_closure *c, const struct mu_node *node)
{
	const struct mu_file *f = node->file;
	struct mu_memo *m = calloc(1, sizeof *m);

	if (!m)
		return NULL;
	m->deps = malloc((node->ndeps + 1) * sizeof(struct mu_file *));
	m->left = malloc((f->nhard + 1) * sizeof *m->left);
	if (!m->deps || !m->left) {
		mu_memo_free(m);
		return NULL;
	}
	for (; m->ndeps < node->ndeps; m->ndeps++)
		m->deps[m->ndeps] = dep_file(c, node, m->ndeps);
	for (size_t i = 0; i < f->nhard; i++)
		if (!answered_by_deps(c, node, &f->elf->refs[f->hard[i]]))
			m->left[m->nleft++] = f->hard[i];
	return m;
}

/*
 * The memo of a node's file; the first one made stays with the file. Where the same
 * file found other libraries this time, one for this closure only, in *own.
 */
static const struct mu_memo *memo_of(
	const struct mu_closure *c, const struct mu_node *node, struct mu_memo **own)
{
	struct mu_memo *m = __atomic_load_n(&node->file->memo, __ATOMIC_ACQUIRE),
		       *none = NULL;

	if (m && memo_fits(m, c, node))
		return m;
	*own = make_memo(c, node);
	if (!m && *own &&
		__atomic_compare_exchange_n(&node->file->memo, &none, *own, false,
			__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		m = *own;
		*own = NULL;
		return m;
	}
	return *own;
}

/* ---- all of the scope --------------------------------------------------- */

static int bind_ref(struct mu_closure *c, int node, uint32_t ref)
{
	const struct mu_symref *s = &c->nodes.v[node].file->elf->refs[ref];
	/* a copy relocation asks everybody but the program, whose own it is */
	int skip = s->how & MU_REF_COPY ? 0 : -1;

	if (mu_closure_definer(c, s->hash, skip, s->how & MU_REF_PLT) >= 0)
		return 0;
	if (mu_vec_room(&c->open))
		return -ENOMEM;
	c->open.v[c->open.n++] = (struct mu_open_ref){node, ref};
	return 0;
}

/* Without musl in the scope nothing answers for it: every reference counts. */
static int bind_all(struct mu_closure *c, int node)
{
	size_t n = c->nodes.v[node].file->elf->nrefs;
	int e = 0;

	for (size_t i = 0; i < n && !e; i++)
		e = bind_ref(c, node, (uint32_t)i);
	return e;
}

static int bind_left(struct mu_closure *c, int node)
{
	struct mu_memo *own = NULL;
	const struct mu_memo *m = memo_of(c, &c->nodes.v[node], &own);
	int e = m ? 0 : -ENOMEM;

	for (size_t i = 0; m && i < m->nleft && !e; i++)
		e = bind_ref(c, node, m->left[i]);
	mu_memo_free(own);
	return e;
}

int mu_closure_bind(struct mu_closure *c)
{
	for (size_t i = 0; i < c->nodes.n; i++) {
		int node = (int)mu_closure_at(c, i), e;
		if (!c->nodes.v[node].file)
			continue;
		e = c->has_libc ? bind_left(c, node) : bind_all(c, node);
		if (e)
			return e;
	}
	return 0;
}

bool mu_open_ref_fails(
	const struct mu_closure *c, const struct mu_open_ref *o, int variant)
{
	const struct mu_file *f = c->nodes.v[o->node].file;
	uint32_t bit = UINT32_C(1) << variant;

	if (f->lfs64 && (f->lfs64[o->ref] & bit))
		return false;
	return !(c->has_libc && f->libc && (f->libc[o->ref] & bit));
}
