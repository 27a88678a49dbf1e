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

struct mu_queue;

/** mu_queue_open: threads that wait for work
 * @threads: 1 or fewer: the work is done by the one that brings it
 * @budget: how many bytes the work that waits or goes on may hold
 *
 * Returns: to be closed with mu_queue_close(); NULL when out of memory.
 */
struct mu_queue *mu_queue_open(unsigned threads, size_t budget);

/** mu_queue_put: have @fn(@arg) called by one of the threads
 * @bytes: that it holds; waits while there is too much of that. A piece larger than
 *         the whole budget waits until it is alone
 */
void mu_queue_put(struct mu_queue *q, void (*fn)(void *arg), void *arg, size_t bytes);

/** mu_queue_wait: until @bytes fit into the budget beside the work there is, or until
 * there is none; for who makes work that holds much
 */
void mu_queue_wait(struct mu_queue *q, size_t bytes);

/** mu_queue_close: wait for all work to be done, end the threads; NULL is fine */
void mu_queue_close(struct mu_queue *q);

/** mu_cpu_count: processors this process may use, at least 1 */
unsigned mu_cpu_count(void);

#endif
