/*
 * push_feed: what a subscriber is to be sent next: a snapshot of his topics, then updates without a
 * hole, or word of what is gone.
 *
 * feed_start() finds the place in the stream. feed_subscribe() adds topics: their snapshot is the
 * newest file's, and what has been added to it so far; "synced" ends it, and updates go on from
 * there. feed_next() appends one message to out, and never waits.
 */
#ifndef TP_PUSH_FEED_H
#define TP_PUSH_FEED_H

#include "push_message.h"
#include "stream_cursor.h"

enum feed_status {
	FEED_MESSAGE, /* one is in out */
	FEED_PASSED,  /* what came next was not for this subscriber */
	FEED_END,     /* nothing for now */
	FEED_FAILED,  /* why says how */
};

struct feed {
	struct stream_cursor live; /* where updates are taken from */
	struct stream_cursor back; /* where the snapshot of new topics is */
	bool backfilling;
	enum { FEED_TELL_NOTHING, FEED_TELL_SKIPPED, FEED_TELL_RESET, FEED_TELL_SYNCED } tell;
	uint64_t skipped; /* the first that is gone */
	struct topics all, fresh;
	struct topics queued; /* asked for while a snapshot of others is under way */
	struct record_reader reader;
	const char *why;

	/* of the message that was appended last */
	bool numbered; /* it has a number to resume from: seq */
	uint64_t seq;
};

/* False: there is no stream yet, or it cannot be read; why says how. */
bool feed_start(struct feed *f, int directory);
void feed_stop(struct feed *f);

/* since: go on behind that number, for the first topics alone. False: too many topics. */
bool feed_subscribe(struct feed *f, const struct topics *add, bool has_since, uint64_t since);
void feed_unsubscribe(struct feed *f, const struct topics *gone);

enum feed_status feed_next(struct feed *f, struct buf *out);

#endif
