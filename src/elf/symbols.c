/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "reader.h"

/* Against hash tables that claim more than a file can mean. */
#define MAX_BUCKETS (1u << 26)

static int fetch_words(
	struct reader *r, uint64_t off, uint64_t avail, uint64_t n, uint32_t **ret)
{
	void *buf;
	int e;

	if (n > avail / 4)
		return bad(r, "a hash table ends outside its segment");
	e = fetch(r, off, n * 4, ELF_T_WORD, &buf);
	if (!e)
		*ret = buf;
	return e;
}

/* s390x has hash tables of 64-bit words; nothing else that muslin knows has. */
static int fetch_wide(
	struct reader *r, uint64_t off, uint64_t avail, uint64_t n, uint32_t **ret)
{
	uint64_t *wide;
	uint32_t *narrow;
	void *buf;
	int e;

	if (n > avail / 8)
		return bad(r, "a hash table ends outside its segment");
	e = fetch(r, off, n * 8, ELF_T_XWORD, &buf);
	if (e)
		return e;
	wide = buf;
	narrow = malloc(n * 4 + 1);
	for (uint64_t i = 0; narrow && i < n; i++)
		narrow[i] = wide[i] > UINT32_MAX ? UINT32_MAX : (uint32_t)wide[i];
	free(buf);
	*ret = narrow;
	return narrow ? 0 : -ENOMEM;
}

static int read_sysv(struct reader *r)
{
	bool wide = r->o->facts.e_machine == EM_S390 && r->is64;
	int (*get)(struct reader *, uint64_t, uint64_t, uint64_t, uint32_t **) =
		wide ? fetch_wide : fetch_words;
	uint64_t off, avail, step = wide ? 8 : 4;
	struct hash *h = &r->hash;
	uint32_t *head = NULL;
	int e = locate(r, r->dyn[DYN_HASH], &off, &avail);

	if (e || (e = get(r, off, avail, 2, &head)))
		return e;
	h->nbuckets = head[0];
	h->nchain = head[1];
	free(head);
	if (!h->nbuckets || h->nbuckets > MAX_BUCKETS || h->nchain > MAX_BUCKETS)
		return bad(r, "a hash table of %u buckets", h->nbuckets);
	off += 2 * step;
	avail -= 2 * step;
	e = get(r, off, avail, h->nbuckets, &h->buckets);
	if (e)
		return e;
	off += h->nbuckets * step;
	avail -= h->nbuckets * step;
	return get(r, off, avail, h->nchain, &h->chain);
}

/*
 * The chain's length stands nowhere: it ends with the first value from the last
 * bucket's start on that has its lowest bit set. Read on until that is there.
 */
static int read_chain(struct reader *r, uint64_t off, uint64_t avail)
{
	struct hash *h = &r->hash;
	uint64_t last = 0, guess;

	for (uint32_t i = 0; i < h->nbuckets; i++)
		if (h->buckets[i] > last)
			last = h->buckets[i];
	if (last < h->symoffset || !last)
		return 0;
	last -= h->symoffset;
	for (guess = last + 64;; guess *= 2) {
		uint64_t n = guess < avail / 4 ? guess : avail / 4;
		int e;
		if (last >= n)
			return bad(r, "a hash table ends outside its segment");
		free(h->chain);
		h->chain = NULL;
		e = fetch_words(r, off, avail, n, &h->chain);
		if (e)
			return e;
		for (uint64_t i = last; i < n; i++) {
			if (!(h->chain[i] & 1))
				continue;
			h->nchain = i + 1;
			return 0;
		}
		if (n == avail / 4)
			return bad(r, "a hash chain has no end");
	}
}

static int read_gnu(struct reader *r)
{
	uint64_t off, avail, word = r->is64 ? 8 : 4, bloom;
	struct hash *h = &r->hash;
	uint32_t *head = NULL;
	int e = locate(r, r->dyn[DYN_GNU_HASH], &off, &avail);

	if (e || (e = fetch_words(r, off, avail, 4, &head)))
		return e;
	h->gnu = true;
	h->nbuckets = head[0];
	h->symoffset = head[1];
	h->nbloom = head[2];
	h->shift = head[3];
	free(head);
	if (!h->nbuckets || h->nbuckets > MAX_BUCKETS || !h->nbloom ||
		h->nbloom > MAX_BUCKETS)
		return bad(r, "a GNU hash table of %u buckets and %u filter words",
			h->nbuckets, h->nbloom);
	off += 16;
	avail -= 16;
	bloom = h->nbloom * word;
	if (bloom > avail)
		return bad(r, "a hash table ends outside its segment");
	e = fetch(r, off, bloom, r->is64 ? ELF_T_XWORD : ELF_T_WORD, &h->bloom);
	if (e)
		return e;
	off += bloom;
	avail -= bloom;
	e = fetch_words(r, off, avail, h->nbuckets, &h->buckets);
	if (e)
		return e;
	return read_chain(r, off + 4ull * h->nbuckets, avail - 4ull * h->nbuckets);
}

static int read_hash(struct reader *r)
{
	if (has(r, DYN_GNU_HASH))
		return read_gnu(r);
	return has(r, DYN_HASH) ? read_sysv(r) : 0;
}

/* How many entries of the symbol table relocations and the hash table reach. */
static uint64_t reach(const struct reader *r)
{
	uint64_t n = r->hash.nchain ? r->hash.symoffset + r->hash.nchain : 0;

	for (size_t i = 0; i < r->asked.n; i++)
		if (r->asked.v[i].sym >= n)
			n = r->asked.v[i].sym + UINT64_C(1);
	return n;
}

int read_symbols(struct reader *r)
{
	uint64_t off, avail, n;
	void *buf;
	int e = read_hash(r);

	if (e)
		return e;
	n = reach(r);
	if (!n || !has(r, DYN_SYMTAB))
		return 0;
	e = locate(r, r->dyn[DYN_SYMTAB], &off, &avail);
	if (e)
		return e;
	if (n > avail / sym_bytes(r))
		return bad(r, "the hash table reaches beyond the symbol table");
	e = fetch(r, off, n * sym_bytes(r), ELF_T_SYM, &r->syms);
	if (e)
		return e;
	r->nsyms = n;
	if (!has(r, DYN_VERSYM))
		return 0;
	e = locate(r, r->dyn[DYN_VERSYM], &off, &avail);
	if (e)
		return e;
	if (n > avail / 2)
		return bad(r, "the symbol versions end outside their segment");
	e = fetch(r, off, n * 2, ELF_T_HALF, &buf);
	if (!e)
		r->versym = buf;
	return e;
}
