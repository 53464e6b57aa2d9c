/*
 * book: orders side by side, by price and then by arrival.
 *
 * A side is an array of levels sorted so that the best price stands last: most orders come and go
 * near the best price, where a short search from the end finds their level and little has to be
 * moved. (A side of n levels costs up to 16 n bytes of moving to begin a level at the far end.) A
 * level is a queue of orders, linked by their indices in the pool of orders.
 *
 * The same structure holds waiting stops: their key is the trigger price.
 *
 * Whoever calls makes room first (side_reserve, pool_reserve): nothing here allocates but those. An
 * order's index is good until pool_give_back(); pointers into the pool only until the next
 * pool_reserve().
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
/* Room for n more; false when there is no memory. */
bool pool_reserve(struct pool *p, uint32_t n);
/* A zeroed order; room must have been made. */
uint32_t pool_take(struct pool *p);
void pool_give_back(struct pool *p, uint32_t i);

struct level {
	int64_t key; /* rises towards the best: the price, or minus the price */
	uint32_t first;
	uint32_t last;
};

struct side {
	struct level *levels; /* best last */
	uint32_t n;
	uint32_t cap;
	bool low_first; /* the lowest price is the best: asks, and stops that buy */
};

bool side_grow(struct side *s, uint32_t n);

/* Room for n more levels; false when there is no memory. */
static inline bool
side_reserve(struct side *s, uint32_t n)
{
	return s->n + n <= s->cap || side_grow(s, n);
}

void side_release(struct side *s);

static inline int64_t
side_key(const struct side *s, int64_t px)
{
	return s->low_first ? -px : px;
}

static inline int64_t
level_px(const struct side *s, const struct level *l)
{
	return s->low_first ? -l->key : l->key;
}

/* The best level, or NULL. */
static inline const struct level *
side_best(const struct side *s)
{
	return s->n ? &s->levels[s->n - 1] : NULL;
}

/* Put order i, whose key price is px, at the end of its level's queue; take it out. */
void side_add(struct side *s, struct pool *p, uint32_t i, int64_t px);
void side_remove(struct side *s, struct pool *p, uint32_t i, int64_t px);

/* To the end of its level's queue: an iceberg that shows its next part. */
void side_requeue(struct side *s, struct pool *p, uint32_t i, int64_t px);

#endif
