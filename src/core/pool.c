/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdatomic.h>
#include <stdlib.h>
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

/* ---- a queue ------------------------------------------------------------------ */

#define QUEUE_SLOTS 256

struct piece {
	void (*fn)(void *arg);
	void *arg;
	size_t bytes;
};

struct mu_queue {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct piece waiting[QUEUE_SLOTS]; /* a ring */
	size_t first, n;
	size_t held, budget; /* bytes */
	unsigned threads;
	bool closing;
	pthread_t tid[MAX_THREADS];
};

static void *serve(void *arg)
{
	struct mu_queue *q = arg;

	pthread_mutex_lock(&q->lock);
	for (;;) {
		struct piece p;
		while (!q->n && !q->closing)
			pthread_cond_wait(&q->changed, &q->lock);
		if (!q->n)
			break;
		p = q->waiting[q->first];
		q->first = (q->first + 1) % QUEUE_SLOTS;
		q->n--;
		pthread_mutex_unlock(&q->lock);
		p.fn(p.arg);
		pthread_mutex_lock(&q->lock);
		q->held -= p.bytes;
		pthread_cond_broadcast(&q->changed);
	}
	pthread_mutex_unlock(&q->lock);
	return NULL;
}

struct mu_queue *mu_queue_open(unsigned threads, size_t budget)
{
	struct mu_queue *q = calloc(1, sizeof *q);
	pthread_attr_t attr;

	if (!q)
		return NULL;
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->changed, NULL);
	q->budget = budget;
	if (threads > MAX_THREADS)
		threads = MAX_THREADS;
	if (threads < 2 || pthread_attr_init(&attr))
		return q;
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	while (q->threads < threads &&
		!pthread_create(&q->tid[q->threads], &attr, serve, q))
		q->threads++;
	pthread_attr_destroy(&attr);
	return q;
}

void mu_queue_put(struct mu_queue *q, void (*fn)(void *arg), void *arg, size_t bytes)
{
	if (!q->threads) {
		fn(arg);
		return;
	}
	pthread_mutex_lock(&q->lock);
	while (q->n == QUEUE_SLOTS || (q->held && q->held + bytes > q->budget))
		pthread_cond_wait(&q->changed, &q->lock);
	q->held += bytes;
	q->waiting[(q->first + q->n++) % QUEUE_SLOTS] = (struct piece){fn, arg, bytes};
	pthread_cond_broadcast(&q->changed);
	pthread_mutex_unlock(&q->lock);
}

void mu_queue_wait(struct mu_queue *q, size_t bytes)
{
	pthread_mutex_lock(&q->lock);
	while (q->held && (bytes > q->budget || q->held > q->budget - bytes))
		pthread_cond_wait(&q->changed, &q->lock);
	pthread_mutex_unlock(&q->lock);
}

void mu_queue_close(struct mu_queue *q)
{
	if (!q)
		return;
	pthread_mutex_lock(&q->lock);
	q->closing = true;
	pthread_cond_broadcast(&q->changed);
	pthread_mutex_unlock(&q->lock);
	while (q->threads)
		pthread_join(q->tid[--q->threads], NULL);
	pthread_cond_destroy(&q->changed);
	pthread_mutex_destroy(&q->lock);
	free(q);
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
