/*
 * trade: what is to be paid to whom for a trade.
 *
 * Pure: the book and the configuration in, the lines for the log out.
 */
#ifndef TP_TRADE_H
#define TP_TRADE_H

#include "buf.h"
#include "config.h"
#include "event.h"
#include "swap_book.h"

enum trade_verdict {
	TRADE_SWAP,    /* out has the swap's line */
	TRADE_KNOWN,   /* it is in the book already */
	TRADE_SETTLED, /* it was settled, and the book has forgotten how: out has "ID\nDIGEST" */
	TRADE_REJECT,
	TRADE_NO_ADDRESS, /* the swap's line, without legs: to be held */
};

/* e is of type trade, line is where it came from; code and why for a reject. */
enum trade_verdict trade_swap(const struct swap_book *b, struct config *c, const struct event *e,
			      struct span line, int64_t now_us, struct buf *out, const char **code,
			      const char **why);

/* The line "legs" for a swap that has none yet; false: still no address. */
bool trade_legs(const struct swap_book *b, struct config *c, const struct swap *s, struct buf *out);

/* The line "legs" with a refund of that leg, to its giver; false: nobody knows where to. */
bool trade_refund(const struct swap_book *b, const struct leg *paid, const struct leg *failed,
		  struct buf *out);

#endif
