/* SPDX-License-Identifier: MIT */
#ifndef MU_DB_NAMES_H
#define MU_DB_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** mu_name_find: number of a name that the tables know
 * @name: @len bytes, need not end in NUL
 * @hash: mu_hash() of them
 *
 * Constant time: one probe for nearly every name, known or not.
 * Returns: the number, -1 when no table has the name.
 */
int mu_name_find(const char *name, size_t len, uint64_t hash);

/** mu_name_number: the same for a C string */
int mu_name_number(const char *name);

/** mu_name_in_glibc: whether glibc has the name on any machine, in any version */
bool mu_name_in_glibc(const char *name);

/** mu_name_match: whether a name matches a pattern with * and ?, in linear time */
bool mu_name_match(const char *glob, const char *s);

#endif
