/*
 * event: one record of match's output (record(5)) as its readers need it.
 *
 * Spans point into the line. A member that is absent has a NULL span. Texts are plain strings
 * without escapes; decimals have been parsed, and times and counts too, so that a reader decides on
 * values only. Records of other types are EVENT_OTHER: passed over, but their seq counts.
 */
#ifndef TP_EVENT_H
#define TP_EVENT_H

#include "decimal.h"
#include "span.h"

#include <stdint.h>

enum event_type {
	EVENT_OTHER,
	EVENT_ACK,
	EVENT_TRIGGERED,
	EVENT_TRADE,
	EVENT_DONE,
	EVENT_REJECT,
	EVENT_BOOK,
	EVENT_SNAP, /* asks book-snap for a book; not of match */
};

struct event {
	enum event_type type;
	bool has_seq, has_in, has_px, has_sz, has_quote_sz, has_display_sz, has_ts;
	bool has_side, buy;
	bool waiting; /* ack: it has a triggerPx */
	bool amended; /* ack */
	bool rfq;     /* trade: it passed the book by */
	bool passed;  /* reject: of somebody before match */
	bool by;      /* and that was not order-intake: the line had been let in */
	uint64_t seq, in;
	struct span name; /* the type as written */
	struct span id, account, symbol;
	struct span maker_id, maker_account, taker_id, taker_account; /* trade */
	struct span input;					      /* reject, as written */
	struct span bids, asks;					      /* book, as written */
	bool has_depth;
	uint64_t depth; /* book: levels a side at most */
	struct decimal px, sz, quote_sz, display_sz;
	int64_t ts;
};

/* NULL, or why the line is no record that a reader could use. */
const char *event_read(struct span line, struct event *out);

#endif
