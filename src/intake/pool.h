/*
 * pool: threads that work on the items of one batch side by side.
 *
 * pool_run() calls work() for each index below n once, by this thread and the others, and returns
 * when all are done. Few items are done by this thread alone: waking others costs more. Start the
 * pool before the sandbox closes; when pool_start() returns, each thread has made the system calls
 * that a new thread makes. The threads end with the process.
 */
#ifndef TP_POOL_H
#define TP_POOL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#define POOL_THREADS_MAX 64

struct pool {
	unsigned threads; /* with the caller's */
	pthread_mutex_t lock;
	pthread_cond_t begin, end;
	unsigned round;
	unsigned busy;
	unsigned started;
	/* the batch */
	void (*work)(void *context, unsigned thread, size_t index);
	void *context;
	size_t n;
	atomic_size_t next;
	struct pool_thread {
		struct pool *pool;
		unsigned number;
		pthread_t id;
	} members[POOL_THREADS_MAX];
};

/* False with errno when a thread could not be started. */
bool pool_start(struct pool *p, unsigned threads);

/* thread is below p->threads: each may use memory of its own. */
void pool_run(struct pool *p, size_t n, void (*work)(void *context, unsigned thread, size_t index),
	      void *context);

#endif
