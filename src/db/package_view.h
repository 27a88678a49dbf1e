/* SPDX-License-Identifier: MIT */
#ifndef MU_DB_PACKAGE_VIEW_H
#define MU_DB_PACKAGE_VIEW_H

#include <stdint.h>

#include "view.h"
#include "wrap.h"

struct json_t;

/** mu_package_show_text: what is known of a package, or of what packages provide
 * @kind: MU_VIEW_SONAME … MU_VIEW_DEBIAN
 * @releases: mask of those that are asked for
 */
void mu_package_show_text(
	struct mu_wrap *w, const char *name, enum mu_view_kind kind, uint32_t releases);

/** mu_package_show_json: the same, into an object of jansson's */
void mu_package_show_json(
	struct json_t *o, const char *name, enum mu_view_kind kind, uint32_t releases);

#endif
