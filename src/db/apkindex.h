/* SPDX-License-Identifier: MIT */
#ifndef MU_DB_APKINDEX_H
#define MU_DB_APKINDEX_H

#include <muslin/packages.h>

#include "core/arena.h"

struct mu_error;

/** struct mu_apk_package: one record; strings point into the index's text */
struct mu_apk_package {
	const char *name, *version, *origin, *machine; /* "" where nothing is said */
	uint64_t size;                                 /* installed bytes */
	uint64_t built; /* seconds since 1970; 0: not said */
};

/** struct mu_apk_provide: a name that a package provides, without its version */
struct mu_apk_provide {
	const char *name;
	uint32_t package; /* index in packages */
	uint8_t kind;     /* enum mu_provided */
};

/** struct mu_apkindex: what an APKINDEX says, in its order */
struct mu_apkindex {
	MU_VEC(struct mu_apk_package) packages;
	MU_VEC(struct mu_apk_provide) provides;
};

/** mu_apkindex_parse: read the text of an APKINDEX
 * @text: @n bytes and a NUL; it is cut into strings, which @ret points at
 * @path: what it is called in messages
 * @ret: filled up, also on failure; to be freed with mu_apkindex_free(). Empty at first,
 *       or what an earlier text was read into
 *
 * Returns: 0, -ENOMEM, -EINVAL where it is no index, -MU_E_TRUNCATED, -MU_E_LIMIT.
 */
int mu_apkindex_parse(char *text, size_t n, const char *path, struct mu_apkindex *ret,
	struct mu_error *err);
void mu_apkindex_free(struct mu_apkindex *index);

/** mu_apk_name_ok: whether a string can be the name of a package
 *
 * It becomes part of commands that people paste.
 */
bool mu_apk_name_ok(const char *name);

#endif
