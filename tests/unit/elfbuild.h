/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_ELFBUILD_H
#define TESTS_UNIT_ELFBUILD_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Small ELF files, made in memory out of a description: both classes, both byte
 * orders, no section headers. What the description leaves out is not in the file.
 */

#define ELF_MAX 12

struct elf_symbol {
	const char *name;    /* NULL ends the list */
	const char *version; /* NULL: none */
	const char *file;    /* undefined with a version: the library that has it */
	bool defined;        /* those that are stand behind those that are not */
	bool hidden;         /* defined: name@VERSION, not the default name@@VERSION */
	bool unlisted;       /* defined, but not in the hash table */
	uint8_t bind, type;  /* STB_*, STT_*; 0, 0 is a global function */
	bool local;          /* STB_LOCAL, which is 0 */
	uint64_t value, size;
};

struct elf_reloc {
	uint32_t type; /* 0 ends the list */
	uint32_t sym;  /* from 1; 0: none */
	bool plt;      /* in DT_JMPREL */
};

struct elf_spec {
	unsigned bits; /* 0: 64 */
	bool big;
	uint16_t machine; /* 0: EM_X86_64 */
	uint16_t type;    /* 0: ET_DYN */
	uint32_t flags;   /* e_flags */

	const char *interp, *soname, *rpath, *runpath;
	const char *needed[ELF_MAX]; /* up to the first NULL */
	struct elf_symbol symbols[ELF_MAX];
	struct elf_reloc relocs[ELF_MAX];

	bool is_static;         /* no PT_DYNAMIC */
	bool sysv;              /* DT_HASH instead of DT_GNU_HASH */
	bool rel;               /* REL instead of RELA */
	bool relr;              /* has DT_RELR */
	bool tls;               /* has PT_TLS */
	bool stack, exec_stack; /* has PT_GNU_STACK, with X */
	uint64_t stack_size;
	uint64_t dt_flags, dt_flags_1;
	bool textrel;
	const char *note; /* name of a note of type 1 with a description of 16 zeros */
};

struct elf_image {
	unsigned char *p; /* owned */
	size_t n;
};

/** elf_build: the file that a description says; aborts when it is impossible
 * Returns: to be freed with free(.p)
 */
struct elf_image elf_build(const struct elf_spec *spec);

/** elf_write: the same into a file; its folder must exist */
void elf_write(const char *path, const struct elf_spec *spec);

#endif
