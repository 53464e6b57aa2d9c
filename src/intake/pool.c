#include "pool.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

/* Taken at once by a thread: some 0.2 ms of work. */
#define SHARE 4

static void
take_shares(struct pool *p, unsigned thread)
{
	size_t from;

	while ((from = atomic_fetch_add(&p->next, SHARE)) < p->n)
		for (size_t i = from; i < from + SHARE && i < p->n; i++)
			p->work(p->context, thread, i);
}

static void *
run_thread(void *argument)
{
	struct pool_thread *t = argument;
	struct pool *p = t->pool;
	unsigned round = 0;

	/* a thread's first allocation asks how many processors there are */
	free(malloc(64));
	pthread_mutex_lock(&p->lock);
	p->started++;
	pthread_cond_signal(&p->end);
	for (;;) {
		while (p->round == round)
			pthread_cond_wait(&p->begin, &p->lock);
		round = p->round;
		pthread_mutex_unlock(&p->lock);
		take_shares(p, t->number);
		pthread_mutex_lock(&p->lock);
		if (--p->busy == 0)
			pthread_cond_signal(&p->end);
	}
	return NULL;
}

bool
pool_start(struct pool *p, unsigned threads)
{
	sigset_t all, before;

	*p = (struct pool){.threads = threads};
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->begin, NULL);
	pthread_cond_init(&p->end, NULL);
	/* signals are the first thread's */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (unsigned i = 1; i < threads; i++) {
		p->members[i] = (struct pool_thread){.pool = p, .number = i};
		errno = pthread_create(&p->members[i].id, NULL, run_thread, &p->members[i]);
		if (errno)
			return false;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_mutex_lock(&p->lock);
	while (p->started + 1 < threads)
		pthread_cond_wait(&p->end, &p->lock);
	pthread_mutex_unlock(&p->lock);
	return true;
}

void
pool_run(struct pool *p, size_t n, void (*work)(void *context, unsigned thread, size_t index),
	 void *context)
{
	p->work = work;
	p->context = context;
	p->n = n;
	atomic_store(&p->next, 0);
	if (p->threads == 1 || n <= SHARE) {
		take_shares(p, 0);
		return;
	}
	pthread_mutex_lock(&p->lock);
	p->busy = p->threads - 1;
	p->round++;
	pthread_cond_broadcast(&p->begin);
	pthread_mutex_unlock(&p->lock);
	take_shares(p, 0);
	pthread_mutex_lock(&p->lock);
	while (p->busy)
		pthread_cond_wait(&p->end, &p->lock);
	pthread_mutex_unlock(&p->lock);
}
