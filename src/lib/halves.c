#include "halves.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

static struct {
	bool started, running;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	/* the helper's job, while part is set */
	void (*part)(void *context, size_t from, size_t to);
	void *context;
	size_t from, to;
} helper = {.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void *
help(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&helper.mutex);
	helper.running = true;
	pthread_cond_broadcast(&helper.changed);
	for (;;) {
		while (!helper.part)
			pthread_cond_wait(&helper.changed, &helper.mutex);
		pthread_mutex_unlock(&helper.mutex);
		helper.part(helper.context, helper.from, helper.to);
		pthread_mutex_lock(&helper.mutex);
		helper.part = NULL;
		pthread_cond_broadcast(&helper.changed);
	}
	return NULL;
}

void
halves_start(void)
{
	sigset_t all, before;
	pthread_t thread;

	if (helper.started || sysconf(_SC_NPROCESSORS_ONLN) < 2)
		return;
	/* stop signals are for the thread that reads */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	helper.started = pthread_create(&thread, NULL, help, NULL) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!helper.started)
		return;
	pthread_detach(thread);
	/* a thread begins with system calls of its own, which the sandbox would not allow */
	pthread_mutex_lock(&helper.mutex);
	while (!helper.running)
		pthread_cond_wait(&helper.changed, &helper.mutex);
	pthread_mutex_unlock(&helper.mutex);
}

void
halves_run(size_t n, size_t worth, void (*part)(void *context, size_t from, size_t to),
	   void *context)
{
	if (!helper.started || n < worth || n < 2) {
		part(context, 0, n);
		return;
	}
	pthread_mutex_lock(&helper.mutex);
	helper.context = context;
	helper.from = n / 2;
	helper.to = n;
	helper.part = part;
	pthread_cond_broadcast(&helper.changed);
	pthread_mutex_unlock(&helper.mutex);
	part(context, 0, n / 2);
	pthread_mutex_lock(&helper.mutex);
	while (helper.part)
		pthread_cond_wait(&helper.changed, &helper.mutex);
	pthread_mutex_unlock(&helper.mutex);
}
