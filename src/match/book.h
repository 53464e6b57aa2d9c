/*
 * book: the orders that are alive, in one pool: those in a book, and those that wait.
 *
 * Orders are linked to each other by their indices in the pool (side.h, index.h). Whoever calls
 * makes room first (pool_reserve): nothing else here allocates. An order's index is good until
 * pool_give_back(); pointers into the pool only until the next pool_reserve().
 */
#ifndef TP_BOOK_H
#define TP_BOOK_H

#include "span.h"

#include <stdint.h>

#define NAME_MAX_BYTES 64

/* Index 0 is no order. */
#define NO_ORDER 0

/* Orders alive at a time, those that wait included. At about 200 bytes each. */
#define ORDERS_MAX (1u << 27)

enum side_of { BUY, SELL };
enum order_type { ORDER_LIMIT, ORDER_MARKET, ORDER_POST_ONLY, ORDER_FOK, ORDER_IOC };
enum stp_mode { STP_CANCEL_MAKER, STP_CANCEL_TAKER, STP_CANCEL_BOTH };
enum trigger_by { TRIGGER_LAST, TRIGGER_ORACLE };

/* Where an order is. */
enum order_place { PLACE_NOWHERE, PLACE_BOOK, PLACE_STOPS };

struct order {
	/* what matching reads */
	int64_t px;	/* ticks; 0: a market order */
	int64_t open;	/* lots that are not filled yet */
	int64_t shown;	/* of these, in the book now: all but for icebergs */
	int64_t filled; /* lots */
	uint32_t next;	/* in the level's queue */
	uint32_t prev;
	uint32_t account; /* 0: none */
	uint32_t symbol;
	uint32_t hash;
	unsigned char side;
	unsigned char type;
	unsigned char stp;
	unsigned char place;
	unsigned char trigger_by;
	unsigned char quote; /* made by a quote, which replaces it */
	unsigned char id_len;
	char id[NAME_MAX_BYTES];

	uint64_t arrival; /* orders are numbered as they come */
	int64_t display;  /* lots of an iceberg's tip; 0: none */
	int64_t trigger;  /* ticks; 0: none */
	int64_t expire;	  /* microseconds; 0: never */
};

struct pool {
	struct order *orders; /* [0] is not used */
	uint32_t cap;
	uint32_t used; /* highest index ever used, plus 1 */
	uint32_t free; /* first of those given back, linked by next */
	uint32_t live;
};

bool pool_init(struct pool *p);
void pool_release(struct pool *p);
bool pool_grow(struct pool *p, uint32_t n);
/* Room for n more; false when there is no memory. */
static inline bool
pool_reserve(struct pool *p, uint32_t n)
{
	return p->live + n < p->cap || pool_grow(p, n);
}
/* A zeroed order; room must have been made. */
uint32_t pool_take(struct pool *p);
void pool_give_back(struct pool *p, uint32_t i);

#endif
