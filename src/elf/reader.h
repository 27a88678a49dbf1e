/* SPDX-License-Identifier: MIT */
#ifndef MU_ELF_READER_H
#define MU_ELF_READER_H

#include <errno.h>
#include <gelf.h>

#include "elf.h"

/* One file being read. Lives on the stack of mu_object_read(). */
struct segment {
	uint64_t vaddr, offset, filesz, memsz;
	uint32_t flags;
};

/* Tags of the dynamic section that the reader needs, in the order of dyn_tags[] */
enum dyn {
	DYN_HASH,
	DYN_GNU_HASH,
	DYN_SYMTAB,
	DYN_STRTAB,
	DYN_STRSZ,
	DYN_SONAME,
	DYN_RPATH,
	DYN_RUNPATH,
	DYN_FLAGS,
	DYN_FLAGS_1,
	DYN_BIND_NOW,
	DYN_TEXTREL,
	DYN_JMPREL,
	DYN_PLTRELSZ,
	DYN_PLTREL,
	DYN_REL,
	DYN_RELSZ,
	DYN_RELA,
	DYN_RELASZ,
	DYN_RELR,
	DYN_RELRSZ,
	DYN_VERSYM,
	DYN_VERNEED,
	DYN_VERNEEDNUM,
	DYN_VERDEF,
	DYN_VERDEFNUM,
	DYN_COUNT,
};

/* The hash table, GNU's or SysV's: what the loader finds symbols by. */
struct hash {
	bool gnu;
	uint32_t nbuckets, symoffset, nbloom, shift; /* the last three: GNU only */
	void *bloom;       /* owned; nbloom words of the class's size */
	uint32_t *buckets; /* owned */
	uint32_t *chain;   /* owned; GNU: hash values from symoffset on. SysV: links */
	uint64_t nchain;
};

/* A symbol that relocations name; once for each way to look it up, in the order in
 * which the loader first does. */
struct asked {
	uint32_t sym;
	uint8_t ways; /* MU_REF_* bits of that way */
};

struct version {
	const char *name; /* arena; NULL where the index is not used */
	const char *file; /* arena; NULL for the object's own versions */
};

struct reader {
	int fd;          /* -1 when reading from memory */
	const char *mem; /* NULL when reading from a file */
	bool keep_names;
	uint64_t size; /* of the file */
	const char *path;
	struct mu_error *err;
	struct mu_elf *o;
	GElf_Ehdr ehdr;
	bool is64;

	struct segment *segs; /* owned: PT_LOAD only */
	size_t nsegs;
	struct segment notes[8]; /* PT_NOTE */
	size_t nnotes;
	uint64_t dyn_vaddr;
	bool has_interp;

	GElf_Shdr
		*sections; /* owned; decoration: a file without them loads all the same */
	size_t nsections;
	char *section_names; /* owned; NULL where there are none */
	uint64_t nsection_names;

	uint64_t dyn[DYN_COUNT];
	uint32_t dyn_set;        /* bit: the tag is there */
	MU_VEC(uint64_t) needed; /* string offsets */

	uint64_t spent; /* bytes of strings looked at or kept: see MAX_STRINGS */
	char *str;      /* owned: dynamic string table, a NUL added behind */
	uint64_t strsz;

	struct hash hash;
	void *syms; /* owned: Elf64_Sym or Elf32_Sym, host byte order */
	uint64_t nsyms;
	uint16_t *versym; /* owned; NULL when there is none */

	struct version *versions; /* owned; by version index */
	size_t nversions, nrecords;

	uint8_t *how; /* owned; MU_REF_* by symbol index */
	uint64_t nhow;
	MU_VEC(struct asked) asked;
	MU_VEC(struct mu_oddreloc) odd; /* .ref is a symbol index until refs are made */
};

static inline bool has(const struct reader *r, enum dyn tag)
{
	return r->dyn_set >> tag & 1;
}

/** bad: record that the file is malformed; returns -MU_E_MALFORMED */
__attribute__((format(printf, 2, 3))) int bad(struct reader *r, const char *fmt, ...);

/* No table of a real file comes near this; a hole in a sparse file may claim to be one.
 */
#define MAX_FETCH (UINT64_C(128) << 20)

/** fetch: @n bytes at file offset @off, translated from @type to the host's layout
 * @ret: owned by the caller, one NUL byte behind
 *
 * Returns: 0, -MU_E_TRUNCATED when the file ends before, -MU_E_LIMIT, -errno.
 */
int fetch(struct reader *r, uint64_t off, uint64_t n, Elf_Type type, void **ret);

/** fetch_into: the same into @buf */
int fetch_into(struct reader *r, uint64_t off, uint64_t n, Elf_Type type, void *buf);

/** locate: file offset of a virtual address, and the file's bytes from there to the
 * end of its segment
 * Returns: 0, -MU_E_MALFORMED when no segment holds it.
 */
int locate(struct reader *r, uint64_t vaddr, uint64_t *off, uint64_t *avail);

/* Strings may overlap, so that a small file holds a great many long ones. */
#define MAX_STRING (UINT64_C(1) << 20)
#define MAX_STRINGS (UINT64_C(1) << 29)

/** spend: count the bytes of a string; -MU_E_LIMIT when it is all too much */
int spend(struct reader *r, uint64_t n);

/** spend_memory: the same, of a string that is copied */
int spend_memory(struct reader *r, uint64_t n);

/** string_at: string of the dynamic string table; NULL when outside */
const char *string_at(const struct reader *r, uint64_t off);

/** keep: copy of a string in the object's arena; NULL: see not_kept() */
const char *keep(struct reader *r, const char *s);

/** not_kept: why keep() gave nothing for a string that is there */
static inline int not_kept(const struct reader *r)
{
	return r->spent > MAX_STRINGS || (r->err && r->err->code == -MU_E_LIMIT)
		       ? -MU_E_LIMIT
		       : -ENOMEM;
}

static inline uint64_t sym_bytes(const struct reader *r)
{
	return r->is64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
}

static inline GElf_Sym symbol_in(const struct reader *r, const void *table, uint64_t i)
{
	const Elf32_Sym *s;

	if (r->is64)
		return ((const Elf64_Sym *)table)[i];
	s = (const Elf32_Sym *)table + i;
	return (GElf_Sym){s->st_name, s->st_info, s->st_other, s->st_shndx, s->st_value,
		s->st_size};
}

static inline GElf_Sym symbol(const struct reader *r, uint64_t i)
{
	return symbol_in(r, r->syms, i);
}

/** section_name: name of a section; NULL where it has none that can be read */
const char *section_name(const struct reader *r, const GElf_Shdr *sh);

/* the steps, in order */
int read_headers(struct reader *r);     /* headers.c */
void read_sections(struct reader *r);   /* sections.c */
int read_dynamic(struct reader *r);     /* dynamic.c */
int read_versions(struct reader *r);    /* versions.c */
int read_relocations(struct reader *r); /* relocs.c */
int read_symbols(struct reader *r);     /* symbols.c */
int read_exports(struct reader *r);     /* exports.c */
int make_refs(struct reader *r);        /* relocs.c */
int identify(struct reader *r);         /* identify.c */
void identify_static(struct reader *r); /* static.c: part of the above */

#endif
