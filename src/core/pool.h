/* SPDX-License-Identifier: MIT */
#ifndef MU_CORE_POOL_H
#define MU_CORE_POOL_H

#include <stddef.h>

/** mu_parallel: call @fn(@ctx, i) for every i below @n, on up to @threads threads
 *
 * Returns when all are done. The order is not defined; what @fn writes must be
 * its own. Where no thread can be made, the caller's own does the work.
 */
void mu_parallel(unsigned threads, size_t n, void (*fn)(void *ctx, size_t i), void *ctx);

/** mu_cpu_count: processors this process may use, at least 1 */
unsigned mu_cpu_count(void);

#endif
