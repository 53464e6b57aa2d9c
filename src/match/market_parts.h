/*
 * market_parts: what the rooms of the market ask of each other (market.h).
 *
 * Each verb that takes a line answers with REJECT_NONE, having given its events, or with the reason
 * for refusing it, having changed nothing. Room has been made before (market_reserve): below, only
 * what says so may run out of memory.
 */
#ifndef TP_MARKET_PARTS_H
#define TP_MARKET_PARTS_H

#include "market.h"

/* ---- names.c ---- */

bool names_init(struct names *n);
void names_release(struct names *n);
bool names_grow(struct names *n, uint32_t more);
static inline bool
names_reserve(struct names *n, uint32_t more)
{
	return n->n + more <= n->cap || names_grow(n, more);
}
/* 0: not there */
uint32_t names_find(const struct names *n, struct span name);
uint32_t names_put(struct names *n, struct span name);
struct span names_text(const struct names *n, uint32_t i);

/* ---- the market's own ---- */

static inline struct order *
order_at(const struct market *m, uint32_t i)
{
	return &m->pool.orders[i];
}

static inline struct symbol *
symbol_of(const struct market *m, const struct order *o)
{
	return &m->symbols[o->symbol - 1];
}

static inline uint32_t
symbol_number(const struct market *m, const struct symbol *s)
{
	return (uint32_t)(s - m->symbols) + 1;
}

static inline struct span
order_id(const struct order *o)
{
	return (struct span){o->id, o->id_len};
}

/*
 * What `*e = (struct event){0}` does, for the three events that a market mostly has: the compiler
 * would fill so much memory by a string instruction, which takes as long to begin as all the rest
 * of the event.
 */
static inline void
event_clear(struct event *e)
{
	e->type = EVENT_SYMBOL;
	e->seq = 0;
	e->in = 0;
	e->ts = 0;
	e->symbol = NULL;
	e->order = NULL;
	e->maker = NULL;
	e->px = 0;
	e->sz = 0;
	e->quote = 0;
	e->fee = 0;
	e->shares = 0;
	e->trade_id = 0;
	e->count = 0;
	e->reason = DONE_FILLED;
	e->has_side = false;
	e->amended = false;
	e->opened = false;
	e->add = false;
	e->side = BUY;
	e->rfq_state = RFQ_OPEN;
	e->rfq = NULL;
	e->answer = NULL;
	e->account = 0;
	e->reject = REJECT_NONE;
	e->message = NULL;
	e->fault = NULL;
	e->line = (struct span){0};
}

/* ---- emit.c ---- */

/* Number the event and hand it out. */
void market_emit(struct market *m, struct event *e);

/* An order that is in no side: its done, and then it is gone. */
void market_done(struct market *m, uint32_t i, enum done_reason reason);

/* ---- cancel.c ---- */

/* Take an order out of the book or the stops, and end it. */
void market_cancel(struct market *m, uint32_t i, enum done_reason reason);

/* ---- room.c ---- */

/* False: out of memory while making room; see market_apply. */
bool market_grow(void **list, uint32_t *cap, uint32_t want, size_t size);

/* ---- numbers.c: the members of a request on a symbol's grid ---- */

enum reject number_px(const struct symbol *s, struct span text, int64_t *px);
enum reject number_sz(const struct symbol *s, struct span text, int64_t *sz);
/* A fraction from 0 up to, and not with, 1. */
bool number_fraction(struct span text, struct decimal *out);

/* ---- order.c ---- */

/* What is to become of an order; filled in from a request or a quote. */
struct order_facts {
	struct span id;
	uint32_t account;
	uint32_t hash; /* of account, symbol and id: index_key() */
	enum side_of side;
	enum order_type type;
	enum stp_mode stp;
	enum trigger_by trigger_by;
	bool quote;
	int64_t px;
	int64_t sz;
	int64_t display;
	int64_t trigger;
	int64_t expire;
};

enum reject order_enter(struct market *m, struct symbol *s);
enum reject order_cancel(struct market *m, struct symbol *s);
enum reject order_amend(struct market *m, struct symbol *s);
enum reject order_mass_cancel(struct market *m);
/* With its ack, and all that follows from it but triggered stops. */
void order_place(struct market *m, struct symbol *s, const struct order_facts *f);
/* The same for an order that was told of already: match it, then let it rest or end it. */
void order_run(struct market *m, struct symbol *s, uint32_t i);
/* Into the book with what is left. */
void order_rest(struct market *m, struct symbol *s, uint32_t i);

/* ---- take.c ---- */

/* Fill order i, which is in no side, as far as its price allows: from the book and the pool, the
 * better one at each step. False: self-trade prevention has ended it. */
bool take(struct market *m, struct symbol *s, uint32_t i);

/* Could all of it be filled so? */
bool take_whole(const struct market *m, const struct symbol *s, uint32_t i);

/* Would it take anything at all? */
bool take_any(const struct market *m, const struct symbol *s, uint32_t i);

/* One fill between two orders at a price: numbers, event, the maker's end. What the taker shows, if
 * it rests, is the caller's. */
void take_fill(struct market *m, struct symbol *s, uint32_t taker, uint32_t maker, int64_t px,
	       int64_t sz);

/* A resting order has been filled: show its next part, or end it, if need be. */
void take_settle(struct market *m, struct symbol *s, uint32_t i);

/* The pool's part of take(): as much as it gives up to the limit; false: nothing. Order i may rest.
 */
bool take_from_pool(struct market *m, struct symbol *s, uint32_t i, int64_t limit, bool strictly);

/* The worst price that the order may have: its own, or the edge of the band. */
int64_t take_limit(const struct symbol *s, const struct order *o);

/* Is `a` a better price than `b` to a taker of this side? */
static inline bool
better(enum side_of taker, int64_t a, int64_t b)
{
	return taker == BUY ? a < b : a > b;
}

/* ---- stop.c ---- */

void stop_add(struct market *m, struct symbol *s, uint32_t i);
void stop_remove(struct market *m, struct symbol *s, uint32_t i);
/* A price was made: set off what waits for it. */
void stop_look(struct market *m, struct symbol *s, enum trigger_by by);

/* ---- stop_run.c ---- */

/* Run what was set off, and what that sets off. */
void stop_run_all(struct market *m);
static inline void
stop_run(struct market *m)
{
	if (m->triggered_n)
		stop_run_all(m);
}

/* ---- expiry.c ---- */

bool expiry_reserve(struct market *m, struct symbol *s, uint32_t n);
void expiry_add(struct market *m, struct symbol *s, uint32_t i);
void expiry_end(struct market *m, struct symbol *s);
/* The stream time has come to ts: end what expires by then. */
static inline void
expiry_advance(struct market *m, struct symbol *s, int64_t ts)
{
	if (ts <= s->ts)
		return;
	s->ts = ts;
	if (s->expiries_n || s->rfqs_n)
		expiry_end(m, s);
}

/* ---- oracle.c ---- */

/* The band about the oracle's price, from both. */
void oracle_band(struct symbol *s);
bool oracle_allows(const struct symbol *s, int64_t px);
enum reject oracle_price(struct market *m, struct symbol *s);
/* The price in ticks, rounded down and up. False: beyond what prices may be. */
bool oracle_ticks(const struct symbol *s, struct decimal px, int64_t *low, int64_t *high);

/* ---- symbol.c ---- */

/* May run out of memory: then *ok is false. */
enum reject symbol_define(struct market *m, bool *ok);
void symbol_release(struct symbol *s);
/* Which way its sides are sorted. */
void symbol_sides(struct symbol *s);

/* ---- auction.c ---- */

enum reject auction_phase(struct market *m, struct symbol *s);
struct auction_result {
	int64_t px;
	int64_t sz; /* 0: nothing can be traded */
};
/* What an uncross would do now. */
struct auction_result auction_indicate(const struct market *m, const struct symbol *s);

/* ---- amm.c: the pool as a counterparty; pure arithmetic ---- */

struct swap {
	int64_t sz;    /* lots that change hands */
	int64_t quote; /* ticks x lots that the taker pays, or gets */
	int64_t fee;   /* of what the taker pays: ticks x lots, or lots */
};

/* The most, up to sz, that a taker may take without its price passing limit (in ticks), at an
 * average price not worse than limit; with `strictly`, better than it. sz 0: nothing. */
struct swap amm_offer(const struct amm *a, enum side_of taker, int64_t sz, int64_t limit,
		      bool strictly);
void amm_take(struct amm *a, enum side_of taker, const struct swap *w);

/* ---- liquidity.c ---- */

bool liquidity_reserve(struct symbol *s);
enum reject liquidity_change(struct market *m, struct symbol *s);
/* After something else than a taker has moved the book or the pool: resting orders that the pool
 * would fill are filled, the best first. */
void liquidity_sweep(struct market *m, struct symbol *s);

/* ---- quote.c ---- */

bool quote_reserve(struct symbol *s);
struct quote *quote_of(struct symbol *s, uint32_t account);
enum reject quote_replace(struct market *m, struct symbol *s);

/* ---- rfq.c ---- */

bool rfq_reserve(struct symbol *s);
enum reject rfq_open(struct market *m, struct symbol *s);
enum reject rfq_answer(struct market *m, struct symbol *s);
enum reject rfq_accept(struct market *m, struct symbol *s);
void rfq_advance(struct market *m, struct symbol *s);
/* Cancel one by name; false: there is none. */
bool rfq_cancel(struct market *m, struct symbol *s, struct span id, uint32_t account);

#endif
