/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "reader.h"

/* The kernel refuses a program whose headers take more than 64 KiB. */
#define MAX_PHDRS (65536 / sizeof(Elf32_Phdr))
#define MAX_INTERP 4096

/* The header's members have the same names in both classes. */
#define COPY_EHDR(from)                                                       \
	(GElf_Ehdr)                                                           \
	{                                                                     \
		.e_type = (from).e_type, .e_machine = (from).e_machine,       \
		.e_phoff = (from).e_phoff, .e_shoff = (from).e_shoff,         \
		.e_flags = (from).e_flags, .e_phentsize = (from).e_phentsize, \
		.e_phnum = (from).e_phnum, .e_shentsize = (from).e_shentsize, \
		.e_shnum = (from).e_shnum, .e_shstrndx = (from).e_shstrndx,   \
	}

static int read_ehdr(struct reader *r)
{
	union {
		Elf64_Ehdr w;
		Elf32_Ehdr n;
	} e;
	int error = fetch_into(r, 0, r->is64 ? sizeof e.w : sizeof e.n, ELF_T_EHDR, &e);

	if (!error)
		r->ehdr = r->is64 ? COPY_EHDR(e.w) : COPY_EHDR(e.n);
	return error;
}

static int open_elf(struct reader *r)
{
	struct mu_object *o = &r->o->facts;
	unsigned char ident[EI_NIDENT];
	int e = fetch_into(r, 0, sizeof ident, ELF_T_BYTE, ident);

	if (e)
		return e;
	if (ident[EI_CLASS] != ELFCLASS32 && ident[EI_CLASS] != ELFCLASS64)
		return bad(r, "ELF class %u is neither 32 nor 64 bit", ident[EI_CLASS]);
	if (ident[EI_DATA] != ELFDATA2LSB && ident[EI_DATA] != ELFDATA2MSB)
		return bad(r, "ELF byte order %u is unknown", ident[EI_DATA]);
	r->is64 = ident[EI_CLASS] == ELFCLASS64;
	o->bits = r->is64 ? 64 : 32;
	o->little = ident[EI_DATA] == ELFDATA2LSB;
	e = read_ehdr(r);
	if (e)
		return e;
	o->e_type = r->ehdr.e_type;
	o->e_machine = r->ehdr.e_machine;
	o->machine = mu_machine_of_elf(o->e_machine, o->bits, o->little, r->ehdr.e_flags);
	return 0;
}

static int take_load(struct reader *r, const GElf_Phdr *ph)
{
	struct segment *s = &r->segs[r->nsegs++];

	*s = (struct segment){
		ph->p_vaddr, ph->p_offset, ph->p_filesz, ph->p_memsz, ph->p_flags};
	if (ph->p_vaddr + ph->p_memsz < ph->p_vaddr || ph->p_filesz > ph->p_memsz)
		return bad(r, "a segment's size is impossible");
	if (r->ehdr.e_phoff >= ph->p_offset &&
		r->ehdr.e_phoff - ph->p_offset <= ph->p_filesz &&
		(uint64_t)r->ehdr.e_phnum * r->ehdr.e_phentsize <=
			ph->p_filesz - (r->ehdr.e_phoff - ph->p_offset))
		r->o->facts.interp_mapped = true;
	return 0;
}

static int read_interp(struct reader *r, const GElf_Phdr *ph)
{
	void *s;
	int e;

	if (!ph->p_filesz) /* debug information only */
		return 0;
	if (ph->p_filesz > MAX_INTERP)
		return bad(r, "PT_INTERP is %llu bytes long",
			(unsigned long long)ph->p_filesz);
	e = fetch(r, ph->p_offset, ph->p_filesz, ELF_T_BYTE, &s);
	if (e)
		return e;
	r->o->facts.interpreter = keep(r, s);
	free(s);
	return r->o->facts.interpreter ? 0 : -ENOMEM;
}

static int take_phdr(struct reader *r, const GElf_Phdr *ph)
{
	struct mu_object *o = &r->o->facts;

	switch (ph->p_type) {
	case PT_LOAD:
		return take_load(r, ph);
	case PT_DYNAMIC:
		r->dyn_vaddr = ph->p_vaddr;
		return 0;
	case PT_INTERP:
		r->has_interp = true;
		return read_interp(r, ph);
	case PT_TLS:
		o->has_tls = ph->p_memsz != 0;
		return 0;
	case PT_GNU_STACK:
		o->has_gnu_stack = true;
		o->exec_stack = ph->p_flags & PF_X;
		o->stack_size = ph->p_memsz;
		return 0;
	case PT_NOTE:
		if (r->nnotes < sizeof r->notes / sizeof *r->notes)
			r->notes[r->nnotes++] = (struct segment){
				.offset = ph->p_offset, .filesz = ph->p_filesz};
		return 0;
	default:
		return 0;
	}
}

#define COPY_PHDR(from)                                                 \
	(GElf_Phdr)                                                     \
	{                                                               \
		.p_type = (from).p_type, .p_flags = (from).p_flags,     \
		.p_offset = (from).p_offset, .p_vaddr = (from).p_vaddr, \
		.p_filesz = (from).p_filesz, .p_memsz = (from).p_memsz, \
	}

static int read_phdrs(struct reader *r)
{
	size_t n = r->ehdr.e_phnum,
	       size = r->is64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
	void *table;
	int e;

	if (n > MAX_PHDRS)
		return bad(r, "%zu program headers: no kernel takes that many", n);
	if (n && r->ehdr.e_phentsize != size)
		return bad(r, "program headers of %u bytes", r->ehdr.e_phentsize);
	r->segs = calloc(n ? n : 1, sizeof *r->segs);
	if (!r->segs)
		return -ENOMEM;
	e = fetch(r, r->ehdr.e_phoff, n * size, ELF_T_PHDR, &table);
	if (e)
		return e;
	for (size_t i = 0; i < n && !e; i++) {
		GElf_Phdr ph = r->is64 ? COPY_PHDR(((Elf64_Phdr *)table)[i])
				       : COPY_PHDR(((Elf32_Phdr *)table)[i]);
		e = take_phdr(r, &ph);
	}
	free(table);
	return e;
}

/* ET_EXEC and ET_DYN: what starts it, and whether it is loaded at all. The soname and
 * DF_1_PIE, known later, decide between programs and libraries (see dynamic.c). */
static enum mu_kind first_guess(const struct reader *r)
{
	if (r->ehdr.e_type == ET_EXEC)
		return r->dyn_vaddr ? MU_KIND_EXECUTABLE : MU_KIND_STATIC_EXECUTABLE;
	if (r->has_interp)
		return MU_KIND_EXECUTABLE;
	return r->dyn_vaddr ? MU_KIND_SHARED_LIBRARY : MU_KIND_STATIC_PIE;
}

int read_headers(struct reader *r)
{
	struct mu_object *o = &r->o->facts;
	int e = open_elf(r);

	if (e)
		return e;
	switch (o->e_type) {
	case ET_REL:
		o->kind = MU_KIND_RELOCATABLE;
		return 0;
	case ET_CORE:
		o->kind = MU_KIND_CORE;
		return 0;
	case ET_EXEC:
	case ET_DYN:
		break;
	default:
		return bad(
			r, "ELF type %u is neither a program nor a library", o->e_type);
	}
	e = read_phdrs(r);
	if (!e)
		o->kind = first_guess(r);
	return e;
}
