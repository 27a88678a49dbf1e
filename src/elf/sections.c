/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "reader.h"

/* What is told by sections is no fact of the loader: what cannot be read is left out. */
#define MAX_SECTIONS 65535
#define MAX_NAMES (UINT64_C(8) << 20)

#define COPY_SHDR(from)                                                   \
	(GElf_Shdr)                                                       \
	{                                                                 \
		.sh_name = (from).sh_name, .sh_type = (from).sh_type,     \
		.sh_offset = (from).sh_offset, .sh_size = (from).sh_size, \
		.sh_link = (from).sh_link,                                \
	}

static bool inside(const struct reader *r, uint64_t off, uint64_t n)
{
	return off <= r->size && n <= r->size - off;
}

static void read_names(struct reader *r)
{
	const GElf_Shdr *sh = &r->sections[r->ehdr.e_shstrndx];
	void *names;

	if (sh->sh_type == SHT_NOBITS || sh->sh_size > MAX_NAMES ||
		!inside(r, sh->sh_offset, sh->sh_size) ||
		fetch(r, sh->sh_offset, sh->sh_size, ELF_T_BYTE, &names))
		return;
	r->section_names = names;
	r->nsection_names = sh->sh_size;
}

void read_sections(struct reader *r)
{
	size_t n = r->ehdr.e_shnum,
	       size = r->is64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
	void *table;

	if (!n || n > MAX_SECTIONS || !r->ehdr.e_shoff || r->ehdr.e_shentsize != size ||
		!inside(r, r->ehdr.e_shoff, n * size) ||
		fetch(r, r->ehdr.e_shoff, n * size, ELF_T_SHDR, &table))
		return;
	r->sections = calloc(n, sizeof *r->sections);
	for (size_t i = 0; r->sections && i < n; i++)
		r->sections[i] = r->is64 ? COPY_SHDR(((Elf64_Shdr *)table)[i])
					 : COPY_SHDR(((Elf32_Shdr *)table)[i]);
	free(table);
	if (!r->sections)
		return;
	r->nsections = n;
	if (r->ehdr.e_shstrndx < n)
		read_names(r);
}

const char *section_name(const struct reader *r, const GElf_Shdr *sh)
{
	return sh->sh_name < r->nsection_names ? r->section_names + sh->sh_name : NULL;
}
