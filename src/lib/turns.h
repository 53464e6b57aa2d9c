/*
 * turns: two threads that take turns at reading, and the ring of slots between them: a thread that
 * reads ahead, and the one that uses what was read, here the caller.
 *
 * A slot is a number; what lies in it is the user's, and has no lock of its own: it is the filling
 * side's until turns_next() hands it out, and the caller's until the next turns_next().
 *
 * Usually the caller reads for itself, so that a lone line wakes nobody. When that brought so much
 * that more seems to wait behind it, the caller says so by turns_put(), and from then on the
 * reading is the thread's: it calls fill() slot after slot, until fill() says that there is no more
 * at once. Then it rests, and the caller, once it has had every slot, is the one that reads, and
 * waits, again.
 *
 * So fill() must never wait for input, for nobody would then let out what is ready, look at the
 * clock or hear a stop signal: that is done where the caller waits. And so whoever is told that
 * there is no slot knows that all that has come is taken.
 *
 * Calls are for the caller's thread alone. fill() runs in the other one, and never while the caller
 * may read: what only whoever reads touches needs no lock. Whatever fill() has stored is seen by
 * the caller once turns_next() has returned.
 */
#ifndef TP_TURNS_H
#define TP_TURNS_H

#include <pthread.h>
#include <stdbool.h>

struct turns_filled {
	bool holds; /* the slot has something, and is to be handed out */
	bool more;  /* and there is more at once */
};

struct turns {
	/* set by the caller */
	unsigned slots; /* from 2 on */
	unsigned room;	/* so many must be free for a fill: it may use the ones behind, too */
	struct turns_filled (*fill)(void *context, unsigned slot); /* without waiting */
	void *context;

	/* under the lock */
	unsigned first; /* the next to be handed out, or what is */
	unsigned n;	/* filled, and not done with */
	bool started;
	bool reading; /* the thread reads, and has the slots that are free */
	bool halted, ending;

	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t go;   /* for the thread */
	pthread_cond_t come; /* for the caller */

	/* the caller's */
	bool out; /* `first` is handed out */
};

/* Start the thread, and wait until it runs: before the sandbox closes. False with errno. */
bool turns_start(struct turns *t);

/* The next slot; the one before is done with. False: all that was read has been handed out, and the
 * reading is the caller's. */
bool turns_next(struct turns *t, unsigned *slot);

/* The slot that the caller is to fill for itself, while the reading is its own; `room` are free. */
unsigned turns_slot(struct turns *t);

/* What came of that. With `more` the thread reads on, until turns_next() says that it has stopped.
 */
void turns_put(struct turns *t, struct turns_filled filled);

/* The thread is to read no more, nor to be let to. What it has read can still be had. */
void turns_halt(struct turns *t);

/* End the thread. */
void turns_end(struct turns *t);

#endif
