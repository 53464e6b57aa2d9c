/*
 * ladder: the order books that match's events describe.
 *
 * Pure: events in, books out; exact (a level's size is the sum of its orders' decimals). Orders are
 * known by symbol, account and id. Between the events of one input line a book may be crossed, as
 * the taker stands in it until it is filled; it is what match has when the next line's first event
 * comes.
 *
 * Of an order with a displaySz the book shows what match shows: a slice, renewed from the rest when
 * it is used up. What waits for a trigger is not in the book.
 */
#ifndef TP_LADDER_H
#define TP_LADDER_H

#include "buf.h"
#include "event.h"
#include "keymap.h"

/* Orders that are open at once, of about 250 bytes each; symbols; prices of one side. */
#define LADDER_ORDERS_MAX (1u << 24)
#define LADDER_SYMBOLS_MAX (1u << 16)
#define LADDER_DEPTH_MAX 5000

struct ladder_level {
	struct decimal px, sz;
	uint64_t n;
};

/* Levels from the worst price to the best: what changes most stands at the end. */
struct ladder_side {
	struct ladder_level *levels;
	size_t n, cap;
};

struct ladder_symbol {
	char *name;
	size_t name_len;
	struct ladder_side sides[2]; /* asks, bids */
	bool has_ts, changed;	     /* since it was last printed */
	int64_t ts;
};

struct ladder_order {
	char *key; /* symbol, account and id with NULs between; NULL: free */
	size_t key_len;
	size_t symbol;
	bool buy, has_px, waiting, shown;
	struct decimal px, left, display, visible; /* display 0: all is visible */
	size_t next_free;
};

struct ladder {
	struct keymap by_name, by_key;
	struct ladder_symbol *symbols;
	size_t symbol_n, symbol_cap;
	struct ladder_order *orders;
	size_t order_n, order_cap, order_free; /* index + 1, 0: none */
	uint64_t seq;			       /* of the last event */
	uint64_t missed;		       /* seqs that never came */
	struct buf key;
};

enum ladder_verdict {
	LADDER_TAKEN,
	LADDER_OLD,	     /* its seq was seen before */
	LADDER_INCONSISTENT, /* the event does not fit the book: *why */
	LADDER_FULL,	     /* a bound, or memory */
};

void ladder_init(struct ladder *b, const uint64_t secret[2]);
void ladder_release(struct ladder *b);

enum ladder_verdict ladder_apply(struct ladder *b, const struct event *e, const char **why);

/* NULL when nothing has been heard of it. */
struct ladder_symbol *ladder_symbol(struct ladder *b, struct span name);

/* A book record of up to depth levels a side, at the seq of the last event. An unknown symbol's is
 * empty. */
void ladder_print(const struct ladder *b, struct span symbol, size_t depth, struct buf *out);

/* The first level in which a printed book's side differs from ours: false when none does. depth: 0
 * if the record does not say how deep it goes; then it may end before ours. */
struct ladder_difference {
	bool unreadable;
	bool has_own, has_printed;
	struct ladder_level own, printed;
};
bool ladder_differs(const struct ladder *b, struct span symbol, bool bids, struct span printed,
		    size_t depth, struct ladder_difference *out);

/* The state as lines (no newlines appended), and back; lines are checked JSON objects. Symbols come
 * before their orders; restoring sets `changed`, so set that last. */
void ladder_save_order(const struct ladder *b, size_t index, struct buf *out);
void ladder_save_symbol(const struct ladder *b, size_t index, struct buf *out);
bool ladder_load_order(struct ladder *b, struct span line);
bool ladder_load_symbol(struct ladder *b, struct span line);

struct ladder_symbol *ladder_make_symbol(struct ladder *b, struct span name);
bool ladder_restore_order(struct ladder *b, struct span symbol, struct span account, struct span id,
			  const struct ladder_order *like);

#endif
