/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

#include "pool.h"

#define MAX_THREADS 64
/* musl gives a thread 128 KiB; the ELF reader and libelf like a little more */
#define STACK_BYTES (1u << 20)

struct job {
	void (*fn)(void *ctx, size_t i);
	void *ctx;
	size_t n;
	atomic_size_t next;
};

static void *work(void *arg)
{
	struct job *job = arg;
	size_t i;

	while ((i = atomic_fetch_add(&job->next, 1)) < job->n)
		job->fn(job->ctx, i);
	return NULL;
}

void mu_parallel(unsigned threads, size_t n, void (*fn)(void *ctx, size_t i), void *ctx)
{
	struct job job = {.fn = fn, .ctx = ctx, .n = n};
	pthread_t tid[MAX_THREADS];
	unsigned made = 0;
	pthread_attr_t attr;

	if (threads > n)
		threads = (unsigned)n;
	if (threads > MAX_THREADS)
		threads = MAX_THREADS;
	if (threads > 1 && !pthread_attr_init(&attr)) {
		pthread_attr_setstacksize(&attr, STACK_BYTES);
		while (made + 1 < threads &&
			!pthread_create(&tid[made], &attr, work, &job))
			made++;
		pthread_attr_destroy(&attr);
	}
	work(&job);
	while (made)
		pthread_join(tid[--made], NULL);
}

unsigned mu_cpu_count(void)
{
	cpu_set_t set;
	long n;

	if (!sched_getaffinity(0, sizeof set, &set) && (n = CPU_COUNT(&set)) > 0)
		return (unsigned)n;
	n = sysconf(_SC_NPROCESSORS_ONLN);
	return n > 0 ? (unsigned)n : 1;
}
