#include "ahead.h"

#include "check.h"
#include "release.h"

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
fill(struct ahead *a, unsigned slot)
{
	struct batch *b = &a->batches[slot], *next = &a->batches[(slot + 1) % AHEAD_BATCHES];
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

/* For the reading thread: read if that can be done at once. */
static struct turns_filled
fill_at_once(void *context, unsigned slot)
{
	struct ahead *a = context;
	struct pollfd p = {.fd = a->fd, .events = POLLIN};
	struct turns_filled filled = {0};

	if (poll(&p, 1, 0) == 0)
		return filled;
	filled.holds = fill(a, slot);
	filled.more = !filled.holds || a->batches[slot].state == BATCH_LINES;
	return filled;
}

/* ---- what others call ---- */

bool
ahead_start(struct ahead *a, int fd)
{
	*a = (struct ahead){.fd = fd,
			    .turns = {.slots = AHEAD_BATCHES,
				      .room = 2, /* the begun line moves to the second */
				      .fill = fill_at_once,
				      .context = a}};
	for (unsigned i = 0; i < AHEAD_BATCHES; i++) {
		a->batches[i].bytes = calloc(1, AHEAD_BYTES + MESSAGE_PAD);
		a->batches[i].briefs = calloc(AHEAD_BRIEFS, sizeof(struct brief));
		if (!a->batches[i].bytes || !a->batches[i].briefs)
			return false;
	}
	return turns_start(&a->turns);
}

char *
ahead_room(struct ahead *a)
{
	struct batch *b = &a->batches[turns_slot(&a->turns)];

	CHECK(b->held == 0);
	return b->bytes;
}

void
ahead_read(struct ahead *a)
{
	bool whole = fill(a, turns_slot(&a->turns));

	turns_put(&a->turns, (struct turns_filled){.holds = whole, .more = a->full});
}

struct batch *
ahead_next(struct ahead *a)
{
	unsigned slot;

	return turns_next(&a->turns, &slot) ? &a->batches[slot] : NULL;
}

void
ahead_halt(struct ahead *a)
{
	turns_halt(&a->turns);
}

void
ahead_end(struct ahead *a)
{
	turns_end(&a->turns);
	for (unsigned i = 0; i < AHEAD_BATCHES; i++) {
		free(a->batches[i].bytes);
		free(a->batches[i].briefs);
	}
}
