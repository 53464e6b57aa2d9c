#include "ahead.h"

#include "check.h"
#include "release.h"
#include "stop.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- a batch ---- */

/* The first line may be longer than a line can be, and end: keep its beginning. No other can, for
 * less than that is read at once. Returns how many bytes there are then. */
static size_t
cut_long_line(char *bytes, size_t have)
{
	char *newline = memchr(bytes, '\n', have);
	size_t over;

	if (!newline || (size_t)(newline - bytes) <= LIMIT_LINE_BYTES)
		return have;
	over = (size_t)(newline - bytes) - LIMIT_LINE_BYTES;
	memmove(newline - over, newline, have - (size_t)(newline - bytes));
	return have - over;
}

/* n more bytes have come behind those that are held. What is not a whole line moves on, if there is
 * a whole one. */
static void
cut(struct ahead *a, struct batch *b, size_t n, struct batch *next)
{
	size_t have = b->held + n, rest;
	char *last;

	if (a->skipping) {
		char *begin = b->bytes + b->held, *newline = memchr(begin, '\n', n);

		/* what is held is the line's beginning; it ends here */
		if (!newline)
			return;
		memmove(begin, newline, (size_t)(begin + n - newline));
		have -= (size_t)(newline - begin);
		a->skipping = false;
	}
	if (have > LIMIT_LINE_BYTES)
		have = cut_long_line(b->bytes, have);
	last = memrchr(b->bytes, '\n', have);
	b->len = last ? (size_t)(last - b->bytes) + 1 : 0;
	rest = have - b->len;
	if (rest >= LIMIT_LINE_BYTES) {
		rest = LIMIT_LINE_BYTES;
		a->skipping = true;
	}
	if (b->len) {
		memcpy(next->bytes, b->bytes + b->len, rest);
		b = next;
	}
	b->held = rest;
}

static void
note_lines(struct batch *b, struct message *r)
{
	char *p = b->bytes, *end = p + b->len, *newline;

	for (; p < end && b->briefs_n < AHEAD_BRIEFS; p = newline + 1) {
		newline = memchr(p, '\n', (size_t)(end - p));
		brief_note(&b->briefs[b->briefs_n++], (struct span){p, (size_t)(newline - p)}, r);
	}
}

/* Read once. False: no line has ended. */
static bool
fill(struct ahead *a, struct batch *b, struct batch *next)
{
	ssize_t n;

	do
		n = read(a->fd, b->bytes + b->held, LIMIT_IO_BYTES);
	while (n < 0 && errno == EINTR);
	b->state = n < 0 ? BATCH_FAILED : n == 0 ? BATCH_END : BATCH_LINES;
	b->error = n < 0 ? errno : 0;
	b->len = 0;
	b->briefs_n = 0;
	b->read_us = release_clock_us();
	a->full = n == LIMIT_IO_BYTES;
	if (n <= 0)
		return true;
	cut(a, b, (size_t)n, next);
	note_lines(b, &a->message);
	return b->len > 0;
}

/* ---- the thread ---- */

/* Wait for leave to read; false: at the end. */
static bool
may_read(struct ahead *a)
{
	bool may;

	pthread_mutex_lock(&a->lock);
	for (;;) {
		if (a->halted && a->reading) {
			a->reading = false;
			pthread_cond_signal(&a->come);
		}
		/* the batch, and the one that the begun line moves to, are free */
		if (a->ending || (a->reading && a->n <= AHEAD_BATCHES - 2))
			break;
		pthread_cond_wait(&a->go, &a->lock);
	}
	may = !a->ending;
	pthread_mutex_unlock(&a->lock);
	return may;
}

static struct batch *
free_batch(struct ahead *a, unsigned i)
{
	return &a->batches[(a->first + a->n + i) % AHEAD_BATCHES];
}

static void *
run(void *context)
{
	struct ahead *a = context;

	stop_elsewhere();
	pthread_mutex_lock(&a->lock);
	a->started = true;
	pthread_cond_signal(&a->come);
	pthread_mutex_unlock(&a->lock);
	while (may_read(a)) {
		struct pollfd p = {.fd = a->fd, .events = POLLIN};
		bool ready = poll(&p, 1, 0) != 0, whole = false;
		struct batch *b, *next;

		pthread_mutex_lock(&a->lock);
		b = free_batch(a, 0);
		next = free_batch(a, 1);
		pthread_mutex_unlock(&a->lock);
		if (ready)
			whole = fill(a, b, next);
		pthread_mutex_lock(&a->lock);
		a->n += whole;
		a->reading = ready && (!whole || b->state == BATCH_LINES);
		pthread_cond_signal(&a->come);
		pthread_mutex_unlock(&a->lock);
	}
	return NULL;
}

/* ---- the others ---- */

bool
ahead_start(struct ahead *a, int fd)
{
	*a = (struct ahead){.fd = fd};
	for (unsigned i = 0; i < AHEAD_BATCHES; i++) {
		a->batches[i].bytes = calloc(1, AHEAD_BYTES + MESSAGE_PAD);
		a->batches[i].briefs = calloc(AHEAD_BRIEFS, sizeof(struct brief));
		if (!a->batches[i].bytes || !a->batches[i].briefs)
			return false;
	}
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->go, NULL);
	pthread_cond_init(&a->come, NULL);
	errno = pthread_create(&a->thread, NULL, run, a);
	if (errno)
		return false;
	pthread_mutex_lock(&a->lock);
	while (!a->started)
		pthread_cond_wait(&a->come, &a->lock);
	pthread_mutex_unlock(&a->lock);
	return true;
}

char *
ahead_room(struct ahead *a)
{
	CHECK(a->n == 0 && !a->reading && a->batches[a->first].held == 0);
	return a->batches[a->first].bytes;
}

void
ahead_read(struct ahead *a)
{
	bool whole;

	CHECK(a->n == 0 && !a->reading);
	whole = fill(a, free_batch(a, 0), free_batch(a, 1));
	pthread_mutex_lock(&a->lock);
	a->n += whole;
	if (a->full && !a->halted) {
		a->reading = true;
		pthread_cond_signal(&a->go);
	}
	pthread_mutex_unlock(&a->lock);
}

struct batch *
ahead_take(struct ahead *a)
{
	struct batch *b;

	pthread_mutex_lock(&a->lock);
	while (a->n == 0 && a->reading)
		pthread_cond_wait(&a->come, &a->lock);
	b = a->n ? &a->batches[a->first] : NULL;
	pthread_mutex_unlock(&a->lock);
	return b;
}

void
ahead_done(struct ahead *a)
{
	pthread_mutex_lock(&a->lock);
	a->first = (a->first + 1) % AHEAD_BATCHES;
	a->n--;
	/* waking it for one batch would cost too much */
	if (a->reading && a->n <= AHEAD_BATCHES / 2 - 1)
		pthread_cond_signal(&a->go);
	pthread_mutex_unlock(&a->lock);
}

void
ahead_halt(struct ahead *a)
{
	pthread_mutex_lock(&a->lock);
	a->halted = true;
	pthread_cond_signal(&a->go);
	pthread_mutex_unlock(&a->lock);
}

void
ahead_end(struct ahead *a)
{
	pthread_mutex_lock(&a->lock);
	a->ending = true;
	pthread_cond_signal(&a->go);
	pthread_mutex_unlock(&a->lock);
	pthread_join(a->thread, NULL);
	for (unsigned i = 0; i < AHEAD_BATCHES; i++) {
		free(a->batches[i].bytes);
		free(a->batches[i].briefs);
	}
}
