/*
 * book: the order books that match's events describe.
 *
 * Pure: events in, books out; exact (a level's size is the sum of its orders' decimals). Orders are
 * known by symbol, account and id. Between the events of one input line a book may be crossed, as
 * the taker stands in it until it is filled; it is what match has when the next line's first event
 * comes.
 *
 * Of an order with a displaySz the book shows what match shows: a slice, renewed from the rest when
 * it is used up. What waits for a trigger is not in the book.
 */
#ifndef TP_BOOK_H
#define TP_BOOK_H

#include "buf.h"
#include "event.h"
#include "keymap.h"

/* Orders that are open at once, of about 250 bytes each; symbols; prices of one side. */
#define BOOK_ORDERS_MAX (1u << 24)
#define BOOK_SYMBOLS_MAX (1u << 16)
#define BOOK_DEPTH_MAX 5000

struct book_level {
	struct decimal px, sz;
	uint64_t n;
};

/* Levels from the worst price to the best: what changes most stands at the end. */
struct book_side {
	struct book_level *levels;
	size_t n, cap;
};

struct book_symbol {
	char *name;
	size_t name_len;
	struct book_side sides[2]; /* asks, bids */
	bool has_ts, changed;	   /* since it was last printed */
	int64_t ts;
};

struct book_order {
	char *key; /* symbol, account and id with NULs between; NULL: free */
	size_t key_len;
	size_t symbol;
	bool buy, has_px, waiting, shown;
	struct decimal px, left, display, visible; /* display 0: all is visible */
	size_t next_free;
};

struct book {
	struct keymap by_name, by_key;
	struct book_symbol *symbols;
	size_t symbol_n, symbol_cap;
	struct book_order *orders;
	size_t order_n, order_cap, order_free; /* index + 1, 0: none */
	uint64_t seq;			       /* of the last event */
	uint64_t missed;		       /* seqs that never came */
	struct buf key;
};

enum book_verdict {
	BOOK_TAKEN,
	BOOK_OLD,	   /* its seq was seen before */
	BOOK_INCONSISTENT, /* the event does not fit the book: *why */
	BOOK_FULL,	   /* a bound, or memory */
};

void book_init(struct book *b, const uint64_t secret[2]);
void book_release(struct book *b);

enum book_verdict book_apply(struct book *b, const struct event *e, const char **why);

/* NULL when nothing has been heard of it. */
struct book_symbol *book_symbol(struct book *b, struct span name);

/* A book record of up to depth levels a side, at the seq of the last event. An unknown symbol's is
 * empty. */
void book_print(const struct book *b, struct span symbol, size_t depth, struct buf *out);

/* The first level in which a printed book's side differs from ours: false when none does. depth: 0
 * if the record does not say how deep it goes; then it may end before ours. */
struct book_difference {
	bool unreadable;
	bool has_own, has_printed;
	struct book_level own, printed;
};
bool book_differs(const struct book *b, struct span symbol, bool bids, struct span printed,
		  size_t depth, struct book_difference *out);

/* The state as lines (no newlines appended), and back; lines are checked JSON objects. Symbols come
 * before their orders; restoring sets `changed`, so set that last. */
void book_save_order(const struct book *b, size_t index, struct buf *out);
void book_save_symbol(const struct book *b, size_t index, struct buf *out);
bool book_load_order(struct book *b, struct span line);
bool book_load_symbol(struct book *b, struct span line);

struct book_symbol *book_make_symbol(struct book *b, struct span name);
bool book_restore_order(struct book *b, struct span symbol, struct span account, struct span id,
			const struct book_order *like);

#endif
