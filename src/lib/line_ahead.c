#include "line_ahead.h"

#include "check.h"
#include "stop.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

/* ---- the thread ---- */

/* What the reader holds of a line moves to the batch's own memory, and the reader with it: the
 * lines before it are the caller's. False: no memory. */
static bool
move_reader(struct line_ahead *a, unsigned i)
{
	struct line_ahead_batch *b = &a->batches[i];
	struct line_reader *r = a->in;
	size_t rest = r->end - r->start;

	size_t most = r->max + 1 < LINE_AHEAD_BYTES ? r->max + 1 : LINE_AHEAD_BYTES;
	size_t cap = r->cap > most ? r->cap : most;

	if (a->holds == i)
		return true;
	if (b->cap < cap) {
		char *grown = realloc(b->buffer, cap);

		if (!grown)
			return false;
		b->buffer = grown;
		b->cap = cap;
	}
	memcpy(b->buffer, r->buffer + r->start, rest);
	a->batches[a->holds].buffer = r->buffer;
	a->batches[a->holds].cap = r->cap;
	r->buffer = b->buffer;
	r->cap = b->cap;
	r->start = 0;
	r->end = rest;
	a->holds = i;
	return true;
}

static void
add_line(struct line_ahead *a, struct line_ahead_batch *b, const struct line *line, bool too_long)
{
	size_t i = b->n++;

	if (i == 0)
		b->first = *line;
	b->lines[i].start = (uint32_t)(line->text.ptr - b->first.text.ptr);
	b->lines[i].len = (uint32_t)line->text.len;
	if (too_long)
		b->kinds[i] = LINE_AHEAD_TOO_LONG;
	else
		b->kinds[i] = a->note(a->context, line->text, b->notes + i * a->note_bytes)
				  ? LINE_AHEAD_NOTED
				  : LINE_AHEAD_PLAIN;
}

/* Note what there is; at most one read. LINE_OK: there may be more at once. */
static enum line_status
fill(struct line_ahead *a, struct line_ahead_batch *b)
{
	enum line_status status;
	bool has_read = false;

	for (b->n = 0; b->n < LINE_AHEAD_LINES;) {
		struct line line;

		if (line_buffered(a->in, &line, &status)) {
			if (status == LINE_END)
				return status;
			add_line(a, b, &line, status == LINE_TOO_LONG);
		} else if (has_read) {
			break;
		} else {
			struct pollfd p = {.fd = a->in->fd, .events = POLLIN};

			/* the lines so far lie where a read may move them */
			if (b->n)
				break;
			if (poll(&p, 1, 0) == 0)
				return LINE_STOPPED;
			status = line_read(a->in);
			if (status != LINE_OK)
				return status;
			has_read = true;
		}
	}
	return LINE_OK;
}

/* Wait for leave to read; false: at the end. */
static bool
may_read(struct line_ahead *a, unsigned *batch)
{
	pthread_mutex_lock(&a->lock);
	while (!a->ending && !(a->reading && a->n < LINE_AHEAD_BATCHES))
		pthread_cond_wait(&a->go, &a->lock);
	*batch = (a->first + a->n) % LINE_AHEAD_BATCHES;
	pthread_mutex_unlock(&a->lock);
	return !a->ending;
}

static void *
run(void *context)
{
	struct line_ahead *a = context;
	unsigned i;

	stop_elsewhere();
	pthread_mutex_lock(&a->lock);
	a->started = true;
	pthread_cond_signal(&a->come);
	pthread_mutex_unlock(&a->lock);
	while (may_read(a, &i)) {
		struct line_ahead_batch *b = &a->batches[i];
		enum line_status status = LINE_READ_FAILED;

		b->n = 0;
		a->in->error = ENOMEM;
		if (move_reader(a, i))
			status = fill(a, b);
		pthread_mutex_lock(&a->lock);
		a->n += b->n > 0;
		a->reading = status == LINE_OK;
		if (status == LINE_READ_FAILED)
			a->failed = status;
		pthread_cond_signal(&a->come);
		pthread_mutex_unlock(&a->lock);
	}
	return NULL;
}

/* ---- the caller ---- */

static bool
allocate(struct line_ahead *a)
{
	a->batches = calloc(LINE_AHEAD_BATCHES, sizeof *a->batches);
	if (!a->batches)
		return false;
	for (unsigned i = 0; i < LINE_AHEAD_BATCHES; i++) {
		a->batches[i].notes = malloc(LINE_AHEAD_LINES * a->note_bytes);
		if (!a->batches[i].notes)
			return false;
	}
	a->holds = LINE_AHEAD_BATCHES - 1;
	return true;
}

bool
line_ahead_start(struct line_ahead *a, struct line_reader *in)
{
	CHECK(!in->fixed && a->note_bytes);
	a->in = in;
	if (!allocate(a))
		return false;
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

/* The thread has the reader from now on. */
static void
give(struct line_ahead *a)
{
	a->given = true;
	pthread_mutex_lock(&a->lock);
	a->reading = true;
	pthread_cond_signal(&a->go);
	pthread_mutex_unlock(&a->lock);
}

/* The next batch; false: all that was read has been taken, and the reader is ours again. */
static bool
take(struct line_ahead *a)
{
	pthread_mutex_lock(&a->lock);
	if (a->taken) {
		a->first = (a->first + 1) % LINE_AHEAD_BATCHES;
		a->n--;
		/* to wake it for each batch would cost too much */
		if (a->reading && a->n < LINE_AHEAD_BATCHES / 2)
			pthread_cond_signal(&a->go);
	}
	while (a->n == 0 && a->reading)
		pthread_cond_wait(&a->come, &a->lock);
	a->taken = a->n ? &a->batches[a->first] : NULL;
	pthread_mutex_unlock(&a->lock);
	a->at = 0;
	return a->taken != NULL;
}

static enum line_status
next_taken(struct line_ahead *a, struct line *out, const void **note)
{
	const struct line_ahead_batch *b = a->taken;
	size_t i = a->at++;

	out->text = (struct span){b->first.text.ptr + b->lines[i].start, b->lines[i].len};
	out->number = b->first.number + i;
	out->offset = b->first.offset + b->lines[i].start;
	if (b->kinds[i] == LINE_AHEAD_NOTED)
		*note = b->notes + i * a->note_bytes;
	return b->kinds[i] == LINE_AHEAD_TOO_LONG ? LINE_TOO_LONG : LINE_OK;
}

enum line_status
line_ahead_next(struct line_ahead *a, struct line *out, const void **note)
{
	enum line_status status;

	*note = NULL;
	if (stop_requested())
		return LINE_STOPPED;
	for (;;) {
		if (a->taken && a->at < a->taken->n)
			return next_taken(a, out, note);
		if (a->given) {
			if (take(a))
				continue;
			/* what it found last was nothing: to give it back at once would be a loop
			 */
			a->given = a->in->plenty = false;
			if (a->failed != LINE_OK)
				return a->failed;
		}
		if (line_buffered(a->in, out, &status))
			return status;
		if (!a->in->plenty)
			return line_next(a->in, out);
		give(a);
	}
}

void
line_ahead_end(struct line_ahead *a)
{
	pthread_mutex_lock(&a->lock);
	a->ending = true;
	pthread_cond_signal(&a->go);
	pthread_mutex_unlock(&a->lock);
	pthread_join(a->thread, NULL);
	for (unsigned i = 0; i < LINE_AHEAD_BATCHES; i++) {
		if (i != a->holds)
			free(a->batches[i].buffer);
		free(a->batches[i].notes);
	}
	free(a->batches);
	a->batches = NULL;
}
