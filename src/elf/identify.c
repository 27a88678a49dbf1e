/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "reader.h"

#define MAX_NOTES (1u << 16)
#define MAX_COMMENT 4096

struct clue {
	const char *text;
	enum mu_libc libc;
};

static const struct clue interpreters[] = {
	{"/ld-musl-", MU_LIBC_MUSL},
	{"/ld-linux", MU_LIBC_GLIBC},
	{"/ld64.so.", MU_LIBC_GLIBC},
	{"/ld.so.1", MU_LIBC_GLIBC},
	{"/ld-uClibc", MU_LIBC_UCLIBC},
	{"/ld64-uClibc", MU_LIBC_UCLIBC},
	{"/system/bin/linker", MU_LIBC_BIONIC},
};

/* sonames, each as a prefix */
static const struct clue sonames[] = {
	{"libc.so.6", MU_LIBC_GLIBC}, /* libc.so.6.1 on some machines */
	{"ld-linux", MU_LIBC_GLIBC},
	{"ld64.so.", MU_LIBC_GLIBC},
	{"libc.musl-", MU_LIBC_MUSL},
	{"ld-musl-", MU_LIBC_MUSL},
	{"libc.so.0", MU_LIBC_UCLIBC},
	{"libc.so.1", MU_LIBC_UCLIBC},
	{"liblog.so", MU_LIBC_BIONIC},
};

static enum mu_libc by_interpreter(const char *interp)
{
	for (size_t i = 0; i < sizeof interpreters / sizeof *interpreters; i++)
		if (strstr(interp, interpreters[i].text))
			return interpreters[i].libc;
	return MU_LIBC_UNKNOWN;
}

static enum mu_libc by_soname(const char *name)
{
	for (size_t i = 0; name && i < sizeof sonames / sizeof *sonames; i++)
		if (!strncmp(name, sonames[i].text, strlen(sonames[i].text)))
			return sonames[i].libc;
	return MU_LIBC_UNKNOWN;
}

static bool wants(const struct mu_object *o, const char *name)
{
	for (size_t i = 0; i < o->nneeded; i++)
		if (!strcmp(o->needed[i], name))
			return true;
	return false;
}

static bool has_version_of(const struct reader *r, const char *version)
{
	for (size_t i = 0; i < r->nversions; i++)
		if (r->versions[i].name && !strcmp(r->versions[i].name, version))
			return true;
	return false;
}

static enum mu_libc by_needed(const struct reader *r)
{
	const struct mu_object *o = &r->o->facts;

	for (size_t i = 0; i < o->nneeded; i++) {
		enum mu_libc libc = by_soname(o->needed[i]);
		if (libc)
			return libc;
	}
	/* both musl and Android call theirs "libc.so" */
	if (wants(o, "libc.so"))
		return has_version_of(r, "LIBC") ? MU_LIBC_BIONIC : MU_LIBC_MUSL;
	return MU_LIBC_NONE;
}

static enum mu_libc libc_of_dynamic(const struct reader *r)
{
	const struct mu_object *o = &r->o->facts;
	enum mu_libc libc;

	/* what it was linked with tells more than what patchelf wrote into it */
	if (o->glibc_required)
		return MU_LIBC_GLIBC;
	if (o->interpreter && (libc = by_interpreter(o->interpreter)))
		return libc;
	if ((libc = by_soname(o->soname)))
		return libc;
	if (o->soname && o->defines_libc && !strcmp(o->soname, "libc.so"))
		return MU_LIBC_MUSL;
	return by_needed(r);
}

/* ---- notes ------------------------------------------------------------ */

static void take_note(
	struct reader *r, const char *name, const GElf_Nhdr *n, const char *desc)
{
	struct mu_object *o = &r->o->facts;
	uint32_t os;

	if (n->n_namesz == 3 && !memcmp(name, "Go", 3))
		o->language = "go";
	if (n->n_namesz == 8 && !memcmp(name, "Android", 8) && !o->libc)
		o->libc = MU_LIBC_BIONIC;
	/* glibc's start files put their ABI tag into every program; musl's have none */
	if (n->n_namesz == 4 && !memcmp(name, "GNU", 4) && n->n_type == NT_GNU_ABI_TAG &&
		n->n_descsz >= 16) {
		memcpy(&os, desc, sizeof os);
		if (os == ELF_NOTE_OS_LINUX && !o->libc && !r->dyn_vaddr)
			o->libc = MU_LIBC_GLIBC;
	}
}

static void read_notes(struct reader *r)
{
	for (size_t i = 0; i < r->nnotes; i++) {
		uint64_t n = r->notes[i].filesz;
		Elf_Data d = {
			.d_type = ELF_T_NHDR, .d_version = EV_CURRENT, .d_align = 4};
		size_t off = 0, name, desc;
		GElf_Nhdr h;
		void *buf;
		if (n > MAX_NOTES || n < 12)
			continue;
		/* notes are decoration: a file without them runs all the same */
		if (r->notes[i].offset > r->size || n > r->size - r->notes[i].offset)
			continue;
		if (fetch(r, r->notes[i].offset, n, ELF_T_NHDR, &buf))
			continue;
		d.d_buf = buf;
		d.d_size = n;
		while ((off = gelf_getnote(&d, off, &h, &name, &desc)) > 0)
			take_note(r, (char *)buf + name, &h, (char *)buf + desc);
		free(buf);
	}
}

/* ---- the compiler ----------------------------------------------------- */

static void take_comment(struct reader *r, const GElf_Shdr *sh)
{
	uint64_t n = sh->sh_size < MAX_COMMENT ? sh->sh_size : MAX_COMMENT;
	void *text;

	if (sh->sh_type != SHT_PROGBITS || sh->sh_offset > r->size ||
		n > r->size - sh->sh_offset ||
		fetch(r, sh->sh_offset, n, ELF_T_BYTE, &text))
		return;
	if (*(char *)text)
		r->o->facts.compiler = keep(r, text);
	free(text);
}

static void read_compiler(struct reader *r)
{
	struct mu_object *o = &r->o->facts;

	for (size_t i = 0; i < r->nsections; i++) {
		const char *name = section_name(r, &r->sections[i]);
		if (name && !strcmp(name, ".comment"))
			take_comment(r, &r->sections[i]);
		else if (name && !o->language && !strcmp(name, ".go.buildinfo"))
			o->language = "go";
	}
	if (!o->language && o->compiler && !strncmp(o->compiler, "rustc", 5))
		o->language = "rust";
}

int identify(struct reader *r)
{
	struct mu_object *o = &r->o->facts;
	bool is_static =
		o->kind == MU_KIND_STATIC_EXECUTABLE || o->kind == MU_KIND_STATIC_PIE;

	if (o->has_dynamic && !is_static)
		o->libc = libc_of_dynamic(r);
	read_notes(r);
	read_compiler(r);
	if (is_static)
		identify_static(r);
	return 0;
}
