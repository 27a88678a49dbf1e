/* SPDX-License-Identifier: MIT */
#ifndef MUSLIN_ERROR_H
#define MUSLIN_ERROR_H

#include <stdint.h>

/*
 * Every fallible function returns 0 (or a count) or a negative code: -errno for
 * what the system said, or -MU_E_* for what muslin found out itself.
 */
enum mu_errcode {
	MU_E_FIRST = 1024,
#define MU_ERR(name, text) MU_E_##name,
#include "errors.def"
#undef MU_ERR
	MU_E_END
};

/** struct mu_error: the detail behind a negative return; owned by the caller */
struct mu_error {
	int code;        /* the negative return value; 0 while nothing failed */
	uint64_t offset; /* byte offset in the input, where one is known */
	char path[256];  /* what was being read, shortened if longer */
	char msg[200];   /* one sentence, no newline */
};

/** mu_strerror: text of a negative return value
 * @code: as returned by a muslin function, sign included
 *
 * Safe on threads, unlike strerror(3) on some libcs.
 * Returns: a static string, never NULL.
 * Since: 0.1
 */
const char *mu_strerror(int code);

/** mu_error_set: record a failure, unless an earlier one is recorded already
 * @err: may be NULL
 * @code: negative return value
 * @path: what was being read; may be NULL
 * @fmt: printf-like sentence; NULL for the code's own text
 *
 * First failure wins, so that the cause is told and not its consequence.
 * Returns: @code, so that `return mu_error_set(…)` reads well.
 * Since: 0.1
 */
__attribute__((format(printf, 4, 5))) int mu_error_set(
	struct mu_error *err, int code, const char *path, const char *fmt, ...);

#endif
