#include "release.h"

#include "line.h"
#include "stop.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

/* While there is more to come, the second thread is woken for so many blocks at a time. */
#define WAKE_BLOCKS 4

_Static_assert(RELEASE_BLOCKS % WAKE_BLOCKS == 0, "or a full queue would sleep");

const int64_t release_bucket_us[RELEASE_BUCKETS] = {50,	  100,	 250,	 500,
						    1000, 10000, 100000, 1000000};

int64_t
release_clock_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---- the second thread ---- */

static void
fail(struct release *r, enum release_failure failure, int error)
{
	pthread_mutex_lock(&r->lock);
	r->failure = failure;
	r->error = error;
	pthread_cond_broadcast(&r->emptied);
	pthread_mutex_unlock(&r->lock);
}

/* The first block that was handed over; NULL at the end. */
static struct release_block *
next(struct release *r)
{
	struct release_block *b = NULL;

	pthread_mutex_lock(&r->lock);
	while (r->n == 0 && !r->ending)
		pthread_cond_wait(&r->filled, &r->lock);
	if (r->n)
		b = &r->blocks[r->first];
	pthread_mutex_unlock(&r->lock);
	return b;
}

static void
account(struct release *r, const struct release_block *b)
{
	int64_t us = release_clock_us() - b->read_us;
	unsigned i = 0;

	while (i < RELEASE_BUCKETS && us > release_bucket_us[i])
		i++;
	r->took[i] += b->lines;
	r->took_us += (uint64_t)us * b->lines;
}

static void
done_with(struct release *r, struct release_block *b)
{
	pthread_mutex_lock(&r->lock);
	account(r, b);
	r->spare[r->spare_n++] = b->bytes;
	b->bytes = NULL;
	b->len = 0;
	b->lines = 0;
	r->first = (r->first + 1) % RELEASE_BLOCKS;
	r->n--;
	pthread_cond_signal(&r->emptied);
	pthread_mutex_unlock(&r->lock);
}

static void *
run(void *context)
{
	struct release *r = context;
	struct release_block *b;

	stop_elsewhere();
	pthread_mutex_lock(&r->lock);
	r->started = true;
	pthread_cond_broadcast(&r->emptied);
	pthread_mutex_unlock(&r->lock);
	while ((b = next(r)) != NULL) {
		if (r->wal && wal_durable(r->wal) < b->through && !wal_sync(r->wal)) {
			fail(r, RELEASE_SYNC_FAILED, wal_error(r->wal));
			break;
		}
		if (!write_all(r->fd, (struct span){b->bytes, b->len})) {
			fail(r, RELEASE_WRITE_FAILED, errno);
			break;
		}
		done_with(r, b);
	}
	return NULL;
}

/* ---- the first ---- */

bool
release_start(struct release *r, int fd)
{
	*r = (struct release){.fd = fd};
	for (unsigned i = 0; i < RELEASE_BLOCKS; i++) {
		r->spare[i] = malloc(RELEASE_BLOCK_BYTES);
		if (!r->spare[i])
			return false;
		r->spare_n++;
	}
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->filled, NULL);
	pthread_cond_init(&r->emptied, NULL);
	errno = pthread_create(&r->thread, NULL, run, r);
	if (errno)
		return false;
	pthread_mutex_lock(&r->lock);
	while (!r->started)
		pthread_cond_wait(&r->emptied, &r->lock);
	pthread_mutex_unlock(&r->lock);
	return true;
}

struct release_block *
release_block(struct release *r)
{
	struct release_block *b = NULL;

	pthread_mutex_lock(&r->lock);
	while (r->n == RELEASE_BLOCKS && !r->failure)
		pthread_cond_wait(&r->emptied, &r->lock);
	if (!r->failure)
		b = &r->blocks[(r->first + r->n) % RELEASE_BLOCKS];
	if (b && !b->bytes)
		b->bytes = r->spare[--r->spare_n];
	pthread_mutex_unlock(&r->lock);
	return b;
}

void
release_hand_over(struct release *r, uint64_t through, bool more)
{
	struct release_block *b;

	pthread_mutex_lock(&r->lock);
	b = &r->blocks[(r->first + r->n) % RELEASE_BLOCKS];
	if (r->n < RELEASE_BLOCKS && b->len && !r->failure) {
		b->through = through;
		r->n++;
	}
	/* waking it costs more than writing a block does */
	if (r->n && (!more || r->n % WAKE_BLOCKS == 0))
		pthread_cond_signal(&r->filled);
	pthread_mutex_unlock(&r->lock);
}

bool
release_drain(struct release *r)
{
	bool ok;

	pthread_mutex_lock(&r->lock);
	pthread_cond_signal(&r->filled);
	while (r->n && !r->failure)
		pthread_cond_wait(&r->emptied, &r->lock);
	ok = !r->failure;
	pthread_mutex_unlock(&r->lock);
	return ok;
}

enum release_failure
release_error(struct release *r, int *error)
{
	enum release_failure failure;

	pthread_mutex_lock(&r->lock);
	failure = r->failure;
	*error = r->error;
	pthread_mutex_unlock(&r->lock);
	return failure;
}

void
release_end(struct release *r)
{
	pthread_mutex_lock(&r->lock);
	r->ending = true;
	pthread_cond_signal(&r->filled);
	pthread_mutex_unlock(&r->lock);
	pthread_join(r->thread, NULL);
	for (unsigned i = 0; i < RELEASE_BLOCKS; i++)
		free(r->blocks[i].bytes);
	while (r->spare_n)
		free(r->spare[--r->spare_n]);
}
