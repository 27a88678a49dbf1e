/* SPDX-License-Identifier: MIT */
#ifndef MU_DB_VIEW_H
#define MU_DB_VIEW_H

#include <muslin/advice.h>
#include <muslin/db.h>
#include <muslin/packages.h>

/*
 * The tables as `muslin db` shows them: machines of which the same holds are put
 * together. Text and JSON are written from these. A set of machines is a mask of
 * bits (1 << mu_machine_id).
 */

enum mu_view_kind {
	MU_VIEW_SYMBOL,
	MU_VIEW_LIBRARY,
	MU_VIEW_RELEASE,
	MU_VIEW_VARIANT,
	MU_VIEW_SONAME,
	MU_VIEW_PACKAGE, /* from here on: whatever a bare word may be */
	MU_VIEW_COMMAND,
	MU_VIEW_PKGCONFIG,
	MU_VIEW_VIRTUAL,
	MU_VIEW_DEBIAN,
	MU_VIEW_SOFTWARE,
	MU_VIEW_UNKNOWN, /* the last */
};

/** mu_view_kinds: what a name given by a user stands for; by its form, then by the
 * tables
 * @ret_name: the name without a prefix such as "cmd:"
 *
 * Returns: mask of bits (1 << mu_view_kind), never 0; MU_VIEW_UNKNOWN stands alone.
 */
uint32_t mu_view_kinds(const char *name, const char **ret_name);

/** mu_view_provided: the table that answers for a kind of name that packages provide */
enum mu_provided mu_view_provided(enum mu_view_kind kind);

/** mu_view_same_deb: whether two releases get the same answer */
bool mu_view_same_deb(const struct mu_deb *a, const struct mu_deb *b);

/** mu_view_release: the release that "3.22" or "alpine:3.22" names, NULL for none */
const struct mu_release *mu_view_release(const char *name);

/** mu_view_releases: the releases that a query asks for, as a mask */
uint32_t mu_view_releases(const struct mu_db_query *q);

/** mu_view_machines: the machines that a query asks for */
uint32_t mu_view_machines(const struct mu_db_query *q);

struct mu_view_libc {
	uint32_t machines;
	struct mu_libc_symbol symbol;
};

/** mu_view_libc: musl's rows of a symbol, one a set of machines where they are equal
 * @ret: MU_MACHINE_COUNT rows
 * Returns: how many were filled.
 */
int mu_view_libc(const char *name, uint32_t machines, struct mu_view_libc *ret);

struct mu_view_glibc {
	uint32_t machines; /* all of them have the rows of: */
	enum mu_machine_id as;
};

/** mu_view_glibc: the same for glibc's rows */
int mu_view_glibc(const char *name, uint32_t machines, struct mu_view_glibc *ret);

enum mu_view_answer { MU_VIEW_NO, MU_VIEW_YES, MU_VIEW_NOT_KNOWN };

/** struct mu_view_in_release: who has a symbol in one Alpine release */
struct mu_view_in_release {
	const struct mu_release *release;
	uint32_t symbol; /* machines whose libc defines it */
	uint32_t loader; /* machines whose loader maps it, LFS64 */
	uint32_t absent;
	enum mu_view_answer gcompat; /* whether the release's gcompat brings it */
};

/** mu_view_in_release: one release
 * @machines: those wanted; where a release has no libc table they are in no set
 */
void mu_view_in_release(const char *name, uint32_t machines,
	const struct mu_release *release, struct mu_view_in_release *ret);

/** mu_view_same: whether the same holds in two releases */
bool mu_view_same(const struct mu_view_in_release *a, const struct mu_view_in_release *b);

/** mu_view_family: mu_family_of(), unless musl has the name in every table of these
 * machines
 *
 * What is everywhere needs no advice.
 */
const struct mu_family *mu_view_family(const char *name, uint32_t machines);

/** mu_view_software: software by its id, or by a library, a symbol, a package or a path
 * that marks it
 * Returns: NULL when it is none that is known.
 */
const struct mu_software *mu_view_software(const char *name);

/** mu_view_lfs64: mu_db_lfs64_mask() of a C string */
uint32_t mu_view_lfs64(const char *name, const char **ret_maps_to);

/** mu_view_name_at: names of musl, sorted; NULL past the end */
const char *mu_view_name_at(size_t i);

/** mu_view_in_variant: whether variant number @v defines the name on a machine */
bool mu_view_in_variant(int v, enum mu_machine_id m, const char *name);

/** mu_view_base: the variant to compare a variant with
 * Returns: the one before it of the same kind; for Alpine's, upstream's of the same
 * version; -1 for none.
 */
int mu_view_base(int v);

/** mu_view_file_is: whether a layer's file answers for a shared library's name
 *
 * Of the interpreter's path the last part counts.
 */
bool mu_view_file_is(
	const struct mu_layer_file *file, uint32_t machines, const char *soname);

/** mu_view_type: "function", "object", …  */
const char *mu_view_type(unsigned stt);

/** mu_view_bind: "global", "weak", … */
const char *mu_view_bind(unsigned stb);

int mu_db_list_text(const struct mu_db_query *q, FILE *out);
int mu_db_list_json(const struct mu_db_query *q, FILE *out);
int mu_db_show_text(
	const char *const *names, size_t count, const struct mu_db_query *q, FILE *out);
int mu_db_show_json(
	const char *const *names, size_t count, const struct mu_db_query *q, FILE *out);

#endif
