/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "elfbuild.h"

#define IMAGE_BYTES 131072
#define PHDRS 6

struct builder {
	const struct elf_spec *spec;
	unsigned char image[IMAGE_BYTES];
	size_t at; /* where the next table goes */
	char strings[65536];
	size_t nstrings;
	uint16_t versym[ELF_MAX + 1];
	struct {
		uint64_t tag, value;
	} dyn[48];
	size_t ndyn;
};

/* ---- numbers in the file's byte order -------------------------------------- */

static void put(struct builder *b, uint64_t value, unsigned bytes)
{
	if (b->at + bytes > sizeof b->image)
		abort();
	for (unsigned i = 0; i < bytes; i++) {
		unsigned shift = 8 * (b->spec->big ? bytes - 1 - i : i);
		b->image[b->at++] = (unsigned char)(value >> shift);
	}
}

static unsigned word(const struct builder *b)
{
	return b->spec->bits == 32 ? 4 : 8;
}

static void put_word(struct builder *b, uint64_t value)
{
	put(b, value, word(b));
}

static size_t align(struct builder *b)
{
	while (b->at % 8)
		put(b, 0, 1);
	return b->at;
}

static uint32_t string(struct builder *b, const char *s)
{
	size_t n = strlen(s) + 1, at = b->nstrings;

	if (at + n > sizeof b->strings)
		abort();
	memcpy(b->strings + at, s, n);
	b->nstrings += n;
	return (uint32_t)at;
}

static void tag(struct builder *b, uint64_t t, uint64_t value)
{
	if (b->ndyn == sizeof b->dyn / sizeof *b->dyn)
		abort();
	b->dyn[b->ndyn].tag = t;
	b->dyn[b->ndyn++].value = value;
}

static size_t count_symbols(const struct elf_spec *s)
{
	size_t n = 0;

	while (n < ELF_MAX && s->symbols[n].name)
		n++;
	return n;
}

/* Symbols that the hash table has: a run at the end of the symbol table. */
static bool is_listed(const struct elf_symbol *s)
{
	return s->defined && !s->unlisted;
}

/* ---- symbols ------------------------------------------------------------------ */

static void put_symbol(struct builder *b, const struct elf_symbol *s)
{
	uint32_t name = string(b, s->name);
	unsigned bind = s->local ? STB_LOCAL : s->bind ? s->bind : STB_GLOBAL;
	unsigned type = s->type || s->bind || s->local ? s->type : STT_FUNC;
	unsigned info = bind << 4 | type;
	unsigned section = s->defined ? 1 : 0;

	put(b, name, 4);
	if (b->spec->bits == 32) {
		put(b, s->value, 4);
		put(b, s->size, 4);
	}
	put(b, info, 1);
	put(b, 0, 1);
	put(b, section, 2);
	if (b->spec->bits != 32) {
		put(b, s->value, 8);
		put(b, s->size, 8);
	}
}

static void put_symbols(struct builder *b)
{
	size_t n = count_symbols(b->spec);

	tag(b, DT_SYMTAB, align(b));
	for (unsigned i = 0; i < (b->spec->bits == 32 ? 16u : 24u); i++)
		put(b, 0, 1);
	for (size_t i = 0; i < n; i++)
		put_symbol(b, &b->spec->symbols[i]);
}

static uint32_t gnu_hash(const char *s)
{
	uint32_t h = 5381;

	while (*s)
		h = h * 33 + (unsigned char)*s++;
	return h;
}

/* One bucket, and a filter that lets everything through. */
static void put_gnu_hash(struct builder *b)
{
	const struct elf_symbol *s = b->spec->symbols;
	size_t n = count_symbols(b->spec), first = 0;

	while (first < n && !is_listed(&s[first]))
		first++;
	tag(b, DT_GNU_HASH, align(b));
	put(b, 1, 4);
	put(b, first + 1, 4);
	put(b, 1, 4);
	put(b, 5, 4);
	put_word(b, ~UINT64_C(0));
	put(b, first < n ? first + 1 : 0, 4);
	for (size_t i = first; i < n; i++) {
		assert(is_listed(&s[i]));
		put(b, (gnu_hash(s[i].name) & ~1u) | (i + 1 == n), 4);
	}
}

static void put_sysv_hash(struct builder *b)
{
	const struct elf_symbol *s = b->spec->symbols;
	size_t n = count_symbols(b->spec), first = 0;
	/* 64-bit s390 has wide ones */
	unsigned bytes = b->spec->machine == EM_S390 && b->spec->bits != 32 ? 8 : 4;

	while (first < n && !is_listed(&s[first]))
		first++;
	tag(b, DT_HASH, align(b));
	put(b, 1, bytes);
	put(b, n + 1, bytes);
	put(b, first < n ? first + 1 : 0, bytes);
	put(b, 0, bytes);
	for (size_t i = 0; i < n; i++)
		put(b, i >= first && i + 1 < n ? i + 2 : 0, bytes);
}

/* ---- versions: one record a symbol --------------------------------------------- */

static unsigned count_versions(const struct builder *b, bool defined)
{
	unsigned n = 0;

	for (size_t i = 0; i < count_symbols(b->spec); i++)
		n += b->spec->symbols[i].version &&
		     b->spec->symbols[i].defined == defined;
	return n;
}

static void put_needs(struct builder *b, unsigned left)
{
	tag(b, DT_VERNEED, align(b));
	tag(b, DT_VERNEEDNUM, left);
	for (size_t i = 0; left; i++) {
		const struct elf_symbol *s = &b->spec->symbols[i];
		if (!s->version || s->defined)
			continue;
		put(b, 1, 2);
		put(b, 1, 2);
		put(b, string(b, s->file), 4);
		put(b, 16, 4);
		put(b, --left ? 32 : 0, 4);
		put(b, 0, 4);
		put(b, 0, 2);
		put(b, i + 2, 2);
		put(b, string(b, s->version), 4);
		put(b, 0, 4);
		b->versym[i + 1] = (uint16_t)(i + 2);
	}
}

static void put_definitions(struct builder *b, unsigned left)
{
	tag(b, DT_VERDEF, align(b));
	tag(b, DT_VERDEFNUM, left);
	for (size_t i = 0; left; i++) {
		const struct elf_symbol *s = &b->spec->symbols[i];
		if (!s->version || !s->defined)
			continue;
		put(b, 1, 2);
		put(b, 0, 2);
		put(b, i + 2, 2);
		put(b, 1, 2);
		put(b, 0, 4);
		put(b, 20, 4);
		put(b, --left ? 28 : 0, 4);
		put(b, string(b, s->version), 4);
		put(b, 0, 4);
		b->versym[i + 1] = (uint16_t)(i + 2);
	}
}

static void put_versions(struct builder *b)
{
	const struct elf_symbol *s = b->spec->symbols;
	unsigned needs = count_versions(b, false), definitions = count_versions(b, true);
	size_t n = count_symbols(b->spec);

	for (size_t i = 1; i <= n; i++)
		b->versym[i] = 1;
	if (needs)
		put_needs(b, needs);
	if (definitions)
		put_definitions(b, definitions);
	if (!needs && !definitions)
		return;
	tag(b, DT_VERSYM, align(b));
	for (size_t i = 0; i <= n; i++)
		put(b, b->versym[i] | (i && s[i - 1].hidden ? 0x8000u : 0), 2);
}

/* ---- relocations ------------------------------------------------------------------ */

static size_t put_relocs(struct builder *b, bool plt)
{
	size_t from = b->at;

	for (size_t i = 0; i < ELF_MAX && b->spec->relocs[i].type; i++) {
		const struct elf_reloc *r = &b->spec->relocs[i];
		if (r->plt != plt)
			continue;
		put_word(b, 0x10);
		put_word(b, b->spec->bits == 32 ? r->sym << 8 | r->type
						: (uint64_t)r->sym << 32 | r->type);
		if (!b->spec->rel)
			put_word(b, 0);
	}
	return b->at - from;
}

static void put_all_relocs(struct builder *b)
{
	bool rel = b->spec->rel;
	size_t at = align(b), n = put_relocs(b, false);

	if (n) {
		tag(b, rel ? DT_REL : DT_RELA, at);
		tag(b, rel ? DT_RELSZ : DT_RELASZ, n);
	}
	at = align(b);
	n = put_relocs(b, true);
	if (n) {
		tag(b, DT_JMPREL, at);
		tag(b, DT_PLTRELSZ, n);
		tag(b, DT_PLTREL, rel ? DT_REL : DT_RELA);
	}
	if (b->spec->relr) {
		tag(b, 36, align(b)); /* DT_RELR, DT_RELRSZ */
		tag(b, 35, word(b));
		put_word(b, 0x1000);
	}
}

/* ---- the dynamic section ------------------------------------------------------------
 */

static void string_tag(struct builder *b, uint64_t t, const char *s)
{
	if (s)
		tag(b, t, string(b, s));
}

static void flag_tags(struct builder *b)
{
	if (b->spec->dt_flags)
		tag(b, DT_FLAGS, b->spec->dt_flags);
	if (b->spec->dt_flags_1)
		tag(b, DT_FLAGS_1, b->spec->dt_flags_1);
	if (b->spec->textrel)
		tag(b, DT_TEXTREL, 0);
}

/* Returns where it begins. */
static size_t put_dynamic(struct builder *b)
{
	const struct elf_spec *s = b->spec;
	size_t at;

	for (size_t i = 0; i < ELF_MAX && s->needed[i]; i++)
		string_tag(b, DT_NEEDED, s->needed[i]);
	string_tag(b, DT_SONAME, s->soname);
	string_tag(b, DT_RPATH, s->rpath);
	string_tag(b, DT_RUNPATH, s->runpath);
	put_symbols(b);
	if (s->sysv)
		put_sysv_hash(b);
	else
		put_gnu_hash(b);
	put_versions(b);
	put_all_relocs(b);
	flag_tags(b);
	tag(b, DT_STRTAB, align(b));
	tag(b, DT_STRSZ, b->nstrings);
	for (size_t i = 0; i < b->nstrings; i++)
		put(b, (unsigned char)b->strings[i], 1);
	at = align(b);
	for (size_t i = 0; i < b->ndyn; i++) {
		put_word(b, b->dyn[i].tag);
		put_word(b, b->dyn[i].value);
	}
	put_word(b, DT_NULL);
	put_word(b, 0);
	return at;
}

/* ---- headers --------------------------------------------------------------------------
 */

static void put_phdr(struct builder *b, uint32_t type, uint32_t flags, uint64_t at,
	uint64_t filesz, uint64_t memsz)
{
	put(b, type, 4);
	if (b->spec->bits != 32)
		put(b, flags, 4);
	put_word(b, at);
	put_word(b, at);
	put_word(b, at);
	put_word(b, filesz);
	put_word(b, memsz);
	if (b->spec->bits == 32)
		put(b, flags, 4);
	put_word(b, 8);
}

static void put_ehdr(struct builder *b, unsigned phnum)
{
	const struct elf_spec *s = b->spec;
	bool narrow = s->bits == 32;
	unsigned char ident[EI_NIDENT] = {0x7f, 'E', 'L', 'F',
		narrow ? ELFCLASS32 : ELFCLASS64, s->big ? ELFDATA2MSB : ELFDATA2LSB,
		EV_CURRENT};

	for (size_t i = 0; i < sizeof ident; i++)
		put(b, ident[i], 1);
	put(b, s->type ? s->type : ET_DYN, 2);
	put(b, s->machine ? s->machine : EM_X86_64, 2);
	put(b, EV_CURRENT, 4);
	put_word(b, 0);
	put_word(b, narrow ? sizeof(Elf32_Ehdr) : sizeof(Elf64_Ehdr));
	put_word(b, 0);
	put(b, s->flags, 4);
	put(b, narrow ? sizeof(Elf32_Ehdr) : sizeof(Elf64_Ehdr), 2);
	put(b, narrow ? sizeof(Elf32_Phdr) : sizeof(Elf64_Phdr), 2);
	put(b, phnum, 2);
	put(b, 0, 2);
	put(b, 0, 2);
	put(b, 0, 2);
}

static size_t put_interp(struct builder *b)
{
	size_t at = b->at;

	for (const char *s = b->spec->interp; s && *s; s++)
		put(b, (unsigned char)*s, 1);
	if (b->spec->interp)
		put(b, 0, 1);
	return at;
}

static size_t put_note(struct builder *b)
{
	const char *name = b->spec->note;
	size_t at = align(b), n = name ? strlen(name) + 1 : 0;

	if (!name)
		return at;
	put(b, n, 4);
	put(b, 16, 4);
	put(b, 1, 4);
	for (size_t i = 0; i < n; i++)
		put(b, (unsigned char)name[i], 1);
	while (b->at % 4)
		put(b, 0, 1);
	for (int i = 0; i < 16; i++)
		put(b, 0, 1);
	return at;
}

static bool is_relocatable(const struct elf_spec *s)
{
	return s->type == ET_REL || s->type == ET_CORE;
}

struct elf_image elf_build(const struct elf_spec *spec)
{
	struct builder *b = calloc(1, sizeof *b);
	struct elf_image ret = {0};
	size_t interp, after_interp, note, after_note, dynamic, end;
	unsigned phnum = is_relocatable(spec) ? 0 : PHDRS;

	if (!b)
		abort();
	b->spec = spec;
	b->nstrings = 1;
	b->at = spec->bits == 32 ? sizeof(Elf32_Ehdr) + phnum * sizeof(Elf32_Phdr)
				 : sizeof(Elf64_Ehdr) + phnum * sizeof(Elf64_Phdr);
	interp = put_interp(b);
	after_interp = b->at;
	note = put_note(b);
	after_note = b->at;
	dynamic = spec->is_static || !phnum ? align(b) : put_dynamic(b);
	end = b->at;
	b->at = 0;
	put_ehdr(b, phnum);
	if (phnum) {
		put_phdr(b, PT_LOAD, PF_R | PF_W | PF_X, 0, end, end);
		put_phdr(b, spec->is_static ? PT_NULL : PT_DYNAMIC, PF_R | PF_W, dynamic,
			end - dynamic, end - dynamic);
		put_phdr(b, spec->interp ? PT_INTERP : PT_NULL, PF_R, interp,
			after_interp - interp, after_interp - interp);
		put_phdr(b, spec->stack ? PT_GNU_STACK : PT_NULL,
			PF_R | PF_W | (spec->exec_stack ? PF_X : 0), 0, 0,
			spec->stack_size);
		put_phdr(b, spec->tls ? PT_TLS : PT_NULL, PF_R, 0, 0, spec->tls ? 8 : 0);
		put_phdr(b, spec->note ? PT_NOTE : PT_NULL, PF_R, note, after_note - note,
			after_note - note);
	}
	ret.n = end;
	ret.p = malloc(end);
	if (!ret.p)
		abort();
	memcpy(ret.p, b->image, end);
	free(b);
	return ret;
}

void elf_write(const char *path, const struct elf_spec *spec)
{
	struct elf_image image = elf_build(spec);
	FILE *f = fopen(path, "wb");

	if (!f || fwrite(image.p, 1, image.n, f) != image.n || fclose(f)) {
		perror(path);
		abort();
	}
	chmod(path, 0755);
	free(image.p);
}
