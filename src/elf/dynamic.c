/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "reader.h"

#define MAX_DYN 65536
#define MAX_NEEDED 4096

/*
 * musl keeps the last value of the tags below its DYN_CNT, and the first of those
 * that it searches for (GNU_HASH, VERSYM, FLAGS_1).
 */
static const struct {
	int64_t tag;
	bool first;
} dyn_tags[DYN_COUNT] = {
	[DYN_HASH] = {DT_HASH},
	[DYN_GNU_HASH] = {DT_GNU_HASH, true},
	[DYN_SYMTAB] = {DT_SYMTAB},
	[DYN_STRTAB] = {DT_STRTAB},
	[DYN_STRSZ] = {DT_STRSZ},
	[DYN_SONAME] = {DT_SONAME},
	[DYN_RPATH] = {DT_RPATH},
	[DYN_RUNPATH] = {DT_RUNPATH},
	[DYN_FLAGS] = {DT_FLAGS},
	[DYN_FLAGS_1] = {DT_FLAGS_1, true},
	[DYN_BIND_NOW] = {DT_BIND_NOW},
	[DYN_TEXTREL] = {DT_TEXTREL},
	[DYN_JMPREL] = {DT_JMPREL},
	[DYN_PLTRELSZ] = {DT_PLTRELSZ},
	[DYN_PLTREL] = {DT_PLTREL},
	[DYN_REL] = {DT_REL},
	[DYN_RELSZ] = {DT_RELSZ},
	[DYN_RELA] = {DT_RELA},
	[DYN_RELASZ] = {DT_RELASZ},
	[DYN_RELR] = {36},   /* DT_RELR: elf.h has it from glibc 2.36 on */
	[DYN_RELRSZ] = {35}, /* DT_RELRSZ */
	[DYN_VERSYM] = {DT_VERSYM, true},
	[DYN_VERNEED] = {DT_VERNEED},
	[DYN_VERNEEDNUM] = {DT_VERNEEDNUM},
	[DYN_VERDEF] = {DT_VERDEF},
	[DYN_VERDEFNUM] = {DT_VERDEFNUM},
};

static int take_dyn(struct reader *r, int64_t tag, uint64_t value)
{
	if (tag == DT_NEEDED) {
		if (r->needed.n == MAX_NEEDED)
			return mu_error_set(r->err, -MU_E_LIMIT, r->path,
				"needs more than %d libraries", MAX_NEEDED);
		if (mu_vec_room(&r->needed))
			return -ENOMEM;
		r->needed.v[r->needed.n++] = value;
		return 0;
	}
	for (int i = 0; i < DYN_COUNT; i++) {
		if (dyn_tags[i].tag != tag)
			continue;
		if (!(dyn_tags[i].first && has(r, i)))
			r->dyn[i] = value;
		r->dyn_set |= UINT32_C(1) << i;
		break;
	}
	return 0;
}

static int read_table(struct reader *r)
{
	uint64_t off, avail, n, step = r->is64 ? sizeof(Elf64_Dyn) : sizeof(Elf32_Dyn);
	bool ended = false;
	void *buf;
	int e = locate(r, r->dyn_vaddr, &off, &avail);

	if (e)
		return e;
	n = avail / step;
	if (n > MAX_DYN)
		n = MAX_DYN;
	e = fetch(r, off, n * step, ELF_T_DYN, &buf);
	if (e)
		return e;
	for (uint64_t i = 0; i < n && !e && !ended; i++) {
		int64_t tag = r->is64 ? ((Elf64_Dyn *)buf)[i].d_tag
				      : ((Elf32_Dyn *)buf)[i].d_tag;
		uint64_t value = r->is64 ? ((Elf64_Dyn *)buf)[i].d_un.d_val
					 : ((Elf32_Dyn *)buf)[i].d_un.d_val;
		if (tag)
			e = take_dyn(r, tag, value);
		else
			ended = true;
	}
	free(buf);
	if (!e && !ended)
		return bad(r, "the dynamic section has no end");
	return e;
}

static int read_strings(struct reader *r)
{
	uint64_t off, avail, n;
	void *buf;
	int e;

	if (!has(r, DYN_STRTAB))
		return bad(r, "the dynamic section has no string table");
	e = locate(r, r->dyn[DYN_STRTAB], &off, &avail);
	if (e)
		return e;
	n = has(r, DYN_STRSZ) && r->dyn[DYN_STRSZ] < avail ? r->dyn[DYN_STRSZ] : avail;
	e = fetch(r, off, n, ELF_T_BYTE, &buf);
	if (e)
		return e;
	r->str = buf;
	r->strsz = n;
	return 0;
}

static int take_string(struct reader *r, enum dyn tag, const char *what, const char **ret)
{
	const char *s;

	if (!has(r, tag))
		return 0;
	s = string_at(r, r->dyn[tag]);
	if (!s)
		return bad(r, "%s points outside the string table", what);
	*ret = keep(r, s);
	return *ret ? 0 : not_kept(r);
}

static int take_needed(struct reader *r)
{
	struct mu_object *o = &r->o->facts;
	const char **list;

	list = mu_arena_array(&r->o->arena, r->needed.n, sizeof *list);
	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < r->needed.n; i++) {
		const char *s = string_at(r, r->needed.v[i]);
		if (!s)
			return bad(r, "DT_NEEDED points outside the string table");
		list[i] = keep(r, s);
		if (!list[i])
			return not_kept(r);
	}
	o->needed = list;
	o->nneeded = r->needed.n;
	return 0;
}

static void settle_kind(struct reader *r)
{
	struct mu_object *o = &r->o->facts;

	o->pie = o->e_type == ET_DYN && (r->dyn[DYN_FLAGS_1] & DF_1_PIE);
	if (o->e_type != ET_DYN || o->pie) {
		if (o->pie && !r->has_interp)
			o->kind = MU_KIND_STATIC_PIE;
		return;
	}
	/* a library that can also be run (libc.so.6 itself) has both */
	if (r->has_interp && o->soname)
		o->kind = MU_KIND_SHARED_LIBRARY;
}

/*
 * A file of debug information keeps the program headers of the real one, and none of
 * the contents: the loader sees zeros there, which is a dynamic section without entries.
 */
static bool is_zeros(const struct reader *r)
{
	for (size_t i = 0; i < r->nsegs; i++) {
		const struct segment *s = &r->segs[i];
		if (r->dyn_vaddr >= s->vaddr && r->dyn_vaddr - s->vaddr < s->memsz)
			return r->dyn_vaddr - s->vaddr >= s->filesz;
	}
	return false;
}

int read_dynamic(struct reader *r)
{
	struct mu_object *o = &r->o->facts;
	int e;

	if (is_zeros(r)) {
		o->has_dynamic = o->hollow = true;
		return 0;
	}
	e = read_table(r);
	if (e || (e = read_strings(r)) || (e = take_needed(r)) ||
		(e = take_string(r, DYN_SONAME, "DT_SONAME", &o->soname)) ||
		(e = take_string(r, DYN_RPATH, "DT_RPATH", &o->rpath)) ||
		(e = take_string(r, DYN_RUNPATH, "DT_RUNPATH", &o->runpath)))
		return e;
	o->has_dynamic = true;
	o->has_relr = has(r, DYN_RELR) && r->dyn[DYN_RELRSZ];
	o->textrel = has(r, DYN_TEXTREL) || (r->dyn[DYN_FLAGS] & DF_TEXTREL);
	o->static_tls = r->dyn[DYN_FLAGS] & DF_STATIC_TLS;
	o->bind_now = r->dyn[DYN_BIND_NOW] || (r->dyn[DYN_FLAGS] & DF_BIND_NOW) ||
		      (r->dyn[DYN_FLAGS_1] & DF_1_NOW);
	settle_kind(r);
	return 0;
}
