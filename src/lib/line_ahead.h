/*
 * line_ahead: a line_reader whose lines are read, and noted, by a second thread while there is much
 * of them.
 *
 * Usually the caller's thread reads for itself, by line_next(). A read that brings much says that
 * more waits behind it: from then on the second thread reads batch by batch, and calls note() on
 * each line, until it finds nothing to read at once. How the two take turns is said in turns.h;
 * here: the caller, once it has had every line, reads and waits again, with its flush, its tick and
 * its stop signals as line.h says, and order, numbers, offsets and errors are those of line_next().
 *
 * A line and its note are good until the next call. note() runs in either thread's time but never
 * in both, and must touch nothing but the line, the note, and what is its own.
 */
#ifndef TP_LINE_AHEAD_H
#define TP_LINE_AHEAD_H

#include "line.h"
#include "turns.h"

/* One is taken apart, one is being read, two are on their way: more would sweep the processors'
 * caches. */
#define LINE_AHEAD_BATCHES 4

/* Of a batch: enough that waking each other is cheap beside it. */
#define LINE_AHEAD_BYTES (128u << 10)
#define LINE_AHEAD_LINES 2048

struct line_ahead_batch {
	/* what is written for each line stands at the front, away from the next batch, which the
	 * other thread may have */
	char *notes;
	char *buffer; /* the lines' bytes */
	size_t cap;
	size_t n;
	/* small, for both processors must see them: of the first line all, of the others what is
	 * not the same */
	struct line first;
	struct {
		uint32_t start, len;
	} lines[LINE_AHEAD_LINES];
	enum line_ahead_kind {
		LINE_AHEAD_NOTED,
		LINE_AHEAD_PLAIN,
		LINE_AHEAD_TOO_LONG
	} kinds[LINE_AHEAD_LINES];
};

struct line_ahead {
	/* set by the caller */
	bool (*note)(void *context, struct span line, void *out); /* false: there is none */
	void *context;
	size_t note_bytes;

	struct turns turns;
	struct line_ahead_batch *batches; /* the slots */

	/* of whoever reads */
	struct line_reader *in;
	unsigned holds;		 /* the batch whose buffer is the reader's */
	enum line_status failed; /* LINE_OK: nothing has */

	/* the caller's */
	bool given; /* the thread has the reader, or had, with batches left */
	struct line_ahead_batch *taken;
	size_t at;
};

/* Start the thread and wait until it runs: before the sandbox closes. False with errno. */
bool line_ahead_start(struct line_ahead *a, struct line_reader *in);

/* As line_next(). *note: what note() made of the line; NULL where it has not been called, or gave
 * none. */
enum line_status line_ahead_next(struct line_ahead *a, struct line *out, const void **note);

/* End the thread; the reader is the caller's again, to be released. */
void line_ahead_end(struct line_ahead *a);

#endif
