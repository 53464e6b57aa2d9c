/*
 * auction.c: orders gather, and are then traded at one price.
 *
 * The price is the one at which the most can be traded; of several, where the least is left over on
 * the heavier side; of several, the one nearest to the reference (the oracle's price rounded down
 * to a tick, else the last price, else the middle between the lowest and the highest of them,
 * rounded down); of two as near, the lower. Where volume and surplus are the same at two
 * neighbouring prices of the book, they are so at every tick between them, so the nearest tick may
 * be one where no order stands.
 */
#include "check.h"
#include "market_parts.h"

__extension__ typedef __int128 i128;

static i128
level_size(const struct market *m, const struct level *l)
{
	i128 sum = 0;

	for (uint32_t i = l->first; i; i = order_at(m, i)->next)
		sum += order_at(m, i)->open;
	return sum;
}

/* A walk up the prices of both sides. At price px: `bids` may buy at px or above, `asks` may sell
 * at px or below. */
struct walk {
	const struct market *m;
	const struct symbol *s;
	struct side_walk bid; /* the bids from this level on are at px or above */
	struct side_walk ask; /* the asks before this level are at px or below */
	i128 bids;
	i128 asks;
};

/* What is best so far: from low to high every tick is as good. */
struct best {
	i128 volume;
	i128 surplus;
	int64_t low;
	int64_t high;
	i128 bids;
	i128 asks;
};

static void
consider(struct best *b, const struct walk *w, int64_t low, int64_t high)
{
	i128 volume = w->bids < w->asks ? w->bids : w->asks;
	i128 surplus = w->bids > w->asks ? w->bids - w->asks : w->asks - w->bids;

	if (low > high || volume == 0 || volume < b->volume)
		return;
	if (volume == b->volume && surplus >= b->surplus) {
		if (surplus == b->surplus)
			b->high = high;
		return;
	}
	*b = (struct best){volume, surplus, low, high, w->bids, w->asks};
}

/* The next price at or above px that an order has; false: none. */
static bool
next_px(const struct walk *w, int64_t *px)
{
	bool has_bid = w->bid.level != NULL, has_ask = w->ask.level != NULL;
	int64_t bid = has_bid ? level_px(w->bid.side, w->bid.level) : 0;
	int64_t ask = has_ask ? level_px(w->ask.side, w->ask.level) : 0;

	if (!has_bid && !has_ask)
		return false;
	*px = !has_ask || (has_bid && bid < ask) ? bid : ask;
	return true;
}

static struct best
find_best(const struct market *m, const struct symbol *s)
{
	const struct side *bids = &s->sides[BUY], *asks = &s->sides[SELL];
	struct walk w = {.m = m, .s = s, .bid = side_from_worst(bids), .ask = side_from_best(asks)};
	struct best b = {0};
	int64_t px, above = 0;

	for (struct side_walk i = w.bid; i.level; side_better(&i))
		w.bids += level_size(m, i.level);
	while (next_px(&w, &px)) {
		/* between the price before and this one nothing changes */
		if (above)
			consider(&b, &w, above, px - 1);
		if (w.ask.level && level_px(asks, w.ask.level) == px) {
			w.asks += level_size(m, w.ask.level);
			side_worse(&w.ask);
		}
		consider(&b, &w, px, px);
		if (w.bid.level && level_px(bids, w.bid.level) == px) {
			w.bids -= level_size(m, w.bid.level);
			side_better(&w.bid);
		}
		above = px + 1;
	}
	return b;
}

struct auction_result
auction_indicate(const struct market *m, const struct symbol *s)
{
	struct best b = find_best(m, s);
	int64_t reference = b.low + (b.high - b.low) / 2;

	if (b.volume == 0)
		return (struct auction_result){0, 0};
	if (s->has_oracle)
		reference = s->oracle_low;
	else if (s->has_last)
		reference = s->last_px;
	if (reference < b.low)
		reference = b.low;
	if (reference > b.high)
		reference = b.high;
	/* more than any number of 18 digits can only be printed as what it is at most */
	return (struct auction_result){reference, b.volume > GRID_VALUE_MAX ? GRID_VALUE_MAX
									    : (int64_t)b.volume};
}

/* Trade at px all that can be. Own orders are kept apart as in continuous matching, the later one
 * being the taker. */
static void
trade_at(struct market *m, struct symbol *s, int64_t px)
{
	for (;;) {
		const struct level *bid = side_best(&s->sides[BUY]);
		const struct level *ask = side_best(&s->sides[SELL]);
		uint32_t taker, maker;
		struct order *t, *k;
		int64_t sz;

		if (!bid || !ask || level_px(&s->sides[BUY], bid) < px ||
		    level_px(&s->sides[SELL], ask) > px)
			return;
		taker = bid->first;
		maker = ask->first;
		if (order_at(m, taker)->arrival < order_at(m, maker)->arrival) {
			taker = ask->first;
			maker = bid->first;
		}
		t = order_at(m, taker);
		k = order_at(m, maker);
		if (t->account && t->account == k->account) {
			if (t->stp != STP_CANCEL_TAKER)
				market_cancel(m, maker, DONE_STP);
			if (t->stp != STP_CANCEL_MAKER)
				market_cancel(m, taker, DONE_STP);
			continue;
		}
		sz = t->shown < k->shown ? t->shown : k->shown;
		t->shown -= sz;
		take_fill(m, s, taker, maker, px, sz);
		take_settle(m, s, taker);
	}
}

static bool
is_crossed(const struct symbol *s)
{
	const struct level *bid = side_best(&s->sides[BUY]), *ask = side_best(&s->sides[SELL]);

	return bid && ask && level_px(&s->sides[BUY], bid) >= level_px(&s->sides[SELL], ask);
}

static void
uncross(struct market *m, struct symbol *s)
{
	/* again only where own orders, which count for the volume, were taken out */
	do {
		struct auction_result r = auction_indicate(m, s);

		market_emit(
		    m, &(struct event){.type = EVENT_AUCTION, .symbol = s, .px = r.px, .sz = r.sz});
		if (r.sz)
			trade_at(m, s, r.px);
	} while (is_crossed(s));
}

enum reject
auction_phase(struct market *m, struct symbol *s)
{
	struct span phase = m->message.m[M_PHASE];

	if (span_is(phase, "open") && !s->auction) {
		s->auction = true;
		market_emit(m, &(struct event){.type = EVENT_AUCTION, .symbol = s, .opened = true});
		return REJECT_NONE;
	}
	if (!span_is(phase, "uncross") || !s->auction)
		return REJECT_PHASE;
	uncross(m, s);
	s->auction = false;
	liquidity_sweep(m, s);
	stop_look(m, s, TRIGGER_LAST);
	stop_look(m, s, TRIGGER_ORACLE);
	return REJECT_NONE;
}
