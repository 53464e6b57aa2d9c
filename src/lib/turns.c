#include "turns.h"

#include "check.h"
#include "stop.h"

#include <errno.h>

/* ---- the thread ---- */

/* With the lock: wait for leave to fill a slot; false: at the end. */
static bool
may_fill(struct turns *t)
{
	for (;;) {
		if (t->halted && t->reading) {
			t->reading = false;
			pthread_cond_signal(&t->come);
		}
		if (t->ending)
			return false;
		if (t->reading && t->n + t->room <= t->slots)
			return true;
		pthread_cond_wait(&t->go, &t->lock);
	}
}

/* The first one that is free. */
static unsigned
slot_to_fill(const struct turns *t)
{
	return (t->first + t->n) % t->slots;
}

static void *
run(void *context)
{
	struct turns *t = context;

	stop_elsewhere();
	pthread_mutex_lock(&t->lock);
	t->started = true;
	pthread_cond_signal(&t->come);
	while (may_fill(t)) {
		unsigned slot = slot_to_fill(t);
		struct turns_filled filled;

		pthread_mutex_unlock(&t->lock);
		filled = t->fill(t->context, slot);
		pthread_mutex_lock(&t->lock);
		t->n += filled.holds;
		t->reading = filled.more;
		pthread_cond_signal(&t->come);
	}
	pthread_mutex_unlock(&t->lock);
	return NULL;
}

/* ---- the caller ---- */

bool
turns_start(struct turns *t)
{
	CHECK(t->slots >= 2 && t->room >= 1 && t->room <= t->slots);
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->go, NULL);
	pthread_cond_init(&t->come, NULL);
	errno = pthread_create(&t->thread, NULL, run, t);
	if (errno)
		return false;
	pthread_mutex_lock(&t->lock);
	while (!t->started)
		pthread_cond_wait(&t->come, &t->lock);
	pthread_mutex_unlock(&t->lock);
	return true;
}

bool
turns_next(struct turns *t, unsigned *slot)
{
	pthread_mutex_lock(&t->lock);
	if (t->out) {
		t->first = (t->first + 1) % t->slots;
		t->n--;
		/* to wake it for each slot would cost too much */
		if (t->reading && t->n < t->slots / 2)
			pthread_cond_signal(&t->go);
	}
	while (t->n == 0 && t->reading)
		pthread_cond_wait(&t->come, &t->lock);
	t->out = t->n > 0;
	*slot = t->first;
	pthread_mutex_unlock(&t->lock);
	return t->out;
}

unsigned
turns_slot(struct turns *t)
{
	/* the thread, which rests, changes neither */
	CHECK(t->n == 0 && !t->reading);
	return slot_to_fill(t);
}

void
turns_put(struct turns *t, struct turns_filled filled)
{
	CHECK(t->n == 0 && !t->reading);
	pthread_mutex_lock(&t->lock);
	t->n = filled.holds;
	if (filled.more && !t->halted) {
		t->reading = true;
		pthread_cond_signal(&t->go);
	}
	pthread_mutex_unlock(&t->lock);
}

void
turns_halt(struct turns *t)
{
	pthread_mutex_lock(&t->lock);
	t->halted = true;
	pthread_cond_signal(&t->go);
	pthread_mutex_unlock(&t->lock);
}

void
turns_end(struct turns *t)
{
	pthread_mutex_lock(&t->lock);
	t->ending = true;
	pthread_cond_signal(&t->go);
	pthread_mutex_unlock(&t->lock);
	pthread_join(t->thread, NULL);
	pthread_cond_destroy(&t->come);
	pthread_cond_destroy(&t->go);
	pthread_mutex_destroy(&t->lock);
}
