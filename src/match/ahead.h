/*
 * ahead: stdin as batches of whole lines, taken apart; while there is much of it, by a thread that
 * reads ahead of the matching.
 *
 * Usually the matching thread reads for itself (ahead_read). A read that fills its room says that
 * more waits behind it: from then on the reading thread fills the batches that are free, until it
 * finds nothing to read at once. How the two take turns is said in turns.h; here: whoever gets NULL
 * from ahead_next() knows that all that has come is taken, and lets output out before it waits.
 *
 * A batch ends with a whole line; the line that has only begun moves to the next one. Of a line
 * that is too long, the first LIMIT_LINE_BYTES are kept. How the input is cut has no influence on
 * the lines.
 */
#ifndef TP_AHEAD_H
#define TP_AHEAD_H

#include "brief.h"
#include "limit.h"
#include "turns.h"

/* More of them would sweep the processor's cache, and gain nothing: two are being filled (a begun
 * line moves on to the second), one is being matched, one waits. */
#define AHEAD_BATCHES 4

/* A line that is too long is known by its first LIMIT_LINE_BYTES, and is logged as these. */
#define AHEAD_BYTES (LIMIT_LINE_BYTES + LIMIT_IO_BYTES)

/* Of the lines of a batch so many are taken apart ahead; orders have about 130 bytes. */
#define AHEAD_BRIEFS 1024

enum batch_state {
	BATCH_LINES,
	BATCH_END,   /* the input has ended; bytes has `held` of a line without newline */
	BATCH_FAILED /* error says why */
};

struct batch {
	enum batch_state state;
	int error;
	char *bytes; /* AHEAD_BYTES and MESSAGE_PAD */
	size_t held; /* the beginning of a line, which the next read goes on with */
	size_t len;  /* whole lines */
	int64_t read_us;
	struct brief *briefs; /* of the first lines */
	uint32_t briefs_n;
};

struct ahead {
	int fd;
	struct turns turns;
	struct batch batches[AHEAD_BATCHES]; /* the slots */

	/* of whoever reads */
	struct message message;
	bool skipping; /* the rest of a line that is too long */
	bool full;     /* the last read was */
};

/* Start the thread, and wait until it runs: before the sandbox closes. False with errno. */
bool ahead_start(struct ahead *a, int fd);

/* Before the first read: AHEAD_BYTES and MESSAGE_PAD of memory for lines from elsewhere. */
char *ahead_room(struct ahead *a);

/* Read once, while the thread does not. If more seems to wait, the thread goes on with it. */
void ahead_read(struct ahead *a);

/* The next batch, good until the next call; NULL: all that was read has been taken, and the thread
 * does not read. */
struct batch *ahead_next(struct ahead *a);

/* The thread is to read no more. What it has read can still be taken. */
void ahead_halt(struct ahead *a);

void ahead_end(struct ahead *a);

#endif
