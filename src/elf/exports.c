/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/hash.h"
#include "reader.h"

#define ANSWER_MASK UINT64_C(7)

/* ---- the set ---------------------------------------------------------- */

static uint64_t key_of(uint64_t hash)
{
	uint64_t key = hash & ~ANSWER_MASK;
	return key ? key : ANSWER_MASK + 1;
}

static uint64_t *slot_of(uint64_t *slots, size_t mask, uint64_t seed, uint64_t key)
{
	size_t i = (size_t)(key * seed >> 24) & mask;

	while (slots[i] && (slots[i] & ~ANSWER_MASK) != key)
		i = (i + 1) & mask;
	return &slots[i];
}

static uint64_t make_seed(const void *here)
{
	struct timespec t = {0};

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (((uint64_t)(uintptr_t)here << 20) ^ ((uint64_t)t.tv_sec << 32) ^
		       (uint64_t)t.tv_nsec * UINT64_C(0x9e3779b97f4a7c15)) |
	       1;
}

enum mu_answer mu_exports_find(const struct mu_exports *e, uint64_t hash)
{
	uint64_t slot;

	if (!e->n)
		return MU_ANSWER_NONE;
	slot = *slot_of(e->slots, e->mask, e->seed, key_of(hash));
	return slot ? (enum mu_answer)(slot & ANSWER_MASK) : MU_ANSWER_NONE;
}

bool mu_exports_resolve(const struct mu_exports *e, uint64_t hash, bool plt)
{
	enum mu_answer a = mu_exports_find(e, hash);

	return a == MU_ANSWER_DEF || (a == MU_ANSWER_UND && !plt);
}

static int grow(struct mu_exports *e)
{
	size_t mask = e->n ? e->mask * 2 + 1 : 15;
	uint64_t *slots = calloc(mask + 1, sizeof *slots);

	if (!slots)
		return -ENOMEM;
	if (!e->seed)
		e->seed = make_seed(slots);
	for (size_t i = 0; e->n && i <= e->mask; i++)
		if (e->slots[i])
			*slot_of(slots, mask, e->seed, e->slots[i] & ~ANSWER_MASK) =
				e->slots[i];
	free(e->slots);
	e->slots = slots;
	e->mask = mask;
	return 0;
}

int mu_exports_add(struct mu_exports *e, uint64_t hash, enum mu_answer answer)
{
	uint64_t key = key_of(hash), *slot;

	if ((!e->n || e->n * 4 >= (e->mask + 1) * 3) && grow(e))
		return -ENOMEM;
	slot = slot_of(e->slots, e->mask, e->seed, key);
	if (!*slot) {
		*slot = key | answer;
		e->n++;
	} else if ((*slot & ANSWER_MASK) == MU_ANSWER_HIDDEN) {
		*slot = key | answer;
	}
	return 0;
}

struct mu_elf *mu_elf_virtual(const struct mu_machine *m, const char *soname)
{
	struct mu_elf *o = calloc(1, sizeof *o);

	if (!o)
		return NULL;
	o->facts = (struct mu_object){
		.kind = MU_KIND_SHARED_LIBRARY,
		.libc = MU_LIBC_MUSL,
		.e_type = ET_DYN,
		.e_machine = m->e_machine,
		.bits = m->bits,
		.little = m->little,
		.machine = m,
		.has_dynamic = true,
		.soname = mu_arena_strdup(&o->arena, soname),
	};
	return o;
}

/* ---- what the hash table really finds --------------------------------- */

struct hashes {
	uint64_t id;
	uint32_t gnu, sysv, len;
};

/* All hashes of a name in one pass over it. */
static struct hashes hash_all(const char *s)
{
	struct hashes h = {MU_HASH_SEED, 5381, 0, 0};

	for (; s[h.len]; h.len++) {
		unsigned char c = (unsigned char)s[h.len];
		h.id = (h.id ^ c) * MU_HASH_PRIME;
		h.gnu = h.gnu * 33 + c;
		h.sysv = h.sysv * 16 + c;
		h.sysv ^= h.sysv >> 24 & 0xf0;
		h.sysv &= 0xfffffff;
	}
	return h;
}

#define OK_TYPES                                                                   \
	(1u << STT_NOTYPE | 1u << STT_OBJECT | 1u << STT_FUNC | 1u << STT_COMMON | \
		1u << STT_TLS)
#define OK_BINDS (1u << STB_GLOBAL | 1u << STB_WEAK | 1u << STB_GNU_UNIQUE)

/* musl's own filter, in its own order, behind the hash table's answer */
static enum mu_answer judge(const GElf_Sym *s)
{
	unsigned type = GELF_ST_TYPE(s->st_info), bind = GELF_ST_BIND(s->st_info);
	bool undefined = s->st_shndx == SHN_UNDEF;

	if (undefined && (type == STT_TLS || !s->st_value))
		return MU_ANSWER_EMPTY;
	if (!s->st_value && type != STT_TLS)
		return MU_ANSWER_UNFIT;
	if (!(1u << type & OK_TYPES) || !(1u << bind & OK_BINDS))
		return MU_ANSWER_UNFIT;
	return undefined ? MU_ANSWER_UND : MU_ANSWER_DEF;
}

static int keep_name(struct reader *r, const char *name)
{
	const char *copy = keep(r, name);

	if (!copy)
		return not_kept(r);
	if (mu_vec_room(&r->o->names))
		return -ENOMEM;
	r->o->names.v[r->o->names.n++] = copy;
	return 0;
}

static int offer(struct reader *r, uint64_t i, const char *name, uint64_t id)
{
	GElf_Sym s = symbol(r, i);
	/* musl reads the version as a signed number: the hidden bit is its sign */
	bool hidden = r->versym && (r->versym[i] & 0x8000);
	int e;

	if (!*name && s.st_shndx == SHN_UNDEF)
		return 0;
	if (r->keep_names && !hidden && judge(&s) == MU_ANSWER_DEF &&
		(e = keep_name(r, name)))
		return e;
	return mu_exports_add(&r->o->exports, id, hidden ? MU_ANSWER_HIDDEN : judge(&s));
}

static bool bloom_lets(const struct reader *r, uint32_t hash)
{
	const struct hash *h = &r->hash;
	unsigned bits = r->is64 ? 64 : 32;
	uint64_t word;
	/* musl masks with nbloom - 1, whatever nbloom is */
	size_t i = (hash / bits) & (h->nbloom - 1);

	word = r->is64 ? ((const uint64_t *)h->bloom)[i]
		       : ((const uint32_t *)h->bloom)[i];
	if (!(word >> hash % bits & 1))
		return false;
	return h->shift < 32 ? word >> (hash >> h->shift) % bits & 1 : word & 1;
}

static int read_name(
	struct reader *r, uint64_t i, const char **name, struct hashes *names)
{
	*name = string_at(r, symbol(r, i).st_name);
	if (!*name)
		return bad(r, "symbol %llu's name is outside the string table",
			(unsigned long long)i);
	*names = hash_all(*name);
	return spend(r, names->len);
}

static int walk_gnu(struct reader *r)
{
	const struct hash *h = &r->hash;
	uint64_t steps = 0;

	for (uint32_t b = 0; b < h->nbuckets; b++) {
		uint64_t i = h->buckets[b];
		if (!i)
			continue;
		if (i < h->symoffset)
			return bad(r, "a hash bucket points before its table");
		for (; i - h->symoffset < h->nchain; i++) {
			uint32_t value = h->chain[i - h->symoffset];
			struct hashes names;
			const char *name;
			int e;
			/* each entry is in one chain: more steps are a trick */
			if (steps++ >= h->nchain)
				return bad(r, "hash chains overlap");
			if ((e = read_name(r, i, &name, &names)))
				return e;
			if ((names.gnu | 1) == (value | 1) &&
				names.gnu % h->nbuckets == b &&
				bloom_lets(r, names.gnu) &&
				(e = offer(r, i, name, names.id)))
				return e;
			if (value & 1)
				break;
		}
	}
	return 0;
}

static int walk_sysv(struct reader *r)
{
	const struct hash *h = &r->hash;
	uint64_t steps = 0;

	for (uint32_t b = 0; b < h->nbuckets; b++) {
		for (uint64_t i = h->buckets[b]; i; i = h->chain[i]) {
			const char *name;
			struct hashes names;
			int e;
			if (i >= h->nchain || steps++ >= h->nchain)
				return bad(r, "a hash chain leaves its table, loops or "
					      "overlaps another");
			if ((e = read_name(r, i, &name, &names)))
				return e;
			if (names.sysv % h->nbuckets == b &&
				(e = offer(r, i, name, names.id)))
				return e;
		}
	}
	return 0;
}

static bool offers(const struct reader *r, const char *name)
{
	return mu_exports_resolve(&r->o->exports, mu_hash(name, strlen(name)), true);
}

int read_exports(struct reader *r)
{
	int e = 0;

	if (r->syms && r->hash.nbuckets)
		e = r->hash.gnu ? walk_gnu(r) : walk_sysv(r);
	if (e)
		return e;
	r->o->facts.defines_libc = offers(r, "__libc_start_main") && offers(r, "stdin");
	return 0;
}
