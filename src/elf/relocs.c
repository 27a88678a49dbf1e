/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "reader.h"

#define PIECE_BYTES (1u << 18)
#define MAX_ODD 256
#define MAX_TABLE (UINT64_C(1) << 30)

struct reloc {
	uint32_t type, sym;
};

static struct reloc decode(const struct reader *r, const void *p, bool rela)
{
	uint64_t info;

	if (r->is64)
		info = rela ? ((const Elf64_Rela *)p)->r_info
			    : ((const Elf64_Rel *)p)->r_info;
	else
		info = rela ? ((const Elf32_Rela *)p)->r_info
			    : ((const Elf32_Rel *)p)->r_info;
	/* the type's top bit is not looked at by musl */
	return r->is64 ? (struct reloc){info & 0x7fffffff, (uint32_t)(info >> 32)}
		       : (struct reloc){info & 255, (uint32_t)(info >> 8)};
}

static const uint8_t how_of_role[] = {
	[MU_RELOC_UNSUPPORTED] = MU_REF_DATA,
	[MU_RELOC_SYMBOLIC] = MU_REF_DATA,
	[MU_RELOC_USYMBOLIC] = MU_REF_DATA,
	[MU_RELOC_OFFSET] = MU_REF_DATA,
	[MU_RELOC_OFFSET32] = MU_REF_DATA,
	[MU_RELOC_GOT] = MU_REF_GOT,
	[MU_RELOC_PLT] = MU_REF_PLT,
	[MU_RELOC_COPY] = MU_REF_COPY,
	[MU_RELOC_RELATIVE] = MU_REF_DATA,
	[MU_RELOC_DTPMOD] = MU_REF_DATA,
	[MU_RELOC_DTPOFF] = MU_REF_DATA,
	[MU_RELOC_TPOFF] = MU_REF_DATA | MU_REF_TPOFF,
	[MU_RELOC_TPOFF_NEG] = MU_REF_DATA | MU_REF_TPOFF,
	[MU_RELOC_TLSDESC] = MU_REF_DATA,
	[MU_RELOC_SYM_OR_REL] = MU_REF_DATA,
};

static int note_odd(struct reader *r, struct reloc rel)
{
	uint32_t ref = rel.sym ? rel.sym : MU_NO_REF;
	unsigned same = 0;

	for (size_t i = 0; i < r->odd.n; i++) {
		if (r->odd.v[i].type != rel.type)
			continue;
		if (r->odd.v[i].ref == ref)
			return 0;
		same++;
	}
	/* one relocation of a type that is applied is an error; a few are proof enough */
	if (same >= 8)
		return 0;
	if (r->odd.n >= MAX_ODD)
		return mu_error_set(r->err, -MU_E_LIMIT, r->path,
			"more than %d unknown relocation types", MAX_ODD);
	if (mu_vec_room(&r->odd))
		return -ENOMEM;
	r->odd.v[r->odd.n++] = (struct mu_oddreloc){rel.type, ref};
	return 0;
}

/* PLT slots pass over undefined entries, copies over the program: the same symbol may
 * be found by one and not by the other. */
static uint8_t ways_like(uint8_t how)
{
	if (how & (MU_REF_PLT | MU_REF_COPY))
		return how;
	return MU_REF_GOT | MU_REF_DATA | MU_REF_TPOFF;
}

static int note_symbol(struct reader *r, uint32_t sym, uint8_t how)
{
	uint8_t ways = ways_like(how);

	if (sym >= r->nhow)
		return bad(r, "a relocation names symbol %u, outside the table", sym);
	if (!(r->how[sym] & ways)) {
		if (mu_vec_room(&r->asked))
			return -ENOMEM;
		r->asked.v[r->asked.n++] = (struct asked){sym, ways};
	}
	r->how[sym] |= how;
	return 0;
}

static int take_reloc(struct reader *r, struct reloc rel)
{
	const struct mu_reloc_type *t;
	uint8_t how;
	int e;

	if (!rel.type)
		return 0;
	t = mu_db_reloc(r->o->facts.machine->id, rel.type);
	if (!t || t->role == MU_RELOC_UNSUPPORTED || t->since)
		if ((e = note_odd(r, rel)))
			return e;
	how = how_of_role[t ? t->role : MU_RELOC_UNSUPPORTED];
	if (rel.sym)
		return note_symbol(r, rel.sym, how);
	if (how & MU_REF_TPOFF)
		r->o->local_tpoff = true;
	return 0;
}

/* The type that nearly all relocations have: nothing to be told of it. */
static uint32_t relative_type(const struct reader *r)
{
	static const uint32_t by_machine[MU_MACHINE_COUNT] = {
		[MU_MACHINE_X86_64] = R_X86_64_RELATIVE,
		[MU_MACHINE_X86] = R_386_RELATIVE,
		[MU_MACHINE_AARCH64] = R_AARCH64_RELATIVE,
		[MU_MACHINE_ARMHF] = R_ARM_RELATIVE,
		[MU_MACHINE_ARMEL] = R_ARM_RELATIVE,
		[MU_MACHINE_PPC64LE] = R_PPC64_RELATIVE,
		[MU_MACHINE_S390X] = R_390_RELATIVE,
		[MU_MACHINE_RISCV64] = R_RISCV_RELATIVE,
		[MU_MACHINE_LOONGARCH64] = 3,
	};
	return by_machine[r->o->facts.machine->id];
}

static int read_piece(
	struct reader *r, const char *buf, uint64_t n, bool rela, size_t step)
{
	uint32_t relative = relative_type(r);

	for (uint64_t i = 0; i < n; i += step) {
		struct reloc rel = decode(r, buf + i, rela);
		int e;
		if (rel.type == relative && !rel.sym)
			continue;
		if ((e = take_reloc(r, rel)))
			return e;
	}
	return 0;
}

static size_t reloc_bytes(const struct reader *r, bool rela)
{
	if (r->is64)
		return rela ? sizeof(Elf64_Rela) : sizeof(Elf64_Rel);
	return rela ? sizeof(Elf32_Rela) : sizeof(Elf32_Rel);
}

static int read_table(struct reader *r, enum dyn addr, enum dyn size, bool rela)
{
	uint64_t off, avail, n = r->dyn[size];
	size_t step = reloc_bytes(r, rela), piece = PIECE_BYTES / step * step;
	char *buf;
	int e;

	if (!has(r, addr) || !has(r, size) || !n)
		return 0;
	e = locate(r, r->dyn[addr], &off, &avail);
	if (e)
		return e;
	if (n > avail)
		return bad(r, "a relocation table ends outside its segment");
	if (n > MAX_TABLE)
		return mu_error_set(r->err, -MU_E_LIMIT, r->path,
			"%llu bytes of relocations", (unsigned long long)n);
	n = n / step * step;
	buf = malloc(n < piece ? n + 1 : piece);
	if (!buf)
		return -ENOMEM;
	while (n && !e) {
		uint64_t now = n < piece ? n : piece;
		e = fetch_into(r, off, now, rela ? ELF_T_RELA : ELF_T_REL, buf);
		if (!e)
			e = read_piece(r, buf, now, rela, step);
		off += now;
		n -= now;
	}
	free(buf);
	return e;
}

int read_relocations(struct reader *r)
{
	uint64_t off, avail = 0;
	int e;

	if (!r->o->facts.machine)
		return 0;
	if (has(r, DYN_SYMTAB) && (e = locate(r, r->dyn[DYN_SYMTAB], &off, &avail)))
		return e;
	r->nhow = avail / sym_bytes(r);
	/* pages that are never touched cost nothing */
	r->how = calloc(r->nhow ? r->nhow : 1, 1);
	if (!r->how)
		return -ENOMEM;
	if ((e = read_table(
		     r, DYN_JMPREL, DYN_PLTRELSZ, r->dyn[DYN_PLTREL] == DT_RELA)) ||
		(e = read_table(r, DYN_REL, DYN_RELSZ, false)))
		return e;
	return read_table(r, DYN_RELA, DYN_RELASZ, true);
}

/* ---- symbols asked for → references ----------------------------------- */

/* Whether the object answers its own relocations, whatever else is loaded. */
static bool own_answer(const struct reader *r, uint8_t how, uint64_t hash)
{
	if (how & MU_REF_COPY)
		return false;
	return mu_exports_resolve(&r->o->exports, hash, how & MU_REF_PLT);
}

static void set_version(const struct reader *r, uint32_t sym, struct mu_symref *ref)
{
	uint32_t v = r->versym ? r->versym[sym] & 0x7fff : 0;

	if (v < 2 || v >= r->nversions)
		return;
	ref->version = r->versions[v].name;
	ref->file = r->versions[v].file;
}

/* Returns 1 and a reference, 0 when the symbol needs no other object, or an error. */
static int make_ref(struct reader *r, const struct asked *asked, struct mu_symref *ref)
{
	uint32_t sym = asked->sym;
	GElf_Sym s = symbol(r, sym);
	uint8_t how = r->how[sym] & asked->ways;
	const char *name;

	if (GELF_ST_BIND(s.st_info) == STB_LOCAL) {
		if (how & MU_REF_TPOFF)
			r->o->local_tpoff = true;
		return 0;
	}
	if (s.st_shndx == SHN_UNDEF && GELF_ST_BIND(s.st_info) == STB_WEAK)
		return 0;
	name = string_at(r, s.st_name);
	if (!name)
		return bad(r, "symbol %u's name is outside the string table", sym);
	*ref = (struct mu_symref){.len = (uint32_t)strlen(name), .how = how};
	if (spend_memory(r, ref->len))
		return -MU_E_LIMIT;
	ref->hash = mu_hash(name, ref->len);
	if (own_answer(r, how, ref->hash)) {
		if (how & MU_REF_TPOFF)
			r->o->local_tpoff = true;
		return 0;
	}
	ref->name = mu_arena_strndup(&r->o->arena, name, ref->len);
	ref->size = s.st_size;
	if (s.st_shndx != SHN_UNDEF)
		ref->how |= MU_REF_DEFINED;
	if (GELF_ST_TYPE(s.st_info) == STT_FUNC)
		ref->how |= MU_REF_FUNC;
	set_version(r, sym, ref);
	return ref->name ? 1 : -ENOMEM;
}

/* Unknown relocation types by symbol index → by reference, those without one apart. */
static int settle_odd(struct reader *r, const uint32_t *ref_of)
{
	struct mu_elf *o = r->o;

	o->odd = mu_arena_array(&o->arena, r->odd.n, sizeof *o->odd);
	if (!o->odd)
		return -ENOMEM;
	for (; o->nodd < r->odd.n; o->nodd++) {
		o->odd[o->nodd] = r->odd.v[o->nodd];
		if (o->odd[o->nodd].ref != MU_NO_REF)
			o->odd[o->nodd].ref = ref_of[o->odd[o->nodd].ref];
	}
	return 0;
}

int make_refs(struct reader *r)
{
	struct mu_elf *o = r->o;
	uint32_t *ref_of = NULL;
	int e = 0;

	o->refs = mu_arena_array(&o->arena, r->asked.n, sizeof *o->refs);
	if (!o->refs)
		return -ENOMEM;
	if (r->odd.n) {
		ref_of = malloc((r->nsyms + 1) * sizeof *ref_of);
		if (!ref_of)
			return -ENOMEM;
		memset(ref_of, 0xff, (r->nsyms + 1) * sizeof *ref_of);
	}
	for (size_t i = 0; i < r->asked.n; i++) {
		e = make_ref(r, &r->asked.v[i], &o->refs[o->nrefs]);
		if (e < 0)
			break;
		if (e && ref_of && !(r->asked.v[i].ways & (MU_REF_PLT | MU_REF_COPY)))
			ref_of[r->asked.v[i].sym] = (uint32_t)o->nrefs;
		o->nrefs += (size_t)e;
	}
	if (e >= 0)
		e = settle_odd(r, ref_of);
	free(ref_of);
	return e;
}
