/* SPDX-License-Identifier: MIT */
#ifndef MU_DB_ADVICE_VIEW_H
#define MU_DB_ADVICE_VIEW_H

#include <muslin/advice.h>

#include "view.h"
#include "wrap.h"

struct json_t;

/** mu_view_companion: the library beside musl that has a symbol, in the newest of the
 * releases that a query asks for
 * Returns: the release; NULL where none of them has one.
 */
const struct mu_release *mu_view_companion(
	const char *symbol, const struct mu_db_query *q, struct mu_companion *ret);

/** mu_view_software_repo: where the release that a query asks for has the package of
 * Alpine that stands for software
 * Returns: NULL where there is none.
 */
const char *mu_view_software_repo(
	const struct mu_software *software, const struct mu_db_query *q);

/** mu_companion_show_text: the same, as a line; nothing where there is none */
void mu_companion_show_text(
	struct mu_wrap *w, const char *symbol, const struct mu_db_query *q);

/** mu_companion_show_json: the same, as "companion" of an object of jansson's */
void mu_companion_show_json(
	struct json_t *o, const char *symbol, const struct mu_db_query *q);

/** mu_software_show_text: what is known of software, by any name of it */
void mu_software_show_text(
	struct mu_wrap *w, const char *name, const struct mu_db_query *q);

/** mu_software_show_json: the same, into an object of jansson's */
void mu_software_show_json(
	struct json_t *o, const char *name, const struct mu_db_query *q);

#endif
