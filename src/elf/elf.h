/* SPDX-License-Identifier: MIT */
#ifndef MU_ELF_ELF_H
#define MU_ELF_ELF_H

#include <muslin/object.h>

#include "core/arena.h"

/*
 * What the loader needs of an object beyond the public facts: which symbols its
 * relocations ask for, and which it offers to others.
 */

enum {
	MU_REF_PLT = 1,      /* by a PLT slot: an undefined entry never answers */
	MU_REF_GOT = 2,      /* by a GOT slot: may wait under a lazy dlopen, like PLT */
	MU_REF_DATA = 4,     /* by any other relocation */
	MU_REF_COPY = 8,     /* by a copy relocation: the program itself never answers */
	MU_REF_TPOFF = 16,   /* by initial-exec TLS */
	MU_REF_DEFINED = 32, /* the object defines it itself (but may not offer it) */
	MU_REF_FUNC = 64,    /* STT_FUNC */
};

/** struct mu_symref: a symbol that some relocation of the object must have
 *
 * One per entry of the symbol table and way to look it up; undefined weak ones, which
 * may stay away, local ones and those that the object answers itself are not there.
 * In the order in which the loader meets them.
 */
struct mu_symref {
	const char *name;    /* borrowed from the object */
	const char *version; /* "GLIBC_2.34"; NULL */
	const char *file;    /* the library that version is of: "libc.so.6"; NULL */
	uint64_t hash;       /* mu_hash() of the name */
	uint64_t size;       /* st_size of the object's own entry (copy relocations) */
	uint32_t len;        /* of the name */
	uint8_t how;         /* MU_REF_* */
};

/** struct mu_oddreloc: a relocation type that not every musl applies */
struct mu_oddreloc {
	uint32_t type;
	uint32_t ref; /* index of the symbol it needs, MU_NO_REF when none */
};
#define MU_NO_REF UINT32_MAX

/* How an object answers to a name; kept beside the name's hash. */
enum mu_answer {
	MU_ANSWER_DEF,    /* a definition that any relocation takes */
	MU_ANSWER_UND,    /* undefined with a value: not for a PLT slot */
	MU_ANSWER_UNFIT,  /* defined, but of a type or binding that musl passes over */
	MU_ANSWER_EMPTY,  /* undefined: hides a definition of the name behind it */
	MU_ANSWER_HIDDEN, /* only in a non-default version: invisible to musl */
	MU_ANSWER_NONE,
};

/** struct mu_exports: the names an object answers to, as a set of 64-bit hashes */
struct mu_exports {
	uint64_t *slots; /* owned; hash with the answer in its low bits; 0 empty */
	size_t mask;     /* slots - 1; slots is a power of two, or there are none */
	uint64_t seed;   /* odd; so that no file can choose where its names go */
	size_t n;
};

struct mu_elf {
	struct mu_object facts; /* first: a mu_object is a mu_elf */
	struct mu_arena arena;
	struct mu_symref *refs; /* arena */
	size_t nrefs;
	struct mu_oddreloc *odd; /* arena */
	size_t nodd;
	struct mu_exports exports;
	MU_VEC(const char *) names; /* owned; arena: mu_elf_read_names() alone fills it */
	bool local_tpoff;           /* initial-exec access to its own TLS block */
};

static inline const struct mu_elf *mu_elf_of(const struct mu_object *o)
{
	return (const struct mu_elf *)o;
}

/** mu_exports_find: how the set answers to a name; MU_ANSWER_NONE when it does not */
enum mu_answer mu_exports_find(const struct mu_exports *e, uint64_t hash);

/** mu_exports_add: remember an answer; the first for a name stays, a hidden one yields
 * Returns: 0 or -ENOMEM.
 */
int mu_exports_add(struct mu_exports *e, uint64_t hash, enum mu_answer answer);

/** mu_exports_resolve: whether a relocation would take the object's answer
 * @plt: the relocation is a PLT slot
 */
bool mu_exports_resolve(const struct mu_exports *e, uint64_t hash, bool plt);

/** mu_elf_virtual: an object without a file, that offers what is added to its exports
 * Returns: to be freed with mu_object_free(); NULL when out of memory.
 */
struct mu_elf *mu_elf_virtual(const struct mu_machine *m, const char *soname);

/** mu_elf_read_memory: as mu_object_read(), of @n bytes in memory that stay there
 * until it returns
 */
int mu_elf_read_memory(const void *data, size_t n, const char *path,
	struct mu_object **ret, struct mu_error *err);

/** mu_elf_read_names: the same, and keeps the names of what it defines (.names) */
int mu_elf_read_names(const void *data, size_t n, const char *path,
	struct mu_object **ret, struct mu_error *err);

#endif
