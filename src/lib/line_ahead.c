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
fill(struct line_ahead *a, struct line_reader *r, struct line_ahead_batch *b)
{
	enum line_status status;
	bool has_read = false;

	for (b->n = 0; b->n < LINE_AHEAD_LINES;) {
		struct line line;

		if (line_buffered(r, &line, &status)) {
			if (status == LINE_END)
				return status;
			add_line(a, b, &line, status == LINE_TOO_LONG);
		} else if (has_read) {
			break;
		} else {
			struct pollfd p = {.fd = r->fd, .events = POLLIN};

			/* the lines so far lie where a read may move them */
			if (b->n)
				break;
			if (poll(&p, 1, 0) == 0)
				return LINE_STOPPED;
			status = line_read(r);
			if (status != LINE_OK)
				return status;
			has_read = true;
		}
	}
	return LINE_OK;
}

static struct turns_filled
fill_batch(void *context, unsigned i)
{
	struct line_ahead *a = context;
	struct line_ahead_batch *b = &a->batches[i];
	enum line_status status = LINE_READ_FAILED;

	b->n = 0;
	a->in->error = ENOMEM;
	if (move_reader(a, i)) {
		/* on this thread's stack, for the reader may lie beside what the other one writes
		 * for each line */
		struct line_reader r = *a->in;

		status = fill(a, &r, b);
		*a->in = r;
	}
	if (status == LINE_READ_FAILED)
		a->failed = status;
	return (struct turns_filled){.holds = b->n > 0, .more = status == LINE_OK};
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
	a->turns = (struct turns){
	    .slots = LINE_AHEAD_BATCHES, .room = 1, .fill = fill_batch, .context = a};
	return allocate(a) && turns_start(&a->turns);
}

/* The next batch; false: all that was read has been taken, and the reader is ours again. */
static bool
take(struct line_ahead *a)
{
	unsigned i;

	a->taken = turns_next(&a->turns, &i) ? &a->batches[i] : NULL;
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
		turns_put(&a->turns, (struct turns_filled){.more = true});
		a->given = true;
	}
}

void
line_ahead_end(struct line_ahead *a)
{
	turns_end(&a->turns);
	for (unsigned i = 0; i < LINE_AHEAD_BATCHES; i++) {
		if (i != a->holds)
			free(a->batches[i].buffer);
		free(a->batches[i].notes);
	}
	free(a->batches);
	a->batches = NULL;
}
