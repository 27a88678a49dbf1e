/* SPDX-License-Identifier: MIT */
#ifndef MUSLIN_OBJECT_H
#define MUSLIN_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <muslin/db.h>
#include <muslin/error.h>

enum mu_kind {
	MU_KIND_UNREADABLE,
	MU_KIND_EXECUTABLE,
	MU_KIND_SHARED_LIBRARY,
	MU_KIND_STATIC_EXECUTABLE,
	MU_KIND_STATIC_PIE,
	MU_KIND_RELOCATABLE,
	MU_KIND_ARCHIVE,
	MU_KIND_SCRIPT,
	MU_KIND_CORE,
	MU_KIND_NOT_ELF,
	MU_KIND_COUNT,
};

enum mu_libc {
	MU_LIBC_UNKNOWN,
	MU_LIBC_NONE,
	MU_LIBC_GLIBC,
	MU_LIBC_MUSL,
	MU_LIBC_UCLIBC,
	MU_LIBC_BIONIC,
	MU_LIBC_COUNT,
};

/** struct mu_object: the facts of one file, read once
 *
 * Every string is owned by the object and NUL-terminated; what the file does not
 * have is NULL. Bytes are as in the file: escape before showing.
 */
struct mu_object {
	enum mu_kind kind;
	enum mu_libc libc;
	uint16_t e_type, e_machine;
	uint8_t bits;                     /* 32, 64; 0 when not ELF */
	bool little;                      /* byte order */
	const struct mu_machine *machine; /* NULL: none that muslin knows */

	const char *interpreter; /* PT_INTERP, or what stands behind #! in a script */
	const char *soname, *rpath, *runpath;
	const char *const *needed;
	size_t nneeded;
	const char *glibc_required; /* "2.38": highest GLIBC_x.y asked for */

	bool has_dynamic;
	bool hollow;        /* debug information only: headers without contents */
	bool interp_mapped; /* the program headers lie in a PT_LOAD: musl's --list
			       sees PT_INTERP only then */
	bool has_gnu_stack, exec_stack;
	uint64_t stack_size; /* PT_GNU_STACK p_memsz, bytes */
	bool has_relr, textrel, static_tls, has_tls, bind_now, pie;
	bool setuid;       /* or setgid, by the file's mode */
	bool defines_libc; /* has __libc_start_main and stdin: musl takes it for a libc */
	bool can_nss, can_iconv, can_dlopen; /* static glibc programs only */

	const char *language; /* "go", "rust", … where the file tells; NULL */
	const char *compiler; /* first line of .comment; NULL */
};

/** mu_kind_name: as in JSON: "shared-library"
 * Since: 0.1
 */
const char *mu_kind_name(enum mu_kind kind);

/** mu_libc_name: as in JSON: "glibc"
 * Since: 0.1
 */
const char *mu_libc_name(enum mu_libc libc);

/** mu_object_read: read the facts of a file
 * @fd: open for reading, a regular file; not closed
 * @path: for messages only
 * @ret: on success, to be freed with mu_object_free()
 * @err: may be NULL
 *
 * A file that is not ELF, or is damaged, fails or not by what can be told of it:
 * text, scripts and archives are objects with that kind; a damaged ELF file is an
 * error (-MU_E_TRUNCATED, -MU_E_MALFORMED, -MU_E_LIMIT) with the reason.
 * Returns: 0 or a negative code.
 * Since: 0.1
 */
int mu_object_read(
	int fd, const char *path, struct mu_object **ret, struct mu_error *err);

/** mu_object_free: free an object; NULL is fine
 * Since: 0.1
 */
void mu_object_free(struct mu_object *o);

#endif
