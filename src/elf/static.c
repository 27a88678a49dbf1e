/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "reader.h"

/*
 * A static program has no needs and no versions that tell its libc: what it carries
 * of that libc does.
 */

/* How far a program is searched. */
#define SEARCH_BYTES (UINT64_C(256) << 20)
#define PIECE_BYTES (1u << 20)

/* ---- walking over its segments ----------------------------------------------- */

struct piece {
	const char *p;
	uint64_t n, vaddr;
};

/* Calls @found on pieces of the segments that have @flags until it returns true; what
 * is @overlap bytes long hides nowhere between two pieces. */
static bool search(struct reader *r, uint32_t flags, uint64_t overlap,
	bool (*found)(const struct piece *piece, const void *what), const void *what)
{
	uint64_t left = SEARCH_BYTES;
	char *buf = malloc(PIECE_BYTES);
	bool yes = false;

	for (size_t i = 0; buf && i < r->nsegs && !yes; i++) {
		const struct segment *s = &r->segs[i];
		uint64_t at = 0;
		if ((s->flags & flags) != flags || s->offset > r->size ||
			s->filesz > r->size - s->offset)
			continue;
		while (s->filesz - at >= overlap && left && !yes) {
			uint64_t n = s->filesz - at < PIECE_BYTES ? s->filesz - at
								  : PIECE_BYTES;
			struct piece piece = {buf, n, s->vaddr + at};
			if (fetch_into(r, s->offset + at, n, ELF_T_BYTE, buf))
				break;
			yes = found(&piece, what);
			if (at + n == s->filesz)
				break;
			at += n - (overlap - 1);
			left = left > n ? left - n : 0;
		}
	}
	free(buf);
	return yes;
}

static bool holds_text(const struct piece *piece, const void *what)
{
	return memmem(piece->p, piece->n, what, strlen(what));
}

static bool has_text(struct reader *r, const char *text)
{
	return search(r, PF_R, strlen(text), holds_text, text);
}

/* ---- calls of dlopen ------------------------------------------------------------ */

/*
 * glibc's own code opens libraries by an inner name: a direct call of dlopen is the
 * program's. Addresses in an unstripped file only; machines with plain call codes.
 */
static bool x86_calls(const struct piece *piece, const void *what)
{
	uint64_t target = *(const uint64_t *)what;

	for (uint64_t i = 0; i + 5 <= piece->n; i++) {
		const unsigned char *p = (const unsigned char *)piece->p + i;
		int32_t distance;
		if (*p != 0xe8 && *p != 0xe9)
			continue;
		distance = (int32_t)(p[1] | (uint32_t)p[2] << 8 | (uint32_t)p[3] << 16 |
				     (uint32_t)p[4] << 24);
		if (piece->vaddr + i + 5 + (uint64_t)(int64_t)distance == target)
			return true;
	}
	return false;
}

static bool aarch64_calls(const struct piece *piece, const void *what)
{
	uint64_t target = *(const uint64_t *)what;

	/* a piece may begin in the middle of an instruction */
	for (uint64_t i = -piece->vaddr & 3; i + 4 <= piece->n; i += 4) {
		const unsigned char *p = (const unsigned char *)piece->p + i;
		uint32_t word = p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
				(uint32_t)p[3] << 24;
		int64_t distance = (int64_t)((uint64_t)(word & 0x3ffffff) << 38) >> 36;
		if ((word & 0x7c000000) == 0x14000000 &&
			piece->vaddr + i + (uint64_t)distance == target)
			return true;
	}
	return false;
}

static bool calls(struct reader *r, uint64_t target)
{
	switch (r->o->facts.e_machine) {
	case EM_X86_64:
	case EM_386:
		return search(r, PF_X, 5, x86_calls, &target);
	case EM_AARCH64:
		return search(r, PF_X, 7, aarch64_calls, &target);
	default:
		return false;
	}
}

/* ---- symbols ---------------------------------------------------------------------- */

struct names {
	bool iconv_open;
	bool musl_start; /* a name of musl's start-up code */
	uint64_t dlopen; /* address, 0 */
};

static void take_name(struct names *names, const char *name, uint64_t value)
{
	if (!strcmp(name, "iconv_open"))
		names->iconv_open = true;
	else if (!strcmp(name, "__init_libc"))
		names->musl_start = true;
	else if (!strcmp(name, "dlopen"))
		names->dlopen = value;
}

static void take_symbol(
	struct names *names, const GElf_Sym *s, const char *strings, uint64_t n)
{
	if (GELF_ST_TYPE(s->st_info) == STT_FUNC && s->st_shndx != SHN_UNDEF &&
		s->st_name < n)
		take_name(names, strings + s->st_name, s->st_value);
}

/* A section's contents; NULL where they are not to be had. */
static void *contents(struct reader *r, size_t section, Elf_Type type, uint64_t *n)
{
	const GElf_Shdr *sh = section < r->nsections ? &r->sections[section] : NULL;
	void *p;

	if (!sh || sh->sh_type == SHT_NOBITS || sh->sh_size > MAX_FETCH ||
		sh->sh_offset > r->size || sh->sh_size > r->size - sh->sh_offset)
		return NULL;
	*n = type == ELF_T_SYM ? sh->sh_size / sym_bytes(r) * sym_bytes(r) : sh->sh_size;
	return fetch(r, sh->sh_offset, *n, type, &p) ? NULL : p;
}

static void read_table(struct reader *r, size_t section, struct names *names)
{
	uint64_t n, nstrings;
	void *syms = contents(r, section, ELF_T_SYM, &n);
	char *strings = contents(r, r->sections[section].sh_link, ELF_T_BYTE, &nstrings);

	for (uint64_t i = 0; syms && strings && i < n / sym_bytes(r); i++) {
		GElf_Sym s = symbol_in(r, syms, i);
		take_symbol(names, &s, strings, nstrings);
	}
	free(syms);
	free(strings);
}

static struct names read_symtab(struct reader *r)
{
	struct names names = {0};

	for (size_t i = 0; i < r->nsections; i++) {
		if (r->sections[i].sh_type != SHT_SYMTAB)
			continue;
		read_table(r, i, &names);
		break;
	}
	return names;
}

/* ---- which libc, and what it still loads ------------------------------------------- */

/* Texts that only musl's printf and strerror have. */
static const char *const musl_texts[] = {"-0X+0X 0X-0x+0x 0x", "No error information"};

static bool is_musl(struct reader *r, const struct names *names)
{
	if (names->musl_start)
		return true;
	for (size_t i = 0; i < sizeof musl_texts / sizeof *musl_texts; i++)
		if (has_text(r, musl_texts[i]))
			return true;
	return false;
}

void identify_static(struct reader *r)
{
	struct mu_object *o = &r->o->facts;
	struct names names;

	if (o->libc == MU_LIBC_UNKNOWN && !o->language &&
		has_text(r, "\xff Go buildinf:"))
		o->language = "go";
	/* Go makes its system calls itself, unless cgo brings a libc along */
	if (o->libc == MU_LIBC_UNKNOWN && o->language && !strcmp(o->language, "go")) {
		o->libc = MU_LIBC_NONE;
		return;
	}
	names = read_symtab(r);
	if (o->libc == MU_LIBC_UNKNOWN && is_musl(r, &names))
		o->libc = MU_LIBC_MUSL;
	if (o->libc != MU_LIBC_GLIBC)
		return;
	o->can_nss = has_text(r, "libnss_");
	o->can_iconv = names.iconv_open;
	o->can_dlopen = names.dlopen && calls(r, names.dlopen);
}
